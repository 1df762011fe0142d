/* SPDX-License-Identifier: ISC */
#include "tests/sim/disk.h"

#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"

static void
records_cut(struct disk *d, size_t count)
{
	while (d->count > count)
		free(d->records[--d->count].p);
	if (d->synced > count)
		d->synced = count;
}

static void
record_add(struct disk *d, const void *p, size_t n)
{
	struct disk_record *r;

	if (d->count == d->cap) {
		d->cap = d->cap == 0 ? 16 : d->cap * 2;
		d->records = xrealloc(d->records, d->cap,
		    sizeof(d->records[0]));
	}
	r = &d->records[d->count++];
	r->len = n;
	r->p = xcalloc(n + 1, 1);
	if (n > 0)
		memcpy(r->p, p, n);
}

void
disk_init(struct disk *d)
{
	*d = (struct disk){0};
}

void
disk_fini(struct disk *d)
{
	records_cut(d, 0);
	free(d->records);
	*d = (struct disk){0};
}

static int
io_load(void *arg, int (*record)(void *, const void *, size_t), void *engine)
{
	struct disk *d = arg;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < d->count; i++)
		rc = record(engine, d->records[i].p, d->records[i].len);
	return rc;
}

static int
io_append(void *arg, const void *p, size_t n)
{
	struct disk *d = arg;

	if (!d->dead)
		record_add(d, p, n);
	return 0;
}

static int
io_sync(void *arg)
{
	struct disk *d = arg;

	if (d->dead)
		return 0;
	d->synced = d->count;
	if (d->on_sync != NULL)
		d->on_sync(d->on_sync_arg);
	return 0;
}

static int
fill_add(void *ctx, const void *p, size_t n)
{
	record_add(ctx, p, n);
	return 0;
}

static int
io_replace(void *arg, int (*fill)(void *engine,
    int (*add)(void *ctx, const void *p, size_t n), void *ctx), void *engine)
{
	struct disk *d = arg, fresh;
	int rc;

	disk_init(&fresh);
	rc = fill(engine, fill_add, &fresh);
	if (rc == 0 && !d->dead) {
		struct disk_record *records = d->records;
		size_t count = d->count, cap = d->cap;

		d->records = fresh.records;
		d->count = d->synced = fresh.count;
		d->cap = fresh.cap;
		fresh.records = records;
		fresh.count = count;
		fresh.cap = cap;
		if (d->on_sync != NULL)
			d->on_sync(d->on_sync_arg);
	}
	disk_fini(&fresh);
	return rc;
}

struct sc_state_io
disk_io(struct disk *d)
{
	return (struct sc_state_io){io_load, io_append, io_sync, io_replace,
	    d};
}

void
disk_kill(struct disk *d)
{
	d->synced = d->count;
	d->dead = false;
}

size_t
disk_power_loss(struct disk *d, struct prng *rng)
{
	size_t before = d->count;

	records_cut(d, d->synced + prng_below(rng, d->count - d->synced + 1));
	d->synced = d->count;
	d->dead = false;
	return before - d->count;
}

void
disk_wipe(struct disk *d)
{
	records_cut(d, 0);
	d->dead = false;
}

void
disk_copy(struct disk *to, const struct disk *from)
{
	records_cut(to, 0);
	for (size_t i = 0; i < from->count; i++)
		record_add(to, from->records[i].p, from->records[i].len);
	to->synced = to->count;
}

/* SPDX-License-Identifier: ISC */
/* The state of client_kit.h: in memory, and it can fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/client/record.h"
#include "tests/unit/client_kit.h"

static void
record_keep(struct kit_state *s, const void *p, size_t n)
{
	if (s->count == s->cap) {
		s->cap = s->cap == 0 ? 64 : s->cap * 2;
		s->records = realloc(s->records, s->cap * sizeof(*s->records));
		assert_non_null(s->records);
	}
	s->records[s->count].p = malloc(n + 1);
	assert_non_null(s->records[s->count].p);
	memcpy(s->records[s->count].p, p, n);
	s->records[s->count++].n = n;
}

static void
record_add(struct kit_state *s, const void *p, size_t n)
{
	bool armed = s->no_alloc_failure != NULL && *s->no_alloc_failure;

	if (armed)
		*s->no_alloc_failure = false;
	record_keep(s, p, n);
	if (armed)
		*s->no_alloc_failure = true;
}

void
kit_state_cut(struct kit_state *s, size_t count)
{
	while (s->count > count)
		free(s->records[--s->count].p);
	if (s->synced > count)
		s->synced = count;
	if (s->must > count)
		s->must = count;
	if (count == 0) {
		free(s->records);
		s->records = NULL;
		s->cap = 0;
	}
}

void
kit_state_copy(struct kit_state *to, const struct kit_state *from,
    size_t count)
{
	memset(to, 0, sizeof(*to));
	for (size_t i = 0; i < count; i++)
		record_add(to, from->records[i].p, from->records[i].n);
	to->synced = count;
}

static int
io_load(void *arg, int (*record)(void *, const void *, size_t), void *engine)
{
	struct kit_state *s = arg;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->count; i++)
		rc = record(engine, s->records[i].p, s->records[i].n);
	return rc;
}

static int
io_append(void *arg, const void *p, size_t n)
{
	struct kit_state *s = arg;

	if (s->fail_append)
		return SC_CODE_IO;
	record_add(s, p, n);
	if (((const uint8_t *)p)[0] != RECORD_OWN &&
	    ((const uint8_t *)p)[0] != RECORD_MOVE)
		s->must = s->count;
	return 0;
}

static int
io_sync(void *arg)
{
	struct kit_state *s = arg;

	if (s->fail_sync)
		return SC_CODE_IO;
	s->syncs++;
	s->synced = s->count;
	return 0;
}

static int
fresh_add(void *ctx, const void *p, size_t n)
{
	record_add(ctx, p, n);
	return 0;
}

static int
io_replace(void *arg, int (*fill)(void *, int (*)(void *, const void *,
    size_t), void *), void *engine)
{
	struct kit_state *s = arg;
	struct kit_state fresh = {.no_alloc_failure = s->no_alloc_failure};
	int rc = SC_CODE_IO;

	if (!s->fail_replace)
		rc = fill(engine, fresh_add, &fresh);
	if (rc != 0) {
		kit_state_cut(&fresh, 0);
		return rc;
	}
	kit_state_cut(s, 0);
	s->records = fresh.records;
	s->cap = fresh.cap;
	s->count = s->synced = s->must = fresh.count;
	s->replaced++;
	return 0;
}

struct sc_state_io
kit_state_io(struct kit_state *s)
{
	return (struct sc_state_io){io_load, io_append, io_sync, io_replace,
	    s};
}

/* SPDX-License-Identifier: ISC */
/*
 * Checks what callers pass and hands it to the engine.  Lengths come from
 * data and are refused; anything else that is wrong is a bug.
 */
#include "src/store/engine.h"

#include <stdio.h>

#include "src/common/err.h"

enum { NAME_MAX_LENGTH = 32 };

static bool
name_valid(const char *name)
{
	size_t i;

	for (i = 0; name[i] != '\0'; i++) {
		if (!(name[i] >= 'a' && name[i] <= 'z') &&
		    !(name[i] >= '0' && name[i] <= '9') && name[i] != '-')
			return false;
	}
	return i >= 1 && i <= NAME_MAX_LENGTH;
}

static void
part_check(const struct store_txn *t, const struct store_table *table,
    uint32_t part)
{
	sc_assert(table->store == t->store);
	sc_assert(part == 0 || (table->flags & STORE_PARTITIONED) != 0);
}

static bool
key_valid(struct slice key)
{
	return key.len >= 1 && key.len <= STORE_KEY_MAX;
}

/* Two tables: what is written to a sealed partition is in the other one. */
static int
sealable_add(struct store *s, const char *name, unsigned flags,
    struct store_table **table)
{
	struct store_table *overlay;
	char other[NAME_MAX_LENGTH + 1];
	int n = snprintf(other, sizeof(other), "%s-new", name), rc;

	sc_assert((flags & STORE_PARTITIONED) != 0);
	sc_assert(n <= NAME_MAX_LENGTH);
	rc = s->engine->table_add(s, name, flags, table);
	if (rc == 0)
		rc = s->engine->table_add(s, other, STORE_PARTITIONED,
		    &overlay);
	if (rc == 0)
		(*table)->overlay = overlay;
	return rc;
}

int
store_table_add(struct store *s, const char *name, unsigned flags,
    struct store_table **table)
{
	sc_assert(name_valid(name));
	sc_assert((flags & ~(unsigned)(STORE_PARTITIONED | STORE_SEALABLE)) ==
	    0);
	return (flags & STORE_SEALABLE) == 0
	    ? s->engine->table_add(s, name, flags, table)
	    : sealable_add(s, name, flags, table);
}

const char *
store_table_name(const struct store_table *table)
{
	return table->name;
}

int
store_start(struct store *s, char *why, size_t whylen)
{
	return s->engine->start(s, why, whylen);
}

struct store_txn *
store_begin(struct store *s)
{
	return s->engine->begin(s, true);
}

struct store_txn *
store_begin_read(struct store *s)
{
	return s->engine->begin(s, false);
}

int
store_get(struct store_txn *t, const struct store_table *table, uint32_t part,
    struct slice key, struct slice *value)
{
	part_check(t, table, part);
	if (!key_valid(key))
		return SC_EBADREQUEST;
	return t->store->engine->get(t, table, part, key, value);
}

int
store_get_locked(struct store_txn *t, const struct store_table *table,
    uint32_t part, struct slice key, struct slice *value)
{
	int rc = store_lock(t, table, part, key);

	return rc != 0 ? rc : store_get(t, table, part, key, value);
}

int
store_lock(struct store_txn *t, const struct store_table *table, uint32_t part,
    struct slice key)
{
	part_check(t, table, part);
	if (!key_valid(key))
		return SC_EBADREQUEST;
	return t->writer ? t->store->engine->lock(t, table, part, key) : 0;
}

int
store_put(struct store_txn *t, const struct store_table *table, uint32_t part,
    struct slice key, struct slice value)
{
	sc_assert(t->writer);
	part_check(t, table, part);
	if (!key_valid(key))
		return SC_EBADREQUEST;
	if (value.len > STORE_VALUE_MAX)
		return SC_ETOOLARGE;
	return t->store->engine->put(t, table, part, key, &value);
}

int
store_del(struct store_txn *t, const struct store_table *table, uint32_t part,
    struct slice key)
{
	sc_assert(t->writer);
	part_check(t, table, part);
	if (!key_valid(key))
		return SC_EBADREQUEST;
	return t->store->engine->put(t, table, part, key, NULL);
}

int
store_scan(struct store_txn *t, const struct store_table *table, uint32_t part,
    const struct store_range *range, store_scan_fn *fn, void *arg)
{
	part_check(t, table, part);
	if (range->lo.len > STORE_KEY_MAX || range->hi.len > STORE_KEY_MAX)
		return SC_EBADREQUEST;
	return t->store->engine->scan(t, table, part, range, fn, arg);
}

struct store_range
store_prefix(struct slice prefix, uint8_t *end)
{
	struct store_range r = {.lo = prefix};
	size_t n = prefix.len;

	sc_assert(n <= STORE_KEY_MAX);
	/* The least key after all of them: 0xff at the end cannot grow. */
	while (n > 0 && prefix.p[n - 1] == 0xff)
		n--;
	if (n == 0)
		return r;
	memcpy(end, prefix.p, n);
	end[n - 1]++;
	r.hi = slice_of(end, n);
	return r;
}

int
store_drop(struct store_txn *t, const struct store_table *table, uint32_t part)
{
	sc_assert(t->writer);
	sc_assert((table->flags & STORE_PARTITIONED) != 0);
	part_check(t, table, part);
	return t->store->engine->drop(t, table, part);
}

int
store_parts(struct store_txn *t, const struct store_table *table,
    int (*fn)(void *arg, uint32_t part), void *arg)
{
	sc_assert(table->store == t->store);
	return t->store->engine->parts(t, table, fn, arg);
}

int
store_seal(struct store_txn *t, const struct store_table *table,
    uint32_t part, bool *done)
{
	sc_assert(t->writer);
	sc_assert((table->flags & STORE_SEALABLE) != 0);
	part_check(t, table, part);
	*done = false;
	return t->store->engine->seal(t, table, part, done);
}

int
store_sealed(struct store_txn *t, const struct store_table *table,
    uint32_t part, struct store_sealed *sealed)
{
	part_check(t, table, part);
	return t->store->engine->sealed(t, table, part, sealed);
}

int
store_finish(struct store_txn *t)
{
	sc_assert(t->writer);
	return t->store->engine->finish(t);
}

void
store_abandon(struct store_txn *t)
{
	if (t != NULL)
		t->store->engine->abandon(t);
}

int
store_rewind(struct store_txn *t)
{
	sc_assert(t->writer);
	return t->store->engine->rewind(t);
}

void
store_commit(struct store *s, store_done_fn *done, void *arg)
{
	s->engine->commit(s, done, arg);
}

void
store_barrier(struct store *s, store_done_fn *done, void *arg)
{
	s->engine->barrier(s, done, arg);
}

int
store_state(struct store *s)
{
	return s->engine->state(s);
}

void
store_stats(struct store *s, struct store_stats *stats)
{
	s->engine->stats(s, stats);
}

int
store_close(struct store *s)
{
	return s == NULL ? 0 : s->engine->close(s);
}

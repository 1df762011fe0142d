/* SPDX-License-Identifier: ISC */
#include "tests/conformance/kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/common/buf.h"
#include "src/common/err.h"

void
put(struct store_txn *t, const struct store_table *table, uint32_t part,
    const char *key, const char *value)
{
	assert_int_equal(store_put(t, table, part, slice_str(key),
	    slice_str(value)), 0);
}

void
del(struct store_txn *t, const struct store_table *table, uint32_t part,
    const char *key)
{
	assert_int_equal(store_del(t, table, part, slice_str(key)), 0);
}

void
lock_row(struct store_txn *t, const struct store_table *table, uint32_t part,
    const char *key)
{
	assert_int_equal(store_lock(t, table, part, slice_str(key)), 0);
}

void
expect(struct store_txn *t, const struct store_table *table, uint32_t part,
    const char *key, const char *value)
{
	struct slice v;
	int rc = store_get(t, table, part, slice_str(key), &v);

	if (value == NULL) {
		assert_int_equal(rc, SC_ENOTFOUND);
		return;
	}
	assert_int_equal(rc, 0);
	assert_int_equal(v.len, strlen(value));
	assert_memory_equal(v.p, value, v.len);
}

static int
add_row(void *arg, struct slice key, struct slice value)
{
	struct buf *b = arg;

	if (b->len > 0)
		buf_put_u8(b, ' ');
	buf_put_slice(b, key);
	buf_put_u8(b, '=');
	buf_put_slice(b, value);
	return 0;
}

void
expect_rows(struct store_txn *t, const struct store_table *table,
    uint32_t part, const char *lo, const char *hi, bool reverse,
    const char *rows)
{
	struct store_range r = {slice_str(lo == NULL ? "" : lo),
	    slice_str(hi == NULL ? "" : hi), reverse};
	struct buf b;

	buf_init(&b, 0);
	assert_int_equal(store_scan(t, table, part, &r, add_row, &b), 0);
	buf_put_u8(&b, 0);
	assert_string_equal((const char *)buf_slice(&b).p, rows);
	buf_fini(&b);
}

static int
add_part(void *arg, uint32_t part)
{
	struct buf *b = arg;

	buf_printf(b, "%s%u", b->len > 0 ? " " : "", part);
	return 0;
}

void
expect_parts(struct store_txn *t, const struct store_table *table,
    const char *parts)
{
	struct buf b;

	buf_init(&b, 0);
	assert_int_equal(store_parts(t, table, add_part, &b), 0);
	buf_put_u8(&b, 0);
	assert_string_equal((const char *)buf_slice(&b).p, parts);
	buf_fini(&b);
}

void
expect_now(struct store *s, const struct store_table *table, uint32_t part,
    const char *key, const char *value)
{
	struct store_txn *t = store_begin_read(s);

	expect(t, table, part, key, value);
	store_abandon(t);
}

void
expect_all(struct store *s, const struct store_table *table, uint32_t part,
    const char *rows)
{
	struct store_txn *t = store_begin_read(s);

	expect_rows(t, table, part, NULL, NULL, false, rows);
	store_abandon(t);
}

void
put_one(struct store *s, const struct store_table *table, uint32_t part,
    const char *key, const char *value)
{
	struct store_txn *t = store_begin(s);

	put(t, table, part, key, value);
	assert_int_equal(store_finish(t), 0);
}

void
await_init(struct await *a)
{
	memset(a, 0, sizeof(*a));
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
}

void
await_fini(struct await *a)
{
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->changed);
}

void
await_done(void *arg, int rc)
{
	struct await *a = arg;

	pthread_mutex_lock(&a->lock);
	a->calls++;
	if (a->rc == 0)
		a->rc = rc;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

unsigned
await_calls(struct await *a)
{
	unsigned n;

	pthread_mutex_lock(&a->lock);
	n = a->calls;
	pthread_mutex_unlock(&a->lock);
	return n;
}

void
await_wait(struct await *a, unsigned calls)
{
	pthread_mutex_lock(&a->lock);
	while (a->calls < calls)
		pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
}

void
commit_wait(struct store *s, void (*pump)(struct store *))
{
	struct await a;

	await_init(&a);
	store_commit(s, await_done, &a);
	if (pump != NULL)
		pump(s);
	await_wait(&a, 1);
	assert_int_equal(a.rc, 0);
	await_fini(&a);
}

uint64_t
random_next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

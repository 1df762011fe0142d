/* SPDX-License-Identifier: ISC */
#include "src/store/memtable.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct memkey
key(uint32_t table, uint32_t part, const char *name)
{
	return (struct memkey){table, part, slice_str(name)};
}

static void
put(struct memtable *m, struct memkey k, const char *value, uint64_t seq)
{
	struct slice s;

	if (value != NULL)
		s = slice_str(value);
	assert_int_equal(memtable_put(m, &k, value == NULL ? NULL : &s, seq),
	    0);
}

/* VALUE NULL: a tombstone. */
static void
expect(const struct memtable *m, struct memkey k, uint64_t seq,
    const char *value)
{
	struct memvalue v;

	assert_true(memtable_get(m, &k, seq, &v));
	assert_int_equal(v.dead, value == NULL);
	if (value != NULL)
		assert_true(slice_equal(v.value, slice_str(value)));
}

static void
expect_nothing(const struct memtable *m, struct memkey k, uint64_t seq)
{
	struct memvalue v;

	assert_false(memtable_get(m, &k, seq, &v));
}

static void
test_versions(void **state)
{
	struct memtable *m = memtable_create(0);

	(void)state;
	put(m, key(1, 0, "a"), "one", 3);
	put(m, key(1, 0, "a"), "two", 5);
	put(m, key(1, 0, "a"), NULL, 8);
	put(m, key(1, 0, "a"), "three", 8);
	expect_nothing(m, key(1, 0, "a"), 2);
	expect(m, key(1, 0, "a"), 3, "one");
	expect(m, key(1, 0, "a"), 4, "one");
	expect(m, key(1, 0, "a"), 7, "two");
	expect(m, key(1, 0, "a"), 8, "three");
	put(m, key(1, 0, "a"), NULL, 9);
	expect(m, key(1, 0, "a"), UINT64_MAX, NULL);
	expect_nothing(m, key(1, 1, "a"), 9);
	expect_nothing(m, key(2, 0, "a"), 9);
	expect_nothing(m, key(1, 0, "aa"), 9);
	assert_int_equal(memtable_newest(m, &(struct memkey){1, 0,
	    slice_str("a")}), 9);
	assert_int_equal(memtable_newest(m, &(struct memkey){1, 0,
	    slice_str("b")}), 0);
	assert_int_equal(memtable_rows(m), 1);
	assert_true(memtable_bytes(m) > 0);
	memtable_destroy(m);
}

static void
test_order(void **state)
{
	static const char *const keys[] = {"", "a", "a\1", "abcdefgh",
	    "abcdefgh\1", "abcdefghi", "abcdefgi", "b", "\xff", "\xff\xff"};
	const size_t n = sizeof(keys) / sizeof(keys[0]);
	struct memtable *m = memtable_create(0);
	struct memcursor c;
	size_t i;

	(void)state;
	for (i = 0; i < n; i++)		/* 3 and n have no common divisor */
		put(m, key(7, 9, keys[i * 3 % n]), "x", 1);
	put(m, key(7, 8, "zz"), "x", 1);
	put(m, key(7, 10, "a"), "x", 1);
	put(m, key(8, 0, "a"), "x", 1);
	assert_true(memcursor_first(&c, m));
	assert_int_equal(memcursor_key(&c).part, 8);
	for (i = 0; i < n; i++) {
		assert_true(memcursor_next(&c));
		assert_int_equal(memcursor_key(&c).part, 9);
		assert_true(slice_equal(memcursor_key(&c).key,
		    slice_str(keys[i])));
	}
	assert_true(memcursor_next(&c));
	assert_int_equal(memcursor_key(&c).part, 10);
	while (i-- > 0) {
		assert_true(memcursor_prev(&c));
		assert_true(slice_equal(memcursor_key(&c).key,
		    slice_str(keys[i])));
	}
	assert_true(memcursor_prev(&c));
	assert_false(memcursor_prev(&c));
	memtable_destroy(m);
}

static void
test_seek(void **state)
{
	struct memtable *m = memtable_create(0);
	struct memkey k;
	struct memcursor c;
	uint32_t part;

	(void)state;
	k = key(1, 0, "x");
	assert_false(memcursor_first(&c, m));
	assert_false(memcursor_seek(&c, m, &k));
	assert_false(memcursor_seek_before(&c, m, &k));
	put(m, key(1, 5, "b"), "x", 1);
	put(m, key(1, 5, "d"), "x", 1);
	k = key(1, 5, "c");
	assert_true(memcursor_seek(&c, m, &k));
	assert_true(slice_equal(memcursor_key(&c).key, slice_str("d")));
	assert_true(memcursor_seek_before(&c, m, &k));
	assert_true(slice_equal(memcursor_key(&c).key, slice_str("b")));
	k = key(1, 5, "d");
	assert_true(memcursor_seek(&c, m, &k));
	assert_false(memcursor_next(&c));
	k = key(1, 5, "b");
	assert_false(memcursor_seek_before(&c, m, &k));
	assert_true(memtable_next_part(m, 1, 0, &part));
	assert_int_equal(part, 5);
	assert_false(memtable_next_part(m, 1, 6, &part));
	assert_false(memtable_next_part(m, 0, 0, &part));
	assert_false(memtable_next_part(m, 2, 0, &part));
	memtable_destroy(m);
}

/* Keys of many chats by turns: mostly each the next of its chat, some out of
 * order, some twice.  All are in their place, whatever found it. */
static void
test_places(void **state)
{
	enum { CHATS = 40, PUTS = 20000 };
	struct memtable *m = memtable_create(PUTS);
	uint32_t next[CHATS] = {0}, random = 1, n = 0, chat, seq;
	struct memcursor c, at;
	struct memkey last, k;
	char name[32];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < PUTS; i++) {
			random = random * 1664525 + 1013904223;
			chat = (random >> 16) % CHATS;
			seq = (random >> 8 & 15) == 0 ? random >> 24
						     : next[chat]++ + 300;
			/* some chats begin alike */
			snprintf(name, sizeof(name), "%08u%02u%08u",
			    chat / 2, chat, seq);
			put(m, key(1 + chat % 3, 0, name), name, 1);
		}
		assert_true(memcursor_first(&c, m));
		last = memcursor_key(&c);
		for (n = 1; memcursor_next(&c); n++, last = k) {
			k = memcursor_key(&c);
			assert_true(last.table < k.table ||
			    (last.table == k.table &&
			    slice_compare(last.key, k.key) < 0));
			assert_true(memcursor_seek(&at, m, &k));
			assert_ptr_equal(at.at, c.at);
			assert_true(memcursor_seek_before(&at, m, &k));
			assert_true(slice_equal(memcursor_key(&at).key,
			    last.key));
		}
		assert_int_equal(n, memtable_rows(m));
		assert_true(memtable_clear(m));
		memset(next, 0, sizeof(next));
	}
	memtable_destroy(m);
}

static bool
omit_part(void *arg, const struct memkey *k)
{
	return k->part == *(uint32_t *)arg;
}

static void
test_copy(void **state)
{
	struct memtable *m = memtable_create(16), *to = memtable_create(0);
	uint32_t omitted = 3;

	(void)state;
	put(m, key(1, 0, "a"), "1", 1);
	put(m, key(1, 0, "a"), "2", 2);
	put(m, key(1, 0, "a"), "4", 4);
	put(m, key(1, 0, "a"), "9", 9);
	put(m, key(1, 0, "gone"), "1", 1);
	put(m, key(1, 0, "gone"), NULL, 2);
	put(m, key(1, 0, "goes"), "1", 1);
	put(m, key(1, 0, "goes"), NULL, 5);
	put(m, key(1, 3, "a"), "1", 1);
	assert_int_equal(memtable_copy(to, m, 3, 5, omit_part, &omitted), 0);
	expect_nothing(to, key(1, 0, "a"), 1);
	expect(to, key(1, 0, "a"), 2, "2");
	expect(to, key(1, 0, "a"), 100, "4");
	expect_nothing(to, key(1, 0, "gone"), 100);
	expect(to, key(1, 0, "goes"), 3, "1");
	expect(to, key(1, 0, "goes"), 100, NULL);
	expect_nothing(to, key(1, 3, "a"), 100);
	assert_int_equal(memtable_rows(to), 2);
	assert_true(memtable_clear(m));
	assert_int_equal(memtable_rows(m), 0);
	expect_nothing(m, key(1, 0, "a"), 100);
	memtable_destroy(m);
	memtable_destroy(to);
}

/*
 * Readers against one writer: in each round the writer puts the number of the
 * round in all of some keys, in any order, and publishes it.  At a published
 * round every key has that number, and both directions see all keys.
 */
enum { KEYS = 200, ROUNDS = 300, READERS = 2 };

struct race {
	struct memtable *m;
	_Atomic(uint64_t) published;
	_Atomic(unsigned) failures;
};

static void
race_key(char *name, unsigned i)
{
	snprintf(name, 16, "%03u-key", i);
}

static void
race_check(struct race *r, uint64_t seq)
{
	struct memvalue v;
	struct memcursor c;
	unsigned up = 0, down = 0;
	bool more;

	for (more = memcursor_first(&c, r->m); more;
	    more = memcursor_next(&c)) {
		if (memcursor_value(&c, seq, &v)) {
			up++;
			if (v.seq != seq || memcmp(v.value.p, &seq, 8) != 0)
				atomic_fetch_add(&r->failures, 1);
		}
	}
	for (more = memcursor_seek_before(&c, r->m, &(struct memkey){2, 0,
	    {NULL, 0}}); more; more = memcursor_prev(&c))
		down += memcursor_value(&c, seq, &v);
	if (up != KEYS || down != KEYS)
		atomic_fetch_add(&r->failures, 1);
}

static void *
race_read(void *arg)
{
	struct race *r = arg;
	uint64_t seq;

	do {
		seq = atomic_load(&r->published);
		if (seq > 0)
			race_check(r, seq);
	} while (seq < ROUNDS);
	return NULL;
}

static void
test_race(void **state)
{
	struct race r = {.m = memtable_create(64)};
	pthread_t readers[READERS];
	char name[16];
	struct slice value;
	unsigned i;
	uint64_t seq;

	(void)state;
	for (i = 0; i < READERS; i++)
		pthread_create(&readers[i], NULL, race_read, &r);
	for (seq = 1; seq <= ROUNDS; seq++) {
		for (i = 0; i < KEYS; i++) {
			/* 77 and KEYS have no common divisor */
			race_key(name, (unsigned)(i * 77 + seq) % KEYS);
			value = slice_of(&seq, 8);
			memtable_put(r.m, &(struct memkey){1, 0,
			    slice_str(name)}, &value, seq);
		}
		atomic_store(&r.published, seq);
	}
	for (i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	assert_int_equal(atomic_load(&r.failures), 0);
	memtable_destroy(r.m);
}

/*
 * New rows beside old ones: a search that passes where a row is being
 * inserted still finds what was there.
 */
enum { OLD = 16, NEW = 60000 };

static void
neighbour_key(uint8_t *bytes, unsigned old, unsigned neighbour)
{
	bytes[0] = (uint8_t)old;
	bytes[1] = (uint8_t)(neighbour >> 16);
	bytes[2] = (uint8_t)(neighbour >> 8);
	bytes[3] = (uint8_t)neighbour;
}

static void *
neighbour_read(void *arg)
{
	struct race *r = arg;
	struct memkey k = {1, 0, {NULL, 0}};
	struct memvalue v;
	struct memcursor c;
	uint8_t bytes[4];
	unsigned i = 0;

	k.key = slice_of(bytes, sizeof(bytes));
	while (atomic_load(&r->published) == 0) {
		neighbour_key(bytes, i++ % OLD, 0xffffff);
		if (!memtable_get(r->m, &k, UINT64_MAX, &v) ||
		    !memcursor_seek(&c, r->m, &k) ||
		    !slice_equal(memcursor_key(&c).key, k.key))
			atomic_fetch_add(&r->failures, 1);
	}
	return NULL;
}

static void
test_neighbours(void **state)
{
	struct race r = {.m = memtable_create(0)};
	struct memkey k = {1, 0, {NULL, 0}};
	struct slice value = slice_str("x");
	pthread_t readers[READERS];
	uint8_t bytes[4];
	unsigned i;

	(void)state;
	k.key = slice_of(bytes, sizeof(bytes));
	for (i = 0; i < OLD; i++) {
		neighbour_key(bytes, i, 0xffffff);
		assert_int_equal(memtable_put(r.m, &k, &value, 1), 0);
	}
	for (i = 0; i < READERS; i++)
		pthread_create(&readers[i], NULL, neighbour_read, &r);
	for (i = 0; i < NEW; i++) {	/* ever closer to the old ones */
		neighbour_key(bytes, i % OLD, i);
		memtable_put(r.m, &k, &value, 2);
	}
	atomic_store(&r.published, 1);
	for (i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	assert_int_equal(atomic_load(&r.failures), 0);
	memtable_destroy(r.m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_versions),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_seek),
	    cmocka_unit_test(test_places),
	    cmocka_unit_test(test_copy),
	    cmocka_unit_test(test_race),
	    cmocka_unit_test(test_neighbours),
	};

	return cmocka_run_group_tests_name("memtable", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* Rows that the writer of the embedded store remembers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "src/store/bdb/cache.h"

static struct memkey
key(uint32_t table, const char *name)
{
	return (struct memkey){table, 0, slice_str(name)};
}

static void
put(struct bdb_cache *c, struct memkey k, const char *value)
{
	bdb_cache_put(c, &k, slice_str(value));
}

static void
expect(const struct bdb_cache *c, struct memkey k, const char *value)
{
	struct slice s;

	assert_true(bdb_cache_get(c, &k, &s));
	assert_true(slice_equal(s, slice_str(value)));
}

static void
expect_nothing(const struct bdb_cache *c, struct memkey k)
{
	struct slice s;

	assert_false(bdb_cache_get(c, &k, &s));
}

static void
test_rows(void **state)
{
	struct bdb_cache *c = bdb_cache_create(1024);
	struct memkey a = key(1, "alice");

	(void)state;
	expect_nothing(c, a);
	put(c, a, "1");
	expect(c, a, "1");
	/* another table, and a key that goes on, are other rows */
	expect_nothing(c, key(2, "alice"));
	expect_nothing(c, key(1, "alice "));
	put(c, a, "");
	expect(c, a, "");
	put(c, a, "a longer value");
	expect(c, a, "a longer value");
	bdb_cache_forget(c, &a);
	expect_nothing(c, a);
	bdb_cache_forget(c, &a);
	bdb_cache_destroy(c);
}

static void
test_one_place(void **state)
{
	struct bdb_cache *c = bdb_cache_create(1);
	struct memkey a = key(1, "alice"), b = key(1, "bob");

	(void)state;
	put(c, a, "1");
	put(c, b, "2");
	expect_nothing(c, a);
	expect(c, b, "2");
	/* what is not there is not forgotten in place of what is */
	bdb_cache_forget(c, &a);
	expect(c, b, "2");
	bdb_cache_destroy(c);
}

static void
test_long_rows_are_not_kept(void **state)
{
	struct bdb_cache *c = bdb_cache_create(16);
	char value[BDB_CACHE_ROW + 1];
	struct memkey a = key(1, "a");

	(void)state;
	for (int i = 0; i < BDB_CACHE_ROW; i++)
		value[i] = 'x';
	value[BDB_CACHE_ROW] = '\0';
	put(c, a, value);
	expect_nothing(c, a);
	value[BDB_CACHE_ROW - 1] = '\0';
	put(c, a, value);
	expect(c, a, value);
	bdb_cache_destroy(c);
}

static void
test_many(void **state)
{
	struct bdb_cache *c = bdb_cache_create(4096);
	unsigned found = 0;
	char name[32];
	struct slice s;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "user %d", i);
		put(c, key(7, name), name);
	}
	for (int i = 0; i < 1000; i++) {
		struct memkey k;

		snprintf(name, sizeof(name), "user %d", i);
		k = key(7, name);
		if (!bdb_cache_get(c, &k, &s))
			continue;
		found++;
		assert_true(slice_equal(s, slice_str(name)));
	}
	/* places are well spread */
	assert_true(found > 700);
	bdb_cache_destroy(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_one_place),
	    cmocka_unit_test(test_long_rows_are_not_kept),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}

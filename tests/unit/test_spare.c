/* SPDX-License-Identifier: ISC */
/* spare: what is given is taken again, empty; memory stays bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "src/server/spare.h"

static int
setup(void **state)
{
	*state = calloc(1, sizeof(struct spares));
	return *state == NULL;
}

static int
teardown(void **state)
{
	spares_fini(*state);
	free(*state);
	return 0;
}

/* A buffer in which SIZE bytes were. */
static struct buf
used(size_t size)
{
	uint8_t *bytes = calloc(1, size);
	struct buf b;

	buf_init(&b, 0);
	buf_put(&b, bytes, size);
	buf_consume(&b, size);
	free(bytes);
	return b;
}

static void
test_given_and_taken(void **state)
{
	struct spares *s = *state;
	struct buf b = used(3000), other;
	const uint8_t *memory = b.p;

	spare_give(s, &b);
	assert_null(b.p);
	buf_init(&other, 0);
	spare_take(s, &other);
	assert_ptr_equal(other.p, memory);
	assert_int_equal(other.len, 0);
	buf_put_str(&other, "next");
	assert_memory_equal(buf_slice(&other).p, "next", 4);
	spare_take(s, &b);	/* there is none */
	assert_null(b.p);
	buf_fini(&other);
}

static void
test_neither_small_nor_large(void **state)
{
	struct spares *s = *state;
	struct buf small = used(64), large = used(70000);

	spare_give(s, &small);
	spare_give(s, &large);
	assert_null(small.p);
	assert_null(large.p);
	assert_int_equal(s->n, 0);
}

static void
test_so_many(void **state)
{
	struct spares *s = *state;

	for (unsigned i = 0; i < SPARES + 1; i++) {
		struct buf b = used(1000);

		spare_give(s, &b);
		assert_null(b.p);
	}
	assert_int_equal(s->n, SPARES);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_given_and_taken),
	    TEST(test_neither_small_nor_large),
	    TEST(test_so_many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("spare", tests, NULL, NULL);
}

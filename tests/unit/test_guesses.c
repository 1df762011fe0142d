/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/daemon/guesses.h"

static const struct guesses_conf three = {.burst = 3, .every_ms = 1000};

static int
setup(void **state)
{
	struct guesses *g = malloc(sizeof(*g));

	assert_non_null(g);
	guesses_init(g, 0x5ec7e7);
	*state = g;
	return 0;
}

static int
teardown(void **state)
{
	guesses_fini(*state);
	free(*state);
	return 0;
}

static void
test_burst_and_pace(void **state)
{
	struct guesses *g = *state;

	for (int i = 0; i < 3; i++) {
		assert_true(guesses_allow(g, &three, "alice", 5000));
		guesses_count(g, &three, "alice", 5000);
	}
	assert_false(guesses_allow(g, &three, "alice", 5000));
	assert_false(guesses_allow(g, &three, "alice", 5999));
	/* one more */
	assert_true(guesses_allow(g, &three, "alice", 6000));
	guesses_count(g, &three, "alice", 6000);
	assert_false(guesses_allow(g, &three, "alice", 6000));
	/* all is forgotten */
	assert_true(guesses_allow(g, &three, "alice", 9000));
	guesses_count(g, &three, "alice", 9000);
	guesses_count(g, &three, "alice", 9000);
	assert_true(guesses_allow(g, &three, "alice", 9000));
}

static void
test_others_are_not_concerned(void **state)
{
	struct guesses *g = *state;

	for (int i = 0; i < 10; i++)
		guesses_count(g, &three, "alice", 5000);
	assert_false(guesses_allow(g, &three, "alice", 5000));
	assert_true(guesses_allow(g, &three, "bob", 5000));
}

static void
test_no_limit(void **state)
{
	const struct guesses_conf none = {.burst = 0, .every_ms = 1000};
	struct guesses *g = *state;

	for (int i = 0; i < 1000; i++)
		guesses_count(g, &none, "alice", 5000);
	assert_true(guesses_allow(g, &none, "alice", 5000));
}

/* Many names push out those that were guessed least, not the worst. */
static void
test_full_table_keeps_the_worst(void **state)
{
	struct guesses *g = *state;
	char name[16];

	for (int i = 0; i < 20; i++)
		guesses_count(g, &three, "alice", 5000);
	for (int i = 0; i < 4 * GUESSES_SETS * GUESSES_WAYS; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		guesses_count(g, &three, name, 5000);
	}
	assert_false(guesses_allow(g, &three, "alice", 5000));
}

int
main(void)
{
#define TEST(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_burst_and_pace),
	    TEST(test_others_are_not_concerned),
	    TEST(test_no_limit),
	    TEST(test_full_table_keeps_the_worst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* What the mutator makes is what the dictionary says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/shape.h"
#include "tests/fuzz/invent.h"

enum { MANY = 20000, ARENA = 1 << 24 };

/* Encodes E, which must come back as it was; its first byte, or -1 if it is
 * too large. */
static int
both_ways(struct arena *arena, const struct elem *e)
{
	const struct stanza_ctx ctx = {0};
	struct buf once, twice;
	struct elem back;
	int number = -1;

	buf_init(&once, 1 << 16);
	buf_init(&twice, 0);
	if (stanza_encode(&ctx, e, &once) == 0) {
		number = buf_slice(&once).p[0];
		assert_int_equal(stanza_decode(&ctx, buf_slice(&once), arena,
		    &back), 0);
		assert_int_equal(stanza_encode(&ctx, &back, &twice), 0);
		assert_int_equal(once.len, twice.len);
		assert_memory_equal(buf_slice(&once).p, buf_slice(&twice).p,
		    once.len);
	}
	buf_fini(&once);
	buf_fini(&twice);
	return number;
}

static void
check_side(unsigned direction)
{
	bool seen[256] = {false};
	unsigned good = 0, wanted = 0, missing = 0;
	struct arena arena;
	struct invent v;
	struct elem e;

	arena_init(&arena, ARENA);
	invent_init(&v, &arena, direction, 1);
	for (unsigned i = 0; i < MANY; i++) {
		int number;

		invent_any(&v, &e);
		if (i % 4 == 0)
			invent_change(&v, &e);
		number = both_ways(&arena, &e);
		good += number >= 0;
		if (number > 0)
			seen[number] = true;
		invent_follow(&v, &e);
		arena_clear(&arena);
	}
	for (unsigned i = 1; i <= shape_count; i++) {
		wanted += (shape_table[i].directions & direction) != 0;
		missing += (shape_table[i].directions & direction) != 0 &&
		    !seen[i];
	}
	arena_fini(&arena);
	assert_in_range(good, MANY * 9 / 10, MANY);
	assert_in_range(wanted, 20, 255);
	assert_int_equal(missing, 0);
}

static void
test_a_client_says_all_its_rows(void **state)
{
	(void)state;
	check_side(FROM_CLIENT);
}

static void
test_a_server_says_all_its_rows(void **state)
{
	(void)state;
	check_side(FROM_SERVER);
}

/* Counters count on, places follow one another. */
static void
test_a_conversation_goes_on(void **state)
{
	struct arena arena;
	struct invent client, server;
	struct elem e;

	(void)state;
	arena_init(&arena, 0);
	invent_init(&client, &arena, FROM_CLIENT, 1);
	invent_init(&server, &arena, FROM_SERVER, 1);
	for (unsigned i = 0; i < 1000; i++) {
		invent_tag(&client, TAG_MESSAGE, &e);
		invent_follow(&client, &e);
		invent_tag(&server, TAG_MESSAGE, &e);
		invent_follow(&server, &e);
		arena_clear(&arena);
	}
	arena_fini(&arena);
	assert_in_range(client.n[0], 300, 1000);
	assert_in_range(server.top[2], 100, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_client_says_all_its_rows),
	    cmocka_unit_test(test_a_server_says_all_its_rows),
	    cmocka_unit_test(test_a_conversation_goes_on),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

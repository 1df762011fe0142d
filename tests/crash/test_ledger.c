/* SPDX-License-Identifier: ISC */
/* The ledger sees what it is there to see: each breach, made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/crash/ledger.h"

enum { PAIRS = 2, MESSAGES = 100, TEXT = 60 };

static int
setup(void **state)
{
	*state = ledger_create(PAIRS, MESSAGES, TEXT);
	ledger_quiet(*state);
	return 0;
}

static int
teardown(void **state)
{
	ledger_destroy(*state);
	return 0;
}

/* Side 0 of pair 0 says COUNT messages. */
static void
say(struct ledger *l, unsigned count)
{
	char text[LEDGER_TEXT];
	size_t len;

	while (count-- > 0) {
		assert_int_not_equal(ledger_next(l, 0, 0, text, &len), 0);
		ledger_handed(l, 0, 0);
	}
}

/* The text of message M of side 0, as another ledger makes it. */
static size_t
text_of(unsigned m, char text[LEDGER_TEXT])
{
	struct ledger *l = ledger_create(PAIRS, MESSAGES, TEXT);
	size_t len = 0;

	while (ledger_next(l, 0, 0, text, &len) < m)
		ledger_handed(l, 0, 0);
	ledger_destroy(l);
	return len;
}

/* Side 1 is given message M at SEQ. */
static void
give(struct ledger *l, uint64_t seq, unsigned m)
{
	char text[LEDGER_TEXT];
	size_t len = text_of(m, text);

	ledger_entry(l, 0, 1, seq, false, text, len);
}

/* WHAT is the only breach, and there is one. */
static void
assert_breach(struct ledger *l, enum breach what)
{
	assert_int_not_equal(ledger_breaches(l, what), 0);
	assert_int_equal(ledger_all_breaches(l), ledger_breaches(l, what));
}

static void
test_nothing_wrong(void **state)
{
	struct ledger *l = *state;

	say(l, 2);
	ledger_ack(l, 0, 0, 1, 1);
	give(l, 1, 1);
	ledger_tick(l, 0, 0, 1, 0);
	ledger_ack(l, 0, 0, 2, 2);
	ledger_ack(l, 0, 0, 2, 2);	/* an answer that came again */
	assert_false(ledger_drained(l));
	give(l, 2, 2);
	ledger_read(l, 0, 1, 2);
	ledger_tick(l, 0, 0, 0, 2);
	assert_true(ledger_drained(l));
	ledger_settle(l, true);
	assert_int_equal(ledger_all_breaches(l), 0);
}

static void
test_lost(void **state)
{
	struct ledger *l = *state;

	say(l, 2);
	ledger_ack(l, 0, 0, 1, 1);
	ledger_ack(l, 0, 0, 2, 2);
	give(l, 2, 2);
	assert_breach(l, BREACH_LOST);
}

static void
test_never_answered(void **state)
{
	struct ledger *l = *state;

	say(l, 1);
	ledger_settle(l, false);
	assert_int_not_equal(ledger_breaches(l, BREACH_LOST), 0);
}

static void
test_hole(void **state)
{
	struct ledger *l = *state;

	say(l, 1);
	ledger_ack(l, 0, 0, 1, 2);
	give(l, 2, 1);
	ledger_settle(l, false);
	assert_int_not_equal(ledger_breaches(l, BREACH_LOST), 0);
}

static void
test_reordered(void **state)
{
	struct ledger *l = *state;

	say(l, 2);
	ledger_ack(l, 0, 0, 1, 2);
	ledger_ack(l, 0, 0, 2, 1);
	assert_breach(l, BREACH_REORDERED);
}

static void
test_repeated(void **state)
{
	struct ledger *l = *state;

	say(l, 1);
	give(l, 1, 1);
	give(l, 1, 1);
	assert_breach(l, BREACH_REPEATED);
}

/* R11: a new process may get the last one again, once. */
static void
test_repeated_by_a_new_process(void **state)
{
	struct ledger *l = *state;

	say(l, 1);
	give(l, 1, 1);
	ledger_new_process(l);
	give(l, 1, 1);
	assert_int_equal(ledger_all_breaches(l), 0);
	give(l, 1, 1);
	assert_breach(l, BREACH_REPEATED);
}

static void
test_sent_twice(void **state)
{
	struct ledger *l = *state;

	say(l, 1);
	give(l, 1, 1);
	give(l, 2, 1);
	assert_breach(l, BREACH_REPEATED);
}

static void
test_two_answers(void **state)
{
	struct ledger *l = *state;

	say(l, 1);
	ledger_ack(l, 0, 0, 1, 1);
	ledger_ack(l, 0, 0, 1, 2);
	assert_breach(l, BREACH_CHANGED);
}

static void
test_another_text(void **state)
{
	struct ledger *l = *state;

	say(l, 1);
	ledger_entry(l, 0, 1, 1, false, "0.0.1 something else", 20);
	assert_breach(l, BREACH_CHANGED);
}

static void
test_tick_not_earned(void **state)
{
	struct ledger *l = *state;

	say(l, 1);
	ledger_ack(l, 0, 0, 1, 1);
	ledger_tick(l, 0, 0, 1, 0);
	assert_breach(l, BREACH_TICK);
}

static void
test_tick_vanished(void **state)
{
	struct ledger *l = *state;

	say(l, 2);
	ledger_ack(l, 0, 0, 1, 1);
	ledger_ack(l, 0, 0, 2, 2);
	give(l, 1, 1);
	give(l, 2, 2);
	ledger_tick(l, 0, 0, 2, 0);
	ledger_tick(l, 0, 0, 1, 0);
	assert_breach(l, BREACH_TICK);
}

static void
test_read_not_stated(void **state)
{
	struct ledger *l = *state;

	say(l, 1);
	ledger_ack(l, 0, 0, 1, 1);
	give(l, 1, 1);
	ledger_tick(l, 0, 0, 0, 1);
	assert_breach(l, BREACH_TICK);
}

/* What was seen is not there after a crash, or something else is (R1). */
static void
test_audits(void **state)
{
	struct ledger *l = *state;
	char text[LEDGER_TEXT];
	struct audit a;
	size_t len;

	say(l, 3);
	ledger_ack(l, 0, 0, 1, 1);
	give(l, 1, 1);
	give(l, 2, 2);
	audit_begin(&a, l, 0, 1);
	len = text_of(1, text);
	audit_entry(&a, 1, false, text, len);
	assert_int_equal(ledger_all_breaches(l), 0);
	audit_end(&a);
	assert_int_equal(ledger_breaches(l, BREACH_LOST), 1);
	len = text_of(3, text);
	audit_entry(&a, 2, false, text, len);
	assert_int_equal(ledger_breaches(l, BREACH_LOST), 2);
	audit_entry(&a, 4, false, text, len);
	assert_int_equal(ledger_breaches(l, BREACH_REORDERED), 1);
}

/* A copy has what was told before it was made, at least. */
static void
test_audits_of_copies(void **state)
{
	struct ledger *l = *state;
	char text[LEDGER_TEXT];
	struct audit a;

	say(l, 3);
	ledger_ack(l, 0, 0, 1, 1);
	give(l, 1, 1);
	give(l, 2, 2);
	audit_begin(&a, l, 0, 1);
	a.older = true;
	a.end = 1;
	audit_entry(&a, 1, false, text, text_of(1, text));
	audit_end(&a);
	assert_int_equal(ledger_all_breaches(l), 0);
	a.end = 2;
	audit_end(&a);
	assert_int_equal(ledger_breaches(l, BREACH_LOST), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_nothing_wrong), TEST(test_lost),
	    TEST(test_never_answered), TEST(test_hole), TEST(test_reordered),
	    TEST(test_repeated), TEST(test_repeated_by_a_new_process),
	    TEST(test_sent_twice), TEST(test_two_answers),
	    TEST(test_another_text), TEST(test_tick_not_earned),
	    TEST(test_tick_vanished), TEST(test_read_not_stated),
	    TEST(test_audits),
	    TEST(test_audits_of_copies),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}

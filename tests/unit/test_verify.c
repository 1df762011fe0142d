/* SPDX-License-Identifier: ISC */
/* domain_verify: good rows are good, and each kind of damage is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/device.h"
#include "src/chat/entry.h"
#include "src/chat/marks.h"
#include "src/chat/period.h"
#include "src/chat/row.h"
#include "src/chat/verify.h"
#include "src/common/err.h"
#include "tests/unit/chat_kit.h"

enum { ENTRIES = 7 };

struct world {
	struct chat_kit k;
	uint64_t alice, bob;
	struct chat chat;
	char found[512];	/* the last problem */
};

/* alice writes to bob over some minutes, who has read some of it. */
static void
converse(struct world *w)
{
	struct mark_stated read = {.user = w->bob, .device = 1, .number = 2,
	    .read = 3};
	struct mark_moved moved;
	struct tx tx;

	for (int i = 0; i < ENTRIES; i++) {
		struct entry e = {.from = w->alice, .device = 1,
		    .payload = slice_of("\x04x", 2)};

		w->k.now += 30000;
		tx = kit_begin(&w->k);
		assert_int_equal(chat_direct_make(&tx, w->alice, w->bob,
		    kit_ignore, NULL, &w->chat), 0);
		assert_int_equal(chat_append(&tx, &w->chat, &e), 0);
		kit_commit(&w->k, &tx);
	}
	tx = kit_begin(&w->k);
	assert_int_equal(marks_state(&tx, &read, &moved), 0);
	kit_commit(&w->k, &tx);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct tx tx;

	kit_init(&w->k);
	tx = kit_begin(&w->k);
	w->alice = kit_user(&tx, "alice");
	w->bob = kit_user(&tx, "bob");
	(void)kit_device(&tx, w->bob, "phone");
	kit_commit(&w->k, &tx);
	converse(w);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	kit_fini(&w->k);
	free(w);
	return 0;
}

static void
on_problem(void *arg, const char *text)
{
	struct world *w = arg;

	(void)snprintf(w->found, sizeof(w->found), "%s", text);
}

static void
verify(struct world *w, struct verified *v)
{
	struct tx tx = kit_begin(&w->k);

	store_abandon(tx.st);
	tx.st = store_begin_read(w->k.store);
	w->found[0] = '\0';
	assert_int_equal(domain_verify(&tx, v, on_problem, w), 0);
	store_abandon(tx.st);
}

static void
expect_problem(struct world *w, const char *part)
{
	struct verified v;

	verify(w, &v);
	if (v.problems == 0)
		fail_msg("no problem was found, expected: %s", part);
	if (strstr(w->found, part) == NULL)
		fail_msg("expected \"%s\" in: %s", part, w->found);
}

static void
test_good(void **state)
{
	struct world *w = *state;
	struct verified v;

	verify(w, &v);
	assert_string_equal(w->found, "");
	assert_int_equal(v.problems, 0);
	assert_int_equal(v.users, 2);
	assert_int_equal(v.devices, 1);
	assert_int_equal(v.chats, 3);	/* with two account logs */
	assert_int_equal(v.entries, ENTRIES + 2);
	assert_int_equal(v.pruned, 0);
}

static void
test_dropped_period_is_no_problem(void **state)
{
	struct world *w = *state;
	struct verified v;
	uint32_t part;
	struct tx tx = kit_begin(&w->k);

	assert_int_equal(chat_period(&tx, &w->chat.id, 1, &part), 0);
	assert_int_equal(kit_prune(&tx, part), 0);
	kit_commit(&w->k, &tx);
	verify(w, &v);
	assert_string_equal(w->found, "");
	assert_true(v.pruned > 0);
	assert_int_equal(v.entries + v.pruned, ENTRIES + 2);
}

static void
test_lost_partition_is_a_problem(void **state)
{
	struct world *w = *state;
	uint32_t part;
	struct tx tx = kit_begin(&w->k);

	assert_int_equal(chat_period(&tx, &w->chat.id, 1, &part), 0);
	assert_int_equal(store_drop(tx.st, w->k.d.entries, part), 0);
	kit_commit(&w->k, &tx);
	expect_problem(w, "entries are missing or damaged from 1 to ");
}

/* What is left of an account is whole. */
static void
test_removed_accounts_are_no_problem(void **state)
{
	struct world *w = *state;
	struct verified v;
	struct tx tx = kit_begin(&w->k);

	assert_int_equal(user_delete(&tx, w->bob), 0);
	kit_commit(&w->k, &tx);
	verify(w, &v);
	assert_string_equal(w->found, "");
	assert_int_equal(v.users, 1);
	assert_int_equal(v.entries, ENTRIES + 1);
	tx = kit_begin(&w->k);
	assert_int_equal(user_delete(&tx, w->alice), 0);
	kit_commit(&w->k, &tx);
	verify(w, &v);
	assert_string_equal(w->found, "");
	assert_int_equal(v.users, 0);
	assert_int_equal(v.entries, 0);
}

/* ---- damage ---- */

static void
delete_row(struct world *w, const struct store_table *table, uint32_t part,
    const struct row_key *k)
{
	struct tx tx = kit_begin(&w->k);

	assert_int_equal(store_del(tx.st, table, part, row_key_slice(k)), 0);
	kit_commit(&w->k, &tx);
}

static void
delete_entry(struct world *w, uint64_t seq)
{
	struct row_key k = {.len = 0};
	struct tx tx = kit_begin(&w->k);
	uint32_t part;

	assert_int_equal(chat_period(&tx, &w->chat.id, seq, &part), 0);
	store_abandon(tx.st);
	row_key_chat(&k, &w->chat.id);
	row_key_u64(&k, seq);
	delete_row(w, w->k.d.entries, part, &k);
}

static void
test_missing_entry(void **state)
{
	delete_entry(*state, 4);
	expect_problem(*state, "entries are missing or damaged from 4 to 4");
}

/* Its row is there, and is not to be read; the rest is looked at all the same. */
static void
test_damaged_entry(void **state)
{
	static const uint8_t garbage[] = {1, 255, 255};
	struct world *w = *state;
	struct row_key k = {.len = 0};
	struct tx tx = kit_begin(&w->k);
	uint32_t part;

	assert_int_equal(chat_period(&tx, &w->chat.id, 4, &part), 0);
	row_key_chat(&k, &w->chat.id);
	row_key_u64(&k, 4);
	assert_int_equal(store_put(tx.st, w->k.d.entries, part,
	    row_key_slice(&k), slice_of(garbage, sizeof(garbage))), 0);
	kit_commit(&w->k, &tx);
	expect_problem(w, "entries are missing or damaged from 4 to 4");
}

static void
test_missing_newest_entry(void **state)
{
	struct world *w = *state;

	/* the other one of its partition keeps that alive */
	delete_entry(w, ENTRIES);
	expect_problem(w, "entries are missing or damaged from 7 to 7");
}

static void
test_missing_name(void **state)
{
	struct world *w = *state;
	struct row_key k = {.len = 0};

	row_key_bytes(&k, slice_str("bob"));
	delete_row(w, w->k.d.names, 0, &k);
	expect_problem(w, "its name leads to another account or none");
}

static void
test_missing_member(void **state)
{
	struct world *w = *state;
	struct row_key k = {.len = 0};

	row_key_chat(&k, &w->chat.id);
	row_key_u64(&k, w->bob);
	delete_row(w, w->k.d.members, 0, &k);
	expect_problem(w, "chat number 2 is not there, or has no such member");
}

static void
test_missing_number(void **state)
{
	struct world *w = *state;
	struct row_key k = {.len = 0};

	row_key_u64(&k, w->bob);
	row_key_u64(&k, 1);
	delete_row(w, w->k.d.numbers, 0, &k);
	expect_problem(w, "its account log is not its chat number 1");
}

static void
test_missing_direct(void **state)
{
	struct world *w = *state;
	struct row_key k = {.len = 0};

	row_key_u64(&k, w->alice);
	row_key_u64(&k, w->bob);
	delete_row(w, w->k.d.directs, 0, &k);
	expect_problem(w, "its members do not lead to it");
}

static void
test_mark_above_the_head(void **state)
{
	struct world *w = *state;
	struct member m;
	struct tx tx = kit_begin(&w->k);

	assert_int_equal(member_get(&tx, &w->chat.id, w->bob, &m), 0);
	m.read = m.delivered = ENTRIES + 1;
	assert_int_equal(member_put(&tx, &w->chat.id, w->bob, &m), 0);
	kit_commit(&w->k, &tx);
	expect_problem(w, "a mark is above the head of chat number 2");
}

static void
test_head_above_the_newest(void **state)
{
	struct world *w = *state;
	struct tx tx = kit_begin(&w->k);

	w->chat.head = ENTRIES + 3;
	assert_int_equal(chat_put(&tx, &w->chat), 0);
	kit_commit(&w->k, &tx);
	expect_problem(w, "entries are missing or damaged from 8 to 10");
}

static void
test_payload_cut_off(void **state)
{
	struct world *w = *state;
	struct entry e;
	struct tx tx = kit_begin(&w->k);
	uint32_t part;

	assert_int_equal(entry_get(&tx, &w->chat.id, 5, &e), 0);
	assert_int_equal(chat_period(&tx, &w->chat.id, 5, &part), 0);
	e.payload.len = 1;
	assert_int_equal(entry_put(&tx, part, &e), 0);
	kit_commit(&w->k, &tx);
	expect_problem(w, "the payload of entry 5 is cut off");
}

static void
test_time_that_goes_back(void **state)
{
	struct world *w = *state;
	struct entry e;
	struct tx tx = kit_begin(&w->k);
	uint32_t part;

	assert_int_equal(entry_get(&tx, &w->chat.id, 5, &e), 0);
	assert_int_equal(chat_period(&tx, &w->chat.id, 5, &part), 0);
	e.time -= 3600000;
	assert_int_equal(entry_put(&tx, part, &e), 0);
	kit_commit(&w->k, &tx);
	expect_problem(w, "the time of entry 5 goes back (R4)");
}

int
main(void)
{
#define TEST(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_good),
	    TEST(test_dropped_period_is_no_problem),
	    TEST(test_lost_partition_is_a_problem),
	    TEST(test_removed_accounts_are_no_problem),
	    TEST(test_missing_entry),
	    TEST(test_damaged_entry),
	    TEST(test_missing_newest_entry),
	    TEST(test_missing_name),
	    TEST(test_missing_member),
	    TEST(test_missing_number),
	    TEST(test_missing_direct),
	    TEST(test_mark_above_the_head),
	    TEST(test_head_above_the_newest),
	    TEST(test_payload_cut_off),
	    TEST(test_time_that_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

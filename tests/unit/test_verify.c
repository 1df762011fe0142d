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
#include "src/store/mem/mem.h"

enum { ENTRIES = 7 };

struct world {
	struct store *store;
	struct domain d;
	struct arena arena;
	int64_t now;
	uint64_t stamp;
	uint8_t next_random;
	uint64_t alice, bob;
	struct chat chat;
	char found[512];	/* the last problem */
};

static void
test_random(void *arg, void *p, size_t n)
{
	struct world *w = arg;
	uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		b[i] = w->next_random++;
}

static struct tx
begin(struct world *w)
{
	return (struct tx){.d = &w->d, .st = store_begin(w->store),
	    .now = w->now, .stamp = ++w->stamp, .random = test_random,
	    .random_arg = w, .arena = &w->arena};
}

static void
committed(void *arg, int rc)
{
	(void)arg;
	assert_int_equal(rc, 0);
}

static void
commit(struct world *w, struct tx *tx)
{
	assert_int_equal(store_finish(tx->st), 0);
	store_commit(w->store, committed, NULL);
}

static int
ignore_intro(void *arg, const struct chat *c, const struct entry *e)
{
	(void)arg;
	(void)c;
	(void)e;
	return 0;
}

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

		w->now += 30000;
		tx = begin(w);
		assert_int_equal(chat_direct_make(&tx, w->alice, w->bob,
		    ignore_intro, NULL, &w->chat), 0);
		assert_int_equal(chat_append(&tx, &w->chat, &e), 0);
		commit(w, &tx);
	}
	tx = begin(w);
	assert_int_equal(marks_state(&tx, &read, &moved), 0);
	commit(w, &tx);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct domain_conf conf = {.max_devices = 3,
	    .push_members = 1024, .period_s = 60};
	uint8_t token[DEVICE_TOKEN_SIZE];
	struct credential none = {0};
	const char *names;
	struct device d;
	struct user u;
	struct tx tx;
	char why[64];

	w->now = INT64_C(1800000000000);
	arena_init(&w->arena, 0);
	w->store = mem_open(true);
	assert_int_equal(domain_init(&w->d, w->store, &conf), 0);
	assert_int_equal(store_start(w->store, why, sizeof(why)), 0);
	tx = begin(w);
	assert_int_equal(domain_start(&w->d, &tx), 0);
	assert_int_equal(user_create(&tx, slice_str("alice"), &none, &u), 0);
	w->alice = u.id;
	assert_int_equal(user_create(&tx, slice_str("bob"), &none, &u), 0);
	w->bob = u.id;
	assert_int_equal(device_login_password(&tx, w->bob,
	    slice_str("phone"), &d, token, &names), 0);
	commit(w, &tx);
	converse(w);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	store_close(w->store);
	arena_fini(&w->arena);
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
	struct tx tx = begin(w);

	store_abandon(tx.st);
	tx.st = store_begin_read(w->store);
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
	struct tx tx = begin(w);

	assert_int_equal(chat_period(&tx, &w->chat.id, 1, &part), 0);
	assert_int_equal(store_drop(tx.st, w->d.entries, part), 0);
	commit(w, &tx);
	verify(w, &v);
	assert_string_equal(w->found, "");
	assert_true(v.pruned > 0);
	assert_int_equal(v.entries + v.pruned, ENTRIES + 2);
}

/* What is left of an account is whole. */
static void
test_removed_accounts_are_no_problem(void **state)
{
	struct world *w = *state;
	struct verified v;
	struct tx tx = begin(w);

	assert_int_equal(user_delete(&tx, w->bob), 0);
	commit(w, &tx);
	verify(w, &v);
	assert_string_equal(w->found, "");
	assert_int_equal(v.users, 1);
	assert_int_equal(v.entries, ENTRIES + 1);
	tx = begin(w);
	assert_int_equal(user_delete(&tx, w->alice), 0);
	commit(w, &tx);
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
	struct tx tx = begin(w);

	assert_int_equal(store_del(tx.st, table, part, row_key_slice(k)), 0);
	commit(w, &tx);
}

static void
delete_entry(struct world *w, uint64_t seq)
{
	struct row_key k = {.len = 0};
	struct tx tx = begin(w);
	uint32_t part;

	assert_int_equal(chat_period(&tx, &w->chat.id, seq, &part), 0);
	store_abandon(tx.st);
	row_key_chat(&k, &w->chat.id);
	row_key_u64(&k, seq);
	delete_row(w, w->d.entries, part, &k);
}

static void
test_missing_entry(void **state)
{
	delete_entry(*state, 4);
	expect_problem(*state, "entries are missing from 4 to 4");
}

static void
test_missing_newest_entry(void **state)
{
	struct world *w = *state;

	/* the other one of its partition keeps that alive */
	delete_entry(w, ENTRIES);
	expect_problem(w, "entries are missing from 7 to 7");
}

static void
test_missing_name(void **state)
{
	struct world *w = *state;
	struct row_key k = {.len = 0};

	row_key_bytes(&k, slice_str("bob"));
	delete_row(w, w->d.names, 0, &k);
	expect_problem(w, "its name leads to another account or none");
}

static void
test_missing_member(void **state)
{
	struct world *w = *state;
	struct row_key k = {.len = 0};

	row_key_chat(&k, &w->chat.id);
	row_key_u64(&k, w->bob);
	delete_row(w, w->d.members, 0, &k);
	expect_problem(w, "chat number 2 is not there, or has no such member");
}

static void
test_missing_number(void **state)
{
	struct world *w = *state;
	struct row_key k = {.len = 0};

	row_key_u64(&k, w->bob);
	row_key_u64(&k, 1);
	delete_row(w, w->d.numbers, 0, &k);
	expect_problem(w, "its account log is not its chat number 1");
}

static void
test_missing_direct(void **state)
{
	struct world *w = *state;
	struct row_key k = {.len = 0};

	row_key_u64(&k, w->alice);
	row_key_u64(&k, w->bob);
	delete_row(w, w->d.directs, 0, &k);
	expect_problem(w, "its members do not lead to it");
}

static void
test_mark_above_the_head(void **state)
{
	struct world *w = *state;
	struct member m;
	struct tx tx = begin(w);

	assert_int_equal(member_get(&tx, &w->chat.id, w->bob, &m), 0);
	m.read = m.delivered = ENTRIES + 1;
	assert_int_equal(member_put(&tx, &w->chat.id, w->bob, &m), 0);
	commit(w, &tx);
	expect_problem(w, "a mark is above the head of chat number 2");
}

static void
test_head_above_the_newest(void **state)
{
	struct world *w = *state;
	struct tx tx = begin(w);

	w->chat.head = ENTRIES + 3;
	assert_int_equal(chat_put(&tx, &w->chat), 0);
	commit(w, &tx);
	expect_problem(w, "entries are missing from 8 to 10");
}

static void
test_payload_cut_off(void **state)
{
	struct world *w = *state;
	struct entry e;
	struct tx tx = begin(w);
	uint32_t part;

	assert_int_equal(entry_get(&tx, &w->chat.id, 5, &e), 0);
	assert_int_equal(chat_period(&tx, &w->chat.id, 5, &part), 0);
	e.payload.len = 1;
	assert_int_equal(entry_put(&tx, part, &e), 0);
	commit(w, &tx);
	expect_problem(w, "the payload of entry 5 is cut off");
}

static void
test_time_that_goes_back(void **state)
{
	struct world *w = *state;
	struct entry e;
	struct tx tx = begin(w);
	uint32_t part;

	assert_int_equal(entry_get(&tx, &w->chat.id, 5, &e), 0);
	assert_int_equal(chat_period(&tx, &w->chat.id, 5, &part), 0);
	e.time -= 3600000;
	assert_int_equal(entry_put(&tx, part, &e), 0);
	commit(w, &tx);
	expect_problem(w, "the time of entry 5 goes back (R4)");
}

int
main(void)
{
#define TEST(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_good),
	    TEST(test_dropped_period_is_no_problem),
	    TEST(test_removed_accounts_are_no_problem),
	    TEST(test_missing_entry),
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

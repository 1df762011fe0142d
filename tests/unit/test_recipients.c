/* SPDX-License-Identifier: ISC */
/* recipients: lists are remembered while they are right, and not longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "src/chat/recipients.h"
#include "src/chat/roster.h"
#include "src/common/err.h"
#include "src/store/mem/mem.h"

enum { PEOPLE = 4 };

struct world {
	struct store *store;
	struct domain d;
	struct arena arena;
	struct recipients_memory *memory;
	uint64_t stamp;
	uint8_t next_random;
	uint64_t user[PEOPLE];
	struct chat_id club;
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
	    .now = INT64_C(1800000000000), .stamp = ++w->stamp,
	    .random = test_random, .random_arg = w, .arena = &w->arena,
	    .recipients = w->memory};
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
ignore(void *arg, const struct chat *c, const struct entry *e)
{
	(void)arg, (void)c, (void)e;
	return 0;
}

static void
admit(struct world *w, struct tx *tx, struct chat *c, unsigned who)
{
	const struct roster_new new = {.user = w->user[who]};
	uint64_t number;

	assert_int_equal(roster_admit(tx, c, &new, ignore, NULL, &number), 0);
}

/* The list that a transaction finds, and how many are in it.  What is returned
 * is to be looked at only while it is remembered. */
static const struct recipients *
listed(struct tx *tx, const struct chat *c, size_t n)
{
	struct recipients *list;

	assert_int_equal(recipients_get(tx, c, &list), 0);
	assert_int_equal(list->n, n);
	recipients_unref(list);
	return list;
}

/* The last of N whom a transaction finds, which remembers no list. */
static uint64_t
last_listed(struct tx *tx, const struct chat *c, size_t n)
{
	struct recipients *list;
	uint64_t last;

	assert_int_equal(recipients_get(tx, c, &list), 0);
	assert_int_equal(list->n, n);
	last = list->to[n - 1].user;
	recipients_unref(list);
	return last;
}

static const struct recipients *
listed_now(struct world *w, size_t n)
{
	struct tx tx = begin(w);
	const struct recipients *list;
	struct chat c;

	assert_int_equal(chat_get_locked(&tx, &w->club, &c), 0);
	list = listed(&tx, &c, n);
	store_abandon(tx.st);
	return list;
}

static int
setup(void **state)
{
	static const char *const names[] = {"alice", "bob", "carol", "dave"};
	const struct domain_conf conf = {.max_devices = 3,
	    .push_members = 1024, .period_s = 60};
	struct world *w = calloc(1, sizeof(*w));
	struct credential none = {0};
	struct chat c;
	struct user u;
	struct tx tx;
	char why[64];

	arena_init(&w->arena, 0);
	w->memory = recipients_memory_create();
	w->store = mem_open(true);
	assert_int_equal(domain_init(&w->d, w->store, &conf), 0);
	assert_int_equal(store_start(w->store, why, sizeof(why)), 0);
	tx = begin(w);
	assert_int_equal(domain_start(&w->d, &tx), 0);
	for (unsigned i = 0; i < PEOPLE; i++) {
		assert_int_equal(user_create(&tx, slice_str(names[i]), &none,
		    &u), 0);
		w->user[i] = u.id;
	}
	chat_new(&tx, CHAT_KIND_GROUP, &c);
	assert_int_equal(chat_put(&tx, &c), 0);
	w->club = c.id;
	admit(w, &tx, &c, 0);
	admit(w, &tx, &c, 1);
	commit(w, &tx);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	recipients_memory_destroy(w->memory);
	store_close(w->store);
	arena_fini(&w->arena);
	free(w);
	return 0;
}

static void
test_is_read_once(void **state)
{
	struct world *w = *state;
	const struct recipients *list = listed_now(w, 2);

	assert_int_equal(list->to[1].user, w->user[1]);
	assert_ptr_equal(listed_now(w, 2), list);
}

static void
test_who_comes_and_goes(void **state)
{
	struct world *w = *state;
	struct tx tx;
	struct chat c;

	(void)listed_now(w, 2);
	tx = begin(w);
	assert_int_equal(chat_get_locked(&tx, &w->club, &c), 0);
	admit(w, &tx, &c, 2);
	/* within one transaction, too */
	assert_int_equal(last_listed(&tx, &c, 3), w->user[2]);
	admit(w, &tx, &c, 3);
	(void)listed(&tx, &c, 4);
	assert_int_equal(roster_dismiss(&tx, &c, w->user[2]), 0);
	(void)listed(&tx, &c, 3);
	commit(w, &tx);
	assert_int_equal(listed_now(w, 3)->to[2].user, w->user[3]);
	tx = begin(w);
	assert_int_equal(user_delete(&tx, w->user[0]), 0);
	commit(w, &tx);
	assert_int_equal(listed_now(w, 2)->to[0].user, w->user[1]);
}

static void
test_what_leaves_no_trace(void **state)
{
	struct world *w = *state;
	const struct recipients *list = listed_now(w, 2);
	struct tx tx = begin(w);
	struct chat c;

	assert_int_equal(chat_get_locked(&tx, &w->club, &c), 0);
	admit(w, &tx, &c, 2);
	(void)listed(&tx, &c, 3);
	store_abandon(tx.st);
	assert_ptr_equal(listed_now(w, 2), list);
}

/* One that has begun before members change, and is told to run again. */
static void
test_what_runs_at_the_same_time(void **state)
{
	struct world *w = *state;
	struct tx late = begin(w), tx = begin(w);
	struct chat c, was;

	assert_int_equal(chat_get_locked(&late, &w->club, &was), 0);
	assert_int_equal(chat_get_locked(&tx, &w->club, &c), 0);
	admit(w, &tx, &c, 2);
	commit(w, &tx);
	(void)listed(&late, &was, 2);
	assert_int_equal(store_finish(late.st), SC_ERERUN);
	(void)listed_now(w, 3);
}

/* More chats and members than are remembered. */
static void
test_room(void **state)
{
	struct world *w = *state;
	struct tx tx = begin(w);

	for (unsigned i = 0; i < 1000; i++) {
		struct chat c;

		chat_new(&tx, CHAT_KIND_GROUP, &c);
		c.id.b[0] = (uint8_t)i;
		c.id.b[8] = (uint8_t)(i >> 8);
		(void)listed(&tx, &c, 0);
	}
	store_abandon(tx.st);
	(void)listed_now(w, 2);
}

static void
test_without_memory(void **state)
{
	struct world *w = *state;
	struct tx tx = begin(w);
	struct recipients *a, *b;
	struct chat c;

	tx.recipients = NULL;
	assert_int_equal(chat_get_locked(&tx, &w->club, &c), 0);
	assert_int_equal(recipients_get(&tx, &c, &a), 0);
	assert_int_equal(recipients_get(&tx, &c, &b), 0);
	assert_ptr_not_equal(a, b);
	recipients_unref(a);
	recipients_unref(b);
	store_abandon(tx.st);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_is_read_once),
	    TEST(test_who_comes_and_goes),
	    TEST(test_what_leaves_no_trace),
	    TEST(test_what_runs_at_the_same_time),
	    TEST(test_room),
	    TEST(test_without_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("recipients", tests, NULL, NULL);
}

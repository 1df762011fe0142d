/* SPDX-License-Identifier: ISC */
/* What is said about a message, and how it looks then. */
#include "src/cli/entry.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/cli/layout.h"

enum { ALICE = 1, BOB, CAROL };

struct chat {
	struct entries entries;
	uint64_t keys;
	uint64_t seq;
};

static int
setup(void **state)
{
	struct chat *c = calloc(1, sizeof(*c));

	setenv("TZ", "UTC", 1);
	setlocale(LC_CTYPE, "C.UTF-8");
	entries_init(&c->entries, &c->keys);
	*state = c;
	return 0;
}

static int
teardown(void **state)
{
	struct chat *c = *state;

	entries_free(&c->entries);
	free(c);
	return 0;
}

static const char *
user_name(void *arg, uint64_t user)
{
	static const char *const names[] = {"", "alice", "bob", ""};

	(void)arg;
	return names[user];
}

/* Entry SEQ comes, from a user. */
static struct entry *
comes_as(struct chat *c, uint64_t seq, uint64_t from,
    const struct sc_message *said)
{
	const struct sc_event e = {.type = SC_EVENT_MESSAGE, .chat = 2,
	    .seq = seq, .time = 60000, .from = from, .own = from == ALICE,
	    .name = user_name(NULL, from), .said = said, .why = ""};
	bool news;

	return entries_take(&c->entries, &e, e.name, NULL, &news);
}

static struct entry *
comes(struct chat *c, uint64_t from, const struct sc_message *said)
{
	return comes_as(c, ++c->seq, from, said);
}

static struct entry *
text(struct chat *c, uint64_t from, const char *body)
{
	return comes(c, from, &(struct sc_message){.kind = SC_KIND_TEXT,
	    .text = body, .textlen = strlen(body)});
}

static struct entry *
about(struct chat *c, uint64_t from, enum sc_kind kind, uint64_t seq,
    const char *body)
{
	return comes(c, from, &(struct sc_message){.kind = kind, .seq = seq,
	    .text = body, .textlen = strlen(body)});
}

static void
assert_looks(const struct chat *c, const struct entry *m, unsigned members,
    const char *expected)
{
	const struct layout l = {.columns = 60, .user = ALICE,
	    .name = "alice", .entries = &c->entries, .members = members,
	    .user_name = user_name};
	struct buf b;

	buf_init(&b, 0);
	layout_entry(&l, m, &b);
	buf_put_u8(&b, '\0');
	assert_string_equal((const char *)b.p, expected);
	buf_fini(&b);
}

static void
messages_are_in_their_order(void **state)
{
	struct chat *c = *state;
	struct entry *m;
	uint64_t seq = 1;

	comes_as(c, 3, BOB, &(struct sc_message){.kind = SC_KIND_TEXT,
	    .text = "3", .textlen = 1});
	entries_send(&c->entries, 7, ALICE, &(struct sc_message){
	    .kind = SC_KIND_TEXT, .text = "4", .textlen = 1}, 1000);
	comes_as(c, 1, BOB, &(struct sc_message){.kind = SC_KIND_TEXT,
	    .text = "1", .textlen = 1});
	comes_as(c, 2, BOB, &(struct sc_message){.kind = SC_KIND_TEXT,
	    .text = "2", .textlen = 1});
	m = entries_by_n(&c->entries, 7);
	assert_ptr_equal(m, c->entries.last);
	assert_looks(c, m, 1, "     00:00 alice: 4  …");
	entries_sent(&c->entries, m, 4, 60000);
	for (m = c->entries.first; m != NULL; m = m->next)
		assert_int_equal(m->seq, seq++);
	assert_looks(c, c->entries.last, 1, "   4 00:01 alice: 4  ✓");
}

static void
the_last_edit_counts(void **state)
{
	struct chat *c = *state;
	struct entry *m = text(c, BOB, "frist");

	assert_looks(c, m, 1, "   1 00:01 bob: frist");
	assert_ptr_equal(about(c, BOB, SC_KIND_EDIT, 1, "first"), m);
	assert_looks(c, m, 1, "   1 00:01 bob: first (edited)");
	about(c, BOB, SC_KIND_EDIT, 1, "1st");
	/* an older one that comes late, as a page of history has it */
	comes_as(c, 2, BOB, &(struct sc_message){.kind = SC_KIND_EDIT,
	    .seq = 1, .text = "first", .textlen = 5});
	assert_looks(c, m, 1, "   1 00:01 bob: 1st (edited)");
	/* the server lets nobody else do that; who reads looks, too */
	about(c, CAROL, SC_KIND_EDIT, 1, "mine");
	assert_looks(c, m, 1, "   1 00:01 bob: frist");
}

static void
what_is_said_before_its_message_waits(void **state)
{
	struct chat *c = *state;
	struct entry *m;

	c->seq = 10;
	m = about(c, BOB, SC_KIND_EDIT, 5, "later");
	about(c, CAROL, SC_KIND_REACTION, 5, "!");
	assert_false(m->known);
	comes_as(c, 5, BOB, &(struct sc_message){.kind = SC_KIND_TEXT,
	    .text = "first", .textlen = 5});
	assert_true(m->known);
	assert_looks(c, m, 1, "   5 00:01 bob: later (edited)\n     [!] ");
}

static void
reactions_are_counted(void **state)
{
	struct chat *c = *state;
	struct entry *m = text(c, BOB, "hi");

	about(c, ALICE, SC_KIND_REACTION, 1, "+");
	about(c, BOB, SC_KIND_REACTION, 1, "-");
	about(c, CAROL, SC_KIND_REACTION, 1, "+");
	assert_looks(c, m, 1, "   1 00:01 bob: hi\n     [+ 2] [-] ");
	about(c, ALICE, SC_KIND_REACTION, 1, "-");
	assert_looks(c, m, 1, "   1 00:01 bob: hi\n     [- 2] [+] ");
	about(c, CAROL, SC_KIND_REACTION, 1, "");
	about(c, ALICE, SC_KIND_REACTION, 1, "");
	assert_looks(c, m, 1, "   1 00:01 bob: hi\n     [-] ");
	/* bob deletes his reaction as a message */
	about(c, BOB, SC_KIND_DELETE, 3, "");
	assert_looks(c, m, 1, "   1 00:01 bob: hi");
}

static void
votes_are_counted(void **state)
{
	static const char *options[] = {"here", "there"};
	struct chat *c = *state;
	struct entry *m = comes(c, BOB, &(struct sc_message){
	    .kind = SC_KIND_POLL, .name = "Where?", .options = options,
	    .noptions = 2});

	comes(c, ALICE, &(struct sc_message){.kind = SC_KIND_VOTE, .seq = 1,
	    .choices = 3});
	comes(c, CAROL, &(struct sc_message){.kind = SC_KIND_VOTE, .seq = 1,
	    .choices = 2});
	assert_looks(c, m, 1, "   1 00:01 bob: poll: Where?\n"
	    "      1 here  1 vote, yours\n      2 there  2 votes, yours");
	comes(c, ALICE, &(struct sc_message){.kind = SC_KIND_VOTE, .seq = 1});
	assert_looks(c, m, 1, "   1 00:01 bob: poll: Where?\n"
	    "      1 here\n      2 there  1 vote");
}

static void
what_is_deleted_is_gone(void **state)
{
	struct chat *c = *state;
	struct entry *m = text(c, BOB, "secret");
	size_t n;

	about(c, BOB, SC_KIND_EDIT, 1, "secret, too");
	about(c, ALICE, SC_KIND_REACTION, 1, "!");
	about(c, BOB, SC_KIND_DELETE, 1, "");
	assert_looks(c, m, 1, "   1 00:01 bob: (deleted)");
	assert_string_equal(entry_text(m, &n), "");
	assert_null(m->edit);
	m = text(c, BOB, "spam");
	about(c, CAROL, SC_KIND_DELETE, 5, "");
	assert_looks(c, m, 1, "   5 00:01 bob: (deleted by ~3)");
	/* as a page of history has them */
	m = comes(c, BOB, &(struct sc_message){.kind = SC_KIND_DELETED});
	assert_looks(c, m, 1, "   7 00:01 bob: (its time was over)");
	assert_null(comes(c, BOB, &(struct sc_message){
	    .kind = SC_KIND_DELETED, .user = BOB, .seq = 9, .edited = 5}));
}

static void
answers_quote(void **state)
{
	struct chat *c = *state;
	struct entry *m;

	text(c, BOB, "one line\nand another");
	m = comes(c, ALICE, &(struct sc_message){.kind = SC_KIND_TEXT,
	    .text = "yes", .textlen = 3, .reply = 1});
	assert_looks(c, m, 1, "   2 00:01 alice: > bob: one line\n    yes  ✓");
	m = comes(c, BOB, &(struct sc_message){.kind = SC_KIND_TEXT,
	    .text = "no", .textlen = 2, .reply = 900, .forwarded = true});
	assert_looks(c, m, 1,
	    "   3 00:01 bob: > 900\n    (forwarded) no");
}

static void
ticks_say_how_many(void **state)
{
	struct chat *c = *state;
	struct entry *m = text(c, ALICE, "hi");

	m->state = ENTRY_READ;
	m->delivered_to = 3;
	m->read_by = 2;
	assert_looks(c, m, 1, "   1 00:01 alice: hi  ✓✓ read");
	assert_looks(c, m, 4, "   1 00:01 alice: hi  ✓✓ read 2/4");
	assert_looks(c, m, 0, "   1 00:01 alice: hi  ✓✓ read 2");
	m->state = ENTRY_DELIVERED;
	assert_looks(c, m, 4, "   1 00:01 alice: hi  ✓✓ 3/4");
	m->top = m->star = true;
	assert_looks(c, m, 1, "   1 00:01 alice: hi (on top) *  ✓✓");
}

/* Nothing that others wrote reaches the terminal as it is. */
static void
all_of_it_is_harmless(void **state)
{
	struct chat *c = *state;
	static const char *options[] = {"\033[2J"};
	struct entry *m = comes(c, BOB, &(struct sc_message){
	    .kind = SC_KIND_POLL, .name = "\033]0;x\007", .options = options,
	    .noptions = 1});

	about(c, BOB, SC_KIND_REACTION, 1, "\033[6n");
	assert_looks(c, m, 1, "   1 00:01 bob: poll: ^[]0;x^G\n"
	    "      1 ^[[2J\n     [^[[6n] ");
	m = comes(c, BOB, &(struct sc_message){.kind = SC_KIND_TEXT,
	    .text = "\033[1A", .textlen = 4, .reply = 1});
	assert_looks(c, m, 1,
	    "   3 00:01 bob: > bob: ^[]0;x^G\n    ^[[1A");
}

static void
only_so_many_are_kept(void **state)
{
	struct chat *c = *state;
	struct entry *m;

	for (unsigned i = 0; i < ENTRIES_MAX + 10; i++) {
		m = text(c, BOB, "x");
		m->shown = true;
	}
	assert_int_equal(c->entries.n, ENTRIES_MAX);
	assert_null(entries_find(&c->entries, 10));
	assert_non_null(entries_find(&c->entries, 11));
}

/* Messages go at their time, with what was said of them; own ones, too. */
static void
what_disappears_goes(void **state)
{
	struct chat *c = *state;
	struct entry *first = text(c, BOB, "first"), *own, *stays;

	assert_int_equal(c->entries.expiry, INT64_MAX);
	entries_lasts(&c->entries, first, 5000);
	about(c, CAROL, SC_KIND_REACTION, 1, "+");
	stays = text(c, BOB, "stays");
	own = entries_send(&c->entries, 7, ALICE, &(struct sc_message){
	    .kind = SC_KIND_TEXT, .text = "own", .textlen = 3}, 1000);
	entries_sent(&c->entries, own, 4, 60000);
	entries_lasts(&c->entries, own, 4000);
	assert_null(entries_expire(&c->entries, 3999));
	assert_ptr_equal(entries_expire(&c->entries, 4000), own);
	assert_null(entries_expire(&c->entries, 4000));
	assert_int_equal(c->entries.expiry, 5000);
	assert_looks(c, own, 1, "   4 00:01 alice: (its time was over)");
	assert_ptr_equal(entries_expire(&c->entries, 9000), first);
	assert_null(entries_expire(&c->entries, 9000));
	assert_looks(c, first, 1, "   1 00:01 bob: (its time was over)");
	assert_looks(c, stays, 1, "   3 00:01 bob: stays");
	assert_int_equal(c->entries.expiry, INT64_MAX);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(messages_are_in_their_order),
		TEST(the_last_edit_counts),
		TEST(what_is_said_before_its_message_waits),
		TEST(reactions_are_counted),
		TEST(votes_are_counted),
		TEST(what_is_deleted_is_gone),
		TEST(what_disappears_goes),
		TEST(answers_quote),
		TEST(ticks_say_how_many),
		TEST(all_of_it_is_harmless),
		TEST(only_so_many_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

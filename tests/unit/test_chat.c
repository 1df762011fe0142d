/* SPDX-License-Identifier: ISC */
/* The domain on the mem store: logs, counters, marks, devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/dedupe.h"
#include "src/chat/device.h"
#include "src/chat/entry.h"
#include "src/chat/leaving.h"
#include "src/chat/marks.h"
#include "src/chat/period.h"
#include "src/chat/row.h"
#include "src/chat/verify.h"
#include "src/common/err.h"
#include "tests/unit/chat_kit.h"

struct world {
	struct chat_kit k;
	uint64_t alice, bob;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct tx tx;

	kit_init(&w->k);
	tx = kit_begin(&w->k);
	w->alice = kit_user(&tx, "Alice");
	w->bob = kit_user(&tx, "bob");
	kit_commit(&w->k, &tx);
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
say_as(struct world *w, struct tx *tx, uint64_t from, uint64_t to,
    unsigned flags, const char *text, struct entry *e)
{
	struct chat c;
	int intros = 0;

	memset(e, 0, sizeof(*e));
	e->from = from;
	e->flags = flags;
	e->payload = slice_str(text);
	assert_int_equal(
	    chat_direct_make(tx, from, to, kit_ignore, &intros, &c), 0);
	assert_int_equal(chat_append(tx, &c, e), 0);
	(void)w;
}

static void
say(struct world *w, struct tx *tx, uint64_t from, uint64_t to,
    const char *text, struct entry *e)
{
	say_as(w, tx, from, to, ENTRY_COUNTS, text, e);
}

static void
test_names_are_folded_and_unique(void **state)
{
	struct world *w = *state;
	struct credential none = {0};
	struct tx tx = kit_begin(&w->k);
	struct user u;

	assert_int_equal(user_by_name(&tx, slice_str("ALICE"), &u), 0);
	assert_int_equal(u.id, w->alice);
	assert_string_equal(u.name, "alice");
	assert_int_equal(user_create(&tx, slice_str("aLiCe"), &none, &u),
	    SC_ECONFLICT);
	assert_int_equal(user_create(&tx, slice_str("a b"), &none, &u),
	    SC_EBADREQUEST);
	assert_int_equal(user_by_name(&tx, slice_str("a b"), &u),
	    SC_ENOTFOUND);
	store_abandon(tx.st);
}

static void
expect_credential(struct tx *tx, uint64_t user, const struct credential *want)
{
	struct credential c;

	assert_int_equal(user_credential(tx, user, &c), 0);
	assert_memory_equal(&c, want, sizeof(c));
}

/* What changes in a user's row leaves what it has of the password. */
static void
test_credential_stays(void **state)
{
	struct world *w = *state;
	struct credential c, other;
	struct tx tx = kit_begin(&w->k);
	struct user u;

	memset(&c, 0, sizeof(c));
	c.iterations = 4096;
	memset(c.salt, 1, sizeof(c.salt));
	memset(c.stored_sha1, 2, sizeof(c.stored_sha1));
	memset(c.server_sha1, 3, sizeof(c.server_sha1));
	memset(c.stored_sha256, 4, sizeof(c.stored_sha256));
	memset(c.server_sha256, 5, sizeof(c.server_sha256));
	other = c;
	other.iterations = 10000;
	memset(other.salt, 6, sizeof(other.salt));
	assert_int_equal(user_create(&tx, slice_str("carol"), &c, &u), 0);
	expect_credential(&tx, u.id, &c);
	u.next_device = 7;
	assert_int_equal(user_put(&tx, &u), 0);
	expect_credential(&tx, u.id, &c);
	assert_int_equal(user_set_credential(&tx, u.id, &other), 0);
	expect_credential(&tx, u.id, &other);
	assert_int_equal(user_get(&tx, u.id, &u), 0);
	assert_int_equal(u.next_device, 7);
	assert_int_equal(user_credential(&tx, 999, &c), SC_ENOTFOUND);
	store_abandon(tx.st);
}

static void
test_direct_chat_is_made_once(void **state)
{
	struct world *w = *state;
	struct tx tx = kit_begin(&w->k);
	struct chat a, b;
	int intros = 0;

	assert_int_equal(chat_direct_make(&tx, w->alice, w->bob, kit_ignore,
			     &intros, &a),
	    0);
	assert_int_equal(intros, 2);
	assert_int_equal(chat_direct_make(&tx, w->bob, w->alice, kit_ignore,
			     &intros, &b),
	    0);
	assert_int_equal(intros, 2);
	assert_true(chat_id_equal(&a.id, &b.id));
	assert_int_equal(b.number[0], 2);
	assert_int_equal(b.number[1], 2);
	kit_commit(&w->k, &tx);
}

/* Both write first, at the same moment: one must run again (R24). */
static void
test_r24_two_first_messages_make_one_chat(void **state)
{
	struct world *w = *state;
	struct tx one = kit_begin(&w->k), two = kit_begin(&w->k);
	struct entry e;

	say(w, &one, w->alice, w->bob, "hi", &e);
	say(w, &two, w->bob, w->alice, "ho", &e);
	assert_int_equal(store_finish(one.st), 0);
	assert_int_equal(store_finish(two.st), SC_ERERUN);
	two = kit_begin(&w->k);
	say(w, &two, w->bob, w->alice, "ho", &e);
	assert_int_equal(e.seq, 2);
	kit_commit(&w->k, &two);
}

/* Two appends to one chat at the same moment (R24: the chat row). */
static void
test_r24_appends_do_not_lose_each_other(void **state)
{
	struct world *w = *state;
	struct tx one, two = kit_begin(&w->k);
	struct entry e;

	say(w, &two, w->alice, w->bob, "0", &e);
	kit_commit(&w->k, &two);
	one = kit_begin(&w->k);
	two = kit_begin(&w->k);
	say(w, &one, w->alice, w->bob, "1", &e);
	say(w, &two, w->bob, w->alice, "2", &e);
	assert_int_equal(store_finish(one.st), 0);
	assert_int_equal(store_finish(two.st), SC_ERERUN);
}

static void
test_r4_time_never_goes_back(void **state)
{
	struct world *w = *state;
	struct tx tx = kit_begin(&w->k);
	struct entry first, second;

	say(w, &tx, w->alice, w->bob, "1", &first);
	kit_commit(&w->k, &tx);
	w->k.now -= 3600 * 1000;
	tx = kit_begin(&w->k);
	say(w, &tx, w->alice, w->bob, "2", &second);
	kit_commit(&w->k, &tx);
	assert_int_equal(second.time, first.time);
	assert_int_equal(second.seq, 2);
}

static void
test_r8_counter(void **state)
{
	struct world *w = *state;
	struct outcome o = {.kind = OUTCOME_SENT, .seq = 9}, got;
	uint64_t high;
	enum dedupe what;
	struct tx tx = kit_begin(&w->k);

	for (uint64_t n = 1; n <= 200; n++) {
		assert_int_equal(dedupe_check(&tx, w->alice, 1, n, n * 7,
				     &what, &got, &high),
		    0);
		assert_int_equal(what, DEDUPE_NEW);
		o.seq = n;
		assert_int_equal(
		    dedupe_settle(&tx, w->alice, 1, n, n * 7, &o), 0);
	}
	assert_int_equal(dedupe_high(&tx, w->alice, 1, &high), 0);
	assert_int_equal(high, 200);
	/* all of the last 64 repeat, with their own outcome */
	for (uint64_t n = 137; n <= 200; n++) {
		assert_int_equal(dedupe_check(&tx, w->alice, 1, n, n * 7,
				     &what, &got, &high),
		    0);
		assert_int_equal(what, DEDUPE_REPEAT);
		assert_int_equal(got.seq, n);
	}
	/* another content, too old, too new, nothing */
	const struct {
		uint64_t n, digest;
	} bad[] = {{200, 1}, {136, 136 * 7}, {202, 1}, {264, 1}, {0, 0}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		high = 0;
		assert_int_equal(dedupe_check(&tx, w->alice, 1, bad[i].n,
				     bad[i].digest, &what, &got, &high),
		    0);
		assert_int_equal(what, DEDUPE_CONFLICT);
		assert_int_equal(high, 200);
	}
	/* another device has its own */
	assert_int_equal(
	    dedupe_check(&tx, w->alice, 2, 1, 1, &what, &got, &high), 0);
	assert_int_equal(what, DEDUPE_NEW);
	store_abandon(tx.st);
}

struct seen {
	uint64_t next;
	unsigned entries, skips, stop_after;
};

static int
see_entry(void *arg, const struct entry *e)
{
	struct seen *s = arg;

	assert_int_equal(e->seq, s->next);
	s->next++;
	s->entries++;
	return s->entries == s->stop_after;
}

static int
see_skip(void *arg, uint64_t first, uint64_t last)
{
	struct seen *s = arg;

	assert_int_equal(first, s->next);
	assert_true(last >= first);
	s->next = last + 1;
	s->skips++;
	return 0;
}

/* Entries over several periods; some are dropped; a run has no hole (R5). */
static void
test_r5_pruned_entries_are_skips(void **state)
{
	struct world *w = *state;
	struct seen s = {.next = 1};
	struct chat_reader r = {see_entry, see_skip, &s};
	struct entry e;
	struct tx tx;
	uint32_t parts[6];

	for (int i = 0; i < 6; i++) {
		parts[i] = chat_period_at(&w->k.d, w->k.now);
		for (int k = 0; k < 5; k++) {
			tx = kit_begin(&w->k);
			say(w, &tx, w->alice, w->bob, "x", &e);
			kit_commit(&w->k, &tx);
		}
		w->k.now += 60 * 1000;
	}
	assert_int_equal(e.seq, 30);
	tx = kit_begin(&w->k);
	assert_int_equal(chat_read(&tx, &e.chat, 1, 30, &r), 0);
	assert_int_equal(s.entries, 30);
	assert_int_equal(s.skips, 0);
	assert_int_equal(kit_prune(&tx, parts[0]), 0);
	assert_int_equal(kit_prune(&tx, parts[1]), 0);
	assert_int_equal(kit_prune(&tx, parts[3]), 0);
	kit_commit(&w->k, &tx);
	tx = kit_begin(&w->k);
	s = (struct seen){.next = 1};
	assert_int_equal(chat_read(&tx, &e.chat, 1, 30, &r), 0);
	assert_int_equal(s.next, 31);
	assert_int_equal(s.entries, 15);
	/* from the middle of a dropped run, and stopping early */
	s = (struct seen){.next = 17, .stop_after = 2};
	assert_int_equal(chat_read(&tx, &e.chat, 17, 30, &r), 0);
	assert_int_equal(s.skips, 1);
	assert_int_equal(s.next, 23);
	store_abandon(tx.st);
}

/* A dropped period at the end of what is asked for is a skip as well. */
static void
test_r5_pruned_tail_is_a_skip(void **state)
{
	struct world *w = *state;
	struct seen s = {.next = 1};
	struct chat_reader r = {see_entry, see_skip, &s};
	struct entry e;
	struct tx tx = kit_begin(&w->k);
	uint32_t part = chat_period_at(&w->k.d, w->k.now);

	say(w, &tx, w->alice, w->bob, "x", &e);
	say(w, &tx, w->alice, w->bob, "y", &e);
	kit_commit(&w->k, &tx);
	tx = kit_begin(&w->k);
	assert_int_equal(kit_prune(&tx, part), 0);
	kit_commit(&w->k, &tx);
	tx = kit_begin(&w->k);
	assert_int_equal(chat_read(&tx, &e.chat, 1, 2, &r), 0);
	assert_int_equal(s.next, 3);
	assert_int_equal(s.skips, 1);
	store_abandon(tx.st);
}

/* The key of an entry's row, and the partition that it is in. */
static uint32_t
row_of(struct tx *tx, const struct chat_id *id, uint64_t seq,
    struct row_key *k)
{
	uint32_t part;

	k->len = 0;
	row_key_chat(k, id);
	row_key_u64(k, seq);
	assert_int_equal(chat_period(tx, id, seq, &part), 0);
	return part;
}

/* An entry of a chat is lost. */
static void
lose(struct world *w, struct tx *tx, const struct chat_id *id, uint64_t seq)
{
	struct row_key k;
	uint32_t part = row_of(tx, id, seq, &k);

	assert_int_equal(store_del(tx->st, w->k.d.entries, part,
			     row_key_slice(&k)),
	    0);
}

/* Its row is no row. */
static void
garble(struct world *w, struct tx *tx, const struct chat_id *id, uint64_t seq)
{
	static const uint8_t garbage[] = {1, 255, 255};
	struct row_key k;
	uint32_t part = row_of(tx, id, seq, &k);

	assert_int_equal(store_put(tx->st, w->k.d.entries, part,
			     row_key_slice(&k),
			     slice_of(garbage, sizeof(garbage))),
	    0);
}

static int
note_run(void *arg, const char *kind, uint64_t first, uint64_t last)
{
	char *out = arg;

	(void)sprintf(out + strlen(out), "%s%u-%u ", kind, (unsigned)first,
	    (unsigned)last);
	return 0;
}

static int
note_entry(void *arg, const struct entry *e)
{
	return note_run(arg, "", e->seq, e->seq);
}

static int
note_skip(void *arg, uint64_t first, uint64_t last)
{
	return note_run(arg, "pruned ", first, last);
}

static int
note_hole(void *arg, uint64_t first, uint64_t last)
{
	return note_run(arg, "lost ", first, last);
}

/* A row that is not to be read is passed by like one that is not there. */
static void
test_damaged_entries_are_passed_by(void **state)
{
	struct world *w = *state;
	char seen[256] = "";
	const struct chat_reader r = {note_entry, note_skip, seen};
	struct entry e;
	struct tx tx = kit_begin(&w->k);
	struct chat c;
	uint32_t n;

	for (int k = 0; k < 6; k++)
		say(w, &tx, w->alice, w->bob, "x", &e);
	garble(w, &tx, &e.chat, 1);
	garble(w, &tx, &e.chat, 3);
	lose(w, &tx, &e.chat, 4);
	garble(w, &tx, &e.chat, 6);
	assert_int_equal(chat_read(&tx, &e.chat, 2, 6, &r), SC_EDAMAGED);
	assert_string_equal(seen, "2-2 ");
	seen[0] = '\0';
	assert_int_equal(chat_read_holes(&tx, &e.chat, 1, 6, &r, note_hole),
	    0);
	assert_string_equal(seen, "lost 1-1 2-2 lost 3-3 lost 4-4 5-5 "
	    "lost 6-6 ");
	/* and does not hide what is unread behind it */
	assert_int_equal(chat_get(&tx, &e.chat, &c), 0);
	assert_int_equal(chat_unread(&tx, &c, w->bob, 0, 99, &n), 0);
	assert_int_equal(n, 2);
	kit_commit(&w->k, &tx);
}

/* The store cannot read this table; how often it has tried. */
static const struct store_table *broken;
static unsigned tried;

int __real_store_scan(struct store_txn *, const struct store_table *,
    uint32_t, const struct store_range *, store_scan_fn *, void *);
int __wrap_store_scan(struct store_txn *, const struct store_table *,
    uint32_t, const struct store_range *, store_scan_fn *, void *);

int
__wrap_store_scan(struct store_txn *txn, const struct store_table *table,
    uint32_t part, const struct store_range *range, store_scan_fn *fn,
    void *arg)
{
	if (table != broken)
		return __real_store_scan(txn, table, part, range, fn, arg);
	tried++;
	return SC_EDAMAGED;
}

/* What the store cannot read is passed by in steps; a reader does not try for
 * ever, as it may be all of a large file. */
static void
test_damaged_stores_are_passed_by(void **state)
{
	struct world *w = *state;
	char seen[256] = "";
	const struct chat_reader r = {note_entry, note_skip, seen};
	struct seen s = {.next = 1};
	const struct chat_reader many = {see_entry, see_skip, &s};
	struct entry e;
	struct tx tx = kit_begin(&w->k);

	for (int k = 0; k < 2000; k++)
		say(w, &tx, w->alice, w->bob, "x", &e);
	broken = w->k.d.entries;
	assert_int_equal(chat_read_holes(&tx, &e.chat, 1, 3, &r, note_hole),
	    0);
	assert_string_equal(seen, "lost 1-1 lost 2-2 lost 3-3 ");
	assert_int_equal(chat_read(&tx, &e.chat, 1, 3, &r), SC_EDAMAGED);
	tried = 0;
	assert_int_equal(chat_read_holes(&tx, &e.chat, 1, 2000, &many,
	    see_skip), SC_EDAMAGED);
	assert_in_range(tried, 1000, 1100);
	broken = NULL;
	kit_commit(&w->k, &tx);
}

/* What is missing and was not pruned is damage, wherever it is. */
static void
test_lost_entries_are_not_pruned(void **state)
{
	struct world *w = *state;
	char seen[256] = "";
	const struct chat_reader r = {note_entry, note_skip, seen};
	uint32_t parts[3];
	struct entry e;
	struct tx tx = kit_begin(&w->k);

	for (int i = 0; i < 3; i++) {
		tx.now = w->k.now;
		parts[i] = chat_period_at(&w->k.d, w->k.now);
		for (int k = 0; k < 4; k++)
			say(w, &tx, w->alice, w->bob, "x", &e);
		w->k.now += 60 * 1000;
	}
	assert_int_equal(kit_prune(&tx, parts[0]), 0);
	assert_int_equal(chat_read(&tx, &e.chat, 1, 12, &r), 0);
	assert_string_equal(seen, "pruned 1-4 5-5 6-6 7-7 8-8 9-9 10-10 11-11 "
	    "12-12 ");
	for (unsigned i = 0; i < 4; i++)
		lose(w, &tx, &e.chat, (uint64_t[]){5, 8, 9, 12}[i]);
	seen[0] = '\0';
	assert_int_equal(chat_read_holes(&tx, &e.chat, 1, 12, &r, note_hole),
	    0);
	assert_string_equal(seen, "pruned 1-4 lost 5-5 6-6 7-7 lost 8-8 "
	    "lost 9-9 10-10 11-11 lost 12-12 ");
	seen[0] = '\0';
	assert_int_equal(chat_read(&tx, &e.chat, 10, 12, &r), SC_EDAMAGED);
	assert_string_equal(seen, "10-10 11-11 ");
	assert_int_equal(chat_read(&tx, &e.chat, 5, 7, &r), SC_EDAMAGED);
	/* a whole partition, and what is not written yet */
	assert_int_equal(store_drop(tx.st, w->k.d.entries, parts[2]), 0);
	seen[0] = '\0';
	assert_int_equal(chat_read_holes(&tx, &e.chat, 6, 14, &r, note_hole),
	    0);
	assert_string_equal(seen, "6-6 7-7 lost 8-8 lost 9-12 pruned 13-14 ");
	kit_commit(&w->k, &tx);
}

static void
state_mark(struct world *w, struct mark_stated s, int want,
    struct mark_moved *m)
{
	struct tx tx = kit_begin(&w->k);

	assert_int_equal(marks_state(&tx, &s, m), want);
	kit_commit(&w->k, &tx);
}

static void
test_r13_marks_only_rise_and_keep_their_times(void **state)
{
	struct world *w = *state;
	struct mark_stated s = {.user = w->bob, .device = 1, .number = 2};
	struct mark_moved m;
	struct entry e;
	struct tx tx = kit_begin(&w->k);
	int64_t start = w->k.now, when;
	bool estimated;

	for (int i = 0; i < 10; i++)
		say(w, &tx, w->alice, w->bob, "x", &e);
	kit_commit(&w->k, &tx);
	w->k.now = start + 1000;
	s.delivered = 4;
	state_mark(w, s, 0, &m);
	assert_true(m.delivered);
	w->k.now = start + 2000;
	s.delivered = 9;
	state_mark(w, s, 0, &m);
	s.delivered = 3;
	state_mark(w, s, 0, &m);
	assert_false(m.delivered);
	assert_int_equal(m.member.delivered, 9);
	s.delivered = 0;
	s.read = 5;
	w->k.now = start + 3000;
	state_mark(w, s, 0, &m);
	assert_true(m.read);
	assert_false(m.delivered);
	tx = kit_begin(&w->k);
	assert_int_equal(marks_when(&tx, &e.chat, w->bob, MARK_DELIVERED, 3,
			     &when, &estimated),
	    0);
	assert_int_equal(when, start + 1000);
	assert_int_equal(marks_when(&tx, &e.chat, w->bob, MARK_DELIVERED, 5,
			     &when, &estimated),
	    0);
	assert_int_equal(when, start + 2000);
	assert_int_equal(marks_when(&tx, &e.chat, w->bob, MARK_READ, 5, &when,
			     &estimated),
	    0);
	assert_int_equal(when, start + 3000);
	assert_int_equal(marks_when(&tx, &e.chat, w->bob, MARK_READ, 6, &when,
			     &estimated),
	    SC_ENOTFOUND);
	store_abandon(tx.st);
	s.read = 11;
	state_mark(w, s, SC_EBADREQUEST, &m);
}

static void
test_r13_restated_mark_is_an_estimate(void **state)
{
	struct world *w = *state;
	struct mark_stated s = {.user = w->bob, .device = 1, .number = 2,
	    .delivered = 1, .restated = true, .age = 5000};
	struct mark_moved m;
	struct entry e;
	struct tx tx = kit_begin(&w->k);
	int64_t start = w->k.now;

	say(w, &tx, w->alice, w->bob, "x", &e);
	say(w, &tx, w->alice, w->bob, "y", &e);
	kit_commit(&w->k, &tx);
	w->k.now = start + 60000;
	state_mark(w, s, 0, &m);
	assert_true(m.member.delivered_estimated);
	assert_int_equal(m.member.delivered_time, start + 55000);
	/* never before the entry */
	s.delivered = 2;
	s.age = 1000000;
	state_mark(w, s, 0, &m);
	assert_int_equal(m.member.delivered_time, start);
}

/* Nobody waits for a tick of what does not count. */
static void
test_r14_no_ticks_for_reactions(void **state)
{
	struct world *w = *state;
	struct mark_stated s = {.user = w->bob, .device = 1, .number = 2,
	    .delivered = 1};
	struct mark_moved m;
	struct entry e;
	struct tx tx = kit_begin(&w->k);

	say_as(w, &tx, w->alice, w->bob, 0, "x", &e);
	say(w, &tx, w->alice, w->bob, "y", &e);
	say_as(w, &tx, w->alice, w->bob, 0, "x", &e);
	kit_commit(&w->k, &tx);
	s.delivered = 1;
	state_mark(w, s, 0, &m);
	assert_true(m.delivered);
	s.delivered = 2;
	state_mark(w, s, 0, &m);
	assert_true(m.delivered);
	s.delivered = 3;
	state_mark(w, s, 0, &m);
	assert_false(m.delivered);
	assert_int_equal(m.member.delivered, 3);
}

static void
test_r10_device_marks_and_member_maximum(void **state)
{
	struct world *w = *state;
	struct mark_stated s = {.user = w->bob, .device = 1, .number = 2};
	struct mark_moved m;
	struct entry e;
	struct tx tx = kit_begin(&w->k);

	for (int i = 0; i < 5; i++)
		say(w, &tx, w->alice, w->bob, "x", &e);
	kit_commit(&w->k, &tx);
	s.delivered = 5;
	state_mark(w, s, 0, &m);
	s.device = 2;
	s.delivered = 3;
	state_mark(w, s, 0, &m);
	assert_false(m.delivered);
	assert_int_equal(m.member.delivered, 5);
}

static void
test_r15_unread(void **state)
{
	struct world *w = *state;
	struct entry e;
	struct chat_id id;
	uint32_t n;
	struct chat c;
	struct tx tx = kit_begin(&w->k);

	for (int i = 0; i < 5; i++)
		say_as(w, &tx, w->alice, w->bob, 0, "hello", &e);
	assert_int_equal(chat_direct(&tx, w->alice, w->bob, &id), 0);
	assert_int_equal(chat_get(&tx, &id, &c), 0);
	/* what does not count, and what one has written oneself */
	assert_int_equal(chat_unread(&tx, &c, w->bob, 0, 999, &n), 0);
	assert_int_equal(n, 0);
	memset(&e, 0, sizeof(e));
	for (int i = 0; i < 4; i++) {
		e.from = i == 3 ? w->bob : w->alice;
		e.flags = ENTRY_COUNTS;
		e.payload = slice_str("hello");
		assert_int_equal(chat_append(&tx, &c, &e), 0);
	}
	assert_int_equal(chat_unread(&tx, &c, w->bob, 0, 999, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(chat_unread(&tx, &c, w->bob, 6, 999, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(chat_unread(&tx, &c, w->bob, 0, 2, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(chat_unread(&tx, &c, w->alice, 0, 999, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(chat_unread(&tx, &c, w->alice, c.head, 999, &n), 0);
	assert_int_equal(n, 0);
	store_abandon(tx.st);
}

static void
test_receipt_only_if_somebody_waits(void **state)
{
	struct world *w = *state;
	struct mark_stated s = {.user = w->alice, .device = 1, .number = 2,
	    .delivered = 1};
	struct mark_moved m;
	struct entry e;
	struct tx tx = kit_begin(&w->k);

	say(w, &tx, w->alice, w->bob, "x", &e);
	kit_commit(&w->k, &tx);
	state_mark(w, s, 0, &m);
	assert_false(m.delivered);
	assert_int_equal(m.member.delivered, 1);
}

static void
test_device_limit_lists_them(void **state)
{
	struct world *w = *state;
	uint8_t token[DEVICE_TOKEN_SIZE];
	const char *names;
	struct device d;
	struct tx tx = kit_begin(&w->k);
	const char *const three[] = {"phone", "tablet", "laptop"};

	for (int i = 0; i < 3; i++)
		assert_int_equal(device_login_password(&tx, w->alice,
				     slice_str(three[i]), 0, &d, token, &names),
		    0);
	assert_int_equal(device_login_password(&tx, w->alice,
			     slice_str("watch"), 0, &d, token, &names),
	    SC_ERESOURCE);
	assert_string_equal(names, "phone, tablet, laptop");
	assert_int_equal(device_login_password(&tx, w->alice,
			     slice_str("tablet"), 0, &d, token, &names),
	    0);
	assert_int_equal(d.id, 2);
	/* R2: an id is never given again */
	assert_int_equal(device_revoke(&tx, w->alice, 2), 0);
	assert_int_equal(device_login_password(&tx, w->alice,
			     slice_str("tablet"), 0, &d, token, &names),
	    0);
	assert_int_equal(d.id, 4);
	store_abandon(tx.st);
}

static void
test_device_name_is_text(void **state)
{
	struct world *w = *state;
	uint8_t token[DEVICE_TOKEN_SIZE];
	const char *names;
	struct device d;
	struct tx tx = kit_begin(&w->k);

	/* it would be stored as "phone", and not be found again */
	assert_int_equal(device_login_password(&tx, w->alice,
			     slice_of("phone\0x", 7), 0, &d, token, &names),
	    SC_EBADREQUEST);
	assert_int_equal(device_login_password(&tx, w->alice,
			     slice_of("phone", 5), 0, &d, token, &names),
	    0);
	assert_int_equal(d.id, 1);
	store_abandon(tx.st);
}

static int
token_login(struct world *w, struct tx *tx, const uint8_t *token,
    uint8_t *next)
{
	struct device d;
	int rc;

	rc = device_login_token(tx, w->alice, 1,
	    slice_of(token, DEVICE_TOKEN_SIZE), 0, &d);
	if (rc == 0 && next != NULL)
		rc = device_token_next(tx->d, &d, next);
	return rc;
}

/* A row as it was before tokens had an age. */
static void
put_old_device(struct world *w, struct tx *tx, int64_t created)
{
	uint8_t b[64];
	struct row_out row;
	struct row_key k = {.len = 0};

	row_key_u64(&k, w->alice);
	row_key_u32(&k, 1);
	row_begin(&row, b, sizeof(b), 1);
	row_bytes(&row, slice_str("phone"));
	row_int(&row, created);
	row_uint(&row, 2);	/* generation */
	row_uint(&row, 7);	/* login */
	assert_int_equal(store_put(tx->st, tx->d->devices, 0,
	    row_key_slice(&k), row_slice(&row)), 0);
}

static void
test_r26_age_of_a_token(void **state)
{
	struct world *w = *state;
	uint8_t one[DEVICE_TOKEN_SIZE], two[DEVICE_TOKEN_SIZE];
	const char *names;
	struct device d;
	struct tx tx = kit_begin(&w->k);

	assert_int_equal(device_login_password(&tx, w->alice,
			     slice_str("phone"), 0, &d, one, &names),
	    0);
	assert_int_equal(d.issued, tx.now);
	/* using it does not make it younger; using the next one does */
	tx.now += 1000;
	assert_int_equal(token_login(w, &tx, one, two), 0);
	assert_int_equal(device_get(&tx, w->alice, 1, &d), 0);
	assert_int_equal(d.issued, tx.now - 1000);
	assert_int_equal(token_login(w, &tx, two, NULL), 0);
	assert_int_equal(device_get(&tx, w->alice, 1, &d), 0);
	assert_int_equal(d.issued, tx.now);
	/* what does not say is as old as the device */
	put_old_device(w, &tx, 12345);
	assert_int_equal(device_get(&tx, w->alice, 1, &d), 0);
	assert_string_equal(d.name, "phone");
	assert_int_equal(d.login, 7);
	assert_int_equal(d.issued, 12345);
	store_abandon(tx.st);
}

static void
test_r26_token_generations(void **state)
{
	struct world *w = *state;
	uint8_t one[DEVICE_TOKEN_SIZE], two[DEVICE_TOKEN_SIZE],
	    forged[DEVICE_TOKEN_SIZE];
	const char *names;
	struct device d;
	struct tx tx = kit_begin(&w->k);

	assert_int_equal(device_login_password(&tx, w->alice,
			     slice_str("phone"), 0, &d, one, &names),
	    0);
	assert_int_equal(token_login(w, &tx, one, two), 0);
	/* the old one works until the new one has been used */
	assert_int_equal(token_login(w, &tx, one, NULL), 0);
	assert_int_equal(token_login(w, &tx, two, NULL), 0);
	assert_int_equal(token_login(w, &tx, one, NULL), SC_ENOTAUTHORIZED);
	for (size_t i = 0; i < sizeof(forged); i++) {
		memcpy(forged, two, sizeof(forged));
		forged[i] ^= 1;
		assert_int_equal(token_login(w, &tx, forged, NULL),
		    SC_ENOTAUTHORIZED);
	}
	/* a password login ends both, and one that was never used */
	assert_int_equal(token_login(w, &tx, two, one), 0);
	assert_int_equal(device_login_password(&tx, w->alice,
			     slice_str("phone"), 0, &d, forged, &names),
	    0);
	assert_int_equal(token_login(w, &tx, one, NULL), SC_ENOTAUTHORIZED);
	assert_int_equal(token_login(w, &tx, two, NULL), SC_ENOTAUTHORIZED);
	assert_int_equal(token_login(w, &tx, forged, NULL), 0);
	assert_int_equal(device_revoke(&tx, w->alice, 1), 0);
	assert_int_equal(token_login(w, &tx, forged, NULL),
	    SC_ENOTAUTHORIZED);
	store_abandon(tx.st);
}

static void
test_stamps_are_never_given_twice(void **state)
{
	struct world *w = *state;
	uint64_t a, b;
	struct tx tx = kit_begin(&w->k);

	assert_int_equal(domain_reserve_stamps(&tx, 100, &a), 0);
	kit_commit(&w->k, &tx);
	tx = kit_begin(&w->k);
	assert_int_equal(domain_reserve_stamps(&tx, 100, &b), 0);
	kit_commit(&w->k, &tx);
	assert_true(b >= a + 100);
}

static void
test_r3_epoch_survives(void **state)
{
	struct world *w = *state;
	uint8_t epoch[8];
	struct tx tx = kit_begin(&w->k);

	memcpy(epoch, w->k.d.epoch, sizeof(epoch));
	assert_int_equal(domain_start(&w->k.d, &tx), 0);
	assert_memory_equal(epoch, w->k.d.epoch, sizeof(epoch));
	store_abandon(tx.st);
}

/* How many rows of a table begin with PREFIX. */
static int
count_row(void *arg, struct slice key, struct slice value)
{
	(void)key;
	(void)value;
	++*(int *)arg;
	return 0;
}

static int
rows_of(struct tx *tx, const struct store_table *table, uint32_t part,
    struct slice prefix)
{
	uint8_t end[STORE_KEY_MAX];
	struct store_range range = store_prefix(prefix, end);
	int n = 0;

	assert_int_equal(store_scan(tx->st, table, part, &range, count_row,
			     &n),
	    0);
	return n;
}

static int
rows_of_user(struct tx *tx, const struct store_table *table, uint64_t user)
{
	struct row_key k = {.len = 0};

	row_key_u64(&k, user);
	return rows_of(tx, table, 0, row_key_slice(&k));
}

static void
state_device_mark(struct tx *tx, uint64_t user, uint32_t device, uint64_t number,
    uint64_t seq)
{
	struct mark_stated s = {.user = user, .device = device,
	    .number = number, .delivered = seq, .read = seq};
	struct mark_moved m;

	assert_int_equal(marks_state(tx, &s, &m), 0);
}

/* What these tests write are no payloads. */
static void
on_problem(void *arg, const char *text)
{
	(void)arg;
	if (strstr(text, "the payload of") == NULL)
		fail_msg("%s", text);
}

static void
assert_all_agree(struct tx *tx)
{
	struct verified v;

	assert_int_equal(domain_verify(tx, &v, on_problem, NULL), 0);
}

static void
test_r2_user_delete_leaves_nothing_of_the_account(void **state)
{
	struct world *w = *state;
	const struct outcome sent = {.kind = OUTCOME_SENT, .seq = 1};
	struct credential none = {0};
	struct chat_id self, direct;
	uint8_t token[DEVICE_TOKEN_SIZE];
	const char *names;
	struct device d;
	struct entry e;
	struct user u, again;
	struct chat c;
	struct tx tx = kit_begin(&w->k);

	assert_int_equal(user_get(&tx, w->bob, &u), 0);
	assert_int_equal(device_login_password(&tx, w->bob,
			     slice_str("phone"), 0, &d, token, &names),
	    0);
	assert_int_equal(dedupe_settle(&tx, w->bob, d.id, 1, 1, &sent), 0);
	say(w, &tx, w->alice, w->bob, "hello", &e);
	say(w, &tx, w->bob, w->bob, "a note", &e);
	self = e.chat;
	state_device_mark(&tx, w->bob, d.id, 2, 1);
	assert_int_equal(chat_direct(&tx, w->alice, w->bob, &direct), 0);
	assert_int_equal(user_delete(&tx, w->bob), 0);
	kit_commit(&w->k, &tx);

	tx = kit_begin(&w->k);
	assert_all_agree(&tx);
	assert_int_equal(user_get(&tx, w->bob, &again), SC_ENOTFOUND);
	assert_int_equal(user_by_name(&tx, slice_str("bob"), &again),
	    SC_ENOTFOUND);
	assert_int_equal(device_login_token(&tx, w->bob, d.id,
			     slice_of(token, sizeof(token)), 0, &d),
	    SC_ENOTAUTHORIZED);
	assert_int_equal(rows_of_user(&tx, w->k.d.devices, w->bob), 0);
	assert_int_equal(rows_of_user(&tx, w->k.d.slots, w->bob), 0);
	assert_int_equal(rows_of_user(&tx, w->k.d.delivered, w->bob), 0);
	assert_int_equal(rows_of_user(&tx, w->k.d.numbers, w->bob), 0);
	assert_int_equal(chat_get(&tx, &u.account, &c), SC_ENOTFOUND);
	assert_int_equal(rows_of(&tx, w->k.d.entries, CHAT_PERIOD_KEPT,
			     slice_of(u.account.b, CHAT_ID_SIZE)),
	    0);
	assert_int_equal(chat_get(&tx, &self, &c), SC_ENOTFOUND);
	assert_int_equal(rows_of(&tx, w->k.d.entries,
			     chat_period_at(&w->k.d, w->k.now),
			     slice_of(self.b, CHAT_ID_SIZE)),
	    0);
	assert_int_equal(rows_of(&tx, w->k.d.periods, 0,
			     slice_of(self.b, CHAT_ID_SIZE)),
	    0);
	assert_int_equal(user_delete(&tx, w->bob), SC_ENOTFOUND);
	/* the name is free; who takes it is somebody else */
	assert_int_equal(user_create(&tx, slice_str("bob"), &none, &again), 0);
	assert_true(again.id > w->bob);
	assert_int_equal(chat_direct(&tx, w->alice, again.id, &self),
	    SC_ENOTFOUND);
	assert_int_equal(rows_of_user(&tx, w->k.d.numbers, again.id), 1);
	kit_commit(&w->k, &tx);
}

static void
test_user_delete_leaves_the_chat_to_the_other(void **state)
{
	struct world *w = *state;
	struct member was, is;
	struct chat_id id;
	struct entry e, kept;
	struct user alice;
	struct chat c;
	struct tx tx = kit_begin(&w->k);

	say(w, &tx, w->alice, w->bob, "hello", &e);
	say(w, &tx, w->bob, w->alice, "hello yourself", &e);
	state_device_mark(&tx, w->bob, 1, 2, 1);
	assert_int_equal(chat_direct(&tx, w->alice, w->bob, &id), 0);
	assert_int_equal(chat_get(&tx, &id, &c), 0);
	assert_true(chat_is_open(&c));
	assert_int_equal(member_get(&tx, &id, w->bob, &was), 0);
	assert_int_equal(user_delete(&tx, w->bob), 0);
	kit_commit(&w->k, &tx);

	tx = kit_begin(&w->k);
	assert_all_agree(&tx);
	assert_int_equal(chat_get(&tx, &id, &c), 0);
	assert_false(chat_is_open(&c));
	assert_int_equal(c.head, 2);
	assert_int_equal(entry_get(&tx, &id, 2, &kept), 0);
	assert_int_equal(kept.from, w->bob);
	/* alice's tick stays (R13) */
	assert_int_equal(member_get(&tx, &id, w->bob, &is), 0);
	assert_int_equal(is.read, was.read);
	assert_int_equal(is.read, 1);
	/* she marks what she reads, as before */
	assert_int_equal(user_get(&tx, w->alice, &alice), 0);
	state_device_mark(&tx, w->alice, 1, c.number[chat_side(&c, w->alice)], 2);
	/* when she goes as well, nobody is left to read it */
	assert_int_equal(user_delete(&tx, w->alice), 0);
	assert_int_equal(chat_get(&tx, &id, &c), SC_ENOTFOUND);
	assert_int_equal(chat_direct(&tx, w->alice, w->bob, &id),
	    SC_ENOTFOUND);
	assert_int_equal(member_get(&tx, &id, w->bob, &is), SC_ENOTFOUND);
	assert_int_equal(entry_get(&tx, &id, 2, &kept), SC_ENOTFOUND);
	kit_commit(&w->k, &tx);
}

/* Rows by the hundred are deleted in pages; a dropped period is no reason to
 * fail. */
static void
test_user_delete_with_a_long_past(void **state)
{
	struct world *w = *state;
	uint32_t first = chat_period_at(&w->k.d, w->k.now);
	struct chat_id id;
	struct entry e;
	struct tx tx = kit_begin(&w->k);

	for (int i = 0; i < 300; i++) {
		if (i == 200)
			w->k.now += 61000;
		tx.now = w->k.now;
		say(w, &tx, w->bob, w->bob, "a note", &e);
	}
	id = e.chat;
	assert_int_equal(store_drop(tx.st, w->k.d.entries, first), 0);
	assert_int_equal(store_drop(tx.st, w->k.d.moves, first), 0);
	kit_commit(&w->k, &tx);
	tx = kit_begin(&w->k);
	assert_int_equal(rows_of(&tx, w->k.d.entries, first + 1,
			     slice_of(id.b, CHAT_ID_SIZE)),
	    100);
	assert_int_equal(user_delete(&tx, w->bob), 0);
	assert_int_equal(rows_of(&tx, w->k.d.entries, first + 1,
			     slice_of(id.b, CHAT_ID_SIZE)),
	    0);
	kit_commit(&w->k, &tx);
}

static int
count_user(void *arg, const struct user *u)
{
	(void)u;
	++*(int *)arg;
	return 0;
}

/* As after a crash between two pieces: found by nobody, and all agrees. */
static void
assert_leaving(struct world *w, struct tx *tx)
{
	uint8_t token[DEVICE_TOKEN_SIZE];
	const char *names;
	struct leaving l;
	struct device d;
	struct user u;
	int n = 0;

	assert_int_equal(user_get_locked(tx, w->bob, &u), SC_ENOTFOUND);
	assert_int_equal(user_get_leaving(tx, w->alice, &u), SC_ENOTFOUND);
	assert_int_equal(device_login_password(tx, w->bob,
			     slice_str("phone"), 0, &d, token, &names),
	    SC_ENOTFOUND);
	assert_int_equal(leaving_get(tx, 0, &l), 0);
	assert_int_equal(l.user, w->bob);
	assert_int_equal(leaving_get(tx, w->bob, &l), 0);
	assert_int_equal(leaving_get(tx, w->alice, &l), SC_ENOTFOUND);
	assert_int_equal(user_by_name(tx, slice_str("bob"), &u), SC_ENOTFOUND);
	assert_int_equal(user_list(tx, 0, count_user, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(user_leave(tx, w->bob), SC_ENOTFOUND);
	assert_int_equal(rows_of_user(tx, w->k.d.devices, w->bob), 0);
	assert_all_agree(tx);
}

static void
test_user_erase_in_pieces(void **state)
{
	struct world *w = *state;
	struct chat_id self, direct;
	unsigned pieces = 0;
	struct leaving l;
	struct entry e;
	struct chat c;
	struct tx tx = kit_begin(&w->k);

	say(w, &tx, w->alice, w->bob, "hello", &e);
	direct = e.chat;
	for (int i = 0; i < 100; i++) {
		if (i % 40 == 39)
			w->k.now += 61000;
		tx.now = w->k.now;
		say(w, &tx, w->bob, w->bob, "a note", &e);
	}
	self = e.chat;
	state_device_mark(&tx, w->bob, 1, 2, 1);
	assert_int_equal(user_erase(&tx, w->bob, 7), SC_ENOTFOUND);
	assert_int_equal(user_leave(&tx, w->bob), 0);
	for (int rc = 1; rc == 1; pieces++) {
		assert_leaving(w, &tx);
		kit_commit(&w->k, &tx);
		tx = kit_begin(&w->k);
		rc = user_erase(&tx, w->bob, 7);
		assert_in_range(rc, 0, 1);
	}
	assert_in_range(pieces, 100 / 7, 100);
	assert_int_equal(leaving_get(&tx, 0, &l), SC_ENOTFOUND);
	assert_int_equal(user_erase(&tx, w->bob, 7), SC_ENOTFOUND);
	assert_int_equal(rows_of_user(&tx, w->k.d.numbers, w->bob), 0);
	assert_int_equal(rows_of_user(&tx, w->k.d.delivered, w->bob), 0);
	assert_int_equal(rows_of(&tx, w->k.d.periods, 0,
			     slice_of(self.b, CHAT_ID_SIZE)),
	    0);
	assert_int_equal(chat_get(&tx, &self, &c), SC_ENOTFOUND);
	assert_int_equal(chat_get(&tx, &direct, &c), 0);
	assert_int_equal(c.head, 1);
	assert_all_agree(&tx);
	kit_commit(&w->k, &tx);
}

static void
test_device_logout_ends_tokens_only(void **state)
{
	struct world *w = *state;
	uint8_t one[DEVICE_TOKEN_SIZE], two[DEVICE_TOKEN_SIZE];
	const char *names;
	struct device d, after;
	struct tx tx = kit_begin(&w->k);

	assert_int_equal(device_login_password(&tx, w->alice,
			     slice_str("phone"), 0, &d, one, &names),
	    0);
	assert_int_equal(d.last_login, w->k.now);
	assert_int_equal(device_token_next(&w->k.d, &d, two), 0);
	assert_int_equal(device_logout(&tx, w->alice, d.id), 0);
	assert_int_equal(token_login(w, &tx, one, NULL), SC_ENOTAUTHORIZED);
	assert_int_equal(token_login(w, &tx, two, NULL), SC_ENOTAUTHORIZED);
	assert_int_equal(device_get(&tx, w->alice, d.id, &after), 0);
	assert_true(after.login > d.login);
	tx.now += 1000;
	assert_int_equal(device_login_password(&tx, w->alice,
			     slice_str("phone"), 0, &after, one, &names),
	    0);
	assert_int_equal(after.id, d.id);
	assert_int_equal(after.last_login, w->k.now + 1000);
	assert_int_equal(token_login(w, &tx, one, NULL), 0);
	assert_int_equal(device_logout(&tx, w->alice, 99), SC_ENOTFOUND);
	store_abandon(tx.st);
}

int
main(void)
{
#define TEST(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_names_are_folded_and_unique),
	    TEST(test_credential_stays),
	    TEST(test_direct_chat_is_made_once),
	    TEST(test_r24_two_first_messages_make_one_chat),
	    TEST(test_r24_appends_do_not_lose_each_other),
	    TEST(test_r4_time_never_goes_back),
	    TEST(test_r8_counter),
	    TEST(test_r5_pruned_entries_are_skips),
	    TEST(test_r5_pruned_tail_is_a_skip),
	    TEST(test_lost_entries_are_not_pruned),
	    TEST(test_damaged_entries_are_passed_by),
	    TEST(test_damaged_stores_are_passed_by),
	    TEST(test_r13_marks_only_rise_and_keep_their_times),
	    TEST(test_r13_restated_mark_is_an_estimate),
	    TEST(test_r14_no_ticks_for_reactions),
	    TEST(test_r10_device_marks_and_member_maximum),
	    TEST(test_r15_unread),
	    TEST(test_receipt_only_if_somebody_waits),
	    TEST(test_device_limit_lists_them),
	    TEST(test_device_name_is_text),
	    TEST(test_r26_token_generations),
	    TEST(test_r26_age_of_a_token),
	    TEST(test_stamps_are_never_given_twice),
	    TEST(test_r3_epoch_survives),
	    TEST(test_r2_user_delete_leaves_nothing_of_the_account),
	    TEST(test_user_delete_leaves_the_chat_to_the_other),
	    TEST(test_user_delete_with_a_long_past),
	    TEST(test_user_erase_in_pieces),
	    TEST(test_device_logout_ends_tokens_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

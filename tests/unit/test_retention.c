/* SPDX-License-Identifier: ISC */
/* How entries are taken away, on the mem store: by periods and classes, and
 * when everybody has them. */
#include "src/chat/retention.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/chat.h"
#include "src/chat/device.h"
#include "src/chat/entry.h"
#include "src/chat/marks.h"
#include "src/chat/roster.h"
#include "src/chat/row.h"
#include "src/chat/verify.h"
#include "src/common/err.h"
#include "tests/unit/chat_kit.h"

struct world {
	struct chat_kit k;
	uint64_t user[3];	/* alice, bob, carol */
	uint32_t device[3];
	struct tx tx;
};

static int
setup(void **state)
{
	static const char *const names[] = {"alice", "bob", "carol"};
	struct world *w = calloc(1, sizeof(*w));

	kit_init(&w->k);
	w->tx = kit_begin(&w->k);
	for (unsigned i = 0; i < 3; i++) {
		w->user[i] = kit_user(&w->tx, names[i]);
		w->device[i] = kit_device(&w->tx, w->user[i], "phone");
	}
	kit_commit(&w->k, &w->tx);
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

static struct chat_id
say(struct world *w, unsigned from, unsigned to)
{
	static const uint8_t payload[] = {4, 0};	/* raw, one byte */
	struct entry e = {.from = w->user[from], .flags = ENTRY_COUNTS,
	    .payload = slice_of(payload, sizeof(payload))};
	struct chat c;

	w->tx = kit_begin(&w->k);
	assert_int_equal(chat_direct_make(&w->tx, w->user[from], w->user[to],
	    kit_ignore, NULL, &c), 0);
	assert_int_equal(chat_append(&w->tx, &c, &e), 0);
	kit_commit(&w->k, &w->tx);
	return c.id;
}

static uint32_t
part_now(struct world *w)
{
	return chat_period_at(&w->k.d, w->k.now);
}

static void
next_period(struct world *w, int n)
{
	w->k.now += n * KIT_PERIOD_S * INT64_C(1000);
}

/* ---- what is there --------------------------------------------------- */

static int
see_entry(void *arg, const struct entry *e)
{
	char *out = arg;

	(void)sprintf(out + strlen(out), "%u ", (unsigned)e->seq);
	return 0;
}

static int
see_skip(void *arg, uint64_t first, uint64_t last)
{
	char *out = arg;

	(void)sprintf(out + strlen(out), "(%u-%u) ", (unsigned)first,
	    (unsigned)last);
	return 0;
}

static const char *
read_chat(struct world *w, const struct chat_id *id)
{
	static char out[1000];
	const struct chat_reader r = {see_entry, see_skip, out};
	struct chat c;

	*out = '\0';
	w->tx = kit_begin(&w->k);
	assert_int_equal(chat_get(&w->tx, id, &c), 0);
	assert_int_equal(chat_read(&w->tx, id, 1, c.head, &r), 0);
	store_abandon(w->tx.st);
	return out;
}

static int
count_row(void *arg, struct slice key, struct slice value)
{
	(void)key;
	(void)value;
	++*(unsigned *)arg;
	return 0;
}

static unsigned
period_rows(struct world *w, const struct chat_id *id)
{
	uint8_t end[STORE_KEY_MAX];
	struct store_range range = store_prefix(slice_of(id->b,
	    sizeof(id->b)), end);
	unsigned n = 0;

	w->tx = kit_begin(&w->k);
	assert_int_equal(store_scan(w->tx.st, w->k.d.periods, 0, &range,
	    count_row, &n), 0);
	store_abandon(w->tx.st);
	return n;
}

static void
say_problem(void *arg, const char *text)
{
	(void)arg;
	print_message("%s\n", text);
}

static void
assert_sound(struct world *w)
{
	struct verified v;

	w->tx = kit_begin(&w->k);
	assert_int_equal(domain_verify(&w->tx, &v, say_problem, NULL), 0);
	store_abandon(w->tx.st);
	assert_int_equal(v.problems, 0);
}

static bool
is_there(struct world *w, const struct store_table *t, uint32_t part)
{
	const struct store_range all = {.reverse = false};
	unsigned n = 0;

	w->tx = kit_begin(&w->k);
	assert_int_equal(store_scan(w->tx.st, t, part, &all, count_row, &n),
	    0);
	store_abandon(w->tx.st);
	return n > 0;
}

/* ---- periods --------------------------------------------------------- */

/* Drops in pieces of one chat; how many pieces. */
static unsigned
drop(struct world *w, uint32_t part)
{
	struct chat_place place = {.more = true};
	unsigned n = 0;

	for (; place.more; n++) {
		w->tx = kit_begin(&w->k);
		assert_int_equal(retention_drop(&w->tx, part, 1, &place), 0);
		kit_commit(&w->k, &w->tx);
		assert_sound(w);
	}
	return n;
}

static void
test_r6_a_period_goes_chat_by_chat(void **state)
{
	struct world *w = *state;
	uint32_t old = part_now(w);
	struct chat_id id[3];

	for (int i = 0; i < 2; i++) {
		id[0] = say(w, 0, 1);
		id[1] = say(w, 0, 2);
		id[2] = say(w, 1, 2);
		say(w, 1, 0);
		next_period(w, 1);
	}
	assert_int_equal(drop(w, old), 3);
	assert_false(is_there(w, w->k.d.entries, old));
	assert_string_equal(read_chat(w, &id[0]), "(1-2) 3 4 ");
	assert_string_equal(read_chat(w, &id[1]), "(1-1) 2 ");
	/* rows of what is gone are joined, however much has gone */
	assert_int_equal(drop(w, old + 1), 3);
	assert_string_equal(read_chat(w, &id[0]), "(1-4) ");
	assert_int_equal(period_rows(w, &id[0]), 1);
	say(w, 0, 1);
	assert_string_equal(read_chat(w, &id[0]), "(1-4) 5 ");
	assert_int_equal(period_rows(w, &id[0]), 2);
	assert_sound(w);
	/* nothing left is no harm */
	assert_int_equal(drop(w, old), 1);
}

static void
set_class(struct world *w, const struct chat_id *id, unsigned class)
{
	w->tx = kit_begin(&w->k);
	assert_int_equal(retention_set(&w->tx, id, class), 0);
	kit_commit(&w->k, &w->tx);
}

static void
test_r6_classes_go_by_themselves(void **state)
{
	struct world *w = *state;
	uint32_t part = part_now(w);
	struct chat_id id = say(w, 0, 1);
	uint32_t own = chat_part(CHAT_CLASS_OWN, part);
	struct user u;

	set_class(w, &id, CHAT_CLASS_OWN);
	say(w, 0, 1);
	set_class(w, &id, 0);
	say(w, 0, 1);
	assert_int_equal(period_rows(w, &id), 3);
	assert_int_equal(chat_part_class(own), CHAT_CLASS_OWN);
	assert_int_equal(chat_period_start(&w->k.d, own),
	    chat_period_start(&w->k.d, part));
	drop(w, part);
	assert_string_equal(read_chat(w, &id), "(1-1) 2 (3-3) ");
	drop(w, own);
	assert_string_equal(read_chat(w, &id), "(1-3) ");
	assert_int_equal(period_rows(w, &id), 1);
	/* an account log has no class */
	w->tx = kit_begin(&w->k);
	assert_int_equal(user_get(&w->tx, w->user[0], &u), 0);
	assert_int_equal(retention_set(&w->tx, &u.account, 1), SC_EFORBIDDEN);
	store_abandon(w->tx.st);
}

static void
test_a_period_is_counted_in_pieces(void **state)
{
	struct world *w = *state;
	struct retention_sum sum = {0}, all = {0};
	struct chat_place place = {.more = true}, begun = {.more = false};
	unsigned pieces = 0;

	for (int i = 0; i < 5; i++) {
		say(w, 0, 1);
		say(w, 0, 2);
	}
	w->tx = kit_begin(&w->k);
	for (; place.more; pieces++)
		assert_int_equal(retention_count(&w->tx, part_now(w), 3,
		    &place, &sum), 0);
	assert_int_equal(retention_count(&w->tx, part_now(w), 100, &begun,
	    &all), 0);
	store_abandon(w->tx.st);
	assert_int_equal(pieces, 4);
	assert_int_equal(sum.entries, 10);
	assert_int_equal(sum.bytes, all.bytes);
	assert_int_equal(sum.newest, w->k.now);
}

/* ---- until everybody has them ---------------------------------------- */

static void
mark(struct world *w, unsigned who, uint32_t device, uint64_t number,
    uint64_t seq)
{
	const struct mark_stated s = {.user = w->user[who], .device = device,
	    .number = number, .delivered = seq};
	struct mark_moved m;

	w->tx = kit_begin(&w->k);
	assert_int_equal(marks_state(&w->tx, &s, &m), 0);
	kit_commit(&w->k, &w->tx);
}

/* How many entries go, in pieces of some rows. */
static unsigned
delivered(struct world *w, uint32_t part, bool remove)
{
	struct chat_place place = {.more = true};
	struct retention_sum sum = {0};

	while (place.more) {
		w->tx = kit_begin(&w->k);
		assert_int_equal(retention_delivered(&w->tx, part, 6, remove,
		    &place, &sum), 0);
		kit_commit(&w->k, &w->tx);
		assert_sound(w);
	}
	return (unsigned)sum.entries;
}

static void
test_r6_until_all_devices_have_it(void **state)
{
	struct world *w = *state;
	uint32_t part = part_now(w), tablet;
	struct chat_id id;

	w->tx = kit_begin(&w->k);
	tablet = kit_device(&w->tx, w->user[1], "tablet");
	kit_commit(&w->k, &w->tx);
	for (int i = 0; i < 3; i++)
		id = say(w, 0, 1);
	assert_int_equal(delivered(w, part, true), 0);
	mark(w, 0, w->device[0], 2, 3);
	mark(w, 1, w->device[1], 2, 3);
	mark(w, 1, tablet, 2, 1);
	assert_int_equal(delivered(w, part, false), 1);
	assert_string_equal(read_chat(w, &id), "1 2 3 ");
	assert_int_equal(delivered(w, part, true), 1);
	assert_string_equal(read_chat(w, &id), "(1-1) 2 3 ");
	mark(w, 1, tablet, 2, 3);
	assert_int_equal(delivered(w, part, true), 2);
	assert_string_equal(read_chat(w, &id), "(1-3) ");
	/* the period goes on */
	say(w, 1, 0);
	assert_string_equal(read_chat(w, &id), "(1-3) 4 ");
	assert_sound(w);
	/* when it is over and empty, its entries have no file any more, and
	 * its ticks are still known */
	next_period(w, 3);
	mark(w, 0, w->device[0], 2, 4);
	mark(w, 1, w->device[1], 2, 4);
	mark(w, 1, tablet, 2, 4);
	assert_int_equal(delivered(w, part, true), 1);
	assert_true(is_there(w, w->k.d.moves, part));
	say(w, 0, 1);
	assert_string_equal(read_chat(w, &id), "(1-4) 5 ");
	assert_int_equal(period_rows(w, &id), 2);
	assert_sound(w);
}

/* Who is gone, or has no device, does not hold anything up for ever. */
static void
test_r6_who_is_waited_for(void **state)
{
	struct world *w = *state;
	uint32_t part = part_now(w);
	struct chat_id id = say(w, 0, 1);

	say(w, 0, 2);
	mark(w, 0, w->device[0], 2, 1);
	w->tx = kit_begin(&w->k);
	assert_int_equal(device_revoke(&w->tx, w->user[1], w->device[1]), 0);
	kit_commit(&w->k, &w->tx);
	assert_int_equal(delivered(w, part, true), 0);
	w->tx = kit_begin(&w->k);
	assert_int_equal(user_delete(&w->tx, w->user[1]), 0);
	kit_commit(&w->k, &w->tx);
	assert_int_equal(delivered(w, part, true), 1);
	assert_string_equal(read_chat(w, &id), "(1-1) ");
}

/* ---- in groups --------------------------------------------------------- */

static void
post(struct world *w, const struct chat_id *id, unsigned from)
{
	static const uint8_t payload[] = {4, 0};	/* raw, one byte */
	struct entry e = {.from = w->user[from], .flags = ENTRY_COUNTS,
	    .payload = slice_of(payload, sizeof(payload))};
	struct chat c;

	w->tx = kit_begin(&w->k);
	assert_int_equal(chat_get_locked(&w->tx, id, &c), 0);
	assert_int_equal(chat_append(&w->tx, &c, &e), 0);
	kit_commit(&w->k, &w->tx);
}

/* WHO is let in, or goes; the number of the chat in his account is 2. */
static void
admit(struct world *w, const struct chat_id *id, unsigned who)
{
	const struct roster_new new = {.user = w->user[who],
	    .role = ROLE_MEMBER};
	uint64_t number;
	struct chat c;

	w->tx = kit_begin(&w->k);
	assert_int_equal(chat_get_locked(&w->tx, id, &c), 0);
	assert_int_equal(roster_admit(&w->tx, &c, &new, kit_ignore, NULL,
	    &number), 0);
	assert_int_equal(number, 2);
	kit_commit(&w->k, &w->tx);
	post(w, id, who);
}

static void
dismiss(struct world *w, const struct chat_id *id, unsigned who)
{
	struct chat c;

	post(w, id, who);
	w->tx = kit_begin(&w->k);
	assert_int_equal(chat_get_locked(&w->tx, id, &c), 0);
	assert_int_equal(roster_dismiss(&w->tx, &c, w->user[who]), 0);
	kit_commit(&w->k, &w->tx);
}

static void
test_r6_groups_wait_for_who_is_in_them(void **state)
{
	struct world *w = *state;
	uint32_t part = chat_part(CHAT_KIND_GROUP, part_now(w)), tablet;
	struct chat c;

	w->tx = kit_begin(&w->k);
	chat_new(&w->tx, CHAT_KIND_GROUP, &c);
	assert_int_equal(chat_put(&w->tx, &c), 0);
	tablet = kit_device(&w->tx, w->user[1], "tablet");
	kit_commit(&w->k, &w->tx);
	admit(w, &c.id, 0);
	admit(w, &c.id, 1);
	post(w, &c.id, 0);
	admit(w, &c.id, 2);		/* carol, by entry 4 */
	post(w, &c.id, 0);
	mark(w, 0, w->device[0], 2, 5);
	mark(w, 1, w->device[1], 2, 5);
	assert_int_equal(delivered(w, part, true), 1);	/* before bob came */
	mark(w, 1, tablet, 2, 4);
	/* what was said before she came does not wait for carol */
	assert_int_equal(delivered(w, part, true), 2);
	assert_string_equal(read_chat(w, &c.id), "(1-3) 4 5 ");
	mark(w, 2, w->device[2], 2, 4);
	assert_int_equal(delivered(w, part, true), 1);
	mark(w, 1, tablet, 2, 5);
	assert_int_equal(delivered(w, part, true), 0);
	assert_string_equal(read_chat(w, &c.id), "(1-4) 5 ");
	/* who has left is not waited for */
	dismiss(w, &c.id, 2);
	assert_int_equal(delivered(w, part, true), 1);
	assert_string_equal(read_chat(w, &c.id), "(1-5) 6 ");
	post(w, &c.id, 0);
	mark(w, 0, w->device[0], 2, 7);
	mark(w, 1, w->device[1], 2, 7);
	mark(w, 1, tablet, 2, 7);
	assert_int_equal(delivered(w, part, true), 2);
	/* and is again when he returns */
	admit(w, &c.id, 2);
	post(w, &c.id, 1);
	mark(w, 0, w->device[0], 2, 9);
	mark(w, 1, w->device[1], 2, 9);
	mark(w, 1, tablet, 2, 9);
	assert_int_equal(delivered(w, part, true), 0);
	mark(w, 2, w->device[2], 2, 9);
	assert_int_equal(delivered(w, part, true), 2);
	assert_string_equal(read_chat(w, &c.id), "(1-9) ");
	assert_sound(w);
}

/* ---- sealed ---------------------------------------------------------- */

static void
seal_table(struct world *w, const struct store_table *t, uint32_t part)
{
	bool done = false;

	while (!done) {
		w->tx = kit_begin(&w->k);
		assert_int_equal(store_seal(w->tx.st, t, part, &done), 0);
		kit_commit(&w->k, &w->tx);
	}
}

static void
seal(struct world *w, uint32_t part)
{
	seal_table(w, w->k.d.entries, part);
	seal_table(w, w->k.d.moves, part);
	assert_sound(w);
}

static uint64_t
seq_at(struct world *w, const struct chat_id *id, int64_t time)
{
	struct chat c;
	uint64_t seq;

	w->tx = kit_begin(&w->k);
	assert_int_equal(chat_get(&w->tx, id, &c), 0);
	assert_int_equal(chat_seq_at(&w->tx, &c, time, &seq), 0);
	store_abandon(w->tx.st);
	return seq;
}

/* Two entries in each of three periods. */
static struct chat_id
three_periods(struct world *w, uint32_t *first)
{
	struct chat_id id;

	*first = part_now(w);
	for (int i = 0; i < 3; i++) {
		if (i > 0)
			next_period(w, 1);
		id = say(w, 0, 1);
		say(w, 1, 0);
	}
	return id;
}

static void
test_r6_sealed_is_read(void **state)
{
	struct world *w = *state;
	int64_t begun_at = w->k.now;
	uint32_t first;
	struct chat_id id = three_periods(w, &first);

	for (uint32_t i = 0; i < 2; i++) {
		seal(w, first + i);
		assert_string_equal(read_chat(w, &id), "1 2 3 4 5 6 ");
		assert_int_equal(seq_at(w, &id, begun_at), 1);
		assert_int_equal(seq_at(w, &id, begun_at + 1), 3);
		assert_int_equal(seq_at(w, &id, w->k.now), 5);
		assert_int_equal(seq_at(w, &id, w->k.now + 1), 7);
	}
	say(w, 0, 1);
	assert_string_equal(read_chat(w, &id), "1 2 3 4 5 6 7 ");
}

/* What was deleted is deleted, before and after the file is made. */
static void
test_r6_sealed_is_changed(void **state)
{
	static const uint8_t other[] = {8, 1, 2};
	struct world *w = *state;
	uint32_t first;
	struct chat_id id = three_periods(w, &first);
	struct entry e;
	bool done;

	w->tx = kit_begin(&w->k);
	assert_int_equal(store_seal(w->tx.st, w->k.d.entries, first, &done), 0);
	kit_commit(&w->k, &w->tx);
	for (uint64_t seq = 1; seq <= 2; seq++) {
		w->tx = kit_begin(&w->k);
		assert_int_equal(entry_replace(&w->tx, &id, seq,
		    ENTRY_DELETED, slice_of(other, sizeof(other))), 0);
		kit_commit(&w->k, &w->tx);
		seal(w, first);
		w->tx = kit_begin(&w->k);
		assert_int_equal(entry_get(&w->tx, &id, seq, &e), 0);
		assert_int_equal(e.flags, ENTRY_DELETED);
		assert_int_equal(e.from, w->user[seq - 1]);
		assert_true(slice_equal(e.payload,
		    slice_of(other, sizeof(other))));
		store_abandon(w->tx.st);
	}
	w->tx = kit_begin(&w->k);
	assert_int_equal(entry_get(&w->tx, &id, 3, &e), 0);
	assert_int_equal(e.flags, ENTRY_COUNTS);
	store_abandon(w->tx.st);
}

static void
test_r6_sealed_goes(void **state)
{
	struct world *w = *state;
	uint32_t first;
	struct chat_id id = three_periods(w, &first), other = say(w, 0, 2);

	seal(w, first);
	seal(w, first + 1);
	assert_int_equal(drop(w, first), 1);
	assert_false(is_there(w, w->k.d.entries, first));
	assert_string_equal(read_chat(w, &id), "(1-2) 3 4 5 6 ");
	/* an account that is removed takes its chats out of what is sealed */
	w->tx = kit_begin(&w->k);
	assert_int_equal(domain_delete_prefix(&w->tx, w->k.d.entries, first + 1,
	    slice_of(id.b, sizeof(id.b))), 0);
	assert_int_equal(period_forget(&w->tx, &id,
	    &(struct period){3, first + 1}, PERIOD_WHOLE), 0);
	kit_commit(&w->k, &w->tx);
	assert_false(is_there(w, w->k.d.entries, first + 1));
	assert_string_equal(read_chat(w, &id), "(1-4) 5 6 ");
	assert_string_equal(read_chat(w, &other), "1 ");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_r6_a_period_goes_chat_by_chat),
	    TEST(test_r6_classes_go_by_themselves),
	    TEST(test_a_period_is_counted_in_pieces),
	    TEST(test_r6_until_all_devices_have_it),
	    TEST(test_r6_who_is_waited_for),
	    TEST(test_r6_groups_wait_for_who_is_in_them),
	    TEST(test_r6_sealed_is_read),
	    TEST(test_r6_sealed_is_changed),
	    TEST(test_r6_sealed_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

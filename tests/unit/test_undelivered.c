/* SPDX-License-Identifier: ISC */
/* Until everybody has an entry, but not for ever: the module retention, in a
 * group. */
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
#include "src/chat/marks.h"
#include "src/chat/roster.h"
#include "src/server/module.h"
#include "src/server/outbox.h"
#include "tests/unit/server_kit.h"

extern const struct sc_module_def sc_module_retention;

enum { MEMBERS = 3, UNTIL_DELIVERED = SC_CLASS_OWN + 1 };

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)

struct world {
	struct kit *kit;
	struct chat_id group;
	unsigned who;		/* whose mark goes to SEQ */
	uint64_t seq;
	char there[200];	/* numbers, and runs that are gone */
};

/* A group of all, whose entries wait. */
static int
make_group(struct tx *tx, struct world *w)
{
	uint64_t number;
	struct chat c;
	int rc;

	chat_new(tx, CHAT_KIND_GROUP, &c);
	rc = chat_put(tx, &c);
	for (unsigned i = 1; i <= MEMBERS && rc == 0; i++) {
		const struct roster_new new = {.user = i, .role = ROLE_MEMBER};

		rc = roster_admit(tx, &c, &new, outbox_said, tx, &number);
		assert_int_equal(number, 2);
	}
	w->group = c.id;
	return rc != 0 ? rc
	    : scm_chat_set_class(tx, &c.id, UNTIL_DELIVERED);
}

static int
say(struct tx *tx, struct world *w)
{
	struct elem_buf body;
	struct chat c;
	int rc = chat_get_locked(tx, &w->group, &c);

	elem_begin(&body, TAG_BODY);
	elem_set_text(&body, slice_str("hello"));
	return rc != 0 ? rc : scm_post(tx, &c, 1, &body.e, 1, ENTRY_COUNTS);
}

static int
mark(struct tx *tx, struct world *w)
{
	const struct mark_stated s = {.user = w->who, .device = 1,
	    .number = 2, .delivered = w->seq};
	struct mark_moved m;

	return marks_state(tx, &s, &m);
}

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

static int
look(struct tx *tx, struct world *w)
{
	const struct chat_reader r = {see_entry, see_skip, w->there};
	struct chat c;
	int rc = chat_get(tx, &w->group, &c);

	w->there[0] = '\0';
	return rc != 0 ? rc : chat_read(tx, &w->group, 1, c.head, &r);
}

static const char *
there(struct world *w)
{
	CALL(w, look);
	return w->there;
}

static void
has(struct world *w, unsigned who, uint64_t seq)
{
	w->who = who;
	w->seq = seq;
	CALL(w, mark);
}

/* Time passes, and then a sweep has time to come to its end. */
static void
later(struct world *w, int64_t ms)
{
	kit_later(w->kit, ms);
	for (int i = 0; i < 4; i++) {
		kit_later(w->kit, HOUR);
		kit_sweep(w->kit);
	}
}

static int
setup(void **state)
{
	static const char *const names[MEMBERS] = {"alice", "bob", "carol"};
	static const struct sc_module_def *const modules[] = {
	    &sc_module_retention, NULL};
	struct world *w = calloc(1, sizeof(*w));
	uint8_t token[DEVICE_TOKEN_SIZE];

	w->kit = kit_create_with(NULL, modules);
	for (unsigned i = 0; i < MEMBERS; i++)
		kit_token(w->kit, kit_user(w->kit, names[i]), "phone", token);
	CALL(w, make_group);
	later(w, HOUR);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	kit_destroy(w->kit);
	free(w);
	return 0;
}

/* One who does not come holds it for 30 days, and no longer (R6). */
static void
test_r6_until_delivered_ends(void **state)
{
	struct world *w = *state;

	CALL(w, say);
	CALL(w, say);
	has(w, 1, 2);
	has(w, 2, 2);
	later(w, DAY);
	assert_string_equal(there(w), "1 2 ");
	has(w, 3, 1);
	later(w, DAY);
	assert_string_equal(there(w), "(1-1) 2 ");
	later(w, 26 * DAY);
	assert_string_equal(there(w), "(1-1) 2 ");
	later(w, 5 * DAY);
	assert_string_equal(there(w), "(1-2) ");
	/* what is said then waits again */
	CALL(w, say);
	has(w, 1, 3);
	has(w, 2, 3);
	later(w, DAY);
	assert_string_equal(there(w), "(1-2) 3 ");
	has(w, 3, 3);
	later(w, DAY);
	assert_string_equal(there(w), "(1-3) ");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_r6_until_delivered_ends),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

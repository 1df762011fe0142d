/* SPDX-License-Identifier: ISC */
/* Groups as the core knows them: who comes, who goes, and what each may read.
 * The module that has them here lets everybody do everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/device.h"
#include "src/chat/member.h"
#include "src/common/err.h"
#include "src/server/module.h"
#include "src/server/watch.h"
#include "tests/unit/server_kit.h"

/* ---- a module of groups ---------------------------------------------- */

static int
body(struct tx *tx, const char *text, struct slice *payload)
{
	struct elem_buf e;

	elem_begin(&e, TAG_BODY);
	elem_set_text(&e, slice_str(text));
	return scm_payload(tx, &e.e, 1, payload);
}

static int
make(struct tx *tx, struct sc_request *r)
{
	uint64_t me = r->user, number;
	struct entry e = {.flags = 0};
	struct chat c;
	int rc = scm_lock_users(tx, &me, 1);

	if (rc == 0)
		rc = scm_chat_create(tx, CHAT_KIND_GROUP, &c);
	if (rc == 0)
		rc = scm_member_add(tx, &c, me, ROLE_OWNER, 0,
		    slice_str("club"), &number);
	if (rc == 0)
		rc = body(tx, "made", &e.payload);
	return rc != 0 ? rc : scm_append(tx, r, &c, &e);
}

/* The one member that the request names, locked. */
static int
whom(struct tx *tx, struct sc_request *r, uint64_t *user, struct chat *c)
{
	int rc = scm_chat(tx, r, ATTR_CHAT, c);

	*user = elem_get(&r->stanza->children[0], ATTR_USER)->user.id;
	if (rc == 0)
		rc = scm_lock_users(tx, user, 1);
	return rc != 0 ? rc : scm_chat_get_locked(tx, &c->id, c);
}

static int
change(struct tx *tx, struct sc_request *r, enum action action)
{
	uint64_t recent = elem_uint(r->stanza, ATTR_RECENT, 0), user, number;
	struct entry e = {.flags = 0};
	struct chat c;
	int rc = whom(tx, r, &user, &c);

	if (rc == 0 && action == ACTION_APPROVE)	/* nobody is told */
		return scm_member_add(tx, &c, user, ROLE_ADMIN, UINT64_MAX,
		    slice_str("club"), &number);
	if (rc == 0 && action == ACTION_ADD)
		rc = scm_member_add(tx, &c, user, ROLE_ADMIN, recent,
		    slice_str("club"), &number);
	if (rc == 0 && action == ACTION_ROLE)
		rc = scm_member_role(tx, &c, user, ROLE_MEMBER);
	if (rc == 0)
		rc = body(tx, action == ACTION_ADD ? "came" : action ==
		    ACTION_ROLE ? "hush" : "gone", &e.payload);
	if (rc == 0)
		rc = scm_append(tx, r, &c, &e);
	if (rc == 0 && action == ACTION_REMOVE)
		rc = scm_member_remove(tx, &c, user);
	return rc == SC_ECONFLICT ? SC_EFORBIDDEN : rc;
}

static int
run_chat(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	enum action action = (enum action)elem_uint(r->stanza, ATTR_ACTION,
	    ACTION_GET);

	(void)m;
	return action == ACTION_CREATE ? make(tx, r) : change(tx, r, action);
}

static int
post(struct sc_module *m, struct tx *tx, const struct chat *c, uint64_t user,
    const struct member *member, const char **why)
{
	uint64_t last;

	(void)m, (void)tx, (void)user;
	assert_true(scm_member_in(member));
	assert_true(scm_member_sees(member, c->head, &last));
	assert_int_equal(scm_member_head(member, c->head), c->head);
	*why = "you may listen";
	return member->role == ROLE_MEMBER ? SC_EFORBIDDEN : 0;
}

static int
leave(struct sc_module *m, struct tx *tx, struct chat *c, uint64_t user)
{
	struct elem_buf e;
	int rc;

	(void)m;
	elem_begin(&e, TAG_BODY);
	elem_set_text(&e, slice_str("left"));
	rc = scm_post(tx, c, user, &e.e, 1, 0);
	return rc != 0 ? rc : scm_member_remove(tx, c, user);
}

/* Everything waits for those who are away. */
static int
keep(struct sc_module *m, struct tx *tx, struct sc_sync_chat *c,
    struct sync_result *result)
{
	(void)m, (void)tx, (void)result;
	c->deliver = true;
	return 0;
}

static const struct sc_verb_def verbs[] = {
    {"chat", TAG_CHAT, SC_VERB_COUNTED, run_chat, 0}, {0}};
static const struct sc_chats_def chats[] = {
    {"group", CHAT_KIND_GROUP, post, leave, NULL}, {0}};

static const struct sc_module_def club = {
	.abi = SC_MODULE_ABI,
	.name = "club",
	.summary = "for this test",
	.verbs = verbs,
	.chats = chats,
	.sync_chat = keep,
};

/* ---- the world ------------------------------------------------------- */

enum { ALICE = 1, BOB, CAROL, DAVE, PEOPLE = DAVE };

struct world {
	struct kit *kit;
	struct kit_conn conn[PEOPLE + 1];
	uint8_t token[PEOPLE + 1][DEVICE_TOKEN_SIZE];
};

static const char *const names[] = {"", "alice", "bob", "carol", "dave"};

static int
setup_with(void **state, uint32_t push_members)
{
	static const struct sc_module_def *const modules[] = {&club, NULL};
	struct world *w = calloc(1, sizeof(*w));
	struct server_conf conf;

	server_conf_init(&conf);
	conf.push_members = push_members;
	w->kit = kit_create_with(&conf, modules);
	for (unsigned i = 1; i <= PEOPLE; i++)
		(void)kit_arrive(w->kit, &w->conn[i], names[i], w->token[i]);
	*state = w;
	return 0;
}

static int
setup(void **state)
{
	return setup_with(state, 1024);
}

static int
setup_pulled(void **state)
{
	return setup_with(state, 1);
}

static int
setup_small(void **state)
{
	return setup_with(state, 2);
}

static int
teardown(void **state)
{
	struct world *w = *state;

	for (unsigned i = 1; i <= PEOPLE; i++)
		kit_disconnect(&w->conn[i]);
	kit_destroy(w->kit);
	free(w);
	return 0;
}

/* What NAME gets, in short: introductions as "club=NUMBER", entries as
 * "SEQ:TEXT", skips as "FIRST-LAST", acks as "ack", errors as their text. */
static const char *
short_form(const char *xml)
{
	static char out[4096];
	size_t n = 0;
	unsigned long a, b;
	char text[64];

	out[0] = '\0';
	for (const char *p = xml; *p != '\0'; p = strchr(p, '\n') + 1) {
		const char *end = strchr(p, '\n'), *at;

		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s",
		    n > 0 ? " " : "");
		if ((at = strstr(p, "<chat number=\"")) != NULL && at < end &&
		    sscanf(at, "<chat number=\"%lu\"", &a) == 1)
			n += (size_t)snprintf(out + n, sizeof(out) - n,
			    "club=%lu", a);
		else if ((at = strstr(p, "<body>")) != NULL && at < end &&
		    sscanf(p, "<message chat=\"%lu\" seq=\"%lu\"", &a, &b) ==
		    2 && sscanf(at, "<body>%63[^<]", text) == 1)
			n += (size_t)snprintf(out + n, sizeof(out) - n,
			    "%lu:%s", b, text);
		else if (sscanf(p, "<skip chat=\"%*u\" first=\"%lu\" last="
		    "\"%lu\" reason=\"not-a-member\"/>", &a, &b) == 2)
			n += (size_t)snprintf(out + n, sizeof(out) - n,
			    "%lu-%lu", a, b);
		else if (strncmp(p, "<ack ", 5) == 0)
			n += (size_t)snprintf(out + n, sizeof(out) - n, "ack");
		else if ((at = strstr(p, "text=\"")) != NULL && at < end &&
		    sscanf(at, "text=\"%63[^\"]", text) == 1)
			n += (size_t)snprintf(out + n, sizeof(out) - n, "%s",
			    text);
		else
			n += (size_t)snprintf(out + n, sizeof(out) - n,
			    "%.*s", (int)(end - p), p);
	}
	return out;
}

#define GETS(WHO, WHAT) \
	assert_string_equal(short_form(kit_received(&w->conn[WHO])), WHAT)

static void __attribute__((format(printf, 3, 4)))
say(struct world *w, unsigned who, const char *fmt, ...)
{
	char xml[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(xml, sizeof(xml), fmt, ap);
	va_end(ap);
	kit_send(&w->conn[who], xml);
}

/* Alice's group is her chat 2; N is her counter. */
static void
alice_changes(struct world *w, unsigned n, const char *action, unsigned who,
    const char *more)
{
	say(w, ALICE, "<chat n=\"%u\" action=\"%s\" chat=\"2\"%s>"
	    "<member user=\"~%u\"/></chat>", n, action, more, who);
}

static void
alice_writes(struct world *w, unsigned n, const char *text)
{
	say(w, ALICE, "<message chat=\"2\" n=\"%u\"><body>%s</body></message>",
	    n, text);
}

static void
make_club(struct world *w)
{
	say(w, ALICE, "<chat n=\"1\" action=\"create\" kind=\"group\" "
	    "name=\"club\"/>");
	GETS(ALICE, "club=2 ack");
}

static void
reconnect(struct world *w, unsigned who)
{
	struct kit_conn *c = &w->conn[who];

	kit_connect(w->kit, c);
	kit_hello(c);
	kit_auth(c, names[who], 1, w->token[who]);
	kit_send(c, "<sync account=\"0\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>");
}

/* ---- the tests ------------------------------------------------------- */

static void
test_r5_who_comes_sees_from_there(void **state)
{
	struct world *w = *state;

	make_club(w);
	alice_writes(w, 2, "early");
	alice_changes(w, 3, "add", BOB, "");
	alice_writes(w, 4, "late");
	GETS(ALICE, "ack ack ack");
	GETS(BOB, "club=2 1-2 3:came 4:late");
	/* the same by history, and for another who may read one from before */
	alice_changes(w, 5, "add", CAROL, " recent=\"1\"");
	GETS(CAROL, "club=2 1-3 4:late 5:came");
	GETS(BOB, "5:came");
}

static void
test_r5_who_goes_sees_up_to_there(void **state)
{
	struct world *w = *state;

	make_club(w);
	alice_changes(w, 2, "add", BOB, "");
	alice_changes(w, 3, "remove", BOB, "");
	alice_writes(w, 4, "without bob");
	GETS(BOB, "club=2 1-1 2:came 3:gone");
	say(w, BOB, "<message chat=\"2\" n=\"1\"><body>x</body></message>");
	GETS(BOB, "you are not in this chat any more");
	/* he may come back, and what was between is not his */
	alice_changes(w, 5, "add", BOB, "");
	GETS(BOB, "club=2 4-4 5:came");
	say(w, BOB, "<message chat=\"2\" n=\"2\"><body>x</body></message>");
	GETS(BOB, "ack");
}

static void
test_r5_a_slow_reader_gets_no_more(void **state)
{
	struct world *w = *state;

	make_club(w);
	alice_changes(w, 2, "add", BOB, "");
	GETS(BOB, "club=2 1-1 2:came");
	w->conn[BOB].stuck = true;
	alice_writes(w, 3, "his");
	alice_changes(w, 4, "remove", BOB, "");
	alice_writes(w, 5, "not his");
	alice_changes(w, 6, "add", BOB, "");
	w->conn[BOB].stuck = false;
	worker_writable(w->conn[BOB].session);
	kit_run(w->kit);
	GETS(BOB, "3:his 4:gone club=2 5-5 6:came");
}

static void
test_r5_after_a_time_away(void **state)
{
	struct world *w = *state;

	make_club(w);
	alice_changes(w, 2, "add", BOB, "");
	GETS(BOB, "club=2 1-1 2:came");
	kit_disconnect(&w->conn[BOB]);
	alice_writes(w, 3, "his");
	alice_changes(w, 4, "remove", BOB, "");
	alice_writes(w, 5, "not his");
	reconnect(w, BOB);
	assert_non_null(strstr(short_form(kit_received(&w->conn[BOB])),
	    "1-1 2:came 3:his 4:gone <synced"));
	kit_disconnect(&w->conn[BOB]);
	alice_changes(w, 6, "add", BOB, "");
	reconnect(w, BOB);
	assert_non_null(strstr(short_form(kit_received(&w->conn[BOB])),
	    "1-1 2:came 3:his 4:gone 5-5 6:came <synced"));
}

static void
test_r25_strangers(void **state)
{
	struct world *w = *state;

	make_club(w);
	say(w, BOB, "<message chat=\"2\" n=\"1\"><body>x</body></message>");
	GETS(BOB, "not found");
}

static void
test_the_module_says_who_writes(void **state)
{
	struct world *w = *state;

	make_club(w);
	alice_changes(w, 2, "add", BOB, "");
	alice_changes(w, 3, "role", BOB, "");
	GETS(BOB, "club=2 1-1 2:came 3:hush");
	say(w, BOB, "<message chat=\"2\" n=\"1\"><body>x</body></message>");
	GETS(BOB, "you may listen");
}

static void
test_an_account_that_is_removed_leaves(void **state)
{
	struct world *w = *state;

	make_club(w);
	alice_changes(w, 2, "add", BOB, "");
	alice_changes(w, 3, "add", CAROL, "");
	GETS(ALICE, "ack ack");
	kit_remove(w->kit, BOB);
	GETS(ALICE, "4:left");
	GETS(CAROL, "club=2 1-2 3:came 4:left");
	alice_changes(w, 4, "remove", CAROL, "");
	/* carol may still read what she could, so it is there */
	kit_remove(w->kit, ALICE);
	GETS(CAROL, "5:gone");
	kit_remove(w->kit, CAROL);
}

static void
test_a_large_chat_is_told_to_those_who_look(void **state)
{
	struct world *w = *state;

	make_club(w);
	alice_changes(w, 2, "add", BOB, "");
	GETS(BOB, "club=2");
	say(w, BOB, "<watch chat=\"2\" seq=\"0\"/>");
	GETS(BOB, "1-1 2:came");
	alice_writes(w, 3, "seen");
	GETS(BOB, "3:seen");
	say(w, BOB, "<unwatch chat=\"2\"/>");
	alice_writes(w, 4, "not now");
	GETS(BOB, "");
	say(w, BOB, "<watch chat=\"2\" seq=\"3\"/>");
	GETS(BOB, "4:not now");
	/* at the next login it comes by itself */
	alice_writes(w, 5, "more");
	kit_disconnect(&w->conn[BOB]);
	alice_writes(w, 6, "and more");
	reconnect(w, BOB);
	assert_non_null(strstr(short_form(kit_received(&w->conn[BOB])),
	    "1-1 2:came 3:seen 4:not now 5:more 6:and more <synced"));
	alice_writes(w, 7, "for nobody");
	GETS(BOB, "");
}

/* Who was let in without an entry gets what he may read when he looks. */
static void
test_looking_catches_up(void **state)
{
	struct world *w = *state;

	make_club(w);
	alice_writes(w, 2, "early");
	say(w, ALICE, "<chat n=\"3\" action=\"approve\" chat=\"2\">"
	    "<member user=\"~2\"/></chat>");
	GETS(BOB, "club=2");
	say(w, BOB, "<watch chat=\"2\" seq=\"0\"/>");
	GETS(BOB, "1:made 2:early");
	alice_writes(w, 4, "late");
	GETS(BOB, "3:late");
	say(w, BOB, "<watch chat=\"2\" seq=\"3\"/>");
	GETS(BOB, "");
}

/* Who looked before the chat was large is told afterwards, too. */
static void
test_a_chat_grows_large_before_their_eyes(void **state)
{
	struct world *w = *state;

	make_club(w);
	say(w, ALICE, "<watch chat=\"2\" seq=\"1\"/>");
	alice_changes(w, 2, "add", BOB, "");
	(void)kit_received(&w->conn[ALICE]);
	GETS(BOB, "club=2");
	say(w, BOB, "<watch chat=\"2\" seq=\"0\"/>");
	GETS(BOB, "1-1 2:came");
	say(w, BOB, "<message chat=\"2\" n=\"1\"><body>large</body></message>");
	GETS(ALICE, "3:large");
}

/* Who is looking when he is removed is told that, and nothing more. */
static void
test_who_is_removed_looks_no_more(void **state)
{
	struct world *w = *state;

	make_club(w);
	alice_changes(w, 2, "add", BOB, "");
	GETS(BOB, "club=2");
	say(w, BOB, "<watch chat=\"2\" seq=\"0\"/>");
	GETS(BOB, "1-1 2:came");
	alice_changes(w, 3, "remove", BOB, "");
	GETS(BOB, "3:gone");
	alice_writes(w, 4, "without bob");
	GETS(BOB, "");
}

/* Nor does he when the chat was small then, and grows afterwards. */
static void
test_r5_who_is_removed_sees_nothing_of_what_grows(void **state)
{
	struct world *w = *state;

	make_club(w);
	alice_changes(w, 2, "add", BOB, "");
	(void)kit_received(&w->conn[BOB]);
	say(w, BOB, "<watch chat=\"2\" seq=\"2\"/>");
	alice_changes(w, 3, "remove", BOB, "");
	GETS(BOB, "3:gone");
	alice_changes(w, 4, "add", CAROL, "");
	alice_changes(w, 5, "add", DAVE, "");
	alice_writes(w, 6, "without bob");
	GETS(BOB, "");
}

static void
test_who_has_left_does_not_look(void **state)
{
	struct world *w = *state;

	make_club(w);
	alice_changes(w, 2, "add", BOB, "");
	alice_changes(w, 3, "remove", BOB, "");
	GETS(BOB, "club=2");
	say(w, BOB, "<watch chat=\"2\" seq=\"0\"/>\n<watch chat=\"9\" "
	    "seq=\"0\"/>");
	alice_writes(w, 4, "without bob");
	GETS(BOB, "");
	alice_changes(w, 5, "add", CAROL, "");
	GETS(CAROL, "club=2");
	say(w, CAROL, "<watch chat=\"2\" seq=\"9\"/>");
	GETS(CAROL, "a cursor above the head of its chat");
}

static void
test_so_many_chats_are_watched(void **state)
{
	struct world *w = *state;
	unsigned n = 1;

	for (unsigned i = 0; i < WATCHES_MAX + 1; i++) {
		say(w, ALICE, "<chat n=\"%u\" action=\"create\" kind="
		    "\"group\" name=\"club\"/>", n++);
		say(w, ALICE, "<chat n=\"%u\" action=\"add\" chat=\"%u\">"
		    "<member user=\"~2\"/></chat>", n++, i + 2);
		say(w, BOB, "<watch chat=\"%u\" seq=\"0\"/>", i + 2);
		say(w, BOB, "<ack chat=\"1\" seq=\"%u\"/>\n"
		    "<ack chat=\"%u\" seq=\"2\"/>", i + 1, i + 2);
	}
	(void)kit_received(&w->conn[ALICE]);
	(void)kit_received(&w->conn[BOB]);
	/* the first has given way to the last */
	alice_writes(w, n++, "unseen");
	GETS(BOB, "");
	say(w, ALICE, "<message chat=\"%u\" n=\"%u\"><body>seen</body>"
	    "</message>", WATCHES_MAX + 2, n++);
	GETS(BOB, "3:seen");
	/* and so are all others told of, in whatever order they are kept */
	for (unsigned i = 1; i < WATCHES_MAX; i++) {
		say(w, ALICE, "<message chat=\"%u\" n=\"%u\"><body>all"
		    "</body></message>", i + 2, n++);
		GETS(BOB, "3:all");
		say(w, BOB, "<ack chat=\"%u\" seq=\"3\"/>", i + 2);
	}
	/* twice the same is one */
	say(w, BOB, "<watch chat=\"%u\" seq=\"3\"/>", WATCHES_MAX + 2);
	say(w, ALICE, "<message chat=\"%u\" n=\"%u\"><body>once</body>"
	    "</message>", WATCHES_MAX + 2, n++);
	GETS(BOB, "4:once");
}

/* Who leaves before there was an entry that could tell of his coming has been
 * told nothing, also of what he might have read. */
static void
test_r5_in_and_out_in_between(void **state)
{
	struct member m = {.number = 2};

	(void)state;
	member_open(&m, 1, 2);
	member_close(&m, 1);
	member_open(&m, 1, 2);
	assert_int_equal(m.before, 0);
	/* an entry came: from there on he knows what there was */
	member_close(&m, 5);
	member_open(&m, 6, 6);
	assert_int_equal(m.before, 5);
	member_close(&m, 5);
	member_open(&m, 7, 7);
	assert_int_equal(m.before, 5);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
#define PULLED(NAME) \
	cmocka_unit_test_setup_teardown(NAME, setup_pulled, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_r5_who_comes_sees_from_there),
	    TEST(test_r5_who_goes_sees_up_to_there),
	    TEST(test_r5_a_slow_reader_gets_no_more),
	    TEST(test_r5_after_a_time_away),
	    TEST(test_r5_in_and_out_in_between),
	    TEST(test_r25_strangers),
	    TEST(test_the_module_says_who_writes),
	    TEST(test_an_account_that_is_removed_leaves),
	    TEST(test_looking_catches_up),
	    PULLED(test_a_large_chat_is_told_to_those_who_look),
	    PULLED(test_a_chat_grows_large_before_their_eyes),
	    PULLED(test_who_is_removed_looks_no_more),
	    cmocka_unit_test_setup_teardown(
		test_r5_who_is_removed_sees_nothing_of_what_grows,
		setup_small, teardown),
	    PULLED(test_who_has_left_does_not_look),
	    PULLED(test_so_many_chats_are_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

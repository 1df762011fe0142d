/* SPDX-License-Identifier: ISC */
/* Channels: who writes, who reads, who sees whom, and how often it was read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/xmltext.h"
#include "src/chat/chat.h"
#include "src/chat/device.h"
#include "src/chat/user.h"
#include "src/server/job.h"
#include "src/server/module.h"
#include "src/server/server_priv.h"
#include "tests/unit/server_kit.h"

extern const struct sc_module_def sc_module_channels;

enum { ALICE = 1, BOB, CAROL, PEOPLE = CAROL };

static const char *const names[] = {"", "alice", "bob", "carol"};

struct world {
	struct kit *kit;
	struct kit_conn conn[PEOPLE + 1];
	unsigned n[PEOPLE + 1];		/* the last counter */
	struct chat_id channel;		/* alice's, her chat 2 */
	char ref[CHAT_ID_TEXT + 1];
	unsigned made;			/* readers */
};

static int
setup(void **state)
{
	static const struct sc_module_def *const modules[] = {
	    &sc_module_channels, NULL};
	struct world *w = calloc(1, sizeof(*w));
	struct server_conf conf;

	server_conf_init(&conf);
	conf.push_members = 100;
	w->kit = kit_create_with(&conf, modules);
	for (unsigned i = 1; i <= PEOPLE; i++)
		(void)kit_arrive(w->kit, &w->conn[i], names[i], NULL);
	*state = w;
	return 0;
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

/* Sends a request of WHO's; a counter is put for @. */
static const char *
ask(struct world *w, unsigned who, const char *xml)
{
	char text[512], *at;

	(void)snprintf(text, sizeof(text), "%s", xml);
	at = strchr(text, '@');
	if (at != NULL)
		(void)snprintf(text + (at - text), sizeof(text) -
		    (size_t)(at - text), "%u%s", ++w->n[who],
		    xml + (at - text) + 1);
	kit_send(&w->conn[who], text);
	return kit_received(&w->conn[who]);
}

static int
read_ref(struct tx *tx, struct world *w)
{
	return chat_by_number(tx, ALICE, 2, &w->channel);
}

static void
make_channel(struct world *w)
{
	HAS(ask(w, ALICE, "<chat n=\"@\" action=\"create\" kind=\"channel\" "
	    "name=\"News\" topic=\"of today\"/>"),
	    "<result n=\"1\"><chat number=\"2\" ref=");
	CALL(w, read_ref);
	/* the id as people pass it on */
	chat_id_print(&w->channel, w->ref);
}

static const char *
join(struct world *w, unsigned who)
{
	char xml[128];

	(void)snprintf(xml, sizeof(xml), "<chat n=\"@\" action=\"join\" "
	    "chat=\"%s\"/>", w->ref);
	return ask(w, who, xml);
}

static void
post(struct world *w, const char *text)
{
	char xml[128];

	(void)snprintf(xml, sizeof(xml), "<message chat=\"2\" n=\"@\"><body>%s"
	    "</body></message>", text);
	HAS(ask(w, ALICE, xml), "<ack ");
}

/* The token in an answer. */
static const char *
token_in(const char *xml)
{
	static char token[64];

	assert_non_null(strstr(xml, " token="));
	assert_int_equal(sscanf(strstr(xml, " token="), " token=\"%63[^\"]",
	    token), 1);
	return token;
}

static const char *
join_by(struct world *w, unsigned who, const char *token)
{
	char xml[128];

	(void)snprintf(xml, sizeof(xml), "<chat n=\"@\" action=\"join\" "
	    "token=\"%s\"/>", token);
	return ask(w, who, xml);
}

#define INVITE "<chat n=\"@\" action=\"invite\" chat=\"2\""
#define INVITES "<invite id=\"9\" action=\"list\" chat=\"2\"/>"
#define CLOSE(HOW) "<chat n=\"@\" action=\"set\" chat=\"2\" closed=\"" HOW  \
	"\"/>"
#define NONE_SUCH "code=\"not-found\" text=\"there is no such invitation any " \
	"more: ask for another one\""

/* ---- who reads and writes -------------------------------------------- */

static void
test_r25_subscriptions_are_nobodys_business(void **state)
{
	struct world *w = *state;

	make_channel(w);
	HAS(join(w, BOB), "kind=\"channel\" name=\"News\"/></result>");
	HAS(join(w, CAROL), "kind=\"channel\" name=\"News\"/></result>");
	/* nobody is told */
	assert_string_equal(kit_received(&w->conn[ALICE]), "");
	assert_string_equal(kit_received(&w->conn[BOB]), "");
	/* readers see those who write, and how many there are */
	assert_string_equal(ask(w, BOB, "<chat id=\"9\" action=\"list\" "
	    "chat=\"2\"/>"), "<page id=\"9\"><member user=\"~1\" role="
	    "\"owner\" name=\"alice\"/></page>\n<result id=\"9\"/>\n");
	HAS(ask(w, BOB, "<chat id=\"9\" action=\"get\" chat=\"2\"/>"),
	    "members=\"3\"");
	HAS(ask(w, ALICE, "<chat id=\"9\" action=\"list\" chat=\"2\"/>"),
	    "<member user=\"~3\" role=\"member\" name=\"carol\"/>");
	HAS(ask(w, BOB, "<chat id=\"9\" action=\"list\" kind=\"channel\"/>"),
	    "kind=\"channel\" name=\"News\" topic=\"of today\" "
	    "role=\"member\" members=\"3\" last=\"1\"");
	/* twice is once; and who leaves is not missed */
	HAS(join(w, BOB), "<result n=\"2\"><chat number=\"2\"");
	assert_string_equal(ask(w, BOB, "<chat n=\"@\" action=\"leave\" "
	    "chat=\"2\"/>"), "<result n=\"3\"/>\n");
	assert_string_equal(kit_received(&w->conn[ALICE]), "");
	post(w, "gone?");
	assert_string_equal(kit_received(&w->conn[BOB]), "");
	HAS(kit_received(&w->conn[CAROL]), "<body>gone?</body>");
	assert_string_equal(ask(w, BOB, "<chat id=\"9\" action=\"list\" "
	    "kind=\"channel\"/>"), "<result id=\"9\"/>\n");
	/* what he could read he still can */
	HAS(ask(w, BOB, "<chat id=\"9\" action=\"get\" chat=\"2\"/>"),
	    "you have left this channel: join it again");
}

static void
test_few_write(void **state)
{
	struct world *w = *state;

	make_channel(w);
	(void)join(w, BOB);
	HAS(ask(w, BOB, "<message chat=\"2\" n=\"@\"><body>x</body>"
	    "</message>"), "code=\"forbidden\" text=\"only those whom");
	HAS(ask(w, BOB, "<chat n=\"@\" action=\"set\" chat=\"2\" "
	    "name=\"Mine\"/>"), "only those who write the channel");
	HAS(ask(w, BOB, "<chat n=\"@\" action=\"role\" chat=\"2\"><member "
	    "user=\"~2\" role=\"owner\"/></chat>"), "only the owner");
	HAS(ask(w, ALICE, "<chat n=\"@\" action=\"role\" chat=\"2\"><member "
	    "user=\"bob\" role=\"admin\"/></chat>"), "<result ");
	HAS(kit_received(&w->conn[BOB]),
	    "<member user=\"~2\" action=\"role\" role=\"admin\" "
	    "name=\"bob\"/>");
	HAS(ask(w, BOB, "<message chat=\"2\" n=\"@\"><body>x</body>"
	    "</message>"), "<ack ");
	HAS(ask(w, BOB, "<chat n=\"@\" action=\"set\" chat=\"2\" "
	    "topic=\"and tomorrow\"/>"), "<result ");
	HAS(kit_received(&w->conn[ALICE]), "<changed topic=\"and tomorrow\"/>");
	/* there is an owner: he cannot go before somebody else is */
	HAS(ask(w, ALICE, "<chat n=\"@\" action=\"role\" chat=\"2\"><member "
	    "user=\"alice\" role=\"member\"/></chat>"),
	    "a channel has an owner");
	HAS(ask(w, ALICE, "<chat n=\"@\" action=\"leave\" chat=\"2\"/>"),
	    "<result ");
	HAS(kit_received(&w->conn[BOB]),
	    "<member user=\"~2\" action=\"role\" role=\"owner\" "
	    "name=\"bob\"/>");
}

static void
test_what_is_no_channel(void **state)
{
	struct world *w = *state;

	make_channel(w);
	HAS(ask(w, BOB, "<chat n=\"@\" action=\"join\" chat=\"#aaaaaaaaaaaaa"
	    "aaaaaaaaaaaaa\"/>"), "code=\"not-found\" text=\"no such channel "
	    "lets you in: ask for its id");
	HAS(ask(w, BOB, "<chat id=\"9\" action=\"get\" chat=\"7\"/>"),
	    "there is no such chat");
	HAS(ask(w, BOB, "<chat n=\"@\" action=\"create\" kind=\"channel\" "
	    "topic=\"x\"/>"), "a channel has a name");
	HAS(ask(w, BOB, "<chat n=\"@\" action=\"create\" kind=\"group\" "
	    "name=\"x\"/>"), "this cannot be done with a chat of this kind");
	HAS(join_by(w, BOB, "AQID"),	/* a group's */
	    "this cannot be done with a chat of this kind");
	HAS(ask(w, ALICE, "<chat n=\"@\" action=\"set\" chat=\"2\"/>"),
	    "expected a name, topic, avatar, timer or closed to set");
	HAS(ask(w, ALICE, "<chat n=\"@\" action=\"set\" chat=\"2\" "
	    "name=\"two&#10;lines\"/>"), "is one line");
	HAS(ask(w, ALICE, "<chat n=\"@\" action=\"leave\" chat=\"2\"/>"),
	    "<result ");
	HAS(join(w, BOB), "code=\"not-found\"");
}

static void
test_an_admin_takes_readers_out(void **state)
{
	struct world *w = *state;

	make_channel(w);
	(void)join(w, BOB);
	HAS(ask(w, ALICE, "<chat n=\"@\" action=\"remove\" chat=\"2\"><member "
	    "user=\"carol\"/></chat>"), "this user is not in the channel");
	HAS(ask(w, ALICE, "<chat n=\"@\" action=\"remove\" chat=\"2\"><member "
	    "user=\"alice\"/></chat>"), "who goes himself leaves");
	HAS(ask(w, ALICE, "<chat n=\"@\" action=\"remove\" chat=\"2\"><member "
	    "user=\"bob\"/></chat>"), "<result ");
	post(w, "without bob");
	assert_string_equal(kit_received(&w->conn[BOB]), "");
}

/* Without the module nobody follows an owner whose account goes; an admin does
 * who changes something. */
static void
test_an_owner_who_goes_unseen(void **state)
{
	struct world *w = *state;

	make_channel(w);
	(void)join(w, BOB);
	(void)join(w, CAROL);
	HAS(ask(w, ALICE, "<chat n=\"@\" action=\"role\" chat=\"2\"><member "
	    "user=\"carol\" role=\"admin\"/></chat>"), "<result ");
	server_module_set(w->kit->server, &sc_module_channels, false);
	kit_remove(w->kit, ALICE);
	server_module_set(w->kit->server, &sc_module_channels, true);
	(void)kit_received(&w->conn[BOB]);
	HAS(ask(w, CAROL, "<chat n=\"@\" action=\"set\" chat=\"2\" "
	    "topic=\"now\"/>"), "<result ");
	HAS(kit_received(&w->conn[BOB]), "><member user=\"~3\" "
	    "action=\"role\" role=\"owner\" name=\"carol\"/></message>\n");
	HAS(ask(w, CAROL, "<chat n=\"@\" action=\"role\" chat=\"2\"><member "
	    "user=\"bob\" role=\"owner\"/></chat>"), "<result ");
}

/* ---- views ----------------------------------------------------------- */

static void
test_r14_views_are_counted(void **state)
{
	struct world *w = *state;

	make_channel(w);
	(void)join(w, BOB);
	(void)join(w, CAROL);
	post(w, "one");
	post(w, "two");
	(void)kit_received(&w->conn[BOB]);
	(void)kit_received(&w->conn[CAROL]);
	kit_send(&w->conn[BOB], "<read chat=\"2\" seq=\"3\"/>");
	kit_send(&w->conn[CAROL], "<read chat=\"2\" seq=\"2\"/>");
	kit_sleep(w->kit, 200);
	kit_send(&w->conn[BOB], "<read chat=\"2\" seq=\"3\"/>");
	kit_sleep(w->kit, 200);
	/* who has read it is nobody's business */
	assert_string_equal(kit_received(&w->conn[ALICE]), "");
	assert_string_equal(ask(w, ALICE, "<views id=\"9\" chat=\"2\" "
	    "first=\"2\" last=\"3\"/>"), "<page id=\"9\"><views seq=\"2\" "
	    "total=\"2\"/><views seq=\"3\" total=\"1\"/></page>\n"
	    "<result id=\"9\"/>\n");
	assert_string_equal(ask(w, CAROL, "<views id=\"9\" chat=\"2\" "
	    "first=\"4\" last=\"9\"/>"), "<result id=\"9\"/>\n");
}

/* Of the newest thousand entries; what is written besides posts counts. */
static void
test_r14_old_views_are_forgotten(void **state)
{
	struct world *w = *state;

	make_channel(w);
	(void)join(w, BOB);
	post(w, "one");
	kit_send(&w->conn[BOB], "<read chat=\"2\" seq=\"2\"/>");
	kit_sleep(w->kit, 200);
	for (unsigned i = 2; i <= 999; i++)
		post(w, "x");
	HAS(ask(w, ALICE, "<views id=\"9\" chat=\"2\"/>"), "seq=\"2\"");
	/* its head is 1000: the next entry makes it too many */
	HAS(ask(w, ALICE, "<chat n=\"@\" action=\"set\" chat=\"2\" "
	    "topic=\"of yesterday\"/>"), "<result ");
	post(w, "new");
	assert_string_equal(ask(w, ALICE, "<views id=\"9\" chat=\"2\"/>"),
	    "<result id=\"9\"/>\n");
}

/* ---- the window ---- */

/* How often PART is in TEXT. */
static unsigned
times(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		n++;
	return n;
}

enum { WINDOW = 16, NEWS = 20 };	/* the first window is that large */

/* Who acknowledges nothing gets no more of a channel than half of the window,
 * and the other half is free for what is said to him. */
static void
test_r20_channels_fill_half_of_the_window(void **state)
{
	struct world *w = *state;
	const char *got;
	unsigned n;

	make_channel(w);
	(void)join(w, BOB);
	HAS(ask(w, CAROL, "<message chat=\"bob\" n=\"@\"><body>hi</body>"
	    "</message>"), "<ack ");
	(void)kit_received(&w->conn[BOB]);
	for (unsigned i = 0; i < NEWS; i++)
		post(w, "news");
	n = times(kit_received(&w->conn[BOB]), "<body>news</body>");
	assert_in_range(n, 1, WINDOW / 2);
	HAS(ask(w, CAROL, "<message chat=\"bob\" n=\"@\"><body>look</body>"
	    "</message>"), "<ack ");
	got = kit_received(&w->conn[BOB]);
	HAS(got, "<body>look</body>");
	assert_int_equal(times(got, "<body>news</body>"), 0);
	/* the rest comes with acknowledgements; the first says the name */
	for (unsigned round = 0; n < NEWS && round < NEWS; round++) {
		char ack[64];

		(void)snprintf(ack, sizeof(ack), "<ack chat=\"2\" "
		    "seq=\"%u\"/>", n + 1);
		kit_send(&w->conn[BOB], ack);
		n += times(kit_received(&w->conn[BOB]), "<body>news</body>");
	}
	assert_int_equal(n, NEWS);
}

/* ---- very many ------------------------------------------------------- */

enum { READERS = 20000, ONLINE = 500 };

static int
subscribe_some(struct tx *tx, struct world *w)
{
	const struct credential none = {.iterations = 1};
	char name[32];
	struct chat c;
	struct user u;
	uint64_t number;
	int rc = chat_get_locked(tx, &w->channel, &c);

	for (unsigned i = 0; i < 1000 && rc == 0; i++) {
		(void)snprintf(name, sizeof(name), "reader%u", w->made++);
		rc = user_create(tx, slice_str(name), &none, &u);
		if (rc == 0)
			rc = scm_member_add(tx, &c, u.id, ROLE_MEMBER, 0,
			    slice_str("News"), &number);
	}
	return rc;
}

static uint64_t
rows_written(const struct world *w)
{
	struct store_stats st;

	store_stats(w->kit->store, &st);
	return st.rows_written;
}

/* WHO says something, and nothing that follows from it is done yet. */
static void
says(struct world *w, unsigned who, const char *xml)
{
	struct kit_conn *c = &w->conn[who];
	struct arena arena;
	struct buf out;
	struct elem e;
	char why[200];

	arena_init(&arena, 0);
	buf_init(&out, 0);
	assert_int_equal(xmltext_parse(NULL, slice_str(xml), &arena, &e, why,
	    sizeof(why)), 0);
	assert_int_equal(stanza_put(&c->said, &e, &out), 0);
	(void)worker_input(c->session, buf_slice(&out));
	buf_fini(&out);
	arena_fini(&arena);
}

/* Runs the first job of the readers, which is not told of before it is given
 * to worker_job_done. */
static struct job *
read_one(struct world *w)
{
	struct kit_job *n = w->kit->readers;
	struct job *j = n->job;
	const struct job_env env = {.now = w->kit->wall,
	    .stamp = server_stamp_last(w->kit->server),
	    .txn = store_begin_read(w->kit->store),
	    .deflate = w->kit->deflate};

	w->kit->readers = n->next;
	free(n);
	job_run(j, &env);
	assert_int_equal(job_finish(j), 0);
	return j;
}

/* What is written after a sync has read and before it is answered comes to who
 * has begun to look meanwhile. */
static void
test_r18_a_look_before_the_sync_is_answered(void **state)
{
	struct world *w = *state;
	struct job *sync;
	const char *got;

	make_channel(w);
	(void)join(w, BOB);
	CALL(w, subscribe_some);	/* now it is large */
	post(w, "before");
	(void)kit_received(&w->conn[BOB]);
	says(w, BOB, "<sync account=\"0\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>");
	sync = read_one(w);
	post(w, "between");
	kit_send(&w->conn[BOB], "<watch chat=\"2\" seq=\"0\"/>");
	worker_job_done(w->kit->worker, sync);
	kit_run(w->kit);
	worker_flush(w->kit->worker);
	got = kit_received(&w->conn[BOB]);
	HAS(got, "<synced ");
	HAS(got, "<body>between</body>");
}

/* What a post writes does not grow with those who read. */
static void
test_a_post_to_many_is_one_entry(void **state)
{
	struct world *w = *state;
	struct kit_conn *online = calloc(ONLINE, sizeof(*online));
	uint64_t before, few, many;
	uint8_t token[DEVICE_TOKEN_SIZE];
	char name[32];

	make_channel(w);
	(void)join(w, BOB);
	post(w, "to two");
	before = rows_written(w);
	post(w, "to two");
	few = rows_written(w) - before;
	for (unsigned i = 0; i < READERS / 1000; i++)
		CALL(w, subscribe_some);
	for (unsigned i = 0; i < ONLINE; i++) {
		(void)snprintf(name, sizeof(name), "reader%u", i * 7);
		kit_token(w->kit, PEOPLE + 1 + i * 7, "phone", token);
		kit_enter(w->kit, &online[i], name, 1, token);
		if (i % 2 == 0)
			kit_send(&online[i], "<watch chat=\"2\" seq=\"0\"/>");
	}
	kit_run(w->kit);
	for (unsigned i = 0; i < ONLINE; i++)
		(void)kit_received(&online[i]);
	before = rows_written(w);
	post(w, "to many");
	many = rows_written(w) - before;
	assert_int_equal(many, few);
	/* those who look have it, the others will */
	for (unsigned i = 0; i < ONLINE; i++) {
		const char *got = kit_received(&online[i]);

		if (i % 2 == 0)
			HAS(got, "<body>to many</body>");
		else
			assert_string_equal(got, "");
		kit_disconnect(&online[i]);
	}
	free(online);
}

/* ---- invitations ----------------------------------------------------- */

static void
test_invitations(void **state)
{
	struct world *w = *state;
	char token[64], why[256];

	make_channel(w);
	HAS(ask(w, ALICE, INVITE " expires=\"2027-01-15T07:00:00.000Z\"/>"),
	    "an invitation expires in the future, or never");
	strcpy(token, token_in(ask(w, ALICE, INVITE " limit=\"2\" "
	    "expires=\"2027-01-15T09:00:00.000Z\"/>")));
	HAS(ask(w, ALICE, INVITES), "expires=\"2027-01-15T09:00:00.000Z\" "
	    "limit=\"2\" total=\"0\"/></result>");
	HAS(join_by(w, BOB, token),
	    "kind=\"channel\" name=\"News\"/></result>");
	/* who is in it uses nothing up, and nobody is told of who comes */
	HAS(join_by(w, BOB, token),
	    "kind=\"channel\" name=\"News\"/></result>");
	assert_string_equal(kit_received(&w->conn[ALICE]), "");
	HAS(ask(w, ALICE, INVITES), "limit=\"2\" total=\"1\"/></result>");
	/* they are the business of those who write */
	HAS(ask(w, BOB, INVITE "/>"), "only those who write the channel");
	HAS(ask(w, BOB, INVITES), "only those who write the channel");
	(void)snprintf(why, sizeof(why), "<chat n=\"@\" action=\"revoke\" "
	    "chat=\"2\" token=\"%s\"/>", token);
	HAS(ask(w, BOB, why), "only those who write the channel");
	HAS(ask(w, ALICE, why), "<result n=");
	HAS(ask(w, ALICE, why), "the channel has no such invitation");
	assert_string_equal(ask(w, ALICE, INVITES), "<result id=\"9\"/>\n");
	HAS(join_by(w, CAROL, token), NONE_SUCH);
}

static void
test_r25_invitations_that_do_not_hold(void **state)
{
	struct world *w = *state;
	char used[64], old[64], good[64];

	make_channel(w);
	strcpy(old, token_in(ask(w, ALICE, INVITE
	    " expires=\"2027-01-15T08:00:01.000Z\"/>")));
	strcpy(used, token_in(ask(w, ALICE, INVITE " limit=\"1\"/>")));
	strcpy(good, token_in(ask(w, ALICE, INVITE "/>")));
	HAS(join_by(w, BOB, used), "<result n=");
	HAS(ask(w, BOB, "<chat n=\"@\" action=\"leave\" chat=\"2\"/>"),
	    "<result n=");
	kit_later(w->kit, 1000);
	HAS(join_by(w, BOB, used), NONE_SUCH);
	HAS(join_by(w, BOB, old), NONE_SUCH);
	HAS(join_by(w, BOB, "AgMEBQYHCAkKCwwNDg8QERITFBUWFxgZ"), NONE_SUCH);
	HAS(join_by(w, BOB, "News"), NONE_SUCH);
	/* the number is right, the secret is not */
	good[31] = good[31] == 'A' ? 'B' : 'A';
	HAS(join_by(w, BOB, good), NONE_SUCH);
}

static void
test_closed(void **state)
{
	struct world *w = *state;
	const char *strange = "code=\"not-found\" text=\"no such channel lets "
	    "you in: ask for its id, which begins with #, or for an "
	    "invitation\"";
	char ref[CHAT_ID_TEXT + 1], token[64];

	make_channel(w);
	HAS(join(w, BOB), "<result ");
	HAS(ask(w, BOB, CLOSE("on")), "only those who write the channel");
	HAS(ask(w, ALICE, CLOSE("on")), "<result ");
	HAS(kit_received(&w->conn[BOB]), "<changed closed=\"on\"/>");
	HAS(ask(w, BOB, "<chat id=\"9\" action=\"get\" chat=\"2\"/>"),
	    "closed=\"on\"");
	/* a stranger cannot tell it from one that never was (R25) */
	HAS(join(w, CAROL), strange);
	memcpy(ref, w->ref, sizeof(ref));
	w->ref[1] = w->ref[1] == 'a' ? 'b' : 'a';
	HAS(join(w, CAROL), strange);
	memcpy(w->ref, ref, sizeof(ref));
	/* who is in it stays, and who has gone is a stranger */
	HAS(join(w, BOB), "<result ");
	HAS(ask(w, BOB, "<chat n=\"@\" action=\"leave\" chat=\"2\"/>"),
	    "<result ");
	HAS(join(w, BOB), strange);
	strcpy(token, token_in(ask(w, ALICE, INVITE "/>")));
	HAS(join_by(w, CAROL, token), "<result ");
	HAS(join_by(w, BOB, token), "<result ");
	HAS(ask(w, BOB, "<chat n=\"@\" action=\"leave\" chat=\"2\"/>"),
	    "<result ");
	HAS(ask(w, ALICE, CLOSE("off")), "<result ");
	HAS(join(w, BOB), "<result ");
}

static void
test_invitations_have_a_limit(void **state)
{
	struct world *w = *state;
	char token[64];

	make_channel(w);
	strcpy(token, token_in(ask(w, ALICE, INVITE " limit=\"1\"/>")));
	for (unsigned i = 1; i < 32; i++)
		HAS(ask(w, ALICE, INVITE "/>"), "<invite token=");
	HAS(ask(w, ALICE, INVITE "/>"), "code=\"resource-constraint\" "
	    "text=\"a channel has at most 32 invitations: revoke one\"");
	/* those that hold no more make room */
	HAS(join_by(w, BOB, token), "<result ");
	HAS(ask(w, ALICE, INVITE "/>"), "<invite token=");
}

static int
no_row(void *arg, struct slice key, struct slice value)
{
	(void)arg, (void)key, (void)value;
	fail();
	return 0;
}

static int
see_no_invitation(struct tx *tx, struct world *w)
{
	static const struct store_range all = {.lo = {NULL, 0}};
	const struct sc_module *m = &w->kit->server->modules[0];
	int rc = 0;

	for (size_t i = 0; i < m->ntables && rc == 0; i++)
		rc = store_scan(tx->st, m->tables[i], 0, &all, no_row, NULL);
	return rc;
}

static void
test_nothing_is_left_of_a_channel(void **state)
{
	struct world *w = *state;
	char token[64];

	make_channel(w);
	strcpy(token, token_in(ask(w, ALICE, INVITE "/>")));
	HAS(ask(w, ALICE, "<chat n=\"@\" action=\"leave\" chat=\"2\"/>"),
	    "<result ");
	HAS(join_by(w, BOB, token), NONE_SUCH);
	CALL(w, see_no_invitation);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_r25_subscriptions_are_nobodys_business),
	    TEST(test_few_write),
	    TEST(test_what_is_no_channel),
	    TEST(test_an_admin_takes_readers_out),
	    TEST(test_an_owner_who_goes_unseen),
	    TEST(test_r14_views_are_counted),
	    TEST(test_r14_old_views_are_forgotten),
	    TEST(test_r18_a_look_before_the_sync_is_answered),
	    TEST(test_r20_channels_fill_half_of_the_window),
	    TEST(test_a_post_to_many_is_one_entry),
	    TEST(test_invitations),
	    TEST(test_r25_invitations_that_do_not_hold),
	    TEST(test_closed),
	    TEST(test_invitations_have_a_limit),
	    TEST(test_nothing_is_left_of_a_channel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

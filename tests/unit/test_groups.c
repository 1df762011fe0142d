/* SPDX-License-Identifier: ISC */
/* Groups, as their members and others see them, stanza by stanza. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/device.h"
#include "src/common/err.h"
#include "src/server/event.h"
#include "src/server/job.h"
#include "src/server/module.h"
#include "tests/unit/server_kit.h"

extern const struct sc_module_def sc_module_groups;

/* ---- the world ------------------------------------------------------- */

enum { ALICE = 1, BOB, CAROL, DAVE, ERIN, PEOPLE = ERIN };

static const char *const names[] = {"", "alice", "bob", "carol", "dave",
    "erin"};

struct world {
	struct kit *kit;
	struct kit_conn conn[PEOPLE + 1];
	uint8_t token[PEOPLE + 1][DEVICE_TOKEN_SIZE];
	uint64_t n[PEOPLE + 1];		/* the last counter */
	uint64_t id;			/* of a request */
};

static int
setup(void **state)
{
	static const struct sc_module_def *const modules[] = {
	    &sc_module_groups, &kit_keeper, NULL};
	struct world *w = calloc(1, sizeof(*w));

	w->kit = kit_create_with(NULL, modules);
	for (unsigned i = 1; i <= PEOPLE; i++)
		(void)kit_arrive(w->kit, &w->conn[i], names[i], w->token[i]);
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

/* Takes out of XML what no test is about: times, and random ids. */
static const char *
plain(const char *xml)
{
	static char out[1 << 20];
	size_t n = 0;

	while (*xml != '\0') {
		if (strncmp(xml, " time=\"", 7) == 0 ||
		    strncmp(xml, " ref=\"", 6) == 0)
			xml = strchr(strchr(xml, '"') + 1, '"') + 1;
		else
			out[n++] = *xml++;
	}
	out[n] = '\0';
	return out;
}

/* What WHO has got since the last time. */
static const char *
got(struct world *w, unsigned who)
{
	return plain(kit_received(&w->conn[who]));
}

/* Requests that change nothing have an id. */
static bool
is_question(const char *xml)
{
	return strstr(xml, "action=\"list\"") != NULL ||
	    strstr(xml, "action=\"get\"") != NULL;
}

/* WHO asks, with the next counter or an id, and gets an answer. */
static const char * __attribute__((format(printf, 3, 4)))
asks(struct world *w, unsigned who, const char *fmt, ...)
{
	char xml[4096], all[4200];
	size_t tag;
	va_list ap;

	(void)kit_received(&w->conn[who]);
	va_start(ap, fmt);
	(void)vsnprintf(xml, sizeof(xml), fmt, ap);
	va_end(ap);
	tag = strcspn(xml, " ");
	if (is_question(xml))
		(void)snprintf(all, sizeof(all), "%.*s id=\"%u\"%s", (int)tag,
		    xml, (unsigned)++w->id, xml + tag);
	else
		(void)snprintf(all, sizeof(all), "%.*s n=\"%u\"%s", (int)tag,
		    xml, (unsigned)++w->n[who], xml + tag);
	kit_send(&w->conn[who], all);
	return got(w, who);
}


#define ANSWERED(WHO, XML, ANSWER) \
	assert_string_equal(asks(w, WHO, "%s", XML), ANSWER)
#define DONE(WHO, XML) HAS(asks(w, WHO, "%s", XML), "<result n=")
#define REFUSED(WHO, XML, CODE) \
	HAS(asks(w, WHO, "%s", XML), " code=\"" CODE "\"")

/* Alice's group, which everybody in it calls 2; erin is not. */
static void
make_team(struct world *w)
{
	DONE(ALICE, "<chat action=\"create\" kind=\"group\" name=\"team\">"
	    "<member user=\"bob\"/><member user=\"~3\" role=\"admin\"/>"
	    "<member user=\"dave\"/></chat>");
	for (unsigned i = 1; i <= PEOPLE; i++)
		(void)got(w, i);
}

/* The token in an answer; until the next call. */
static const char *
token_in(const char *xml)
{
	static char token[64];

	assert_int_equal(sscanf(strstr(xml, " token="), " token=\"%63[^\"]",
	    token), 1);
	return token;
}

static void
say(struct world *w, unsigned who, const char *text)
{
	char xml[200];

	(void)snprintf(xml, sizeof(xml), "<message chat=\"2\" n=\"%u\"><body>"
	    "%s</body></message>", (unsigned)++w->n[who], text);
	kit_send(&w->conn[who], xml);
}

/* ---- beginning and changing ------------------------------------------ */

static void
test_create(void **state)
{
	static const char first[] =
	    "<message chat=\"2\" seq=\"1\" from=\"~1\"><changed name=\"team\" "
	    "topic=\"what we do\"/><changed recent=\"5\"/>"
	    "<member user=\"~1\" action=\"create\" role=\"owner\" "
	    "name=\"alice\"/><member user=\"~2\" action=\"add\" "
	    "role=\"member\" name=\"bob\"/><member user=\"~3\" "
	    "action=\"add\" role=\"admin\" name=\"carol\"/></message>\n";
	struct world *w = *state;
	char wanted[2000];

	(void)snprintf(wanted, sizeof(wanted), "<message chat=\"1\" seq=\"1\">"
	    "<chat number=\"2\" kind=\"group\" name=\"team\" role=\"owner\"/>"
	    "</message>\n<result n=\"1\"><chat number=\"2\" kind=\"group\" "
	    "name=\"team\"/></result>\n%s", first);
	/* who is named twice, or makes it, is in it once */
	ANSWERED(ALICE, "<chat action=\"create\" kind=\"group\" name=\"team\" "
	    "topic=\"what we do\" recent=\"5\"><member user=\"bob\"/>"
	    "<member user=\"~3\" role=\"admin\"/><member user=\"~2\"/>"
	    "<member user=\"alice\"/></chat>", wanted);
	(void)snprintf(wanted, sizeof(wanted), "<message chat=\"1\" seq=\"1\">"
	    "<chat number=\"2\" kind=\"group\" name=\"team\" role=\"member\"/>"
	    "</message>\n%s", first);
	assert_string_equal(got(w, BOB), wanted);
	assert_string_equal(got(w, DAVE), "");
	/* repeated, it has the same answer and makes nothing */
	w->n[ALICE]--;
	HAS(asks(w, ALICE, "<chat action=\"create\" kind=\"group\" name=\""
	    "team\" topic=\"what we do\" recent=\"5\"><member user=\"bob\"/>"
	    "<member user=\"~3\" role=\"admin\"/><member user=\"~2\"/>"
	    "<member user=\"alice\"/></chat>"), "<result n=\"1\">");
	assert_string_equal(got(w, BOB), "");
}

static void
test_create_is_refused(void **state)
{
	struct world *w = *state;
	char xml[1000] = "<chat action=\"create\" kind=\"group\" name=\"";

	ANSWERED(ALICE, "<chat action=\"create\" kind=\"group\"/>",
	    "<error n=\"1\" code=\"bad-request\" text=\"a group has a name\"/>"
	    "\n");
	REFUSED(ALICE, "<chat action=\"create\" kind=\"group\" name=\"\"/>",
	    "bad-request");
	REFUSED(ALICE, "<chat action=\"create\" kind=\"group\" "
	    "name=\"a&#10;b\"/>", "bad-request");
	REFUSED(ALICE, "<chat action=\"create\" kind=\"status\" name=\"x\"/>",
	    "not-acceptable");
	ANSWERED(ALICE, "<chat action=\"create\" kind=\"group\" name=\"x\">"
	    "<member user=\"mallory\"/></chat>", "<error n=\"5\" "
	    "code=\"not-found\" text=\"there is no user mallory\"/>\n");
	REFUSED(ALICE, "<chat action=\"create\" kind=\"group\" name=\"x\">"
	    "<member user=\"~99\"/></chat>", "not-found");
	REFUSED(ALICE, "<chat action=\"create\" kind=\"group\" name=\"x\">"
	    "<body>x</body></chat>", "bad-request");
	REFUSED(ALICE, "<chat action=\"create\" kind=\"group\" name=\"x\" "
	    "post=\"owner\"/>", "bad-request");
	memset(xml + strlen(xml), 'x', 101);
	strcat(xml, "\"/>");
	REFUSED(ALICE, xml, "too-large");
	LACKS(asks(w, ALICE, "<chat action=\"list\" kind=\"group\"/>"), "<chat");
}

static void
test_set(void **state)
{
	static const char changed[] = "<message chat=\"2\" seq=\"2\" "
	    "from=\"~2\"><changed name=\"crew\" topic=\"\" avatar=\"AQI\"/>"
	    "</message>\n";
	struct world *w = *state;
	const char *info;

	make_team(w);
	DONE(BOB, "<chat action=\"set\" chat=\"2\" name=\"crew\" topic=\"\" "
	    "avatar=\"AQI\"/>");
	assert_string_equal(got(w, DAVE), changed);
	ANSWERED(BOB, "<chat action=\"set\" chat=\"2\" post=\"admin\"/>",
	    "<error n=\"2\" code=\"forbidden\" text=\"only the admins of the "
	    "group may do this: ask one of them\"/>\n");
	REFUSED(CAROL, "<chat action=\"set\" chat=\"2\"/>", "bad-request");
	REFUSED(CAROL, "<chat action=\"set\" chat=\"2\" recent=\"10001\"/>",
	    "bad-request");
	DONE(CAROL, "<chat action=\"set\" chat=\"2\" edit=\"admin\" "
	    "recent=\"3\" approval=\"on\" post=\"admin\"/>");
	REFUSED(BOB, "<chat action=\"set\" chat=\"2\" name=\"gang\"/>",
	    "forbidden");
	info = asks(w, BOB, "<chat action=\"get\" chat=\"2\"/>");
	HAS(info, "<result id=\"1\"><chat number=\"2\" kind=\"group\" "
	    "name=\"crew\" avatar=\"AQI\" role=\"member\" members=\"4\" "
	    "last=\"3\" read=\"0\" created=\"2027-01-15T08:00:00.000Z\" "
	    "post=\"admin\" edit=\"admin\" approval=\"on\" recent=\"3\"/>");
	say(w, BOB, "hush");
	HAS(got(w, BOB), "only the admins of this group write in it");
	say(w, CAROL, "hear");
	HAS(got(w, BOB), "<body>hear</body>");
}

/* ---- coming and going ------------------------------------------------ */

static void
test_r5_add_and_remove(void **state)
{
	struct world *w = *state;

	make_team(w);
	REFUSED(BOB, "<chat action=\"add\" chat=\"2\"><member user=\"erin\"/>"
	    "</chat>", "forbidden");
	REFUSED(CAROL, "<chat action=\"add\" chat=\"2\"/>", "bad-request");
	REFUSED(CAROL, "<chat action=\"add\" chat=\"2\"><member user=\"erin\" "
	    "role=\"owner\"/></chat>", "forbidden");
	DONE(CAROL, "<chat action=\"add\" chat=\"2\"><member user=\"erin\"/>"
	    "<member user=\"bob\"/></chat>");
	assert_string_equal(got(w, ERIN), "<message chat=\"1\" seq=\"1\">"
	    "<chat number=\"2\" kind=\"group\" name=\"team\" role=\"member\"/>"
	    "</message>\n<skip chat=\"2\" first=\"1\" last=\"1\" "
	    "reason=\"not-a-member\"/>\n<message chat=\"2\" seq=\"2\" "
	    "from=\"~3\"><member user=\"~5\" action=\"add\" role=\"member\" "
	    "name=\"erin\"/></message>\n");
	/* nobody new: nothing to say */
	ANSWERED(CAROL, "<chat action=\"add\" chat=\"2\"><member "
	    "user=\"erin\"/></chat>", "<result n=\"4\"/>\n");
	DONE(CAROL, "<chat action=\"remove\" chat=\"2\"><member "
	    "user=\"erin\"/></chat>");
	say(w, BOB, "without erin");
	assert_string_equal(got(w, ERIN), "<message chat=\"2\" seq=\"3\" "
	    "from=\"~3\"><member user=\"~5\" action=\"remove\"/></message>\n");
	say(w, ERIN, "hello?");
	HAS(got(w, ERIN), "code=\"forbidden\"");
	REFUSED(ERIN, "<chat action=\"list\" chat=\"2\"/>", "forbidden");
	LACKS(asks(w, ERIN, "<chat action=\"list\" kind=\"group\"/>"), "<chat");
	/* who returns calls it as before */
	DONE(CAROL, "<chat action=\"add\" chat=\"2\"><member user=\"erin\"/>"
	    "</chat>");
	HAS(got(w, ERIN), "<skip chat=\"2\" first=\"4\" last=\"4\" "
	    "reason=\"not-a-member\"/>\n<message chat=\"2\" seq=\"5\"");
}

static void
test_who_removes_whom(void **state)
{
	struct world *w = *state;

	make_team(w);
	REFUSED(BOB, "<chat action=\"remove\" chat=\"2\"><member "
	    "user=\"dave\"/></chat>", "forbidden");
	ANSWERED(CAROL, "<chat action=\"remove\" chat=\"2\"><member "
	    "user=\"dave\"/><member user=\"alice\"/></chat>",
	    "<error n=\"1\" code=\"forbidden\" text=\"only an owner can do "
	    "this to alice\"/>\n");
	ANSWERED(CAROL, "<chat action=\"remove\" chat=\"2\"><member "
	    "user=\"erin\"/></chat>", "<error n=\"2\" code=\"not-found\" "
	    "text=\"erin is not in the group\"/>\n");
	REFUSED(ALICE, "<chat action=\"remove\" chat=\"2\"><member "
	    "user=\"alice\"/></chat>", "bad-request");
	assert_string_equal(got(w, DAVE), "");
	DONE(ALICE, "<chat action=\"remove\" chat=\"2\"><member "
	    "user=\"dave\"/><member user=\"carol\"/></chat>");
	HAS(got(w, DAVE), "<member user=\"~4\" action=\"remove\"/><member "
	    "user=\"~3\" action=\"remove\"/>");
	HAS(asks(w, ALICE, "<chat action=\"get\" chat=\"2\"/>"),
	    "members=\"2\"");
}

static void
test_recent(void **state)
{
	struct world *w = *state;

	make_team(w);
	say(w, ALICE, "one");
	say(w, ALICE, "two");
	DONE(CAROL, "<chat action=\"set\" chat=\"2\" recent=\"2\"/>");
	DONE(CAROL, "<chat action=\"add\" chat=\"2\"><member user=\"erin\"/>"
	    "</chat>");
	HAS(got(w, ERIN), "<skip chat=\"2\" first=\"1\" last=\"2\" "
	    "reason=\"not-a-member\"/>\n<message chat=\"2\" seq=\"3\" "
	    "from=\"~1\"><body>two</body></message>\n<message chat=\"2\" "
	    "seq=\"4\" from=\"~3\"><changed recent=\"2\"/></message>\n"
	    "<message chat=\"2\" seq=\"5\"");
}

/* ---- roles ----------------------------------------------------------- */

static void
test_roles(void **state)
{
	struct world *w = *state;

	make_team(w);
	REFUSED(BOB, "<chat action=\"role\" chat=\"2\"><member user=\"bob\" "
	    "role=\"admin\"/></chat>", "forbidden");
	REFUSED(CAROL, "<chat action=\"role\" chat=\"2\"><member user=\"bob\" "
	    "role=\"owner\"/></chat>", "forbidden");
	REFUSED(CAROL, "<chat action=\"role\" chat=\"2\"><member "
	    "user=\"alice\" role=\"member\"/></chat>", "forbidden");
	REFUSED(CAROL, "<chat action=\"role\" chat=\"2\"><member "
	    "user=\"bob\"/></chat>", "bad-request");
	DONE(CAROL, "<chat action=\"role\" chat=\"2\"><member user=\"bob\" "
	    "role=\"admin\"/><member user=\"carol\" role=\"member\"/></chat>");
	assert_string_equal(got(w, DAVE), "<message chat=\"2\" seq=\"2\" "
	    "from=\"~3\"><member user=\"~2\" action=\"role\" role=\"admin\"/>"
	    "<member user=\"~3\" action=\"role\" role=\"member\"/>"
	    "</message>\n");
	/* as it is already: nothing to say */
	ANSWERED(ALICE, "<chat action=\"role\" chat=\"2\"><member "
	    "user=\"bob\" role=\"admin\"/></chat>", "<result n=\"2\"/>\n");
	REFUSED(CAROL, "<chat action=\"invite\" chat=\"2\"/>", "forbidden");
}

static void
test_there_is_an_owner(void **state)
{
	struct world *w = *state;

	make_team(w);
	ANSWERED(ALICE, "<chat action=\"role\" chat=\"2\"><member "
	    "user=\"alice\" role=\"admin\"/></chat>", "<error n=\"2\" "
	    "code=\"forbidden\" text=\"a group has an owner: make somebody "
	    "else one first\"/>\n");
	/* the oldest admin */
	DONE(ALICE, "<chat action=\"leave\" chat=\"2\"/>");
	HAS(got(w, DAVE), "<member user=\"~1\" action=\"leave\"/><member "
	    "user=\"~3\" action=\"role\" role=\"owner\"/>");
	/* else the oldest member: bob was there before alice returned */
	DONE(CAROL, "<chat action=\"add\" chat=\"2\"><member user=\"alice\"/>"
	    "</chat>");
	DONE(CAROL, "<chat action=\"leave\" chat=\"2\"/>");
	HAS(got(w, DAVE), "<member user=\"~3\" action=\"leave\"/><member "
	    "user=\"~2\" action=\"role\" role=\"owner\"/>");
	/* one of two leaves the other */
	DONE(BOB, "<chat action=\"role\" chat=\"2\"><member user=\"dave\" "
	    "role=\"owner\"/></chat>");
	DONE(BOB, "<chat action=\"leave\" chat=\"2\"/>");
	LACKS(got(w, ALICE), "<member user=\"~1\" action=\"role\"");
	/* and the last one ends it */
	DONE(DAVE, "<chat action=\"leave\" chat=\"2\"/>");
	HAS(got(w, ALICE), "<member user=\"~4\" action=\"leave\"/><member "
	    "user=\"~1\" action=\"role\" role=\"owner\"/>");
	DONE(ALICE, "<chat action=\"leave\" chat=\"2\"/>");
	LACKS(asks(w, ALICE, "<chat action=\"list\" kind=\"group\"/>"), "<chat");
}

/* ---- strangers ------------------------------------------------------- */

struct group_ids {
	struct chat_id chat;
};

static int
find_ids(struct tx *tx, void *arg)
{
	return scm_chat_by_number(tx, ALICE, 2,
	    &((struct group_ids *)arg)->chat);
}

static void
looked(void *arg, int rc)
{
	(void)arg;
	assert_int_equal(rc, 0);
}

static void
look(struct world *w, int (*fn)(struct tx *, void *), void *arg)
{
	kit_job(w->kit, job_create_call(server_domain(w->kit->server),
	    JOB_SCRIBE, fn, looked, arg));
	kit_run(w->kit);
}

static void
test_r25_strangers_learn_nothing(void **state)
{
	/* behind the attribute `chat' */
	static const struct {
		const char *tag, *action, *more;
	} requests[] = {
	    {"chat", "set", " name=\"x\"/>"},
	    {"chat", "add", "><member user=\"bob\"/></chat>"},
	    {"chat", "remove", "><member user=\"bob\"/></chat>"},
	    {"chat", "role", "><member user=\"bob\" role=\"admin\"/></chat>"},
	    {"chat", "leave", "/>"},
	    {"chat", "invite", "/>"},
	    {"chat", "revoke", " token=\"AQ\"/>"},
	    {"chat", "approve", "><member user=\"bob\"/></chat>"},
	    {"chat", "refuse", "><member user=\"bob\"/></chat>"},
	    {"chat", "get", "/>"},
	    {"chat", "list", "/>"},
	    {"invite", "list", "/>"},
	    {"request", "list", "/>"}};
	struct world *w = *state;
	char real[CHAT_ID_TEXT + 1];
	const char *const chats[] = {"2", "77", real,
	    "#aaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct group_ids ids = {0};

	make_team(w);
	look(w, find_ids, &ids);
	chat_id_print(&ids.chat, real);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		for (size_t k = 0; k < sizeof(chats) / sizeof(chats[0]); k++)
			HAS(asks(w, ERIN, "<%s action=\"%s\" chat=\"%s\"%s",
			    requests[i].tag, requests[i].action, chats[k],
			    requests[i].more), " code=\"not-found\" "
			    "text=\"there is no such chat: list yours\"/>");
}

/* ---- invitations ----------------------------------------------------- */

static void
test_invitations(void **state)
{
	struct world *w = *state;
	char token[64];

	make_team(w);
	REFUSED(BOB, "<chat action=\"invite\" chat=\"2\"/>", "forbidden");
	REFUSED(CAROL, "<chat action=\"invite\" chat=\"2\" "
	    "expires=\"2027-01-15T08:00:00.000Z\"/>", "bad-request");
	strcpy(token, token_in(asks(w, CAROL, "<chat action=\"invite\" "
	    "chat=\"2\" limit=\"1\"/>")));
	assert_int_equal(strlen(token), 32);
	HAS(asks(w, CAROL, "<invite action=\"list\" chat=\"2\"/>"),
	    "\"><invite token=\"");
	REFUSED(BOB, "<invite action=\"list\" chat=\"2\"/>", "forbidden");
	(void)got(w, BOB);
	HAS(asks(w, ERIN, "<chat action=\"join\" token=\"%s\"/>", token),
	    "<result n=\"1\"><chat number=\"2\" kind=\"group\" name=\"team\"/>"
	    "</result>");
	HAS(got(w, BOB), "from=\"~5\"><member user=\"~5\" action=\"join\" "
	    "role=\"member\" name=\"erin\"/>");
	/* again: he is in it */
	kit_sleep(w->kit, 1000);
	DONE(CAROL, "<chat action=\"remove\" chat=\"2\"><member "
	    "user=\"erin\"/></chat>");
	HAS(asks(w, ERIN, "<chat action=\"join\" token=\"%s\"/>", token),
	    "<error n=\"2\" code=\"not-found\" text=\"there is no such "
	    "invitation any more: ask for another one\"/>");
	HAS(asks(w, CAROL, "<invite action=\"list\" chat=\"2\"/>"),
	    "<result id=\"3\"/>");
}

static void
test_r25_invitations_that_do_not_hold(void **state)
{
	struct world *w = *state;
	char old[64], taken[64], good[64], wrong[64];
	const char *const tokens[] = {old, taken, wrong, "AQ",
	    "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};

	make_team(w);
	strcpy(old, token_in(asks(w, CAROL, "<chat action=\"invite\" chat=\""
	    "2\" expires=\"2027-01-15T08:00:01.000Z\"/>")));
	strcpy(taken, token_in(asks(w, CAROL, "<chat action=\"invite\" "
	    "chat=\"2\"/>")));
	strcpy(good, token_in(asks(w, CAROL, "<chat action=\"invite\" "
	    "chat=\"2\"/>")));
	DONE(ALICE, "<chat action=\"create\" kind=\"group\" name=\"x\"/>");
	HAS(asks(w, ALICE, "<chat action=\"revoke\" chat=\"3\" "
	    "token=\"%s\"/>", taken), "code=\"not-found\" text=\"the group "
	    "has no such invitation: list them\"");
	HAS(asks(w, CAROL, "<chat action=\"revoke\" chat=\"2\" "
	    "token=\"%s\"/>", taken), "<result n=");
	kit_sleep(w->kit, 1000);
	/* a number that is there, with another secret */
	strcpy(wrong, good);
	wrong[31] = wrong[31] == 'A' ? 'B' : 'A';
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
		HAS(asks(w, ERIN, "<chat action=\"join\" token=\"%s\"/>",
		    tokens[i]), " code=\"not-found\" text=\"there is no such "
		    "invitation any more: ask for another one\"/>");
	HAS(asks(w, ERIN, "<chat action=\"join\" token=\"%s\"/>", good),
	    "<result n=");
	/* who is in it is told so, and that is no use of it */
	HAS(asks(w, ERIN, "<chat action=\"join\" token=\"%s\"/>", good),
	    "<chat number=\"2\"");
	HAS(asks(w, CAROL, "<invite action=\"list\" chat=\"2\"/>"),
	    "total=\"1\"");
}

static void
test_invitations_have_a_limit(void **state)
{
	struct world *w = *state;

	make_team(w);
	for (unsigned i = 0; i < 32; i++)
		HAS(asks(w, ALICE, "<chat action=\"invite\" chat=\"2\" "
		    "expires=\"2027-01-15T08:00:01.000Z\"/>"), "<result n=");
	REFUSED(ALICE, "<chat action=\"invite\" chat=\"2\"/>",
	    "resource-constraint");
	/* those that hold no more make room */
	kit_sleep(w->kit, 1000);
	DONE(ALICE, "<chat action=\"invite\" chat=\"2\"/>");
}

/* ---- approval -------------------------------------------------------- */

static void
test_approval(void **state)
{
	struct world *w = *state;
	char token[64];

	make_team(w);
	DONE(CAROL, "<chat action=\"remove\" chat=\"2\"><member "
	    "user=\"dave\"/></chat>");
	DONE(CAROL, "<chat action=\"set\" chat=\"2\" approval=\"on\"/>");
	strcpy(token, token_in(asks(w, CAROL, "<chat action=\"invite\" "
	    "chat=\"2\" limit=\"2\"/>")));
	(void)got(w, ALICE);
	(void)got(w, BOB);
	HAS(asks(w, ERIN, "<chat action=\"join\" token=\"%s\"/>", token),
	    "<result n=\"1\"><request user=\"~5\"/></result>");
	assert_string_equal(got(w, ALICE), "<message chat=\"1\" seq=\"2\">"
	    "<request chat=\"2\" user=\"~5\"/></message>\n");
	assert_string_equal(got(w, BOB), "");
	/* asking twice is asking once, and one use */
	HAS(asks(w, ERIN, "<chat action=\"join\" token=\"%s\"/>", token),
	    "<request user=\"~5\"/>");
	assert_string_equal(got(w, ALICE), "");
	HAS(asks(w, DAVE, "<chat action=\"join\" token=\"%s\"/>", token),
	    "<request user=\"~4\"/>");
	HAS(asks(w, CAROL, "<request action=\"list\" chat=\"2\"/>"),
	    "<request user=\"~4\" name=\"dave\"/><request user=\"~5\" "
	    "name=\"erin\"/></page>");
	REFUSED(BOB, "<chat action=\"approve\" chat=\"2\"><member "
	    "user=\"erin\"/></chat>", "forbidden");
	REFUSED(BOB, "<request action=\"list\" chat=\"2\"/>", "forbidden");
	HAS(asks(w, CAROL, "<chat action=\"approve\" chat=\"2\"><member "
	    "user=\"bob\"/></chat>"), "bob does not wait to join");
	(void)got(w, ALICE);
	DONE(CAROL, "<chat action=\"approve\" chat=\"2\"><member "
	    "user=\"erin\"/></chat>");
	HAS(got(w, BOB), "from=\"~3\"><member user=\"~5\" action=\"approve\" "
	    "role=\"member\" name=\"erin\"/>");
	HAS(got(w, ALICE), "<request chat=\"2\" user=\"~5\" "
	    "action=\"approve\"/>");
	(void)got(w, DAVE);
	DONE(CAROL, "<chat action=\"refuse\" chat=\"2\"><member "
	    "user=\"dave\"/></chat>");
	HAS(got(w, DAVE), "user=\"~4\" action=\"refuse\"/>");
	HAS(asks(w, CAROL, "<request action=\"list\" chat=\"2\"/>"),
	    "<result id=");
	LACKS(asks(w, CAROL, "<request action=\"list\" chat=\"2\"/>"),
	    "<page");
}

/* ---- accounts that go ------------------------------------------------ */

static void
test_accounts_that_go(void **state)
{
	struct world *w = *state;
	const char *token;

	make_team(w);
	DONE(CAROL, "<chat action=\"set\" chat=\"2\" approval=\"on\"/>");
	token = token_in(asks(w, CAROL, "<chat action=\"invite\" "
	    "chat=\"2\"/>"));
	HAS(asks(w, ERIN, "<chat action=\"join\" token=\"%s\"/>", token),
	    "<request");
	kit_remove(w->kit, ERIN);
	LACKS(asks(w, CAROL, "<request action=\"list\" chat=\"2\"/>"),
	    "<page");
	(void)got(w, BOB);
	kit_remove(w->kit, ALICE);
	HAS(got(w, BOB), "from=\"~1\"><member user=\"~1\" action=\"leave\"/>"
	    "<member user=\"~3\" action=\"role\" role=\"owner\"/>");
	kit_remove(w->kit, BOB);
	kit_remove(w->kit, CAROL);
	HAS(asks(w, DAVE, "<chat action=\"get\" chat=\"2\"/>"),
	    "role=\"owner\" members=\"1\"");
	kit_remove(w->kit, DAVE);
}

/* Without the module nobody follows an owner whose account goes; with the next
 * change somebody does. */
static void
test_an_owner_who_goes_unseen(void **state)
{
	struct world *w = *state;
	struct server *s = w->kit->server;

	make_team(w);
	server_module_set(s, &sc_module_groups, false);
	kit_remove(w->kit, ALICE);
	server_module_set(s, &sc_module_groups, true);
	DONE(BOB, "<chat action=\"set\" chat=\"2\" topic=\"now\"/>");
	HAS(got(w, DAVE), "<message chat=\"2\" seq=\"2\"><member user=\"~3\" "
	    "action=\"role\" role=\"owner\" name=\"carol\"/></message>\n<message chat=\"2\" "
	    "seq=\"3\" from=\"~2\"><changed topic=\"now\"/></message>");
	/* who comes next may do at once what an owner may */
	server_module_set(s, &sc_module_groups, false);
	kit_remove(w->kit, CAROL);
	server_module_set(s, &sc_module_groups, true);
	REFUSED(DAVE, "<chat action=\"add\" chat=\"2\"><member "
	    "user=\"erin\"/></chat>", "forbidden");
	DONE(BOB, "<chat action=\"role\" chat=\"2\"><member user=\"dave\" "
	    "role=\"owner\"/></chat>");
	HAS(got(w, DAVE), "seq=\"4\"><member user=\"~2\" action=\"role\" "
	    "role=\"owner\" name=\"bob\"/>");
	/* and when one of two goes nobody else has to */
	server_module_set(s, &sc_module_groups, false);
	kit_remove(w->kit, BOB);
	server_module_set(s, &sc_module_groups, true);
	DONE(DAVE, "<chat action=\"add\" chat=\"2\"><member user=\"erin\"/>"
	    "</chat>");
	(void)got(w, DAVE);
	DONE(ERIN, "<chat action=\"set\" chat=\"2\" topic=\"then\"/>");
	LACKS(got(w, DAVE), "<member");
}

/* ---- at the same moment ---------------------------------------------- */

struct going {
	struct kit *kit;
	uint64_t user;
};

static int
remove_only(struct tx *tx, void *arg)
{
	const struct going *g = arg;

	return server_user_delete(g->kit->server, tx, g->user);
}

static void
no_random(void *arg, void *p, size_t n)
{
	memset(p, *(uint8_t *)arg, n);
}

static void
begin(struct kit *k, struct job *j)
{
	static uint8_t byte = 7;
	const struct job_env env = {.txn = store_begin(k->store),
	    .now = k->wall, .stamp = server_stamp_next(k->server),
	    .random = no_random,
	    .random_arg = &byte, .deflate = k->deflate};

	job_run(j, &env);
}

static void
committed(void *arg, int rc)
{
	(void)arg;
	assert_int_equal(rc, 0);
}

static void
end(struct kit *k, struct job *j)
{
	struct event *e;

	store_commit(k->store, committed, NULL);
	while ((e = job_take_event(j)) != NULL)
		event_unref(e);
	job_complete(j);
}

/* Two owners go, each in a transaction that has not seen the other's: the
 * second one is run again, and leaves an owner behind. */
static void
test_r24_two_owners_go_at_once(void **state)
{
	struct world *w = *state;
	struct going going[2] = {{w->kit, ALICE}, {w->kit, BOB}};
	struct job *jobs[2];

	make_team(w);
	DONE(ALICE, "<chat action=\"role\" chat=\"2\"><member user=\"bob\" "
	    "role=\"owner\"/></chat>");
	for (unsigned i = 0; i < 2; i++) {
		jobs[i] = job_create_call(server_domain(w->kit->server),
		    JOB_SCRIBE, remove_only, looked, &going[i]);
		begin(w->kit, jobs[i]);
	}
	assert_int_equal(job_finish(jobs[0]), 0);
	assert_int_equal(job_finish(jobs[1]), SC_ERERUN);
	end(w->kit, jobs[0]);
	begin(w->kit, jobs[1]);
	assert_int_equal(job_finish(jobs[1]), 0);
	end(w->kit, jobs[1]);
	HAS(asks(w, DAVE, "<chat action=\"list\" chat=\"2\"/>"),
	    "<member user=\"~3\" role=\"owner\" name=\"carol\"/><member "
	    "user=\"~4\" role=\"member\" name=\"dave\"/></page>");
}

/* ---- many ------------------------------------------------------------ */

/* Adds the users FROM to TO, 256 in a request. */
static void
add_many(struct world *w, unsigned from, unsigned to)
{
	static char xml[16384];

	while (from <= to) {
		size_t n = (size_t)snprintf(xml, sizeof(xml), "<chat n=\"%u\" "
		    "action=\"add\" chat=\"2\">", (unsigned)++w->n[ALICE]);

		for (unsigned i = 0; i < 256 && from <= to; i++)
			n += (size_t)snprintf(xml + n, sizeof(xml) - n,
			    "<member user=\"~%u\"/>", from++);
		(void)snprintf(xml + n, sizeof(xml) - n, "</chat>");
		kit_send(&w->conn[ALICE], xml);
		HAS(got(w, ALICE), "<result n=");
	}
}

static unsigned
count(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		n++;
	return n;
}

static void
test_100_256_and_1024_members(void **state)
{
	static const unsigned sizes[] = {100, 256, 1024};
	struct world *w = *state;
	unsigned users = PEOPLE;
	char name[16];

	make_team(w);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		unsigned first = users + 1;

		/* alice, bob, carol and dave are in it, erin is not */
		while (users - 1 < sizes[i]) {
			(void)snprintf(name, sizeof(name), "u%u", ++users);
			(void)kit_user(w->kit, name);
		}
		add_many(w, first, users);
		HAS(asks(w, BOB, "<chat action=\"get\" chat=\"2\"/>"),
		    " members=\"");
		assert_int_equal(count(asks(w, BOB, "<chat action=\"list\" "
		    "chat=\"2\"/>"), "<member "), sizes[i]);
	}
	REFUSED(ALICE, "<chat action=\"add\" chat=\"2\"><member "
	    "user=\"erin\"/></chat>", "resource-constraint");
	(void)got(w, DAVE);
	say(w, BOB, "to all");
	/* one entry: creation, five additions, and this */
	HAS(got(w, DAVE), "seq=\"7\"");
	/* a page of members, from one on */
	assert_int_equal(count(asks(w, BOB, "<chat action=\"list\" chat=\"2\" "
	    "after=\"1000\" limit=\"7\"/>"), "<member "), 7);
}

static void
test_too_many_in_a_request(void **state)
{
	struct world *w = *state;
	static char xml[16384];
	size_t n;

	make_team(w);
	n = (size_t)snprintf(xml, sizeof(xml), "<chat n=\"2\" action=\"add\" "
	    "chat=\"2\">");
	for (unsigned i = 0; i < 257; i++)
		n += (size_t)snprintf(xml + n, sizeof(xml) - n,
		    "<member user=\"~5\"/>");
	(void)snprintf(xml + n, sizeof(xml) - n, "</chat>");
	kit_send(&w->conn[ALICE], xml);
	HAS(got(w, ALICE), "<error n=\"2\" code=\"too-large\" text=\"at most "
	    "256 members in one request: send several\"/>");
}

#define TEST(F) cmocka_unit_test_setup_teardown(F, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    TEST(test_create),
	    TEST(test_create_is_refused),
	    TEST(test_set),
	    TEST(test_r5_add_and_remove),
	    TEST(test_who_removes_whom),
	    TEST(test_recent),
	    TEST(test_roles),
	    TEST(test_there_is_an_owner),
	    TEST(test_r25_strangers_learn_nothing),
	    TEST(test_invitations),
	    TEST(test_r25_invitations_that_do_not_hold),
	    TEST(test_invitations_have_a_limit),
	    TEST(test_approval),
	    TEST(test_accounts_that_go),
	    TEST(test_an_owner_who_goes_unseen),
	    TEST(test_r24_two_owners_go_at_once),
	    TEST(test_100_256_and_1024_members),
	    TEST(test_too_many_in_a_request),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("groups", tests, NULL, NULL);
}

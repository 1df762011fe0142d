/* SPDX-License-Identifier: ISC */
/* What an operator sees of sessions and does to them, and what is left when an
 * account is removed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/device.h"
#include "src/common/err.h"
#include "src/server/inspect.h"
#include "src/server/job.h"
#include "src/server/outbox.h"
#include "src/server/trace.h"
#include "tests/unit/server_kit.h"

/* alice (user 1) has a phone and a tablet, bob (user 2) a phone. */
struct world {
	struct kit *k;
	struct kit_conn phone, tablet, bob;
	uint8_t phone_token[DEVICE_TOKEN_SIZE];
	uint8_t tablet_token[DEVICE_TOKEN_SIZE];
	uint8_t bob_token[DEVICE_TOKEN_SIZE];
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->k = kit_create(NULL);
	assert_int_equal(kit_user(w->k, "alice"), 1);
	assert_int_equal(kit_user(w->k, "bob"), 2);
	kit_token(w->k, 1, "phone", w->phone_token);
	kit_token(w->k, 1, "tablet", w->tablet_token);
	kit_token(w->k, 2, "phone", w->bob_token);
	kit_connect(w->k, &w->phone);
	kit_connect(w->k, &w->tablet);
	kit_connect(w->k, &w->bob);
	kit_login(&w->phone, "alice", 1, w->phone_token);
	kit_login(&w->tablet, "alice", 2, w->tablet_token);
	kit_login(&w->bob, "bob", 1, w->bob_token);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	kit_disconnect(&w->phone);
	kit_disconnect(&w->tablet);
	kit_disconnect(&w->bob);
	kit_destroy(w->k);
	free(w);
	return 0;
}

static void
expect(struct kit_conn *c, const char *part)
{
	const char *got = kit_received(c);

	if (strstr(got, part) == NULL)
		fail_msg("expected %s in:\n%s", part, got);
}

#define SAY(N, CHAT, TEXT)                                                    \
	"<message chat=\"" CHAT "\" n=\"" N "\"><body>" TEXT                  \
	"</body></message>"

/* ---- sessions ---- */

struct list {
	struct session_info info[8];
	size_t n;
};

static void
add(void *arg, const struct session_info *info)
{
	struct list *l = arg;

	l->info[l->n++] = *info;
}

static void
test_sessions_are_listed(void **state)
{
	struct world *w = *state;
	struct kit_conn early;
	struct list l = {.n = 0};

	kit_connect(w->k, &early);
	w->bob.stuck = true;
	w->k->unsent = 7;
	kit_send(&w->phone, SAY("1", "bob", "hello"));
	kit_sleep(w->k, 500);
	worker_sessions(w->k->worker, add, &l);
	assert_int_equal(l.n, 4);
	assert_int_equal(l.info[0].user, 0);
	assert_ptr_equal(l.info[0].conn, &early);
	assert_int_equal(l.info[1].user, 2);
	assert_int_equal(l.info[1].device, 1);
	assert_int_equal(l.info[1].unacked, 2);	/* the chat, the message */
	assert_true(l.info[1].queued > 7);
	assert_int_equal(l.info[2].user, 1);
	assert_int_equal(l.info[2].device, 2);
	assert_int_equal(l.info[3].device, 1);
	assert_int_equal(l.info[3].idle_ms, 500);
	assert_int_equal(l.info[3].since, w->k->wall - 500);
	assert_int_equal(l.info[3].queued, 7);
	w->bob.stuck = false;
	kit_disconnect(&early);
}

static void
test_one_session_ends(void **state)
{
	struct world *w = *state;
	struct event_fence f = {.login = UINT64_MAX,
	    .why = BYE_REASON_SHUTDOWN, .text = "enough"};
	struct list l = {.n = 0};

	worker_sessions(w->k->worker, add, &l);
	f.session = l.info[1].id;
	assert_int_equal(worker_fence(w->k->worker, &f), 1);
	assert_int_equal(worker_fence(w->k->worker, &f), 0);
	kit_run(w->k);
	expect(&w->tablet, "<bye why=\"shutdown\" text=\"enough\"/>");
	assert_true(w->tablet.closed);
	assert_false(w->phone.closed);
	f = (struct event_fence){.user = 1, .login = UINT64_MAX,
	    .why = BYE_REASON_SHUTDOWN};
	assert_int_equal(worker_fence(w->k->worker, &f), 1);
	assert_true(w->phone.closed);
	assert_false(w->bob.closed);
}

/* ---- an account goes ---- */

struct removal {
	uint64_t user;
	uint32_t device;	/* only this one */
	int rc;
};

static int
remove_run(struct tx *tx, void *arg)
{
	struct removal *r = arg;
	const struct event_fence f = {.user = r->user, .device = r->device,
	    .login = UINT64_MAX, .why = BYE_REASON_REVOKED};
	int rc;

	rc = r->device != 0 ? device_revoke(tx, r->user, r->device)
			    : user_delete(tx, r->user);
	return rc != 0 ? rc : outbox_fence(tx->outbox, &f);
}

static void
remove_done(void *arg, int rc)
{
	((struct removal *)arg)->rc = rc;
}

static void
remove_it(struct world *w, uint64_t user, uint32_t device)
{
	struct removal r = {user, device, 1};
	struct job *j = job_create_call(server_domain(w->k->server),
	    JOB_SCRIBE, remove_run, remove_done, &r);

	kit_job(w->k, j);
	assert_int_equal(r.rc, 0);
}

static void
test_revoked_device_is_gone_at_once(void **state)
{
	struct world *w = *state;
	struct kit_conn again;

	/* an ack that is still waiting to be stated goes with it */
	kit_send(&w->bob, SAY("1", "alice", "hello"));
	(void)kit_received(&w->tablet);
	kit_send(&w->tablet, "<ack chat=\"2\" seq=\"1\"/>");
	remove_it(w, 1, 2);
	kit_run(w->k);
	expect(&w->tablet, "<bye why=\"revoked\"");
	assert_true(w->tablet.closed);
	assert_false(w->phone.closed);
	kit_connect(w->k, &again);
	kit_hello(&again);
	kit_auth(&again, "alice", 2, w->tablet_token);
	expect(&again, "<failure code=\"not-authorized\"");
	kit_disconnect(&again);
}

static void
test_removed_account_takes_no_messages(void **state)
{
	struct world *w = *state;

	kit_send(&w->bob, SAY("1", "alice", "hello"));
	expect(&w->bob, "<ack n=\"1\"");
	remove_it(w, 1, 0);
	expect(&w->phone, "<bye why=\"revoked\"");
	expect(&w->tablet, "<bye why=\"revoked\"");
	/* by number, by id: all the same */
	kit_send(&w->bob, SAY("2", "2", "are you there"));
	expect(&w->bob, "<error n=\"2\" code=\"not-found\"");
	kit_send(&w->bob, SAY("3", "~1", "are you there"));
	expect(&w->bob, "<error n=\"3\" code=\"not-found\"");
	kit_send(&w->bob, SAY("4", "alice", "are you there"));
	expect(&w->bob, "<error n=\"4\" code=\"not-found\"");
	/* what was sent before is still answered as it was (R8) */
	kit_send(&w->bob, SAY("1", "~1", "hello"));
	expect(&w->bob, "<ack n=\"1\"");
	/* the rest of bob's life goes on */
	kit_send(&w->bob, "<read chat=\"2\" seq=\"1\"/>");
	kit_send(&w->bob, SAY("5", "bob", "a note"));
	expect(&w->bob, "<ack n=\"5\"");
	kit_sleep(w->k, 1000);
	assert_false(w->bob.closed);
	/* and a namesake is somebody else (R2) */
	assert_int_equal(kit_user(w->k, "alice"), 3);
	kit_send(&w->bob, SAY("6", "alice", "who are you"));
	expect(&w->bob, "peer=\"~3\"");
}

static void
test_sync_after_the_other_has_gone(void **state)
{
	struct world *w = *state;
	struct kit_conn again;

	kit_send(&w->bob, SAY("1", "alice", "hello"));
	kit_send(&w->phone, SAY("1", "bob", "hi"));
	remove_it(w, 1, 0);
	kit_disconnect(&w->bob);
	kit_connect(w->k, &again);
	kit_hello(&again);
	kit_auth(&again, "bob", 1, w->bob_token);
	kit_send(&again, "<sync account=\"0\" stamp=\"0\" "
			 "sum=\"AAAAAAAAAAA\"/>");
	expect(&again, "<synced");
	assert_false(again.closed);
	kit_disconnect(&again);
	kit_connect(w->k, &w->bob);
}

/* ---- trace ---- */

static const char *
traced(struct world *w)
{
	static char text[65536];
	struct slice s;

	buf_put_u8(&w->k->traced, '\0');
	s = buf_slice(&w->k->traced);
	assert_true(s.len <= sizeof(text));
	memcpy(text, s.p, s.len);
	buf_clear(&w->k->traced);
	return text;
}

static void
test_trace_shows_stanzas_without_what_they_say(void **state)
{
	struct world *w = *state;
	char name[] = "one", *one = name;
	const char *got;

	worker_trace(w->k->worker, one, 1, false);
	kit_send(&w->phone, SAY("1", "bob", "hello"));
	kit_send(&w->bob, SAY("1", "alice", "hi"));
	got = traced(w);
	assert_non_null(strstr(got, "one in <message chat=\"bob\" n=\"1\" "
				    "payload-bytes.uint=\""));
	assert_non_null(strstr(got, "one out <ack n=\"1\" chat=\"2\""));
	assert_non_null(strstr(got, "one out <message chat=\"2\" seq=\"2\""));
	assert_null(strstr(got, "hello"));
	assert_null(strstr(got, "hi<"));
	worker_trace_end(w->k->worker, one);
	kit_send(&w->phone, SAY("2", "bob", "more"));
	assert_string_equal(traced(w), "");
}

#define REQUEST "<dance id=\"1\" time=\"2026-11-23T06:46:00.123Z\"/>"

/* A base crosses a stanza of the client on the way. */
static void
test_c_keeps_the_base_of_its_login(void **state)
{
	struct world *w = *state;
	char name[] = "one", *one = name;
	const char *got;

	worker_trace(w->k->worker, one, 1, false);
	w->k->wall += 3600000;
	worker_time(w->k->worker, w->k->mono, w->k->wall);
	kit_send(&w->bob, SAY("1", "alice", "hi"));
	kit_send(&w->phone, REQUEST);
	got = traced(w);
	assert_non_null(strstr(got, "one out <base "));
	assert_non_null(strstr(got, "one in " REQUEST));
	(void)kit_received(&w->phone);
	kit_send(&w->phone, REQUEST);
	assert_non_null(strstr(traced(w), "one in " REQUEST));
	worker_trace_end(w->k->worker, one);
}

static void
test_trace_with_bodies_and_two_lookers(void **state)
{
	struct world *w = *state;
	char names[2][8] = {"one", "two"};
	struct kit_conn again;
	const char *got;

	worker_trace(w->k->worker, names[0], 1, false);
	worker_trace(w->k->worker, names[1], 1, true);
	kit_send(&w->phone, SAY("1", "bob", "hello"));
	got = traced(w);
	assert_non_null(strstr(got, "two in <message chat=\"bob\" n=\"1\">"
				    "<body>hello</body></message>"));
	assert_non_null(strstr(got, "one in <message chat=\"bob\" n=\"1\" "
				    "payload-bytes.uint"));
	/* a session that logs in later is seen as well, its token never */
	worker_trace_end(w->k->worker, names[0]);
	kit_enter(w->k, &again, "alice", 1, w->phone_token);
	got = traced(w);
	assert_non_null(strstr(got, "two in <sync "));
	assert_null(strstr(got, "token=\""));
	assert_null(strstr(got, "one "));
	kit_disconnect(&again);
	worker_trace_end(w->k->worker, names[1]);
	worker_trace_end(w->k->worker, names[1]);
}

static void
print(struct world *w, const char *xml, bool bodies, const char *want)
{
	struct arena arena;
	struct elem e;
	struct buf out;
	char why[128];

	arena_init(&arena, 0);
	buf_init(&out, 0);
	assert_int_equal(xmltext_parse(w->k->deflate, slice_str(xml), &arena,
			     &e, why, sizeof(why)),
	    0);
	trace_print(w->k->deflate, &e, bodies, &out);
	buf_put_u8(&out, '\0');
	assert_string_equal((const char *)buf_slice(&out).p, want);
	buf_fini(&out);
	arena_fini(&arena);
}

static void
test_trace_hides_secrets(void **state)
{
	struct world *w = *state;

	print(w,
	    "<auth mechanism=\"plain\" user=\"alice\" data=\"c2VjcmV0\"/>",
	    true,
	    "<auth mechanism=\"plain\" user=\"alice\" data-bytes.uint=\"6\"/>");
	print(w, "<user id=\"1\" action=\"password\" password=\"secret\"/>",
	    true,
	    "<user id=\"1\" action=\"password\" "
	    "password-bytes.uint=\"6\"/>");
	print(w, "<result id=\"1\"><device device=\"1\" token=\"AAAA\"/>"
		 "</result>",
	    true,
	    "<result id=\"1\"><device device=\"1\" token-bytes.uint=\"3\"/>"
	    "</result>");
	print(w, "<user user=\"~1\" about=\"me\"/>", false,
	    "<user user=\"~1\" about-bytes.uint=\"2\"/>");
	print(w, "<user user=\"~1\" about=\"me\"/>", true,
	    "<user user=\"~1\" about=\"me\"/>");
	print(w, "<result id=\"1\"><x y=\"private\">private</x></result>",
	    false,
	    "<result id=\"1\"><x text-bytes.uint=\"7\"/></result>");
	print(w, "<page id=\"1\"><message seq=\"1\" "
		 "time=\"2026-11-23T06:46:00.123Z\" from=\"~2\">"
		 "<body>private</body></message></page>",
	    false,
	    "<page id=\"1\"><message seq=\"1\" "
	    "time=\"2026-11-23T06:46:00.123Z\" from=\"~2\" "
	    "payload-bytes.uint=\"9\"/></page>");
}

int
main(void)
{
#define TEST(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_sessions_are_listed),
	    TEST(test_one_session_ends),
	    TEST(test_revoked_device_is_gone_at_once),
	    TEST(test_removed_account_takes_no_messages),
	    TEST(test_sync_after_the_other_has_gone),
	    TEST(test_trace_shows_stanzas_without_what_they_say),
	    TEST(test_c_keeps_the_base_of_its_login),
	    TEST(test_trace_with_bodies_and_two_lookers),
	    TEST(test_trace_hides_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

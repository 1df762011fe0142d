/* SPDX-License-Identifier: ISC */
/* What modules do on a worker: hooks of sessions, memory, time, stanzas that
 * are heard and asked, messages, signals and jobs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/device.h"
#include "src/server/module.h"
#include "src/server/server.h"
#include "tests/unit/server_kit.h"

/* What happens, a line each, in the order in which it does. */
static char happened[4000];

static void __attribute__((format(printf, 1, 2)))
note(const char *fmt, ...)
{
	size_t n = strlen(happened);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(happened + n, sizeof(happened) - n, fmt, ap);
	va_end(ap);
}

static const char *
taken(void)
{
	static char copy[sizeof(happened)];

	memcpy(copy, happened, sizeof(copy));
	happened[0] = '\0';
	return copy;
}

/* ---- the module ---- */

struct on_worker {
	unsigned sessions;
	uint64_t asked_by, asked_id;	/* who waits for an answer */
};

struct on_session {
	uint64_t heard;
	char *kept;
};

static struct on_worker *
of(struct sc_module *m, struct worker *w)
{
	return scm_worker_state(w, m);
}

static void
probe_start(struct sc_module *m, struct worker *w)
{
	note("start %u\n", of(m, w)->sessions);
	assert_int_equal(scm_worker_of(w, 77), scm_worker_number(w));
}

static void
probe_stop(struct sc_module *m, struct worker *w)
{
	note("stop %u\n", of(m, w)->sessions);
}

static void
probe_live(struct sc_module *m, struct session *s)
{
	struct on_session *on = scm_session_state(s, m);

	assert_null(on->kept);
	on->kept = malloc(10);
	note("live %u: %u\n", (unsigned)scm_session_user(s),
	    ++of(m, scm_session_worker(s))->sessions);
}

static void
probe_ended(struct sc_module *m, struct session *s)
{
	struct worker *w = scm_session_worker(s);

	note("ended %u: %u\n", (unsigned)scm_session_user(s),
	    --of(m, w)->sessions);
	assert_null(scm_session_find(w, scm_session_user(s),
	    scm_session_id(s)));
}

static void
probe_forget(struct sc_module *m, struct session *s)
{
	struct on_session *on = scm_session_state(s, m);

	free(on->kept);
}

static void
probe_tick(struct sc_module *m, struct worker *w)
{
	(void)m;
	note("tick %lld\n", (long long)scm_worker_mono(w));
}

static void
probe_told(struct sc_module *m, struct worker *w, struct slice message)
{
	struct on_worker *on = of(m, w);
	struct elem_buf e;
	struct session *s;

	note("told %.*s\n", (int)message.len, (const char *)message.p);
	s = scm_session_find(w, on->asked_by, on->asked_id >> 32);
	if (s == NULL)
		return;
	elem_begin(&e, TAG_PRESENCE);
	elem_add_enum(&e, ATTR_SHOW, SHOW_AWAY);
	scm_answer(m, s, on->asked_id & UINT32_MAX, &e.e, 1);
	/* once is enough */
	scm_answer(m, s, on->asked_id & UINT32_MAX, &e.e, 1);
}

static int
probe_lookup(struct sc_module *m, struct tx *tx, struct sc_job *j)
{
	struct sc_user peer;
	struct chat c;
	int rc = scm_chat(tx, &j->request, ATTR_CHAT, &c);

	(void)m;
	if (rc == 0)
		rc = scm_user(tx, &j->request, ATTR_CHAT, &peer);
	note("job of %u with %zu: %d\n", (unsigned)j->request.user, j->size,
	    rc);
	if (rc == SC_EBADREQUEST)	/* the attribute is no user */
		rc = 0;
	if (rc == 0)
		*(uint64_t *)j->data =
		    c.user[1 - scm_chat_side(&c, j->request.user)];
	return rc;
}

static void
probe_looked(struct sc_module *m, struct worker *w, struct session *s,
    struct sc_job *j, int rc)
{
	struct recipient to = {.user = *(uint64_t *)j->data, .number = 2};
	const struct sc_signal signal = {.to = &to, .n = 1};
	struct elem_buf e;

	note("done %d %s\n", rc, s == NULL ? "alone" : "");
	if (rc != 0 || s == NULL)
		return;
	elem_begin(&e, TAG_TYPING);
	elem_add_chat_number(&e, ATTR_CHAT, 1);
	elem_add_enum(&e, ATTR_ACTIVITY, ACTIVITY_RECORDING);
	scm_signal(m, w, &e.e, &signal);
}

static const struct sc_job_def probe_job = {false, probe_lookup, probe_looked};

static void
hear_typing(struct sc_module *m, struct session *s, const struct elem *e)
{
	struct on_session *on = scm_session_state(s, m);
	uint64_t data = on->heard++;

	note("typing %u\n", (unsigned)on->heard);
	assert_int_equal(scm_session_device(s), 1);
	assert_int_equal(scm_start(m, scm_session_worker(s), s, &probe_job, e,
	    &data, sizeof(data)), 0);
}

/* Asked: answered when a message has gone round. */
static void
hear_presence(struct sc_module *m, struct session *s, const struct elem *e)
{
	struct worker *w = scm_session_worker(s);

	if (elem_has(e, ATTR_USER)) {
		of(m, w)->asked_by = scm_session_user(s);
		of(m, w)->asked_id = scm_session_id(s) << 32 |
		    elem_uint(e, ATTR_ID, 0);
		scm_tell(m, w, SC_ALL_WORKERS, slice_str("question"));
	}
}

/* Sets a time, and says so in the stanza's own way. */
static void
hear_show(struct sc_module *m, struct session *s, const struct elem *e)
{
	struct worker *w = scm_session_worker(s);
	struct elem_buf said;

	scm_wake(m, w, scm_worker_mono(w) + 500);
	scm_wake(m, w, scm_worker_mono(w) + 300);
	scm_wake(m, w, scm_worker_mono(w) + 900);
	elem_begin(&said, TAG_PRESENCE);
	elem_add_user_id(&said, ATTR_USER, scm_session_user(s));
	elem_add_enum(&said, ATTR_SHOW,
	    (unsigned)elem_uint(e, ATTR_SHOW, 0));
	note("said %d\n", scm_session_say(s, &said.e));
}

static const struct sc_heard_def probe_heard[] = {
    {"typing", TAG_TYPING, false, hear_typing},
    {"presence", TAG_PRESENCE, true, hear_presence},
    {"show", TAG_PRESENCE, false, hear_show},
    {0},
};

static const struct sc_live_def probe_on_workers = {
	.heard = probe_heard,
	.worker_size = sizeof(struct on_worker),
	.session_size = sizeof(struct on_session),
	.start = probe_start,
	.stop = probe_stop,
	.session_live = probe_live,
	.session_ended = probe_ended,
	.forget = probe_forget,
	.tick = probe_tick,
	.told = probe_told,
};

/* A transaction tells the workers. */
static int
run_block(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	(void)r;
	return scm_tell_all(m, tx, slice_str("durable"));
}

static const struct sc_verb_def probe_verbs[] = {
    {"block", TAG_BLOCK, SC_VERB_WRITE, run_block, 0},
    {0},
};

static const struct sc_module_def probe = {
	.abi = SC_MODULE_ABI,
	.name = "probe",
	.summary = "for this test",
	.verbs = probe_verbs,
	.live = &probe_on_workers,
};

/* Without memory with the sessions, and before the other one. */
static const struct sc_live_def small_on_workers = {.session_size = 1};
static const struct sc_module_def small = {
	.abi = SC_MODULE_ABI,
	.name = "small",
	.summary = "for this test",
	.live = &small_on_workers,
};

/* ---- the world ---- */

struct world {
	struct kit *kit;
	struct kit_conn alice, bob;
	uint8_t token[2][DEVICE_TOKEN_SIZE];
};

static void
module_switch(struct world *w, bool on)
{
	server_module_set(w->kit->server, &probe, on);
	worker_follow_modules(w->kit->worker);
	kit_run(w->kit);
}

static int
setup(void **state)
{
	static const struct sc_module_def *const modules[] = {&small, &probe,
	    NULL};
	struct world *w = calloc(1, sizeof(*w));

	happened[0] = '\0';
	w->kit = kit_create_with(NULL, modules);
	assert_string_equal(taken(), "start 0\n");
	kit_token(w->kit, kit_user(w->kit, "alice"), "phone", w->token[0]);
	kit_token(w->kit, kit_user(w->kit, "bob"), "phone", w->token[1]);
	kit_connect(w->kit, &w->alice);
	kit_connect(w->kit, &w->bob);
	kit_login(&w->alice, "alice", 1, w->token[0]);
	kit_login(&w->bob, "bob", 1, w->token[1]);
	kit_send(&w->alice, "<message chat=\"bob\" n=\"1\"><body>hi</body>"
	    "</message>");
	(void)kit_received(&w->alice);
	(void)kit_received(&w->bob);
	assert_string_equal(taken(), "live 1: 1\nlive 2: 2\n");
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	kit_disconnect(&w->alice);
	kit_disconnect(&w->bob);
	kit_destroy(w->kit);
	free(w);
	return 0;
}

/* ---- tests ---- */

static void
test_hooks_of_sessions(void **state)
{
	struct world *w = *state;
	struct kit_conn more;

	/* what has not logged in is nobody's */
	kit_connect(w->kit, &more);
	kit_disconnect(&more);
	assert_string_equal(taken(), "");
	kit_enter(w->kit, &more, "bob", 1, w->token[1]);
	/* the newer session of a device ends the older one */
	assert_string_equal(taken(), "live 2: 3\nended 2: 2\n");
	kit_disconnect(&more);
	assert_string_equal(taken(), "ended 2: 1\n");
}

static void
test_what_is_heard_is_not_answered(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, "<presence show=\"away\"/>");
	assert_string_equal(taken(), "said 1\n");
	assert_string_equal(kit_received(&w->alice),
	    "<presence user=\"~1\" show=\"away\"/>\n");
	/* with a counter, or an id that nobody asks for, it is a request */
	kit_send(&w->alice, "<typing id=\"4\" chat=\"2\" activity=\"paused\"/>");
	assert_non_null(strstr(kit_received(&w->alice),
	    "<error id=\"4\" code=\"not-acceptable\""));
	assert_string_equal(taken(), "");
}

static void
test_time(void **state)
{
	struct world *w = *state;
	char want[100];

	snprintf(want, sizeof(want), "said 1\ntick %lld\n",
	    (long long)w->kit->mono + 300);
	kit_send(&w->alice, "<presence show=\"away\"/>");
	kit_sleep(w->kit, 2000);
	assert_string_equal(taken(), want);
}

static void
test_a_job_is_looked_up_and_signalled(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, "<typing chat=\"2\" activity=\"composing\"/>");
	assert_string_equal(taken(), "typing 1\njob of 1 with 8: -1\ndone 0 \n");
	assert_string_equal(kit_received(&w->bob),
	    "<typing chat=\"2\" activity=\"recording\"/>\n");
	assert_string_equal(kit_received(&w->alice), "");
	kit_send(&w->bob, "<typing chat=\"9\" activity=\"composing\"/>");
	assert_string_equal(taken(),
	    "typing 1\njob of 2 with 8: -4\ndone -4 \n");
}

/* What is not kept waits for nobody: neither for a sync nor for a reader. */
static void
test_there_must_be_room(void **state)
{
	struct world *w = *state;
	struct kit_conn more;
	char text[4000] = "";
	struct worker_stats stats;

	kit_connect(w->kit, &more);
	kit_hello(&more);
	kit_auth(&more, "bob", 1, w->token[1]);
	(void)kit_received(&more);
	kit_send(&w->alice, "<typing chat=\"2\" activity=\"composing\"/>");
	assert_string_equal(kit_received(&more), "");
	kit_send(&more, "<sync account=\"0\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>");
	(void)kit_received(&more);
	kit_send(&w->alice, "<typing chat=\"2\" activity=\"composing\"/>");
	assert_non_null(strstr(kit_received(&more), "<typing "));
	/* it takes nothing for a while: ids are told back to it */
	more.stuck = true;
	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 9; i++) {
		char xml[4200];

		snprintf(xml, sizeof(xml), "<message chat=\"bob\" n=\"%d\">"
		    "<body>%s</body></message>", i + 2, text);
		kit_send(&w->alice, xml);
	}
	worker_stats(w->kit->worker, &stats);
	kit_send(&w->alice, "<typing chat=\"2\" activity=\"composing\"/>");
	more.stuck = false;
	worker_writable(more.session);
	kit_run(w->kit);
	assert_null(strstr(kit_received(&more), "<typing "));
	uint64_t before = stats.signals_dropped;
	worker_stats(w->kit->worker, &stats);
	assert_int_equal(stats.signals_dropped, before + 1);
	kit_disconnect(&more);
}

static void
test_a_question_is_answered_once(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, "<presence id=\"5\" user=\"bob\"/>");
	assert_string_equal(taken(), "told question\n");
	assert_string_equal(kit_received(&w->alice),
	    "<result id=\"5\"><presence show=\"away\"/></result>\n");
	/* 64 may be open */
	for (int i = 0; i < 64; i++)
		kit_send(&w->alice, "<presence id=\"6\"/>");
	assert_string_equal(kit_received(&w->alice), "");
	kit_send(&w->alice, "<presence id=\"7\"/>");
	assert_non_null(strstr(kit_received(&w->alice),
	    "<error id=\"7\" code=\"rate-limited\""));
}

static void
test_a_transaction_tells_workers(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, "<block id=\"3\"/>");
	assert_string_equal(taken(), "told durable\n");
	assert_string_equal(kit_received(&w->alice), "<result id=\"3\"/>\n");
}

static void
test_switching_off_and_on(void **state)
{
	struct world *w = *state;
	unsigned n = 0;
	const char *got;

	kit_send(&w->alice, "<presence id=\"6\"/>\n<presence id=\"7\"/>");
	module_switch(w, false);
	/* open questions are answered; memory is given back without an end */
	assert_string_equal(taken(), "stop 2\n");
	got = kit_received(&w->alice);
	for (; (got = strstr(got, "code=\"unavailable\"")) != NULL; got++)
		n++;
	assert_int_equal(n, 2);
	kit_send(&w->alice, "<presence id=\"8\" user=\"bob\"/>\n"
	    "<presence show=\"away\"/>");
	assert_non_null(strstr(kit_received(&w->alice),
	    "<error id=\"8\" code=\"unavailable\""));
	kit_disconnect(&w->bob);
	assert_string_equal(taken(), "");

	module_switch(w, true);
	assert_string_equal(taken(), "start 0\nlive 1: 1\n");
	kit_send(&w->alice, "<presence id=\"9\" user=\"bob\"/>");
	assert_non_null(strstr(kit_received(&w->alice), "<result id=\"9\">"));
	assert_string_equal(taken(), "told question\n");
}

/* The worker hears of it late: a message of the life before is not told. */
static void
test_a_message_of_an_earlier_life(void **state)
{
	struct world *w = *state;
	struct buf out;
	struct elem_buf e;
	static const struct stanza_ctx ctx = {.base_time = 0};

	elem_begin(&e, TAG_PRESENCE);
	elem_add_uint(&e, ATTR_ID, 5);
	elem_add_user(&e, ATTR_USER, &(struct user_ref){.id = 2});
	buf_init(&out, 0);
	assert_int_equal(stanza_put(&ctx, &e.e, &out), 0);
	(void)worker_input(w->alice.session, buf_slice(&out));
	buf_fini(&out);
	server_module_set(w->kit->server, &probe, false);
	server_module_set(w->kit->server, &probe, true);
	kit_run(w->kit);
	/* the message made it go along */
	assert_string_equal(taken(),
	    "stop 2\nstart 0\nlive 2: 1\nlive 1: 2\n");
	assert_non_null(strstr(kit_received(&w->alice),
	    "<error id=\"5\" code=\"unavailable\""));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_hooks_of_sessions),
	    TEST(test_what_is_heard_is_not_answered),
	    TEST(test_time),
	    TEST(test_a_job_is_looked_up_and_signalled),
	    TEST(test_there_must_be_room),
	    TEST(test_a_question_is_answered_once),
	    TEST(test_a_transaction_tells_workers),
	    TEST(test_switching_off_and_on),
	    TEST(test_a_message_of_an_earlier_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

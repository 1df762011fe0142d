/* SPDX-License-Identifier: ISC */
/*
 * The client engine without memory: every allocation of a session fails once,
 * and nothing may be lost, told twice or leaked for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/frame.h"
#include "protocol/xmltext.h"
#include "src/client/scram.h"
#include "tests/unit/client_kit.h"

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);

/* Counts down while armed; the allocation that reaches 0 fails. */
static bool armed;
static long left;

static bool
fails(void)
{
	return armed && --left == 0;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t count, size_t n)
{
	return fails() ? NULL : __real_calloc(count, n);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

/* ---- a session, as bytes that were made before ---- */

enum { STEPS_MAX = 16 };

struct session {
	struct buf steps[STEPS_MAX];
	size_t count;
};

static const char *const script[] = {
    "<hello version=\"1\" epoch=\"" KIT_EPOCH "\"/>",
    KIT_SUCCESS("0", " token=\"dG9rZW4\""),
    KIT_INTRODUCES("1", "2", "bob"),
    KIT_SAYS("2", "1", "", "one"),
    "<skip chat=\"2\" first=\"2\" last=\"3\" reason=\"pruned\"/>",
    KIT_SYNCED("5"),
    KIT_SAYS("2", "4", "", "four"),
    "<message chat=\"2\" seq=\"5\" time=\"" KIT_TIME "\" from=\"~1\">"
    "<body>of another device</body></message>",
    "<receipt chat=\"2\" read=\"5\" time=\"" KIT_TIME "\"/>",
    "<message chat=\"1\" seq=\"2\" time=\"" KIT_TIME "\"><device "
    "device=\"9\" name=\"tablet\" action=\"add\"/></message>",
    "<page id=\"1\" chat=\"2\"><message seq=\"4\" time=\"" KIT_TIME
    "\" from=\"~2\"><body>four</body></message></page>",
    "<result id=\"1\"/>",
    "<ping waiting=\"0\"/>",
};

static void
session_make(struct session *s, struct kit *k)
{
	struct stanza_ctx ctx = {0};

	s->count = sizeof(script) / sizeof(script[0]);
	for (size_t i = 0; i < s->count; i++) {
		struct elem e;
		char why[100];

		buf_init(&s->steps[i], 0);
		assert_int_equal(xmltext_parse(NULL, slice_str(script[i]),
		    &k->arena, &e, why, sizeof(why)), 0);
		assert_int_equal(stanza_put(&ctx, &e, &s->steps[i]), 0);
		if (e.tag == TAG_SUCCESS)
			ctx.base_time = elem_int(&e, ATTR_TIME, 0);
	}
}

/* What the application has seen; no allocation of its own. */
struct seen {
	uint64_t next;		/* of chat 2 */
	unsigned sent, chats;
};

static int
on_event(void *arg, const struct sc_event *e)
{
	struct seen *s = arg;

	if (e->type == SC_EVENT_MESSAGE && e->chat == 2) {
		assert_int_equal(e->seq, s->next);
		s->next++;
	} else if (e->type == SC_EVENT_SKIP) {
		assert_int_equal(e->first, s->next);
		s->next = e->last + 1;
	} else if (e->type == SC_EVENT_SENT) {
		s->sent++;
	} else if (e->type == SC_EVENT_CHAT) {
		s->chats++;
	}
	return 0;
}

/* One connection: as much of the script as succeeds. */
static int
run_session(struct sc_client *c, const struct session *s, uint64_t *sent)
{
	const void *p;
	uint64_t id;
	size_t n;
	int rc;

	rc = sc_client_history(c, "bob", NULL, &id);
	sc_client_connected(c, 1000);
	for (size_t i = 0; rc == 0 && i < s->count; i++) {
		while ((n = sc_client_output(c, &p)) > 0)
			sc_client_written(c, n);
		rc = sc_client_input(c, s->steps[i].p + s->steps[i].off,
		    s->steps[i].len, 1000);
	}
	if (rc == 0 && *sent == 0)
		rc = sc_client_send(c, "bob", "hello", 5, sent);
	if (rc == 0)
		rc = sc_client_read(c, 2, 4);
	if (rc == 0)
		sc_client_resume(c, 1000);
	if (rc == 0)
		rc = sc_client_tick(c, 2000);
	while ((n = sc_client_output(c, &p)) > 0)
		sc_client_written(c, n);
	if (rc == 0)
		rc = sc_client_tick(c, 2000);
	sc_client_closed(c, 3000);
	return rc;
}

/* The Nth allocation fails; whether there were so many. */
static bool
run_with_failure(struct kit *k, const struct session *s, long nth)
{
	struct seen seen = {.next = 1};
	struct sc_client *c = NULL;
	uint64_t sent = 0;
	char why[100];
	bool reached;

	kit_state_cut(&k->state, 0);
	k->conf.event = on_event;
	k->conf.event_arg = &seen;
	k->conf.plain = false;
	/* the state's own memory is not what is tested */
	armed = true;
	left = nth;
	if (sc_client_create(&k->conf, &c, why, sizeof(why)) != 0) {
		assert_null(c);
		armed = false;
		assert_int_equal(sc_client_create(&k->conf, &c, why,
		    sizeof(why)), 0);
		armed = left > 0;
	}
	for (int i = 0; i < 3 && (run_session(c, s, &sent) != 0 ||
	    seen.next != 6); i++)
		;
	reached = left <= 0;
	armed = false;
	/* one failure costs one connection at most */
	assert_int_equal(run_session(c, s, &sent), 0);
	assert_int_equal(seen.next, 6);
	assert_int_equal(seen.chats, 1);
	assert_int_equal(seen.sent, 0);
	assert_int_equal(sent, 1);
	assert_int_equal(sc_client_pending(c), 1);
	assert_int_equal(sc_client_cursor(c, 2), 5);
	sc_client_destroy(c);
	/* and the state knows the same */
	assert_int_equal(sc_client_create(&k->conf, &c, why, sizeof(why)), 0);
	assert_int_equal(sc_client_pending(c), 1);
	assert_int_equal(sc_client_cursor(c, 2), 5);
	sc_client_destroy(c);
	return reached;
}

static void
test_every_allocation_may_fail(void **state)
{
	struct session s;
	struct kit k;
	long nth = 1;

	(void)state;
	kit_init(&k, "secret");
	k.state.no_alloc_failure = &armed;
	session_make(&s, &k);
	while (run_with_failure(&k, &s, nth))
		nth++;
	assert_true(nth > 40);
	for (size_t i = 0; i < s.count; i++)
		buf_fini(&s.steps[i]);
	kit_fini(&k);
}

/* ---- a login by SCRAM, the one that RFC 7677 shows ---- */

static int
scram_login(void)
{
	struct scram *c = NULL;
	struct buf first, final;
	int rc;

	buf_init(&first, 0);
	buf_init(&final, 0);
	rc = scram_create("user", "pencil", SCRAM_BIND_NO, slice_of(NULL, 0),
	    "rOprNGfwEbeRWgbNEkqO", &c);
	if (rc == 0) {
		scram_first(c, &first);
		rc = buf_failed(&first) ? SC_CODE_NO_MEMORY : 0;
	}
	if (rc == 0)
		rc = scram_answer(c, slice_str("r=rOprNGfwEbeRWgbNEkqO%hvYDpWU"
		    "a2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,"
		    "i=4096"), &final);
	if (rc == 0)
		rc = scram_verify(c, slice_str("v=6rriTRBi23WpRR/wtup+mMhUZUn"
		    "/dB5nLTJRsjl95G4="));
	scram_destroy(c);
	buf_wipe(&first);
	buf_wipe(&final);
	return rc;
}

static void
test_scram_says_so(void **state)
{
	int rc = SC_CODE_NO_MEMORY;

	(void)state;
	for (long n = 1; rc != 0; n++) {
		armed = true;
		left = n;
		rc = scram_login();
		armed = false;
		assert_true(rc == 0 || rc == SC_CODE_NO_MEMORY);
		assert_true(n > 4 || rc != 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_allocation_may_fail),
	    cmocka_unit_test(test_scram_says_so),
	};

	return cmocka_run_group_tests_name("client memory", tests, NULL,
	    NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * R12: an entry that its device does not survive is skipped after three tries,
 * and nothing else is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/device.h"
#include "src/chat/suspect.h"
#include "src/server/job.h"
#include "tests/unit/server_kit.h"

enum { MESSAGES = 40, DEADLY = 20 };

/* bob's client keeps what it has got, and dies of some entries. */
struct world {
	struct kit *k;
	struct kit_conn alice, bob;
	uint8_t alice_token[DEVICE_TOKEN_SIZE], bob_token[DEVICE_TOKEN_SIZE];
	unsigned long account, chat;	/* his cursors */
	bool got[MESSAGES + 1];
	unsigned given;		/* how often the deadly one was */
	unsigned skipped;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char xml[128];

	w->k = kit_create(NULL);
	assert_int_equal(kit_user(w->k, "alice"), 1);
	assert_int_equal(kit_user(w->k, "bob"), 2);
	kit_token(w->k, 1, "phone", w->alice_token);
	kit_token(w->k, 2, "phone", w->bob_token);
	kit_enter(w->k, &w->alice, "alice", 1, w->alice_token);
	for (int i = 1; i <= MESSAGES; i++) {
		(void)snprintf(xml, sizeof(xml), "<message chat=\"bob\" n=\"%d\">"
		    "<body>m%d</body></message>", i, i);
		kit_send(&w->alice, xml);
	}
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	kit_disconnect(&w->alice);
	kit_disconnect(&w->bob);
	kit_destroy(w->k);
	free(w);
	return 0;
}

static void
state_cursors(struct world *w)
{
	char xml[256];

	if (w->chat == 0)
		(void)snprintf(xml, sizeof(xml), "<cursors final=\"true\"/>");
	else
		(void)snprintf(xml, sizeof(xml), "<cursors final=\"true\">"
		    "<cursor chat=\"2\" seq=\"%lu\"/></cursors>", w->chat);
	kit_send(&w->bob, xml);
}

static void
acknowledge(struct world *w, unsigned chat, unsigned long seq)
{
	char xml[64];

	*(chat == 1 ? &w->account : &w->chat) = seq;
	(void)snprintf(xml, sizeof(xml), "<ack chat=\"%u\" seq=\"%lu\"/>", chat,
	    seq);
	kit_send(&w->bob, xml);
}

/* Takes one stanza; false: he did not survive it. */
static bool
take(struct world *w, const char *line)
{
	unsigned long seq, last;
	unsigned chat;

	if (sscanf(line, "<skip chat=\"%u\" first=\"%lu\" last=\"%lu\"", &chat,
		&seq, &last) == 3) {
		assert_non_null(strstr(line, "reason=\"undeliverable\""));
		assert_int_equal(seq, DEADLY);
		assert_int_equal(last, DEADLY);
		w->skipped++;
		acknowledge(w, chat, last);
	} else if (sscanf(line, "<message chat=\"%u\" seq=\"%lu\"", &chat,
		       &seq) == 2) {
		if (chat == 2) {
			assert_in_range(seq, 1, MESSAGES);
			w->given += seq == DEADLY;
			if (seq == DEADLY)
				return false;
			w->got[seq] = true;
		}
		acknowledge(w, chat, seq);
	}
	return true;
}

/* One life of his client: from login until it dies or has all. */
static bool
live(struct world *w)
{
	bool alive = true;
	char xml[128];

	kit_connect(w->k, &w->bob);
	kit_hello(&w->bob);
	kit_auth(&w->bob, "bob", 1, w->bob_token);
	(void)snprintf(xml, sizeof(xml),
	    "<sync account=\"%lu\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>",
	    w->account);
	kit_send(&w->bob, xml);
	while (alive) {
		char *got = strdup(kit_received(&w->bob)), *rest = got, *line;

		if (*got == '\0') {
			free(got);
			return true;
		}
		while (alive && (line = strsep(&rest, "\n")) != NULL)
			if (strcmp(line, "<sync/>") == 0)
				state_cursors(w);
			else
				alive = take(w, line);
		free(got);
	}
	return false;
}

static int
revoke(struct tx *tx, void *arg)
{
	(void)arg;
	return device_revoke(tx, 2, 1);
}

static int
ask(struct tx *tx, void *arg)
{
	return suspect_get(tx, 2, 1, arg);
}

static void
asked(void *arg, int rc)
{
	(void)arg;
	assert_int_equal(rc, 0);
}

/* What the server has noted of his device. */
static struct suspect
noted(struct world *w)
{
	struct suspect s;

	kit_job(w->k, job_create_call(server_domain(w->k->server), JOB_SCRIBE,
			  ask, asked, &s));
	return s;
}

static void
test_r12_skipped_after_three_tries(void **state)
{
	struct world *w = *state;
	unsigned lives = 1;

	while (!live(w)) {
		kit_die(&w->bob);
		assert_in_range(++lives, 2, 10);
	}
	assert_int_equal(w->skipped, 1);
	assert_in_range(w->given, SUSPECT_TRIES, SUSPECT_TRIES + 3);
	for (unsigned i = 1; i <= MESSAGES; i++)
		assert_int_equal(w->got[i], i != DEADLY);
	/* nothing is suspected any more */
	assert_int_equal(noted(w).window, 0);
}

static void
test_r12_who_says_goodbye_is_not_suspected(void **state)
{
	struct world *w = *state;

	for (unsigned i = 1; i <= 12; i++) {
		assert_false(live(w));
		assert_int_equal(w->given, i);
		kit_send(&w->bob, "<bye why=\"shutdown\"/>");
		kit_die(&w->bob);
		assert_int_equal(noted(w).window, 0);
	}
}

/* Nobody has read what it said of what it had. */
static void
test_r12_who_is_held_is_not_suspected(void **state)
{
	struct world *w = *state;

	assert_false(live(w));
	while (!w->bob.held)
		kit_send(&w->bob, "<ping/>");
	kit_send(&w->bob, "<ack chat=\"2\" seq=\"1\"/>");
	kit_die(&w->bob);
	assert_int_equal(noted(w).window, 0);
}

static void
test_r12_what_was_not_delivered_was_no_try(void **state)
{
	struct world *w = *state;

	for (unsigned i = 1; i <= 12; i++) {
		assert_false(live(w));
		assert_int_equal(w->given, i);
		kit_disconnect(&w->bob);
		assert_int_equal(noted(w).window, 0);
	}
}

static void
test_r12_silence_is_a_try(void **state)
{
	struct world *w = *state;

	for (unsigned lives = 0; !live(w); lives++) {
		kit_sleep(w->k, 10000);	/* it hangs */
		kit_sleep(w->k, 10000);
		assert_true(w->bob.closed);
		kit_die(&w->bob);
		assert_in_range(lives, 0, 9);
	}
	assert_int_equal(w->skipped, 1);
}

/* Who takes his time is not dying, whatever comes later. */
static void
test_r12_who_answers_is_not_suspected(void **state)
{
	struct world *w = *state;

	for (unsigned i = 1; i <= 12; i++) {
		assert_false(live(w));
		assert_int_equal(w->given, i);
		kit_sleep(w->k, 4100);
		assert_non_null(strstr(kit_received(&w->bob), "<ping"));
		kit_send(&w->bob, "<pong/>");
		kit_die(&w->bob);
		assert_int_equal(noted(w).window, 0);
	}
	/* nor if he has been before */
	for (unsigned i = 0; i < 3; i++) {
		assert_false(live(w));
		kit_die(&w->bob);
		assert_int_not_equal(noted(w).window, 0);
	}
	assert_false(live(w));
	kit_sleep(w->k, 4100);
	(void)kit_received(&w->bob);
	kit_send(&w->bob, "<pong/>");
	assert_non_null(strstr(kit_received(&w->bob), "<body>m30</body>"));
	assert_int_equal(noted(w).window, 0);
	assert_int_equal(w->skipped, 0);
}

static void
test_r12_goes_with_its_device(void **state)
{
	struct world *w = *state;

	assert_false(live(w));
	kit_die(&w->bob);
	assert_int_not_equal(noted(w).window, 0);
	kit_job(w->k, job_create_call(server_domain(w->k->server), JOB_SCRIBE,
			  revoke, asked, NULL));
	assert_int_equal(noted(w).window, 0);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_r12_skipped_after_three_tries),
	    TEST(test_r12_who_says_goodbye_is_not_suspected),
	    TEST(test_r12_who_is_held_is_not_suspected),
	    TEST(test_r12_what_was_not_delivered_was_no_try),
	    TEST(test_r12_silence_is_a_try),
	    TEST(test_r12_who_answers_is_not_suspected),
	    TEST(test_r12_goes_with_its_device),
	};

	return cmocka_run_group_tests_name("poison", tests, NULL, NULL);
}

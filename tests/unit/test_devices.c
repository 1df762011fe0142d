/* SPDX-License-Identifier: ISC */
/* The verb device, and what the account log says of devices. */
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
#include "src/chat/marks.h"
#include "src/common/err.h"
#include "src/server/account.h"
#include "src/server/job.h"
#include "src/server/module.h"
#include "tests/unit/server_kit.h"

extern const struct sc_module_def sc_module_devices;

#define NOW "2027-01-15T08:00:00.000Z"

/* alice with two devices, both online; and bob. */
struct world {
	struct kit *kit;
	struct kit_conn phone, laptop, bob;
	uint8_t token[2][DEVICE_TOKEN_SIZE], bob_token[DEVICE_TOKEN_SIZE];
	uint64_t alice;
	int rc;
	uint64_t seq, high;
	int (*fn)(struct tx *, struct world *);
};

static void
log_in(struct world *w, struct kit_conn *c, const char *user, uint32_t device,
    const uint8_t *token)
{
	kit_connect(w->kit, c);
	kit_login(c, user, device, token);
}

static int
setup(void **state)
{
	static const struct sc_module_def *const modules[] = {
	    &sc_module_devices, NULL};
	struct world *w = calloc(1, sizeof(*w));

	w->kit = kit_create_with(NULL, modules);
	w->alice = kit_user(w->kit, "alice");
	kit_token(w->kit, w->alice, "phone", w->token[0]);
	kit_token(w->kit, w->alice, "laptop", w->token[1]);
	kit_token(w->kit, kit_user(w->kit, "bob"), "phone", w->bob_token);
	log_in(w, &w->phone, "alice", 1, w->token[0]);
	log_in(w, &w->laptop, "alice", 2, w->token[1]);
	log_in(w, &w->bob, "bob", 1, w->bob_token);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	kit_disconnect(&w->phone);
	kit_disconnect(&w->laptop);
	kit_disconnect(&w->bob);
	kit_destroy(w->kit);
	free(w);
	return 0;
}

static int
run_fn(struct tx *tx, void *arg)
{
	struct world *w = arg;

	return w->fn(tx, w);
}

static void
fn_done(void *arg, int rc)
{
	((struct world *)arg)->rc = rc;
}

static int
call(struct world *w, int (*fn)(struct tx *, struct world *))
{
	w->fn = fn;
	kit_job(w->kit, job_create_call(server_domain(w->kit->server),
	    JOB_SCRIBE, run_fn, fn_done, w));
	return w->rc;
}

#define SAYS(CONN, XML, ANSWER) do {                                          \
	kit_send(CONN, XML);                                                  \
	assert_string_equal(kit_received(CONN), ANSWER);                      \
} while (0)

static void
test_list(void **state)
{
	struct world *w = *state;

	SAYS(&w->phone, "<device id=\"1\" action=\"list\"/>",
	    "<page id=\"1\">"
	    "<device device=\"1\" name=\"phone\" created=\"" NOW
	    "\" time=\"" NOW "\"/>"
	    "<device device=\"2\" name=\"laptop\" created=\"" NOW
	    "\" time=\"" NOW "\"/>"
	    "</page>\n<result id=\"1\"/>\n");
	/* the time is that of the last login */
	kit_sleep(w->kit, 1000);
	kit_disconnect(&w->bob);
	log_in(w, &w->bob, "alice", 2, w->token[1]);
	(void)kit_received(&w->phone);
	SAYS(&w->phone, "<device id=\"2\" action=\"list\"/>",
	    "<page id=\"2\">"
	    "<device device=\"1\" name=\"phone\" created=\"" NOW
	    "\" time=\"" NOW "\"/>"
	    "<device device=\"2\" name=\"laptop\" created=\"" NOW
	    "\" time=\"2027-01-15T08:00:01.000Z\"/>"
	    "</page>\n<result id=\"2\"/>\n");
}

static int
many_devices(struct tx *tx, struct world *w)
{
	uint8_t token[DEVICE_TOKEN_SIZE];
	int rc = 0;

	for (int i = 0; i < 900 && rc == 0; i++) {
		char name[DEVICE_NAME_MAX + 1];
		struct device d;
		const char *names;

		(void)snprintf(name, sizeof(name), "%064d", i);
		rc = device_login_password(tx, w->alice, slice_str(name), &d,
		    token, &names);
	}
	return rc;
}

static void
test_list_of_many(void **state)
{
	struct server_conf conf;
	struct world *w = *state;
	const char *got;
	unsigned n = 0, pages = 0;

	teardown(state);
	w = calloc(1, sizeof(*w));
	server_conf_init(&conf);
	conf.max_devices = 1000;
	w->kit = kit_create(&conf);
	w->alice = kit_user(w->kit, "alice");
	kit_token(w->kit, w->alice, "phone", w->token[0]);
	assert_int_equal(call(w, many_devices), 0);
	log_in(w, &w->phone, "alice", 1, w->token[0]);
	log_in(w, &w->laptop, "alice", 1, w->token[0]);
	kit_connect(w->kit, &w->bob);
	kit_send(&w->laptop, "<device id=\"3\" action=\"list\"/>");
	got = kit_received(&w->laptop);
	for (const char *p = got; (p = strstr(p, "<device ")) != NULL; p++)
		n++;
	for (const char *p = got; (p = strstr(p, "<page ")) != NULL; p++)
		pages++;
	assert_int_equal(n, 901);
	assert_true(pages > 1);
	assert_non_null(strstr(got, "</page>\n<result id=\"3\"/>\n"));
	*state = w;
}

/* The sessions end, the token is worthless, the others are told, and there is
 * room again. */
static void
test_revoke(void **state)
{
	struct world *w = *state;
	struct kit_conn again;

	SAYS(&w->phone, "<device n=\"1\" action=\"revoke\" device=\"2\"/>",
	    "<message chat=\"1\" seq=\"1\" time=\"" NOW "\"><device "
	    "device=\"2\" action=\"revoke\"/></message>\n<result n=\"1\"/>\n");
	assert_non_null(strstr(kit_received(&w->laptop),
	    "<bye why=\"revoked\" text=\"this device has been removed\"/>"));
	assert_true(w->laptop.closed);
	kit_connect(w->kit, &again);
	kit_hello(&again);
	kit_auth(&again, "alice", 2, w->token[1]);
	assert_non_null(strstr(kit_received(&again),
	    "<failure code=\"not-authorized\""));
	kit_disconnect(&again);
	/* the same again has the same answer, and does nothing */
	SAYS(&w->phone, "<device n=\"1\" action=\"revoke\" device=\"2\"/>",
	    "<result n=\"1\"/>\n");
	SAYS(&w->phone, "<device n=\"2\" action=\"revoke\" device=\"2\"/>",
	    "<error n=\"2\" code=\"not-found\" text=\"the account has no such "
	    "device: list them\"/>\n");
	SAYS(&w->phone, "<device n=\"3\" action=\"revoke\" device=\"0\"/>",
	    "<error n=\"3\" code=\"not-found\" text=\"the account has no such "
	    "device: list them\"/>\n");
	SAYS(&w->phone, "<device id=\"9\" action=\"list\"/>",
	    "<page id=\"9\"><device device=\"1\" name=\"phone\" created=\"" NOW
	    "\" time=\"" NOW "\"/></page>\n<result id=\"9\"/>\n");
}

static void
test_nobody_elses(void **state)
{
	struct world *w = *state;

	SAYS(&w->bob, "<device n=\"1\" action=\"revoke\" device=\"2\"/>",
	    "<error n=\"1\" code=\"not-found\" text=\"the account has no such "
	    "device: list them\"/>\n");
	SAYS(&w->bob, "<device n=\"2\" action=\"remove\" device=\"1\"/>",
	    "<error n=\"2\" code=\"not-acceptable\" text=\"a device can be "
	    "removed with a counter: action=&quot;revoke&quot;\"/>\n");
	SAYS(&w->bob, "<device id=\"1\" action=\"get\"/>",
	    "<error id=\"1\" code=\"not-acceptable\" text=\"devices can be "
	    "listed with an id: action=&quot;list&quot;\"/>\n");
	assert_false(w->laptop.closed);
}

static int
read_slots(struct tx *tx, struct world *w)
{
	return dedupe_high(tx, w->alice, 1, &w->high);
}

/* Logging out for good: the answer still comes, and leaves no slot behind. */
static void
test_a_device_removes_itself(void **state)
{
	struct world *w = *state;
	const char *got;

	kit_send(&w->phone, "<device n=\"1\" action=\"revoke\" device=\"1\"/>");
	got = kit_received(&w->phone);
	assert_non_null(strstr(got, "<result n=\"1\"/>\n<bye why=\"revoked\""));
	assert_true(w->phone.closed);
	assert_int_equal(call(w, read_slots), 0);
	assert_int_equal(w->high, 0);
	/* the other one learns it */
	assert_string_equal(kit_received(&w->laptop), "<message chat=\"1\" "
	    "seq=\"1\" time=\"" NOW "\"><device device=\"1\" "
	    "action=\"revoke\"/></message>\n");
}

static int
mark_sum(void *arg, uint64_t number, const struct chat_id *id, uint64_t seq)
{
	(void)number;
	(void)id;
	((struct world *)arg)->seq += seq;
	return 0;
}

static int
read_marks(struct tx *tx, struct world *w)
{
	w->seq = 0;
	return marks_device(tx, w->alice, 2, mark_sum, w);
}

static int
read_member(struct tx *tx, struct world *w)
{
	struct chat_id id;
	struct member m;
	int rc = chat_by_number(tx, w->alice, 2, &id);

	if (rc == 0)
		rc = member_get(tx, &id, w->alice, &m);
	w->seq = m.delivered;
	return rc;
}

/* What the removed device has received its user still has (R10), and marks
 * that were on the way do not bring rows of it back. */
static void
test_r10_marks_of_a_revoked_device(void **state)
{
	struct world *w = *state;

	kit_send(&w->bob, "<message chat=\"alice\" n=\"1\"><body>hi</body>"
	    "</message>\n<message chat=\"alice\" n=\"2\"><body>ho</body>"
	    "</message>");
	kit_send(&w->laptop, "<ack chat=\"2\" seq=\"1\"/>");
	kit_sleep(w->kit, 100);
	assert_int_equal(call(w, read_marks), 0);
	assert_int_equal(w->seq, 1);
	kit_send(&w->laptop, "<ack chat=\"2\" seq=\"2\"/>");
	kit_send(&w->phone, "<device n=\"1\" action=\"revoke\" device=\"2\"/>");
	kit_sleep(w->kit, 100);
	assert_int_equal(call(w, read_marks), 0);
	assert_int_equal(w->seq, 0);
	assert_int_equal(call(w, read_member), 0);
	assert_int_equal(w->seq, 1);
}

static int
operator_revokes(struct tx *tx, struct world *w)
{
	return account_device_revoke(tx, w->alice, 2);
}

static int
first_login(struct tx *tx, struct world *w)
{
	uint8_t token[DEVICE_TOKEN_SIZE];
	struct device d;
	const char *names;
	int rc = device_login_password(tx, w->alice, slice_str("tablet"), &d,
	    token, &names);

	return rc != 0 ? rc : account_device_added(tx, &d);
}

static void
test_r18_the_account_log_tells_all_devices(void **state)
{
	static const char added[] = "<message chat=\"1\" seq=\"1\" time=\"" NOW
	    "\"><device device=\"3\" name=\"tablet\" action=\"add\"/>"
	    "</message>\n";
	struct world *w = *state;

	assert_int_equal(call(w, first_login), 0);
	assert_string_equal(kit_received(&w->phone), added);
	assert_string_equal(kit_received(&w->laptop), added);
	assert_string_equal(kit_received(&w->bob), "");
	assert_int_equal(call(w, operator_revokes), 0);
	assert_non_null(strstr(kit_received(&w->laptop),
	    "<bye why=\"revoked\""));
	assert_string_equal(kit_received(&w->phone), "<message chat=\"1\" "
	    "seq=\"2\" time=\"" NOW "\"><device device=\"2\" "
	    "action=\"revoke\"/></message>\n");
	assert_int_equal(call(w, operator_revokes), SC_ENOTFOUND);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_list),
	    TEST(test_list_of_many),
	    TEST(test_revoke),
	    TEST(test_nobody_elses),
	    TEST(test_a_device_removes_itself),
	    TEST(test_r10_marks_of_a_revoked_device),
	    TEST(test_r18_the_account_log_tells_all_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

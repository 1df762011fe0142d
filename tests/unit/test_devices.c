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
	uint64_t seq, high;
};

static int
setup(void **state)
{
	static const struct sc_module_def *const modules[] = {
	    &sc_module_devices, NULL};
	struct world *w = calloc(1, sizeof(*w));

	w->kit = kit_create_with(NULL, modules);
	w->alice = kit_arrive(w->kit, &w->phone, "alice", w->token[0]);
	kit_token(w->kit, w->alice, "laptop", w->token[1]);
	kit_enter(w->kit, &w->laptop, "alice", 2, w->token[1]);
	(void)kit_arrive(w->kit, &w->bob, "bob", w->bob_token);
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
	kit_enter(w->kit, &w->bob, "alice", 2, w->token[1]);
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
		rc = device_login_password(tx, w->alice, slice_str(name), 0, &d,
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
	CALL(w, many_devices);
	kit_enter(w->kit, &w->phone, "alice", 1, w->token[0]);
	kit_enter(w->kit, &w->laptop, "alice", 1, w->token[0]);
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
	    "<error n=\"2\" code=\"not-acceptable\" text=\"with a "
	    "counter a device can be removed, action=&quot;revoke&quot;, or "
	    "renamed, action=&quot;set&quot;\"/>\n");
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
	CALL(w, read_slots);
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
	CALL(w, read_marks);
	assert_int_equal(w->seq, 1);
	kit_send(&w->laptop, "<ack chat=\"2\" seq=\"2\"/>");
	kit_send(&w->phone, "<device n=\"1\" action=\"revoke\" device=\"2\"/>");
	kit_sleep(w->kit, 100);
	CALL(w, read_marks);
	assert_int_equal(w->seq, 0);
	CALL(w, read_member);
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
	int rc = device_login_password(tx, w->alice, slice_str("tablet"), 0, &d,
	    token, &names);

	return rc != 0 ? rc : account_device_added(tx, &d, false);
}

static void
test_r18_the_account_log_tells_all_devices(void **state)
{
	static const char added[] = "<message chat=\"1\" seq=\"1\" time=\"" NOW
	    "\"><device device=\"3\" name=\"tablet\" action=\"add\"/>"
	    "</message>\n";
	struct world *w = *state;

	CALL(w, first_login);
	assert_string_equal(kit_received(&w->phone), added);
	assert_string_equal(kit_received(&w->laptop), added);
	assert_string_equal(kit_received(&w->bob), "");
	CALL(w, operator_revokes);
	assert_non_null(strstr(kit_received(&w->laptop),
	    "<bye why=\"revoked\""));
	assert_string_equal(kit_received(&w->phone), "<message chat=\"1\" "
	    "seq=\"2\" time=\"" NOW "\"><device device=\"2\" "
	    "action=\"revoke\"/></message>\n");
	assert_int_equal(kit_call(w->kit, operator_revokes, w), SC_ENOTFOUND);
}

static void
test_rename(void **state)
{
	static const char taken[] = "<error n=\"2\" code=\"not-acceptable\" "
	    "text=\"another device of the account has this name\"/>\n";
	struct world *w = *state;

	kit_send(&w->phone, "<device n=\"1\" action=\"set\" device=\"2\" "
	    "name=\"desk\"/>");
	assert_non_null(strstr(kit_received(&w->phone), "<result n=\"1\"/>"));
	assert_string_equal(kit_received(&w->laptop), "<message chat=\"1\" "
	    "seq=\"1\" time=\"" NOW "\"><device device=\"2\" "
	    "name=\"desk\" action=\"set\"/></message>\n");
	SAYS(&w->phone, "<device n=\"2\" action=\"set\" device=\"1\" "
	    "name=\"desk\"/>", taken);
	SAYS(&w->phone, "<device n=\"3\" action=\"set\" device=\"7\" "
	    "name=\"x\"/>", "<error n=\"3\" code=\"not-found\" "
	    "text=\"the account has no such device: list them\"/>\n");
	SAYS(&w->phone, "<device n=\"4\" action=\"set\" device=\"2\"/>",
	    "<error n=\"4\" code=\"bad-request\" "
	    "text=\"the name of a device has 1 to 64 bytes\"/>\n");
	SAYS(&w->bob, "<device n=\"1\" action=\"set\" device=\"2\" "
	    "name=\"x\"/>", "<error n=\"1\" code=\"not-found\" "
	    "text=\"the account has no such device: list them\"/>\n");
	/* its own name again, and its token is as good as before */
	kit_send(&w->phone, "<device n=\"5\" action=\"set\" device=\"2\" "
	    "name=\"desk\"/>");
	assert_non_null(strstr(kit_received(&w->phone), "<result n=\"5\"/>"));
	kit_disconnect(&w->laptop);
	kit_enter(w->kit, &w->laptop, "alice", 2, w->token[1]);
	assert_false(w->laptop.closed);
}

/* ---- codes ---- */

/* The executor finds every code good: the transaction must not. */
static void
any_code(struct kit *k, struct auth_request *r)
{
	(void)k;
	r->id = 1;
	r->rc = 0;
}

/* Asks for a code; the attribute token of the answer. */
static const char *
make_code(struct kit_conn *c, char code[64])
{
	const char *p;

	kit_send(c, "<link id=\"1\"/>");
	p = strstr(kit_received(c), "<link token=\"");
	assert_non_null(p);
	assert_int_equal(sscanf(p, "<link token=\"%63[^\"]", code), 1);
	return code;
}

/* A new connection logs in with a code; what it is told. */
static const char *
use_code(struct world *w, const char *user, const char *name,
    const char *code)
{
	static struct kit_conn c;
	static char got[4000];
	char xml[300];

	w->kit->authenticate = any_code;
	kit_connect(w->kit, &c);
	kit_hello(&c);
	(void)kit_received(&c);
	(void)snprintf(xml, sizeof(xml), "<auth mechanism=\"link\"%s%s%s "
	    "name=\"%s\" data=\"%s\"/>", *user == '\0' ? "" : " user=\"",
	    user, *user == '\0' ? "" : "\"", name, code);
	kit_send(&c, xml);
	(void)snprintf(got, sizeof(got), "%s", kit_received(&c));
	kit_disconnect(&c);
	return got;
}

static void
test_a_code_lets_a_device_in_once(void **state)
{
	static const char added[] = "<message chat=\"1\" seq=\"1\" time=\"" NOW
	    "\"><device device=\"3\" name=\"tablet\" action=\"add\" "
	    "mechanism=\"link\"/></message>\n";
	struct world *w = *state;
	char code[64];
	const char *got;

	kit_send(&w->phone, "<link id=\"1\"/>");
	got = kit_received(&w->phone);
	assert_non_null(strstr(got,
	    " expires=\"2027-01-15T08:02:00.000Z\"/></result>"));
	got = use_code(w, "", "tablet", make_code(&w->phone, code));
	assert_non_null(strstr(got, "<success user=\"~1\" device=\"3\" "
	    "high=\"0\""));
	assert_non_null(strstr(got, " token=\""));
	assert_string_equal(kit_received(&w->phone), added);
	assert_string_equal(kit_received(&w->laptop), added);
	got = use_code(w, "", "tablet", code);
	assert_non_null(strstr(got, "<failure code=\"not-authorized\""));
	assert_string_equal(kit_received(&w->phone), "");
}

static void
test_codes_that_are_not_good(void **state)
{
	struct world *w = *state;
	char code[64], other[64], third[64], fourth[64];

#define NOT_GOOD(USER, CODE) assert_non_null(strstr(use_code(w, USER, "x",    \
	    CODE), "<failure code=\"not-authorized\""))
	NOT_GOOD("", "");
	NOT_GOOD("", "AAAA");
	NOT_GOOD("", "AAAAAAAAAAAAAAAAAAAAAAAAAAA");
	make_code(&w->phone, code);
	/* of somebody else, or of nobody */
	NOT_GOOD("bob", code);
	NOT_GOOD("eve", code);
	/* a bit that is wrong: in the secret, in the id */
	memcpy(other, code, sizeof(other));
	other[20] = other[20] == 'A' ? 'B' : 'A';
	NOT_GOOD("alice", other);
	memcpy(other, code, sizeof(other));
	other[0] = other[0] == 'A' ? 'B' : 'A';
	NOT_GOOD("alice", other);
	/* a device has a name */
	assert_non_null(strstr(use_code(w, "alice", "", code),
	    "<failure code=\"bad-request\""));
	/* no more than three: the oldest ends */
	make_code(&w->phone, other);
	make_code(&w->laptop, third);
	make_code(&w->phone, fourth);
	NOT_GOOD("alice", code);
	assert_non_null(strstr(use_code(w, "alice", "x", fourth), "<success"));
	/* and none after its time */
	kit_sleep(w->kit, 119999);
	assert_non_null(strstr(use_code(w, "alice", "x", third), "<success"));
	kit_sleep(w->kit, 1);
	NOT_GOOD("alice", other);
}

/* One that cannot be used now can be used later. */
static void
test_a_code_for_an_account_that_is_full(void **state)
{
	struct world *w = *state;
	char code[64];

	make_code(&w->phone, code);
	assert_non_null(strstr(use_code(w, "", "tablet", code), "<success"));
	make_code(&w->phone, code);
	assert_non_null(strstr(use_code(w, "", "watch", code), "<failure "
	    "code=\"resource-constraint\" text=\"the account has its full "
	    "number of devices (phone, laptop, tablet)"));
	(void)kit_received(&w->phone);
	kit_send(&w->phone, "<device n=\"1\" action=\"revoke\" device=\"2\"/>");
	(void)kit_received(&w->phone);
	assert_non_null(strstr(use_code(w, "", "watch", code), "<success"));
}

static int
remove_alice(struct tx *tx, struct world *w)
{
	return user_delete(tx, w->alice);
}

static int
no_link(void *arg, struct slice key, struct slice value)
{
	(void)arg, (void)key, (void)value;
	fail();
	return 0;
}

static int
read_links(struct tx *tx, struct world *w)
{
	const struct store_range all = {.lo = slice_str("")};

	(void)w;
	return store_scan(tx->st, tx->d->links, 0, &all, no_link, NULL);
}

static void
test_r2_codes_go_with_the_account(void **state)
{
	struct world *w = *state;
	char code[64];

	make_code(&w->phone, code);
	make_code(&w->phone, code);
	CALL(w, remove_alice);
	CALL(w, read_links);
	assert_non_null(strstr(use_code(w, "", "tablet", code),
	    "<failure code=\"not-authorized\""));
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
	    TEST(test_rename),
	    TEST(test_a_code_lets_a_device_in_once),
	    TEST(test_codes_that_are_not_good),
	    TEST(test_a_code_for_an_account_that_is_full),
	    TEST(test_r2_codes_go_with_the_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

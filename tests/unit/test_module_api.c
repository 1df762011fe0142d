/* SPDX-License-Identifier: ISC */
/* What a module may declare and call besides verbs, and being switched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/device.h"
#include "src/server/command.h"
#include "src/server/job.h"
#include "src/server/server.h"
#include "tests/unit/server_kit.h"

enum { STARTS };

/* What the module keeps in memory. */
struct probe {
	uint64_t stops;
	uint64_t *told;		/* gets the number of stops */
};

static int
probe_start(struct sc_module *m, struct tx *tx)
{
	struct slice value = slice_str("started");

	assert_null(((struct probe *)scm_state(m))->told);
	scm_log(m, tx, SC_LOG_INFO, "probe.started", "time=%lld",
	    (long long)scm_now(tx));
	return scm_put(tx, m, STARTS, 0, slice_str("start"), value);
}

/* The number of times is the test's; a stop has no transaction. */
static void
probe_stop(struct sc_module *m)
{
	scm_count(m, 0, 1);
}

/* Reactions are words of four letters, to entries that are there. */
static int
probe_check(struct sc_module *m, struct tx *tx, struct sc_content *c)
{
	uint64_t seq = elem_uint(c->elem, ATTR_SEQ, 0);

	scm_log(m, tx, SC_LOG_DEBUG, "probe.reaction", "seq=%llu",
	    (unsigned long long)seq);
	if (seq == 0 || seq > c->chat->head) {
		c->why = "there is no such entry";
		return SC_ENOTFOUND;
	}
	if (scm_chat_side(c->chat, c->user) < 0)
		return SC_EINTERNAL;
	return scm_put(tx, m, STARTS, 0, slice_str("reaction"),
	    slice_of(&seq, sizeof(seq)));
}

/* Names of the members of a user's chats. */
static int
show_member(void *arg, uint64_t user, const struct member *member)
{
	void **a = arg;
	struct sc_user u;
	int rc = scm_user_get(a[0], user, &u);

	if (rc == 0)
		rc = scm_item(a[0], a[1]);
	if (rc == 0)
		rc = scm_item_text(a[0], a[1], "name", slice_str(u.name));
	return rc != 0 ? rc : scm_item_int(a[0], a[1], "number",
	    (int64_t)member->number);
}

static int
show_chat(void *arg, uint64_t number, const struct chat_id *id)
{
	void **a = arg;

	return number == 1 ? 0 : scm_member_list(a[0], id, show_member, arg);
}

static int
probe_members(struct sc_module *m, struct tx *tx, struct sc_command *c)
{
	void *a[2] = {tx, c};
	struct sc_user u;
	int rc = scm_user_by_name(tx, scm_argument(c, "user"), &u);

	(void)m;
	if (rc == SC_ENOTFOUND)
		return scm_refuse(c, rc, "name a user that is there");
	return rc != 0 ? rc : scm_chat_list(tx, u.id, 1, show_chat, a);
}

static int
add_key(void *arg, struct slice key, struct slice value)
{
	void **a = arg;
	int rc = scm_item(a[0], a[1]);

	(void)value;
	return rc != 0 ? rc : scm_item_text(a[0], a[1], "key", key);
}

static int
probe_keys(struct sc_module *m, struct tx *tx, struct sc_command *c)
{
	struct slice prefix = scm_argument(c, "prefix");
	uint8_t end[STORE_KEY_MAX];
	struct store_range range = scm_prefix(prefix, end);
	void *a[2] = {tx, c};
	struct slice value;
	int rc;

	rc = scm_get(tx, m, STARTS, 0, slice_str("nobody"), &value);
	assert_int_equal(rc, SC_ENOTFOUND);
	rc = scm_del(tx, m, STARTS, 0, slice_str("nobody"));
	return rc != 0 ? rc : scm_scan(tx, m, STARTS, 0, &range, add_key, a);
}

/* The account is still there when it is told. */
static int
probe_gone(struct sc_module *m, struct tx *tx, uint64_t user)
{
	struct sc_user u;
	int rc = scm_user_get(tx, user, &u);

	return rc != 0 ? rc : scm_put(tx, m, STARTS, 0, slice_str(u.name),
	    slice_str("gone"));
}

static const struct sc_argument_def members_arguments[] = {
    {"user", true, "whose"}, {0}};
static const struct sc_argument_def keys_arguments[] = {
    {"prefix", false, "what they begin with"}, {0}};
static const struct sc_command_def probe_commands[] = {
    {"members", SC_COMMAND_READ, members_arguments, probe_members, "m"},
    {"keys", SC_COMMAND_WRITE, keys_arguments, probe_keys, "k"},
    {0},
};
static const struct sc_kind_def probe_kinds[] = {
    {"reaction", TAG_REACTION, probe_check, false}, {0}};
static const struct sc_table_def probe_tables[] = {{"probe", 0}, {0}};
static const struct sc_stat_def probe_stats[] = {{"probe.stops", "s"}, {0}};

static const struct sc_module_def probe = {
	.abi = SC_MODULE_ABI,
	.name = "probe",
	.summary = "for this test",
	.stats = probe_stats,
	.tables = probe_tables,
	.kinds = probe_kinds,
	.commands = probe_commands,
	.user_gone = probe_gone,
	.start = probe_start,
	.stop = probe_stop,
	.state_size = sizeof(struct probe),
};

struct world {
	struct kit *kit;
	struct kit_conn alice;
	char lines[2000];
};

static void
on_log(void *arg, int level, const char *event, const char *fields)
{
	struct world *w = arg;
	size_t n = strlen(w->lines);

	snprintf(w->lines + n, sizeof(w->lines) - n, "%d %s %s\n", level,
	    event, fields);
}

static int
setup(void **state)
{
	static const struct sc_module_def *const modules[] = {&probe, NULL};
	struct world *w = calloc(1, sizeof(*w));
	uint8_t token[DEVICE_TOKEN_SIZE];

	w->kit = kit_create_with(NULL, modules);
	server_log_to(w->kit->server, on_log, w);
	kit_token(w->kit, kit_user(w->kit, "alice"), "phone", token);
	kit_user(w->kit, "bob");
	kit_enter(w->kit, &w->alice, "alice", 1, token);
	kit_send(&w->alice, "<message chat=\"bob\" n=\"1\"><body>hi</body>"
	    "</message>");
	(void)kit_received(&w->alice);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	kit_disconnect(&w->alice);
	kit_destroy(w->kit);
	free(w);
	return 0;
}

static void
see(void *arg, const char *name, const char *help, uint64_t value)
{
	(void)help;
	assert_string_equal(name, "probe.stops");
	*(uint64_t *)arg = value;
}

static uint64_t
stops(struct world *w)
{
	uint64_t n = 0;

	server_stats(w->kit->server, see, &n);
	return n;
}

#define REACT(N, SEQ) "<message chat=\"bob\" n=\"" N "\"><reaction seq=\""  \
	SEQ "\">+</reaction></message>"

static void
test_a_kind_is_checked_before_it_is_appended(void **state)
{
	struct world *w = *state;
	const char *got;

	kit_send(&w->alice, REACT("2", "1"));
	got = kit_received(&w->alice);
	assert_non_null(strstr(got, "<ack n=\"2\""));
	kit_send(&w->alice, REACT("3", "9"));
	assert_string_equal(kit_received(&w->alice), "<error n=\"3\" "
	    "code=\"not-found\" text=\"there is no such entry\"/>\n");
	/* refused for good, and the counter goes on */
	kit_send(&w->alice, REACT("3", "9"));
	assert_string_equal(kit_received(&w->alice), "<error n=\"3\" "
	    "code=\"not-found\" text=\"there is no such entry\"/>\n");
	kit_send(&w->alice, REACT("4", "2"));
	assert_non_null(strstr(kit_received(&w->alice), "seq=\"3\""));
	assert_non_null(strstr(w->lines, "7 probe.reaction module=probe "
	    "session="));
	assert_non_null(strstr(w->lines, "user=1 device=1 n=4 seq=2\n"));
}

/* Runs a command; the names and numbers of its items, or why not. */
struct call {
	struct world *w;
	struct sc_command c;
	char text[400];
	int rc;
};

static int
call_run(struct tx *tx, void *arg)
{
	struct call *call = arg;
	size_t n = 0;
	int rc = command_run(call->w->kit->server, tx, &probe, &call->c);

	call->rc = rc;
	if (rc != 0)
		return snprintf(call->text, sizeof(call->text), "%s",
		    call->c.why), rc;
	for (struct command_item *i = call->c.items; i != NULL; i = i->next)
		for (struct command_value *v = i->values; v != NULL;
		    v = v->next)
			n += (size_t)(v->is_text ?
			    snprintf(call->text + n, sizeof(call->text) - n,
				"%s=%.*s ", v->key, (int)v->text.len,
				(const char *)v->text.p) :
			    snprintf(call->text + n, sizeof(call->text) - n,
				"%s=%lld ", v->key, (long long)v->number));
	return 0;
}

static void
call_done(void *arg, int rc)
{
	(void)arg, (void)rc;
}

static const char *
call(struct world *w, struct call *at, const char *name, const char *argument,
    const char *value)
{
	const struct command_argument given = {argument, slice_str(value)};

	memset(at, 0, sizeof(*at));
	at->w = w;
	at->c.def = command_find(&probe, name);
	assert_non_null(at->c.def);
	at->c.arguments = &given;
	at->c.narguments = 1;
	kit_job(w->kit, job_create_call(server_domain(w->kit->server),
	    JOB_SCRIBE, call_run, call_done, at));
	return at->text;
}

static void
test_commands_answer_with_items(void **state)
{
	struct world *w = *state;
	struct call c;

	assert_null(command_find(&probe, "member"));
	assert_string_equal(call(w, &c, "members", "user", "bob"),
	    "number=2 name=alice number=2 name=bob ");
	assert_string_equal(call(w, &c, "members", "user", "eve"),
	    "name a user that is there");
	assert_int_equal(c.rc, SC_ENOTFOUND);
	assert_string_equal(call(w, &c, "keys", "prefix", "st"), "key=start ");
}

static int
remove_bob(struct tx *tx, void *arg)
{
	struct world *w = arg;

	return server_user_delete(w->kit->server, tx, 2);
}

static void
test_a_module_hears_of_an_account_that_goes(void **state)
{
	struct world *w = *state;
	struct call c;

	kit_job(w->kit, job_create_call(server_domain(w->kit->server),
	    JOB_SCRIBE, remove_bob, call_done, w));
	assert_string_equal(call(w, &c, "keys", "prefix", "b"), "key=bob ");
	assert_string_equal(call(w, &c, "members", "user", "bob"),
	    "name a user that is there");
}

static int
start_again(struct tx *tx, void *arg)
{
	struct world *w = arg;

	return server_module_start(w->kit->server, tx, &probe);
}

static void
test_a_module_is_switched(void **state)
{
	struct world *w = *state;
	struct server *s = w->kit->server;
	struct call c;
	char why[200];

	assert_int_equal(stops(w), 0);
	server_module_set(s, &probe, false);
	server_module_stop(s, &probe);
	server_module_stop(s, &probe);	/* once is enough */
	assert_int_equal(stops(w), 1);
	assert_false(server_module_is_on(s, &probe));

	/* its kind passes through, its commands are refused */
	kit_send(&w->alice, REACT("2", "9"));
	assert_non_null(strstr(kit_received(&w->alice), "<ack n=\"2\""));
	assert_string_equal(call(w, &c, "keys", "prefix", "st"),
	    "the module is switched off: load it first");
	assert_int_equal(c.rc, SC_EUNAVAILABLE);

	assert_int_equal(server_module_check(s, &probe, why, sizeof(why)), 0);
	kit_job(w->kit, job_create_call(server_domain(s), JOB_SCRIBE,
	    start_again, call_done, w));
	server_module_set(s, &probe, true);
	assert_non_null(strstr(w->lines, "6 probe.started module=probe time="));
	kit_send(&w->alice, REACT("3", "9"));
	assert_non_null(strstr(kit_received(&w->alice), "<error n=\"3\""));
	assert_int_equal(stops(w), 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_kind_is_checked_before_it_is_appended),
	    TEST(test_commands_answer_with_items),
	    TEST(test_a_module_hears_of_an_account_that_goes),
	    TEST(test_a_module_is_switched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
#include "tests/sim/sim.h"

#include <stdio.h>
#include <string.h>

#include "protocol/deflate.h"
#include "src/chat/user.h"
#include "src/common/err.h"
#include "tests/sim/expiry.h"
#include "tests/sim/quiz.h"
#include "tests/sim/watch.h"
#include "tests/sim/workload.h"

enum { SETTLE_S = 600 };

/* The check of passwords: the simulation knows them.  Sometimes it is not
 * available. */
static int
password_check(void *arg, struct slice user, struct slice data, uint64_t *id)
{
	struct sim *s = arg;
	struct slice secret;

	report_count(&s->w.report, COUNT_PASSWORD_LOGINS);
	if (!s->w.healed && prng_one_in(&s->w.rng, 8))
		return SC_EUNAVAILABLE;
	for (unsigned i = 0; i < s->nusers; i++) {
		if (removal_is(s, i) ||
		    !slice_equal(user, slice_str(s->users[i].name)))
			continue;
		secret = slice_str(s->users[i].password);
		if (data.len < secret.len ||
		    memcmp(data.p + data.len - secret.len, secret.p,
		    secret.len) != 0)
			break;
		*id = s->users[i].id;
		return 0;
	}
	return SC_ENOTAUTHORIZED;
}

unsigned
sim_user_of(const struct sim *s, uint64_t id)
{
	for (unsigned i = 0; i < s->nusers; i++)
		if (s->users[i].id == id)
			return i;
	return SIM_USERS_MAX;
}

/* ---- the beginning ---- */

static void
conf_choose(struct sim *s, struct server_conf *conf)
{
	struct prng *rng = &s->w.rng;

	server_conf_init(conf);
	conf->max_text = 200;
	conf->max_devices = 3 + NAMES_NEW;
	conf->window_entries = (uint32_t)prng_skewed(rng, 4, 100);
	conf->window_bytes = (uint32_t)prng_between(rng, 2000, 60000);
	if (prng_one_in(rng, 3))
		conf->push_members = (uint32_t)prng_between(rng, 1, 4);
	conf->page_entries = (uint32_t)prng_between(rng, 2, 60);
	conf->tail_entries = (uint32_t)prng_skewed(rng, 1, 200) +
	    (prng_one_in(rng, 2) ? 200 : 0);
	conf->period_s = (uint32_t)prng_between(rng, 20, 3600);
	conf->heartbeat_ms = (uint32_t)prng_between(rng, 10000, 30000);
	conf->mark_delay_ms = (uint32_t)prng_between(rng, 0, 100);
}

struct new_user {
	struct sim_user *user;
	bool done;
};

static int
new_user_run(struct tx *tx, void *arg)
{
	struct new_user *n = arg;
	struct credential credential = {.iterations = 4096};
	struct user u;
	int rc;

	rc = user_create(tx, slice_str(n->user->name), &credential, &u);
	if (rc == 0)
		n->user->id = u.id;
	return rc;
}

static void
new_user_done(void *arg, int rc)
{
	struct new_user *n = arg;

	sc_assert(rc == 0);
	n->done = true;
}

static void
users_create(struct sim *s)
{
	struct new_user new[SIM_USERS_MAX];
	bool waiting = true;

	for (unsigned i = 0; i < s->nusers; i++) {
		snprintf(s->users[i].name, sizeof(s->users[i].name), "user%u",
		    i);
		snprintf(s->users[i].password, sizeof(s->users[i].password),
		    "secret%u", i);
		new[i] = (struct new_user){&s->users[i], false};
		host_call(s->host, new_user_run, new_user_done, &new[i]);
	}
	while (waiting) {
		waiting = false;
		for (unsigned i = 0; i < s->nusers; i++)
			waiting = waiting || !new[i].done;
		if (waiting)
			sc_assert(clock_step(&s->w.clock, INT64_MAX));
	}
}

static void
peers_create(struct sim *s)
{
	struct world *w = &s->w;

	for (unsigned u = 0; u < s->nusers; u++) {
		unsigned devices = 1 + (unsigned)prng_below(&w->rng, 3);

		for (unsigned d = 0; d < devices && s->npeers < SIM_PEERS_MAX;
		     d++) {
			struct peer *p = peer_create(s, s->npeers, u, d);

			s->peers[s->npeers++] = p;
			/* Some devices are linked late. */
			timer_in(&w->clock, &p->revive,
			    prng_skewed(&w->rng, 0, 20000));
		}
	}
}

static void
sim_begin(struct sim *s, const struct sim_options *o)
{
	struct server_conf conf;

	memset(s, 0, sizeof(*s));
	prng_init(&s->w.rng, o->seed);
	clock_init(&s->w.clock, &s->w.rng);
	report_init(&s->w.report, &s->w.clock, o->trace);
	net_init(&s->net, &s->w);
	ledger_init(&s->ledger, s);
	s->deflate = deflate_create();
	sc_assert(s->deflate != NULL);
	s->wire_env = (struct wire_env){&s->w, &s->net, s->deflate,
	    watch_stanza, watch_end, s};
	conf_choose(s, &conf);
	s->offline = !prng_one_in(&s->w.rng, 10) && host_has("offline");
	s->receipts = !prng_one_in(&s->w.rng, 10) && host_has("receipts");
	s->timers = prng_one_in(&s->w.rng, 3) && host_has("disappearing");
	s->leaps = prng_one_in(&s->w.rng, 4) && host_has("retention");
	s->until = s->leaps && prng_one_in(&s->w.rng, 2);
	s->host = host_create(&s->w, &conf,
	    &(struct host_without){s->offline ? "" : "offline",
	    s->receipts ? "" : "receipts", s->until}, password_check, s);
	host_executor(s->host)->early_ack = o->early_ack;
	s->nusers = 2 + (unsigned)prng_below(&s->w.rng, SIM_USERS_MAX - 1);
	privacy_init(s);
	s->crowd = prng_one_in(&s->w.rng, 3);
	users_create(s);
	peers_create(s);
	workload_start(s);
	removal_init(s);
	regret_init(s);
	keep_init(s);
	s->chaos_end = clock_mono(&s->w.clock) +
	    prng_between(&s->w.rng, 10000, 90000);
	if (s->leaps)
		timer_in(&s->w.clock, &s->leap,
		    prng_between(&s->w.rng, 5000, 60000));
}

/* ---- the run ---- */

/* Runs to a time, which may be moved; false when it is over before. */
static bool
run_until(struct sim *s, const struct sim_options *o, const int64_t *until)
{
	struct report *r = &s->w.report;

	while (!r->failed && clock_step(&s->w.clock, *until)) {
		report_count(r, COUNT_STEPS);
		if (r->counts[COUNT_STEPS] == o->steps)
			return false;
	}
	return !r->failed;
}

static void
sim_settle(struct sim *s, const struct sim_options *o)
{
	int64_t now = clock_mono(&s->w.clock);
	struct settled end = {.rule = "R20"};
	bool asked = false;

	report_trace(&s->w.report, "sim", "heals");
	workload_stop(s);
	removal_hurry(s);
	regret_stop(s);
	keep_stop(s);
	ledger_compare(&s->ledger, "when it heals");
	for (int i = 0; i < SETTLE_S; i++) {
		channels_look(s);
		now += 1000;
		if (!run_until(s, o, &now))
			return;
		if (!asked && settle_reached(s, &end) && expiry_all_over(s)) {
			quiz_begin(s);
			asked = true;
		} else if (asked && quiz_is_done(s)) {
			settle_check(s);
			quiz_check(s);
			return;
		}
	}
	if (asked)
		snprintf(end.why, sizeof(end.why), "questions are not "
		    "answered");
	report_fail(&s->w.report, end.rule, "not reached in %d s: %s",
	    SETTLE_S, end.why);
}

static void
sim_end(struct sim *s, struct report *report)
{
	timer_clear(&s->w.clock, &s->chat);
	timer_clear(&s->w.clock, &s->trouble);
	timer_clear(&s->w.clock, &s->keeper);
	timer_clear(&s->w.clock, &s->restart);
	timer_clear(&s->w.clock, &s->crash);
	timer_clear(&s->w.clock, &s->leap);
	removal_fini(s);
	regret_stop(s);
	keep_stop(s);
	for (unsigned i = 0; i < s->npeers; i++)
		peer_destroy(s->peers[i]);
	host_destroy(s->host);
	/* Memory is the sanitizer's to count. */
	if (s->net.open > 0 || s->watches != NULL)
		report_fail(&s->w.report, "leak", "%u connections are left",
		    s->net.open);
	net_fini(&s->net);
	ledger_fini(&s->ledger);
	deflate_destroy(s->deflate);
	clock_fini(&s->w.clock);
	*report = s->w.report;
	report->clock = NULL;
}

void
sim_run(const struct sim_options *o, struct report *report)
{
	struct sim s;

	sim_begin(&s, o);
	if (run_until(&s, o, &s.chaos_end))
		sim_settle(&s, o);
	sim_end(&s, report);
}

/* SPDX-License-Identifier: ISC */
/*
 * rate: so many messages a second, whatever the server does.  Latencies are
 * counted from the moment at which a message was to be sent, so that a server
 * that stalls, and with it the sender, is not let off (coordinated omission).
 */
#include "src/bench/loop.h"
#include "src/bench/pair.h"
#include "src/bench/run.h"

#define SECOND INT64_C(1000000000)

enum { STAGE_SEND = 1 };

struct state {
	struct pairs pairs;	/* first */
	uint64_t sent, total;	/* of this process */
	double step;		/* nanoseconds between two */
	int64_t start;
	bool waiting;		/* all is sent */
};

static void
prepare(struct gen *g)
{
	pairs_prepare(g, sizeof(struct state));
}

/* When message K of this process is to be sent. */
static int64_t
due(const struct state *s, uint64_t k)
{
	return s->start + (int64_t)(s->step * (double)k);
}

static void
check_finished(struct gen *g)
{
	const struct state *s = g->state;

	for (size_t i = 0; i < s->pairs.n; i++)
		if (!pair_finished(g, &s->pairs.v[i]))
			return;
	if (s->sent == s->total)
		gen_stage_done(g);
}

/* The processes take turns: each is a part of a step behind the other. */
static void
begin(struct gen *g)
{
	const struct conf *c = g->conf;
	struct state *s = g->state;
	double each = (double)SECOND / (double)c->rate;

	s->step = each * (double)c->processes;
	s->total = c->messages > 0 ? c->messages : c->rate * c->seconds;
	s->total = (s->total + c->processes - 1 - g->process) / c->processes;
	g->tally->first = g->tally->last = loop_clock();
	s->start = g->tally->first + (int64_t)(each * g->process);
	gen_wake_at(g, due(s, 0));
	if (s->pairs.n == 0)
		gen_stage_done(g);
}

static void
wake(struct gen *g)
{
	struct state *s = g->state;
	int64_t at;

	if (s->waiting) {
		pairs_give_up(g);
		return;
	}
	for (; s->sent < s->total; s->sent++) {
		at = due(s, s->sent);
		if (at > loop_clock()) {
			gen_wake_at(g, at);
			return;
		}
		hist_add(&g->tally->times[TIME_LATE], loop_clock() - at);
		if (!pair_send(g, &s->pairs.v[s->sent % s->pairs.n], at))
			return;
	}
	s->waiting = true;
	gen_wake_at(g, loop_clock() + (int64_t)g->conf->patience * SECOND);
	check_finished(g);
}

static void
event(struct gen *g, struct user *u, const struct link_event *e)
{
	const struct state *s = g->state;

	(void)pair_event(g, u, e);
	if (s->waiting && pair_finished(g, u->state))
		check_finished(g);
}

static void
report(const struct run *r, struct report *to)
{
	pairs_report(r, to, STAGE_SEND);
	run_report_latency(r, to, "sent-late", TIME_LATE);
}

static const struct stage stages[] = {
	{"log in", gen_login_all, gen_login_late},
	{"send", begin, wake},
	{NULL, NULL, NULL},
};

const struct mode mode_rate = {
	.name = "rate",
	.help = "pairs of users, a fixed number of messages a second",
	.receipts = true,
	.users = pairs_users,
	.prepare = prepare,
	.end = pairs_end,
	.stages = stages,
	.event = event,
	.report = report,
};

/* SPDX-License-Identifier: ISC */
/*
 * pairs: as fast as it goes.  Each sender keeps a window of messages
 * unacknowledged; an acknowledgement makes room for the next.  receipts: the
 * same, and recipients mark as read what they are given, which comes back, too.
 */
#include "src/bench/loop.h"
#include "src/bench/pair.h"
#include "src/bench/run.h"

#define SECOND INT64_C(1000000000)

enum { STAGE_SEND = 1 };

struct state {
	struct pairs pairs;	/* first */
	int64_t stop_at;	/* nothing is sent from then on */
	uint64_t each;		/* messages of a pair; UINT64_MAX: no limit */
	bool sending;
};

static void
prepare(struct gen *g)
{
	pairs_prepare(g, sizeof(struct state));
}

/* Whether anything of the pair is still to come. */
static bool
pair_busy(const struct gen *g, const struct pair *p)
{
	const struct state *s = g->state;

	return (s->sending && p->sent < s->each) || !pair_finished(g, p);
}

static void
check_finished(struct gen *g)
{
	const struct state *s = g->state;

	for (size_t i = 0; i < s->pairs.n; i++)
		if (pair_busy(g, &s->pairs.v[i]))
			return;
	gen_stage_done(g);
}

static void
send_next(struct gen *g, struct pair *p)
{
	const struct state *s = g->state;
	int64_t now = loop_clock();

	if (s->sending && p->sent < s->each && now < s->stop_at)
		(void)pair_send(g, p, now);
}

static void
begin(struct gen *g)
{
	const struct conf *c = g->conf;
	struct state *s = g->state;

	g->tally->first = g->tally->last = loop_clock();
	s->sending = true;
	s->each = c->messages == 0 ? UINT64_MAX :
	    (c->messages + c->pairs - 1) / c->pairs;
	s->stop_at = c->messages > 0 ? INT64_MAX :
	    g->tally->first + (int64_t)c->seconds * SECOND;
	for (size_t i = 0; i < s->pairs.n; i++)
		for (uint64_t k = 0; k < c->window; k++)
			send_next(g, &s->pairs.v[i]);
	gen_wake_at(g, s->stop_at != INT64_MAX ? s->stop_at :
	    g->tally->first + (int64_t)c->patience * SECOND);
	check_finished(g);
}

/* The time to send is over; later, the time to wait. */
static void
wake(struct gen *g)
{
	struct state *s = g->state;

	if (s->sending && s->stop_at != INT64_MAX) {
		s->sending = false;
		gen_wake_at(g, loop_clock() +
		    (int64_t)g->conf->patience * SECOND);
		check_finished(g);
		return;
	}
	pairs_give_up(g);
}

static void
event(struct gen *g, struct user *u, const struct link_event *e)
{
	struct pair *p = u->state;

	if (pair_event(g, u, e))
		send_next(g, p);
	if (g->stage != NULL && g->stage->wake == wake &&
	    !pair_busy(g, p))
		check_finished(g);
}

static void
report(const struct run *r, struct report *to)
{
	pairs_report(r, to, STAGE_SEND);
	if (r->conf->mode->reads)
		run_report_latency(r, to, "read", TIME_READ);
}

static const struct stage stages[] = {
	{"log in", gen_login_all, gen_login_late},
	{"send", begin, wake},
	{NULL, NULL, NULL},
};

const struct mode mode_pairs = {
	.name = "pairs",
	.help = "pairs of users, as many messages as the server takes",
	.receipts = true,
	.users = pairs_users,
	.prepare = prepare,
	.end = pairs_end,
	.stages = stages,
	.event = event,
	.report = report,
};

const struct mode mode_receipts = {
	.name = "receipts",
	.help = "the same, and all is read: both ticks come back",
	.receipts = true,
	.reads = true,
	.users = pairs_users,
	.prepare = prepare,
	.end = pairs_end,
	.stages = stages,
	.event = event,
	.report = report,
};

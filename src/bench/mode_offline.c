/* SPDX-License-Identifier: ISC */
/*
 * offline: users are away; messages for them are stored; they come back and
 * take them.  A recipient has one sender, so that an order can be checked.
 * Users 0 to senders - 1 send, the others receive; recipient R belongs to
 * process R % processes, and so do its senders.
 */
#include <stdlib.h>

#include "src/bench/away.h"
#include "src/bench/loop.h"
#include "src/bench/pair.h"
#include "src/bench/run.h"

#define SECOND INT64_C(1000000000)

enum { STAGE_STORE = 2, STAGE_DRAIN };

struct recipient {
	struct user *user;
	uint64_t index;		/* among the recipients */
	uint64_t sent, expected;
};

struct sender {
	struct user *user;
	struct waiting acks;
	size_t first, step, next;	/* recipients: FIRST, FIRST + STEP ... */
	uint64_t unsettled;
};

struct state {
	struct recipient *recipients;
	struct sender *senders;
	size_t nrecipients, nsenders, finished;
	uint64_t each;		/* messages for each recipient */
};

static size_t
share(const struct gen *g, uint64_t n)
{
	return (size_t)((n + g->conf->processes - 1 - g->process) /
	    g->conf->processes);
}

static void
prepare(struct gen *g)
{
	const struct conf *c = g->conf;
	struct state *s = g->state = gen_alloc(g, 1, sizeof(*s));

	s->nrecipients = share(g, c->users);
	s->nsenders = share(g, c->senders);
	if (s->nsenders > s->nrecipients)
		s->nsenders = s->nrecipients;
	s->each = (c->messages + c->users - 1) / c->users;
	s->recipients = gen_alloc(g, s->nrecipients, sizeof(*s->recipients));
	s->senders = gen_alloc(g, s->nsenders, sizeof(*s->senders));
	for (size_t i = 0; i < s->nrecipients; i++) {
		struct recipient *r = &s->recipients[i];

		r->index = g->process + i * c->processes;
		r->user = gen_add_user(g, c->senders + r->index, r);
	}
	for (size_t i = 0; i < s->nsenders; i++) {
		struct sender *f = &s->senders[i];

		f->user = gen_add_user(g, g->process + i * c->processes, f);
		f->first = f->next = i;
		f->step = s->nsenders;
	}
}

static void
end(struct gen *g)
{
	struct state *s = g->state;

	for (size_t i = 0; i < s->nsenders; i++)
		free(s->senders[i].acks.v);
	free(s->senders);
	free(s->recipients);
	free(s);
}

/* ---- storing ---- */

/* The next recipient of F that lacks messages; NULL: none does. */
static struct recipient *
next_recipient(struct state *s, struct sender *f)
{
	struct recipient *r = &s->recipients[f->next];

	if (r->sent == s->each)
		return NULL;	/* they take turns, so nobody does */
	f->next += f->step;
	if (f->next >= s->nrecipients)
		f->next = f->first;
	return r;
}

static void
send_next(struct gen *g, struct sender *f)
{
	char text[PAIR_TEXT_MAX];
	struct state *s = g->state;
	struct recipient *r = next_recipient(s, f);
	int64_t now = loop_clock();
	uint64_t n;

	if (r == NULL)
		return;
	pair_text(g->conf, text, r->index, r->sent, now);
	if (!gen_send(g, f->user, r->user->name, text, g->conf->size, &n))
		return;
	r->sent++;
	f->unsettled++;
	tally_add(g->tally, COUNT_SENT, 1);
	waiting_add(g, &f->acks, n, now);
}

static void
check_stored(struct gen *g)
{
	struct state *s = g->state;

	for (size_t i = 0; i < s->nsenders; i++)
		if (s->senders[i].unsettled > 0)
			return;
	gen_stage_done(g);
}

static void
store(struct gen *g)
{
	struct state *s = g->state;

	g->tally->first = g->tally->last = loop_clock();
	for (size_t i = 0; i < s->nsenders; i++)
		for (uint64_t k = 0; k < g->conf->window; k++)
			send_next(g, &s->senders[i]);
	gen_wake_at(g, loop_clock() + (int64_t)g->conf->patience * SECOND);
	check_stored(g);
}

static void
store_late(struct gen *g)
{
	struct state *s = g->state;

	if (gen_progress(g))
		return;
	for (size_t i = 0; i < s->nsenders; i++)
		tally_add(g->tally, COUNT_MISSING, s->senders[i].unsettled);
	gen_stage_done(g);
}

static void
on_outcome(struct gen *g, struct sender *f, const struct link_event *e)
{
	int64_t since;

	if (!waiting_take(&f->acks, e->n, &since))
		return;
	f->unsettled--;
	if (e->type == LINK_SENT) {
		g->tally->last = loop_clock();
		tally_add(g->tally, COUNT_ACKED, 1);
		hist_add(&g->tally->times[TIME_ACK], g->tally->last - since);
	} else {
		tally_add(g->tally, COUNT_REFUSED, 1);
	}
	send_next(g, f);
	check_stored(g);
}

/* ---- draining ---- */

static void
check_drained(struct gen *g)
{
	const struct state *s = g->state;

	if (g->missing == 0 && s->finished == s->nrecipients)
		gen_stage_done(g);
}

static void
drain(struct gen *g)
{
	struct state *s = g->state;

	if (s->each == 0)
		s->finished = s->nrecipients;
	gen_login(g, check_drained);
}

static void
drain_late(struct gen *g)
{
	const struct state *s = g->state;

	if (gen_progress(g))
		return;
	for (size_t i = 0; i < s->nrecipients; i++)
		tally_add(g->tally, COUNT_MISSING, s->each -
		    s->recipients[i].expected);
	gen_stage_done(g);
}

static void
on_message(struct gen *g, struct recipient *r, const struct link_event *e)
{
	struct state *s = g->state;
	uint64_t index, place;
	int64_t since;

	if (!pair_parse(g->conf, e, &index, &place, &since) ||
	    index != r->index) {
		tally_add(g->tally, COUNT_OLD, 1);
		return;
	}
	if (place < r->expected) {
		tally_add(g->tally, COUNT_DISORDERED, 1);
		return;
	}
	tally_add(g->tally, COUNT_MISSING, place - r->expected);
	tally_add(g->tally, COUNT_RECEIVED, 1);
	g->tally->last = loop_clock();
	r->expected = place + 1;
	if (r->expected != s->each)
		return;
	s->finished++;
	check_drained(g);
}

static void
event(struct gen *g, struct user *u, const struct link_event *e)
{
	if (away_sends(g, u)) {
		if (e->type == LINK_SENT || e->type == LINK_REFUSED)
			on_outcome(g, u->state, e);
	} else if (e->type == LINK_MESSAGE) {
		on_message(g, u->state, e);
	} else if (e->type == LINK_SKIPPED) {
		tally_add(g->tally, COUNT_MISSING, e->count);
	}
}

static void
report(const struct run *r, struct report *to)
{
	run_report_rate(r, to, "stored", STAGE_STORE, COUNT_ACKED);
	run_report_store(r, to, STAGE_STORE);
	run_report_rate(r, to, "drained", STAGE_DRAIN, COUNT_RECEIVED);
	run_report_latency(r, to, "ack", TIME_ACK);
}

static const struct stage stages[] = {
	{"log in", gen_login_all, gen_login_late},
	{"leave", away_leave, gen_stage_done},
	{"store", store, store_late},
	{"drain", drain, drain_late},
	{NULL, NULL, NULL},
};

const struct mode mode_offline = {
	.name = "offline",
	.help = "messages for users who are away, until they are back",
	.users = away_users,
	.prepare = prepare,
	.end = end,
	.stages = stages,
	.event = event,
	.report = report,
};

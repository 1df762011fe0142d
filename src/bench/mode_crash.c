/* SPDX-License-Identifier: ISC */
/*
 * crash: messages are stored for users who are away, until the server is
 * killed in the middle of it and started again; then the users come back.
 * Whatever was acknowledged must be there.  One process; users 0 to senders - 1
 * send, the others receive, each from one sender.
 */
#include <stdlib.h>
#include <sys/wait.h>

#include "src/bench/away.h"
#include "src/bench/loop.h"
#include "src/bench/pair.h"
#include "src/bench/report.h"
#include "src/bench/run.h"

#define SECOND INT64_C(1000000000)

enum { STAGE_STORE = 2, STAGE_RETURN };

enum { POLL_NS = 10000000 };

enum { FATE_ACKED = 1, FATE_ARRIVED = 2 };

/* Of each message for a recipient, by its place. */
struct recipient {
	struct user *user;
	uint64_t index, sent, last;	/* last: the highest that came, + 1 */
	uint8_t *fates;
	size_t cap;
};

/* What a sender has sent, in that order: it is acknowledged in it, too. */
struct sent {
	struct recipient *to;
	uint64_t place, n;
};

struct sender {
	struct user *user;
	struct sent *sent;
	size_t n, cap, settled;
	size_t next, step;
	bool lost;		/* the connection of before the crash */
};

struct state {
	struct recipient *recipients;
	struct sender *senders;
	size_t nrecipients, nsenders;
	uint64_t owed;		/* acknowledged, and not arrived */
	bool struck, returned;
};

static void
prepare(struct gen *g)
{
	const struct conf *c = g->conf;
	struct state *s = g->state = gen_alloc(g, 1, sizeof(*s));

	s->nrecipients = (size_t)c->users;
	s->nsenders = (size_t)(c->senders < c->users ? c->senders : c->users);
	s->recipients = gen_alloc(g, s->nrecipients, sizeof(*s->recipients));
	s->senders = gen_alloc(g, s->nsenders, sizeof(*s->senders));
	for (size_t i = 0; i < s->nrecipients; i++) {
		s->recipients[i].index = i;
		s->recipients[i].user = gen_add_user(g, c->senders + i,
		    &s->recipients[i]);
	}
	for (size_t i = 0; i < s->nsenders; i++) {
		s->senders[i].user = gen_add_user(g, i, &s->senders[i]);
		s->senders[i].next = i;
		s->senders[i].step = s->nsenders;
	}
}

static void
end(struct gen *g)
{
	struct state *s = g->state;

	for (size_t i = 0; i < s->nrecipients; i++)
		free(s->recipients[i].fates);
	for (size_t i = 0; i < s->nsenders; i++)
		free(s->senders[i].sent);
	free(s->recipients);
	free(s->senders);
	free(s);
}

/* ---- storing ---- */

/* One more, of SIZE; all zero. */
static void *
grown(struct gen *g, void *old, size_t n, size_t *cap, size_t size)
{
	uint8_t *v;

	if (n < *cap)
		return old;
	*cap = *cap == 0 ? 64 : 2 * *cap;
	v = realloc(old, *cap * size);
	if (v == NULL) {
		gen_fail(g, "out of memory");
		_exit(EXIT_FAILURE);
	}
	for (size_t i = n * size; i < *cap * size; i++)
		v[i] = 0;
	return v;
}

static void
send_next(struct gen *g, struct sender *f)
{
	char text[PAIR_TEXT_MAX];
	struct state *s = g->state;
	struct recipient *r = &s->recipients[f->next];
	uint64_t n;

	if (s->struck || f->lost)
		return;
	pair_text(g->conf, text, r->index, r->sent, loop_clock());
	if (!gen_send(g, f->user, r->user->name, text, g->conf->size, &n))
		return;
	f->sent = grown(g, f->sent, f->n, &f->cap, sizeof(*f->sent));
	r->fates = grown(g, r->fates, (size_t)r->sent, &r->cap, 1);
	f->sent[f->n++] = (struct sent){r, r->sent++, n};
	f->next += f->step;
	if (f->next >= s->nrecipients)
		f->next -= f->next / f->step * f->step;
	tally_add(g->tally, COUNT_SENT, 1);
}

static void
store(struct gen *g)
{
	struct state *s = g->state;

	g->tally->first = g->tally->last = loop_clock();
	for (size_t i = 0; i < s->nsenders; i++)
		for (uint64_t k = 0; k < g->conf->window; k++)
			send_next(g, &s->senders[i]);
	gen_wake_at(g, loop_clock() + (int64_t)g->conf->seconds * SECOND);
}

static void
on_outcome(struct gen *g, struct sender *f, const struct link_event *e)
{
	struct state *s = g->state;
	const struct sent *sent;

	if (f->settled == f->n || f->sent[f->settled].n != e->n)
		return;
	sent = &f->sent[f->settled++];
	if (e->type == LINK_REFUSED) {
		tally_add(g->tally, COUNT_REFUSED, 1);
	} else {
		sent->to->fates[sent->place] |= FATE_ACKED;
		s->owed += (sent->to->fates[sent->place] & FATE_ARRIVED) == 0;
		g->tally->last = loop_clock();
		tally_add(g->tally, COUNT_ACKED, 1);
	}
	send_next(g, f);
}

/* ---- the crash ---- */

/* While the command runs nothing is read: what the server had said before it
 * died is in the sockets, and counts. */
static void
strike(struct gen *g)
{
	struct state *s = g->state;
	int64_t begin = loop_clock();
	int status;

	s->struck = true;
	status = system(g->conf->crash);
	if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		gen_fail(g, "--crash: the command failed");
		return;
	}
	hist_add(&g->tally->times[TIME_RESTART], loop_clock() - begin);
	gen_wake_at(g, loop_clock() + (int64_t)g->conf->patience * SECOND);
}

/* Before anything is acknowledged a crash says nothing; a server that does not
 * acknowledge is found to have lost nothing, too. */
static bool
too_early(const struct gen *g)
{
	return tally_get(g->tally, COUNT_ACKED) == 0 && loop_clock() <
	    g->tally->first + (int64_t)(g->conf->seconds +
	    g->conf->patience) * SECOND;
}

static void
store_wake(struct gen *g)
{
	const struct state *s = g->state;

	if (!s->struck && too_early(g))
		gen_wake_at(g, loop_clock() + POLL_NS);
	else if (!s->struck)
		strike(g);
	else if (!gen_progress(g))
		gen_fail(g, "the server was not killed: connections are still "
		    "there");
}

static void
on_lost(struct gen *g, struct sender *f)
{
	const struct state *s = g->state;

	f->lost = true;
	for (size_t i = 0; i < s->nsenders; i++)
		if (!s->senders[i].lost)
			return;
	if (!s->struck)
		gen_fail(g, "the server has gone before it was killed");
	else
		gen_stage_done(g);
}

/* ---- what is left ---- */

static void
check_arrived(struct gen *g)
{
	const struct state *s = g->state;

	if (g->missing == 0 && s->owed == 0)
		gen_stage_done(g);
}

static void
come_back(struct gen *g)
{
	struct state *s = g->state;

	s->returned = true;
	for (size_t i = 0; i < s->nsenders; i++)
		gen_leave(g, s->senders[i].user);
	for (size_t i = 0; i < s->nsenders; i++)
		s->senders[i].user->ready = true;	/* not to come again */
	gen_login(g, check_arrived);
}

static void
give_up(struct gen *g)
{
	const struct state *s = g->state;

	if (gen_progress(g))
		return;
	if (g->missing > 0) {
		gen_login_late(g);
		return;
	}
	tally_add(g->tally, COUNT_MISSING, s->owed);
	gen_stage_done(g);
}

static void
on_message(struct gen *g, struct recipient *r, const struct link_event *e)
{
	struct state *s = g->state;
	uint64_t index, place;
	int64_t since;

	if (!pair_parse(g->conf, e, &index, &place, &since) ||
	    index != r->index || place >= r->sent) {
		tally_add(g->tally, COUNT_OLD, 1);
		return;
	}
	g->tally->last = loop_clock();
	if (place < r->last || (r->fates[place] & FATE_ARRIVED) != 0) {
		tally_add(g->tally, COUNT_DISORDERED, 1);
		return;
	}
	r->last = place + 1;
	tally_add(g->tally, COUNT_RECEIVED, 1);
	if ((r->fates[place] & FATE_ACKED) != 0)
		s->owed--;
	r->fates[place] |= FATE_ARRIVED;
	if (s->returned)
		check_arrived(g);
}

static void
event(struct gen *g, struct user *u, const struct link_event *e)
{
	const struct state *s = g->state;

	if (!away_sends(g, u)) {
		if (e->type == LINK_MESSAGE)
			on_message(g, u->state, e);
		else if (e->type == LINK_FAILED)
			gen_fail(g, "%s", e->why);
	} else if (e->type == LINK_SENT || e->type == LINK_REFUSED) {
		on_outcome(g, u->state, e);
	} else if ((e->type == LINK_LOST || e->type == LINK_FAILED) &&
	    !s->returned) {
		on_lost(g, u->state);
	}
}

static void
report(const struct run *r, struct report *to)
{
	const uint64_t *counts = r->sights[r->stages].counts;
	uint64_t acked = counts[COUNT_ACKED], lost = counts[COUNT_MISSING];

	report_count(to, "sent", counts[COUNT_SENT]);
	report_count(to, "acknowledged", acked);
	report_count(to, "arrived", counts[COUNT_RECEIVED]);
	report_number(to, "lost_of_acknowledged", acked == 0 ? 0 :
	    100 * (double)lost / (double)acked, 3, "%");
	report_number(to, "restart_seconds",
	    (double)hist_at(&r->times[TIME_RESTART], 100) / 1e9, 2, "");
	run_report_rate(r, to, "drained", STAGE_RETURN, COUNT_RECEIVED);
}

static const struct stage stages[] = {
	{"log in", gen_login_all, gen_login_late},
	{"leave", away_leave, gen_stage_done},
	{"store", store, store_wake},
	{"return", come_back, give_up},
	{NULL, NULL, NULL},
};

const struct mode mode_crash = {
	.name = "crash",
	.help = "the server is killed while it stores: what was acknowledged?",
	.outlives = true,
	.alone = true,
	.users = away_users,
	.prepare = prepare,
	.end = end,
	.stages = stages,
	.event = event,
	.report = report,
};

/* SPDX-License-Identifier: ISC */
/*
 * echo: users ask whether the server is there, and it answers: a frame in, a
 * frame out, nothing is stored and nobody else is told.  What is left of a
 * server when it does nothing but read and write.
 */
#include <stdlib.h>
#include <string.h>

#include "src/bench/gen.h"
#include "src/bench/loop.h"
#include "src/bench/report.h"
#include "src/bench/run.h"

#define SECOND INT64_C(1000000000)

enum { STAGE_ECHO = 1 };

/* A user: what he may ask, and what is to come. */
struct asker {
	struct asker *next;	/* of those who may ask */
	struct user *user;
	uint64_t may, under_way, asked;
};

struct state {
	struct asker *askers, *ready;
	uint64_t under_way;	/* of all */
	uint64_t each;		/* questions of a user; UINT64_MAX: no limit */
	int64_t stop_at;	/* nothing is asked from then on */
	bool going;
};

static void
prepare(struct gen *g)
{
	const struct conf *c = g->conf;
	struct state *s = g->state = gen_alloc(g, 1, sizeof(*s));
	size_t n = 0;

	s->askers = gen_alloc(g, c->users, sizeof(s->askers[0]));
	for (uint64_t i = g->process; i < c->users; i += c->processes) {
		struct asker *a = &s->askers[n++];

		a->user = gen_add_user(g, i, a);
	}
}

static void
end(struct gen *g)
{
	struct state *s = g->state;

	free(s->askers);
	free(s);
}

/* ---- asking ---- */

/* Not at once: it may be in the middle of something that came for him. */
static void
let_ask(struct gen *g, struct asker *a, uint64_t n)
{
	struct state *s = g->state;

	if (a->may == 0) {
		a->next = s->ready;
		s->ready = a;
	}
	a->may += n;
	gen_wake_at(g, loop_clock());
}

static void
ask(struct gen *g, struct asker *a)
{
	struct state *s = g->state;

	for (; a->may > 0; a->may--) {
		if (a->asked == s->each || loop_clock() >= s->stop_at)
			continue;
		g->conf->driver->ping(a->user->link);
		tally_add(g->tally, COUNT_SENT, 1);
		a->asked++;
		a->under_way++;
		s->under_way++;
	}
}

static void
ask_all(struct gen *g)
{
	struct state *s = g->state;
	struct asker *a;

	while ((a = s->ready) != NULL) {
		s->ready = a->next;
		ask(g, a);
	}
}

/* Whether everything that will be asked has been answered; if not, when to
 * look again. */
static void
go_on(struct gen *g)
{
	struct state *s = g->state;
	int64_t now = loop_clock(), patience =
	    (int64_t)g->conf->patience * SECOND;

	if (s->under_way == 0)
		gen_stage_done(g);
	else
		gen_wake_at(g, now < s->stop_at && s->stop_at < INT64_MAX ?
		    s->stop_at : now + patience);
}

static void
begin(struct gen *g)
{
	const struct conf *c = g->conf;
	struct state *s = g->state;

	g->tally->first = g->tally->last = loop_clock();
	s->going = true;
	s->each = c->messages == 0 ? UINT64_MAX :
	    (c->messages + c->users - 1) / c->users;
	s->stop_at = c->messages > 0 ? INT64_MAX :
	    g->tally->first + (int64_t)c->seconds * SECOND;
	for (size_t i = 0; i < g->nusers; i++)
		let_ask(g, &s->askers[i], c->window);
	ask_all(g);
	go_on(g);
}

/* Some may ask, or the time to do so is over, or the time to wait. */
static void
wake(struct gen *g)
{
	struct state *s = g->state;
	bool asks = s->ready != NULL;

	ask_all(g);
	if (asks || loop_clock() - g->tally->last <
	    (int64_t)g->conf->patience * SECOND) {
		go_on(g);
		return;
	}
	tally_add(g->tally, COUNT_MISSING, s->under_way);
	gen_stage_done(g);
}

/* ---- answers ---- */

static void
stanza(struct gen *g, struct user *u, bool sent, const char *name,
    size_t bytes)
{
	struct state *s = g->state;
	struct asker *a = u->state;

	(void)bytes;
	if (!s->going || sent || strcmp(name, "pong") != 0 ||
	    a->under_way == 0)
		return;
	a->under_way--;
	s->under_way--;
	tally_add(g->tally, COUNT_RECEIVED, 1);
	g->tally->last = loop_clock();
	let_ask(g, a, 1);
}

static void
report(const struct run *r, struct report *to)
{
	run_report_rate(r, to, "echoes", STAGE_ECHO, COUNT_RECEIVED);
	run_report_calls(r, to, STAGE_ECHO,
	    run_grown(r, STAGE_ECHO, COUNT_RECEIVED));
}

static const struct stage stages[] = {
	{"log in", gen_login_all, gen_login_late},
	{"echo", begin, wake},
	{NULL, NULL, NULL},
};

const struct mode mode_echo = {
	.name = "echo",
	.help = "questions that the server answers and does not store",
	.own = true,
	.calls = true,
	.users = gen_users,
	.prepare = prepare,
	.end = end,
	.stages = stages,
	.event = gen_event_old,
	.stanza = stanza,
	.report = report,
};

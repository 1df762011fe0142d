/* SPDX-License-Identifier: ISC */
/*
 * mixed: a day in short.  Users do what the table below says, so many actions a
 * second, however the server answers; some of them are away for a while and get
 * what they have missed when they are back.  In the end all come back, and
 * everything must have arrived, once and in its order.  One process.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/bench/loop.h"
#include "src/bench/pair.h"
#include "src/bench/report.h"
#include "src/bench/run.h"

#define SECOND INT64_C(1000000000)

enum {
	STAGE_DAY = 2, STAGE_RETURN,
	AWAY_PART = 4,		/* at most one user in so many */
	WATCHED = 3,		/* users whom each watches */
	TRIES = 64,		/* to find who can do something */
	POLL_NS = 10000000
};

struct state;

/* Of all actions, and who does one: false, nobody can. */
static bool act_message(struct gen *), act_post(struct gen *),
    act_typing(struct gen *), act_presence(struct gen *),
    act_page(struct gen *), act_leave(struct gen *), act_come(struct gen *);

static const struct action {
	const char *name;
	unsigned percent;
	bool (*act)(struct gen *);
} actions[ACTIONS] = {
	{"messages", 54, act_message},	/* to another one, who reads it */
	{"posts", 14, act_post},	/* to a group */
	{"typings", 14, act_typing},
	{"presences", 6, act_presence},	/* away, there again */
	{"pages", 6, act_page},		/* of the last chat, 30 entries */
	{"leaves", 3, act_leave},	/* without a word */
	{"returns", 3, act_come},
};

static const size_t group_sizes[] = {4, 16, 64};

enum { GROUPS = sizeof(group_sizes) / sizeof(group_sizes[0]) };

struct person {
	struct user *user;
	struct waiting acks;
	bool shown_away;
	int64_t came;		/* when it logged in last; 0: not yet */
	uint64_t *sent;		/* to each, and to each group */
	uint64_t *expected;	/* from each, and from each in each group */
};

struct group {
	char name[USER_NAME];
	size_t size, joined;
};

struct state {
	struct person *people;
	size_t n, away, groups_n;
	struct group groups[GROUPS];
	uint64_t owed;		/* deliveries that are to come */
	uint64_t unsettled;	/* sends */
	uint64_t random, done, total;
	double step;
	int64_t start;
	bool over;		/* all is said */
};

static uint64_t
chance(struct state *s, uint64_t below)
{
	uint64_t x = s->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	s->random = x;
	return x % below;
}

/* ---- who there is ---- */

/* At those behind him, in a circle. */
static void
watch_some(struct gen *g, const struct user *u)
{
	const struct conf *c = g->conf;
	char name[USER_NAME];

	for (uint64_t k = 1; k <= WATCHED && k < c->users; k++) {
		gen_user_name(c, (u->index + k) % c->users, name);
		c->driver->look(u->link, name);
	}
}

static void
prepare(struct gen *g)
{
	const struct conf *c = g->conf;
	struct state *s = g->state = gen_alloc(g, 1, sizeof(*s));
	size_t places = (size_t)c->users * (1 + GROUPS);

	s->random = 0x9e3779b97f4a7c15;	/* the same day each time */
	s->n = (size_t)c->users;
	s->people = gen_alloc(g, s->n, sizeof(*s->people));
	for (size_t i = 0; i < s->n; i++) {
		struct person *p = &s->people[i];

		p->user = gen_add_user(g, i, p);
		p->sent = gen_alloc(g, s->n + GROUPS, sizeof(uint64_t));
		p->expected = gen_alloc(g, places, sizeof(uint64_t));
		if (!g->failed)
			watch_some(g, p->user);
	}
	for (size_t i = 0; i < GROUPS; i++) {
		struct group *group = &s->groups[i];

		group->size = group_sizes[i] < s->n ? group_sizes[i] : s->n;
		snprintf(group->name, sizeof(group->name), "m%08" PRIx32
		    "-%zu", c->run, group->size);
	}
}

static void
end(struct gen *g)
{
	struct state *s = g->state;

	for (size_t i = 0; i < s->n; i++) {
		free(s->people[i].sent);
		free(s->people[i].expected);
		free(s->people[i].acks.v);
	}
	free(s->people);
	free(s);
}

/* ---- groups: of the first users ---- */

static void
make_group(struct gen *g, const struct group *group)
{
	const struct state *s = g->state;
	struct group_member *others = gen_alloc(g, group->size,
	    sizeof(*others));
	char why[TALLY_WHY];

	for (size_t i = 1; i < group->size; i++)
		others[i - 1].name = s->people[i].user->name;
	if (g->conf->driver->make(s->people[0].user->link, group->name,
	    others, group->size - 1, why, sizeof(why)) != 0)
		gen_fail(g, "%s", why);
	free(others);
}

/* One after the other. */
static void
make_next(struct gen *g)
{
	struct state *s = g->state;

	if (s->groups_n == GROUPS) {
		gen_stage_done(g);
		return;
	}
	make_group(g, &s->groups[s->groups_n]);
	gen_wake_at(g, loop_clock() + (int64_t)g->conf->patience * SECOND);
}

static void
make_late(struct gen *g)
{
	if (!gen_progress(g))
		gen_fail(g, "a group is not made, and nothing happens");
}

static void
on_joined(struct gen *g, const struct link_event *e)
{
	struct state *s = g->state;
	struct group *group = &s->groups[s->groups_n];

	if (s->groups_n == GROUPS || strcmp(e->text, group->name) != 0)
		return;
	tally_add(g->tally, COUNT_JOINED, 1);
	if (++group->joined < group->size)
		return;
	s->groups_n++;
	make_next(g);
}

/* ---- actions ---- */

/* Somebody of the first BELOW who is there; NULL: hardly anybody. */
static struct person *
somebody(struct state *s, size_t below)
{
	for (int i = 0; i < TRIES; i++) {
		struct person *p = &s->people[chance(s, below)];

		if (p->user->ready)
			return p;
	}
	return NULL;
}

static void
sent(struct gen *g, struct person *p, uint64_t n, uint64_t recipients)
{
	struct state *s = g->state;

	waiting_add(g, &p->acks, n, loop_clock());
	tally_add(g->tally, COUNT_SENT, 1);
	s->unsettled++;
	s->owed += recipients;
}

static bool
act_message(struct gen *g)
{
	struct state *s = g->state;
	struct person *p = somebody(s, s->n);
	size_t to = (size_t)chance(s, s->n);
	char text[PAIR_TEXT_MAX];
	uint64_t n;

	if (p == NULL || &s->people[to] == p)
		return false;
	pair_text(g->conf, text, p->user->index, p->sent[to], loop_clock());
	if (!gen_send(g, p->user, s->people[to].user->name, text,
	    g->conf->size, &n))
		return false;
	p->sent[to]++;
	sent(g, p, n, 1);
	return true;
}

static bool
act_post(struct gen *g)
{
	struct state *s = g->state;
	size_t i = (size_t)chance(s, GROUPS);
	struct group *group = &s->groups[i];
	struct person *p = somebody(s, group->size);
	char text[PAIR_TEXT_MAX];
	uint64_t n;

	if (p == NULL)
		return false;
	pair_text(g->conf, text, (i + 1) * s->n + p->user->index,
	    p->sent[s->n + i], loop_clock());
	if (!gen_post(g, p->user, group->name, text, g->conf->size, &n))
		return false;
	p->sent[s->n + i]++;
	sent(g, p, n, group->size - 1);
	return true;
}

static bool
act_typing(struct gen *g)
{
	struct state *s = g->state;
	const struct person *p = somebody(s, s->n);

	if (p == NULL)
		return false;
	g->conf->driver->type(p->user->link,
	    s->people[chance(s, s->n)].user->name);
	return true;
}

static bool
act_presence(struct gen *g)
{
	struct state *s = g->state;
	struct person *p = somebody(s, s->n);

	if (p == NULL)
		return false;
	p->shown_away = !p->shown_away;
	g->conf->driver->show(p->user->link, p->shown_away);
	return true;
}

static bool
act_page(struct gen *g)
{
	const struct person *p = somebody(g->state, g->nusers);

	return p != NULL && g->conf->driver->page(p->user->link) == 0;
}

static bool
act_leave(struct gen *g)
{
	struct state *s = g->state;
	const struct person *p = somebody(s, s->n);

	/* what he has sent is settled first: a count of it is kept */
	if (p == NULL || p->acks.n > 0 || s->away >= s->n / AWAY_PART)
		return false;
	s->away++;
	gen_leave(g, p->user);
	return true;
}

static bool
act_come(struct gen *g)
{
	struct state *s = g->state;

	for (int i = 0; i < TRIES && s->away > 0; i++) {
		struct person *p = &s->people[chance(s, s->n)];

		if (p->user->ready || p->user->coming)
			continue;
		s->away--;
		p->came = loop_clock();
		gen_come(g, p->user);
		return true;
	}
	return false;
}

/* ---- the day ---- */

static void
act(struct gen *g)
{
	struct state *s = g->state;
	unsigned at = (unsigned)chance(s, 100), i = 0;

	for (; i + 1 < ACTIONS && at >= actions[i].percent; i++)
		at -= actions[i].percent;
	/* who cannot do one thing says something */
	if (!actions[i].act(g)) {
		i = 0;
		if (!actions[0].act(g))
			return;
	}
	g->tally->actions[i]++;
}

static void
begin(struct gen *g)
{
	const struct conf *c = g->conf;
	struct state *s = g->state;

	g->tally->first = g->tally->last = s->start = loop_clock();
	for (size_t i = 0; i < s->n; i++)
		s->people[i].came = s->start;
	s->step = (double)SECOND / (double)c->rate;
	s->total = c->messages > 0 ? c->messages : c->rate * c->seconds;
	gen_wake_at(g, s->start);
}

/* Who is coming must be there before the stage ends. */
static void
day(struct gen *g)
{
	struct state *s = g->state;
	int64_t at;

	for (; s->done < s->total && !g->failed; s->done++) {
		at = s->start + (int64_t)(s->step * (double)s->done);
		if (at > loop_clock()) {
			gen_wake_at(g, at);
			return;
		}
		hist_add(&g->tally->times[TIME_LATE], loop_clock() - at);
		act(g);
	}
	if (g->under_way > 0)
		gen_wake_at(g, loop_clock() + POLL_NS);
	else
		gen_stage_done(g);
}

/* ---- the end of it ---- */

static void
check_settled(struct gen *g)
{
	const struct state *s = g->state;

	if (s->over && g->missing == 0 && s->owed == 0 && s->unsettled == 0)
		gen_stage_done(g);
}

static void
come_back(struct gen *g)
{
	struct state *s = g->state;

	s->over = true;
	gen_login(g, check_settled);
}

static void
give_up(struct gen *g)
{
	const struct state *s = g->state;

	if (gen_progress(g))
		return;
	tally_add(g->tally, COUNT_MISSING, s->owed + s->unsettled);
	gen_stage_done(g);
}

/* ---- what comes ---- */

static void
on_outcome(struct gen *g, struct person *p, const struct link_event *e)
{
	struct state *s = g->state;
	int64_t since;

	if (!waiting_take(&p->acks, e->n, &since))
		return;
	s->unsettled--;
	if (e->type == LINK_REFUSED) {
		tally_add(g->tally, COUNT_REFUSED, 1);
	} else {
		g->tally->last = loop_clock();
		tally_add(g->tally, COUNT_ACKED, 1);
		hist_add(&g->tally->times[TIME_ACK], g->tally->last - since);
	}
	check_settled(g);
}

static void
on_message(struct gen *g, struct person *p, const struct link_event *e)
{
	struct state *s = g->state;
	uint64_t from, place;
	int64_t since;

	if (!pair_parse(g->conf, e, &from, &place, &since) ||
	    from >= s->n * (1 + GROUPS)) {
		tally_add(g->tally, COUNT_OLD, 1);
		return;
	}
	if (place < p->expected[from]) {
		tally_add(g->tally, COUNT_DISORDERED, 1);
		return;
	}
	/* what was left out stays owed */
	p->expected[from] = place + 1;
	s->owed--;
	g->tally->last = loop_clock();
	tally_add(g->tally, COUNT_RECEIVED, 1);
	if (since > p->came)	/* he was there */
		hist_add(&g->tally->times[TIME_DELIVERY], g->tally->last -
		    since);
	check_settled(g);
}

static void
event(struct gen *g, struct user *u, const struct link_event *e)
{
	struct person *p = u->state;

	if (e->type == LINK_MESSAGE)
		on_message(g, p, e);
	else if (e->type == LINK_SENT || e->type == LINK_REFUSED)
		on_outcome(g, p, e);
	else if (e->type == LINK_JOINED)
		on_joined(g, e);
	else if (e->type == LINK_TICK)
		tally_add(g->tally, COUNT_TICKED, 1);
	else if (e->type == LINK_PRESENCE || e->type == LINK_TYPING)
		tally_add(g->tally, COUNT_PRESENCE, 1);
	else if (e->type == LINK_PAGE)
		hist_add(&g->tally->times[TIME_PAGE], e->since);
}

static void
report(const struct run *r, struct report *to)
{
	const uint64_t *done = r->tally->actions;
	uint64_t all = 0;

	for (unsigned i = 0; i < ACTIONS; i++) {
		report_count(to, actions[i].name, done[i]);
		all += done[i];
	}
	run_report_cost(r, to, "actions", STAGE_DAY, all);
	run_report_rate(r, to, "deliveries", STAGE_DAY, COUNT_RECEIVED);
	report_count(to, "delivered_at_the_end", run_grown(r, STAGE_RETURN,
	    COUNT_RECEIVED));
	report_count(to, "receipts", r->sights[r->stages].counts[COUNT_TICKED]);
	report_count(to, "updates", r->sights[r->stages].
	    counts[COUNT_PRESENCE]);
	run_report_store(r, to, STAGE_DAY);
	run_report_latency(r, to, "ack", TIME_ACK);
	run_report_latency(r, to, "delivery", TIME_DELIVERY);
	run_report_latency(r, to, "page", TIME_PAGE);
	run_report_latency(r, to, "login", TIME_LOGIN);
	run_report_latency(r, to, "late", TIME_LATE);
}

static const struct stage stages[] = {
	{"log in", gen_login_all, gen_login_late},
	{"join", make_next, make_late},
	{"day", begin, day},
	{"return", come_back, give_up},
	{NULL, NULL, NULL},
};

const struct mode mode_mixed = {
	.name = "mixed",
	.help = "a day in short: chats, groups, presence, absences, history",
	.receipts = true,
	.reads = true,
	.alone = true,
	.own = true,
	.users = gen_users,
	.prepare = prepare,
	.end = end,
	.stages = stages,
	.event = event,
	.report = report,
};

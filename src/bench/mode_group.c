/* SPDX-License-Identifier: ISC */
/*
 * group: groups whose members are all there; some of them post.  A post is in
 * flight until it is acknowledged and all others have it, so that nobody is
 * ever far behind; each poster keeps a window of them.  The groups are shared
 * among the processes, and a group's members belong to one of them.
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

enum { STAGE_POST = 2, WINDOW_MAX = 64 };

struct post {
	bool acked;
	uint64_t missing;	/* members who do not have it */
	int64_t since;
};

struct member {
	struct user *user;
	struct group *group;
	uint64_t index;		/* in the group; the first of them post */
	bool joined;
	uint64_t *expected;	/* the place of each poster's next */
	/* of a poster */
	struct waiting acks;
	struct post posts[WINDOW_MAX];	/* by place */
	uint64_t acked, sent, finished;	/* finished: and all before it */
};

struct group {
	uint64_t index;
	char name[USER_NAME];
	struct member *members;
	uint64_t joined;
	uint64_t first, last;	/* positions of this run in its log */
};

struct state {
	struct group *groups;
	size_t n;
	int64_t stop_at;	/* nothing is posted from then on */
	uint64_t each;		/* posts of a poster; UINT64_MAX: no limit */
	bool posting;
};

static uint64_t
group_users(const struct conf *c)
{
	return c->groups * c->members;
}

static uint64_t
posters(const struct conf *c)
{
	return c->posters < c->members ? c->posters : c->members;
}

/* ---- who is in them ---- */

static void
add_group(struct gen *g, struct group *group, uint64_t index)
{
	const struct conf *c = g->conf;

	group->index = index;
	snprintf(group->name, sizeof(group->name), "g%08" PRIx32 "-%" PRIu64,
	    c->run, index);
	group->members = gen_alloc(g, c->members, sizeof(struct member));
	for (uint64_t i = 0; i < c->members; i++) {
		struct member *m = &group->members[i];

		m->group = group;
		m->index = i;
		m->expected = gen_alloc(g, posters(c), sizeof(uint64_t));
		m->user = gen_add_user(g, index * c->members + i, m);
	}
}

static void
prepare(struct gen *g)
{
	const struct conf *c = g->conf;
	struct state *s = g->state = gen_alloc(g, 1, sizeof(*s));

	for (uint64_t i = g->process; i < c->groups; i += c->processes)
		s->n++;
	s->groups = gen_alloc(g, s->n, sizeof(*s->groups));
	for (size_t i = 0; i < s->n; i++)
		add_group(g, &s->groups[i], g->process + i * c->processes);
}

static void
end(struct gen *g)
{
	struct state *s = g->state;

	for (size_t i = 0; i < s->n; i++) {
		struct member *m = s->groups[i].members;

		for (uint64_t k = 0; k < g->conf->members; k++) {
			free(m[k].expected);
			free(m[k].acks.v);
		}
		free(m);
	}
	free(s->groups);
	free(s);
}

/* ---- making them ---- */

static int
make(struct gen *g, const struct group *group, char *why, size_t whylen)
{
	const struct conf *c = g->conf;
	size_t n = (size_t)c->members - 1;
	struct group_member *others = gen_alloc(g, n, sizeof(*others));
	int rc;

	for (size_t i = 0; i < n; i++)
		others[i].name = group->members[i + 1].user->name;
	rc = c->driver->make(group->members[0].user->link, group->name,
	    others, n, why, whylen);
	free(others);
	return rc;
}

static int
join(const struct gen *g, const struct group *group, char *why, size_t whylen)
{
	int rc = 0;

	for (uint64_t i = 0; i < g->conf->members && rc == 0; i++)
		rc = g->conf->driver->join(group->members[i].user->link,
		    group->name, why, whylen);
	return rc;
}

static void
make_all(struct gen *g)
{
	struct state *s = g->state;
	char why[TALLY_WHY];
	int rc = 0;

	g->tally->first = g->tally->last = loop_clock();
	for (size_t i = 0; i < s->n && rc == 0; i++)
		rc = g->conf->driver->make != NULL ?
		    make(g, &s->groups[i], why, sizeof(why)) :
		    join(g, &s->groups[i], why, sizeof(why));
	gen_wake_at(g, loop_clock() + (int64_t)g->conf->patience * SECOND);
	if (rc != 0)
		gen_fail(g, "%s", why);
	else if (s->n == 0)
		gen_stage_done(g);
}

static void
make_late(struct gen *g)
{
	const struct state *s = g->state;

	if (gen_progress(g))
		return;
	for (size_t i = 0; i < s->n; i++)
		if (s->groups[i].joined < g->conf->members)
			gen_fail(g, "only %" PRIu64 " members are in %s, and "
			    "nothing happens", s->groups[i].joined,
			    s->groups[i].name);
}

static void
on_joined(struct gen *g, struct member *m, const struct link_event *e)
{
	const struct state *s = g->state;

	if (m->joined || strcmp(e->text, m->group->name) != 0)
		return;		/* of an earlier run */
	m->joined = true;
	m->group->joined++;
	tally_add(g->tally, COUNT_JOINED, 1);
	g->tally->last = loop_clock();
	for (size_t i = 0; i < s->n; i++)
		if (s->groups[i].joined < g->conf->members)
			return;
	gen_stage_done(g);
}

/* ---- posting ---- */

static bool
may_post(const struct gen *g, const struct member *m)
{
	const struct state *s = g->state;

	return s->posting && m->sent < s->each &&
	    m->sent - m->finished < g->conf->window;
}

static void
post_one(struct gen *g, struct member *m, int64_t now)
{
	char text[PAIR_TEXT_MAX];
	uint64_t n;

	pair_text(g->conf, text, m->index, m->sent, now);
	if (!gen_post(g, m->user, m->group->name, text, g->conf->size, &n))
		return;
	m->posts[m->sent % WINDOW_MAX] = (struct post){
	    .missing = g->conf->members - 1, .since = now};
	m->sent++;
	tally_add(g->tally, COUNT_SENT, 1);
	waiting_add(g, &m->acks, n, now);
}

static void
post_more(struct gen *g, struct member *m)
{
	const struct state *s = g->state;
	int64_t now = loop_clock();

	while (!g->failed && may_post(g, m) && now < s->stop_at)
		post_one(g, m, now);
}

static void
check_finished(struct gen *g)
{
	const struct state *s = g->state;

	for (size_t i = 0; i < s->n; i++)
		for (uint64_t k = 0; k < posters(g->conf); k++) {
			const struct member *m = &s->groups[i].members[k];

			if (m->finished < m->sent ||
			    (s->posting && m->sent < s->each))
				return;
		}
	gen_stage_done(g);
}

/* One of the poster's may be finished, and those behind it. */
static void
settle(struct gen *g, struct member *m)
{
	const struct post *p = &m->posts[m->finished % WINDOW_MAX];
	uint64_t before = m->finished;

	while (m->finished < m->sent && p->acked && p->missing == 0)
		p = &m->posts[++m->finished % WINDOW_MAX];
	if (m->finished == before)
		return;
	post_more(g, m);
	check_finished(g);
}

static void
begin(struct gen *g)
{
	const struct conf *c = g->conf;
	struct state *s = g->state;
	uint64_t all = c->groups * posters(c);

	g->tally->first = g->tally->last = loop_clock();
	s->posting = true;
	s->each = c->messages == 0 ? UINT64_MAX : (c->messages + all - 1) / all;
	s->stop_at = c->messages > 0 ? INT64_MAX :
	    g->tally->first + (int64_t)c->seconds * SECOND;
	for (size_t i = 0; i < s->n; i++)
		for (uint64_t k = 0; k < posters(c); k++)
			post_more(g, &s->groups[i].members[k]);
	gen_wake_at(g, s->stop_at != INT64_MAX ? s->stop_at :
	    g->tally->first + (int64_t)c->patience * SECOND);
	check_finished(g);
}

static void
give_up(struct gen *g)
{
	struct state *s = g->state;

	for (size_t i = 0; i < s->n; i++)
		for (uint64_t k = 0; k < posters(g->conf); k++) {
			struct member *m = &s->groups[i].members[k];

			for (; m->finished < m->sent; m->finished++)
				tally_add(g->tally, COUNT_MISSING,
				    m->posts[m->finished %
				    WINDOW_MAX].missing);
		}
	gen_stage_done(g);
}

/* The time to post is over; later, the time to wait. */
static void
wake(struct gen *g)
{
	struct state *s = g->state;

	if (s->posting && s->stop_at != INT64_MAX) {
		s->posting = false;
		gen_wake_at(g, loop_clock() +
		    (int64_t)g->conf->patience * SECOND);
		check_finished(g);
	} else if (!gen_progress(g)) {
		give_up(g);
	}
}

/* ---- what comes ---- */

/* The log of a group holds its posts and nothing else, so its growth is the
 * entries that they took; the acknowledgements of two posters may cross. */
static void
note_position(struct gen *g, struct group *group, uint64_t position)
{
	uint64_t before = group->last - group->first;

	if (group->last == 0) {
		group->first = position - 1;
		group->last = position;
	} else if (position > group->last) {
		group->last = position;
	} else if (position <= group->first) {
		group->first = position - 1;
	}
	tally_add(g->tally, COUNT_ENTRIES, group->last - group->first -
	    before);
}

static void
on_outcome(struct gen *g, struct member *m, const struct link_event *e)
{
	struct post *p = &m->posts[m->acked % WINDOW_MAX];
	int64_t since;

	if (!waiting_take(&m->acks, e->n, &since))
		return;
	m->acked++;
	p->acked = true;
	if (e->type == LINK_REFUSED) {
		p->missing = 0;
		tally_add(g->tally, COUNT_REFUSED, 1);
	} else {
		g->tally->last = loop_clock();
		tally_add(g->tally, COUNT_ACKED, 1);
		hist_add(&g->tally->times[TIME_ACK], g->tally->last - since);
		note_position(g, m->group, e->position);
	}
	settle(g, m);
}

static void
delivered(struct gen *g, struct member *poster, uint64_t place)
{
	struct post *p = &poster->posts[place % WINDOW_MAX];
	int64_t now = loop_clock();

	hist_add(&g->tally->times[TIME_DELIVERY], now - p->since);
	g->tally->last = now;
	tally_add(g->tally, COUNT_RECEIVED, 1);
	if (--p->missing > 0)
		return;
	hist_add(&g->tally->times[TIME_LAST], now - p->since);
	settle(g, poster);
}

static void
on_message(struct gen *g, struct member *m, const struct link_event *e)
{
	uint64_t poster, place;
	int64_t since;

	if (!pair_parse(g->conf, e, &poster, &place, &since) ||
	    poster >= posters(g->conf)) {
		tally_add(g->tally, COUNT_OLD, 1);
		return;
	}
	if (place < m->expected[poster]) {
		tally_add(g->tally, COUNT_DISORDERED, 1);
		return;
	}
	/* what was left out stays in flight, and is found missing */
	m->expected[poster] = place + 1;
	if (place < m->group->members[poster].sent)
		delivered(g, &m->group->members[poster], place);
}

static void
event(struct gen *g, struct user *u, const struct link_event *e)
{
	struct member *m = u->state;

	if (e->type == LINK_JOINED)
		on_joined(g, m, e);
	else if (e->type == LINK_SENT || e->type == LINK_REFUSED)
		on_outcome(g, m, e);
	else if (e->type == LINK_MESSAGE)
		on_message(g, m, e);
	/* LINK_SKIPPED is of before it joined; a post that is left out stays
	 * in flight */
}

static void
report(const struct run *r, struct report *to)
{
	uint64_t n = run_grown(r, STAGE_POST, COUNT_ACKED);

	report_count(to, "members", r->conf->members);
	report_count(to, "posters", posters(r->conf));
	run_report_rate(r, to, "messages", STAGE_POST, COUNT_ACKED);
	run_report_rate(r, to, "deliveries", STAGE_POST, COUNT_RECEIVED);
	run_report_store(r, to, STAGE_POST);
	if (r->conf->driver->make != NULL && n > 0)
		report_number(to, "entries_per_message", (double)run_grown(r,
		    STAGE_POST, COUNT_ENTRIES) / (double)n, 3, "");
	run_report_writes(r, to, STAGE_POST, n);
	run_report_latency(r, to, "ack", TIME_ACK);
	run_report_latency(r, to, "delivery", TIME_DELIVERY);
	run_report_latency(r, to, "last", TIME_LAST);
}

static const struct stage stages[] = {
	{"log in", gen_login_all, gen_login_late},
	{"join", make_all, make_late},
	{"post", begin, wake},
	{NULL, NULL, NULL},
};

const struct mode mode_group = {
	.name = "group",
	.help = "groups whose members are all there; some of them post",
	.users = group_users,
	.prepare = prepare,
	.end = end,
	.stages = stages,
	.event = event,
	.report = report,
};

/* SPDX-License-Identifier: ISC */
#include "src/bench/gen.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/bench/loop.h"

#define SECOND INT64_C(1000000000)

/* The channel is its own watch, in front of the generator. */
struct process {
	struct watch watch;	/* first: the watch is the process */
	struct gen gen;
	bool ended;
};

void
gen_fail(struct gen *g, const char *fmt, ...)
{
	va_list ap;

	if (g->failed)
		return;
	g->failed = true;
	va_start(ap, fmt);
	vsnprintf(g->tally->why, sizeof(g->tally->why), fmt, ap);
	va_end(ap);
}

void *
gen_alloc(struct gen *g, size_t n, size_t size)
{
	void *p = calloc(n == 0 ? 1 : n, size);

	if (p == NULL) {
		gen_fail(g, "out of memory");
		_exit(EXIT_FAILURE);
	}
	return p;
}

void
gen_wake_at(struct gen *g, int64_t ns)
{
	g->wake_at = ns;
}

void
gen_stage_done(struct gen *g)
{
	g->stage_done = true;
	g->wake_at = INT64_MAX;
}

/* ---- users ---- */

uint64_t
gen_users(const struct conf *conf)
{
	return conf->users;
}

void
gen_user_name(const struct conf *conf, uint64_t index, char *out)
{
	snprintf(out, USER_NAME, "%s%llu", conf->prefix,
	    (unsigned long long)index);
}

struct user *
gen_add_user(struct gen *g, uint64_t index, void *state)
{
	char why[TALLY_WHY];
	struct user *u = gen_alloc(g, 1, sizeof(*u));

	if ((g->nusers & (g->nusers - 1)) == 0) {	/* a power of two */
		size_t cap = g->nusers == 0 ? 1 : 2 * g->nusers;

		g->users = realloc(g->users, cap * sizeof(struct user *));
		if (g->users == NULL)
			abort();
	}
	u->index = index;
	u->state = state;
	gen_user_name(g->conf, index, u->name);
	u->link = g->conf->driver->create(g->shared, u->name, (unsigned)index,
	    u, why, sizeof(why));
	if (u->link == NULL)
		gen_fail(g, "%s", why);
	g->users[g->nusers++] = u;
	return u;
}

bool
gen_send(struct gen *g, struct user *from, const char *to, const char *text,
    size_t len, uint64_t *n)
{
	char why[TALLY_WHY];

	if (g->conf->driver->send(from->link, to, text, len, n, why,
	    sizeof(why)) == 0)
		return true;
	gen_fail(g, "%s", why);
	return false;
}

bool
gen_post(struct gen *g, struct user *from, const char *group,
    const char *text, size_t len, uint64_t *n)
{
	char why[TALLY_WHY];

	if (g->conf->driver->post(from->link, group, text, len, n, why,
	    sizeof(why)) == 0)
		return true;
	gen_fail(g, "%s", why);
	return false;
}

void
gen_leave(struct gen *g, struct user *u)
{
	g->conf->driver->down(u->link);
	u->ready = false;
}

/* ---- logging in ---- */

bool
gen_progress(struct gen *g)
{
	uint64_t before = g->progress;

	g->progress = 0;
	for (unsigned i = 0; i < COUNTS; i++)
		g->progress += tally_get(g->tally, (enum count)i);
	if (g->progress == before)
		return false;
	gen_wake_at(g, loop_clock() + (int64_t)g->conf->patience * SECOND);
	return true;
}

void
gen_login(struct gen *g, void (*done)(struct gen *))
{
	g->all_in = done;
	g->next = g->under_way = g->missing = 0;
	for (size_t i = 0; i < g->nusers; i++)
		g->missing += !g->users[i]->ready;
	g->tally->first = g->tally->last = loop_clock();
	gen_wake_at(g, loop_clock() + (int64_t)g->conf->patience * SECOND);
	if (g->missing == 0)
		done(g);
}

void
gen_login_all(struct gen *g)
{
	gen_login(g, gen_stage_done);
}

void
gen_login_late(struct gen *g)
{
	const char *why = "";

	if (gen_progress(g))
		return;
	for (size_t i = 0; i < g->nusers && *why == '\0'; i++)
		if (!g->users[i]->ready)
			why = g->conf->driver->why(g->users[i]->link);
	gen_fail(g, "%zu of %zu users are not logged in, and nothing happens%s"
	    "%s", g->missing, g->nusers, *why == '\0' ? "" : ": ", why);
}

void
gen_event_old(struct gen *g, struct user *u, const struct link_event *e)
{
	(void)u;
	if (e->type == LINK_MESSAGE)
		tally_add(g->tally, COUNT_OLD, 1);
}

static void
login_more(struct gen *g)
{
	char why[TALLY_WHY];

	while (g->missing > 0 && g->under_way < g->conf->logins &&
	    g->next < g->nusers && !g->failed) {
		struct user *u = g->users[g->next++];

		if (u->ready)
			continue;
		u->since = loop_clock();
		g->under_way++;
		if (g->conf->driver->up(u->link, why, sizeof(why)) != 0)
			gen_fail(g, "%s", why);
	}
}

static void
logged_in(struct gen *g, struct user *u)
{
	if (u->ready)
		return;		/* it was away for a moment */
	u->ready = true;
	u->coming = false;
	g->tally->last = loop_clock();
	tally_add(g->tally, COUNT_LOGINS, 1);
	hist_add(&g->tally->times[TIME_LOGIN], g->tally->last - u->since);
	g->under_way--;
	if (--g->missing == 0)
		g->all_in(g);
}

static void
nothing(struct gen *g)
{
	(void)g;
}

void
gen_come(struct gen *g, struct user *u)
{
	char why[TALLY_WHY];

	g->all_in = nothing;
	g->missing++;
	g->under_way++;
	u->coming = true;
	u->since = loop_clock();
	if (g->conf->driver->up(u->link, why, sizeof(why)) != 0)
		gen_fail(g, "%s", why);
}

/* ---- events ---- */

static void
on_event(void *arg, void *owner, const struct link_event *e)
{
	struct gen *g = arg;
	struct user *u = owner;

	switch (e->type) {
	case LINK_READY:
		logged_in(g, u);
		break;
	case LINK_LOST:
		tally_add(g->tally, COUNT_DISCONNECTS, 1);
		if (g->conf->mode->outlives)
			g->conf->mode->event(g, u, e);
		break;
	case LINK_FAILED:
		if (g->conf->mode->outlives)
			g->conf->mode->event(g, u, e);
		else
			gen_fail(g, "%s", e->why);
		break;
	default:
		g->conf->mode->event(g, u, e);
	}
}

static void
on_stanza(void *arg, void *owner, bool sent, const char *name, size_t bytes)
{
	struct gen *g = arg;

	g->conf->mode->stanza(g, owner, sent, name, bytes);
}

/* ---- the channel ---- */

/* The number of a stage comes, or the end; a letter goes back. */
static void
say(struct gen *g, char c)
{
	if (write(g->channel, &c, 1) != 1)
		_exit(EXIT_FAILURE);
}

static void
on_channel(struct watch *w, bool readable, bool writable)
{
	struct process *p = (struct process *)w;
	struct gen *g = &p->gen;
	uint8_t stage;

	(void)readable;
	(void)writable;
	if (read(g->channel, &stage, 1) != 1) {
		p->ended = true;
		return;
	}
	g->stage = &g->conf->mode->stages[stage];
	g->stage_done = false;
	g->stage->begin(g);
}

/* ---- life ---- */

static void
run(struct process *p)
{
	struct gen *g = &p->gen;

	while (!p->ended && !g->failed) {
		int64_t until;

		login_more(g);
		until = g->conf->driver->turn(g->shared);
		if (g->wake_at < until)
			until = g->wake_at;
		if (g->stage != NULL && g->stage_done) {
			g->stage = NULL;
			say(g, 'd');
		}
		loop_turn(g->loop, g->failed ? 0 : until);
		if (g->stage != NULL && g->wake_at <= loop_clock()) {
			g->wake_at = INT64_MAX;
			g->stage->wake(g);
		}
	}
	if (g->failed)
		say(g, 'f');
}

static void
fini(struct gen *g)
{
	for (size_t i = 0; i < g->nusers; i++) {
		if (g->users[i]->link != NULL)
			g->conf->driver->destroy(g->users[i]->link);
		free(g->users[i]);
	}
	free(g->users);
	if (g->state != NULL)
		g->conf->mode->end(g);
	if (g->shared != NULL)
		g->conf->driver->stop(g->shared);
	loop_destroy(g->loop);
}

int
gen_main(const struct conf *conf, unsigned process, struct tally *tally,
    int channel)
{
	struct process p = {.watch = {.ready = on_channel}};
	struct gen *g = &p.gen;
	struct link_conf link = conf->link;
	char why[TALLY_WHY] = "";

	g->conf = conf;
	g->process = process;
	g->tally = tally;
	g->channel = channel;
	g->wake_at = INT64_MAX;
	link.event = on_event;
	link.arg = g;
	link.stanza = conf->mode->stanza != NULL ? on_stanza : NULL;
	g->loop = loop_create();
	if (g->loop != NULL)
		g->shared = conf->driver->start(&link, g->loop, why,
		    sizeof(why));
	if (g->shared == NULL || loop_watch(g->loop, &p.watch, channel, true,
	    false) != 0)
		gen_fail(g, "%s", *why == '\0' ? strerror(errno) : why);
	else
		conf->mode->prepare(g);
	run(&p);
	fini(g);
	return g->failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

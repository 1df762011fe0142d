/* SPDX-License-Identifier: ISC */
/* storm: users are cut off, all at once, and come back; each may watch some of
 * the others. */
#include "src/bench/gen.h"
#include "src/bench/loop.h"
#include "src/bench/run.h"

#define SECOND INT64_C(1000000000)

enum { STAGE_LOGIN, STAGE_CUT, STAGE_RETURN };

/* At those behind it, in a circle: each is looked at by as many. */
static void
look(struct gen *g, const struct user *u)
{
	const struct conf *c = g->conf;
	char name[USER_NAME];

	for (uint64_t k = 1; u != NULL && k <= c->watch && k < c->users; k++) {
		gen_user_name(c, (u->index + k) % c->users, name);
		c->driver->look(u->link, name);
	}
}

static void
prepare(struct gen *g)
{
	const struct conf *c = g->conf;

	if (c->watch > 0 && c->driver->look == NULL) {
		gen_fail(g, "--watch is for %s only",
		    driver_stonechat.name);
		return;
	}
	for (uint64_t i = g->process; i < c->users; i += c->processes)
		look(g, gen_add_user(g, i, NULL));
}

static void
cut(struct gen *g)
{
	for (size_t i = 0; i < g->nusers; i++)
		gen_leave(g, g->users[i]);
	/* the server has to notice */
	gen_wake_at(g, loop_clock() + SECOND);
}

static void
event(struct gen *g, struct user *u, const struct link_event *e)
{
	(void)u;
	if (e->type == LINK_MESSAGE)
		tally_add(g->tally, COUNT_OLD, 1);
	else if (e->type == LINK_PRESENCE)
		tally_add(g->tally, COUNT_PRESENCE, 1);
}

static void
report(const struct run *r, struct report *to)
{
	run_report_rate(r, to, "returned", STAGE_RETURN, COUNT_LOGINS);
	run_report_latency(r, to, "login", TIME_LOGIN);
	if (r->conf->watch == 0)
		return;
	run_report_rate(r, to, "first_updates", STAGE_LOGIN, COUNT_PRESENCE);
	run_report_rate(r, to, "updates", STAGE_RETURN, COUNT_PRESENCE);
}

static const struct stage stages[] = {
	{"log in", gen_login_all, gen_login_late},
	{"cut", cut, gen_stage_done},
	{"return", gen_login_all, gen_login_late},
	{NULL, NULL, NULL},
};

const struct mode mode_storm = {
	.name = "storm",
	.help = "users who are cut off, all at once, and come back",
	.users = gen_users,
	.prepare = prepare,
	.stages = stages,
	.event = event,
	.report = report,
};

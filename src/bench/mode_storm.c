/* SPDX-License-Identifier: ISC */
/* storm: users are cut off, all at once, and come back. */
#include "src/bench/gen.h"
#include "src/bench/loop.h"
#include "src/bench/run.h"

#define SECOND INT64_C(1000000000)

enum { STAGE_RETURN = 2 };

static uint64_t
storm_users(const struct conf *c)
{
	return c->users;
}

static void
prepare(struct gen *g)
{
	const struct conf *c = g->conf;

	for (uint64_t i = g->process; i < c->users; i += c->processes)
		(void)gen_add_user(g, i, NULL);
}

static void
end(struct gen *g)
{
	(void)g;
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
}

static void
report(const struct run *r, struct report *to)
{
	run_report_rate(r, to, "returned", STAGE_RETURN, COUNT_LOGINS);
	run_report_latency(r, to, "login", TIME_LOGIN);
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
	.users = storm_users,
	.prepare = prepare,
	.end = end,
	.stages = stages,
	.event = event,
	.report = report,
};

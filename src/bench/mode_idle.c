/* SPDX-License-Identifier: ISC */
/* idle: users log in and do nothing: what does each cost the server? */
#include "src/bench/loop.h"
#include "src/bench/gen.h"
#include "src/bench/run.h"

#define SECOND INT64_C(1000000000)

enum { STAGE_LOGIN, STAGE_SETTLE, STAGE_IDLE };

static void
prepare(struct gen *g)
{
	const struct conf *c = g->conf;

	for (uint64_t i = g->process; i < c->users; i += c->processes)
		(void)gen_add_user(g, i, NULL);
}

/* What the logins have left to do is done. */
static void
settle(struct gen *g)
{
	gen_wake_at(g, loop_clock() + SECOND);
}

static void
begin(struct gen *g)
{
	gen_wake_at(g, loop_clock() + (int64_t)g->conf->seconds * SECOND);
}

static void
report(const struct run *r, struct report *to)
{
	run_report_memory(r, to, STAGE_LOGIN, STAGE_SETTLE);
	run_report_idle(r, to, STAGE_IDLE);
}

static const struct stage stages[] = {
	{"log in", gen_login_all, gen_login_late},
	{"settle", settle, gen_stage_done},
	{"idle", begin, gen_stage_done},
	{NULL, NULL, NULL},
};

const struct mode mode_idle = {
	.name = "idle",
	.help = "users who are logged in and do nothing",
	.users = gen_users,
	.prepare = prepare,
	.stages = stages,
	.event = gen_event_old,
	.report = report,
};

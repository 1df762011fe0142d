/* SPDX-License-Identifier: ISC */
#include "src/bench/away.h"

#include "src/bench/loop.h"

enum { NOTICED_NS = 200000000 };

uint64_t
away_users(const struct conf *c)
{
	return c->senders + c->users;
}

bool
away_sends(const struct gen *g, const struct user *u)
{
	return u->index < g->conf->senders;
}

void
away_leave(struct gen *g)
{
	for (size_t i = 0; i < g->nusers; i++)
		if (!away_sends(g, g->users[i]))
			gen_leave(g, g->users[i]);
	gen_wake_at(g, loop_clock() + NOTICED_NS);
}

/* SPDX-License-Identifier: ISC */
#include "tests/sim/regret.h"

#include <inttypes.h>
#include <stdio.h>

#include "tests/sim/sim.h"
#include "tests/sim/workload.h"

/* How long who is away stays so: longer than what was on its way may take. */
enum { AWAY_MS = 14000, TRIES = 6 };

static void
again(struct sim *s, int64_t least, int64_t most)
{
	timer_in(&s->w.clock, &s->regret.timer,
	    prng_between(&s->w.rng, least, most));
}

/* A device that knows the chat, and goes away. */
static bool
send_away(struct sim *s, const struct peer *but, const struct chat_id *id)
{
	unsigned from = (unsigned)prng_below(&s->w.rng, s->npeers);

	for (unsigned i = 0; i < s->npeers; i++) {
		struct peer *p = s->peers[(from + i) % s->npeers];

		if (p == but || p->client == NULL || ledger_number_of(
		    &s->ledger, s->users[p->user].id, id) == 0)
			continue;
		peer_stop(p, PEER_KILLED);
		timer_in(&s->w.clock, &p->revive,
		    prng_between(&s->w.rng, AWAY_MS, 2 * AWAY_MS));
		return true;
	}
	return false;
}

static void
write_one(struct sim *s)
{
	struct sim_regret *r = &s->regret;
	struct peer *p;
	const struct fact_number *f;
	uint64_t number;

	again(s, 1000, 4000);
	r->peer = (unsigned)prng_below(&s->w.rng, s->npeers);
	p = s->peers[r->peer];
	if (p->client == NULL || !p->online)
		return;
	number = workload_chat(p, prng_one_in(&s->w.rng, 2) ? SC_CHAT_DIRECT
	    : SC_CHAT_GROUP);
	f = ledger_number(&s->ledger, s->users[p->user].id, number);
	if (f == NULL || !send_away(s, p, &f->id) || p->client == NULL)
		return;
	r->said = s->ledger.nsaid;
	r->tries = 0;
	peer_send_chat(p, number, 0);
}

static void
delete_it(struct sim *s)
{
	struct sim_regret *r = &s->regret;
	struct peer *p = s->peers[r->peer];
	struct said *new;
	unsigned id = ledger_say(&s->ledger, p->index, SAID_TO_CHAT);
	const struct said *old = &s->ledger.said[r->said];
	const struct sc_message m = {.kind = SC_KIND_DELETE,
	    .seq = old->seq, .reply = SAID_REPLIES + id};
	char where[24];

	snprintf(where, sizeof(where), "%" PRIu64, old->place);
	new = &s->ledger.said[id];
	new->number = old->place;
	new->kind = m.kind;
	new->target = m.seq;
	new->refused = sc_client_say(p->client, where, &m, &new->asked) != 0;
	report_trace(&s->w.report, p->name, "regrets m%u: m%u n=%" PRIu64,
	    r->said, id, new->asked);
	report_count(&s->w.report, COUNT_REGRETS);
	peer_pump(p);
}

static void
regret_step(void *arg)
{
	struct sim *s = arg;
	struct sim_regret *r = &s->regret;

	if (r->said == SAID_NONE) {
		write_one(s);
		return;
	}
	if (s->ledger.said[r->said].seq == 0 && ++r->tries < TRIES) {
		again(s, 200, 800);
		return;
	}
	if (s->ledger.said[r->said].seq != 0 &&
	    s->peers[r->peer]->client != NULL)
		delete_it(s);
	r->said = SAID_NONE;
	again(s, AWAY_MS, 2 * AWAY_MS);
}

void
regret_init(struct sim *s)
{
	timer_init(&s->regret.timer, regret_step, s);
	s->regret.said = SAID_NONE;
	if (s->offline && host_has("messages") && prng_one_in(&s->w.rng, 3))
		again(s, 2000, 15000);
}

void
regret_stop(struct sim *s)
{
	timer_clear(&s->w.clock, &s->regret.timer);
}

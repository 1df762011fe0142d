/* SPDX-License-Identifier: ISC */
#include "tests/sim/readers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim.h"
#include "tests/sim/workload.h"

static void
broken(struct peer *p, const struct sc_event *e, const char *what)
{
	report_fail(&p->sim->w.report, "R13", "%s: readers of chat %" PRIu64
	    " seq %" PRIu64 ": user %" PRIu64 " %s (%" PRId64 " %" PRId64 ")",
	    p->name, e->chat, e->seq, e->user, what, e->delivered_at,
	    e->read_at);
}

/* ---- asking ---- */

/* Some message of P's user from SEQ on; 0: there is none. */
static uint64_t
own_from(const struct peer *p, const struct app_chat *c, uint64_t seq)
{
	const struct sim *s = p->sim;

	for (; seq <= c->dense; seq++) {
		unsigned said = c->said[seq - 1];

		if (said != SAID_NONE && s->peers[s->ledger.said[said].peer]
		    ->user == p->user)
			return seq;
	}
	return 0;
}

void
readers_step(struct peer *p)
{
	struct sim *s = p->sim;
	struct app_readers *a = &p->readers[p->nreaders++ % READERS_ASKED];
	uint64_t seq, number = workload_chat(p, prng_one_in(&s->w.rng, 2)
	    ? SC_CHAT_DIRECT : SC_CHAT_GROUP);
	const struct app_chat *c;
	char chat[24];

	*a = (struct app_readers){.asked = ++s->moments,
	    .since = clock_mono(&s->w.clock)};
	if (number == 0)
		return;
	c = app_chat(p, number);
	seq = own_from(p, c, 1 + prng_below(&s->w.rng, c->dense + 1));
	snprintf(chat, sizeof(chat), "%" PRIu64, number);
	if (seq == 0 || sc_client_receipts(p->client, chat, seq, &a->id) != 0)
		a->id = 0;
	peer_pump(p);
}

/* ---- answers ---- */

static struct app_readers *
asked_by(struct peer *p, uint64_t id)
{
	for (unsigned i = 0; i < READERS_ASKED; i++)
		if (id != 0 && p->readers[i].id == id)
			return &p->readers[i];
	return NULL;
}

/* What was told of that member first; a new one: nothing yet.  NULL: there are
 * too many. */
static struct sim_reader *
reader_of(struct sim *s, const struct chat_id *id, uint64_t seq, uint64_t user)
{
	struct sim_reader *r = s->readers;

	for (; r < s->readers + s->nreaders; r++)
		if (r->seq == seq && r->user == user &&
		    memcmp(r->chat.b, id->b, sizeof(id->b)) == 0)
			return r;
	if (s->nreaders == READERS_MAX)
		return NULL;
	s->nreaders++;
	*r = (struct sim_reader){.chat = *id, .seq = seq, .user = user};
	return r;
}

/* It was told before this was asked, and is told again. */
static void
check_stays(struct peer *p, const struct sc_event *e,
    const struct app_readers *a, const struct sim_reader *r)
{
	bool later = r->told != 0 && r->told < a->asked;

	if (privacy_is_secret(p->sim, p->user, sim_user_of(p->sim, e->user)))
		return;

	if (later && ((r->delivered_at != 0 && e->delivered_at == 0) ||
	    (r->read_at != 0 && e->read_at == 0)))
		broken(p, e, "has it no more");
	if (!r->exact || e->estimated)
		return;
	if ((r->delivered_at != 0 && e->delivered_at != 0 &&
	    r->delivered_at != e->delivered_at) ||
	    (r->read_at != 0 && e->read_at != 0 && r->read_at != e->read_at))
		broken(p, e, "had it at another time");
}

static void
note(struct sim *s, const struct sc_event *e, struct sim_reader *r)
{
	if (r->told == 0)
		r->told = ++s->moments;
	else if ((r->delivered_at == 0 && e->delivered_at != 0) ||
	    (r->read_at == 0 && e->read_at != 0))
		r->told = ++s->moments;
	if (e->estimated && r->exact)
		return;		/* a time of it is still that */
	r->exact = !e->estimated;
	if (e->delivered_at != 0)
		r->delivered_at = e->delivered_at;
	if (e->read_at != 0)
		r->read_at = e->read_at;
}

/* Nobody is told to have what none of his devices has said; and what is told
 * is in the store, whatever happens to it. */
static void
check_earned(struct peer *p, const struct sc_event *e,
    const struct app_readers *a, struct fact_chat *c)
{
	struct ledger *l = &p->sim->ledger;
	uint64_t number = ledger_number_of(l, e->user, &c->id);
	const struct fact_heard *h = ledger_heard(l, e->user, number);
	struct fact_marks *m;

	if (number != 0 && ((e->delivered_at != 0 && h->delivered < e->seq) ||
	    (e->read_at != 0 && h->read < e->seq)))
		broken(p, e, "has not said so");
	if (number != 0 && e->read_at != 0)
		privacy_reader(p->sim, p->sim->users[p->user].id, h, e->seq,
		    a->since);
	m = ledger_marks(c, e->user);
	if (e->delivered_at != 0 && m->delivered < e->seq)
		m->delivered = e->seq;
	if (e->read_at != 0 && m->read < e->seq)
		m->read = e->seq;
}

static void
on_reader(struct peer *p, const struct sc_event *e, struct app_readers *a)
{
	struct sim *s = p->sim;
	struct fact_chat *c = ledger_chat(&s->ledger, s->users[p->user].id,
	    e->chat);
	unsigned user = sim_user_of(s, e->user);
	struct sim_reader *r;

	if (c == NULL || user == SIM_USERS_MAX || user == p->user) {
		broken(p, e, "is no reader");
		return;
	}
	if (a->seen >> user & 1)
		broken(p, e, "is told twice");
	a->seen |= 1u << user;
	if (e->delivered_at != 0)
		report_count(&s->w.report, COUNT_READERS);
	check_earned(p, e, a, c);
	r = reader_of(s, &c->id, e->seq, e->user);
	if (r == NULL)
		return;
	check_stays(p, e, a, r);
	note(s, e, r);
}

void
readers_event(struct peer *p, const struct sc_event *e)
{
	struct app_readers *a = asked_by(p, e->id);

	if (a == NULL)
		return;
	if (e->type == SC_EVENT_READER)
		on_reader(p, e, a);
	else
		a->id = 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * Messages that are more than a text: those that refer to an entry, whoever
 * wrote it and whether or not it is there, polls, votes and places.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim.h"
#include "tests/sim/workload.h"

enum { TEXT_MAX = 32 };

/* One that is being written. */
struct writing {
	struct peer *p;
	struct prng *rng;
	const struct app_chat *c;
	struct sc_message m;
	unsigned id;
	char text[TEXT_MAX];
};

/* Some entry of the chat, rather an own one; now and then none. */
static uint64_t
some_entry(struct writing *w, bool own)
{
	const struct ledger *l = &w->p->sim->ledger;
	uint64_t seq = 1 + prng_below(w->rng, w->c->dense +
	    (prng_one_in(w->rng, 20) ? 3 : 0));

	/* what is to disappear must be met before it has */
	if (w->p->sim->timers && w->c->dense > 4 && prng_one_in(w->rng, 2))
		return w->c->dense - prng_below(w->rng, 5);
	for (int i = 0; own && i < 12; i++) {
		unsigned id = seq <= w->c->cap ? w->c->said[seq - 1]
		    : SAID_NONE;

		if (id != SAID_NONE &&
		    w->p->sim->peers[l->said[id].peer]->user == w->p->user)
			break;
		seq = 1 + prng_below(w->rng, w->c->dense);
	}
	return seq;
}

/* What has no text of its own is found by what it seems to answer. */
static void
mark(struct writing *w)
{
	w->m.reply = SAID_REPLIES + w->id;
}

static void
edit(struct writing *w)
{
	w->m.kind = SC_KIND_EDIT;
	w->m.seq = some_entry(w, !prng_one_in(w->rng, 8));
	w->m.text = w->text;
	w->m.textlen = strlen(w->text);
}

static void
delete(struct writing *w)
{
	w->m.kind = SC_KIND_DELETE;
	w->m.seq = some_entry(w, !prng_one_in(w->rng, 6));
	mark(w);
}

static void
react(struct writing *w)
{
	edit(w);
	w->m.kind = SC_KIND_REACTION;
}

static void
pin(struct writing *w)
{
	w->m.kind = prng_one_in(w->rng, 3) ? SC_KIND_UNPIN : SC_KIND_PIN;
	w->m.seq = some_entry(w, false);
	mark(w);
}

static void
ask(struct writing *w)
{
	static const char *options[] = {"yes", "no", "perhaps"};

	w->m.kind = SC_KIND_POLL;
	w->m.name = w->text;
	w->m.options = options;
	w->m.noptions = 1 + (size_t)prng_below(w->rng, 3);
	w->m.most = 1 + prng_below(w->rng, 3);
}

/* In a poll, if there is one. */
static void
vote(struct writing *w)
{
	const struct ledger *l = &w->p->sim->ledger;

	w->m.kind = SC_KIND_VOTE;
	w->m.seq = some_entry(w, false);
	for (uint64_t seq = w->c->dense; seq > 0; seq--)
		if (w->c->said[seq - 1] != SAID_NONE &&
		    l->said[w->c->said[seq - 1]].kind == SC_KIND_POLL &&
		    !prng_one_in(w->rng, 3))
			w->m.seq = seq;
	w->m.choices = prng_below(w->rng, 8);
	mark(w);
}

static void
place(struct writing *w)
{
	w->m.kind = SC_KIND_LOCATION;
	w->m.name = w->text;
	w->m.latitude = prng_between(w->rng, -950000000, 950000000);
	w->m.longitude = prng_between(w->rng, -1800000000, 1800000000);
	if (prng_one_in(w->rng, 3))
		w->m.until = clock_wall(&w->p->sim->w.clock) +
		    prng_between(w->rng, -5000, 100000);
}

static void (*const kinds[])(struct writing *) = {edit, edit, edit, delete,
    delete, delete, react, react, react, pin, ask, ask, vote, vote, place};

static void
write_it(struct writing *w)
{
	struct ledger *l = &w->p->sim->ledger;
	struct said *s = &l->said[w->id];
	char where[24];
	uint64_t n = 0;
	int rc;

	s->number = w->c->number;
	s->kind = w->m.kind;
	s->target = w->m.seq;
	snprintf(where, sizeof(where), "%" PRIu64, w->c->number);
	rc = sc_client_say(w->p->client, where, &w->m, &n);
	report_trace(&w->p->sim->w.report, w->p->name, "says m%u (%d of %"
	    PRIu64 ") in %s: n=%" PRIu64 " %s", w->id, (int)w->m.kind,
	    w->m.seq, where, n, rc == 0 ? "" : sc_code_text(rc));
	s->refused = rc != 0;
	s->asked = n;
	peer_pump(w->p);
}

void
messages_step(struct peer *p)
{
	struct prng *rng = &p->sim->w.rng;
	struct writing w = {.p = p, .rng = rng};

	if (p->nchats == 0)
		return;
	w.c = &p->chats[prng_below(rng, p->nchats)];
	/* a first message is answered before its chat is introduced */
	if (w.c->number == 1 || w.c->dense == 0 ||
	    sc_client_next_chat(p->client, w.c->number - 1) != w.c->number)
		return;
	w.id = ledger_say(&p->sim->ledger, p->index, SAID_TO_CHAT);
	(void)said_text(w.id, w.text, sizeof(w.text));
	kinds[prng_below(rng, sizeof(kinds) / sizeof(kinds[0]))](&w);
	write_it(&w);
}

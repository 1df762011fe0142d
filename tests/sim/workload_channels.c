/* SPDX-License-Identifier: ISC */
/* What users do with channels, and at which large chats they look. */
#include <inttypes.h>
#include <stdio.h>

#include "tests/sim/sim.h"
#include "tests/sim/workload.h"

enum { CHANNELS_MAX = 2 };

struct doing {
	struct sim *s;
	struct peer *p;
	struct prng *rng;
	uint64_t number;
	char chat[24];
	struct app_request r;
};

static void
done(struct doing *d, const char *what, int rc)
{
	report_trace(&d->s->w.report, d->p->name, "%s channel %s: n=%" PRIu64
	    " %s", what, d->chat, d->r.n, rc == 0 ? "" : sc_code_text(rc));
	if (d->r.said != SAID_NONE) {
		d->s->ledger.said[d->r.said].refused = rc != 0;
		d->s->ledger.said[d->r.said].asked = d->r.n;
	}
	if (rc == 0)
		request_note(d->p, &d->r);
	peer_pump(d->p);
}

static void
make_or_rename(struct doing *d, bool make)
{
	struct ledger *l = &d->s->ledger;
	char name[32];
	const struct sc_group g = {.name = name};

	d->r.said = ledger_say(l, d->p->index, SAID_TO_CHAT);
	l->said[d->r.said].number = d->number;
	l->said[d->r.said].named = true;
	(void)said_text(d->r.said, name, sizeof(name));
	d->s->channels += make;
	done(d, make ? "makes" : "renames", make
	    ? sc_client_channel_create(d->p->client, &g, &d->r.n)
	    : sc_client_group_set(d->p->client, d->chat, &g, &d->r.n));
}

/* Any that has been seen, by its id. */
static void
join(struct doing *d)
{
	const struct fact_chat *found = NULL;
	char id[CHAT_ID_TEXT + 1];
	unsigned n = 0;

	for (unsigned i = 0; i < d->s->ledger.nchats; i++)
		if (d->s->ledger.chats[i].kind == CHAT_KIND_CHANNEL &&
		    prng_below(d->rng, ++n) == 0)
			found = &d->s->ledger.chats[i];
	if (found == NULL)
		return;
	chat_id_print(&found->id, id);
	done(d, "joins", sc_client_channel_join(d->p->client, id, &d->r.n));
}

static void
change(struct doing *d, enum sc_group_change what)
{
	static const enum sc_role roles[] = {SC_ROLE_ADMIN, SC_ROLE_ADMIN,
	    SC_ROLE_MEMBER, SC_ROLE_OWNER};
	char name[32];
	const struct sc_member m = {.user = name, .role =
	    what == SC_GROUP_ROLE ? roles[prng_below(d->rng, 4)]
	    : SC_ROLE_UNSAID};

	snprintf(name, sizeof(name), "~%" PRIu64,
	    d->s->users[prng_below(d->rng, d->s->nusers)].id);
	done(d, "changes", sc_client_group_change(d->p->client, d->chat, what,
	    &m, what != SC_GROUP_LEAVE, &d->r.n));
}

static void
look(struct doing *d)
{
	if (prng_one_in(d->rng, 3))
		(void)sc_client_close(d->p->client, d->number);
	else
		(void)sc_client_open(d->p->client, d->number);
	peer_pump(d->p);
}

void
channels_step(struct peer *p)
{
	struct sim *s = p->sim;
	struct doing d = {s, p, &s->w.rng, workload_chat(p, SC_CHAT_CHANNEL),
	    "", {.kind = REQUEST_CHANNEL, .said = SAID_NONE}};
	uint64_t what = prng_below(d.rng, 100);

	snprintf(d.chat, sizeof(d.chat), "%" PRIu64, d.number);
	d.r.number = d.number;
	if (d.number == 0 && s->channels < CHANNELS_MAX)
		make_or_rename(&d, true);
	else if (d.number == 0 || what < 12)
		join(&d);
	else if (what < 50)
		peer_send_chat(p, d.number, workload_filler(s));
	else if (what < 70)
		look(&d);
	else if (what < 76)
		change(&d, SC_GROUP_LEAVE);
	else if (what < 88)
		change(&d, SC_GROUP_ROLE);
	else if (what < 94)
		change(&d, SC_GROUP_REMOVE);
	else
		make_or_rename(&d, false);
}

void
channels_look(struct sim *s)
{
	for (unsigned i = 0; i < s->npeers; i++) {
		struct peer *p = s->peers[i];
		uint64_t number = 0;

		if (p->client == NULL)
			continue;
		while ((number = sc_client_next_chat(p->client, number)) != 0)
			(void)sc_client_open(p->client, number);
		peer_pump(p);
	}
}

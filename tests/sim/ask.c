/* SPDX-License-Identifier: ISC */
/*
 * What the application of a device asks: pages of history, lists of devices,
 * and the end of another device of its user; and what the answers must be.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/common/err.h"
#include "tests/sim/expiry.h"
#include "tests/sim/peer.h"
#include "tests/sim/prune.h"
#include "tests/sim/sim.h"

static void
broken(struct peer *p, const char *rule, const char *what,
    const struct app_ask *a, uint64_t seq)
{
	report_fail(&p->sim->w.report, rule, "%s: %s: request %" PRIu64
	    " chat %" PRIu64 " seq %" PRIu64 " (next %" PRIu64 ")", p->name,
	    what, a->id, a->number, seq, a->next);
}

static struct app_ask *
ask_of(struct peer *p, uint64_t id)
{
	for (unsigned i = 0; i < APP_ASKS; i++)
		if (id != 0 && p->asks[i].id == id)
			return &p->asks[i];
	return NULL;
}

/* ---- asking ---- */

/* Some range that may be empty, of a chat with ENTRIES, or of the last MS. */
static void
choose_range(struct prng *rng, uint64_t entries, int64_t now, uint64_t ms,
    struct sc_history *h)
{
	if (prng_one_in(rng, 4))
		h->since = now - (int64_t)prng_below(rng, ms + 1);
	if (prng_one_in(rng, 4))
		h->until = now - (int64_t)prng_below(rng, ms + 1);
	if (prng_one_in(rng, 2))
		h->before = 1 + prng_below(rng, entries + 3);
	if (prng_one_in(rng, 3))
		h->after = 1 + prng_below(rng, entries + 3);
	if (!prng_one_in(rng, 4))
		h->limit = 1 + (uint32_t)prng_below(rng, 60);
}

void
ask_history(struct peer *p)
{
	struct prng *rng = &p->sim->w.rng;
	struct app_ask *a = ask_of(p, 0);
	struct sc_history h = {0};
	const struct app_chat *c;
	char number[24];

	for (unsigned i = 0; i < APP_ASKS && a == NULL; i++)
		if (p->asks[i].id == 0)
			a = &p->asks[i];
	if (a == NULL || p->nchats == 0)
		return;
	c = &p->chats[prng_below(rng, p->nchats)];
	/* a first message is answered before its chat is introduced */
	if (sc_client_next_chat(p->client, c->number - 1) != c->number)
		return;
	choose_range(rng, c->dense, clock_wall(&p->sim->w.clock), 300000, &h);
	*a = (struct app_ask){.number = c->number, .what = h,
	    .had = c->dense};
	snprintf(number, sizeof(number), "%" PRIu64, c->number);
	if (sc_client_history(p->client, number, &h, &a->id) != 0) {
		a->id = 0;	/* a rolled back state knows fewer chats */
		return;
	}
	report_trace(&p->sim->w.report, p->name, "asks %" PRIu64 " for %"
	    PRIu64 " before %" PRIu64 " after %" PRIu64 " since %" PRId64
	    " until %" PRId64 " limit %u", a->id, a->number, h.before, h.after,
	    h.since, h.until, h.limit);
	peer_pump(p);
}

void
ask_devices(struct peer *p)
{
	for (unsigned i = 0; i < APP_ASKS; i++) {
		struct app_ask *a = &p->asks[i];

		if (a->id != 0)
			continue;
		*a = (struct app_ask){.devices = true};
		if (sc_client_devices(p->client, &a->id) != 0)
			a->id = 0;
		break;
	}
	peer_pump(p);
}

/* Sets something for some chat, or stars one of the first entries in it. */
void
ask_change(struct peer *p)
{
	struct prng *rng = &p->sim->w.rng;
	const bool on = prng_one_in(rng, 2);
	const int64_t until = on ? SC_FOREVER : 0;
	struct sc_settings s = {0};
	const struct app_chat *c;
	uint64_t n = 0, what = prng_below(rng, 4);
	char number[24];
	int rc;

	if (p->nchats == 0)
		return;
	c = &p->chats[prng_below(rng, p->nchats)];
	s.muted = what == 0 ? &until : NULL;
	s.archived = what == 1 ? &on : NULL;
	s.pinned = what == 2 ? &on : NULL;
	snprintf(number, sizeof(number), "%" PRIu64, c->number);
	if (what == 3)
		rc = sc_client_star(p->client, number,
		    1 + prng_below(rng, 60), on, &n);
	else
		rc = sc_client_set(p->client, number, &s, &n);
	if (rc != 0)
		return;		/* the account log, or not known here yet */
	request_note(p, &(struct app_request){.n = n, .kind = REQUEST_SETTING,
	    .number = c->number, .said = SAID_NONE});
	report_trace(&p->sim->w.report, p->name, "sets %" PRIu64 " of %"
	    PRIu64 ": n=%" PRIu64, what, c->number, n);
	peer_pump(p);
}

/* Deletes some entry for this account alone. */
void
ask_hide(struct peer *p)
{
	struct prng *rng = &p->sim->w.rng;
	const struct app_chat *c;
	char number[24];
	uint64_t n = 0, seq;

	if (p->nchats == 0)
		return;
	c = &p->chats[prng_below(rng, p->nchats)];
	seq = 1 + prng_below(rng, c->dense + 2);
	snprintf(number, sizeof(number), "%" PRIu64, c->number);
	if (sc_client_hide(p->client, number, seq, &n) != 0)
		return;		/* the account log, or not known here yet */
	ledger_hide(&p->sim->ledger, &(struct fact_hidden){
	    p->sim->users[p->user].id, c->number, seq});
	request_note(p, &(struct app_request){.n = n, .kind = REQUEST_HIDE,
	    .number = c->number, .said = SAID_NONE});
	report_trace(&p->sim->w.report, p->name, "hides %" PRIu64 " of %"
	    PRIu64 ": n=%" PRIu64, seq, c->number, n);
	peer_pump(p);
}

bool
sim_was_revoked(const struct sim *s, unsigned user, uint32_t device)
{
	for (unsigned i = 0; i < s->nrevoked; i++)
		if (s->revoked[i].user == user &&
		    s->revoked[i].device == device)
			return true;
	return false;
}

void
ask_revoke(struct peer *p, struct peer *other)
{
	struct sim *s = p->sim;
	uint32_t device = other->client == NULL ? 0
	    : sc_client_device(other->client);
	uint64_t n = 0;

	if (other == p || other->user != p->user || device == 0 ||
	    s->nrevoked == SIM_REVOKED_MAX)
		return;
	s->revoked[s->nrevoked++] =
	    (struct sim_revoked){p->user, device};
	other->revoked = true;
	if (sc_client_revoke(p->client, device, &n) != 0)
		return;
	request_note(p, &(struct app_request){.n = n, .kind = REQUEST_REVOKE,
	    .said = SAID_NONE});
	report_trace(&s->w.report, p->name, "revokes %s (%u): n=%" PRIu64,
	    other->name, (unsigned)device, n);
	peer_pump(p);
}

/* ---- answers ---- */

static void
in_order(struct peer *p, struct app_ask *a, uint64_t first, uint64_t last)
{
	const struct sc_history *h = &a->what;

	if (a->next != 0 && first != a->next)
		broken(p, "R5", "a page with a hole", a, first);
	if (first <= h->after || (h->before != 0 && last >= h->before))
		broken(p, "R5", "a page beyond what was asked for", a, first);
	a->next = last + 1;
	a->entries += last - first + 1;
	if (h->limit != 0 && a->entries > h->limit)
		broken(p, "R5", "more than was asked for", a, first);
}

static void
on_entry(struct peer *p, struct app_ask *a, const struct sc_event *e)
{
	struct ledger *l = &p->sim->ledger;
	const struct app_chat *c = app_chat(p, a->number);
	unsigned id = app_said(p, e);

	report_count(&p->sim->w.report, COUNT_PAGE_ENTRIES);
	in_order(p, a, e->seq, e->seq);
	if (e->said->kind != SC_KIND_DELETED)
		expiry_told(p, e);
	if ((a->what.since != 0 && e->time < a->what.since) ||
	    (a->what.until != 0 && e->time >= a->what.until))
		broken(p, "R4", "not of the time that was asked for", a,
		    e->seq);
	if (id == SAID_NONE && !app_may_be_silent(p, a->number, e))
		broken(p, "R2", "a text that nobody wrote, in a page", a,
		    e->seq);
	else if (id != SAID_NONE && e->from !=
	    p->sim->users[p->sim->peers[l->said[id].peer]->user].id)
		broken(p, "R2", "from somebody else, in a page", a, e->seq);
	if (e->seq <= c->cap && c->said[e->seq - 1] != SAID_NONE &&
	    c->said[e->seq - 1] != id && e->said->kind != SC_KIND_DELETED)
		broken(p, "R2", "another message than before, in a page", a,
		    e->seq);
}

/* In groups some entries are not his to read, and some he has hidden. */
static void
on_skip(struct peer *p, struct app_ask *a, const struct sc_event *e)
{
	if (sc_client_chat_kind(p->client, a->number) == SC_CHAT_DIRECT &&
	    strcmp(e->why, "hidden") != 0 &&
	    !(p->sim->leaps && strcmp(e->why, "pruned") == 0))
		broken(p, "R5", "a skip, and nothing is pruned", a, e->first);
	if (a->next != 0 && e->first != a->next)
		broken(p, "R5", "a page with a hole", a, e->first);
	if (strcmp(e->why, "pruned") == 0)
		report_count(&p->sim->w.report, COUNT_PRUNED_PAGES);
	a->next = e->last + 1;
}

static void
on_device(struct peer *p, struct app_ask *a, const struct sc_event *e)
{
	if (e->device == sc_client_device(p->client))
		a->entries++;
}

/* The end of an answer.  What the application had been given when it asked is
 * in a history of the newest. */
static void
on_end(struct peer *p, struct app_ask *a)
{
	if (a->devices) {
		report_count(&p->sim->w.report, COUNT_LISTS);
		if (a->entries != 1 && !sim_was_revoked(p->sim, p->user,
		    sc_client_device(p->client)))
			broken(p, "R18", "not in its own list of devices", a,
			    0);
		return;
	}
	report_count(&p->sim->w.report, COUNT_HISTORIES);
	if (a->what.before == 0 && a->what.after == 0 &&
	    a->what.since == 0 && a->what.until == 0 && a->had > 0 &&
	    a->next <= a->had)
		broken(p, "R1", "less than it had", a, a->had);
}

static void
on_result(struct peer *p, const struct sc_event *e)
{
	struct app_ask *a = ask_of(p, e->id);
	const char *module;

	if (a == NULL)
		return;
	module = a->devices ? "devices" : "history";
	if (e->code == 0)
		on_end(p, a);
	else if (e->code == SC_CODE_UNAVAILABLE)
		report_count(&p->sim->w.report, COUNT_ASKS_ENDED);
	else if ((e->code != SC_CODE_NOT_ACCEPTABLE || host_has(module)) &&
	    !removal_may(p->sim, p->user))
		broken(p, "R8", "a question is refused", a,
		    (uint64_t)-e->code);
	a->id = 0;
}

void
ask_event(struct peer *p, const struct sc_event *e)
{
	struct app_ask *a = ask_of(p, e->id);

	quiz_event(p, e);
	if (e->type == SC_EVENT_RESULT && e->n != 0)
		request_event(p, e);
	else if (e->type == SC_EVENT_RESULT)
		on_result(p, e);
	else if (a == NULL)
		return;
	else if (e->type == SC_EVENT_DEVICE)
		on_device(p, a, e);
	else if (e->type == SC_EVENT_PAGE_MESSAGE)
		on_entry(p, a, e);
	else
		on_skip(p, a, e);
}

/* ---- ticks ---- */

struct ticking {
	struct peer *p;
	const struct app_chat *c;
};

/* Nobody waits for the ticks of an edit or of what is deleted (R14), and a mark
 * that is stated again for what has been dropped has a time that is guessed. */
static bool
counts(const struct ticking *k, const struct sc_tick *t)
{
	const struct sim *sim = k->p->sim;
	unsigned id = t->seq <= k->c->cap ? k->c->said[t->seq - 1]
	    : SAID_NONE;

	return id != SAID_NONE && !(sim->leaps && prune_may(sim, t->sent)) &&
	    ledger_counts(&sim->ledger, id);
}

static int
on_tick(void *arg, const struct sc_tick *t)
{
	const struct ticking *k = arg;
	unsigned user = sim_user_of(k->p->sim, t->user);
	const struct app_mark none = {0}, *m = user < APP_USERS
	    ? &k->c->marks[user] : &none;

	if ((m->delivered >= t->seq && t->delivered == 0) ||
	    (m->read >= t->seq && t->read == 0) ||
	    (t->delivered != 0 && t->delivered < t->sent && counts(k, t)))
		report_fail(&k->p->sim->w.report, "R13", "%s: chat %" PRIu64
		    " seq %" PRIu64 ": the client has forgotten a tick",
		    k->p->name, k->c->number, t->seq);
	return 0;
}

void
ask_check_ticks(struct peer *p)
{
	for (unsigned i = 0; i < p->nchats; i++) {
		struct ticking k = {p, &p->chats[i]};

		(void)sc_client_ticks(p->client, k.c->number, 1, UINT64_MAX,
		    on_tick, &k);
	}
}

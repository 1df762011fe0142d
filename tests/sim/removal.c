/* SPDX-License-Identifier: ISC */
#include "tests/sim/removal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/chat.h"
#include "src/chat/member.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "tests/sim/sim.h"
#include "tests/sim/workload.h"

/* What was written before it was done may still be on its way. */
enum { AGAIN_MS = 300, LATE_MS = 6000, OWNER_TRIES = 6 };

/* ---- what is asked of it ---- */

bool
removal_may(const struct sim *s, unsigned u)
{
	return s->removal.state != REMOVAL_NONE && s->removal.user == u;
}

bool
removal_is(const struct sim *s, unsigned u)
{
	return s->removal.state == REMOVAL_DONE && s->removal.user == u;
}

bool
removal_is_over(const struct sim *s)
{
	const struct sim_removal *r = &s->removal;

	return r->state == REMOVAL_NONE || (r->state == REMOVAL_DONE &&
	    (!r->again || r->heir != 0));
}

bool
removal_takes(const struct ledger *l, const struct fact_chat *c)
{
	const struct sim *s = l->sim;
	unsigned shown = 0;

	if (s->removal.state == REMOVAL_NONE)
		return false;
	if (c->account_of != 0)
		return removal_may(s, sim_user_of(s, c->account_of));
	for (uint64_t i = 0; i < c->count; i++)
		shown |= c->entries[i].shown;
	return (shown & ~(1u << s->removal.user)) == 0;
}

bool
removal_takes_mark(const struct ledger *l, uint64_t user)
{
	return removal_may(l->sim, sim_user_of(l->sim, user));
}

void
removal_told(struct sim *s, uint64_t user)
{
	if (removal_is(s, sim_user_of(s, user)) &&
	    clock_mono(&s->w.clock) > s->removal.done_at + LATE_MS)
		report_fail(&s->w.report, "R2", "an account that was removed "
		    "is told something");
}

/* ---- what it must not leave ---- */

struct comparing {
	struct sim *s;
	const char *when;
	uint64_t id;
};

static int
look_entry(void *arg, const struct entry *e)
{
	const struct comparing *c = arg;

	if (e->from == c->id)
		report_fail(&c->s->w.report, "R2", "%s: seq %" PRIu64 " is by "
		    "an account that was gone", c->when, e->seq);
	return 0;
}

static int
pass_skip(void *arg, uint64_t first, uint64_t last)
{
	(void)arg, (void)first, (void)last;
	return 0;
}

/* What was said to the one is not told to the other. */
static void
compare_heirs(struct sim *s, const struct fact_chat *c, const char *when)
{
	const struct sim_removal *r = &s->removal;
	unsigned both = 1u << r->user | 1u << r->heir;

	for (uint64_t i = 0; i < c->count && r->heir != 0; i++)
		if ((c->entries[i].shown & both) == both &&
		    c->kind == CHAT_KIND_DIRECT)
			report_fail(&s->w.report, "R2", "%s: seq %" PRIu64
			    " was shown to two of one name", when, i + 1);
}

void
removal_compare(struct sim *s, struct tx *tx, const char *when)
{
	const struct sim_removal *r = &s->removal;
	struct comparing cmp = {s, when, s->users[r->user].id};
	const struct chat_reader reader = {look_entry, pass_skip, &cmp};
	struct chat chat;

	if (r->state != REMOVAL_DONE)
		return;
	for (unsigned i = 0; i < s->ledger.nchats; i++) {
		const struct fact_chat *c = &s->ledger.chats[i];
		uint64_t head = i < r->nheads ? r->heads[i] : 0;

		compare_heirs(s, c, when);
		if (c->account_of == 0 && i < r->nheads &&
		    chat_get(tx, &c->id, &chat) == 0 && chat.head > head)
			(void)chat_read(tx, &c->id, head + 1, chat.head,
			    &reader);
	}
}

static void
note_heads(struct sim *s)
{
	struct sim_removal *r = &s->removal;
	struct arena arena;
	struct chat chat;
	struct tx tx;

	r->nheads = s->ledger.nchats;
	r->heads = xcalloc(r->nheads + 1, sizeof(r->heads[0]));
	arena_init(&arena, 0);
	host_look(s->host, &tx, &arena);
	for (unsigned i = 0; i < r->nheads; i++)
		if (chat_get(&tx, &s->ledger.chats[i].id, &chat) == 0)
			r->heads[i] = chat.head;
	host_look_end(&tx);
	arena_fini(&arena);
}

/* ---- the name again ---- */

static int
heir_run(struct tx *tx, void *arg)
{
	struct sim *s = arg;
	struct credential credential = {.iterations = 4096};
	struct slice name = slice_str(s->users[s->removal.user].name);
	struct user u;
	int rc = user_by_name(tx, name, &u);	/* of what a crash hid */

	if (rc == SC_ENOTFOUND)
		rc = user_create(tx, name, &credential, &u);
	if (rc == 0)
		s->removal.heir_id = u.id;
	return rc;
}

/* All watch him, as they do all. */
static void
introduce(struct sim *s, unsigned u)
{
	char user[32];

	snprintf(user, sizeof(user), "~%" PRIu64, s->users[u].id);
	for (unsigned i = 0; i < s->npeers; i++) {
		struct peer *p = s->peers[i];

		p->shown[u] = 0;
		if (p->client == NULL || !p->online || !host_has("presence"))
			continue;
		(void)sc_client_watch(p->client, user, true);
		peer_pump(p);
	}
}

static void
heir_done(void *arg, int rc)
{
	struct sim *s = arg;
	struct sim_removal *r = &s->removal;
	struct sim_user *u = &s->users[s->nusers];

	r->asking = false;
	if (rc != 0) {
		timer_in(&s->w.clock, &r->timer, AGAIN_MS);
		return;
	}
	if (r->heir_id == s->users[r->user].id)
		report_fail(&s->w.report, "R2", "an id is used again");
	*u = s->users[r->user];
	u->id = r->heir_id;
	snprintf(u->password, sizeof(u->password), "again");
	u->again = true;
	privacy_begin(&u->privacy);
	r->heir = s->nusers++;
	report_trace(&s->w.report, "operator", "%s is user%u now", u->name,
	    r->heir);
	s->peers[s->npeers] = peer_create(s, s->npeers, r->heir, 0);
	timer_in(&s->w.clock, &s->peers[s->npeers++]->revive, 0);
	introduce(s, r->heir);
}

/* ---- the removal ---- */

static void
removal_done(void *arg, int rc)
{
	struct sim *s = arg;
	struct sim_removal *r = &s->removal;
	struct ledger *l = &s->ledger;

	r->asking = false;
	report_trace(&s->w.report, "operator", "removes user%u: %d", r->user,
	    rc);
	timer_in(&s->w.clock, &r->timer, AGAIN_MS);
	if (rc != 0 && rc != SC_ENOTFOUND)
		return;
	r->state = REMOVAL_DONE;
	r->done_at = clock_mono(&s->w.clock);
	report_count(&s->w.report, COUNT_REMOVALS);
	for (unsigned i = 0; i < l->nsaid; i++)
		if (s->peers[l->said[i].peer]->user == r->user)
			l->said[i].doubtful = true;
	note_heads(s);
}

/* Whether U is the only owner of a group of several. */
static bool
owns(struct sim *s, struct tx *tx, const struct chat *c, unsigned u)
{
	struct member m;
	bool own = false;

	for (unsigned i = 0; i < s->nusers; i++) {
		if (member_get(tx, &c->id, s->users[i].id, &m) != 0 ||
		    !member_in(&m) || m.role != ROLE_OWNER)
			continue;
		if (i != u)
			return false;
		own = true;
	}
	return own && c->members > 1;
}

static bool
is_owner(struct sim *s, unsigned u)
{
	struct arena arena;
	struct chat c;
	struct tx tx;
	bool yes = false;

	arena_init(&arena, 0);
	host_look(s->host, &tx, &arena);
	for (unsigned i = 0; i < s->ledger.nchats && !yes; i++)
		yes = s->ledger.chats[i].kind == CHAT_KIND_GROUP &&
		    chat_get(&tx, &s->ledger.chats[i].id, &c) == 0 &&
		    owns(s, &tx, &c, u);
	host_look_end(&tx);
	arena_fini(&arena);
	return yes;
}

static void
choose(struct sim *s)
{
	struct sim_removal *r = &s->removal;

	for (int i = 0; i < OWNER_TRIES; i++) {
		r->user = (unsigned)prng_below(&s->w.rng, s->nusers);
		if (!is_owner(s, r->user))
			continue;
		report_count(&s->w.report, COUNT_REMOVED_OWNERS);
		return;
	}
}

/* Everybody writes to him, and he to everybody and in groups. */
static void
talk(struct sim *s)
{
	for (unsigned i = 0; i < s->npeers; i++) {
		struct peer *p = s->peers[i];
		uint64_t group;

		if (p->client == NULL)
			continue;
		if (p->user != s->removal.user)
			peer_send(p, s->removal.user, 0);
		for (unsigned u = 0; u < s->nusers && p->client != NULL &&
		    p->user == s->removal.user; u++)
			peer_send(p, u, 0);
		group = p->client == NULL ? 0
		    : workload_chat(p, SC_CHAT_GROUP);
		if (group != 0)
			peer_send_chat(p, group, 0);
	}
}

static void
removal_begin(struct sim *s)
{
	choose(s);
	talk(s);
	s->removal.state = REMOVAL_ASKED;
}

static void
removal_step(void *arg)
{
	struct sim *s = arg;
	struct sim_removal *r = &s->removal;

	if (removal_is_over(s) && r->state == REMOVAL_DONE)
		return;
	if (!host_up(s->host) || r->asking) {
		timer_in(&s->w.clock, &r->timer, AGAIN_MS);
		return;
	}
	if (r->state == REMOVAL_NONE)
		removal_begin(s);
	r->asking = true;
	if (r->state == REMOVAL_ASKED)
		host_user_delete(s->host, s->users[r->user].id, removal_done,
		    s);
	else
		host_call(s->host, heir_run, heir_done, s);
}

/* ---- begin and end ---- */

enum { ONE_IN = 4 };

void
removal_init(struct sim *s)
{
	struct sim_removal *r = &s->removal;

	timer_init(&r->timer, removal_step, s);
	if (!prng_one_in(&s->w.rng, ONE_IN))
		return;
	r->again = s->nusers < SIM_USERS_MAX && s->npeers < SIM_PEERS_MAX &&
	    prng_one_in(&s->w.rng, 2);
	timer_in(&s->w.clock, &r->timer,
	    prng_between(&s->w.rng, 2000, 30000));
}

void
removal_hurry(struct sim *s)
{
	if (s->removal.state == REMOVAL_NONE)
		timer_clear(&s->w.clock, &s->removal.timer);
}

void
removal_fini(struct sim *s)
{
	timer_clear(&s->w.clock, &s->removal.timer);
	free(s->removal.heads);
}

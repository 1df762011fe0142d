/* SPDX-License-Identifier: ISC */
/*
 * What users do in groups.  Nobody looks whether he may: what is refused is a
 * test as well.
 */
#include <inttypes.h>
#include <stdio.h>

#include "src/chat/member.h"
#include "tests/sim/sim.h"
#include "tests/sim/workload.h"

enum { TITLE_MAX = 32 };

/* One request of a device about one of its groups. */
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
	report_trace(&d->s->w.report, d->p->name, "%s in %s: n=%" PRIu64
	    " %s", what, d->chat, d->r.n, rc == 0 ? "" : sc_code_text(rc));
	if (d->r.said != SAID_NONE) {
		d->s->ledger.said[d->r.said].refused = rc != 0;
		d->s->ledger.said[d->r.said].asked = d->r.n;
	}
	if (rc == 0)
		request_note(d->p, &d->r);
	peer_pump(d->p);
}

/* A new name or topic, by which it is found in the log. */
static void
call_it(struct doing *d, char text[TITLE_MAX])
{
	struct ledger *l = &d->s->ledger;

	d->r.said = ledger_say(l, d->p->index, SAID_TO_CHAT);
	l->said[d->r.said].number = d->number;
	l->said[d->r.said].named = true;
	(void)said_text(d->r.said, text, TITLE_MAX);
}

/* ---- members ---- */

/* Some users, who may be in it, or the same twice. */
struct some_users {
	char names[SIM_USERS_MAX][32];
	struct sc_member list[SIM_USERS_MAX];
	size_t n;
};

static void
choose_users(struct doing *d, struct some_users *u, size_t most)
{
	static const enum sc_role roles[] = {SC_ROLE_UNSAID, SC_ROLE_MEMBER,
	    SC_ROLE_ADMIN, SC_ROLE_OWNER};

	u->n = 1 + (size_t)prng_below(d->rng, most);
	for (size_t i = 0; i < u->n; i++) {
		snprintf(u->names[i], sizeof(u->names[i]), "~%" PRIu64,
		    d->s->users[prng_below(d->rng, d->s->nusers)].id);
		u->list[i].user = u->names[i];
		u->list[i].role = roles[prng_skewed(d->rng, 0, 3)];
	}
}

static void
make(struct doing *d)
{
	char name[TITLE_MAX];
	const bool approval = prng_one_in(d->rng, 2);
	struct sc_group g = {.name = name, .approval = &approval};
	struct some_users u;
	int rc;

	if (d->s->groups == SIM_GROUPS_MAX)
		return;
	d->s->groups++;
	d->number = 0;
	call_it(d, name);
	choose_users(d, &u, 3);
	rc = sc_client_group_create(d->p->client, &g, u.list, u.n, &d->r.n);
	done(d, "makes a group", rc);
}

static void
change(struct doing *d, enum sc_group_change what, size_t most)
{
	static const char *const names[] = {"adds", "removes", "gives roles",
	    "leaves"};
	struct some_users u;

	choose_users(d, &u, most);
	for (size_t i = 0; i < u.n; i++) {
		if (what == SC_GROUP_ROLE && u.list[i].role == SC_ROLE_UNSAID)
			u.list[i].role = SC_ROLE_MEMBER;
		else if (what != SC_GROUP_ROLE && what != SC_GROUP_ADD)
			u.list[i].role = SC_ROLE_UNSAID;
	}
	if (what == SC_GROUP_LEAVE)
		u.n = 0;
	done(d, names[what], sc_client_group_change(d->p->client, d->chat,
	    what, u.list, u.n, &d->r.n));
}

static void
add(struct doing *d)
{
	change(d, SC_GROUP_ADD, 3);
}

static void
take_out(struct doing *d)
{
	change(d, SC_GROUP_REMOVE, 1 + (prng_one_in(d->rng, 5) ? 1 : 0));
}

static void
give_role(struct doing *d)
{
	change(d, SC_GROUP_ROLE, 2);
}

static void
leave(struct doing *d)
{
	change(d, SC_GROUP_LEAVE, 1);
}

/* Whoever has asked, by an admin who has been told. */
static void
decide(struct doing *d, enum sc_group_change what)
{
	unsigned from = (unsigned)prng_below(d->rng, d->s->npeers);
	char name[32];
	struct sc_member m = {.user = name, .role = SC_ROLE_UNSAID};

	for (unsigned i = 0; i < d->s->npeers; i++) {
		struct peer *p = d->s->peers[(from + i) % d->s->npeers];

		if (p->client == NULL || p->asked_by == 0)
			continue;
		d->p = p;
		d->r.number = p->asked_for;
		snprintf(d->chat, sizeof(d->chat), "%" PRIu64, p->asked_for);
		snprintf(name, sizeof(name), "~%" PRIu64, p->asked_by);
		if (prng_one_in(d->rng, 2))
			p->asked_by = 0;
		done(d, "decides", sc_client_group_change(p->client, d->chat,
		    what, &m, 1, &d->r.n));
		return;
	}
}

static void
let_in(struct doing *d)
{
	decide(d, SC_GROUP_APPROVE);
}

static void
turn_away(struct doing *d)
{
	decide(d, SC_GROUP_REFUSE);
}

/* ---- what it is called, and what one may ---- */

static void
rename_it(struct doing *d)
{
	char text[TITLE_MAX];
	struct sc_group g = {.avatar = text};

	call_it(d, text);
	if (prng_one_in(d->rng, 2))
		g.name = text;
	else
		g.topic = text;
	if (prng_one_in(d->rng, 3))
		g.avatarlen = 1 + (size_t)prng_below(d->rng, 4);
	else
		g.avatar = NULL;
	done(d, "renames", sc_client_group_set(d->p->client, d->chat, &g,
	    &d->r.n));
}

/* Rights are mostly everybody's, or the group would fall silent. */
static void
set_rights(struct doing *d)
{
	const enum sc_role role = prng_one_in(d->rng, 3) ? SC_ROLE_ADMIN
	    : SC_ROLE_MEMBER;
	const bool approval = prng_one_in(d->rng, 2);
	const uint32_t recent = (uint32_t)prng_skewed(d->rng, 0, 40);
	const uint64_t what = prng_below(d->rng, 4);
	struct sc_group g = {
	    .post = what == 0 ? &role : NULL,
	    .edit = what == 1 ? &role : NULL,
	    .approval = what == 2 ? &approval : NULL,
	    .recent = what == 3 ? &recent : NULL,
	};

	done(d, "sets", sc_client_group_set(d->p->client, d->chat, &g,
	    &d->r.n));
}

/* ---- invitations ---- */

static void
invite(struct doing *d)
{
	int64_t expires = !prng_one_in(d->rng, 3) ? 0
	    : clock_wall(&d->s->w.clock) + prng_between(d->rng, 500, 30000);
	uint64_t limit = prng_one_in(d->rng, 2) ? 0
	    : 1 + prng_below(d->rng, 2);

	d->r.kind = REQUEST_INVITE;
	done(d, "invites", sc_client_group_invite(d->p->client, d->chat,
	    expires, limit, &d->r.n));
}

/* Rather one to a group that the user does not know. */
static bool
some_invite(struct doing *d, bool new)
{
	const struct sim *s = d->s;

	if (s->ninvites == 0)
		return false;
	for (int i = 0; i < 6; i++) {
		d->r.invite = (unsigned)prng_below(d->rng, s->ninvites);
		if (!new || ledger_number_of(&s->ledger,
		    s->users[d->p->user].id, &s->invites[d->r.invite].chat)
		    == 0)
			break;
	}
	return true;
}

static void
uninvite(struct doing *d)
{
	struct sim_invite *i;
	char chat[CHAT_ID_TEXT + 1];

	if (!some_invite(d, false))
		return;
	i = &d->s->invites[d->r.invite];
	i->ended = true;
	chat_id_print(&i->chat, chat);
	d->r.kind = REQUEST_UNINVITE;
	done(d, "takes an invitation back", sc_client_group_revoke(
	    d->p->client, chat, i->token, &d->r.n));
}

static void
join_by(struct doing *d)
{
	invites_try(d->p, &d->r);
	done(d, "joins", sc_client_group_join(d->p->client,
	    d->s->invites[d->r.invite].token, &d->r.n));
}

static void
join(struct doing *d)
{
	if (some_invite(d, true))
		join_by(d);
}

/* Everybody by the same one, at the same moment. */
static void
rush(struct doing *d)
{
	unsigned invite;

	if (!some_invite(d, true))
		return;
	invite = d->r.invite;
	for (unsigned i = 0; i < d->s->npeers; i++) {
		struct doing o = {d->s, d->s->peers[i], d->rng, 0, "",
		    {.invite = invite, .said = SAID_NONE}};

		if (o.p->client != NULL && !prng_one_in(d->rng, 3))
			join_by(&o);
	}
}

/* ---- several at once ---- */

/* Everybody who knows the group does something to it at the same moment: its
 * owners leave, its admins remove each other. */
static void
all_at_once(struct doing *d)
{
	static void (*const acts[])(struct doing *) = {leave, take_out,
	    give_role, add};
	const struct fact_number *f = ledger_number(&d->s->ledger,
	    d->s->users[d->p->user].id, d->number);
	void (*act)(struct doing *) = acts[prng_skewed(d->rng, 0, 3)];

	if (f == NULL)
		return;
	report_count(&d->s->w.report, COUNT_GROUP_RACES);
	for (unsigned i = 0; i < d->s->npeers; i++) {
		struct doing o = {d->s, d->s->peers[i], d->rng, 0, "",
		    {.kind = REQUEST_GROUP, .said = SAID_NONE}};

		if (o.p->client == NULL || prng_one_in(d->rng, 3))
			continue;
		o.number = ledger_number_of(&d->s->ledger,
		    d->s->users[o.p->user].id, &f->id);
		o.r.number = o.number;
		snprintf(o.chat, sizeof(o.chat), "%" PRIu64, o.number);
		if (o.number != 0)
			act(&o);
	}
}

/* ---- any of these ---- */

static const struct {
	void (*act)(struct doing *);
	unsigned weight;
	bool admins;		/* it is theirs to do */
} acts[] = {
    {make, 2, false}, {add, 7, true}, {take_out, 9, true},
    {leave, 4, false}, {give_role, 8, true}, {rename_it, 7, false},
    {set_rights, 7, true}, {invite, 14, true}, {uninvite, 2, true},
    {join, 18, false}, {rush, 8, false}, {let_in, 10, false},
    {turn_away, 10, false}, {all_at_once, 3, false}};

/* Whether P's user is an admin of the group, as the store has it now. */
static bool
is_admin(const struct sim *s, const struct peer *p, const struct chat_id *id)
{
	struct arena arena;
	struct member m;
	struct tx tx;
	int rc;

	arena_init(&arena, 0);
	host_look(s->host, &tx, &arena);
	rc = member_get(&tx, id, s->users[p->user].id, &m);
	host_look_end(&tx);
	arena_fini(&arena);
	return rc == 0 && member_in(&m) && m.role >= ROLE_ADMIN;
}

/* Most who try what is the admins' to do are admins. */
static void
ask_admin(struct doing *d)
{
	const struct fact_number *f = ledger_number(&d->s->ledger,
	    d->s->users[d->p->user].id, d->number);
	unsigned from = (unsigned)prng_below(d->rng, d->s->npeers);

	if (f == NULL || !host_up(d->s->host) || prng_one_in(d->rng, 4))
		return;
	for (unsigned i = 0; i < d->s->npeers; i++) {
		struct peer *p = d->s->peers[(from + i) % d->s->npeers];
		uint64_t number = ledger_number_of(&d->s->ledger,
		    d->s->users[p->user].id, &f->id);

		if (p->client == NULL || number == 0 ||
		    !is_admin(d->s, p, &f->id))
			continue;
		d->p = p;
		d->number = d->r.number = number;
		snprintf(d->chat, sizeof(d->chat), "%" PRIu64, number);
		return;
	}
}

static void
do_something(struct doing *d)
{
	unsigned total = 0, at;

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		total += acts[i].weight;
	at = (unsigned)prng_below(d->rng, total);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (at < acts[i].weight) {
			if (acts[i].admins)
				ask_admin(d);
			acts[i].act(d);
			return;
		}
		at -= acts[i].weight;
	}
}

static bool
somebody_waits(const struct sim *s)
{
	for (unsigned i = 0; i < s->npeers; i++)
		if (s->peers[i]->asked_by != 0)
			return true;
	return false;
}

void
groups_step(struct peer *p)
{
	struct sim *s = p->sim;
	struct doing d = {s, p, &s->w.rng, workload_chat(p, SC_CHAT_GROUP), "",
	    {.kind = REQUEST_GROUP, .said = SAID_NONE}};

	snprintf(d.chat, sizeof(d.chat), "%" PRIu64, d.number);
	d.r.number = d.number;
	if (somebody_waits(s) && prng_one_in(d.rng, 3))
		decide(&d, prng_one_in(d.rng, 2) ? SC_GROUP_APPROVE
		    : SC_GROUP_REFUSE);
	else if (d.number == 0 && prng_one_in(d.rng, 2))
		join(&d);
	else if (d.number == 0)
		make(&d);
	else if (prng_below(d.rng, 100) < 55)
		peer_send_chat(p, d.number, workload_filler(s));
	else
		do_something(&d);
}

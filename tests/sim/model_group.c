/* SPDX-License-Identifier: ISC */
#include "tests/sim/model_group.h"

#include <inttypes.h>

#include "src/chat/member.h"
#include "src/common/err.h"
#include "tests/sim/contents.h"

/* An entry while it is looked at. */
struct looking {
	struct model_group *g;
	const struct entry *e;
	unsigned from;		/* user */
	struct model_person actor;	/* as he was before it */
	bool about;		/* it says something of the group */
	bool left;
};

static void
broken(const struct looking *l, const char *rule, const char *what)
{
	report_fail(&l->g->sim->w.report, rule, "%s: seq %" PRIu64
	    " of a group, by user%u", what, l->e->seq, l->from);
}

/* ---- who comes and goes ---- */

static void
come(struct looking *l, struct model_person *p, enum role role)
{
	struct model_group *g = l->g;
	uint64_t seq = l->e->seq, first = 1;
	struct seq_range *last = p->nranges == 0 ? NULL
	    : &p->ranges[p->nranges - 1];

	if (p->in)
		broken(l, "R24", "somebody comes who is there");
	if (seq > 1 && g->recent < seq - 1)
		first = seq - g->recent;
	g->returned += p->nranges > 0;
	p->in = true;
	p->out = p->out || seq > 1;
	p->role = role;
	p->joined = seq;
	if (last != NULL && first <= last->last + 1) {
		last->last = UINT64_MAX;
		return;
	}
	sc_assert(p->nranges < MODEL_RANGES);
	p->ranges[p->nranges++] = (struct seq_range){first, UINT64_MAX};
}

/* The entry that says it is the last he may read. */
static void
go(struct looking *l, struct model_person *p)
{
	if (!p->in)
		broken(l, "R24", "somebody goes who is not there");
	p->in = false;
	p->out = true;
	if (p->nranges > 0)
		p->ranges[p->nranges - 1].last = l->e->seq;
}

static bool
is_above(const struct looking *l, const struct model_person *p)
{
	return p == &l->g->people[l->from] || l->actor.role == ROLE_OWNER ||
	    p->role < l->actor.role;
}

/* Who is owner after the last of them: one of the highest role, one of those
 * the oldest. */
static void
inherit(struct looking *l, const struct model_person *p, enum role role)
{
	l->g->heirs++;
	if (role != ROLE_OWNER)
		broken(l, "R24", "an heir who is no owner");
	for (unsigned i = 0; i < l->g->sim->nusers; i++) {
		const struct model_person *o = &l->g->people[i];

		if (!o->in || o == p)
			continue;
		if (o->role == ROLE_OWNER || o->role > p->role ||
		    (o->role == p->role && o->joined < p->joined))
			broken(l, "R24", "an heir, and another one was it");
	}
}

static void
change_role(struct looking *l, struct model_person *p, enum role role)
{
	if (!p->in)
		broken(l, "R24", "a role for somebody who is not there");
	if (l->left) {
		inherit(l, p, role);
	} else if (l->actor.role < ROLE_ADMIN || !is_above(l, p) ||
	    role > l->actor.role || role == p->role) {
		broken(l, "R24", "a role that was not his to give");
	}
	l->g->roles++;
	p->role = role;
}

static void
look_member(struct looking *l, const struct elem *e)
{
	const struct value *v = elem_get(e, ATTR_USER);
	unsigned u = v == NULL ? SIM_USERS_MAX
	    : sim_user_of(l->g->sim, v->user.id);
	enum role role = (enum role)elem_uint(e, ATTR_ROLE, ROLE_MEMBER);
	bool admin = l->actor.role >= ROLE_ADMIN || l->e->seq == 1;
	struct model_person *p = &l->g->people[u];

	if (u >= l->g->sim->nusers) {
		broken(l, "R2", "a member whom nobody knows");
		return;
	}
	switch (elem_uint(e, ATTR_ACTION, ACTION_COUNT)) {
	case ACTION_CREATE:
		if (l->e->seq != 1 || u != l->from || role != ROLE_OWNER)
			broken(l, "R24", "made, but not by him");
		come(l, p, role);
		break;
	case ACTION_ADD:
		if (!admin || (l->e->seq > 1 && role > l->actor.role))
			broken(l, "R24", "somebody is added by no admin");
		l->g->added++;
		come(l, p, role);
		break;
	case ACTION_APPROVE:
		if (!admin || role != ROLE_MEMBER)
			broken(l, "R24", "somebody is let in by no admin");
		l->g->approved++;
		p->invited++;
		come(l, p, role);
		break;
	case ACTION_JOIN:
		if (u != l->from || l->g->approval || role != ROLE_MEMBER)
			broken(l, "R24", "somebody joins who had to ask");
		l->g->joined++;
		p->invited++;
		come(l, p, role);
		break;
	case ACTION_REMOVE:
		if (!admin || u == l->from || !is_above(l, p))
			broken(l, "R24", "somebody is removed by no admin");
		l->g->removed++;
		go(l, p);
		break;
	case ACTION_LEAVE:
		if (u != l->from)
			broken(l, "R24", "somebody leaves by another's hand");
		l->g->left++;
		l->left = true;
		go(l, p);
		break;
	case ACTION_ROLE:
		change_role(l, p, role);
		break;
	default:
		broken(l, "R24", "something else happens to a member");
	}
}

/* ---- what it is called, and what one may ---- */

static void
look_changed(struct looking *l, const struct elem *e)
{
	static const enum attr_name settings[] = {ATTR_POST, ATTR_EDIT,
	    ATTR_APPROVAL, ATTR_RECENT};
	struct model_group *g = l->g;
	enum role least = g->edit;

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (elem_has(e, settings[i]))
			least = ROLE_ADMIN;
	if (l->e->seq > 1 && (!l->actor.in || l->actor.role < least))
		broken(l, "R24", "changed by somebody who may not");
	g->renamed++;
	g->post = (enum role)elem_uint(e, ATTR_POST, g->post);
	g->edit = (enum role)elem_uint(e, ATTR_EDIT, g->edit);
	if (elem_has(e, ATTR_APPROVAL))
		g->approval = elem_uint(e, ATTR_APPROVAL, 0) == TOGGLE_ON;
	g->recent = elem_uint(e, ATTR_RECENT, g->recent);
	g->closed = g->closed || g->post > ROLE_MEMBER;
}

static void
look_element(void *arg, const struct elem *e)
{
	struct looking *l = arg;

	l->about = l->about || e->tag == TAG_MEMBER || e->tag == TAG_CHANGED;
	if (e->tag == TAG_MEMBER)
		look_member(l, e);
	else if (e->tag == TAG_CHANGED)
		look_changed(l, e);
}

/* ---- the log ---- */

static void
check_owner(const struct looking *l)
{
	unsigned members = 0, owners = 0;

	for (unsigned i = 0; i < l->g->sim->nusers; i++) {
		const struct model_person *p = &l->g->people[i];

		members += p->in;
		owners += p->in && p->role == ROLE_OWNER;
	}
	if (members > 0 && owners == 0)
		broken(l, "R24", "a group without an owner");
}

static void
look_message(struct looking *l)
{
	struct model_group *g = l->g;

	g->messages++;
	if ((l->e->flags & ENTRY_COUNTS) != 0)
		g->people[l->from].wrote = l->e->seq;
	if (!l->actor.in || l->actor.role < g->post)
		broken(l, "R24", "written by somebody who may not");
}

static int
look_entry(void *arg, const struct entry *e)
{
	struct model_group *g = arg;
	struct looking l = {.g = g, .e = e,
	    .from = sim_user_of(g->sim, e->from)};

	if (!g->whole)
		return 0;
	if (l.from >= g->sim->nusers) {
		broken(&l, "R2", "written by nobody");
		return 0;
	}
	l.actor = g->people[l.from];
	(void)contents_each(g->sim->deflate, e->payload, look_element, &l);
	if (!l.about)
		look_message(&l);
	check_owner(&l);
	return 0;
}

static int
look_skip(void *arg, uint64_t first, uint64_t last)
{
	struct model_group *g = arg;

	(void)first, (void)last;
	g->whole = false;
	return 0;
}

void
model_group_read(struct model_group *g, struct sim *s, struct tx *tx,
    const struct chat *c)
{
	const struct chat_reader reader = {look_entry, look_skip, g};

	*g = (struct model_group){.sim = s, .head = c->head, .whole = true};
	if (c->head > 0)
		(void)chat_read(tx, &c->id, 1, c->head, &reader);
}

bool
model_group_sees(const struct model_group *g, unsigned u, uint64_t seq,
    bool lately)
{
	const struct model_person *p = &g->people[u];
	unsigned from = lately && p->nranges > MEMBER_RANGES
	    ? p->nranges - MEMBER_RANGES : 0;

	for (unsigned i = from; i < p->nranges; i++)
		if (p->ranges[i].first <= seq && seq <= p->ranges[i].last)
			return true;
	return false;
}

/* ---- the members' rows ---- */

static bool
row_agrees(const struct model_person *p, const struct member *m)
{
	unsigned from = p->nranges > MEMBER_RANGES
	    ? p->nranges - MEMBER_RANGES : 0;

	if (m->nranges != p->nranges - from || member_in(m) != p->in ||
	    (p->in && m->role != p->role))
		return false;
	for (unsigned i = 0; i < m->nranges; i++)
		if (m->ranges[i].first != p->ranges[from + i].first ||
		    m->ranges[i].last != p->ranges[from + i].last)
			return false;
	return true;
}

void
model_group_rows(const struct model_group *g, struct tx *tx,
    const struct chat *c, const char *when)
{
	struct member m;
	unsigned in = 0;

	for (unsigned u = 0; u < g->sim->nusers && g->whole; u++) {
		const struct model_person *p = &g->people[u];
		int rc = member_get(tx, &c->id, g->sim->users[u].id, &m);

		in += p->in;
		/* with his account it goes */
		if (rc != 0 && removal_may(g->sim, u) && !p->in)
			continue;
		if (removal_is(g->sim, u) && rc == 0)
			report_fail(&g->sim->w.report, "R2", "%s: user%u has "
			    "a row, and is gone", when, u);
		if ((rc != 0) != (p->nranges == 0) ||
		    (rc == 0 && !row_agrees(p, &m)))
			report_fail(&g->sim->w.report, "R5", "%s: user%u is "
			    "not in a group as its log says", when, u);
	}
	if (g->whole && in != c->members)
		report_fail(&g->sim->w.report, "R5", "%s: a group has %u "
		    "members, its row says %u", when, in, c->members);
}

/* SPDX-License-Identifier: ISC */
#include "tests/sim/invites.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/model_group.h"
#include "tests/sim/peer.h"
#include "tests/sim/sim.h"

static void
broken(struct sim *s, const struct sim_invite *i, const char *what, uint64_t n)
{
	report_fail(&s->w.report, "R25", "an invitation for %" PRIu64
	    " uses, tried %u times: %s (%" PRIu64 ")", i->limit, i->tries,
	    what, n);
}

/* ---- what becomes of one ---- */

void
invites_note(struct peer *p, const struct app_request *r,
    const struct sc_event *e)
{
	struct sim *s = p->sim;
	const struct fact_number *f = ledger_number(&s->ledger,
	    s->users[p->user].id, r->number);
	struct sim_invite *to = &s->invites[s->ninvites];

	if (f == NULL || s->ninvites == SIM_INVITES_MAX)
		return;
	for (unsigned i = 0; i < s->ninvites; i++)
		if (strcmp(s->invites[i].token, e->token) == 0)
			return;		/* it was answered again */
	report_count(&s->w.report, COUNT_GROUP_INVITES);
	*to = (struct sim_invite){.chat = f->id, .expires = e->expires,
	    .limit = e->limit};
	snprintf(to->token, sizeof(to->token), "%s", e->token);
	s->ninvites++;
}

void
invites_try(struct peer *p, struct app_request *r)
{
	struct sim *s = p->sim;
	struct sim_invite *i = &s->invites[r->invite];

	r->kind = REQUEST_JOIN;
	/* the clock may be put back, but not as far as a minute */
	r->hopeless = i->revoked || (i->expires != 0 &&
	    clock_wall(&s->w.clock) > i->expires + 60000);
	i->tries++;
	i->users |= 1u << p->user;
}

/* A group that all have left is gone, with its invitations. */
static bool
has_members(struct sim *s, const struct chat_id *id)
{
	struct arena arena;
	struct chat c;
	struct tx tx;
	bool yes;

	if (!host_up(s->host))
		return false;
	arena_init(&arena, 0);
	host_look(s->host, &tx, &arena);
	yes = chat_get(&tx, id, &c) == 0 && c.members > 0;
	host_look_end(&tx);
	arena_fini(&arena);
	return yes;
}

/* Nobody has taken it back, its time has not come by any clock so far, and even
 * if all who have tried were let in some uses are left. */
static bool
must_hold(struct sim *s, const struct sim_invite *i)
{
	return !i->ended && !i->loose && (i->expires == 0 ||
	    clock_wall_most(&s->w.clock) < i->expires) &&
	    (i->limit == 0 || i->tries <= i->limit) &&
	    has_members(s, &i->chat);
}

static void
join_settled(struct peer *p, const struct app_request *r, int code)
{
	struct sim *s = p->sim;
	struct sim_invite *i = &s->invites[r->invite];

	if (code == 0 && r->hopeless)
		broken(s, i, "it lets in, and holds no more", r->n);
	if (code == SC_CODE_NOT_FOUND) {
		report_count(&s->w.report, COUNT_GROUP_UNINVITED);
		if (must_hold(s, i))
			broken(s, i, "it is refused, and must hold", r->n);
	}
	if (code == SC_CODE_RESOURCE)
		report_count(&s->w.report, COUNT_GROUP_FULL);
	/* of a device that is gone nobody knows */
	if (code != 0 && code != SC_CODE_CONFLICT && !i->loose)
		i->tries--;
}

void
invites_settled(struct peer *p, const struct app_request *r, int code)
{
	if (r->kind == REQUEST_UNINVITE && code == 0)
		p->sim->invites[r->invite].revoked = true;
	else if (r->kind == REQUEST_JOIN)
		join_settled(p, r, code);
}

void
invites_restored(struct peer *p)
{
	struct sim *s = p->sim;

	for (unsigned i = 0; i < s->ninvites; i++)
		if ((s->invites[i].users >> p->user & 1) != 0)
			s->invites[i].loose = true;
}

/* ---- the end ---- */

/* Whether U has tried that one, and no other one of its group. */
static bool
only_by(const struct sim *s, unsigned invite, unsigned u)
{
	const struct sim_invite *i = &s->invites[invite];

	for (unsigned k = 0; k < s->ninvites; k++)
		if (((s->invites[k].users >> u & 1) != 0) != (k == invite) &&
		    chat_id_equal(&s->invites[k].chat, &i->chat))
			return false;
	return true;
}

/* How often somebody has come who can only have come by it. */
static uint64_t
came_by(struct sim *s, const struct model_group *g, unsigned invite)
{
	uint64_t n = 0;

	for (unsigned u = 0; u < s->nusers; u++)
		if (g->people[u].invited > 0 && only_by(s, invite, u))
			n += g->people[u].invited;
	return n;
}

static bool
read_group(struct sim *s, struct tx *tx, const struct sim_invite *i,
    struct model_group *g)
{
	struct chat chat;

	if (chat_get(tx, &i->chat, &chat) != 0)
		return false;
	model_group_read(g, s, tx, &chat);
	return g->whole;
}

void
invites_told(struct peer *p, const struct sc_event *e, uint8_t *used)
{
	struct sim *s = p->sim;

	for (unsigned i = 0; i < s->ninvites; i++)
		if (strcmp(s->invites[i].token, e->token) == 0)
			used[i] = (uint8_t)(e->used + 1);
}

void
invites_check_told(struct sim *s, struct tx *tx, unsigned invite,
    uint64_t used)
{
	const struct sim_invite *i = &s->invites[invite];
	struct model_group g;

	report_count(&s->w.report, COUNT_GROUP_USES);
	if (i->revoked)
		broken(s, i, "it is listed, and was taken back", used);
	if (!i->loose && used > i->tries)
		broken(s, i, "it was used by nobody", used);
	if (read_group(s, tx, i, &g) && used < came_by(s, &g, invite))
		broken(s, i, "its uses are not counted", used);
}

void
invites_check(struct sim *s, struct tx *tx)
{
	for (unsigned i = 0; i < s->ninvites; i++) {
		const struct sim_invite *v = &s->invites[i];
		struct model_group g;
		uint64_t n;

		if (v->limit == 0 || !read_group(s, tx, v, &g))
			continue;
		n = came_by(s, &g, i);
		s->w.report.counts[COUNT_GROUP_LIMITED] += n;
		if (n > v->limit)
			broken(s, v, "more have come by it", n);
	}
}

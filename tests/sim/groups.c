/* SPDX-License-Identifier: ISC */
#include "tests/sim/groups.h"

#include <inttypes.h>

#include "src/common/err.h"
#include "tests/sim/model_group.h"
#include "tests/sim/settle.h"

/* Nothing from before he came, after he went, or while he was away. */
static void
compare_shown(const struct model_group *g, const struct fact_chat *c,
    const char *when)
{
	for (uint64_t seq = 1; seq <= c->count && g->whole; seq++) {
		const struct fact *f = &c->entries[seq - 1];

		for (unsigned u = 0; f->known && u < g->sim->nusers; u++)
			if ((f->shown >> u & 1) != 0 &&
			    !model_group_sees(g, u, seq, false))
				report_fail(&g->sim->w.report, "R5", "%s: seq "
				    "%" PRIu64 " of a group was shown to "
				    "user%u, who may not read it", when, seq,
				    u);
	}
}

void
groups_compare(struct sim *s, struct tx *tx, const char *when)
{
	struct model_group g;
	struct chat chat;

	for (unsigned i = 0; i < s->ledger.nchats; i++) {
		const struct fact_chat *c = &s->ledger.chats[i];

		if (c->kind != CHAT_KIND_GROUP || chat_get(tx, &c->id,
		    &chat) != 0)
			continue;
		model_group_read(&g, s, tx, &chat);
		model_group_rows(&g, tx, &chat, when);
		compare_shown(&g, c, when);
	}
}

/* ---- devices ---- */

static void
check_item(struct peer *p, const struct model_group *g,
    const struct app_chat *c, uint64_t seq)
{
	enum app_item item = app_item(c, seq);
	const char *what = NULL;

	if (item == APP_BARRED &&
	    model_group_sees(g, p->user, seq, true))
		what = "is barred from him, and he may read it";
	else if (item == APP_HIDDEN &&
	    !model_group_sees(g, p->user, seq, false))
		what = "is hidden, and he may not read it";
	else if ((item == APP_GIVEN || item == APP_OWN) &&
	    !model_group_sees(g, p->user, seq, false))
		what = "was given, and he may not read it";
	if (what != NULL)
		report_fail(&p->sim->w.report, "R5", "%s: chat %" PRIu64
		    ": seq %" PRIu64 " %s", p->name, c->number, seq, what);
	if (item == APP_BARRED)
		report_count(&p->sim->w.report, COUNT_GROUP_HOLES);
}

void
groups_check_device(struct peer *p, struct tx *tx, const struct chat *chat,
    uint64_t number)
{
	const struct app_chat *c = app_chat(p, number);
	struct model_group g;

	model_group_read(&g, p->sim, tx, chat);
	for (uint64_t seq = 1; seq <= c->dense && g.whole; seq++)
		check_item(p, &g, c, seq);
}

/* ---- messages ---- */

/* Whether he could do all that a member may, as long as he knew the chat. */
static bool
was_free(const struct model_group *g, unsigned u)
{
	return g->whole && g->people[u].nranges == 1 && g->people[u].in &&
	    !g->people[u].out && !g->closed;
}

static void
check_refused(struct sim *s, const struct model_group *g,
    const struct chat_id *id)
{
	for (unsigned i = 0; i < s->ledger.nsaid; i++) {
		const struct said *m = &s->ledger.said[i];
		unsigned u = s->peers[m->peer]->user;
		const struct fact_number *f = m->to != SAID_TO_CHAT ? NULL
		    : ledger_number(&s->ledger, s->users[u].id, m->number);

		if (f != NULL && chat_id_equal(&f->id, id) && m->refused &&
		    m->forbidden && !m->named &&
		    m->kind == SC_KIND_NONE && was_free(g, u))
			report_fail(&s->w.report, "R5", "m%u was refused, but "
			    "user%u has always been in the group", i, u);
	}
}

static void
count_group(struct sim *s, const struct model_group *g)
{
	uint64_t *counts = s->w.report.counts;

	counts[COUNT_GROUPS]++;
	counts[COUNT_GROUP_CHANGES] += g->renamed;
	counts[COUNT_GROUP_MESSAGES] += g->messages;
	counts[COUNT_GROUP_ADDED] += g->added;
	counts[COUNT_GROUP_JOINED] += g->joined;
	counts[COUNT_GROUP_APPROVED] += g->approved;
	counts[COUNT_GROUP_REMOVED] += g->removed;
	counts[COUNT_GROUP_LEFT] += g->left;
	counts[COUNT_GROUP_ROLES] += g->roles;
	counts[COUNT_GROUP_HEIRS] += g->heirs;
	counts[COUNT_GROUP_RETURNS] += g->returned;
}

void
groups_count(struct sim *s, struct tx *tx)
{
	struct model_group g;
	struct chat chat;

	for (unsigned i = 0; i < s->ledger.nchats; i++) {
		const struct fact_chat *c = &s->ledger.chats[i];

		if (c->kind != CHAT_KIND_GROUP || chat_get(tx, &c->id,
		    &chat) != 0)
			continue;
		model_group_read(&g, s, tx, &chat);
		count_group(s, &g);
		check_refused(s, &g, &c->id);
		settle_count_entries(s, tx, &chat);
	}
	invites_check(s, tx);
}

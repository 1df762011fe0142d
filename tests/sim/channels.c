/* SPDX-License-Identifier: ISC */
/*
 * Who comes and who goes is not in the log of a channel (R25), so here the
 * members' rows say who may read what; and the log, who may write.
 */
#include "tests/sim/channels.h"

#include <inttypes.h>

#include "src/chat/member.h"
#include "src/common/err.h"
#include "tests/sim/contents.h"
#include "tests/sim/settle.h"
#include "tests/sim/sim.h"

/* ---- the log ---- */

struct reading {
	struct sim *s;
	const struct entry *e;
	unsigned writers;	/* bit i: user i was one, at some time */
	unsigned messages, roles;
	bool about, gone;	/* GONE: something is */
};

static void
broken(const struct reading *r, const char *rule, const char *what)
{
	report_fail(&r->s->w.report, rule, "%s: seq %" PRIu64 " of a channel",
	    what, r->e->seq);
}

static void
look_element(void *arg, const struct elem *e)
{
	struct reading *r = arg;
	const struct value *v = elem_get(e, ATTR_USER);

	r->about = r->about || e->tag == TAG_CHANGED || e->tag == TAG_MEMBER;
	if (e->tag != TAG_MEMBER)
		return;
	r->roles++;
	if (v == NULL || elem_uint(e, ATTR_ACTION, ACTION_COUNT) !=
	    ACTION_ROLE)
		broken(r, "R25", "it says who comes or goes");
	else if (elem_uint(e, ATTR_ROLE, 0) >= ROLE_ADMIN)
		r->writers |= 1u << sim_user_of(r->s, v->user.id);
}

static int
look_entry(void *arg, const struct entry *e)
{
	struct reading *r = arg;
	unsigned from = sim_user_of(r->s, e->from);

	r->e = e;
	r->about = false;
	if (e->seq == 1)
		r->writers |= 1u << from;
	(void)contents_each(r->s->deflate, e->payload, look_element, r);
	r->messages += !r->about;
	if (!r->gone && (r->writers >> from & 1) == 0)
		broken(r, "R24", "written by somebody who never might");
	return 0;
}

static int
look_gone(void *arg, uint64_t first, uint64_t last)
{
	(void)first, (void)last;
	((struct reading *)arg)->gone = true;
	return 0;
}

static void
read_log(struct reading *r, struct sim *s, struct tx *tx,
    const struct chat *c)
{
	const struct chat_reader reader = {look_entry, look_gone, r};

	*r = (struct reading){.s = s};
	if (c->head > 0)
		(void)chat_read(tx, &c->id, 1, c->head, &reader);
}

/* ---- what was shown ---- */

/* Whether U may read SEQ, or could once (of many ranges the old are gone). */
static bool
may_read(struct sim *s, struct tx *tx, const struct chat_id *id, unsigned u,
    uint64_t seq)
{
	struct member m;
	uint64_t last;

	return removal_may(s, u) ||
	    (member_get(tx, id, s->users[u].id, &m) == 0 &&
	    (m.nranges == MEMBER_RANGES || member_sees(&m, seq, &last)));
}

static void
compare_shown(struct sim *s, struct tx *tx, const struct fact_chat *c,
    const char *when)
{
	for (uint64_t seq = 1; seq <= c->count; seq++) {
		const struct fact *f = &c->entries[seq - 1];

		for (unsigned u = 0; f->known && u < s->nusers; u++)
			if ((f->shown >> u & 1) != 0 &&
			    !may_read(s, tx, &c->id, u, seq))
				report_fail(&s->w.report, "R5", "%s: seq %"
				    PRIu64 " of a channel was shown to user%u"
				    ", who may not read it", when, seq, u);
	}
}

void
channels_compare(struct sim *s, struct tx *tx, const char *when)
{
	struct reading r;
	struct chat chat;

	for (unsigned i = 0; i < s->ledger.nchats; i++) {
		const struct fact_chat *c = &s->ledger.chats[i];

		if (c->kind != CHAT_KIND_CHANNEL || chat_get(tx, &c->id,
		    &chat) != 0)
			continue;
		read_log(&r, s, tx, &chat);
		compare_shown(s, tx, c, when);
	}
}

void
channels_check_device(struct peer *p, struct tx *tx, const struct chat *chat,
    uint64_t number)
{
	const struct app_chat *c = app_chat(p, number);
	struct member m;
	uint64_t last;

	if (member_get(tx, &chat->id, p->sim->users[p->user].id, &m) != 0)
		return;
	for (uint64_t seq = 1; seq <= c->dense; seq++) {
		enum app_item item = app_item(c, seq);
		bool sees = member_sees(&m, seq, &last);

		if ((item == APP_BARRED && sees) || (item == APP_GIVEN &&
		    !sees && m.nranges < MEMBER_RANGES))
			report_fail(&p->sim->w.report, "R5", "%s: chat %"
			    PRIu64 " seq %" PRIu64 " of a channel is not as "
			    "its user may read it", p->name, number, seq);
	}
}

/* ---- counting ---- */

void
channels_count(struct sim *s, struct tx *tx)
{
	uint64_t *counts = s->w.report.counts;
	struct reading r;
	struct chat chat;

	for (unsigned i = 0; i < s->ledger.nchats; i++) {
		const struct fact_chat *c = &s->ledger.chats[i];

		if (chat_get(tx, &c->id, &chat) != 0)
			continue;
		counts[COUNT_PULLED] += chat.pulled;
		if (c->kind != CHAT_KIND_CHANNEL)
			continue;
		read_log(&r, s, tx, &chat);
		counts[COUNT_CHANNELS]++;
		counts[COUNT_CHANNEL_MESSAGES] += r.messages;
		counts[COUNT_CHANNEL_ROLES] += r.roles;
		settle_count_entries(s, tx, &chat);
	}
}

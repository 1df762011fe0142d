/* SPDX-License-Identifier: ISC */
#include "tests/sim/quiz.h"

#include <inttypes.h>
#include <stdio.h>

#include "src/chat/member.h"
#include "src/common/err.h"
#include "tests/sim/model_group.h"
#include "tests/sim/model_unread.h"
#include "tests/sim/peer.h"
#include "tests/sim/sim.h"

/* ---- asking ---- */

static void
ask_about(struct peer *p, enum quiz_kind kind, uint64_t number)
{
	struct app_quiz *q = &p->quiz[p->nquiz];
	char chat[24], user[32];
	int rc;

	if (p->nquiz == APP_QUIZ)
		return;
	snprintf(user, sizeof(user), "~%" PRIu64, kind != QUIZ_GLANCE ? 0
	    : p->sim->users[number].id);
	snprintf(chat, sizeof(chat), "%" PRIu64, number);
	*q = (struct app_quiz){.kind = kind, .number = number};
	if (kind == QUIZ_UNREAD)
		rc = sc_client_unread(p->client, chat, &q->id);
	else if (kind == QUIZ_VIEWS)
		rc = sc_client_views(p->client, chat, 0, 0, &q->id);
	else if (kind == QUIZ_OWN)
		rc = sc_client_privacy_get(p->client, &q->id);
	else if (kind == QUIZ_GLANCE)
		rc = sc_client_presence(p->client, user, &q->id);
	else
		rc = sc_client_group_ask(p->client, chat,
		    kind == QUIZ_MEMBERS ? SC_GROUP_MEMBERS
		    : SC_GROUP_INVITES, &q->id);
	if (rc == 0)
		p->nquiz++;
}

static void
ask_privacy(struct peer *p)
{
	const struct sim *s = p->sim;

	if (!s->privacy)
		return;
	ask_about(p, QUIZ_OWN, 0);
	for (unsigned u = 0; u < s->nusers && host_has("presence"); u++)
		ask_about(p, QUIZ_GLANCE, u);
}

void
quiz_begin(struct sim *s)
{
	for (unsigned i = 0; i < s->npeers; i++) {
		struct peer *p = s->peers[i];
		uint64_t number = 1;

		if (p->client == NULL || removal_is(s, p->user))
			continue;
		ask_privacy(p);
		while ((number = sc_client_next_chat(p->client, number)) != 0) {
			ask_about(p, QUIZ_UNREAD, number);
			if (sc_client_chat_kind(p->client, number) !=
			    SC_CHAT_DIRECT)
				ask_about(p, QUIZ_MEMBERS, number);
			if (sc_client_chat_kind(p->client, number) ==
			    SC_CHAT_GROUP)
				ask_about(p, QUIZ_INVITES, number);
			if (sc_client_chat_kind(p->client, number) ==
			    SC_CHAT_CHANNEL)
				ask_about(p, QUIZ_VIEWS, number);
		}
		peer_pump(p);
	}
}

bool
quiz_is_done(const struct sim *s)
{
	for (unsigned i = 0; i < s->npeers; i++)
		for (unsigned k = 0; k < s->peers[i]->nquiz; k++)
			if (!s->peers[i]->quiz[k].done)
				return false;
	return true;
}

/* ---- answers ---- */

static void
note_member(struct peer *p, struct app_quiz *q, const struct sc_event *e)
{
	unsigned bit = 1u << sim_user_of(p->sim, e->user);

	q->in |= bit;
	q->admins |= e->role == SC_ROLE_ADMIN ? bit : 0;
	q->owners |= e->role == SC_ROLE_OWNER ? bit : 0;
}

static void
note_privacy(struct app_quiz *q, const struct sc_event *e)
{
	if ((e->changed & SC_CHANGED_LAST_SEEN) != 0)
		q->own.last_seen = e->last_seen;
	if ((e->changed & SC_CHANGED_ONLINE) != 0)
		q->own.online = e->online;
	if ((e->changed & SC_CHANGED_RECEIPTS) != 0)
		q->own.receipts = e->receipts;
}

void
quiz_event(struct peer *p, const struct sc_event *e)
{
	for (unsigned i = 0; i < p->nquiz; i++) {
		struct app_quiz *q = &p->quiz[i];

		if (q->id != e->id)
			continue;
		if (e->type == SC_EVENT_UNREAD)
			q->count = e->unread;
		else if (e->type == SC_EVENT_VIEWS && e->seq <= QUIZ_SEQS)
			q->views[e->seq - 1] = (uint8_t)e->views;
		else if (e->type == SC_EVENT_MEMBER)
			note_member(p, q, e);
		else if (e->type == SC_EVENT_PRIVACY)
			note_privacy(q, e);
		else if (e->type == SC_EVENT_PRESENCE) {
			q->show = (unsigned)e->show;
			q->time = e->time;
		} else if (e->type == SC_EVENT_INVITE)
			invites_told(p, e, q->used);
		else if (e->type == SC_EVENT_RESULT) {
			q->code = e->code;
			q->done = true;
		}
	}
}

/* ---- what they must be ---- */

/* A question that could not be asked is asked by nobody again. */
static bool
was_answered(const struct app_quiz *q, const char *module)
{
	return q->code != SC_CODE_UNAVAILABLE &&
	    (q->code != SC_CODE_NOT_ACCEPTABLE || host_has(module));
}

static void
check_unread(struct peer *p, struct tx *tx, const struct app_quiz *q,
    const struct chat *chat)
{
	struct report *r = &p->sim->w.report;
	bool same;
	uint64_t n;

	if (!was_answered(q, "settings"))
		return;
	n = model_unread(p->sim, tx, chat, p->user, q->number);
	report_count(r, COUNT_UNREAD);
	/* what all have got since the answer may be gone */
	same = p->sim->until || p->sim->keeps.n > 0 ? q->count >= n
	    : q->count == n;
	if (q->code != 0 || !same)
		report_fail(r, "R15", "%s: chat %" PRIu64 ": %" PRIu64
		    " unread, code %d, it should be %" PRIu64, p->name,
		    q->number, q->count, q->code, n);
}

static void
check_members(struct peer *p, struct tx *tx, const struct app_quiz *q,
    const struct chat *chat)
{
	struct report *r = &p->sim->w.report;
	struct model_group g;
	bool good = true;

	if (!was_answered(q, "groups"))
		return;
	model_group_read(&g, p->sim, tx, chat);
	if (!g.whole)
		return;
	if (!g.people[p->user].in) {
		if (q->code != SC_CODE_FORBIDDEN)
			report_fail(r, "R25", "%s: chat %" PRIu64 ": code %d "
			    "for who is not in the group", p->name, q->number,
			    q->code);
		return;
	}
	report_count(r, COUNT_GROUP_LISTS);
	for (unsigned u = 0; u < p->sim->nusers; u++) {
		const struct model_person *m = &g.people[u];

		good = good && m->in == (q->in >> u & 1) &&
		    (m->in && m->role == ROLE_ADMIN) == (q->admins >> u & 1) &&
		    (m->in && m->role == ROLE_OWNER) == (q->owners >> u & 1);
	}
	if (q->code != 0 || !good)
		report_fail(r, "R24", "%s: chat %" PRIu64 ": code %d, the "
		    "members %x %x %x are not those of the log", p->name,
		    q->number, q->code, q->in, q->admins, q->owners);
}

/* Who reads a channel sees who writes it, and no other reader (R25). */
static void
check_readers(struct peer *p, struct tx *tx, const struct app_quiz *q,
    const struct chat *chat)
{
	struct report *r = &p->sim->w.report;
	struct member self, m;
	bool good = true;

	if (!was_answered(q, "channels") || member_get(tx, &chat->id,
	    p->sim->users[p->user].id, &self) != 0 || !member_in(&self))
		return;
	report_count(r, COUNT_CHANNEL_LISTS);
	for (unsigned u = 0; u < p->sim->nusers; u++) {
		bool in = member_get(tx, &chat->id, p->sim->users[u].id,
		    &m) == 0 && member_in(&m);

		if (self.role < ROLE_ADMIN && in && m.role < ROLE_ADMIN)
			in = false;
		good = good && in == (q->in >> u & 1);
	}
	if (q->code != 0 || !good)
		report_fail(r, "R25", "%s: chat %" PRIu64 ": code %d, user%u "
		    "sees %x in a channel", p->name, q->number, q->code,
		    p->user, q->in);
}

/* Everybody whose mark has passed an entry has viewed it, once (R14). */
static void
check_views(struct peer *p, struct tx *tx, const struct app_quiz *q,
    const struct chat *chat)
{
	struct member m;

	if (q->code != 0)
		return;
	for (uint64_t seq = 1; seq <= chat->head && seq <= QUIZ_SEQS; seq++) {
		/* who is gone is counted, and is no member any more */
		unsigned most = p->sim->removal.state == REMOVAL_DONE;

		for (unsigned u = 0; u < p->sim->nusers; u++)
			most += member_get(tx, &chat->id,
			    p->sim->users[u].id, &m) == 0 && m.read >= seq;
		if (q->views[seq - 1] > 0)
			report_count(&p->sim->w.report, COUNT_VIEWS);
		if (q->views[seq - 1] > most)
			report_fail(&p->sim->w.report, "R14", "%s: chat %"
			    PRIu64 " seq %" PRIu64 " has %u views, %u users "
			    "have read it", p->name, q->number, seq,
			    q->views[seq - 1], most);
	}
}

static void
check_invites(struct peer *p, struct tx *tx, const struct app_quiz *q)
{
	for (unsigned i = 0; i < p->sim->ninvites && q->code == 0; i++)
		if (q->used[i] > 0)
			invites_check_told(p->sim, tx, i, q->used[i] - 1u);
}

void
quiz_check(struct sim *s)
{
	struct arena arena;
	struct tx tx;

	arena_init(&arena, 0);
	host_look(s->host, &tx, &arena);
	for (unsigned i = 0; i < s->npeers; i++) {
		struct peer *p = s->peers[i];

		for (unsigned k = 0; k < p->nquiz; k++) {
			const struct app_quiz *q = &p->quiz[k];
			struct chat_id id;
			struct chat chat;

			if (q->code == 0 && q->kind == QUIZ_GLANCE)
				privacy_check_glance(s, &tx, p->user,
				    (unsigned)q->number, q->show, q->time);
			if (q->code == 0 && q->kind == QUIZ_OWN)
				privacy_check_own(s, p->user, &q->own);
			if (q->kind >= QUIZ_GLANCE || chat_by_number(&tx, s->users[p->user].id,
			    q->number, &id) != 0 ||
			    chat_get(&tx, &id, &chat) != 0)
				continue;
			if (q->kind == QUIZ_UNREAD)
				check_unread(p, &tx, q, &chat);
			else if (q->kind == QUIZ_VIEWS)
				check_views(p, &tx, q, &chat);
			else if (q->kind == QUIZ_INVITES)
				check_invites(p, &tx, q);
			else if (chat.kind == CHAT_KIND_CHANNEL)
				check_readers(p, &tx, q, &chat);
			else
				check_members(p, &tx, q, &chat);
		}
	}
	host_look_end(&tx);
	arena_fini(&arena);
}

/* SPDX-License-Identifier: ISC */
/*
 * What must come true once the network works and everybody is there: all
 * devices of all members hold the same logs, every message is in one of them
 * once, and the ticks are where they belong.
 */
#include <inttypes.h>
#include <stdio.h>

#include "src/chat/chat.h"
#include "src/chat/member.h"
#include "src/common/err.h"
#include "tests/sim/channels.h"
#include "tests/sim/groups.h"
#include "tests/sim/model_unread.h"
#include "tests/sim/prune.h"
#include "tests/sim/seal.h"
#include "tests/sim/settle.h"
#include "tests/sim/sim.h"

/* One user's view of the store, compared with that of one device. */
struct settling {
	struct sim *s;
	struct tx *tx;
	struct peer *p;
	struct settled *out;	/* what is not reached yet */
};

static void
missing(struct settling *t, const char *rule, const char *what,
    uint64_t number, uint64_t has, uint64_t wants)
{
	if (!t->out->reached)
		return;
	t->out->reached = false;
	t->out->rule = rule;
	snprintf(t->out->why, sizeof(t->out->why), "%s: chat %" PRIu64
	    ": %s is %" PRIu64 ", not %" PRIu64, t->p->name, number, what, has,
	    wants);
}

static bool
has_devices(const struct sim *s, uint64_t user)
{
	for (unsigned i = 0; i < s->npeers; i++) {
		if (s->users[s->peers[i]->user].id == user)
			return !removal_is(s, s->peers[i]->user);
	}
	return false;
}

/* The ticks that a device shows for the other member. */
static void
check_ticks(struct settling *t, const struct chat *chat,
    const struct app_chat *c)
{
	int side = chat_side(chat, t->s->users[t->p->user].id);
	const struct app_mark *shown;
	uint64_t other, written;
	struct member m;

	if (side < 0 || chat->user[0] == chat->user[1])
		return;
	other = chat->user[1 - side];
	if (!t->s->receipts)
		return;
	written = has_devices(t->s, other) ? chat->last_by[side] : 0;
	shown = &c->marks[sim_user_of(t->s, other)];
	if (member_get(t->tx, &chat->id, other, &m) != 0) {
		missing(t, "R18", "the membership", c->number, 0, 1);
		return;
	}
	if (m.delivered < written)
		missing(t, "R13", "delivered in the store", c->number,
		    m.delivered, written);
	if (shown->delivered < written)
		missing(t, "R13", "delivered", c->number, shown->delivered,
		    written);
	if (shown->read < m.read && shown->read < written &&
	    !privacy_is_secret(t->s, t->p->user, sim_user_of(t->s, other)))
		missing(t, "R13", "read", c->number, shown->read, m.read);
}

/* What is set and starred is what the first device of the user says. */
static void
check_settings(struct settling *t, const struct app_chat *c)
{
	struct peer *first = NULL;
	const struct app_chat *f;

	for (unsigned i = 0; i < t->s->npeers && first == NULL; i++)
		if (t->s->peers[i]->user == t->p->user)
			first = t->s->peers[i];
	if (first == NULL || first == t->p)
		return;
	f = app_chat(first, c->number);
	if (c->muted != f->muted || c->archived != f->archived ||
	    c->pinned != f->pinned)
		missing(t, "R18", "a setting", c->number, c->pinned,
		    f->pinned);
	if (c->stars != f->stars)
		missing(t, "R18", "a star", c->number, c->stars, f->stars);
}

static int
check_chat(void *arg, uint64_t number, const struct chat_id *id)
{
	struct settling *t = arg;
	struct app_chat *c = app_chat(t->p, number);
	struct member m;
	struct chat chat;
	uint64_t head;

	if (chat_get(t->tx, id, &chat) != 0) {
		missing(t, "R18", "the chat", number, 0, 1);
		return 0;
	}
	if (member_get(t->tx, id, t->s->users[t->p->user].id, &m) != 0) {
		missing(t, "R18", "the membership", number, 0, 1);
		return 0;
	}
	head = member_head(&m, chat.head);
	/* who has left a large chat, or a channel, is told of its end at his
	 * next sync */
	if (c->dense != head && !((chat.pulled ||
	    chat.kind == CHAT_KIND_CHANNEL) && !member_in(&m) &&
	    c->dense < head))
		missing(t, "R20", "the end", number, c->dense, head);
	if (number == 1)
		return 0;
	check_ticks(t, &chat, c);
	check_settings(t, c);
	if (m.read < c->own_read)
		missing(t, "R13", "the read mark", number, m.read,
		    c->own_read);
	return 0;
}

/* Who watches sees how it is. */
static void
check_presence(struct settling *t, unsigned u)
{
	const struct peer *p;
	unsigned show;

	p = presence_wrong(t->s, u, &show);
	if (p == NULL)
		return;
	t->p = t->s->peers[p->index];
	missing(t, "presence", "the show of the user", u, p->shown[u], show);
}

bool
settle_reached(struct sim *s, struct settled *out)
{
	struct arena arena;
	struct tx tx;
	struct settling t = {.s = s, .tx = &tx, .out = out};

	*out = (struct settled){.reached = true, .rule = "R20"};
	arena_init(&arena, 0);
	host_look(s->host, &tx, &arena);
	for (unsigned i = 0; i < s->npeers && out->reached; i++) {
		t.p = s->peers[i];
		if (removal_is(s, t.p->user))
			continue;
		if (t.p->client == NULL || !t.p->online ||
		    !sc_client_online(t.p->client) || !t.p->synced)
			missing(&t, "R20", "online", 0, 0, 1);
		else if (sc_client_pending(t.p->client) > 0)
			missing(&t, "R20", "pending", 0,
			    sc_client_pending(t.p->client), 0);
		else
			(void)chat_list(&tx, s->users[t.p->user].id, 0,
			    check_chat, &t);
	}
	for (unsigned u = 0; u < s->nusers && out->reached; u++)
		check_presence(&t, u);
	if (out->reached && !removal_is_over(s))
		missing(&t, "R20", "the end of an account", 0, 0, 1);
	host_look_end(&tx);
	arena_fini(&arena);
	return out->reached && executor_idle(host_executor(s->host));
}

/* ---- every message once ---- */

/* The message that was at a place, if that was acknowledged. */
static unsigned
said_at(struct ledger *l, const struct chat_id *chat, uint64_t seq)
{
	for (unsigned i = 0; i < l->nsaid; i++)
		if (ledger_is_at(l, i, chat, seq))
			return i;
	l->buried++;
	return SAID_NONE;
}

/* A log that is counted. */
struct counting {
	struct sim *s;
	const struct chat_id *chat;
};

static int
count_gone(void *arg, uint64_t first, uint64_t last)
{
	const struct counting *c = arg;

	for (uint64_t seq = first; seq <= last; seq++) {
		unsigned id = said_at(&c->s->ledger, c->chat, seq);

		if (id != SAID_NONE)
			c->s->ledger.said[id].in_log++;
	}
	return 0;
}

static int
count_entry(void *arg, const struct entry *e)
{
	struct sim *s = ((struct counting *)arg)->s;
	struct ledger *l = &s->ledger;
	struct look look;
	unsigned id;

	ledger_look(l, e->payload, &look);
	id = look.deleted ? said_at(l, &e->chat, e->seq) : look.said;
	if (id == SAID_NONE && (e->n == 0 || look.deleted))
		return 0;	/* what is done in a group, or nobody knows */
	if (id == SAID_NONE) {
		report_fail(&s->w.report, "R8", "seq %" PRIu64
		    " was written by nobody", e->seq);
		return 0;
	}
	l->said[id].in_log++;
	if (l->said[id].digest != payload_digest(e->payload) &&
	    !look.deleted && !l->said[id].contested && !l->said[id].named)
		report_fail(&s->w.report, "R21", "m%u has another payload "
		    "than it was sent with", id);
	return 0;
}

void
settle_count_entries(struct sim *s, struct tx *tx, const struct chat *c)
{
	struct counting counting = {s, &c->id};
	const struct chat_reader reader = {count_entry, count_gone,
	    &counting};

	if (c->head > 0)
		(void)chat_read(tx, &c->id, 1, c->head, &reader);
}

/* A chat of two is counted with the first of them that is here. */
static int
count_chat(void *arg, uint64_t number, const struct chat_id *id)
{
	struct settling *t = arg;
	struct chat chat;

	if (number == 1 || chat_get(t->tx, id, &chat) != 0 ||
	    chat.kind != CHAT_KIND_DIRECT || (chat.user[0] != t->s->users[t->p->user].id &&
	    has_devices(t->s, chat.user[0])))
		return 0;
	settle_count_entries(t->s, t->tx, &chat);
	return 0;
}

/* Nothing is missing but what may be. */
static void
check_holes(struct settling *t, const struct app_chat *c,
    const struct chat *chat)
{
	for (uint64_t seq = 1; seq <= c->dense; seq++) {
		enum app_item item = app_item(c, seq);

		if (item == APP_SKIPPED ||
		    (item == APP_PRUNED && !prune_is_gone(t->tx, &chat->id,
		    seq)) ||
		    (item == APP_UNKEPT && t->s->offline) ||
		    (item == APP_BARRED && chat->kind == CHAT_KIND_DIRECT) ||
		    (item == APP_HIDDEN && !model_hidden(t->s, t->tx,
		    t->p->user, c->number, seq)))
			report_fail(&t->s->w.report, "R5", "%s: chat %" PRIu64
			    ": seq %" PRIu64 " is a hole, by no reason (%d)",
			    t->p->name, c->number, seq, (int)item);
	}
}

/* What a device holds of a chat. */
static int
check_device(void *arg, uint64_t number, const struct chat_id *id)
{
	struct settling *t = arg;
	struct chat chat;

	if (chat_get(t->tx, id, &chat) != 0 || number == 1)
		return 0;
	if (chat.kind == CHAT_KIND_GROUP)
		groups_check_device(t->p, t->tx, &chat, number);
	else if (chat.kind == CHAT_KIND_CHANNEL)
		channels_check_device(t->p, t->tx, &chat, number);
	check_holes(t, app_chat(t->p, number), &chat);
	return 0;
}

static void
check_said(struct sim *s, unsigned id)
{
	const struct said *m = &s->ledger.said[id];
	struct report *r = &s->w.report;
	/* what an old state sends as another device has another counter than
	 * the log: R9 cannot find it (ADR 0004), nor what is hidden from it */
	bool lost_track = m->lost_track ||
	    ((m->restored || m->named) && s->peers[m->peer]->revoked) ||
	    (m->restored && (m->named || ledger_hidden(&s->ledger, id) ||
	    prune_lost(&s->ledger, id)));

	if (m->in_log > 1 && !lost_track)
		report_fail(r, "R8", "m%u is in the log %u times", id,
		    m->in_log);
	else if (m->in_log == 0 && !m->refused && !m->doubtful &&
	    s->ledger.buried == 0 &&
	    !removal_is(s, s->peers[m->peer]->user))
		report_fail(r, "R8", "m%u is lost", id);
	else if (m->in_log > 0 && m->refused && !m->contested &&
	    !lost_track && !removal_is(s, s->peers[m->peer]->user))
		report_fail(r, "R8", "m%u was refused and is in the log", id);
	else if (m->in_log == 0 && m->sent && s->ledger.buried == 0 &&
	    !removal_is(s, s->peers[m->peer]->user))
		report_fail(r, "R1", "m%u was sent and is not in the log", id);
	else if (m->in_log > 0 && m->heard == 0)
		report_fail(r, "R9", "m%u is in the log, but came only on a "
		    "session that was replaced", id);
	else if (!m->sent && !m->refused && !m->doubtful &&
	    !removal_is(s, s->peers[m->peer]->user))
		report_fail(r, "R8", "m%u: the application was not told", id);
}

void
settle_check(struct sim *s)
{
	const struct server_conf *conf = host_conf(s->host);
	size_t bound = conf->window_bytes + (size_t)conf->page_entries * 600 +
	    (1 << 16);
	struct arena arena;
	struct tx tx;
	struct settling t = {.s = s, .tx = &tx};
	uint64_t done = 0;

	ledger_compare(&s->ledger, "at the end");
	arena_init(&arena, 0);
	host_look(s->host, &tx, &arena);
	for (unsigned i = 0; i < s->npeers; i++) {
		t.p = s->peers[i];
		if (removal_is(s, t.p->user))
			continue;
		ask_check_ticks(t.p);
		(void)chat_list(&tx, s->users[t.p->user].id, 0, check_device,
		    &t);
		if (done >> t.p->user & 1)
			continue;
		done |= UINT64_C(1) << t.p->user;
		(void)chat_list(&tx, s->users[t.p->user].id, 0, count_chat, &t);
	}
	groups_count(s, &tx);
	for (unsigned n = seal_count(&tx); n > 0; n--)
		report_count(&s->w.report, COUNT_SEALED);
	channels_count(s, &tx);
	names_check(s, &tx);
	host_look_end(&tx);
	arena_fini(&arena);
	for (unsigned i = 0; i < s->ledger.nsaid; i++)
		check_said(s, i);
	if (host_backlog_max(s->host) > bound)
		report_fail(&s->w.report, "R20", "%zu bytes were kept for a "
		    "client, %zu are the bound", host_backlog_max(s->host),
		    bound);
}

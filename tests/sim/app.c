/* SPDX-License-Identifier: ISC */
/*
 * The application of a simulated device, and the rules about what it is
 * given: every entry once, in order, without a hole (R5, R7, R8, R11), ticks
 * that only rise (R13).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "tests/sim/expiry.h"
#include "tests/sim/peer.h"
#include "tests/sim/prune.h"
#include "tests/sim/sim.h"

static void
broken(struct peer *p, const char *rule, const char *what,
    const struct app_chat *c, uint64_t seq)
{
	report_fail(&p->sim->w.report, rule, "%s: %s: chat %" PRIu64 " seq %"
	    PRIu64 " (given up to %" PRIu64 ")", p->name, what,
	    c == NULL ? 0 : c->number, seq, c == NULL ? 0 : c->top);
}

struct app_chat *
app_chat(struct peer *p, uint64_t number)
{
	for (unsigned i = 0; i < p->nchats; i++) {
		if (p->chats[i].number == number)
			return &p->chats[i];
	}
	if (p->nchats == APP_CHATS_MAX) {
		report_fail(&p->sim->w.report, "R19", "%s: more chat numbers "
		    "than chats: %" PRIu64, p->name, number);
		return &p->chats[0];
	}
	p->chats[p->nchats].number = number;
	return &p->chats[p->nchats++];
}

enum app_item
app_item(const struct app_chat *c, uint64_t seq)
{
	return seq == 0 || seq > c->cap ? APP_NONE
					: (enum app_item)c->items[seq - 1];
}

static void
item_set(struct app_chat *c, uint64_t seq, enum app_item what, unsigned said)
{
	uint64_t cap = c->cap;

	if (seq > cap) {
		c->cap = seq * 2 + 16;
		c->items = xrealloc(c->items, c->cap, sizeof(c->items[0]));
		c->said = xrealloc(c->said, c->cap, sizeof(c->said[0]));
		for (uint64_t i = cap; i < c->cap; i++) {
			c->items[i] = APP_NONE;
			c->said[i] = SAID_NONE;
		}
	}
	c->items[seq - 1] = (uint8_t)what;
	if (said != SAID_NONE)
		c->said[seq - 1] = said;
	if (what != APP_OWN && seq > c->top)
		c->top = seq;
	while (app_item(c, c->dense + 1) != APP_NONE)
		c->dense++;
}

/* FIRST .. LAST have come; what is below must be there, they must not. */
static bool
in_order(struct peer *p, const struct app_chat *c, uint64_t first,
    uint64_t last)
{
	uint64_t seq;

	if (first > c->dense + 1) {
		broken(p, "R5", "a hole", c, c->dense + 1);
		return false;
	}
	for (seq = first; seq <= last; seq++) {
		if (app_item(c, seq) != APP_NONE &&
		    app_item(c, seq) != APP_OWN) {
			broken(p, "R11", "given again", c, seq);
			return false;
		}
	}
	return true;
}

/* Which message an entry is; SAID_NONE. */
unsigned
app_said(const struct peer *p, const struct sc_event *e)
{
	const struct ledger *l = &p->sim->ledger;
	const struct sc_message *m = e->said;
	unsigned id = SAID_NONE;

	if (m == NULL)
		return SAID_NONE;
	if (m->reply >= SAID_REPLIES && m->reply - SAID_REPLIES < l->nsaid)
		id = (unsigned)(m->reply - SAID_REPLIES);
	else if (m->kind == SC_KIND_POLL || m->kind == SC_KIND_LOCATION)
		id = m->name == NULL ? SAID_NONE
		    : said_parse(l, slice_str(m->name));
	else if (m->text != NULL)
		id = said_parse(l, slice_of(m->text, m->textlen));
	if (id != SAID_NONE && m->kind != SC_KIND_TEXT)
		report_count(&p->sim->w.report, COUNT_KINDS_SEEN);
	return id;
}

bool
app_may_be_silent(const struct peer *p, uint64_t number,
    const struct sc_event *e)
{
	enum sc_chat_kind kind = sc_client_chat_kind(p->client, number);

	return number == 1 || (e->said != NULL &&
	    e->said->kind == SC_KIND_DELETED) ||
	    (p->changed_chat == number && p->changed_seq == e->seq) || ((kind == SC_CHAT_GROUP ||
	    kind == SC_CHAT_CHANNEL) && e->said != NULL &&
	    e->said->kind == SC_KIND_NONE);
}

static void
on_message(struct peer *p, const struct sc_event *e)
{
	struct ledger *l = &p->sim->ledger;
	struct app_chat *c = app_chat(p, e->chat);
	unsigned id = app_said(p, e);

	if (!in_order(p, c, e->seq, e->seq))
		return;
	if (id == SAID_NONE && !app_may_be_silent(p, e->chat, e)) {
		broken(p, "R2", "a text that nobody wrote", c, e->seq);
		return;
	}
	if (e->seq <= c->cap && c->said[e->seq - 1] != SAID_NONE &&
	    c->said[e->seq - 1] != id && e->said->kind != SC_KIND_DELETED)
		broken(p, "R2", "another message than before", c, e->seq);
	if (id != SAID_NONE && e->from !=
	    p->sim->users[p->sim->peers[l->said[id].peer]->user].id)
		broken(p, "R2", "from somebody else", c, e->seq);
	item_set(c, e->seq, APP_GIVEN, id);
	if (e->said->kind != SC_KIND_DELETED)
		expiry_told(p, e);
}

static void
on_skip(struct peer *p, const struct sc_event *e)
{
	struct app_chat *c = app_chat(p, e->chat);
	static const struct {
		const char *why;
		enum app_item item;
	} reasons[] = {{"not a member", APP_BARRED}, {"hidden", APP_HIDDEN},
	    {"pruned", APP_PRUNED}, {"not kept", APP_UNKEPT},
	    {"undeliverable", APP_UNDELIVERABLE}};
	enum app_item why = APP_SKIPPED;

	if (e->first > e->last || !in_order(p, c, e->first, e->last)) {
		broken(p, "R5", "a skip out of order", c, e->first);
		return;
	}
	report_count(&p->sim->w.report, COUNT_SKIPS);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(e->why, reasons[i].why) == 0)
			why = reasons[i].item;
	if (why == APP_PRUNED)
		report_count(&p->sim->w.report, COUNT_PRUNED_SKIPS);
	for (uint64_t seq = e->first; seq <= e->last; seq++)
		item_set(c, seq, why, SAID_NONE);
}

/* The newest message that the application knows, or the server, by N. */
static unsigned
said_by_n(const struct peer *p, uint64_t n, bool wire)
{
	const struct ledger *l = &p->sim->ledger;

	for (unsigned i = l->nsaid; i > 0; i--) {
		const struct said *s = &l->said[i - 1];

		if (s->peer == p->index && n != 0 && !s->gone &&
		    (wire ? s->n : s->asked) == n)
			return i - 1;
	}
	return SAID_NONE;
}

static void
on_sent(struct peer *p, const struct sc_event *e)
{
	struct ledger *l = &p->sim->ledger;
	unsigned id = said_by_n(p, e->asked, false);
	struct app_chat *c = app_chat(p, e->chat);

	if (id == SAID_NONE) {
		broken(p, "R8", "sent what nobody said", c, e->seq);
		return;
	}
	/* an old state sends it once more, and now he may; or the name is that
	 * of somebody again */
	if (l->said[id].restored && (l->said[id].to == SAID_TO_CHAT ||
	    (l->said[id].to < SIM_USERS_MAX &&
	    removal_may(p->sim, l->said[id].to))))
		l->said[id].refused = false;
	if (l->said[id].refused && !l->said[id].contested)
		broken(p, "R8", "sent after it was refused", c, e->seq);
	l->said[id].sent = true;
	expiry_told(p, e);
	if (++l->said[id].told > 1 + l->said[id].repeats &&
	    id >= p->first_said)
		broken(p, "R8", "told twice that it was sent", c, e->seq);
	if (app_item(c, e->seq) == APP_NONE)
		item_set(c, e->seq, APP_OWN, id);
	else if (c->said[e->seq - 1] == SAID_NONE)
		c->said[e->seq - 1] = id;	/* it was skipped */
	else if (c->said[e->seq - 1] != id)
		broken(p, "R8", "sent, but another is there", c, e->seq);
}

static void
on_refused(struct peer *p, const struct sc_event *e)
{
	struct ledger *l = &p->sim->ledger;
	unsigned id = said_by_n(p, e->asked, false);

	report_count(&p->sim->w.report, COUNT_REFUSALS);
	if (id == SAID_NONE) {
		report_fail(&p->sim->w.report, "R8", "%s: n=%" PRIu64
		    " refused, which nobody said", p->name, e->asked);
		return;
	}
	if (l->said[id].contested)
		return;
	l->said[id].forbidden = e->code == SC_CODE_FORBIDDEN ||
	    e->code == SC_CODE_NOT_FOUND;
	if (e->code == SC_CODE_CONFLICT &&
	    (p->revoked || l->said[id].doubtful ||
	    strstr(e->why, "deleted") != NULL)) {
		/* nobody knows whether it was sent before the device went, or
		 * before it was deleted */
		l->said[id].doubtful = true;
		return;
	}
	/* what an old state sends again, as R9 cannot find it; or to where he
	 * may not write any more */
	if (l->said[id].sent && (l->said[id].lost_track ||
	    (l->said[id].restored &&
	    (p->revoked || ledger_hidden(l, id) || prune_lost(l, id) ||
	    (l->said[id].to == SAID_TO_CHAT && l->said[id].forbidden)))))
		return;
	if (l->said[id].sent)
		report_fail(&p->sim->w.report, "R8", "%s: m%u refused (%s) "
		    "after it was sent", p->name, id, e->why);
	if (l->said[id].to < SIM_USERS_MAX &&
	    removal_may(p->sim, l->said[id].to))
		report_count(&p->sim->w.report, COUNT_REMOVED_REFUSALS);
	else if (!l->said[id].too_long && l->said[id].to < SIM_USERS_MAX &&
	    !removal_may(p->sim, p->user) && id >= p->first_said)
		report_fail(&p->sim->w.report, "R8", "%s: m%u refused without "
		    "a reason: %s (%s)", p->name, id, sc_code_text(e->code),
		    e->why);
	l->said[id].refused = true;
}

static void
tick(struct peer *p, struct app_chat *c, uint64_t *mark, int64_t *since,
    uint64_t seq, int64_t time)
{
	if (seq == 0)
		return;
	if (seq < *mark && time > *since)
		broken(p, "R13", "a tick went back", c, seq);
	if (seq <= *mark)
		return;
	*mark = seq;
	*since = time;
}

static void
on_receipt(struct peer *p, const struct sc_event *e)
{
	struct app_chat *c = app_chat(p, e->chat);

	unsigned user = sim_user_of(p->sim, e->user);
	struct app_mark *m = &c->marks[user];

	report_count(&p->sim->w.report, COUNT_RECEIPTS_SEEN);
	if (user == p->user)
		return;
	if (user >= p->sim->nusers) {
		broken(p, "R13", "a tick of nobody", c, e->delivered);
		return;
	}
	/* An older movement may come late; a newer one may not be lower. */
	tick(p, c, &m->delivered, &m->delivered_time, e->delivered, e->time);
	tick(p, c, &m->read, &m->read_time, e->read, e->time);
	if (m->read > m->delivered) {
		m->delivered = m->read;
		m->delivered_time = m->read_time;
	}
}

/* As another device it counts anew: what it said before cannot be said again
 * with its counter. */
static void
on_login(struct peer *p)
{
	uint32_t device = sc_client_device(p->client);

	if (p->logged_in_as != 0 && p->logged_in_as != device)
		p->first_said = p->sim->ledger.nsaid;
	p->logged_in_as = device;
	presence_login(p);
}

/* What was set on some device, in the order of the account log. */
static void
on_settings(struct peer *p, const struct sc_event *e)
{
	struct app_chat *c = app_chat(p, e->chat);
	uint64_t bit = UINT64_C(1) << (e->seq & 63);

	report_count(&p->sim->w.report, COUNT_SETTINGS_SEEN);
	if (e->type == SC_EVENT_STAR) {
		c->stars = e->gone ? c->stars & ~bit : c->stars | bit;
		return;
	}
	c->muted = e->muted;
	c->archived = e->archived;
	c->pinned = e->pinned;
}

static void
app_trace(struct peer *p, const struct sc_event *e, int rc)
{
	static const char *const types[] = {
	    [SC_EVENT_ONLINE] = "online",
	    [SC_EVENT_SYNCED] = "synced",
	    [SC_EVENT_MESSAGE] = "message",
	    [SC_EVENT_SKIP] = "skip",
	    [SC_EVENT_SENT] = "sent",
	    [SC_EVENT_REFUSED] = "refused",
	    [SC_EVENT_RECEIPT] = "receipt",
	    [SC_EVENT_READ] = "read",
	    [SC_EVENT_CHAT] = "chat",
	    [SC_EVENT_EPOCH] = "epoch",
	    [SC_EVENT_FAILURE] = "failure",
	    [SC_EVENT_BYE] = "bye",
	    [SC_EVENT_PAGE_MESSAGE] = "page",
	    [SC_EVENT_PAGE_SKIP] = "hole",
	    [SC_EVENT_DEVICE] = "device",
	    [SC_EVENT_RESULT] = "result",
	    [SC_EVENT_SETTINGS] = "settings",
	    [SC_EVENT_STAR] = "star",
	    [SC_EVENT_UNREAD] = "unread",
	    [SC_EVENT_LINK] = "link",
	    [SC_EVENT_PRESENCE] = "presence",
	    [SC_EVENT_TYPING] = "typing",
	    [SC_EVENT_SIGNAL] = "signal",
	    [SC_EVENT_MEMBER] = "member",
	    [SC_EVENT_CHANGED] = "changed",
	    [SC_EVENT_INVITE] = "invite",
	    [SC_EVENT_REQUEST] = "request",
	    [SC_EVENT_HIDDEN] = "hidden",
	};

	if (!p->sim->w.report.trace)
		return;
	report_trace(&p->sim->w.report, p->name, "** %s chat=%" PRIu64
	    " seq=%" PRIu64 " n=%" PRIu64 " delivered=%" PRIu64 " read=%"
	    PRIu64 " %.*s %s%s", types[e->type], e->chat, e->seq, e->n,
	    e->delivered, e->read, e->text == NULL ? 0 :
	    (int)(e->textlen < 12 ? e->textlen : 12),
	    e->text == NULL ? "" : e->text, e->why == NULL ? "" : e->why,
	    rc != 0 ? " (declined)" : p->doomed ? " (dies)" : "");
}

static bool
declines(struct peer *p)
{
	if (p->sim->w.healed || !prng_one_in(&p->sim->w.rng,
	    p->decline_one_in))
		return false;
	report_count(&p->sim->w.report, COUNT_DECLINED);
	p->declined = true;
	return true;
}

/* An entry for the application: 0 if it takes it. */
static int
on_entry(struct peer *p, const struct sc_event *e)
{
	if (declines(p))
		return 1;
	if (e->type == SC_EVENT_SKIP)
		on_skip(p, e);
	else
		on_message(p, e);
	if (p->sim->w.healed ||
	    !prng_one_in(&p->sim->w.rng, p->crash_one_in))
		return 0;
	/* The application has it, and nobody will ever learn. */
	p->doomed = true;
	p->disk.dead = true;
	p->crashed_chat = e->chat;
	p->crashed_seq = e->type == SC_EVENT_SKIP ? e->first : e->seq;
	return 1;
}

int
app_event(void *arg, const struct sc_event *e)
{
	struct peer *p = arg;
	int rc = 0;

	if (p->doomed)
		return 1;
	switch (e->type) {
	case SC_EVENT_ONLINE:
		p->online = true;
		p->blank = p->unlinked = false;
		p->link = 0;
		on_login(p);
		break;
	case SC_EVENT_SYNCED:
		p->synced = true;
		break;
	case SC_EVENT_MESSAGE:
	case SC_EVENT_SKIP:
		rc = on_entry(p, e);
		break;
	case SC_EVENT_SENT:
		on_sent(p, e);
		break;
	case SC_EVENT_REFUSED:
		on_refused(p, e);
		break;
	case SC_EVENT_RECEIPT:
		on_receipt(p, e);
		break;
	case SC_EVENT_FAILURE:
		p->failed = true;
		break;
	case SC_EVENT_BYE:
		if (strstr(e->why, "replaced") != NULL)
			p->replaced = true;
		if (strstr(e->why, "revoked") == NULL)
			break;
		p->replaced = true;
		if (!removal_may(p->sim, p->user) &&
		    !sim_was_revoked(p->sim, p->user,
		    sc_client_device(p->client)))
			report_fail(&p->sim->w.report, "R9", "%s: revoked, "
			    "which nobody asked for", p->name);
		break;
	case SC_EVENT_EPOCH:
		broken(p, "R3", "another epoch", NULL, 0);
		break;
	case SC_EVENT_PAGE_MESSAGE:
	case SC_EVENT_PAGE_SKIP:
	case SC_EVENT_UNREAD:
		ask_event(p, e);
		break;
	case SC_EVENT_DEVICE:
		if (e->id == 0)
			names_event(p, e);
		ask_event(p, e);
		break;
	case SC_EVENT_RESULT:
		readers_event(p, e);
		privacy_event(p, e);
		lists_event(p, e);
		ask_event(p, e);
		break;
	case SC_EVENT_READER:
		readers_event(p, e);
		break;
	case SC_EVENT_HIDDEN:
		report_count(&p->sim->w.report, COUNT_HIDDEN);
		break;
	case SC_EVENT_LINK:
		links_event(p, e);
		break;
	case SC_EVENT_SETTINGS:
	case SC_EVENT_STAR:
		if (e->id != 0)
			lists_event(p, e);
		else
			on_settings(p, e);
		break;
	case SC_EVENT_INVITE:
		quiz_event(p, e);
		request_event(p, e);
		break;
	case SC_EVENT_REQUEST:
		request_event(p, e);
		break;
	case SC_EVENT_VIEWS:
		quiz_event(p, e);
		break;
	case SC_EVENT_MEMBER:
		if (e->id != 0)
			quiz_event(p, e);
		break;
	case SC_EVENT_SIGNAL:
		signals_event(p, e);
		break;
	case SC_EVENT_CHANGED:
		p->changed_chat = e->chat;
		p->changed_seq = e->seq;
		break;
	case SC_EVENT_PRIVACY:
		if (e->id != 0)
			quiz_event(p, e);
		break;
	case SC_EVENT_PRESENCE:
		if (e->id == 0)
			presence_event(p, e);
		privacy_event(p, e);
		quiz_event(p, e);
		break;
	case SC_EVENT_TYPING:
		presence_event(p, e);
		break;
	case SC_EVENT_CHAT:
		lists_event(p, e);
		break;
	case SC_EVENT_READ:
		break;
	}
	app_trace(p, e, rc);
	return rc;
}

void
app_stub(struct peer *p, uint64_t number, uint64_t seq, uint64_t n)
{
	struct app_chat *c = app_chat(p, number);

	if (!p->doomed && app_item(c, seq) == APP_NONE)
		item_set(c, seq, APP_OWN, said_by_n(p, n, true));
}

/* ---- what a restart may forget ---- */

void
app_synced(void *arg)
{
	struct peer *p = arg;
	struct ledger *l = &p->sim->ledger;

	if (p->doomed)
		return;
	for (unsigned i = 0; i < p->nchats; i++) {
		p->chats[i].safe = p->chats[i].top;
		p->chats[i].safe_dense = p->chats[i].dense;
		for (unsigned u = 0; u < APP_USERS; u++) {
			struct app_mark *m = &p->chats[i].marks[u];

			m->safe.delivered = m->delivered;
			m->safe.read = m->read;
		}
	}
	for (; p->said_safe < l->nsaid; p->said_safe++) {
		if (l->said[p->said_safe].peer == p->index)
			l->said[p->said_safe].safe = true;
	}
}

/* Messages whose record may be gone, and what may be told again. */
static void
said_forget(struct peer *p, unsigned from, bool all, enum peer_end how)
{
	struct ledger *l = &p->sim->ledger;

	for (unsigned i = 0; i < l->nsaid; i++) {
		struct said *s = &l->said[i];

		if (s->peer != p->index)
			continue;
		s->restored = s->restored || how == PEER_ROLLED_BACK;
		s->gone = s->gone || (all && i >= from);
		if (how == PEER_ROLLED_BACK && s->n != s->asked &&
		    s->n != s->backed_up)
			s->lost_track = true;
		if (i >= from && !s->sent && (all || !s->safe))
			s->doubtful = true;
		s->told = 0;
	}
}

void
app_restarted(struct peer *p, enum peer_end how)
{
	struct ledger *l = &p->sim->ledger;
	bool all = how == PEER_ROLLED_BACK || how == PEER_WIPED;

	if (how != PEER_KILLED)
		said_forget(p, how == PEER_ROLLED_BACK ? p->backup_said : 0,
		    all, how);
	if (all)
		p->first_said = l->nsaid;
	if (how == PEER_ROLLED_BACK)
		invites_restored(p);
	lists_restarted(p);
	privacy_restarted(p, how != PEER_KILLED, how == PEER_ROLLED_BACK);
	p->lost = how;
	p->check_restart = true;
}

/* Of a direct chat the next sync tells what was lost with the power. */
static void
mark_restarted(const struct peer *p, const struct app_chat *c,
    struct app_mark *m)
{
	bool group = sc_client_chat_kind(p->client, c->number) ==
	    SC_CHAT_GROUP;

	if (p->lost == PEER_KILLED || (p->lost == PEER_POWER_LOSS && !group))
		return;
	m->delivered = p->lost == PEER_WIPED ? 0
	    : p->lost == PEER_POWER_LOSS ? m->safe.delivered
	    : m->backup.delivered;
	m->read = p->lost == PEER_WIPED ? 0
	    : p->lost == PEER_POWER_LOSS ? m->safe.read : m->backup.read;
	m->delivered_time = m->read_time = 0;
}

/* What the application must still be given from its cursor on. */
static void
chat_restarted(struct peer *p, struct app_chat *c)
{
	uint64_t cursor = sc_client_cursor(p->client, c->number), least;

	least = p->lost == PEER_KILLED ? c->top
	    : p->lost == PEER_POWER_LOSS ? c->safe : 0;
	if (p->crashed_chat == c->number && least >= p->crashed_seq)
		least = p->crashed_seq - 1;
	if (cursor < least)
		report_fail(&p->sim->w.report, "R11", "%s: chat %" PRIu64
		    " starts again at %" PRIu64 ", %" PRIu64 " was kept",
		    p->name, c->number, cursor, least);
	if (cursor > c->dense)
		report_fail(&p->sim->w.report, "R5", "%s: chat %" PRIu64
		    " starts again at %" PRIu64 ", only %" PRIu64
		    " was given", p->name, c->number, cursor, c->dense);
	for (uint64_t seq = cursor + 1; seq <= c->cap; seq++) {
		if (c->items[seq - 1] != APP_OWN || p->lost != PEER_KILLED)
			c->items[seq - 1] = APP_NONE;
	}
	if (c->top > cursor)
		c->top = cursor;
	c->dense = cursor;
	while (app_item(c, c->dense + 1) != APP_NONE)
		c->dense++;
	if (p->lost != PEER_KILLED)
		c->own_read = 0;
	for (unsigned i = 0; i < APP_USERS; i++)
		mark_restarted(p, c, &c->marks[i]);
}

void
app_check_restart(struct peer *p)
{
	if (!p->check_restart)
		return;
	p->check_restart = false;
	for (unsigned i = 0; i < p->nchats; i++)
		chat_restarted(p, &p->chats[i]);
	p->crashed_chat = p->crashed_seq = 0;
	app_synced(p);
}

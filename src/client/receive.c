/* SPDX-License-Identifier: ISC */
/* What the server says. */
#include <stdio.h>
#include <string.h>

#include "src/client/engine_priv.h"
#include "src/common/err.h"

/* ---- marks ---- */

/* Keeps that a mark of another member has come up to SEQ. */
static int
note_move(struct sc_client *c, const struct chat *chat,
    const struct sc_event *ev, enum ticks_mark mark, uint64_t seq)
{
	struct record r = {.type = RECORD_MOVE, .u = {chat->number, ev->user,
	    mark + (ev->estimated ? 2u : 0u), seq, (uint64_t)ev->time}};

	if (seq == 0 || !ticks_move_is_news(chat->ticks, ev->user, mark, seq))
		return 0;
	return journal_put(c, &r);
}

static int
receive_receipt(struct sc_client *c, const struct elem *e)
{
	const struct value *v = elem_get(e, ATTR_CHAT);
	const struct value *user = elem_get(e, ATTR_USER);
	struct sc_event ev = {.type = SC_EVENT_RECEIPT,
	    .delivered = elem_uint(e, ATTR_DELIVERED, 0),
	    .read = elem_uint(e, ATTR_READ, 0),
	    .time = elem_int(e, ATTR_TIME, 0),
	    .estimated = elem_has(e, ATTR_ESTIMATED)};
	const struct chat *chat;
	int rc;

	if (v == NULL || v->chat.kind != CHAT_BY_NUMBER)
		return SC_CODE_MALFORMED;
	chat = account_find(&c->account, v->chat.number);
	if (chat == NULL)
		return 0;
	ev.chat = chat->number;
	ev.user = user != NULL ? user->user.id : chat->peer;
	rc = note_move(c, chat, &ev, TICKS_DELIVERED, ev.delivered);
	if (rc == 0)
		rc = note_move(c, chat, &ev, TICKS_READ, ev.read);
	if (rc != 0)
		return rc;
	if (chat->kind == CHAT_KIND_DIRECT && ev.user == chat->peer)
		ev.name = chat->name;
	else if (chat->kind != CHAT_KIND_DIRECT)
		ev.name = sc_client_user_name(c, ev.user);
	(void)engine_event(c, &ev);
	return 0;
}

/* One's own read mark: moved on another device, or durable. */
static int
receive_read(struct sc_client *c, const struct elem *e)
{
	struct chat *chat = receive_chat(c, e);
	struct sc_event ev = {.type = SC_EVENT_READ,
	    .seq = elem_uint(e, ATTR_SEQ, 0)};
	bool known;
	int rc;

	if (chat == NULL)
		return receive_chat_error(e);
	if (ev.seq < chat->read || (ev.seq == chat->read && chat->read_sure))
		return 0;
	known = ev.seq == chat->read;
	rc = journal_put_uints(c, RECORD_READ_SURE, chat->number, ev.seq);
	if (rc != 0)
		return rc;
	chat->read_due = false;
	if (known)
		return 0;
	ev.chat = chat->number;
	ev.read = ev.seq;
	(void)engine_event(c, &ev);
	return 0;
}

/* ---- the session ---- */

static int
receive_sync(struct sc_client *c, const struct elem *e)
{
	(void)e;
	c->asked = true;
	return flush_cursors(c);
}

/* The server had noted the very cursors that we have: no ack was lost. */
static void
note_agreement(struct sc_client *c)
{
	for (size_t i = 0; i < c->account.count; i++)
		if (!c->account.chats[i]->moved)
			c->account.chats[i]->sure = c->account.chats[i]->cursor;
}

static int
receive_pong(struct sc_client *c, const struct elem *e)
{
	(void)c;
	(void)e;
	return 0;	/* that something came is all it says */
}

static int
receive_synced(struct sc_client *c, const struct elem *e)
{
	uint64_t stamp = elem_uint(e, ATTR_STAMP, 0);
	struct sc_event ev = {.type = SC_EVENT_SYNCED,
	    .time = elem_int(e, ATTR_TIME, 0)};
	int rc = 0;

	c->syncing = false;
	if (!c->asked)
		note_agreement(c);
	if (stamp != c->account.stamp)
		rc = journal_put_uints(c, RECORD_STAMP, stamp, 0);
	if (rc == 0)
		rc = send_renumber(c);
	channels_synced(c);
	if (rc == 0)
		(void)engine_event(c, &ev);
	return rc;
}

static int
receive_base(struct sc_client *c, const struct elem *e)
{
	c->ctx.base_time = elem_int(e, ATTR_TIME, c->ctx.base_time);
	return 0;
}

static bool
any_parked(const struct sc_client *c)
{
	for (size_t i = 0; i < c->account.count; i++)
		if (c->account.chats[i]->parked)
			return true;
	return false;
}

/*
 * The server counts what it has not been acknowledged, so what came since the
 * ping before may be among it.
 */
static int
receive_ping(struct sc_client *c, const struct elem *e)
{
	struct elem_buf pong;

	elem_begin(&pong, TAG_PONG);
	engine_put(c, &pong.e);
	c->waiting = elem_uint(e, ATTR_WAITING, 0);
	c->waiting_at = 0;
	if (c->waiting > c->arrived && !c->conf.no_ack && !any_parked(c))
		c->waiting_at = c->now + WAITING_MS;
	else
		c->arrived = 0;
	return 0;
}

static int
receive_bye(struct sc_client *c, const struct elem *e)
{
	static const char *const reasons[BYE_REASON_COUNT] = {
	    [BYE_REASON_MALFORMED] = "malformed",
	    [BYE_REASON_VERSION] = "version",
	    [BYE_REASON_REPLACED] = "replaced",
	    [BYE_REASON_IDLE] = "idle",
	    [BYE_REASON_SLOW] = "slow",
	    [BYE_REASON_SHUTDOWN] = "shutdown",
	    [BYE_REASON_OVERLOAD] = "overload",
	    [BYE_REASON_REVOKED] = "revoked",
	    [BYE_REASON_INTERNAL] = "internal",
	    [BYE_REASON_LIMIT] = "limit"};
	uint64_t reason = elem_uint(e, ATTR_WHY, BYE_REASON_INTERNAL);
	struct slice text = elem_slice(e, ATTR_TEXT);
	struct sc_event ev = {.type = SC_EVENT_BYE};
	char why[600];

	(void)snprintf(why, sizeof(why), "%s%s%.*s",
	    reason < BYE_REASON_COUNT ? reasons[reason] : "",
	    text.len > 0 ? ": " : "", (int)(text.len < 500 ? text.len : 500),
	    text.len > 0 ? (const char *)text.p : "");
	ev.why = why;
	if (reason == BYE_REASON_REPLACED || reason == BYE_REASON_REVOKED)
		c->stopped = true;
	(void)engine_event(c, &ev);
	return SC_CODE_UNAVAILABLE;
}

/* ---- dispatch ---- */

struct verb {
	enum tag tag;
	bool before;		/* also before success */
	int (*handle)(struct sc_client *, const struct elem *);
};

static const struct verb verbs[] = {
    {TAG_HELLO, true, login_hello},
    {TAG_CHALLENGE, true, login_challenge},
    {TAG_SUCCESS, true, login_success},
    {TAG_FAILURE, true, login_failure},
    {TAG_BYE, true, receive_bye},
    {TAG_MESSAGE, false, receive_message},
    {TAG_STUB, false, receive_stub},
    {TAG_SKIP, false, receive_skip},
    {TAG_ACK, false, receive_ack},
    {TAG_ERROR, false, receive_error},
    {TAG_RESULT, false, receive_result},
    {TAG_PAGE, false, ask_page},
    {TAG_RECEIPT, false, receive_receipt},
    {TAG_READ, false, receive_read},
    {TAG_PRESENCE, false, receive_presence},
    {TAG_TYPING, false, receive_typing},
    {TAG_SIGNAL, false, receive_signal},
    {TAG_SYNC, false, receive_sync},
    {TAG_SYNCED, false, receive_synced},
    {TAG_BASE, false, receive_base},
    {TAG_PING, false, receive_ping},
    {TAG_PONG, false, receive_pong},
};

int
receive(struct sc_client *c, const struct elem *e)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (verbs[i].tag != e->tag)
			continue;
		if (!verbs[i].before && c->phase != PHASE_ONLINE)
			return SC_CODE_MALFORMED;
		return verbs[i].handle(c, e);
	}
	/* what later versions say: nothing to do (R22) */
	return c->phase == PHASE_ONLINE ? 0 : SC_CODE_MALFORMED;
}

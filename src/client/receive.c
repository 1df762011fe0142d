/* SPDX-License-Identifier: ISC */
/* What the server says. */
#include <stdio.h>
#include <string.h>

#include "protocol/payload.h"
#include "src/client/engine_priv.h"
#include "src/common/err.h"

/* ---- items of a chat's log ---- */

enum item { ITEM_NEW, ITEM_IGNORED };

/* The chat that a stanza names by number; NULL without memory or number. */
static struct chat *
chat_of(struct sc_client *c, const struct elem *e)
{
	const struct value *v = elem_get(e, ATTR_CHAT);

	if (v == NULL || v->chat.kind != CHAT_BY_NUMBER)
		return NULL;
	return account_get(&c->account, v->chat.number);
}

static int
chat_error(const struct elem *e)
{
	const struct value *v = elem_get(e, ATTR_CHAT);

	return v == NULL || v->chat.kind != CHAT_BY_NUMBER
	    ? SC_CODE_MALFORMED : SC_CODE_NO_MEMORY;
}

static void
ack_later(struct sc_client *c, struct chat *chat, int64_t ms)
{
	if (!chat->ack_due || chat->ack_at > c->now + ms)
		chat->ack_at = c->now + ms;
	chat->ack_due = true;
	account_due(&c->account, chat);
}

/* Whether the items FIRST .. LAST are what comes next.  Negative: a hole. */
static int
item_check(struct sc_client *c, struct chat *chat, uint64_t first,
    uint64_t last)
{
	if (first == 0 || first > last)
		return SC_CODE_MALFORMED;
	c->arrived += last - first + 1;
	if (last > chat->heard)
		chat->heard = last;
	if (last <= chat->cursor) {
		/* a repeat: the server may not have heard of it */
		ack_later(c, chat, 0);
		chat->others = true;
		return ITEM_IGNORED;
	}
	if (chat->parked)
		return ITEM_IGNORED;
	if (first > chat->cursor + 1)
		return chat->resumed ? ITEM_IGNORED : SC_CODE_MALFORMED;
	chat->resumed = false;
	return ITEM_NEW;
}

/* The application has everything up to SEQ. */
static int
advance(struct sc_client *c, struct chat *chat, uint64_t seq, bool own)
{
	int rc = 0;

	/* what is not acknowledged is not kept either: it comes again */
	if (c->conf.no_ack)
		chat->cursor = seq;
	else
		rc = journal_put_uints(c, RECORD_CURSOR, chat->number, seq);
	if (rc != 0)
		return rc;
	chat->moved = true;
	chat->moved_at = c->now;
	ack_later(c, chat, own ? OWN_ACK_MS : 0);
	return 0;
}

/* Gives EV, which ends at SEQ; the answer decides whether the cursor moves. */
static int
give(struct sc_client *c, struct chat *chat, const struct sc_event *ev,
    uint64_t seq)
{
	int rc;

	c->giving = chat;
	c->giving_seq = seq;
	rc = engine_event(c, ev);
	c->giving = NULL;
	if (rc != 0) {
		chat->parked = true;
		return 0;
	}
	chat->others = true;
	return advance(c, chat, seq, false);
}

/* ---- messages ---- */

/* <chat number ref kind peer? name?/> in the account log. */
static int
introduce(struct sc_client *c, const struct elem *e)
{
	const struct value *peer = elem_get(e, ATTR_PEER);
	struct slice ref = elem_slice(e, ATTR_REF);
	struct slice name = elem_slice(e, ATTR_NAME);
	uint64_t number = elem_uint(e, ATTR_NUMBER, 0);
	struct record r = {.type = RECORD_CHAT, .u = {number,
	    elem_uint(e, ATTR_KIND, CHAT_KIND_COUNT),
	    peer == NULL ? 0 : peer->user.id}, .s = {ref, name}};
	struct sc_event ev = {.type = SC_EVENT_CHAT, .chat = number};
	const struct chat *chat = account_find(&c->account, number);
	int rc;

	if (number <= ACCOUNT_CHAT || ref.len != CHAT_ID_SIZE ||
	    r.u[1] >= CHAT_KIND_COUNT)
		return 0;	/* not understood, so only stored (R12) */
	if (chat != NULL && chat->introduced && (chat->kind == r.u[1] &&
	    chat->peer == r.u[2] && slice_equal(name,
	    slice_str(chat->name == NULL ? "" : chat->name))))
		return 0;
	rc = journal_put(c, &r);
	if (rc != 0)
		return rc;
	ev.name = sc_client_chat_name(c, number);
	(void)engine_event(c, &ev);
	return 0;
}

/* <device device name? action/> in the account log. */
static int
tell_device(struct sc_client *c, const struct elem *e)
{
	struct sc_event ev = {.type = SC_EVENT_DEVICE};

	receive_device(c, e, &ev);
	ev.gone = elem_uint(e, ATTR_ACTION, ACTION_COUNT) == ACTION_REVOKE;
	(void)engine_event(c, &ev);
	return 0;
}

/* What the server says in the account log. */
static int
account_says(struct sc_client *c, const struct elem *e)
{
	if (e->tag == TAG_CHAT)
		return introduce(c, e);
	return e->tag == TAG_DEVICE ? tell_device(c, e) : 0;
}

/* The content of a payload: EV gets its text, if it has one; in the account
 * log NOTICE looks at the elements. */
static int
look_inside(struct sc_client *c, struct slice wire,
    int (*notice)(struct sc_client *, const struct elem *),
    struct sc_event *ev)
{
	struct payload p;
	struct slice content;
	struct elem e;
	int rc;

	if (payload_take(&wire, &p) != 0 || p.encoding == PAYLOAD_OPAQUE)
		return 0;
	if (p.encoding == PAYLOAD_DEFLATE && engine_deflate(c) == NULL)
		return SC_CODE_NO_MEMORY;
	rc = payload_open(c->deflate, &p, &c->scratch, &content);
	while (rc == 0 && payload_next(&content, &c->arena, &e) == 0) {
		if (notice != NULL) {
			rc = notice(c, &e);
		} else if (e.tag == TAG_BODY && ev->text == NULL) {
			char *text = arena_alloc(&c->arena, e.text.len + 1);

			if (text == NULL)
				return SC_CODE_NO_MEMORY;
			if (e.text.len > 0)
				memcpy(text, e.text.p, e.text.len);
			ev->text = text;
			ev->textlen = e.text.len;
		}
	}
	/* what cannot be read is stored and acknowledged all the same (R12) */
	return rc == SC_CODE_NO_MEMORY ? rc : 0;
}

static void
name_sender(const struct sc_client *c, const struct chat *chat,
    struct sc_event *ev)
{
	ev->own = ev->from != 0 && ev->from == c->account.user;
	if (ev->own)
		ev->name = c->user;
	else if (chat != NULL && chat->kind == CHAT_KIND_DIRECT && chat->peer == ev->from)
		ev->name = chat->name;
}

/*
 * An entry of this very device.  If its send is still pending, this is its
 * answer.  But not if it says something else: then the counter was used by a
 * later state of this device, which was lost (R9).
 */
static int
match_own(struct sc_client *c, const struct chat *chat,
    const struct elem *e)
{
	uint64_t n = elem_uint(e, ATTR_N, 0);
	const struct send *s = outbox_find(&c->outbox, n);
	struct settled how;

	if (s == NULL || s->stanza || !send_same_content(c, s, e->text))
		return 0;
	how = send_outcome(s, 0);
	how.chat = chat->number;
	how.seq = elem_uint(e, ATTR_SEQ, 0);
	how.time = elem_int(e, ATTR_TIME, 0);
	how.ahead = true;
	return send_settle(c, &how, "");
}

/* Whether the application knows of the entry already, as of a send. */
static bool
is_told(struct sc_client *c, const struct chat *chat, uint64_t n,
    uint64_t seq)
{
	const struct settled *s = outbox_settled(&c->outbox, n);

	return s != NULL && s->ahead && s->code == 0 &&
	    s->chat == chat->number && s->seq == seq;
}

/* The attributes of an entry. */
static void
take_head(const struct sc_client *c, const struct elem *e,
    struct sc_event *ev)
{
	const struct value *from = elem_get(e, ATTR_FROM);

	ev->seq = elem_uint(e, ATTR_SEQ, 0);
	ev->time = elem_int(e, ATTR_TIME, 0);
	ev->payload = e->text.p;
	ev->payloadlen = e->text.len;
	ev->from = from == NULL ? 0 : from->user.id;
	if (elem_uint(e, ATTR_DEVICE, 0) == c->account.device)
		ev->n = elem_uint(e, ATTR_N, 0);
}

int
receive_entry(struct sc_client *c, const struct chat *chat,
    const struct elem *e, struct sc_event *ev)
{
	take_head(c, e, ev);
	name_sender(c, chat, ev);
	return look_inside(c, e->text, NULL, ev);
}

/* Remembers an own message, also of another device, for its ticks. */
static int
note_own(struct sc_client *c, const struct chat *chat,
    const struct sc_event *ev)
{
	struct record r = {.type = RECORD_OWN,
	    .u = {chat->number, ev->seq, (uint64_t)ev->time}};

	if (ev->from == 0 || ev->from != c->account.user ||
	    !ticks_own_is_news(chat->ticks, ev->seq))
		return 0;
	return journal_put(c, &r);
}

static int
receive_message(struct sc_client *c, const struct elem *e)
{
	struct chat *chat = chat_of(c, e);
	struct sc_event ev = {.type = SC_EVENT_MESSAGE};
	int rc = 0;

	if (chat == NULL)
		return chat_error(e);
	ev.chat = chat->number;
	take_head(c, e, &ev);
	if (ev.n != 0)
		rc = match_own(c, chat, e);
	if (rc == 0)
		rc = item_check(c, chat, ev.seq, ev.seq);
	/* a chat that is introduced is known, even if the application does
	 * not want to hear of it now */
	if (rc == ITEM_NEW ||
	    (rc == ITEM_IGNORED && chat->number == ACCOUNT_CHAT)) {
		int inside = look_inside(c, e->text,
		    chat->number == ACCOUNT_CHAT ? account_says : NULL, &ev);

		if (inside != 0)
			return inside;
	}
	if (rc != ITEM_NEW)
		return rc < 0 ? rc : 0;
	rc = note_own(c, chat, &ev);
	if (rc != 0)
		return rc;
	if (ev.n != 0 && is_told(c, chat, ev.n, ev.seq)) {
		chat->others = true;
		return advance(c, chat, ev.seq, true);
	}
	name_sender(c, chat, &ev);
	return give(c, chat, &ev, ev.seq);
}

static int
receive_stub(struct sc_client *c, const struct elem *e)
{
	struct chat *chat = chat_of(c, e);
	uint64_t seq = elem_uint(e, ATTR_SEQ, 0);
	int rc;

	if (chat == NULL)
		return chat_error(e);
	rc = item_check(c, chat, seq, seq);
	if (rc != ITEM_NEW)
		return rc < 0 ? rc : 0;
	chat->others = true;
	return advance(c, chat, seq, true);
}

const char *
receive_skip_reason(const struct elem *e)
{
	static const char *const reasons[SKIP_REASON_COUNT] = {
	    [SKIP_REASON_PRUNED] = "pruned",
	    [SKIP_REASON_NOT_A_MEMBER] = "not a member",
	    [SKIP_REASON_BLOCKED] = "blocked",
	    [SKIP_REASON_UNDELIVERABLE] = "undeliverable",
	    [SKIP_REASON_NOT_KEPT] = "not kept"};
	uint64_t reason = elem_uint(e, ATTR_REASON, SKIP_REASON_COUNT);

	return reason < SKIP_REASON_COUNT ? reasons[reason] : "";
}

static int
receive_skip(struct sc_client *c, const struct elem *e)
{
	struct chat *chat = chat_of(c, e);
	struct sc_event ev = {.type = SC_EVENT_SKIP,
	    .first = elem_uint(e, ATTR_FIRST, 0),
	    .last = elem_uint(e, ATTR_LAST, 0)};
	int rc;

	if (chat == NULL)
		return chat_error(e);
	rc = item_check(c, chat, ev.first, ev.last);
	if (rc != ITEM_NEW)
		return rc < 0 ? rc : 0;
	ev.chat = chat->number;
	/* part of it may be here already */
	ev.first = chat->cursor + 1;
	ev.why = receive_skip_reason(e);
	return give(c, chat, &ev, ev.last);
}

void
receive_device(struct sc_client *c, const struct elem *e,
    struct sc_event *ev)
{
	struct slice name = elem_slice(e, ATTR_NAME);
	char *copy = arena_alloc(&c->arena, name.len + 1);

	ev->device = (uint32_t)elem_uint(e, ATTR_DEVICE, 0);
	ev->created = elem_int(e, ATTR_CREATED, 0);
	if (copy == NULL)
		return;
	if (name.len > 0)
		memcpy(copy, name.p, name.len);
	copy[name.len] = '\0';
	ev->name = copy;
}

/* ---- answers ---- */

/* The chat that an ack is about: by number, or as the request named it. */
static struct chat *
chat_of_ack(struct sc_client *c, const struct elem *e, const struct send *s,
    const struct settled *known)
{
	if (elem_has(e, ATTR_CHAT))
		return chat_of(c, e);
	if (s != NULL)
		return account_resolve(&c->account, &s->ref,
		    slice_str(c->domain));
	return account_find(&c->account, known->chat);
}

static int
receive_ack(struct sc_client *c, const struct elem *e)
{
	uint64_t n = elem_uint(e, ATTR_N, 0);
	uint64_t seq = elem_uint(e, ATTR_SEQ, 0);
	const struct send *s = outbox_find(&c->outbox, n);
	const struct settled *known = outbox_settled(&c->outbox, n);
	struct chat *chat;
	bool delivers;
	int rc = 0;

	if (s == NULL && (known == NULL || known->code != 0 || known->stanza))
		return 0;	/* an answer that came twice */
	chat = chat_of_ack(c, e, s, known);
	if (chat == NULL)
		return SC_CODE_MALFORMED;
	delivers = seq == chat->cursor + 1 && !chat->parked;
	if (s != NULL) {
		struct settled how = send_outcome(s, 0);

		how.chat = chat->number;
		how.seq = seq;
		how.time = elem_int(e, ATTR_TIME, 0);
		how.ahead = seq > chat->cursor && !delivers;
		c->retry_ms = 0;
		if (n > c->high)
			c->high = n;
		rc = send_settle(c, &how, "");
		if (rc == 0)
			rc = send_renumber(c);
	}
	if (rc != 0 || !delivers)
		return rc;
	chat->resumed = false;
	return advance(c, chat, seq, true);
}

/* Later sends are refused until N has been sent again. */
static void
hold(struct sc_client *c, uint64_t n)
{
	uint64_t r = 0;

	outbox_hold(&c->outbox, n);
	if (c->retry_at != 0)
		return;
	c->retry_ms = c->retry_ms == 0 ? RETRY_MIN_MS : c->retry_ms * 2;
	if (c->retry_ms > RETRY_MAX_MS)
		c->retry_ms = RETRY_MAX_MS;
	c->conf.random(c->conf.random_arg, &r, sizeof(r));
	c->retry_at = c->now + c->retry_ms / 2 +
	    (int64_t)(r % (c->retry_ms / 2 + 1));
}

static bool
is_temporary(int code)
{
	return code == SC_CODE_UNAVAILABLE || code == SC_CODE_RATE_LIMITED ||
	    code == SC_CODE_INTERNAL;
}

/*
 * The server has not taken the pending send N, and has settled everything up
 * to HIGH.  False: this is a refusal of N.
 */
static bool
conflict(struct sc_client *c, uint64_t high, uint64_t n, int *rc)
{
	struct send *s = outbox_find(&c->outbox, n);

	if (high > c->high)
		c->high = high;
	if (n <= high) {
		/* the counter has been used for something else (R9) */
		if (s->chosen)
			return false;
		s->inflight = false;
		c->renumber = true;
		*rc = send_renumber(c);
		return true;
	}
	if (s != c->outbox.sends[0] || n == high + 1) {
		hold(c, n);	/* one before it has not been settled */
		return true;
	}
	if (s->chosen)
		return false;
	/* the server does not know the one before, as the next login shows */
	if (s->inflight)
		*rc = SC_CODE_CONFLICT;
	return true;
}

/* The text of an error, or the phrase for its code. */
static const char *
error_text(const struct elem *e, int code, char *why, size_t size)
{
	struct slice text = elem_slice(e, ATTR_TEXT);

	(void)snprintf(why, size, "%.*s", (int)(text.len < 500 ? text.len
	    : 500), text.len > 0 ? (const char *)text.p : "");
	return why[0] != '\0' ? why : sc_code_text(code);
}

/* A request that changed something else than a chat is done. */
static int
receive_done(struct sc_client *c, uint64_t n)
{
	const struct send *s = outbox_find(&c->outbox, n);
	struct settled how;
	int rc;

	if (s == NULL)
		return 0;	/* an answer that came twice */
	how = send_outcome(s, 0);
	c->retry_ms = 0;
	if (n > c->high)
		c->high = n;
	rc = send_settle(c, &how, "");
	return rc == 0 ? send_renumber(c) : rc;
}

static int
receive_result(struct sc_client *c, const struct elem *e)
{
	if (elem_has(e, ATTR_N))
		return receive_done(c, elem_uint(e, ATTR_N, 0));
	ask_ended(c, elem_uint(e, ATTR_ID, 0), 0, "");
	return 0;
}

static int
receive_error(struct sc_client *c, const struct elem *e)
{
	uint64_t n = elem_uint(e, ATTR_N, 0);
	int code = -(int)elem_uint(e, ATTR_CODE, CODE_INTERNAL) - 1;
	const struct send *s = outbox_find(&c->outbox, n);
	struct settled how;
	char why[512];
	int rc = 0;

	if (elem_has(e, ATTR_ID))
		ask_ended(c, elem_uint(e, ATTR_ID, 0), code,
		    error_text(e, code, why, sizeof(why)));
	if (s == NULL)
		return 0;
	if (is_temporary(code)) {
		hold(c, n);
		return 0;
	}
	if (code == SC_CODE_CONFLICT && conflict(c, elem_uint(e, ATTR_HIGH,
	    0), n, &rc))
		return rc;
	if (n > c->high)
		c->high = n;
	how = send_outcome(s, code);
	rc = send_settle(c, &how, error_text(e, code, why, sizeof(why)));
	return rc == 0 ? send_renumber(c) : rc;
}

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
	(void)engine_event(c, &ev);
	return 0;
}

/* One's own read mark: moved on another device, or durable. */
static int
receive_read(struct sc_client *c, const struct elem *e)
{
	struct chat *chat = chat_of(c, e);
	struct sc_event ev = {.type = SC_EVENT_READ,
	    .seq = elem_uint(e, ATTR_SEQ, 0)};
	bool known;
	int rc;

	if (chat == NULL)
		return chat_error(e);
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

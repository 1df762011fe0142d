/* SPDX-License-Identifier: ISC */
/* What the server says is in the logs: entries, stubs, skips. */
#include <string.h>

#include "protocol/payload.h"
#include "src/client/content.h"
#include "src/client/engine_priv.h"
#include "src/common/err.h"

/* ---- items of a chat's log ---- */

enum item { ITEM_NEW, ITEM_IGNORED };

/* The chat that a stanza names by number; NULL without memory or number. */
struct chat *
receive_chat(struct sc_client *c, const struct elem *e)
{
	const struct value *v = elem_get(e, ATTR_CHAT);

	if (v == NULL || v->chat.kind != CHAT_BY_NUMBER)
		return NULL;
	return account_get(&c->account, v->chat.number);
}

int
receive_chat_error(const struct elem *e)
{
	const struct value *v = elem_get(e, ATTR_CHAT);

	return v == NULL || v->chat.kind != CHAT_BY_NUMBER
	    ? SC_CODE_MALFORMED : SC_CODE_NO_MEMORY;
}

static void
ack_later(struct sc_client *c, struct chat *chat, int64_t ms)
{
	int64_t at = ms > 0 ? c->now + ms : ack_pace_at(&c->pace, c->now);

	if (!chat->ack_due || chat->ack_at > at)
		chat->ack_at = at;
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
	ack_pace_heard(&c->pace);
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
int
receive_advance(struct sc_client *c, struct chat *chat, uint64_t seq, bool own)
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
	return receive_advance(c, chat, seq, false);
}

/* ---- messages ---- */

int
receive_introduction(struct sc_client *c, const struct elem *e)
{
	const struct value *peer = elem_get(e, ATTR_PEER);
	struct slice ref = elem_slice(e, ATTR_REF);
	struct slice name = elem_slice(e, ATTR_NAME);
	uint64_t number = elem_uint(e, ATTR_NUMBER, 0);
	struct record r = {.type = RECORD_CHAT, .u = {number,
	    elem_uint(e, ATTR_KIND, CHAT_KIND_COUNT),
	    peer == NULL ? 0 : peer->user.id}, .s = {ref, name}};
	struct sc_event ev = {.type = SC_EVENT_CHAT, .chat = number,
	    .kind = (enum sc_chat_kind)r.u[1],
	    .role = (enum sc_role)elem_uint(e, ATTR_ROLE, ROLE_MEMBER)};
	const struct chat *chat = account_find(&c->account, number);
	int rc;

	if (number <= ACCOUNT_CHAT || ref.len != CHAT_ID_SIZE ||
	    r.u[1] >= CHAT_KIND_COUNT)
		return 0;	/* not understood, so only stored (R12) */
	channels_introduced(c, chat);
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
	ev.renamed = elem_uint(e, ATTR_ACTION, ACTION_COUNT) == ACTION_SET;
	ev.linked = elem_uint(e, ATTR_MECHANISM, MECHANISM_COUNT) ==
	    MECHANISM_LINK;
	(void)engine_event(c, &ev);
	return 0;
}

/* What the server says in the account log. */
static int
account_says(struct sc_client *c, const struct elem *e)
{
	if (e->tag == TAG_CHAT)
		return receive_introduction(c, e);
	if (e->tag == TAG_DEVICE)
		return tell_device(c, e);
	settings_tell(c, e, 0);
	if (e->tag == TAG_USER)
		presence_privacy(c, e, 0);
	return e->tag == TAG_REQUEST
	    ? groups_tell(c, e, &(struct sc_event){.time = 0}) : 0;
}

static int
account_introduces(struct sc_client *c, const struct elem *e)
{
	return e->tag == TAG_CHAT ? receive_introduction(c, e) : 0;
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

	c->message = (struct sc_message){.kind = SC_KIND_NONE};
	ev->said = &c->message;
	if (payload_take(&wire, &p) != 0 || p.encoding == PAYLOAD_OPAQUE)
		return 0;
	if (p.encoding == PAYLOAD_DEFLATE && engine_deflate(c) == NULL)
		return SC_CODE_NO_MEMORY;
	/* of a page there are many, which may be large though they came in
	 * one frame: none is needed once it has been told */
	arena_clear(&c->inside);
	rc = payload_open(c->deflate, &p, &c->scratch, &content);
	while (rc == 0 && payload_next(&content, &c->inside, &e) == 0) {
		if (notice != NULL)
			rc = notice(c, &e);
		else if (e.tag == TAG_MEMBER || e.tag == TAG_CHANGED)
			rc = groups_entry(c, &e, ev);
		else
			rc = content_note(&c->message, &e, &c->inside);
	}
	if (c->message.kind == SC_KIND_TEXT) {
		ev->text = c->message.text;
		ev->textlen = c->message.textlen;
	}
	/* what cannot be read is stored and acknowledged all the same (R12) */
	return rc == SC_CODE_NO_MEMORY ? rc : 0;
}

static void
name_sender(const struct sc_client *c, const struct chat *chat,
    struct sc_event *ev)
{
	if (ev->own)
		ev->name = c->user;
	else if (chat != NULL && chat->kind == CHAT_KIND_DIRECT &&
	    chat->peer == ev->from)
		ev->name = chat->name;
	else if (ev->from != 0)
		ev->name = sc_client_user_name(c, ev->from);
}

/* Whether what an entry said has been deleted, which only servers say. */
static bool
is_deleted(struct sc_client *c, struct slice wire)
{
	struct payload p;
	struct elem e;
	int rc = payload_take(&wire, &p);

	arena_clear(&c->inside);
	while (rc == 0 && p.encoding == PAYLOAD_RAW && p.bytes.len > 0) {
		rc = payload_next(&p.bytes, &c->inside, &e);
		if (rc == 0 && e.tag == TAG_DELETED)
			return true;
	}
	return false;
}

/*
 * An entry of this very device.  If its send is still pending, this is its
 * answer.  But not if it says something else: then the counter was used by a
 * later state of this device, which was lost (R9).  What has been deleted does
 * not say: it was this send, by a later state, or another one.  To send it again
 * might undo the deletion, so the application decides.
 */
static int
match_own(struct sc_client *c, const struct chat *chat,
    const struct elem *e)
{
	uint64_t n = elem_uint(e, ATTR_N, 0);
	const struct send *s = outbox_find(&c->outbox, n);
	struct settled how;

	if (s == NULL || s->stanza)
		return 0;
	if (is_deleted(c, e->text)) {
		how = send_outcome(s, SC_CODE_CONFLICT);
		return send_settle(c, &how, "what this device sent with the "
		    "same counter has been deleted: whether it was this is "
		    "not known");
	}
	if (!send_same_content(c, s, e->text))
		return 0;
	how = send_outcome(s, 0);
	how.chat = chat->number;
	how.seq = elem_uint(e, ATTR_SEQ, 0);
	how.time = elem_int(e, ATTR_TIME, 0);
	how.timer = receive_timer(e);
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

uint64_t
receive_timer(const struct elem *e)
{
	uint64_t timer = elem_uint(e, ATTR_TIMER, 0);

	return timer > UINT32_MAX ? UINT32_MAX : timer;
}

/* The attributes of an entry. */
static void
take_head(const struct sc_client *c, const struct elem *e,
    struct sc_event *ev)
{
	const struct value *from = elem_get(e, ATTR_FROM);

	ev->seq = elem_uint(e, ATTR_SEQ, 0);
	ev->time = elem_int(e, ATTR_TIME, 0);
	if (receive_timer(e) != 0)
		ev->expires = ev->time + (int64_t)receive_timer(e) * 1000;
	ev->payload = e->text.p;
	ev->payloadlen = e->text.len;
	ev->from = from == NULL ? 0 : from->user.id;
	ev->own = ev->from != 0 && ev->from == c->account.user;
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

int
receive_message(struct sc_client *c, const struct elem *e)
{
	struct chat *chat = receive_chat(c, e);
	struct sc_event ev = {.type = SC_EVENT_MESSAGE};
	int rc = 0;

	if (chat == NULL)
		return receive_chat_error(e);
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
		    chat->number != ACCOUNT_CHAT ? NULL :
		    rc == ITEM_NEW ? account_says : account_introduces, &ev);

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
		return receive_advance(c, chat, ev.seq, true);
	}
	name_sender(c, chat, &ev);
	return give(c, chat, &ev, ev.seq);
}

int
receive_stub(struct sc_client *c, const struct elem *e)
{
	struct chat *chat = receive_chat(c, e);
	uint64_t seq = elem_uint(e, ATTR_SEQ, 0);
	int rc;

	if (chat == NULL)
		return receive_chat_error(e);
	rc = item_check(c, chat, seq, seq);
	if (rc != ITEM_NEW)
		return rc < 0 ? rc : 0;
	chat->others = true;
	return receive_advance(c, chat, seq, true);
}

const char *
receive_skip_reason(const struct elem *e)
{
	static const char *const reasons[SKIP_REASON_COUNT] = {
	    [SKIP_REASON_PRUNED] = "pruned",
	    [SKIP_REASON_NOT_A_MEMBER] = "not a member",
	    [SKIP_REASON_BLOCKED] = "blocked",
	    [SKIP_REASON_UNDELIVERABLE] = "undeliverable",
	    [SKIP_REASON_NOT_KEPT] = "not kept",
	    [SKIP_REASON_HIDDEN] = "hidden",
	    [SKIP_REASON_EARLIER] = "earlier"};
	uint64_t reason = elem_uint(e, ATTR_REASON, SKIP_REASON_COUNT);

	return reason < SKIP_REASON_COUNT ? reasons[reason] : "";
}

int
receive_skip(struct sc_client *c, const struct elem *e)
{
	struct chat *chat = receive_chat(c, e);
	struct sc_event ev = {.type = SC_EVENT_SKIP,
	    .first = elem_uint(e, ATTR_FIRST, 0),
	    .last = elem_uint(e, ATTR_LAST, 0)};
	int rc;

	if (chat == NULL)
		return receive_chat_error(e);
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

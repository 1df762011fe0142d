/* SPDX-License-Identifier: ISC */
/* What the client says: after the state is durable, never before. */
#include <string.h>

#include "src/client/engine_priv.h"
#include "src/common/err.h"

enum {
	LOW_SPAN = 16384,
	CURSORS_MAX = 500,		/* in one stanza */
	READ_FRESH_MS = 1000		/* an older mark states its age */
};

/* ---- sends ---- */

/*
 * The next send that may leave, from *AT on; NULL: none.  What the server has
 * settled by its own account goes first and alone: if it turns out to be
 * another message, the state is old, and nothing must have overtaken (R9).
 */
static struct send *
next_send(struct sc_client *c, size_t *at)
{
	struct outbox *o = &c->outbox;

	if (c->retry_at != 0 && c->now < c->retry_at)
		return NULL;
	for (; *at < o->count; (*at)++) {
		struct send *s = o->sends[*at];

		if (!outbox_may_fly(o, s) || (s->n > c->login_high &&
		    o->sends[0]->n <= c->login_high && s != o->sends[0]))
			return NULL;
		if (!s->inflight && (!c->renumber || s->chosen))
			return s;
	}
	return NULL;
}

/* Notes that sends may have reached the server, before they can. */
static int
mark_tried(struct sc_client *c)
{
	uint64_t last = 0;
	size_t at = 0;

	for (struct send *s; (s = next_send(c, &at)) != NULL; at++)
		if (!s->tried)
			last = s->n;
	return last == 0 ? 0 : journal_put_uints(c, RECORD_TRIED, last, 0);
}

static void
put_message(struct sc_client *c, const struct send *s)
{
	struct elem_buf m;

	elem_begin(&m, TAG_MESSAGE);
	elem_add_chat(&m, ATTR_CHAT, &s->ref);
	elem_add_uint(&m, ATTR_N, s->n);
	elem_set_payload(&m, s->payload);
	engine_put(c, &m.e);
}

/* The chat may have lost its number since the request was made. */
static void
name_chat(struct elem *e, const struct chat_ref *ref)
{
	for (size_t i = 0; i < e->nattr; i++)
		if (e->attrs[i].name == ATTR_CHAT)
			e->attrs[i].v.chat = *ref;
}

/* A request that is kept without its counter, which may change. */
static void
put_stanza(struct sc_client *c, const struct send *s)
{
	static const struct stanza_ctx base = {.base_time = 0};
	struct attr *attrs;
	struct arena arena;
	struct elem e;

	arena_init(&arena, ARENA_MAX);
	if (stanza_decode(&base, s->payload, &arena, &e) != 0 ||
	    (attrs = arena_array(&arena, e.nattr + 1, sizeof(*attrs))) ==
	    NULL) {
		c->error = SC_CODE_NO_MEMORY;
		arena_fini(&arena);
		return;
	}
	if (e.nattr > 0)
		memcpy(attrs, e.attrs, e.nattr * sizeof(*attrs));
	attrs[e.nattr++] = (struct attr){.name = ATTR_N,
	    .v = {.type = VALUE_UINT, .u = s->n}};
	e.attrs = attrs;
	name_chat(&e, &s->ref);
	engine_put(c, &e);
	arena_fini(&arena);
}

static void
put_sends(struct sc_client *c)
{
	size_t at = 0;

	if (c->retry_at != 0 && c->now >= c->retry_at)
		c->retry_at = 0;
	for (struct send *s; c->out.len < OUT_MAX && c->error == 0 &&
	    (s = next_send(c, &at)) != NULL; at++) {
		if (s->stanza)
			put_stanza(c, s);
		else
			put_message(c, s);
		s->inflight = true;
	}
}

/* ---- marks ---- */

static uint64_t
age_of(const struct sc_client *c, int64_t at)
{
	return at == 0 || at > c->now ? 0 : (uint64_t)(c->now - at);
}

/* Whether the server finds out which seq a low one means: it has sent
 * something that waits for this ack, and nothing that could be meant too. */
static bool
may_be_low(const struct sc_client *c, const struct chat *chat)
{
	return chat->moved && chat->others && !chat->ack_full &&
	    !c->resynced && chat->cursor <= chat->heard &&
	    chat->heard - chat->cursor < LOW_SPAN;
}

static void
put_ack(struct sc_client *c, struct chat *chat)
{
	struct elem_buf ack;

	elem_begin(&ack, TAG_ACK);
	elem_add_chat_number(&ack, ATTR_CHAT, chat->number);
	if (may_be_low(c, chat)) {
		elem_add_uint(&ack, ATTR_LOW, chat->cursor % LOW_SPAN);
	} else {
		elem_add_uint(&ack, ATTR_SEQ, chat->cursor);
		if (chat->ack_aged)
			elem_add_uint(&ack, ATTR_AGE,
			    age_of(c, chat->moved_at));
	}
	engine_put(c, &ack.e);
	chat->acked = chat->cursor;
	chat->ack_due = chat->ack_full = chat->ack_aged = false;
	chat->others = false;
}

static void
put_read(struct sc_client *c, struct chat *chat)
{
	uint64_t age = age_of(c, chat->read_at);
	struct elem_buf read;

	elem_begin(&read, TAG_READ);
	elem_add_chat_number(&read, ATTR_CHAT, chat->number);
	elem_add_uint(&read, ATTR_SEQ, chat->read);
	if (chat->read_at == 0 || age > READ_FRESH_MS)
		elem_add_uint(&read, ATTR_AGE, age);
	engine_put(c, &read.e);
	chat->read_due = false;
}

/* Whether the ack of CHAT leaves: its time has come, or it has company. */
static bool
ack_leaves(const struct sc_client *c, const struct chat *chat, bool company)
{
	return chat->ack_due && (c->now >= chat->ack_at || c->leaving ||
	    (chat->others && company));
}

static void
put_marks(struct sc_client *c)
{
	struct account *a = &c->account;
	struct chat *chat = a->due, *next;
	bool company = c->out.len > 0 || ack_pace_full(&c->pace);
	bool acked = false;

	a->due = NULL;
	for (; chat != NULL; chat = next) {
		next = chat->next_due;
		chat->listed = false;
		if (c->conf.no_ack || chat->cursor == 0)
			chat->ack_due = false;
		if (ack_leaves(c, chat, company || chat->read_due)) {
			put_ack(c, chat);
			acked = true;
		}
		if (chat->read_due)
			put_read(c, chat);
		if (chat->ack_due)
			account_due(a, chat);
	}
	if (acked)
		ack_pace_acked(&c->pace, c->now);
}

void
flush_ping(struct sc_client *c)
{
	struct elem_buf ping;

	elem_begin(&ping, TAG_PING);
	engine_put(c, &ping.e);
}

/* ---- the interface ---- */

static void
put_bye(struct sc_client *c)
{
	struct elem_buf bye;

	c->said_bye = true;
	if (c->conf.raw)
		return;
	elem_begin(&bye, TAG_BYE);
	elem_add_enum(&bye, ATTR_WHY, BYE_REASON_SHUTDOWN);
	engine_put(c, &bye.e);
}

int
engine_flush(struct sc_client *c)
{
	bool live = c->phase == PHASE_ONLINE && !c->said_bye && !c->conf.raw;
	int rc = 0;

	if (c->in_callback > 0)
		return 0;
	if (live)
		rc = mark_tried(c);
	if (rc == 0)
		rc = journal_flush(c);
	if (rc != 0)
		return rc;
	if (live) {
		put_sends(c);
		ask_flush(c);
		put_marks(c);
	}
	if (c->leaving && !c->said_bye && c->phase != PHASE_OFFLINE)
		put_bye(c);
	return c->error;
}

int64_t
flush_deadline(const struct sc_client *c)
{
	int64_t at = c->retry_at != 0 ? c->retry_at : INT64_MAX;

	for (const struct chat *chat = c->account.due; chat != NULL;
	    chat = chat->next_due)
		if (chat->ack_due && chat->ack_at < at)
			at = chat->ack_at;
	return at;
}

/* ---- cursors ---- */

struct cursors {
	struct elem elems[CURSORS_MAX];
	struct attr attrs[CURSORS_MAX][2];
	size_t n;
};

static void
cursors_put(struct sc_client *c, struct cursors *list, bool final)
{
	struct elem_buf e;

	elem_begin(&e, TAG_CURSORS);
	if (final)
		elem_add_flag(&e, ATTR_FINAL);
	if (list->n > 0)
		elem_set_children(&e, list->elems, list->n);
	engine_put(c, &e.e);
	list->n = 0;
}

static void
cursors_add(struct cursors *list, const struct chat *chat)
{
	struct attr *attrs = list->attrs[list->n];

	attrs[0] = (struct attr){.name = ATTR_CHAT, .v = {.type = VALUE_CHAT,
	    .chat = {.kind = CHAT_BY_NUMBER, .number = chat->number}}};
	attrs[1] = (struct attr){.name = ATTR_SEQ, .v = {.type = VALUE_UINT,
	    .u = chat->cursor}};
	list->elems[list->n++] = (struct elem){.tag = TAG_CURSOR,
	    .attrs = attrs, .nattr = 2};
}

/*
 * Cursors are not marks (R10): acks whose arrival is not known are stated
 * again, or ticks would stay behind for good.
 */
static void
restate_ack(struct sc_client *c, struct chat *chat)
{
	if (chat->sure >= chat->cursor || chat->moved)
		return;
	chat->ack_due = chat->ack_full = chat->ack_aged = true;
	chat->ack_at = c->now;
	account_due(&c->account, chat);
}

int
flush_cursors(struct sc_client *c)
{
	struct cursors *list = arena_alloc(&c->arena, sizeof(*list));

	if (list == NULL)
		return SC_CODE_NO_MEMORY;
	for (size_t i = 0; i < c->account.count; i++) {
		struct chat *chat = c->account.chats[i];

		if (chat->cursor == 0)
			continue;
		restate_ack(c, chat);
		if (chat->number == ACCOUNT_CHAT)
			continue;
		if (list->n == CURSORS_MAX)
			cursors_put(c, list, false);
		cursors_add(list, chat);
	}
	cursors_put(c, list, true);
	return c->error;
}

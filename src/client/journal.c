/* SPDX-License-Identifier: ISC */
/*
 * What a client keeps.  Each record has one meaning, apply(), whether it is
 * loaded or has just happened; dump() writes the shortest list of records
 * that leads to what is in memory.
 */
#include <stdio.h>
#include <string.h>

#include "src/client/engine_priv.h"
#include "src/common/err.h"
#include "src/common/wipe.h"

enum {
	RECORD_OVERHEAD = 8,		/* what a journal adds, about */
	COMPACT_MIN = 64 * 1024,
	COMPACT_TIMES = 4		/* longer than its contents */
};

/* ---- what records mean ---- */

static int
apply_format(struct sc_client *c, const struct record *r)
{
	if (r->u[0] > RECORD_VERSION) {
		(void)snprintf(c->why, c->whylen,
		    "the state was written by a newer version");
		return SC_CODE_NOT_ACCEPTABLE;
	}
	if (!slice_equal(r->s[0], slice_str(c->user))) {
		(void)snprintf(c->why, c->whylen,
		    "the state is that of the account %.*s",
		    (int)(r->s[0].len < 80 ? r->s[0].len : 80),
		    (const char *)r->s[0].p);
		return SC_CODE_CONFLICT;
	}
	c->formatted = true;
	return 0;
}

/*
 * Another epoch: numbers mean nothing any more, so a pending send that names
 * its chat by one names it by its id from now on (R3).
 */
static int
apply_epoch(struct sc_client *c, const struct record *r)
{
	struct account *a = &c->account;

	if (r->s[0].len != EPOCH_SIZE)
		return SC_CODE_MALFORMED;
	for (size_t i = 0; i < c->outbox.count; i++) {
		struct chat_ref *ref = &c->outbox.sends[i]->ref;
		const struct chat *chat;

		if (ref->kind != CHAT_BY_NUMBER || ref->number == 0)
			continue;
		chat = account_find(a, ref->number);
		ref->kind = CHAT_BY_ID;
		memset(&ref->id, 0, sizeof(ref->id));
		if (chat != NULL && chat->introduced)
			ref->id = chat->id;
	}
	for (unsigned i = 0; i < OUTBOX_SETTLED; i++) {
		c->outbox.settled[i].chat = 0;
		c->outbox.settled[i].ahead = false;
	}
	account_forget(a);
	memcpy(a->epoch, r->s[0].p, EPOCH_SIZE);
	a->has_epoch = true;
	return 0;
}

static int
apply_login(struct sc_client *c, const struct record *r)
{
	struct account *a = &c->account;

	if (r->s[0].len > TOKEN_MAX)
		return SC_CODE_MALFORMED;
	a->user = r->u[0];
	a->device = r->u[1];
	wipe(a->token, sizeof(a->token));
	a->tokenlen = r->s[0].len;
	if (a->tokenlen > 0)
		memcpy(a->token, r->s[0].p, a->tokenlen);
	return 0;
}

static int
apply_send(struct sc_client *c, const struct record *r)
{
	struct send s = {.n = r->u[0], .asked = r->u[1],
	    .tried = (r->u[2] & SEND_TRIED) != 0,
	    .chosen = (r->u[2] & SEND_CHOSEN) != 0,
	    .stanza = (r->u[2] & SEND_STANZA) != 0,
	    .text = r->u[3], .payload = r->s[1]};

	if (r->u[4] > CHAT_BY_NAME || s.n == 0)
		return SC_CODE_MALFORMED;
	s.ref.kind = (enum chat_ref_kind)r->u[4];
	s.ref.number = r->u[5];
	s.ref.name = r->s[0];
	if (s.ref.kind == CHAT_BY_ID) {
		if (r->s[0].len != CHAT_ID_SIZE)
			return SC_CODE_MALFORMED;
		memcpy(s.ref.id.b, r->s[0].p, CHAT_ID_SIZE);
	}
	return outbox_add(&c->outbox, &s);
}

static int
apply_tried(struct sc_client *c, const struct record *r)
{
	for (size_t i = 0; i < c->outbox.count; i++)
		if (c->outbox.sends[i]->n <= r->u[0])
			c->outbox.sends[i]->tried = true;
	return 0;
}

/* A message of this account's own, whose ticks are remembered. */
static int
own_message(struct sc_client *c, uint64_t number, uint64_t seq, int64_t time)
{
	struct chat *chat = account_get(&c->account, number);

	if (chat == NULL)
		return SC_CODE_NO_MEMORY;
	return ticks_own(&chat->ticks, seq, time);
}

static int
apply_move(struct sc_client *c, const struct record *r)
{
	struct chat *chat = account_get(&c->account, r->u[0]);
	const struct ticks_move m = {.seq = r->u[3],
	    .time = (int64_t)r->u[4], .estimated = (r->u[2] & 2) != 0};

	if (chat == NULL)
		return SC_CODE_NO_MEMORY;
	return ticks_move(&chat->ticks, r->u[1],
	    (r->u[2] & 1) != 0 ? TICKS_READ : TICKS_DELIVERED, &m);
}

static int
apply_settled(struct sc_client *c, const struct record *r)
{
	struct settled s = {.n = r->u[0], .asked = r->u[1],
	    .code = -(int)(r->u[2] & 0x7f),
	    .stanza = (r->u[2] & SETTLED_STANZA) != 0, .text = r->u[3], .ref = r->u[4],
	    .chat = r->u[5], .seq = r->u[6], .time = (int64_t)r->u[7],
	    .timer = r->u[2] / SETTLED_TIMER};

	if (s.n == 0)
		return SC_CODE_MALFORMED;
	outbox_settle(&c->outbox, &s);
	if (s.code != 0 || s.stanza || s.chat == 0)
		return 0;
	return own_message(c, s.chat, s.seq, s.time);
}

static int
apply_chat(struct sc_client *c, const struct record *r)
{
	struct chat_id id;
	bool news;
	int rc;

	if (r->s[0].len != CHAT_ID_SIZE || r->u[1] >= CHAT_KIND_COUNT)
		return SC_CODE_MALFORMED;
	memcpy(id.b, r->s[0].p, CHAT_ID_SIZE);
	rc = account_introduce(&c->account, r->u[0], &id,
	    (enum chat_kind)r->u[1], r->u[2], r->s[1], &news);
	/* a number that is taken: the first introduction holds (R19) */
	return rc == SC_ECONFLICT ? 0 : rc;
}

static int
apply_cursor(struct sc_client *c, const struct record *r)
{
	struct chat *chat = account_get(&c->account, r->u[0]);

	if (chat == NULL)
		return SC_CODE_NO_MEMORY;
	chat->cursor = chat->saved = r->u[1];
	return 0;
}

static int
apply_read(struct sc_client *c, const struct record *r)
{
	struct chat *chat = account_get(&c->account, r->u[0]);
	bool sure = r->type == RECORD_READ_SURE;

	if (chat == NULL)
		return SC_CODE_NO_MEMORY;
	if (r->u[1] < chat->read || (r->u[1] == chat->read && !sure))
		return 0;
	chat->read = r->u[1];
	chat->read_sure = sure;
	chat->read_at = c->loading ? 0 : c->now;
	return 0;
}

static int
apply(struct sc_client *c, const struct record *r)
{
	switch (r->type) {
	case RECORD_FORMAT:
		return apply_format(c, r);
	case RECORD_EPOCH:
		return apply_epoch(c, r);
	case RECORD_LOGIN:
		return apply_login(c, r);
	case RECORD_ISSUED:
		c->outbox.issued = r->u[0];
		return 0;
	case RECORD_SEND:
		return apply_send(c, r);
	case RECORD_TRIED:
		return apply_tried(c, r);
	case RECORD_SETTLED:
		return apply_settled(c, r);
	case RECORD_RENUMBER:
		outbox_renumber(&c->outbox, r->u[0]);
		return 0;
	case RECORD_CHAT:
		return apply_chat(c, r);
	case RECORD_CURSOR:
		return apply_cursor(c, r);
	case RECORD_READ:
	case RECORD_READ_SURE:
		return apply_read(c, r);
	case RECORD_STAMP:
		c->account.stamp = r->u[0];
		return 0;
	case RECORD_OWN:
		return own_message(c, r->u[0], r->u[1], (int64_t)r->u[2]);
	case RECORD_MOVE:
		return apply_move(c, r);
	case RECORD_PERSON:
		return people_set(&c->account.people, r->u[0], r->s[0]);
	case RECORD_TYPES:
		break;
	}
	return SC_CODE_NOT_ACCEPTABLE;
}

/* ---- the whole ---- */

struct dump {
	struct sc_client *c;
	int (*add)(void *ctx, const void *p, size_t n);
	void *ctx;
	uint64_t bytes;
};

static int
dump_record(struct dump *d, const struct record *r)
{
	struct buf *b = &d->c->record;
	int rc;

	buf_clear(b);
	rc = record_encode(r, b);
	if (rc != 0)
		return rc;
	d->bytes += b->len + RECORD_OVERHEAD;
	if (d->add == NULL)
		return 0;
	return d->add(d->ctx, b->p + b->off, b->len);
}

static int
dump_identity(struct dump *d)
{
	const struct account *a = &d->c->account;
	int rc;

	rc = dump_record(d, &(struct record){.type = RECORD_FORMAT,
	    .u = {RECORD_VERSION}, .s = {slice_str(d->c->user)}});
	if (rc == 0 && a->has_epoch)
		rc = dump_record(d, &(struct record){.type = RECORD_EPOCH,
		    .s = {slice_of(a->epoch, EPOCH_SIZE)}});
	if (rc == 0 && a->device != 0)
		rc = dump_record(d, &(struct record){.type = RECORD_LOGIN,
		    .u = {a->user, a->device},
		    .s = {slice_of(a->token, a->tokenlen)}});
	if (rc == 0 && a->stamp != 0)
		rc = dump_record(d, &(struct record){.type = RECORD_STAMP,
		    .u = {a->stamp}});
	return rc;
}

static int
dump_moves(struct dump *d, uint64_t number, const struct ticks_member *m,
    unsigned mark)
{
	int rc = 0;

	for (unsigned i = 0; i < m->marks[mark].n && rc == 0; i++) {
		const struct ticks_move *move = &m->marks[mark].list[i];

		rc = dump_record(d, &(struct record){.type = RECORD_MOVE,
		    .u = {number, m->user, mark + (move->estimated ? 2u : 0u),
		    move->seq, (uint64_t)move->time}});
	}
	return rc;
}

static int
dump_ticks(struct dump *d, uint64_t number, const struct ticks *t)
{
	int rc = 0;

	for (unsigned i = 0; t != NULL && i < t->nown && rc == 0; i++)
		rc = dump_record(d, &(struct record){.type = RECORD_OWN,
		    .u = {number, t->own[i].seq, (uint64_t)t->own[i].time}});
	for (unsigned i = 0; t != NULL && i < t->nmembers; i++)
		for (unsigned k = 0; k < TICKS_MARKS && rc == 0; k++)
			rc = dump_moves(d, number, &t->members[i], k);
	return rc;
}

static int
dump_chat(struct dump *d, const struct chat *chat)
{
	int rc = 0;

	if (chat->introduced)
		rc = dump_record(d, &(struct record){.type = RECORD_CHAT,
		    .u = {chat->number, chat->kind, chat->peer},
		    .s = {slice_of(chat->id.b, CHAT_ID_SIZE), slice_str(
		    chat->name == NULL ? "" : chat->name)}});
	if (rc == 0 && chat->saved != 0)
		rc = dump_record(d, &(struct record){.type = RECORD_CURSOR,
		    .u = {chat->number, chat->saved}});
	if (rc == 0 && chat->read != 0)
		rc = dump_record(d, &(struct record){
		    .type = chat->read_sure ? RECORD_READ_SURE : RECORD_READ,
		    .u = {chat->number, chat->read}});
	return rc != 0 ? rc : dump_ticks(d, chat->number, chat->ticks);
}

static int
dump_settled(struct dump *d, const struct settled *s)
{
	if (s->n == 0)
		return 0;
	return dump_record(d, &(struct record){.type = RECORD_SETTLED,
	    .u = {s->n, s->asked, (uint64_t)-s->code +
	    (s->stanza ? SETTLED_STANZA : 0u) + s->timer * SETTLED_TIMER,
	    s->text, s->ref,
	    s->chat, s->seq, (uint64_t)s->time}});
}

static int
dump_send(struct dump *d, const struct send *s)
{
	struct slice name = s->ref.kind == CHAT_BY_ID
	    ? slice_of(s->ref.id.b, CHAT_ID_SIZE) : s->ref.name;

	return dump_record(d, &(struct record){.type = RECORD_SEND,
	    .u = {s->n, s->asked, (s->tried ? SEND_TRIED : 0u) |
	    (s->chosen ? SEND_CHOSEN : 0u) | (s->stanza ? SEND_STANZA : 0u),
	    s->text, s->ref.kind,
	    s->ref.number}, .s = {name, s->payload}});
}

static int
dump_all(struct dump *d)
{
	const struct outbox *o = &d->c->outbox;
	const struct account *a = &d->c->account;
	int rc = dump_identity(d);

	for (size_t i = 0; rc == 0 && i < a->count; i++)
		rc = dump_chat(d, a->chats[i]);
	for (size_t i = 0; rc == 0 && i < a->people.n; i++)
		rc = dump_record(d, &(struct record){.type = RECORD_PERSON,
		    .u = {a->people.list[i].user},
		    .s = {slice_str(a->people.list[i].name)}});
	for (unsigned i = 0; rc == 0 && i < OUTBOX_SETTLED; i++)
		rc = dump_settled(d,
		    &o->settled[(o->next + i) % OUTBOX_SETTLED]);
	for (size_t i = 0; rc == 0 && i < o->count; i++)
		rc = dump_send(d, o->sends[i]);
	/* last, because the records before raise it */
	if (rc == 0)
		rc = dump_record(d, &(struct record){.type = RECORD_ISSUED,
		    .u = {o->issued}});
	return rc;
}

static int
fill(void *engine, int (*add)(void *ctx, const void *p, size_t n), void *ctx)
{
	struct dump *d = engine;

	d->add = add;
	d->ctx = ctx;
	d->bytes = 0;
	return dump_all(d);
}

static int
replace(struct sc_client *c)
{
	struct dump d = {.c = c};
	const struct sc_state_io *io = &c->conf.state;

	int rc = SC_CODE_IO;

	if (io->replace != NULL)
		rc = io->replace(io->arg, fill, &d);
	if (c->record.p != NULL)
		wipe(c->record.p, c->record.cap);	/* the token */
	if (rc != 0) {
		c->stale = true;
		return SC_CODE_IO;
	}
	c->formatted = true;
	c->stale = c->dirty = false;
	c->journal_bytes = d.bytes;
	c->compact_at = d.bytes * COMPACT_TIMES;
	if (c->compact_at < COMPACT_MIN)
		c->compact_at = COMPACT_MIN;
	return 0;
}

/* A failure costs nothing: the longer journal is as good. */
static void
compact(struct sc_client *c)
{
	const struct sc_state_io *io = &c->conf.state;
	struct dump d = {.c = c};

	if (io->replace == NULL || dump_all(&d) != 0)
		return;
	c->compact_at = d.bytes * COMPACT_TIMES;
	if (c->compact_at < COMPACT_MIN)
		c->compact_at = COMPACT_MIN;
	if (c->journal_bytes < c->compact_at)
		return;
	if (replace(c) != 0) {
		c->stale = false;
		c->compact_at = c->journal_bytes * 2;
	}
}

/* ---- the interface ---- */

/*
 * Nothing depends on these, and what a crash takes of them comes again: the
 * server tells what has moved since the stamp of the last sync, which is kept
 * after all that came before it.
 */
static bool
may_wait(const struct record *r)
{
	return r->type == RECORD_OWN || r->type == RECORD_MOVE;
}

static int
load_record(void *engine, const void *p, size_t n)
{
	struct sc_client *c = engine;
	struct record r;
	int rc;

	c->why[0] = '\0';
	c->journal_bytes += n + RECORD_OVERHEAD;
	rc = record_decode(slice_of(p, n), &r);
	if (rc == 0 && !c->formatted && r.type != RECORD_FORMAT)
		rc = SC_CODE_MALFORMED;
	if (rc == 0)
		rc = apply(c, &r);
	if (rc != 0 && c->why[0] == '\0')
		(void)snprintf(c->why, c->whylen, "the state cannot be used: "
		    "a record is %s", rc == SC_CODE_NOT_ACCEPTABLE
		    ? "of a kind that only newer versions know"
		    : sc_code_text(rc));
	return rc;
}

int
journal_load(struct sc_client *c)
{
	const struct sc_state_io *io = &c->conf.state;
	int rc;

	(void)snprintf(c->why, c->whylen, "the state cannot be read");
	c->loading = true;
	rc = io->load(io->arg, load_record, c);
	c->loading = false;
	if (rc != 0)
		return rc;
	c->compact_at = COMPACT_MIN;
	if (account_get(&c->account, ACCOUNT_CHAT) == NULL) {
		(void)snprintf(c->why, c->whylen, "out of memory");
		return SC_CODE_NO_MEMORY;
	}
	if (!c->formatted) {
		struct record r = {.type = RECORD_FORMAT,
		    .u = {RECORD_VERSION}, .s = {slice_str(c->user)}};

		rc = journal_put(c, &r);
	}
	c->why[0] = '\0';
	return rc;
}

int
journal_put(struct sc_client *c, const struct record *r)
{
	const struct sc_state_io *io = &c->conf.state;
	int rc;

	buf_clear(&c->record);
	rc = record_encode(r, &c->record);
	if (rc != 0)
		return rc;
	rc = apply(c, r);
	if (rc != 0 || c->stale)
		return rc;
	if (!may_wait(r))
		c->dirty = true;
	c->journal_bytes += c->record.len + RECORD_OVERHEAD;
	if (io->append(io->arg, c->record.p + c->record.off,
	    c->record.len) != 0)
		c->stale = true;
	if (r->type == RECORD_LOGIN)
		wipe(c->record.p, c->record.cap);
	return 0;
}

int
journal_put_uints(struct sc_client *c, enum record_type type, uint64_t a,
    uint64_t b)
{
	struct record r = {.type = type, .u = {a, b}};

	return journal_put(c, &r);
}

int
journal_flush(struct sc_client *c)
{
	const struct sc_state_io *io = &c->conf.state;

	if (c->stale)
		return replace(c);
	if (!c->dirty)
		return 0;
	if (io->sync(io->arg) != 0)
		return replace(c);
	c->dirty = false;
	if (c->journal_bytes > c->compact_at)
		compact(c);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* What the application asks for. */
#include <string.h>

#include "protocol/payload.h"
#include "src/client/content.h"
#include "src/client/engine_priv.h"
#include "src/common/err.h"

enum { NAME_MAX_BYTES = 320, DICTIONARIES_MAX = 16 };

/* ---- outcomes ---- */

static void
tell(struct sc_client *c, const struct settled *s, const char *why)
{
	struct sc_event ev = {
	    .type = s->stanza ? SC_EVENT_RESULT
		: s->code == 0 ? SC_EVENT_SENT : SC_EVENT_REFUSED,
	    .n = s->n, .asked = s->asked, .chat = s->chat, .seq = s->seq,
	    .time = s->time, .code = s->code, .why = why};

	if (s->timer != 0)
		ev.expires = s->time + (int64_t)s->timer * 1000;
	(void)engine_event(c, &ev);
}

struct settled
send_outcome(const struct send *s, int code)
{
	return (struct settled){.n = s->n, .asked = s->asked, .code = code,
	    .stanza = s->stanza, .text = s->text,
	    .ref = outbox_ref_digest(&s->ref)};
}

int
send_settle(struct sc_client *c, const struct settled *how, const char *why)
{
	struct record r = {.type = RECORD_SETTLED, .u = {how->n, how->asked,
	    (uint64_t)-how->code + (how->stanza ? SETTLED_STANZA : 0u) +
	    how->timer * SETTLED_TIMER,
	    how->text, how->ref, how->chat, how->seq,
	    (uint64_t)how->time}};
	struct settled *kept;
	int rc;

	/* told first: a crash between may repeat it, but not lose it */
	tell(c, how, why);
	rc = journal_put(c, &r);
	kept = outbox_settled(&c->outbox, how->n);
	if (kept != NULL)
		kept->ahead = how->ahead;
	return rc;
}

static int
renumber(struct sc_client *c)
{
	int rc;

	if (!c->renumber || outbox_busy(&c->outbox))
		return 0;
	/* one record, so that no crash sees half of it */
	rc = journal_put_uints(c, RECORD_RENUMBER, c->high, 0);
	c->renumber = rc != 0;
	return rc;
}

int
send_renumber(struct sc_client *c)
{
	return c->syncing ? 0 : renumber(c);
}

int
send_renumber_ahead(struct sc_client *c)
{
	return outbox_ahead(&c->outbox, c->high) ? renumber(c) : 0;
}

void
send_again(struct sc_client *c)
{
	struct outbox *o = &c->outbox;

	if (!c->again)
		return;
	c->again = false;
	for (unsigned i = 0; i < OUTBOX_SETTLED; i++) {
		struct settled s = o->settled[i];

		if (s.n == 0 || !s.again)
			continue;
		o->settled[i].again = false;
		tell(c, &s, s.code == 0 ? "" : sc_code_text(s.code));
	}
}

/* The content elements' bytes of a payload in wire form, in TO. */
static int
open_payload(struct sc_client *c, struct slice wire, struct buf *to)
{
	struct slice content;
	struct payload p;
	int rc;

	rc = payload_take(&wire, &p);
	if (rc == 0 && p.encoding == PAYLOAD_DEFLATE &&
	    engine_deflate(c) == NULL)
		rc = SC_CODE_NO_MEMORY;
	if (rc == 0)
		rc = payload_open(c->deflate, &p, &c->scratch, &content);
	if (rc == 0)
		buf_put_slice(to, content);
	return rc == 0 && buf_failed(to) ? SC_CODE_NO_MEMORY : rc;
}

bool
send_same_content(struct sc_client *c, const struct send *s,
    struct slice payload)
{
	struct buf a, b;
	bool same;

	if (slice_equal(s->payload, payload))
		return true;
	buf_init(&a, 0);
	buf_init(&b, 0);
	same = open_payload(c, s->payload, &a) == 0 &&
	    open_payload(c, payload, &b) == 0 &&
	    slice_equal(buf_slice(&a), buf_slice(&b));
	buf_fini(&a);
	buf_fini(&b);
	return same;
}

/* ---- references ---- */

static int
parse_number(struct slice s, uint64_t *v)
{
	*v = 0;
	if (s.len == 0 || s.len > 19)
		return SC_CODE_BAD_REQUEST;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return SC_CODE_BAD_REQUEST;
		*v = *v * 10 + (uint64_t)(s.p[i] - '0');
	}
	return *v == 0 ? SC_CODE_BAD_REQUEST : 0;
}

int
send_parse(const char *to, struct chat_ref *ref)
{
	struct slice s = slice_str(to);

	memset(ref, 0, sizeof(*ref));
	if (s.len == 0 || s.len > NAME_MAX_BYTES)
		return SC_CODE_BAD_REQUEST;
	if (parse_number(s, &ref->number) == 0) {
		ref->kind = CHAT_BY_NUMBER;
		return 0;
	}
	if (to[0] == '#') {
		ref->kind = CHAT_BY_ID;
		return chat_id_parse(s, &ref->id);
	}
	if (to[0] == '~') {
		ref->kind = CHAT_BY_USER;
		return parse_number(slice_of(s.p + 1, s.len - 1),
		    &ref->number);
	}
	ref->kind = CHAT_BY_NAME;
	ref->number = 0;
	ref->name = s;
	return utf8_valid(s) ? 0 : SC_CODE_BAD_REQUEST;
}

/* A chat with a number is named by it: that is shortest. */
int
send_resolve(const struct sc_client *c, const char *to, struct chat_ref *ref)
{
	const struct chat *chat;
	int rc = send_parse(to, ref);

	if (rc != 0)
		return rc;
	chat = account_resolve(&c->account, ref, slice_str(c->domain));
	if (chat == NULL)
		return ref->kind == CHAT_BY_NUMBER ? SC_CODE_NOT_FOUND : 0;
	memset(ref, 0, sizeof(*ref));
	ref->kind = CHAT_BY_NUMBER;
	ref->number = chat->number;
	return chat->number == ACCOUNT_CHAT ? SC_CODE_FORBIDDEN : 0;
}

uint64_t
sc_client_chat(const struct sc_client *c, const char *to)
{
	struct chat_ref ref;

	if (to == NULL || send_resolve(c, to, &ref) != 0 ||
	    ref.kind != CHAT_BY_NUMBER)
		return 0;
	return ref.number;
}

/* ---- sending ---- */

/* The payload that holds CONTENT, of which TEXT is what people have written. */
static int
make_payload(struct sc_client *c, struct slice content, struct slice text,
    struct buf *payload)
{
	uint8_t dictionaries[DICTIONARIES_MAX];
	size_t n = 0;

	if (!c->conf.plain) {
		if (engine_deflate(c) == NULL)
			return SC_CODE_NO_MEMORY;
		n = payload_guess(text, dictionaries, DICTIONARIES_MAX);
	}
	return payload_put(c->conf.plain ? NULL : c->deflate, content,
	    dictionaries, n, payload);
}

static int
check_text(const struct sc_client *c, struct slice text)
{
	size_t length;

	if (text.len == 0 || utf8_length(text, &length) != 0)
		return SC_CODE_BAD_REQUEST;
	if (text.len > CONTENT_MAX - 16 ||
	    (c->max_text != 0 && length > c->max_text))
		return SC_CODE_TOO_LARGE;
	return 0;
}

/* Whether a chat that was named in two ways is the same. */
static bool
same_chat(const struct sc_client *c, const struct chat_ref *a,
    const struct chat_ref *b)
{
	struct slice domain = slice_str(c->domain);
	const struct chat *x = account_resolve(&c->account, a, domain);
	const struct chat *y = account_resolve(&c->account, b, domain);

	if (x != NULL || y != NULL)
		return x == y;
	if (a->kind != b->kind)
		return false;
	return outbox_ref_digest(a) == outbox_ref_digest(b);
}

/*
 * A counter that the application chose: 0 if it is the next one, 1 if it is a
 * repeat (nothing more to do), or SC_CODE_CONFLICT.
 */
static int
check_counter(struct sc_client *c, uint64_t n, const struct chat_ref *ref,
    uint64_t text)
{
	const struct send *s = outbox_asked(&c->outbox, n);
	struct settled *done;
	bool same;

	if (s != NULL)
		return s->text == text && same_chat(c, &s->ref, ref)
		    ? 1 : SC_CODE_CONFLICT;
	done = outbox_settled_asked(&c->outbox, n);
	if (done != NULL) {
		if (done->chat != 0)
			same = ref->kind == CHAT_BY_NUMBER &&
			    ref->number == done->chat;
		else
			same = done->ref == outbox_ref_digest(ref);
		if (!same || done->text != text)
			return SC_CODE_CONFLICT;
		done->again = c->again = true;
		return 1;
	}
	return n == c->outbox.issued + 1 ? 0 : SC_CODE_CONFLICT;
}

/* Keeps the send; when this returns 0 it survives a crash, and *ASKED is what
 * the application is to call it. */
static int
keep(struct sc_client *c, const struct chat_ref *ref, uint64_t text,
    struct slice payload, unsigned flags, uint64_t *asked)
{
	struct slice name = ref->kind == CHAT_BY_ID
	    ? slice_of(ref->id.b, CHAT_ID_SIZE) : ref->name;
	bool at_once = c->phase == PHASE_ONLINE && !c->renumber;
	uint64_t n = c->outbox.issued + 1;
	uint64_t told = (flags & SEND_CHOSEN) != 0 ? n
	    : outbox_next_asked(&c->outbox);
	struct record r = {.type = RECORD_SEND, .u = {n, told,
	    (at_once ? SEND_TRIED : 0u) | flags, text,
	    ref->kind, ref->number}, .s = {name, payload}};
	int rc;

	rc = journal_put(c, &r);
	if (rc != 0)
		return rc;
	rc = c->in_callback > 0 ? 0 : journal_flush(c);
	if (rc == 0) {
		*asked = told;
		return 0;
	}
	/* the record may be there or not: the whole is written again first */
	outbox_undo(&c->outbox);
	c->stale = true;
	return rc;
}

/* Sends CONTENT; DIGEST tells it from other messages. */
static int
send_content(struct sc_client *c, const char *to, uint64_t digest,
    struct slice content, struct slice text, uint64_t *n)
{
	uint64_t wanted = *n;
	struct chat_ref ref;
	struct buf payload;
	int rc = send_resolve(c, to, &ref);

	if (rc == 0 && wanted != 0) {
		rc = check_counter(c, wanted, &ref, digest);
		if (rc > 0)
			return 0;
	}
	if (rc != 0)
		return rc;
	buf_init(&payload, CONTENT_MAX);
	rc = make_payload(c, content, text, &payload);
	if (rc == 0)
		rc = keep(c, &ref, digest, buf_slice(&payload),
		    wanted != 0 ? SEND_CHOSEN : 0, n);
	buf_fini(&payload);
	return rc;
}

int
sc_client_say(struct sc_client *c, const char *to, const struct sc_message *m,
    uint64_t *n)
{
	struct slice text = slice_of(m->text, m->text == NULL ? 0
	    : m->textlen);
	bool plain = m->kind == SC_KIND_TEXT && m->reply == 0 &&
	    !m->forwarded && m->nmentions == 0 && m->after == NULL;
	struct buf content;
	int rc = 0;

	if (to == NULL)
		return SC_CODE_BAD_REQUEST;
	if (m->kind == SC_KIND_TEXT || m->kind == SC_KIND_EDIT)
		rc = check_text(c, text);
	if (rc != 0)
		return rc;
	buf_init(&content, CONTENT_MAX);
	rc = content_make(m, &content);
	if (rc == 0)
		rc = send_content(c, to, outbox_digest(plain ? text
		    : buf_slice(&content)), buf_slice(&content), text, n);
	buf_fini(&content);
	return rc;
}

int
sc_client_send(struct sc_client *c, const char *to, const char *text,
    size_t textlen, uint64_t *n)
{
	const struct sc_message m = {.kind = SC_KIND_TEXT, .text = text,
	    .textlen = textlen};

	return sc_client_say(c, to, &m, n);
}

/* ---- other requests with a counter ---- */

int
send_request(struct sc_client *c, const struct elem *e, uint64_t *n)
{
	static const struct stanza_ctx base = {.base_time = 0};
	const struct value *chat = elem_get(e, ATTR_CHAT);
	struct chat_ref ref = {.kind = CHAT_BY_NUMBER};
	struct buf bytes;
	int rc;

	if (c->stopped || c->conf.raw)
		return SC_CODE_UNAVAILABLE;
	if (chat != NULL)
		ref = chat->chat;
	buf_init(&bytes, CONTENT_MAX);
	rc = stanza_encode(&base, e, &bytes);
	if (rc == 0)
		rc = keep(c, &ref, outbox_digest(buf_slice(&bytes)),
		    buf_slice(&bytes), SEND_STANZA, n);
	buf_fini(&bytes);
	return rc;
}

int
sc_client_revoke(struct sc_client *c, uint32_t device, uint64_t *n)
{
	struct elem_buf e;

	if (device == 0)
		return SC_CODE_BAD_REQUEST;
	elem_begin(&e, TAG_DEVICE);
	elem_add_enum(&e, ATTR_ACTION, ACTION_REVOKE);
	elem_add_uint(&e, ATTR_DEVICE, device);
	return send_request(c, &e.e, n);
}

/* ---- ticks ---- */

/* MEMBER NULL: nobody has got it yet. */
static int
tick(const struct sc_client *c, const struct chat *chat,
    const struct ticks_own *own, const struct ticks_member *member,
    sc_tick_fn *fn, void *arg)
{
	struct sc_tick t = {.chat = chat->number, .seq = own->seq,
	    .sent = own->time, .user = member != NULL ? member->user
	    : chat->kind == CHAT_KIND_DIRECT ? chat->peer : 0, .name = ""};

	if (member != NULL) {
		ticks_when(member, TICKS_DELIVERED, own->seq, &t.delivered,
		    &t.delivered_estimated);
		ticks_when(member, TICKS_READ, own->seq, &t.read,
		    &t.read_estimated);
	}
	if (chat->kind == CHAT_KIND_DIRECT && t.user == chat->peer &&
	    chat->name != NULL)
		t.name = chat->name;
	else if (t.user != 0)
		t.name = sc_client_user_name(c, t.user);
	return fn(arg, &t);
}

int
sc_client_ticks(const struct sc_client *c, uint64_t number, uint64_t first,
    uint64_t last, sc_tick_fn *fn, void *arg)
{
	const struct chat *chat = account_find(&c->account, number);
	const struct ticks *t = chat == NULL ? NULL : chat->ticks;
	int rc = 0;

	if (chat == NULL)
		return SC_CODE_NOT_FOUND;
	for (unsigned i = 0; t != NULL && i < t->nown && rc == 0; i++) {
		const struct ticks_own *own = &t->own[i];

		if (own->seq < first || own->seq > last)
			continue;
		if (t->nmembers == 0)
			rc = tick(c, chat, own, NULL, fn, arg);
		for (unsigned k = 0; k < t->nmembers && rc == 0; k++)
			rc = tick(c, chat, own, &t->members[k], fn,
			    arg);
	}
	return rc;
}

/* ---- reading ---- */

int
sc_client_read(struct sc_client *c, uint64_t number, uint64_t seq)
{
	struct chat *chat = account_find(&c->account, number);
	uint64_t top;
	int rc;

	if (chat == NULL)
		return SC_CODE_NOT_FOUND;
	top = c->giving == chat ? c->giving_seq : chat->cursor;
	if (seq == 0 || seq > top)
		return SC_CODE_BAD_REQUEST;
	if (seq <= chat->read)
		return 0;
	rc = journal_put_uints(c, RECORD_READ, number, seq);
	if (rc != 0)
		return rc;
	if (c->phase == PHASE_ONLINE) {
		chat->read_due = true;
		account_due(&c->account, chat);
	}
	return c->in_callback > 0 ? 0 : journal_flush(c);
}

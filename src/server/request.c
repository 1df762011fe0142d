/* SPDX-License-Identifier: ISC */
#include "src/server/request.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/frame.h"
#include "src/chat/dedupe.h"
#include "src/chat/device.h"
#include "src/chat/member.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/job_priv.h"
#include "src/server/worker_priv.h"

enum request_kind { REQUEST_MESSAGE, REQUEST_VOID, REQUEST_UNKNOWN };

/*
 * The most bytes of a payload, its head included.  It goes out again in frames
 * that say more of it than the one it came in (or came in deflated), and has
 * to fit those as well: what nobody can receive must not get into a log.
 */
enum { PAYLOAD_WIRE_MAX = FRAME_MAX - 128 };

struct request {
	struct job job;
	struct server *server;
	enum request_kind kind;
	uint64_t session, user, login, n;
	uint32_t device;
	int refuse;		/* decided before it ran: 0, SC_E... */
	const char *why;	/* static; NULL: the code's phrase */
	unsigned flags;		/* enum entry_flags */
	struct chat_ref chat;	/* its name is in `bytes` */
	struct slice payload;	/* in `bytes`; UNKNOWN: the whole stanza */
	/* the result */
	enum dedupe what;
	struct outcome outcome;
	uint64_t high;
	bool stale;		/* a newer session has the device (R9) */
	struct event *intro;	/* introduces the chat to the sender */
	struct event *entry;	/* of the message itself */
	uint8_t bytes[];
};

/* Who a direct chat is with; chat->kind says what was found. */
struct target {
	bool direct;
	uint64_t peer;		/* direct */
	struct chat_id id;	/* otherwise */
};

static int
target_of_id(struct tx *tx, const struct request *r, const struct chat_id *id,
    struct target *t)
{
	struct chat c;
	int side, rc = chat_get(tx, id, &c);

	if (rc != 0)
		return rc;
	t->id = *id;
	t->direct = c.kind == CHAT_KIND_DIRECT;
	if (!t->direct)
		return c.user[0] == r->user ? SC_EFORBIDDEN : SC_ENOTFOUND;
	side = chat_side(&c, r->user);
	if (side < 0)
		return SC_ENOTFOUND;	/* as if it were not there (R25) */
	t->peer = c.user[1 - side];
	return 0;
}

static int
target_of_name(struct tx *tx, const struct request *r, struct target *t)
{
	struct slice name, domain;
	struct user u;
	int rc;

	address_split(r->chat.name, &name, &domain);
	if (domain.len != 0 &&
	    !slice_equal(domain, slice_str(r->server->conf.domain)))
		return SC_ENOTFOUND;
	rc = user_by_name(tx, name, &u);
	t->direct = true;
	t->peer = u.id;
	return rc;
}

/* What the request's chat reference means. */
static int
target_find(struct tx *tx, const struct request *r, struct target *t)
{
	struct chat_id id;
	struct user u;
	int rc;

	memset(t, 0, sizeof(*t));
	switch (r->chat.kind) {
	case CHAT_BY_NUMBER:
		rc = chat_by_number(tx, r->user, r->chat.number, &id);
		return rc != 0 ? rc : target_of_id(tx, r, &id, t);
	case CHAT_BY_ID:
		return target_of_id(tx, r, &r->chat.id, t);
	case CHAT_BY_USER:
		t->direct = true;
		t->peer = r->chat.number;
		rc = user_get(tx, t->peer, &u);
		/* removed: the chat is there, so that a repeat is known */
		return rc == SC_ENOTFOUND ?
		    chat_direct(tx, r->user, t->peer, &id) : rc;
	default:
		return target_of_name(tx, r, t);
	}
}

/* The same for every way to name the same chat. */
static uint64_t
request_digest(const struct request *r, int found, const struct target *t)
{
	uint64_t d = digest_add_u64(DIGEST_INIT, r->kind);

	if (r->kind == REQUEST_VOID)
		return d;
	if (r->kind == REQUEST_UNKNOWN)
		return digest_add(d, r->payload.p, r->payload.len);
	if (found == 0 && t->direct)
		d = digest_add_u64(d, t->peer);
	else if (found == 0 || found == SC_EFORBIDDEN)
		d = digest_add(d, t->id.b, sizeof(t->id.b));
	else if (r->chat.kind == CHAT_BY_ID)
		d = digest_add(d, r->chat.id.b, sizeof(r->chat.id.b));
	else if (r->chat.kind == CHAT_BY_NAME)
		d = digest_add(d, r->chat.name.p, r->chat.name.len);
	else
		d = digest_add_u64(d, r->chat.number);
	return digest_add(d, r->payload.p, r->payload.len);
}

static int
introduced(void *arg, const struct chat *account, const struct entry *e)
{
	struct request *r = arg;
	int rc = outbox_entry(&r->job.outbox, account, e, 0);

	if (rc == 0 && account->user[0] == r->user)
		r->intro = event_ref(r->job.outbox.newest);
	return rc;
}

/* Appends the message. */
static int
message_append(struct request *r, struct tx *tx, const struct target *t)
{
	struct entry e = {.from = r->user, .device = r->device, .n = r->n,
	    .flags = r->flags, .payload = r->payload};
	struct chat c;
	int rc;

	rc = chat_direct_make(tx, r->user, t->peer, introduced, r, &c);
	if (rc == 0 && !chat_is_open(&c))
		rc = SC_ENOTFOUND;
	if (rc == 0)
		rc = chat_append(tx, &c, &e);
	if (rc == SC_ECONFLICT)
		return SC_EUNAVAILABLE;	/* the clock says a dropped period */
	if (rc != 0)
		return rc;
	r->outcome.kind = OUTCOME_SENT;
	r->outcome.number = c.number[chat_side(&c, r->user)];
	r->outcome.seq = e.seq;
	r->outcome.time = e.time;
	rc = outbox_entry(&r->job.outbox, &c, &e, r->session);
	if (rc == 0)
		r->entry = event_ref(r->job.outbox.newest);
	return rc;
}

/* Whether a refusal is the last word on its counter (SPEC.md). */
static bool
is_permanent(int rc)
{
	return rc == SC_EBADREQUEST || rc == SC_EFORBIDDEN ||
	    rc == SC_ENOTFOUND || rc == SC_ETOOLARGE ||
	    rc == SC_ENOTACCEPTABLE;
}

static int
request_perform(struct request *r, struct tx *tx, int found,
    const struct target *t)
{
	if (r->refuse != 0)
		return r->refuse;
	if (r->kind == REQUEST_VOID) {
		r->outcome.kind = OUTCOME_VOID;
		return 0;
	}
	if (found != 0)
		return found;
	return message_append(r, tx, t);
}

/* Drops what an earlier run has made. */
static void
request_forget(struct request *r)
{
	event_unref(r->intro);
	event_unref(r->entry);
	r->intro = r->entry = NULL;
}

/* Settles a refusal in a transaction that holds nothing else. */
static int
request_refuse(struct request *r, struct tx *tx, uint64_t digest, int rc)
{
	request_forget(r);
	outbox_clear(&r->job.outbox);
	store_abandon(tx->st);
	tx->st = store_begin(tx->d->store);
	if (tx->st == NULL)
		return SC_ENOMEM;
	memset(&r->outcome, 0, sizeof(r->outcome));
	r->outcome.kind = OUTCOME_REFUSED;
	r->outcome.code = rc;
	return dedupe_settle(tx, r->user, r->device, r->n, digest,
	    &r->outcome);
}

static int
request_run(struct job *j, struct tx *tx)
{
	struct request *r = (struct request *)j;
	struct target t = {0};
	struct device d;
	uint64_t digest;
	int rc, found = SC_OK;

	memset(&r->outcome, 0, sizeof(r->outcome));
	request_forget(r);
	r->stale = false;
	rc = device_get_locked(tx, r->user, r->device, &d);
	r->stale = rc == SC_ENOTFOUND || (rc == 0 && d.login != r->login);
	if (rc != 0 || r->stale)
		return rc != 0 ? rc : SC_ECONFLICT;
	if (r->kind == REQUEST_MESSAGE)
		found = target_find(tx, r, &t);
	if (found != 0 && !is_permanent(found))
		return found;
	digest = request_digest(r, found, &t);
	rc = dedupe_check(tx, r->user, r->device, r->n, digest, &r->what,
	    &r->outcome, &r->high);
	if (rc != 0 || r->what == DEDUPE_REPEAT)
		return rc;
	if (r->what == DEDUPE_CONFLICT)
		return SC_ECONFLICT;
	if (store_state(tx->d->store) == SC_ENOSPC)
		return SC_EUNAVAILABLE;
	rc = request_perform(r, tx, found, &t);
	if (is_permanent(rc))
		return request_refuse(r, tx, digest, rc);
	if (rc != 0)
		return rc;
	return dedupe_settle(tx, r->user, r->device, r->n, digest,
	    &r->outcome);
}

static void
put_ack(struct session *s, const struct request *r)
{
	struct elem_buf ack;

	session_rebase(s, r->outcome.time);
	elem_begin(&ack, TAG_ACK);
	elem_add_uint(&ack, ATTR_N, r->n);
	if (r->chat.kind != CHAT_BY_NUMBER)
		elem_add_chat_number(&ack, ATTR_CHAT, r->outcome.number);
	elem_add_uint(&ack, ATTR_SEQ, r->outcome.seq);
	elem_add_time(&ack, ATTR_TIME, r->outcome.time);
	session_put(s, &ack.e);
}

static void
put_outcome(struct session *s, const struct request *r)
{
	struct elem_buf e;

	switch (r->outcome.kind) {
	case OUTCOME_SENT:
		put_ack(s, r);
		break;
	case OUTCOME_VOID:
		elem_begin(&e, TAG_VOID);
		elem_add_uint(&e, ATTR_N, r->n);
		session_put(s, &e.e);
		break;
	default:
		session_error(s, ATTR_N, r->n, r->outcome.code,
		    r->why != NULL ? r->why : sc_strerror(r->outcome.code), 0);
	}
}

static void
request_done(struct job *j)
{
	struct request *r = (struct request *)j;
	struct session *s = j->session;

	if (s == NULL || r->stale)
		return;		/* its fence is on the way */
	/* the ack names a chat that the request has made: what introduces it
	 * goes first, if the account log is not behind anyway (R19) */
	if (r->intro != NULL && j->rc == 0)
		delivery_event(s, r->intro, r->intro->to[0].number);
	if (j->rc == 0) {
		put_outcome(s, r);
		/* now, while it is known what was sent before the ack (R7) */
		if (r->entry != NULL)
			delivery_own(s, r->entry, r->outcome.number);
	} else if (j->rc == SC_ECONFLICT) {
		session_error(s, ATTR_N, r->n, SC_ECONFLICT,
		    "this counter is not the next, nor a repeat", r->high);
	} else {
		int code = j->rc == SC_EINTERNAL || j->rc == SC_EDAMAGED
		    ? SC_EINTERNAL : SC_EUNAVAILABLE;

		session_error(s, ATTR_N, r->n, code, sc_strerror(code), 0);
	}
}

static void
request_fini(struct job *j)
{
	request_forget((struct request *)j);
}

static const struct job_type request_type = {
    JOB_SCRIBE, request_run, request_done, request_fini};

static struct request *
request_create(struct session *s, const struct elem *e,
    enum request_kind kind, struct slice payload)
{
	const struct value *chat = elem_get(e, ATTR_CHAT);
	struct slice name = chat != NULL && chat->chat.kind == CHAT_BY_NAME
	    ? chat->chat.name : slice_of(NULL, 0);
	struct request *r = calloc(1, sizeof(*r) + payload.len + name.len);

	if (r == NULL)
		return NULL;
	job_init(&r->job, &request_type, &s->worker->server->domain);
	r->job.order = s->user;
	r->server = s->worker->server;
	r->kind = kind;
	r->session = s->id;
	r->user = s->user;
	r->device = s->device;
	r->login = s->login;
	r->n = elem_uint(e, ATTR_N, 0);
	if (chat != NULL)
		r->chat = chat->chat;
	if (payload.len > 0)
		memcpy(r->bytes, payload.p, payload.len);
	r->payload = slice_of(r->bytes, payload.len);
	if (name.len > 0)
		memcpy(r->bytes + payload.len, name.p, name.len);
	r->chat.name = slice_of(r->bytes + payload.len, name.len);
	return r;
}

/* One content element of a message. */
static int
content_check(struct worker *w, const struct elem *e)
{
	size_t n;
	int rc;

	if (e->tag != TAG_BODY)
		return 0;	/* other kinds pass through (R22) */
	rc = utf8_length(e->text, &n);
	if (rc != 0)
		return SC_EBADREQUEST;
	return n > w->server->conf.max_text ? SC_ETOOLARGE : 0;
}

/* Opens the payload once, so that nobody else finds it damaged (R21). */
static int
payload_check(struct worker *w, struct slice wire)
{
	struct slice content;
	struct payload p;
	int rc;

	if (wire.len > PAYLOAD_WIRE_MAX)
		return SC_ETOOLARGE;
	rc = payload_take(&wire, &p);
	if (rc != 0 || wire.len != 0)
		return SC_EBADREQUEST;
	if (p.encoding == PAYLOAD_OPAQUE)
		return 0;
	rc = payload_open(w->deflate, &p, &w->scratch, &content);
	if (rc == SC_ETOOLARGE)
		return rc;
	while (rc == 0 && content.len > 0) {
		struct elem e;

		rc = payload_next(&content, &w->arena, &e);
		if (rc == 0)
			rc = content_check(w, &e);
	}
	return rc == 0 || rc == SC_ETOOLARGE ? rc : SC_EBADREQUEST;
}

void
request_message(struct session *s, const struct elem *e)
{
	struct worker *w = s->worker;
	struct request *r;

	if (e->content != CONTENT_PAYLOAD || !elem_has(e, ATTR_CHAT) ||
	    elem_uint(e, ATTR_N, 0) == 0) {
		session_bye(s, BYE_REASON_MALFORMED,
		    "a message without chat, n or payload");
		return;
	}
	r = request_create(s, e, REQUEST_MESSAGE, e->text);
	if (r == NULL) {
		session_bye(s, BYE_REASON_OVERLOAD, "out of memory");
		return;
	}
	w->stats.messages_in++;
	r->flags = ENTRY_COUNTS;
	r->refuse = payload_check(w, e->text);
	if (r->refuse == SC_ETOOLARGE)
		r->why = "the text or the payload is longer than this "
			 "server takes";
	else if (r->refuse != 0)
		r->why = "the payload cannot be opened";
	worker_submit(s, &r->job);
}

void
request_void(struct session *s, const struct elem *e)
{
	struct request *r =
	    request_create(s, e, REQUEST_VOID, slice_of(NULL, 0));

	if (r == NULL || r->n == 0) {
		if (r != NULL)
			job_destroy(&r->job);
		session_bye(s, BYE_REASON_MALFORMED, "a void without n");
		return;
	}
	worker_submit(s, &r->job);
}

void
request_unknown(struct session *s, const struct elem *e)
{
	struct stanza_ctx ctx = s->ctx;
	struct request *r = NULL;
	struct buf stanza;

	/* a repeat has the same bytes only if its times have the same base */
	ctx.base_time = 0;
	buf_init(&stanza, 0);
	if (stanza_encode(&ctx, e, &stanza) == 0)
		r = request_create(s, e, REQUEST_UNKNOWN, buf_slice(&stanza));
	buf_fini(&stanza);
	if (r == NULL) {
		session_bye(s, BYE_REASON_OVERLOAD, "out of memory");
		return;
	}
	r->refuse = SC_ENOTACCEPTABLE;
	r->why = "this server does not know this request";
	worker_submit(s, &r->job);
}

/* SPDX-License-Identifier: ISC */
#include "src/server/request.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/utf8.h"
#include "src/chat/device.h"
#include "src/common/err.h"
#include "src/server/answer.h"
#include "src/server/request_priv.h"
#include "src/server/worker_priv.h"

/* ---- in the transaction ---- */

/* Drops what an earlier run has made. */
static void
request_forget(struct request *r)
{
	for (size_t i = 0; i < r->nintros; i++)
		event_unref(r->intros[i]);
	event_unref(r->entry);
	r->entry = NULL;
	r->intros = NULL;
	r->nintros = 0;
	memset(&r->outcome, 0, sizeof(r->outcome));
	r->stale = r->ended = false;
	r->why = NULL;
}

/* Whether a refusal is the last word on its counter (SPEC.md). */
static bool
is_permanent(int rc)
{
	return rc == SC_EBADREQUEST || rc == SC_ENOTAUTHORIZED ||
	    rc == SC_EFORBIDDEN || rc == SC_ENOTFOUND ||
	    rc == SC_ETOOLARGE || rc == SC_ERESOURCE ||
	    rc == SC_ENOTACCEPTABLE;
}

static bool
is_intro(const struct request *r, const struct event *e)
{
	return e->type == EVENT_ENTRY && e->kind == CHAT_KIND_SYSTEM &&
	    e->to[0].user == r->user;
}

/*
 * Keeps what the answer must not overtake, or stands for: the events that
 * will be told are on their way to all workers when it is sent.
 */
static int
request_collect(struct request *r, struct tx *tx)
{
	size_t n = 0;

	for (struct event *e = r->job.outbox.first; e != NULL; e = e->next)
		n += is_intro(r, e);
	if (n > 0)
		r->intros = arena_array(tx->arena, n, sizeof(struct event *));
	if (n > 0 && r->intros == NULL)
		return SC_ENOMEM;
	for (struct event *e = r->job.outbox.first; e != NULL; e = e->next) {
		if (is_intro(r, e))
			r->intros[r->nintros++] = event_ref(e);
		else if (e->type == EVENT_ENTRY && e->session == r->session)
			r->entry = event_ref(e);
	}
	return 0;
}

/* The kind's own part.  A reason is only for a refusal; one that no error can
 * say, or no slot keep, is dropped: the code says enough. */
static int
request_perform(struct request *r, struct tx *tx)
{
	int rc = r->type->perform(r, tx);

	if (r->why != NULL && (rc == 0 ||
	    strlen(r->why) > OUTCOME_REPLY_MAX ||
	    !utf8_valid(slice_str(r->why))))
		r->why = NULL;
	return rc;
}

/* Settles a refusal: nothing else of the transaction is kept. */
static int
request_refuse(struct request *r, struct tx *tx, uint64_t digest, int rc)
{
	const char *why = r->why;

	request_forget(r);
	outbox_clear(&r->job.outbox);
	if (store_rewind(tx->st) != 0)
		return SC_ENOMEM;
	r->outcome.kind = OUTCOME_REFUSED;
	r->outcome.code = rc;
	if (why != NULL)
		r->outcome.reply = slice_str(why);
	return dedupe_settle(tx, r->user, r->device, r->number, digest,
	    &r->outcome);
}

/* What is found now may have been unknown the first time, and refused. */
static int
check_said(struct request *r, struct tx *tx)
{
	int rc = dedupe_check(tx, r->user, r->device, r->number,
	    r->type->said(r), &r->what, &r->outcome, &r->high);

	if (rc == 0 && r->what == DEDUPE_REPEAT &&
	    r->outcome.kind != OUTCOME_REFUSED)
		r->what = DEDUPE_CONFLICT;
	return rc;
}

static int
run_counted(struct request *r, struct tx *tx)
{
	uint64_t digest;
	int rc = r->type->digest(r, tx, &digest);

	if (rc == 0)
		rc = dedupe_check(tx, r->user, r->device, r->number, digest,
		    &r->what, &r->outcome, &r->high);
	if (rc == 0 && r->what == DEDUPE_CONFLICT && r->type->said != NULL)
		rc = check_said(r, tx);
	if (rc != 0 || r->what == DEDUPE_REPEAT)
		return rc;
	if (r->what == DEDUPE_CONFLICT)
		return SC_ECONFLICT;
	if (store_state(tx->d->store) == SC_ENOSPC)
		return SC_EUNAVAILABLE;
	rc = request_perform(r, tx);
	if (is_permanent(rc))
		return request_refuse(r, tx, digest, rc);
	if (rc == SC_ECONFLICT)
		return SC_EUNAVAILABLE;	/* the clock says a dropped period */
	if (rc == 0)
		rc = request_collect(r, tx);
	if (rc != 0 || r->ended)
		return rc;	/* the slots of an ended device are gone */
	return dedupe_settle(tx, r->user, r->device, r->number, digest,
	    &r->outcome);
}

int
request_run(struct job *j, struct tx *tx)
{
	struct request *r = (struct request *)j;
	int rc = 0;

	request_forget(r);
	if (j->type->place == JOB_SCRIBE) {
		rc = device_fence(tx, r->user, r->device, r->login);
		r->stale = rc == SC_ENOTFOUND;
	}
	if (rc != 0)
		return rc;
	if (r->key == ATTR_N)
		return run_counted(r, tx);
	rc = request_perform(r, tx);
	return rc != 0 ? rc : request_collect(r, tx);
}

/* ---- the answer ---- */

static void
put_ack(struct session *s, const struct request *r)
{
	struct elem_buf ack;

	session_rebase(s, r->outcome.time);
	elem_begin(&ack, TAG_ACK);
	elem_add_uint(&ack, ATTR_N, r->number);
	if (!r->by_number)
		elem_add_chat_number(&ack, ATTR_CHAT, r->outcome.number);
	elem_add_uint(&ack, ATTR_SEQ, r->outcome.seq);
	elem_add_time(&ack, ATTR_TIME, r->outcome.time);
	if (r->outcome.timer != 0)
		elem_add_uint(&ack, ATTR_TIMER, r->outcome.timer);
	session_put(s, &ack.e);
	if (r->number > s->last_acked)
		s->last_acked = r->number;
}

static void
put_refusal(struct session *s, const struct request *r)
{
	const struct outcome *o = &r->outcome;
	char text[OUTCOME_REPLY_MAX + 1] = "";

	if (o->reply.len > 0 && o->reply.len < sizeof(text))
		memcpy(text, o->reply.p, o->reply.len);
	session_error(s, ATTR_N, r->number, o->code,
	    text[0] != '\0' ? text : sc_strerror(o->code), 0);
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
		elem_add_uint(&e, ATTR_N, r->number);
		session_put(s, &e.e);
		break;
	case OUTCOME_DONE:
		answer_stored(s, r->number, r->outcome.reply);
		break;
	case OUTCOME_REFUSED:
		put_refusal(s, r);
		break;
	}
}

/* Why it is to be sent again later, as far as that is known. */
static const char *
why_later(const struct session *s, int code)
{
	struct store *store = s->worker->server->domain.store;

	return code == SC_EUNAVAILABLE && store_state(store) == SC_ENOSPC
	    ? "the disk of the server is nearly full: nothing is taken until "
	    "there is room" : sc_strerror(code);
}

static void
answer_counted(struct session *s, struct request *r)
{
	int rc = r->job.rc;

	if (rc == 0) {
		put_outcome(s, r);
		/* now, while it is known what was sent before the ack (R7) */
		if (r->entry != NULL)
			delivery_own(s, r->entry, r->outcome.number);
	} else if (rc == SC_ECONFLICT) {
		session_error(s, ATTR_N, r->number, SC_ECONFLICT,
		    "this counter is not the next, nor a repeat", r->high);
	} else {
		int code = rc == SC_EINTERNAL || rc == SC_EDAMAGED
		    ? SC_EINTERNAL : SC_EUNAVAILABLE;

		session_error(s, ATTR_N, r->number, code, why_later(s, code),
		    0);
	}
}

void
request_done(struct job *j)
{
	struct request *r = (struct request *)j;
	struct session *s = j->session;

	if (s == NULL || r->stale)
		return;		/* its fence is on the way */
	/* the answer may name a chat that the request has made: what
	 * introduces it goes first, if the account log is not behind (R19) */
	for (size_t i = 0; i < r->nintros && j->rc == 0; i++)
		delivery_event(s, r->intros[i], &r->intros[i]->to[0]);
	if (r->key == ATTR_N)
		answer_counted(s, r);
	else if (j->rc == 0)
		r->type->answer(s, r);
	else
		session_error(s, ATTR_ID, r->number, j->rc,
		    r->why != NULL ? r->why : sc_strerror(j->rc), 0);
}

void
request_fini(struct job *j)
{
	struct request *r = (struct request *)j;

	request_forget(r);
	if (r->type->fini != NULL)
		r->type->fini(r);
}

struct request *
request_create(struct session *s, const struct request_type *type,
    const struct elem *e, enum attr_name key, size_t size)
{
	const struct value *chat = elem_get(e, ATTR_CHAT);
	struct request *r = malloc(size);

	if (r == NULL)
		return NULL;
	memset(r, 0, size);	/* calloc passes by what a thread has at hand */
	job_init(&r->job, &type->job, &s->worker->server->domain);
	r->job.order = s->user;
	r->type = type;
	r->server = s->worker->server;
	r->session = s->id;
	r->user = s->user;
	r->device = s->device;
	r->login = s->login;
	r->key = key;
	r->number = elem_uint(e, key, 0);
	r->by_number = chat != NULL && chat->type == VALUE_CHAT &&
	    chat->chat.kind == CHAT_BY_NUMBER;
	return r;
}

int
request_bytes(const struct elem *e, struct buf *to)
{
	/* a repeat has the same bytes only if its times have the same base */
	const struct stanza_ctx ctx = {.base_time = 0};

	return stanza_encode(&ctx, e, to);
}

/* ---- the simple kinds ---- */

/* The first of what a digest is over: no two kinds have one in common. */
static int
digest_void(struct request *r, struct tx *tx, uint64_t *digest)
{
	(void)r;
	(void)tx;
	*digest = digest_add_u64(DIGEST_INIT, DIGEST_VOID);
	return 0;
}

static int
perform_void(struct request *r, struct tx *tx)
{
	(void)tx;
	r->outcome.kind = OUTCOME_VOID;
	return 0;
}

static const struct request_type type_void = {
	.job = REQUEST_JOB(JOB_SCRIBE),
	.digest = digest_void,
	.perform = perform_void,
};

void
request_void(struct session *s, const struct elem *e)
{
	struct request *r = request_create(s, &type_void, e, ATTR_N,
	    sizeof(*r));

	if (r == NULL || r->number == 0) {
		job_destroy(r == NULL ? NULL : &r->job);
		session_bye(s, BYE_REASON_MALFORMED, "a void without n");
		return;
	}
	worker_submit(s, &r->job);
}

struct unknown {
	struct request r;
	uint64_t digest;
};

static int
digest_unknown(struct request *r, struct tx *tx, uint64_t *digest)
{
	(void)tx;
	*digest = ((struct unknown *)r)->digest;
	return 0;
}

static int
perform_unknown(struct request *r, struct tx *tx)
{
	(void)tx;
	r->why = "this server does not know this request";
	return SC_ENOTACCEPTABLE;
}

static const struct request_type type_unknown = {
	.job = REQUEST_JOB(JOB_SCRIBE),
	.digest = digest_unknown,
	.perform = perform_unknown,
};

void
request_unknown(struct session *s, const struct elem *e)
{
	struct unknown *u = NULL;
	struct buf bytes;

	buf_init(&bytes, 0);
	if (request_bytes(e, &bytes) == 0)
		u = (struct unknown *)request_create(s, &type_unknown, e,
		    ATTR_N, sizeof(*u));
	if (u != NULL)
		u->digest = digest_add(digest_add_u64(DIGEST_INIT,
		    DIGEST_STANZA), bytes.p + bytes.off, bytes.len);
	buf_fini(&bytes);
	if (u == NULL) {
		session_bye(s, BYE_REASON_OVERLOAD, "out of memory");
		return;
	}
	worker_submit(s, &u->r.job);
}

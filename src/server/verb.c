/* SPDX-License-Identifier: ISC */
#include "src/server/verb.h"

#include "src/common/err.h"
#include "src/server/live.h"
#include "src/server/login.h"
#include "src/server/poison.h"
#include "src/server/request.h"
#include "src/server/sync.h"
#include "src/server/worker_priv.h"

struct verb {
	enum tag tag;
	unsigned states;	/* in which it may be said */
	unsigned cost;		/* in units (pace.h) */
	void (*handle)(struct session *, const struct elem *);
};

/* A chat number as marks use it; 0 after an error. */
static uint64_t
mark_chat(struct session *s, const struct elem *e)
{
	const struct value *v = elem_get(e, ATTR_CHAT);

	if (v != NULL && v->chat.kind == CHAT_BY_NUMBER)
		return v->chat.number;
	session_bye(s, BYE_REASON_MALFORMED, "a mark names no chat number");
	return 0;
}

static void
handle_ack(struct session *s, const struct elem *e)
{
	struct mark_waiting m = {.number = mark_chat(s, e)};

	if (m.number == 0)
		return;
	if (elem_has(e, ATTR_LOW)) {
		m.delivered = delivery_low(s, m.number,
		    elem_uint(e, ATTR_LOW, 0));
		if (m.delivered == 0)
			return;		/* acknowledged before: a repeat */
	} else {
		m.delivered = elem_uint(e, ATTR_SEQ, 0);
	}
	if (m.delivered == 0) {
		session_bye(s, BYE_REASON_MALFORMED, "an ack of nothing");
		return;
	}
	m.restated = elem_has(e, ATTR_AGE);
	m.age = (int64_t)(elem_uint(e, ATTR_AGE, 0) & INT64_MAX);
	session_mark(s, &m);
	delivery_acked(s, m.number, m.delivered);
}

static void
handle_read(struct session *s, const struct elem *e)
{
	struct mark_waiting m = {.number = mark_chat(s, e)};

	if (m.number == 0)
		return;
	m.read = elem_uint(e, ATTR_SEQ, 0);
	m.restated = elem_has(e, ATTR_AGE);
	m.age = (int64_t)(elem_uint(e, ATTR_AGE, 0) & INT64_MAX);
	if (m.read == 0)
		session_bye(s, BYE_REASON_MALFORMED, "a read of nothing");
	else
		session_mark(s, &m);
}

static void
handle_ping(struct session *s, const struct elem *e)
{
	(void)e;
	session_put_tag(s, TAG_PONG);
}

static void
handle_pong(struct session *s, const struct elem *e)
{
	struct delivery *d = &s->delivery;

	(void)e;
	if (d->ack_since == 0)
		return;
	/* alive, but it acknowledges nothing: no more entries until it does,
	 * unless it has been given few because it might die of them */
	d->paused = !poison_survived(s);
	d->ack_since = d->paused ? 0 : s->worker->mono;
	if (!d->paused)
		delivery_pump(s);
}

static void
handle_bye(struct session *s, const struct elem *e)
{
	(void)e;
	session_close(s);
}

static void
handle_refused(struct session *s, const struct elem *e)
{
	const struct value *id = elem_get(e, ATTR_ID);
	const struct value *n = elem_get(e, ATTR_N);
	const char *text = "this server does not know this request";

	if (id != NULL && id->type == VALUE_UINT)
		session_error(s, ATTR_ID, id->u, SC_ENOTACCEPTABLE, text, 0);
	else if (n != NULL && n->type == VALUE_UINT && n->u != 0)
		request_unknown(s, e);
	/* else it is an event: ignored (R22) */
}

static const struct verb verbs[] = {
    {TAG_HELLO, SESSION_HELLO, 10, login_hello},
    {TAG_AUTH, SESSION_AUTH, 100, login_auth},
    {TAG_RESPONSE, SESSION_RESPONSE, 10, login_response},
    {TAG_SYNC, SESSION_LIVE, 500, sync_asked},
    {TAG_CURSORS, SESSION_LIVE, 100, sync_cursors},
    {TAG_MESSAGE, SESSION_LIVE, 10, request_message},
    {TAG_VOID, SESSION_LIVE, 10, request_void},
    {TAG_ACK, SESSION_LIVE, 1, handle_ack},
    {TAG_READ, SESSION_LIVE, 1, handle_read},
    {TAG_PING, SESSION_LIVE, 5, handle_ping},
    {TAG_PONG, SESSION_LIVE, 1, handle_pong},
    {TAG_WATCH, SESSION_LIVE, 20, watch_asked},
    {TAG_UNWATCH, SESSION_LIVE, 1, unwatch_asked},
    {TAG_BYE,
	SESSION_HELLO | SESSION_AUTH | SESSION_RESPONSE | SESSION_LIVE, 0,
	handle_bye},
};

static const struct verb *
verb_find(enum tag tag)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verbs[i].tag == tag)
			return &verbs[i];
	return NULL;
}

unsigned
verb_cost(const struct elem *e)
{
	const struct verb *v = verb_find(e->tag);

	return v == NULL ? PACE_COST_MODULE : v->cost;
}

/* Notes which request is at hand, for the log and for the jobs it makes. */
static void
note_request(struct session *s, const struct elem *e)
{
	const struct value *id = elem_get(e, ATTR_ID);
	const struct value *n = elem_get(e, ATTR_N);
	const struct value *v = n != NULL ? n : id;

	s->handling.key = JOB_NO_REQUEST;
	if (v == NULL || v->type != VALUE_UINT)
		return;
	s->handling.key = n != NULL ? JOB_REQUEST_N : JOB_REQUEST_ID;
	s->handling.number = v->u;
	session_logf(s, LEVEL_DEBUG, "session.request", "verb=%s %s=%llu",
	    tag_name(e->tag), n != NULL ? "n" : "id",
	    (unsigned long long)v->u);
}

static void
dispatch(struct session *s, const struct elem *e)
{
	const struct verb *v = verb_find(e->tag);

	if (v != NULL) {
		if ((v->states & (unsigned)s->state) != 0)
			v->handle(s, e);
		else
			session_bye(s, BYE_REASON_MALFORMED,
			    "a stanza that has no place here");
		return;
	}
	if (s->state == SESSION_LIVE &&
	    (request_module(s, e) || live_heard(s, e)))
		return;
	if (s->state == SESSION_LIVE)
		handle_refused(s, e);
	else
		session_bye(s, BYE_REASON_MALFORMED,
		    "a stanza that has no place before the login");
}

void
verb_dispatch(struct session *s, const struct elem *e)
{
	note_request(s, e);
	dispatch(s, e);
	s->handling.key = JOB_NO_REQUEST;
}

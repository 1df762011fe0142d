/* SPDX-License-Identifier: ISC */
#include "src/server/session.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/frame.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/job_priv.h"
#include "src/server/poison.h"
#include "src/server/trace.h"
#include "src/server/verb.h"
#include "src/server/worker_priv.h"

enum {
	FRAME_LOGIN_MAX = 4096,		/* before success, and what is held */
	FRAME_LIVE_MAX = 65536,
	JOBS_MAX = 256,			/* of one session, under way */
	MARKS_MAX = 1024,
	BYTES_PER_UNIT = 1024,		/* of a frame, on top of its verb */
	BASE_STEP = 1 << 20		/* ms: a delta of three bytes */
};

/* ---- output ---- */

void
session_put_tag(struct session *s, enum tag tag)
{
	struct elem_buf e;

	elem_begin(&e, tag);
	session_put(s, &e.e);
}

void
session_error(struct session *s, enum attr_name key, uint64_t n, int code,
    const char *text, uint64_t high)
{
	struct elem_buf e;
	int wire = code < 0 && code >= -SC_EWIRE ? code : SC_EINTERNAL;

	elem_begin(&e, TAG_ERROR);
	elem_add_uint(&e, key, n);
	elem_add_enum(&e, ATTR_CODE, (unsigned)(-wire - 1));
	if (text != NULL)
		elem_add_text(&e, ATTR_TEXT, slice_str(text));
	if (high != 0)
		elem_add_uint(&e, ATTR_HIGH, high);
	session_put(s, &e.e);
	s->worker->stats.refused++;
	session_logf(s, LEVEL_DEBUG, "session.refused",
	    "%s=%llu code=%d why=\"%s\"", key == ATTR_ID ? "id" : "n",
	    (unsigned long long)n, wire, sc_strerror(wire));
}

void
session_rebase(struct session *s, int64_t time)
{
	struct elem_buf base;

	if (time - s->ctx.base_time < BASE_STEP)
		return;
	elem_begin(&base, TAG_BASE);
	elem_add_time(&base, ATTR_TIME, time);
	session_put(s, &base.e);
	s->ctx.base_time = time;
}

/* ---- input ---- */

/* Inflates a frame if it must be; false: bye was said. */
static bool
frame_open(struct session *s, const struct frame *f, struct slice *body)
{
	struct worker *w = s->worker;

	*body = f->body;
	if (!f->deflated)
		return true;
	if (s->state != SESSION_LIVE) {
		session_bye(s, BYE_REASON_MALFORMED,
		    "a deflated frame before the login");
		return false;
	}
	if (frame_inflate(w->deflate, f, &w->frame, body) != 0) {
		w->stats.malformed++;
		session_bye(s, BYE_REASON_MALFORMED,
		    "a frame that does not inflate");
		return false;
	}
	return true;
}

void
session_spend(struct session *s, uint64_t cost)
{
	struct worker *w = s->worker;
	int64_t wait = pace_spend(&s->pace, &w->conf, cost, w->mono);

	if (wait == 0)
		return;
	if (s->held_until == 0 && w->io.hold != NULL)
		w->io.hold(s->conn, true);
	s->held_until = w->mono + wait;
	w->stats.throttled++;
}

void
session_take_debt(struct session *s)
{
	int64_t owed = debts_of(&s->worker->debts, s->user);

	if (owed > s->pace.earned_at)
		s->pace.earned_at = owed;
	session_spend(s, 0);
}

/* A newer session of the device is there already if it has ended this one. */
void
session_leave_debt(struct session *s)
{
	struct worker *w = s->worker;
	struct session *t = registry_first(&w->registry, s->user);

	debts_note(&w->debts, s->user, s->pace.earned_at, pace_time(w->mono));
	for (; t != NULL; t = registry_next(t))
		if (t->device == s->device) {
			session_take_debt(t);
			session_schedule(t);
		}
}

/* It has earned what it spent.  While nothing was read, nothing could be
 * answered: the clocks of its answers start again. */
static void
unhold(struct session *s)
{
	struct worker *w = s->worker;

	s->held_until = 0;
	s->heard = w->mono;
	if (s->pinged != 0)
		s->pinged = w->mono;
	if (s->delivery.ack_since != 0)
		s->delivery.ack_since = w->mono;
	session_process(s);
	if (s->held_until == 0 && s->state != SESSION_CLOSED &&
	    w->io.hold != NULL)
		w->io.hold(s->conn, false);
}

static void
handle_frame(struct session *s, const struct frame *f)
{
	struct worker *w = s->worker;
	struct slice body;
	struct elem e;
	int rc;

	w->stats.frames_in++;
	if (f->body.len == 0 || !frame_open(s, f, &body))
		return;		/* a keepalive */
	arena_clear(&w->arena);
	rc = stanza_decode(&s->hears, body, &w->arena, &e);
	if (rc != 0) {
		w->stats.malformed++;
		session_bye(s, BYE_REASON_MALFORMED, sc_strerror(rc));
		return;
	}
	if (s->traced)
		trace_stanza(s, &e, false);
	session_spend(s, verb_cost(&e) + body.len / BYTES_PER_UNIT);
	verb_dispatch(s, &e);
}

static void
bad_frame(struct session *s, int rc)
{
	s->worker->stats.malformed++;
	if (rc == SC_ETOOLARGE)
		session_bye(s, BYE_REASON_LIMIT, "a frame that is too long");
	else
		session_bye(s, BYE_REASON_MALFORMED,
		    "a frame that is malformed");
}

/* Whether the next frame may be read now. */
static bool
may_read(struct session *s)
{
	if (s->state == SESSION_CLOSED || s->held_until != 0)
		return false;
	if (s->state == SESSION_LOGIN) {
		if (s->in.len > FRAME_LOGIN_MAX)
			session_bye(s, BYE_REASON_LIMIT,
			    "too much before the login is decided");
		return false;
	}
	if (s->njobs >= JOBS_MAX) {
		session_bye(s, BYE_REASON_LIMIT, "too many requests at once");
		return false;
	}
	return true;
}

void
session_process(struct session *s)
{
	if (s->in_input)
		return;		/* the loop below goes on */
	s->in_input = true;
	while (s->in.len > 0 && may_read(s)) {
		struct slice in = buf_slice(&s->in);
		struct frame f;
		size_t limit = s->state == SESSION_LIVE ? FRAME_LIVE_MAX
							: FRAME_LOGIN_MAX;
		int rc = frame_next(&in, limit, &f);

		if (rc == SC_EMORE)
			break;
		if (rc != 0) {
			bad_frame(s, rc);
			break;
		}
		handle_frame(s, &f);
		buf_consume(&s->in, s->in.len - in.len);
	}
	s->in_input = false;
	if (s->in.len == 0)
		buf_wipe(&s->in);	/* it may have held a password, even if
					 * the login is over: <sync> follows
					 * <auth> in one flight */
}

/* ---- marks ---- */

void
session_mark(struct session *s, const struct mark_waiting *m)
{
	struct worker *w = s->worker;
	struct mark_waiting *have = NULL;

	for (size_t i = 0; i < s->nmarks && have == NULL; i++)
		if (s->marks[i].number == m->number)
			have = &s->marks[i];
	if (have == NULL) {
		if (s->nmarks == MARKS_MAX)
			worker_flush_marks(w);
		if (s->nmarks == s->capmarks) {
			s->capmarks = s->capmarks == 0 ? 4 : s->capmarks * 2;
			s->marks = xrealloc(s->marks, s->capmarks,
			    sizeof(*s->marks));
		}
		s->marks[s->nmarks++] = *m;
	} else {
		if (m->delivered > have->delivered)
			have->delivered = m->delivered;
		if (m->read > have->read)
			have->read = m->read;
		have->restated = have->restated && m->restated;
	}
	if (!s->in_marks) {
		s->in_marks = true;
		s->next_marks = w->marks;
		w->marks = s;
	}
	if (w->marks_at == 0)
		w->marks_at = w->mono + w->conf.mark_delay_ms;
}

/* ---- time ---- */

void
session_schedule(struct session *s)
{
	const struct server_conf *conf = &s->worker->conf;
	const struct delivery *d = &s->delivery;
	int64_t at = s->state == SESSION_LIVE
	    ? s->heard + conf->heartbeat_ms : s->accepted + conf->login_ms;

	if (s->state == SESSION_CLOSED)
		return;
	if (s->pinged != 0)
		at = s->pinged + conf->pong_ms;
	else if (d->ack_since != 0 && d->ack_since + conf->ack_ms < at)
		at = d->ack_since + conf->ack_ms;
	if (s->state != SESSION_LIVE || (!d->synced && !d->asked)) {
		/* the whole of a login, sync included, has one limit */
		if (s->accepted + conf->login_ms < at)
			at = s->accepted + conf->login_ms;
	}
	if (s->held_until != 0)
		at = s->held_until;
	/* the tick that comes too early finds out (worker_tick) */
	if (at >= s->deadline && s->heap_at != SIZE_MAX)
		return;
	s->deadline = at;
	worker_heap_update(s->worker, s);
}

size_t
session_unsent(const struct session *s)
{
	return s->worker->io.unsent(s->conn) + s->out.len;
}

/* Bytes that the network has taken; TLS adds some, so only more or less than
 * before means something. */
static int64_t
taken_of(const struct session *s)
{
	return (int64_t)s->put - (int64_t)session_unsent(s);
}

static void
send_ping(struct session *s)
{
	uint64_t waiting = delivery_waiting(s);
	bool queued = session_unsent(s) > 0;
	struct elem_buf ping;

	elem_begin(&ping, TAG_PING);
	elem_add_uint(&ping, ATTR_WAITING, waiting);
	session_put(s, &ping.e);
	s->pinged = s->worker->mono;
	/* if it waits for nothing, that it goes out is no news */
	s->taken = queued ? taken_of(s) : (int64_t)s->put;
}

/* Acks are late: the network's fault, or the client's? */
static void
acks_late(struct session *s)
{
	struct worker *w = s->worker;
	struct delivery *d = &s->delivery;
	size_t unsent = session_unsent(s);

	/* the clock starts when the network has it all, and a socket that
	 * moves is alive (R20) */
	if (unsent > 0 && (unsent < d->ack_unsent || d->ack_unsent == 0)) {
		d->ack_unsent = unsent;
		d->ack_since = w->mono;
		return;
	}
	send_ping(s);
}

/* No answer to the ping in time. */
static void
pong_late(struct session *s)
{
	struct worker *w = s->worker;

	/* the ping is still on its way, behind what the network takes slowly,
	 * or has just gone: a socket that moves is alive (R20) */
	if (taken_of(s) > s->taken) {
		s->pinged = w->mono;
		s->taken = taken_of(s);
	} else if (session_unsent(s) > 0) {
		session_bye(s, BYE_REASON_SLOW,
		    "nothing is taken off the connection");
	} else {
		poison_ended(s);
		session_bye(s, BYE_REASON_IDLE, "no answer to a ping");
	}
}

void
session_tick(struct session *s)
{
	struct worker *w = s->worker;
	const struct server_conf *conf = &w->conf;
	struct delivery *d = &s->delivery;

	if (s->held_until != 0) {
		if (w->mono >= s->held_until)
			unhold(s);
		return;
	}
	if (s->state != SESSION_LIVE || (!d->synced && !d->asked)) {
		if (w->mono >= s->accepted + conf->login_ms) {
			session_bye(s, BYE_REASON_IDLE,
			    "the login took too long");
			return;
		}
	}
	if (s->state != SESSION_LIVE)
		return;
	if (s->pinged != 0) {
		if (w->mono >= s->pinged + conf->pong_ms)
			pong_late(s);
		return;
	}
	if (d->ack_since != 0 && w->mono >= d->ack_since + conf->ack_ms)
		acks_late(s);
	else if (w->mono >= s->heard + conf->heartbeat_ms)
		send_ping(s);
}

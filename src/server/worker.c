/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/frame.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/job_priv.h"
#include "src/server/list.h"
#include "src/server/live.h"
#include "src/server/login.h"
#include "src/server/mark_job.h"
#include "src/server/poison.h"
#include "src/server/trace.h"
#include "src/server/worker_priv.h"

enum {
	STANZA_ARENA = 1 << 20,	/* of one decoded stanza */
	INFLATED_MAX = 256 << 10,
	OUT_MAX = 4 << 20,	/* what a session may leave unread */
	FRAME_HEAD = 3,		/* bytes, of the longest frame */
	WINDOW_FIRST = 16
};

struct worker *
worker_create(struct server *server, const struct worker_io *io)
{
	struct worker *w = xcalloc(1, sizeof(*w));

	w->server = server;
	w->conf = *server_conf(server);
	w->io = *io;
	w->deflate = deflate_create();
	if (w->deflate == NULL) {
		free(w);
		return NULL;
	}
	registry_init(&w->registry);
	watches_init(&w->watches);
	tail_init(&w->tail, w->conf.tail_entries);
	telling_init(&w->telling);
	arena_init(&w->arena, STANZA_ARENA);
	buf_init(&w->frame, INFLATED_MAX);
	buf_init(&w->scratch, INFLATED_MAX);
	live_init(w);
	return w;
}

void
worker_configure(struct worker *w, const struct server_conf *conf)
{
	size_t tail = w->conf.tail_entries;

	w->conf = *conf;
	if (conf->tail_entries != tail) {
		/* a cache: what is not in it is read */
		tail_fini(&w->tail);
		tail_init(&w->tail, conf->tail_entries);
	}
	for (struct session *s = w->sessions; s != NULL; s = s->next) {
		delivery_limit(s);
		session_schedule(s);
	}
}

void
worker_follow_modules(struct worker *w)
{
	live_follow(w);
	worker_reap(w);
}

void
worker_destroy(struct worker *w)
{
	if (w == NULL)
		return;
	sc_assert(w->sessions == NULL);
	live_fini(w);
	trace_fini(w);
	registry_fini(&w->registry);
	debts_fini(&w->debts);
	watches_fini(&w->watches);
	tail_fini(&w->tail);
	telling_fini(&w->telling);
	spares_fini(&w->spares);
	arena_fini(&w->arena);
	buf_fini(&w->frame);
	buf_fini(&w->scratch);
	deflate_destroy(w->deflate);
	free(w->heap);
	free(w);
}

size_t
worker_dismiss(struct worker *w, size_t n)
{
	for (; n > 0 && w->sessions != NULL; n--)
		session_bye(w->sessions, BYE_REASON_SHUTDOWN,
		    "the server stops");
	worker_reap(w);
	return w->nsessions;
}

void
worker_shutdown(struct worker *w)
{
	trace_fini(w);
	live_end(w);
	(void)worker_dismiss(w, SIZE_MAX);
}

void
session_logf(struct session *s, int level, const char *event, const char *fmt,
    ...)
{
	struct worker *w = s->worker;
	char line[512];
	va_list ap;
	int n;

	if (w->io.log == NULL ||
	    (w->io.logs != NULL && !w->io.logs(w->io.arg, level)))
		return;
	n = snprintf(line, sizeof(line), "session=%llu",
	    (unsigned long long)s->id);
	if (s->user != 0)
		n += snprintf(line + n, sizeof(line) - (size_t)n,
		    " user=%llu device=%u", (unsigned long long)s->user,
		    s->device);
	line[n++] = ' ';
	va_start(ap, fmt);
	if (vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, ap) == 0)
		line[n - 1] = '\0';	/* no fields of its own */
	va_end(ap);
	w->io.log(w->io.arg, level, event, line);
}

void
worker_time(struct worker *w, int64_t mono, int64_t wall)
{
	w->mono = mono;
	w->wall = wall;
}

/* ---- sessions come and go ---- */

struct session *
worker_accept(struct worker *w, uint64_t id, void *conn, const char *peer)
{
	struct session *s;

	if (w->nsessions >= w->conf.sessions_max) {
		w->stats.refused++;
		return NULL;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->worker = w;
	s->conn = conn;
	s->id = id;
	s->state = SESSION_HELLO;
	buf_init(&s->in, 0);
	buf_init(&s->out, 0);
	s->accepted = s->heard = w->mono;
	s->heap_at = SIZE_MAX;
	delivery_init(&s->delivery, w->conf.window_entries < WINDOW_FIRST
	    ? w->conf.window_entries : WINDOW_FIRST);
	s->next = w->sessions;
	s->link = &w->sessions;
	if (s->next != NULL)
		s->next->link = &s->next;
	w->sessions = s;
	w->nsessions++;
	w->stats.sessions++;
	session_schedule(s);
	session_logf(s, LEVEL_DEBUG, "session.open", "peer=%s", peer);
	return s;
}

static void
unlink_dirty(struct worker *w, struct session *s)
{
	struct session **p = &w->dirty;

	if (!s->dirty)
		return;
	while (*p != s)
		p = &(*p)->next_dirty;
	*p = s->next_dirty;
	s->dirty = false;
}

static void
unlink_marks(struct worker *w, struct session *s)
{
	struct session **p = &w->marks;

	if (!s->in_marks)
		return;
	while (*p != s)
		p = &(*p)->next_marks;
	*p = s->next_marks;
	s->in_marks = false;
}

/* Takes S out of everything; its memory goes with worker_reap. */
static void
session_detach(struct session *s)
{
	struct worker *w = s->worker;

	if (s->state == SESSION_CLOSED)
		return;
	/* marks that have not been stated are not lost: the client states
	 * its cursors at the next sync; but they are here, so use them */
	if (s->in_marks)
		mark_job_start(w, s);
	unlink_marks(w, s);
	if (s->state == SESSION_LIVE) {
		registry_remove(&w->registry, s);
		session_leave_debt(s);
		live_session_ended(s);
	}
	s->state = SESSION_CLOSED;
	watch_drop_all(s);
	list_drop(s);
	while (s->jobs != NULL)
		job_lose(s->jobs);
	job_destroy(s->login_waits);
	s->login_waits = NULL;
	worker_heap_remove(w, s);
	*s->link = s->next;
	if (s->next != NULL)
		s->next->link = s->link;
	w->nsessions--;
	s->next = w->gone;
	w->gone = s;
}

void
worker_reap(struct worker *w)
{
	struct session *s;

	while ((s = w->gone) != NULL) {
		w->gone = s->next;
		unlink_dirty(w, s);
		if (s->conn != NULL) {
			if (s->out.len > 0)
				w->io.write(s->conn, &s->out);
			w->io.close(s->conn);
		}
		delivery_fini(&s->delivery);
		free(s->marks);
		buf_wipe(&s->in);
		buf_wipe(&s->out);
		free(s);
	}
}

void
session_close(struct session *s)
{
	session_detach(s);
}

void
session_bye(struct session *s, enum bye_reason why, const char *text)
{
	struct elem_buf bye;

	if (s->state == SESSION_CLOSED)
		return;
	if (why == BYE_REASON_SLOW)
		s->worker->stats.slow_closed++;
	else if (why == BYE_REASON_IDLE)
		s->worker->stats.idle_closed++;
	elem_begin(&bye, TAG_BYE);
	elem_add_enum(&bye, ATTR_WHY, why);
	if (text != NULL)
		elem_add_text(&bye, ATTR_TEXT, slice_str(text));
	session_put(s, &bye.e);
	session_logf(s, LEVEL_INFO, "session.bye", "why=\"%s\"",
	    text == NULL ? "" : text);
	session_detach(s);
}

void
worker_closed(struct session *s, bool goodbye)
{
	struct worker *w = s->worker;

	if (s->state != SESSION_CLOSED) {
		session_logf(s, LEVEL_DEBUG, "session.lost", "%s", "");
		if (!goodbye)
			poison_ended(s);
		session_detach(s);
	}
	s->conn = NULL;
	buf_clear(&s->out);
	worker_reap(w);
}

/* ---- bytes ---- */

struct buf *
session_out(struct session *s)
{
	if (s->out.p == NULL)
		spare_take(&s->worker->spares, &s->out);
	return &s->out;
}

void
session_out_end(struct session *s, size_t before)
{
	struct worker *w = s->worker;

	s->put += s->out.len - before;
	w->stats.frames_out++;
	if (!s->dirty) {
		s->dirty = true;
		s->next_dirty = w->dirty;
		w->dirty = s;
	}
}

void
session_put_frame(struct session *s, struct slice frame)
{
	size_t before = s->out.len;

	buf_put_slice(session_out(s), frame);
	session_out_end(s, before);
}

bool
session_put_if(struct session *s, const struct elem *e)
{
	size_t before = s->out.len;
	int rc;

	if (s->state == SESSION_CLOSED)
		return true;
	rc = stanza_put(&s->ctx, e, session_out(s));
	sc_assert(rc == 0 || rc == SC_EMALFORMED);
	if (s->out.len - before > FRAME_HEAD + FRAME_MAX)
		buf_truncate(&s->out, before);
	if (s->out.len == before)
		return false;
	if (s->traced)
		trace_stanza(s, e, true);
	session_out_end(s, before);
	return true;
}

void
session_put(struct session *s, const struct elem *e)
{
	sc_assert(session_put_if(s, e));
}

bool
worker_input(struct session *s, struct slice bytes)
{
	struct worker *w = s->worker;
	bool alive;

	w->stats.bytes_in += bytes.len;
	s->heard = w->mono;
	s->pinged = 0;
	buf_put_slice(&s->in, bytes);
	if (buf_failed(&s->in))
		session_bye(s, BYE_REASON_OVERLOAD, "out of memory");
	else
		session_process(s);
	if (s->out.len > OUT_MAX)
		session_bye(s, BYE_REASON_SLOW,
		    "answers are not taken off the connection");
	alive = s->state != SESSION_CLOSED;
	if (alive)
		session_schedule(s);
	worker_reap(w);
	return alive;
}

/* All of the output is gone: there may be room for entries, and then their
 * clock starts. */
static void
out_empty(struct session *s)
{
	/* an idle connection holds no buffer */
	if (s->secret_out)
		buf_wipe(&s->out);
	else
		spare_give(&s->worker->spares, &s->out);
	s->secret_out = false;
	delivery_pump(s);
	list_pump(s);
	session_schedule(s);
}

void
worker_writable(struct session *s)
{
	struct worker *w = s->worker;

	if (s->out.len > 0) {
		size_t before = s->out.len;

		w->io.write(s->conn, &s->out);
		w->stats.bytes_out += before - s->out.len;
	}
	if (s->out.len == 0)
		out_empty(s);
	worker_reap(w);
}

void
worker_flush(struct worker *w)
{
	struct session *s;

	while ((s = w->dirty) != NULL) {
		size_t before = s->out.len;

		w->dirty = s->next_dirty;
		s->dirty = false;
		w->io.write(s->conn, &s->out);
		w->stats.bytes_out += before - s->out.len;
		if (s->out.len == 0)
			out_empty(s);
	}
	worker_reap(w);
}

/* ---- jobs and events ---- */

void
worker_submit(struct session *s, struct job *j)
{
	struct worker *w = s->worker;

	job_link(j, s);
	if (j->type->place == JOB_SCRIBE)
		w->io.submit(w->io.arg, j);
	else
		w->io.read(w->io.arg, j);
}

void
worker_job_done(struct worker *w, struct job *j)
{
	if (j->session != NULL && j->tag.key != JOB_NO_REQUEST)
		session_logf(j->session, LEVEL_DEBUG, "session.answered",
		    "%s=%llu code=%d", job_key_name(j),
		    (unsigned long long)j->tag.number, j->rc);
	if (j->type->done != NULL)
		j->type->done(j);
	job_destroy(j);
	worker_reap(w);
}

void
worker_auth_done(struct worker *w, struct auth_request *r)
{
	login_checked_take(r->job);
	worker_reap(w);
}

static size_t
end_if(struct session *s, const struct event_fence *f)
{
	if ((f->device != 0 && s->device != f->device) ||
	    (f->session != 0 && s->id != f->session) || s->login >= f->login)
		return 0;
	session_bye(s, f->why, f->text);
	return 1;
}

size_t
worker_fence(struct worker *w, const struct event_fence *f)
{
	struct session *s, *next;
	size_t n = 0;

	if (f->user != 0) {
		for (s = registry_first(&w->registry, f->user); s != NULL;
		    s = next) {
			next = registry_next(s);
			n += end_if(s, f);
		}
	} else {
		for (s = w->sessions; s != NULL; s = next) {
			next = s->next;
			n += end_if(s, f);
		}
	}
	worker_reap(w);
	return n;
}

/* A mark of a direct chat that the sync has told, or a newer one (R13). */
static bool
is_old_mark(const struct session *s, const struct event *e)
{
	return e->kind == CHAT_KIND_DIRECT && s->delivery.synced &&
	    e->entry.stamp <= s->delivery.sync_stamp;
}

static void
tell(struct session *s, struct event *e, const struct recipient *to)
{
	if (e->type == EVENT_MARK && is_old_mark(s, e))
		return;
	if (e->type == EVENT_MARK)
		delivery_mark(s, to->number, &e->mark);
	else if (e->session != s->id || e->kind == CHAT_KIND_SYSTEM)
		delivery_event(s, e, to);
	/* else request_done has dealt with it when it sent the ack */
	session_schedule(s);
}

static void
hidden(struct worker *w, const struct event *e)
{
	struct session *s = registry_first(&w->registry, e->to[0].user);

	for (; s != NULL; s = registry_next(s))
		delivery_hidden(s, &e->entry.chat, e->entry.seq);
}

void
worker_event(struct worker *w, struct event *e)
{
	if (e->type == EVENT_FENCE) {
		(void)worker_fence(w, &e->fence);
		return;
	}
	if (e->type == EVENT_TOLD || e->type == EVENT_SIGNAL) {
		live_event(w, e);
		return;
	}
	if (e->type == EVENT_GONE) {
		watch_gone(w, &e->entry.chat, e->to[0].user);
		return;
	}
	if (e->type == EVENT_HIDDEN) {
		hidden(w, e);
		return;
	}
	if (e->type == EVENT_PRUNED)
		tail_prune(&w->tail, e->entry.time);
	if (e->type == EVENT_REPLACED)
		tail_replace(&w->tail, e);
	if (e->type == EVENT_ENTRY)
		tail_add(&w->tail, e);
	telling_begin(&w->telling, e);
	if (e->pulled)
		watch_tell(w, e);
	for (size_t i = 0; i < e->nto; i++) {
		struct session *s = registry_first(&w->registry, e->to[i].user);

		while (s != NULL) {
			struct session *next = registry_next(s);

			tell(s, e, &e->to[i]);
			s = next;
		}
	}
	telling_end(&w->telling);
	worker_reap(w);
}

/* ---- time: a binary heap of sessions by deadline ---- */

static void
heap_set(struct worker *w, size_t at, struct session *s)
{
	w->heap[at] = s;
	s->heap_at = at;
}

static void
heap_up(struct worker *w, size_t at)
{
	struct session *s = w->heap[at];

	while (at > 0 && w->heap[(at - 1) / 2]->deadline > s->deadline) {
		heap_set(w, at, w->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	heap_set(w, at, s);
}

static void
heap_down(struct worker *w, size_t at)
{
	struct session *s = w->heap[at];

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= w->nheap)
			break;
		if (child + 1 < w->nheap &&
		    w->heap[child + 1]->deadline < w->heap[child]->deadline)
			child++;
		if (w->heap[child]->deadline >= s->deadline)
			break;
		heap_set(w, at, w->heap[child]);
		at = child;
	}
	heap_set(w, at, s);
}

void
worker_heap_remove(struct worker *w, struct session *s)
{
	size_t at = s->heap_at;
	struct session *last;

	if (at == SIZE_MAX)
		return;
	s->heap_at = SIZE_MAX;
	last = w->heap[--w->nheap];
	if (last == s)
		return;
	heap_set(w, at, last);
	heap_up(w, at);
	heap_down(w, last->heap_at);
}

void
worker_heap_update(struct worker *w, struct session *s)
{
	if (s->heap_at == SIZE_MAX) {
		if (w->nheap == w->capheap) {
			w->capheap = w->capheap == 0 ? 64 : w->capheap * 2;
			w->heap = xrealloc(w->heap, w->capheap,
			    sizeof(struct session *));
		}
		heap_set(w, w->nheap++, s);
		heap_up(w, s->heap_at);
		return;
	}
	heap_up(w, s->heap_at);
	heap_down(w, s->heap_at);
}

int64_t
worker_tick(struct worker *w)
{
	int64_t next, live;

	while (w->nheap > 0 && w->heap[0]->deadline <= w->mono) {
		struct session *s = w->heap[0];

		session_tick(s);
		if (s->state == SESSION_CLOSED)
			continue;
		s->deadline = INT64_MAX;
		session_schedule(s);
	}
	if (w->marks_at != 0 && w->marks_at <= w->mono)
		worker_flush_marks(w);
	live = live_tick(w);
	worker_reap(w);
	next = w->nheap > 0 ? w->heap[0]->deadline : INT64_MAX;
	if (live < next)
		next = live;
	if (w->marks_at != 0 && w->marks_at < next)
		next = w->marks_at;
	return next;
}

void
worker_stats(const struct worker *w, struct worker_stats *st)
{
	*st = w->stats;
	st->sessions = w->nsessions;
}

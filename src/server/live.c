/* SPDX-License-Identifier: ISC */
#include "src/server/live.h"

#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/event.h"
#include "src/server/live_priv.h"

enum { ASKS_MAX = 64 };		/* open questions of a session */

static const char switched_off[] = "this is switched off: try again later";

/* ---- on and off ---- */

static bool
is_on(const struct worker *w, const struct sc_module *m)
{
	return w->live[m->index].on;
}

static void
session_begins(struct sc_module *m, struct session *s)
{
	const struct sc_live_def *d = m->def->live;

	if (d->session_live != NULL)
		d->session_live(m, s);
}

static void
session_forgets(struct sc_module *m, struct session *s)
{
	const struct sc_live_def *d = m->def->live;

	if (d->forget != NULL)
		d->forget(m, s);
	if (d->session_size > 0)
		memset(s->live + m->live_offset, 0, d->session_size);
}

static void
start(struct worker *w, struct sc_module *m, unsigned life)
{
	const struct sc_live_def *d = m->def->live;
	struct live *l = &w->live[m->index];

	*l = (struct live){.on = true, .life = life, .tick_at = INT64_MAX,
	    .state = xcalloc(1, d->worker_size + 1)};
	if (d->start != NULL)
		d->start(m, w);
	for (struct session *s = w->sessions; s != NULL; s = s->next)
		if (s->state == SESSION_LIVE)
			session_begins(m, s);
}

static void
answer_open(struct sc_module *m, struct session *s)
{
	for (unsigned i = 0; i < s->nasks;) {
		if (s->asks[i].module != m)
			i++;
		else
			scm_answer_error(m, s, s->asks[i].id, SC_EUNAVAILABLE,
			    switched_off);
	}
}

static void
stop(struct worker *w, struct sc_module *m)
{
	const struct sc_live_def *d = m->def->live;
	struct live *l = &w->live[m->index];

	for (struct session *s = w->sessions; s != NULL; s = s->next) {
		if (s->state != SESSION_LIVE)
			continue;
		answer_open(m, s);
		session_forgets(m, s);
	}
	if (d->stop != NULL)
		d->stop(m, w);
	free(l->state);
	*l = (struct live){.tick_at = INT64_MAX};
}

/* What W does with M, as it is now; whether M is on. */
static bool
follow(struct worker *w, struct sc_module *m)
{
	const struct live *l = &w->live[m->index];
	/* first: a life that has ended is not taken for the next */
	unsigned life = atomic_load(&m->life);
	bool on = module_is_on(m) && !w->ended;

	if (m->def->live == NULL)
		return false;
	if (l->on && (!on || l->life != life))
		stop(w, m);
	if (on && !l->on)
		start(w, m, life);
	return on;
}

void
live_follow(struct worker *w)
{
	for (size_t i = 0; i < w->server->nmodules; i++)
		(void)follow(w, &w->server->modules[i]);
}

void
live_init(struct worker *w)
{
	w->number = w->server->nworkers++;
	w->live = xcalloc(w->server->nmodules + 1, sizeof(*w->live));
	live_follow(w);
}

void
live_end(struct worker *w)
{
	w->ended = true;
	live_follow(w);
}

void
live_fini(struct worker *w)
{
	live_end(w);
	free(w->live);
}

/* ---- sessions ---- */

void
live_session(struct session *s)
{
	struct worker *w = s->worker;
	struct server *server = w->server;

	if (server->live_size > 0)
		s->live = xcalloc(1, server->live_size);
	for (size_t i = 0; i < server->nmodules; i++)
		if (is_on(w, &server->modules[i]))
			session_begins(&server->modules[i], s);
}

void
live_session_ended(struct session *s)
{
	struct worker *w = s->worker;

	for (size_t i = 0; i < w->server->nmodules; i++) {
		struct sc_module *m = &w->server->modules[i];

		if (!is_on(w, m))
			continue;
		if (m->def->live->session_ended != NULL)
			m->def->live->session_ended(m, s);
		session_forgets(m, s);
	}
	free(s->live);
	free(s->asks);
	s->live = NULL;
	s->asks = NULL;
	s->nasks = 0;
}

/* ---- time ---- */

int64_t
live_tick(struct worker *w)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < w->server->nmodules; i++) {
		struct live *l = &w->live[i];
		struct sc_module *m = &w->server->modules[i];

		if (l->on && l->tick_at <= w->mono) {
			l->tick_at = INT64_MAX;
			if (m->def->live->tick != NULL)
				m->def->live->tick(m, w);
		}
		if (l->on && l->tick_at < next)
			next = l->tick_at;
	}
	return next;
}

/* ---- what clients say ---- */

static bool
note_question(struct session *s, struct sc_module *m, uint64_t id)
{
	if (s->nasks == ASKS_MAX)
		return false;
	if (s->asks == NULL)
		s->asks = xcalloc(ASKS_MAX, sizeof(*s->asks));
	s->asks[s->nasks++] = (struct session_ask){m, id};
	return true;
}

/* Which module hears it, one that is on if there is one; or NULL. */
static const struct sc_heard_def *
heard_find(const struct session *s, const struct elem *e, bool asked,
    struct sc_module **m)
{
	struct server *server = s->worker->server;
	const struct sc_heard_def *found = NULL;

	for (size_t i = 0; i < server->nmodules; i++) {
		struct sc_module *at = &server->modules[i];
		const struct sc_heard_def *d = at->def->live == NULL ? NULL
		    : at->def->live->heard;

		for (; d != NULL && d->name != NULL; d++) {
			if (d->tag != e->tag || d->asked != asked)
				continue;
			found = d;
			*m = at;
			if (module_is_on(at))
				return d;
		}
	}
	return found;
}

static void
refuse(struct session *s, uint64_t id, int code, const char *why)
{
	session_error(s, ATTR_ID, id, code, why, 0);
}

bool
live_heard(struct session *s, const struct elem *e)
{
	const struct value *id = elem_get(e, ATTR_ID);
	bool asked = id != NULL && id->type == VALUE_UINT;
	struct sc_module *m = NULL;
	const struct sc_heard_def *d = elem_has(e, ATTR_N) ? NULL
	    : heard_find(s, e, asked, &m);

	if (d == NULL)
		return false;
	if (!follow(s->worker, m)) {
		if (asked)
			refuse(s, id->u, SC_EUNAVAILABLE, switched_off);
	} else if (asked && !note_question(s, m, id->u)) {
		refuse(s, id->u, SC_ERATELIMITED,
		    "too many questions at once: wait for their results");
	} else {
		d->hear(m, s, e);
	}
	return true;
}

/* ---- what is told ---- */

static void
take_message(struct worker *w, const struct event *e)
{
	struct sc_module *m = &w->server->modules[e->told.module];

	/* a message of an earlier life is not for this one */
	if (follow(w, m) && w->live[m->index].life == e->told.life &&
	    m->def->live->told != NULL)
		m->def->live->told(m, w, e->entry.payload);
}

bool
live_has_room(const struct session *s)
{
	return s->state == SESSION_LIVE && delivery_is_ready(s) &&
	    s->out.len < LIVE_ROOM;
}

bool
live_put(struct session *s, const struct elem *e)
{
	struct worker_stats *stats = &s->worker->stats;

	if (!live_has_room(s)) {
		stats->signals_dropped++;
		return false;
	}
	session_put(s, e);
	stats->signals_out++;
	return true;
}

/* The attribute that each recipient has his own value of, or NULL. */
static struct value *
own_number(struct elem *e)
{
	for (size_t i = 0; i < e->nattr; i++)
		if (e->attrs[i].name == ATTR_CHAT)
			return &e->attrs[i].v;
	return NULL;
}

static bool
is_for(const struct session *s, const struct event *e)
{
	return (e->signal.device == 0 || e->signal.device == s->device) &&
	    e->signal.except != s->id;
}

/* Whether E is open: it is, once, for the first session that gets it. */
static bool
open_signal(struct worker *w, const struct event *event, struct elem *e,
    bool *open)
{
	static const struct stanza_ctx base = {.base_time = 0};

	if (*open)
		return true;
	arena_clear(&w->arena);
	*open = stanza_decode(&base, event->entry.payload, &w->arena, e) == 0;
	return *open;
}

static void
take_signal(struct worker *w, const struct event *event)
{
	bool open = false;
	struct elem e;

	for (size_t i = 0; i < event->nto; i++) {
		struct session *s = registry_first(&w->registry,
		    event->to[i].user);

		for (; s != NULL; s = registry_next(s)) {
			struct value *chat;

			if (!is_for(s, event) ||
			    !open_signal(w, event, &e, &open))
				continue;
			chat = own_number(&e);
			if (chat != NULL)
				*chat = (struct value){.type = VALUE_CHAT,
				    .chat = {.kind = CHAT_BY_NUMBER,
				    .number = event->to[i].number}};
			(void)live_put(s, &e);
		}
	}
}

void
live_event(struct worker *w, const struct event *e)
{
	if (e->type == EVENT_TOLD)
		take_message(w, e);
	else
		take_signal(w, e);
}

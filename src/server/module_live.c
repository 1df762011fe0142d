/* SPDX-License-Identifier: ISC */
#include "src/server/module_live.h"

#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"
#include "src/server/answer.h"
#include "src/server/event.h"
#include "src/server/live_priv.h"

enum { STANZA_COPY_MAX = 256 << 10 };

/* ---- workers ---- */

void *
scm_worker_state(const struct worker *w, const struct sc_module *m)
{
	return w->live[m->index].state;
}

int64_t
scm_worker_mono(const struct worker *w)
{
	return w->mono;
}

int64_t
scm_worker_wall(const struct worker *w)
{
	return w->wall;
}

unsigned
scm_worker_number(const struct worker *w)
{
	return w->number;
}

unsigned
scm_worker_of(const struct worker *w, uint64_t key)
{
	/* keys are dense, and the upper bits of a product depend on all */
	uint64_t mixed = key * UINT64_C(0x9e3779b97f4a7c15);

	return (unsigned)((mixed >> 32) % w->server->nworkers);
}

void
scm_wake(struct sc_module *m, struct worker *w, int64_t mono)
{
	struct live *l = &w->live[m->index];

	if (mono < l->tick_at)
		l->tick_at = mono;
}

/* ---- sessions ---- */

void *
scm_session_state(const struct session *s, const struct sc_module *m)
{
	return s->live + m->live_offset;
}

struct worker *
scm_session_worker(const struct session *s)
{
	return s->worker;
}

uint64_t
scm_session_user(const struct session *s)
{
	return s->user;
}

uint32_t
scm_session_device(const struct session *s)
{
	return s->device;
}

uint64_t
scm_session_id(const struct session *s)
{
	return s->id;
}

struct session *
scm_session_next(const struct worker *w, uint64_t user,
    const struct session *after)
{
	return after == NULL ? registry_first(&w->registry, user)
			     : registry_next(after);
}

struct session *
scm_session_find(const struct worker *w, uint64_t user, uint64_t id)
{
	struct session *s = registry_first(&w->registry, user);

	while (s != NULL && s->id != id)
		s = registry_next(s);
	return s;
}

bool
scm_session_room(const struct session *s)
{
	return live_has_room(s);
}

bool
scm_session_say(struct session *s, const struct elem *e)
{
	return live_put(s, e);
}

/* ---- answers ---- */

/* Whether the question is open, which it is not any more. */
static bool
take_question(const struct sc_module *m, struct session *s, uint64_t id)
{
	for (unsigned i = 0; i < s->nasks; i++) {
		if (s->asks[i].module != m || s->asks[i].id != id)
			continue;
		s->nasks--;
		memmove(&s->asks[i], &s->asks[i + 1],
		    (s->nasks - i) * sizeof(s->asks[0]));
		return true;
	}
	return false;
}

void
scm_answer(struct sc_module *m, struct session *s, uint64_t id,
    struct elem *children, size_t n)
{
	struct elem_buf result;

	if (!take_question(m, s, id))
		return;
	elem_begin(&result, TAG_RESULT);
	elem_add_uint(&result, ATTR_ID, id);
	if (n > 0)
		elem_set_children(&result, children, n);
	if (answer_put(s, &result.e) != 0)
		session_error(s, ATTR_ID, id, SC_ETOOLARGE,
		    "the answer is larger than a frame", 0);
}

void
scm_answer_error(struct sc_module *m, struct session *s, uint64_t id,
    int code, const char *why)
{
	if (take_question(m, s, id))
		session_error(s, ATTR_ID, id, code, why, 0);
}

/* ---- telling ---- */

static struct event *
message_create(const struct sc_module *m, unsigned life, struct slice message)
{
	struct event *e = event_create(EVENT_TOLD, 0, message);

	if (e == NULL)
		return NULL;
	e->told.module = m->index;
	e->told.life = life;
	return e;
}

void
scm_tell(struct sc_module *m, struct worker *w, int to, struct slice message)
{
	struct event *e = message_create(m, w->live[m->index].life, message);

	if (e != NULL)
		w->io.publish(w->io.arg, e, to);
}

int
scm_tell_all(struct sc_module *m, struct tx *tx, struct slice message)
{
	struct event *e = message_create(m, atomic_load(&m->life), message);

	if (e == NULL)
		return SC_ENOMEM;
	outbox_add_take(tx->outbox, e);
	return 0;
}

void
scm_signal(struct sc_module *m, struct worker *w, const struct elem *elem,
    const struct sc_signal *signal)
{
	static const struct stanza_ctx base = {.base_time = 0};
	struct event *e = NULL;
	struct buf bytes;

	(void)m;
	buf_init(&bytes, 0);
	if (stanza_encode(&base, elem, &bytes) == 0)
		e = event_create(EVENT_SIGNAL, signal->n, buf_slice(&bytes));
	buf_fini(&bytes);
	if (e == NULL)
		return;
	e->signal.device = signal->device;
	e->signal.except = signal->except;
	if (signal->n > 0)
		memcpy(e->own, signal->to, signal->n * sizeof(e->own[0]));
	w->io.publish(w->io.arg, e, SC_ALL_WORKERS);
}

int
scm_payload_check(struct worker *w, struct slice wire)
{
	struct slice content;
	struct payload p;
	int rc = payload_take(&wire, &p);

	if (rc != 0 || wire.len != 0)
		return SC_EBADREQUEST;
	if (p.encoding == PAYLOAD_OPAQUE)
		return 0;
	rc = payload_open(w->deflate, &p, &w->scratch, &content);
	return rc == 0 || rc == SC_ETOOLARGE ? rc : SC_EBADREQUEST;
}

/* ---- jobs ---- */

struct live_job {
	struct job job;
	struct sc_module *module;
	const struct sc_job_def *def;
	unsigned life;
	struct arena arena;	/* of the stanza */
	struct elem stanza;
	struct sc_job shown;
	/* what the caller gave, twice: a run that is run again begins anew */
	unsigned char *given;
};

static int
live_run(struct job *j, struct tx *tx)
{
	struct live_job *l = (struct live_job *)j;

	if (!module_is_on(l->module))
		return SC_EUNAVAILABLE;
	if (l->shown.size > 0)
		memcpy(l->shown.data, l->given, l->shown.size);
	return l->def->run(l->module, tx, &l->shown);
}

static void
live_done(struct job *j)
{
	struct live_job *l = (struct live_job *)j;
	const struct live *now = &j->worker->live[l->module->index];

	if (l->def->done != NULL && now->on && now->life == l->life)
		l->def->done(l->module, j->worker, j->session, &l->shown,
		    j->rc);
}

static void
live_job_fini(struct job *j)
{
	arena_fini(&((struct live_job *)j)->arena);
}

static const struct job_type live_types[] = {
    {JOB_READER, live_run, live_done, live_job_fini},
    {JOB_SCRIBE, live_run, live_done, live_job_fini},
};

static struct live_job *
job_make(struct sc_module *m, struct worker *w, const struct sc_job_def *def,
    const void *data, size_t size)
{
	struct live_job *l = calloc(1, sizeof(*l));
	unsigned char *bytes;

	if (l == NULL)
		return NULL;
	arena_init(&l->arena, STANZA_COPY_MAX);
	bytes = arena_alloc(&l->arena, 2 * size + 1);
	if (bytes == NULL) {
		free(l);
		return NULL;
	}
	job_init(&l->job, &live_types[def->writes], &w->server->domain);
	l->job.worker = w;
	l->module = m;
	l->def = def;
	l->life = w->live[m->index].life;
	l->shown.data = bytes;
	l->given = bytes + size;
	l->shown.size = size;
	if (size > 0)
		memcpy(l->given, data, size);
	l->shown.request.server = w->server;
	return l;
}

/* What it is told of a session and its stanza.  0 or SC_ENOMEM. */
static int
job_show(struct live_job *l, const struct session *s, const struct elem *e)
{
	struct sc_request *r = &l->shown.request;

	if (s != NULL) {
		r->user = s->user;
		r->device = s->device;
		l->job.order = l->def->writes ? s->user : 0;
	}
	if (e == NULL)
		return 0;
	r->stanza = &l->stanza;
	return elem_copy(&l->arena, e, &l->stanza);
}

int
scm_start(struct sc_module *m, struct worker *w, struct session *s,
    const struct sc_job_def *def, const struct elem *e, const void *data,
    size_t size)
{
	struct live_job *l = job_make(m, w, def, data, size);

	if (l == NULL)
		return SC_ENOMEM;
	if (job_show(l, s, e) != 0) {
		job_destroy(&l->job);
		return SC_ENOMEM;
	}
	if (s != NULL)
		worker_submit(s, &l->job);
	else if (def->writes)
		w->io.submit(w->io.arg, &l->job);
	else
		w->io.read(w->io.arg, &l->job);
	return 0;
}

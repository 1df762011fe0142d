/* SPDX-License-Identifier: ISC */
#include "src/daemon/worker_thread_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/auth_pool.h"
#include "src/daemon/clock.h"
#include "src/daemon/config.h"
#include "src/daemon/control.h"
#include "src/daemon/crowd.h"
#include "src/daemon/log.h"
#include "src/daemon/loop.h"
#include "src/daemon/readers.h"
#include "src/daemon/runtime.h"
#include "src/daemon/scribe.h"
#include "src/server/event.h"
#include "src/server/job.h"
#include "src/server/server.h"
#include "src/server/trace.h"

/* ---- the core's effects ---------------------------------------------- */

static void
add_job(struct worker_thread *t, struct job_list *l, struct job *j)
{
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 64 : l->cap * 2;
		l->v = xrealloc(l->v, l->cap, sizeof(*l->v));
	}
	l->v[l->n++] = j;
	t->jobs++;
}

static void
io_submit(void *arg, struct job *j)
{
	struct worker_thread *t = arg;

	add_job(t, &t->writes, j);
}

static void
io_read(void *arg, struct job *j)
{
	struct worker_thread *t = arg;

	add_job(t, &t->reads, j);
}

static void
post_event(struct worker_thread *t, struct event *e, size_t worker)
{
	struct mail m = worker_thread_event(e);

	if (t->posts == NULL)
		t->posts = xcalloc(t->rt->nworkers, sizeof(*t->posts));
	mail_list_add(&t->posts[worker], &m);
}

static void
io_publish(void *arg, struct event *e, int worker)
{
	struct worker_thread *t = arg;

	if (worker >= 0) {
		post_event(t, e, (size_t)worker);
		return;
	}
	for (size_t i = 0; i < t->rt->nworkers; i++)
		post_event(t, event_ref(e), i);
	event_unref(e);
}

static void
io_authenticate(void *arg, struct auth_request *request)
{
	struct worker_thread *t = arg;

	t->jobs++;
	auth_pool_check(t->rt->auth, t, request);
}

static void
io_auth_end(void *arg, void *state)
{
	(void)arg;
	auth_pool_end(state);
}

static void
io_log(void *arg, int level, const char *event, const char *fields)
{
	struct worker_thread *t = arg;

	log_text(t->rt->log, UNIT_SESSION, level, event, fields);
}

static bool
io_logs(void *arg, int level)
{
	struct worker_thread *t = arg;

	return log_writes(t->rt->log, UNIT_SESSION, level);
}

static void
io_trace(void *arg, const struct trace_event *e)
{
	struct worker_thread *t = arg;
	struct traced *copy = xcalloc(1, sizeof(*copy) + e->xml.len + 1);
	struct mail m = {.fn = control_traced, .p = copy};

	copy->trace = e->trace;
	copy->session = e->session;
	copy->device = e->device;
	copy->out = e->out;
	memcpy(copy->xml, e->xml.p, e->xml.len);
	mailbox_post(t->rt->main, &m);
}

/* ---- turns ----------------------------------------------------------- */

static void
turn_begin(struct worker_thread *t)
{
	if (t->timed)
		return;
	t->timed = true;
	t->group.now = clock_mono();
	worker_time(t->worker, t->group.now, clock_wall());
}

static void
push(struct worker_thread *t)
{
	if (t->writes.n > 0)
		scribe_push(t->rt->scribe, (struct job **)t->writes.v,
		    t->writes.n);
	t->writes.n = 0;
	if (t->reads.n > 0)
		readers_push(t->rt->readers, (struct job **)t->reads.v,
		    t->reads.n);
	t->reads.n = 0;
	for (size_t i = 0; t->posts != NULL && i < t->rt->nworkers; i++)
		if (t->posts[i].n > 0)
			worker_thread_post(t->rt->workers[i], &t->posts[i]);
}

static void
turn_end(void *arg)
{
	struct worker_thread *t = arg;
	int64_t tick, expire;

	turn_begin(t);
	tick = worker_tick(t->worker);
	worker_flush(t->worker);
	push(t);
	expire = conn_expire(&t->group);
	if (expire < tick)
		tick = expire;
	if (tick == INT64_MAX)
		alarm_stop(t->alarm);
	else
		alarm_set(t->alarm, tick - clock_mono());
	if (t->stopping && t->jobs == 0 && conn_count(&t->group) == 0)
		loop_stop(t->loop);
	t->timed = false;
}

/* An alarm or a connection; the end of the turn does the rest. */
static void
on_turn(void *arg)
{
	turn_begin(arg);
}

static void
on_wake(void *arg)
{
	struct worker_thread *t = arg;

	turn_begin(t);
	mailbox_deliver(&t->box, t);
}

static void
on_gone(void *arg, struct crowd_place *place)
{
	struct worker_thread *t = arg;

	crowd_leave(t->rt->crowd, place);

	atomic_fetch_sub(&t->load, 1);
}

/* ---- mail ------------------------------------------------------------ */

static void
take_job(void *owner, const struct mail *m)
{
	struct worker_thread *t = owner;

	t->jobs--;
	worker_job_done(t->worker, m->p);
}

struct mail
worker_thread_job(struct job *j)
{
	return (struct mail){.fn = take_job, .p = j};
}

static void
take_event(void *owner, const struct mail *m)
{
	struct worker_thread *t = owner;

	worker_event(t->worker, m->p);
	event_unref(m->p);
}

struct mail
worker_thread_event(struct event *e)
{
	return (struct mail){.fn = take_event, .p = e};
}

void
worker_thread_post(struct worker_thread *t, struct mail_list *l)
{
	mailbox_post_list(&t->box, l);
}

static void
take_checked(void *owner, const struct mail *m)
{
	struct worker_thread *t = owner;

	t->jobs--;
	worker_auth_done(t->worker, m->p);
}

void
worker_thread_checked(struct worker_thread *t, struct auth_request *r)
{
	struct mail m = {.fn = take_checked, .p = r};

	mailbox_post(&t->box, &m);
}

static void
take_arrival(void *owner, const struct mail *m)
{
	struct worker_thread *t = owner;

	conn_start_take(&t->group, m->p);
	if (t->stopping || t->draining)
		conn_drop_early(&t->group);
}

void
worker_thread_connect(struct worker_thread *t,
    const struct conn_arrival *arrival)
{
	struct conn_arrival *a = xcalloc(1, sizeof(*a));
	struct mail m = {.fn = take_arrival, .p = a};

	*a = *arrival;
	atomic_fetch_add(&t->load, 1);
	mailbox_post(&t->box, &m);
}

unsigned
worker_thread_load(const struct worker_thread *t)
{
	return atomic_load(&t->load);
}

static void
take_stop(void *owner, const struct mail *m)
{
	struct worker_thread *t = owner;
	struct mail *done = m->p;

	t->stopped = *done;
	free(done);
	t->stopping = true;
	conn_drop_early(&t->group);
	worker_shutdown(t->worker);
}

void
worker_thread_stop(struct worker_thread *t, const struct mail *done)
{
	struct mail m = {.fn = take_stop, .p = xcalloc(1, sizeof(*done))};

	memcpy(m.p, done, sizeof(*done));
	mailbox_post(&t->box, &m);
}

/* ---- life ------------------------------------------------------------ */

static int
make_core(struct worker_thread *t)
{
	const struct worker_io io = {
		.write = conn_write,
		.close = conn_close,
		.unsent = conn_unsent,
		.hold = conn_hold,
		.submit = io_submit,
		.read = io_read,
		.publish = io_publish,
		.binding = conn_binding,
		.peer = conn_peer,
		.authenticate = io_authenticate,
		.auth_end = io_auth_end,
		.log = io_log,
		.logs = io_logs,
		.trace = io_trace,
		.arg = t,
	};

	t->worker = worker_create(t->rt->server, &io);
	if (t->worker == NULL)
		return -1;
	t->group.loop = t->loop;
	t->group.worker = t->worker;
	t->group.log = t->rt->log;
	worker_thread_take_numbers(t, t->rt->conf, t->rt->tls);
	t->group.turn = on_turn;
	t->group.gone = on_gone;
	t->group.arg = t;
	return conn_group_init(&t->group);
}

struct worker_thread *
worker_thread_create(const struct runtime *rt)
{
	struct worker_thread *t = xcalloc(1, sizeof(*t));
	const struct loop_hooks hooks = {
		.turn_end = turn_end,
		.wake = on_wake,
		.arg = t,
	};

	t->rt = rt;
	t->loop = loop_create(&hooks);
	if (t->loop == NULL) {
		free(t);
		return NULL;
	}
	mailbox_init(&t->box, t->loop);
	t->alarm = alarm_create(t->loop, on_turn, t);
	if (t->alarm == NULL || make_core(t) != 0) {
		worker_thread_destroy(t);
		return NULL;
	}
	return t;
}

static void *
run(void *arg)
{
	struct worker_thread *t = arg;

	pthread_setname_np(pthread_self(), "worker");
	loop_run(t->loop);
	mailbox_post(t->rt->main, &t->stopped);
	return NULL;
}

int
worker_thread_start(struct worker_thread *t)
{
	if (pthread_create(&t->thread, NULL, run, t) != 0)
		return -1;
	t->started = true;
	return 0;
}

struct worker *
worker_thread_worker(const struct worker_thread *t)
{
	return t->worker;
}

void
worker_thread_destroy(struct worker_thread *t)
{
	if (t == NULL)
		return;
	if (t->started)
		pthread_join(t->thread, NULL);
	/* Events that came after the last session. */
	while (mailbox_deliver(&t->box, t) > 0)
		;
	if (t->worker != NULL)
		worker_destroy(t->worker);
	conn_group_fini(&t->group);
	SSL_CTX_free(t->group.tls);
	loop_destroy(t->loop);
	mailbox_fini(&t->box);
	for (size_t i = 0; t->posts != NULL && i < t->rt->nworkers; i++)
		mail_list_fini(&t->posts[i]);
	free(t->posts);
	free(t->writes.v);
	free(t->reads.v);
	free(t);
}

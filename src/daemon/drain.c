/* SPDX-License-Identifier: ISC */
#include "src/daemon/drain.h"

#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/daemon/config.h"
#include "src/daemon/daemon_priv.h"
#include "src/daemon/listener.h"
#include "src/daemon/loop.h"
#include "src/daemon/notify.h"
#include "src/daemon/stop.h"
#include "src/daemon/worker_thread.h"

enum { STEP_MS = 100 };

struct drain_watcher {
	TAILQ_ENTRY(drain_watcher) link;
	void (*fn)(void *arg, const struct drain_progress *);
	void *arg;
};

/* ---- watchers -------------------------------------------------------- */

static void
tell(struct drain *n)
{
	struct drain_watcher *w, *next;

	for (w = TAILQ_FIRST(&n->watchers); w != NULL; w = next) {
		next = TAILQ_NEXT(w, link);
		w->fn(w->arg, &n->progress);
		if (!n->progress.done)
			continue;
		TAILQ_REMOVE(&n->watchers, w, link);
		free(w);
	}
}

void
drain_watch(struct daemon *d, void (*fn)(void *arg,
    const struct drain_progress *), void *arg)
{
	struct drain *n = &d->drain;
	struct drain_watcher *w;

	if (n->state == DRAIN_DONE) {
		fn(arg, &n->progress);
		return;
	}
	w = xcalloc(1, sizeof(*w));
	w->fn = fn;
	w->arg = arg;
	TAILQ_INSERT_TAIL(&n->watchers, w, link);
}

/* ---- steps ----------------------------------------------------------- */

static void take_answer(void *owner, const struct mail *m);

/* Says N goodbyes. */
static void
step(struct daemon *d, size_t n)
{
	struct mail done = {.fn = take_answer};
	struct drain *dr = &d->drain;
	size_t i, some;

	dr->waiting = d->rt.nworkers;
	for (i = 0; i < d->rt.nworkers; i++) {
		some = n < dr->left[i].sessions ? n : dr->left[i].sessions;
		n -= some;
		worker_thread_drain(d->rt.workers[i], some, &dr->left[i],
		    &done);
	}
}

/* How many goodbyes are due after one more step of time. */
static size_t
quota(struct daemon *d)
{
	uint64_t rate = d->conf->drain_rate, least;
	struct drain *n = &d->drain;
	size_t due;

	if (d->stopping) {
		/* Half of the time is for what comes after. */
		least = n->total * 2000ULL / d->conf->stop_ms + 1;
		if (rate < least)
			rate = least;
	}
	n->owed += rate * STEP_MS;
	due = (size_t)(n->owed / 1000);
	n->owed %= 1000;
	return due;
}

static void
on_alarm(void *arg)
{
	step(arg, quota(arg));
}

static void
finish(struct daemon *d)
{
	struct drain *n = &d->drain;

	n->state = DRAIN_DONE;
	n->progress.done = true;
	log_line(&d->log, UNIT_DAEMON, LOG_NOTICE, "drained", "sessions=%zu",
	    n->total);
	tell(n);
	if (d->stopping)
		stop_workers(d);
	else
		notify_status(&d->outside, "drained: no clients are served");
}

/* Sums up what the workers have said; whether it is news. */
static bool
sum(struct daemon *d)
{
	struct drain_progress p = {.done = false};
	struct drain *n = &d->drain;
	bool news;

	for (size_t i = 0; i < d->rt.nworkers; i++) {
		p.sessions += n->left[i].sessions;
		p.connections += n->left[i].connections;
		p.jobs += n->left[i].jobs;
	}
	news = !n->counted || p.sessions != n->progress.sessions ||
	    p.connections != n->progress.connections;
	n->progress = p;
	return news;
}

static void
take_answer(void *owner, const struct mail *m)
{
	struct daemon *d = owner;
	struct drain *n = &d->drain;
	const struct drain_progress *p = &n->progress;

	(void)m;
	if (--n->waiting > 0 || n->state != DRAIN_GOING)
		return;
	if (sum(d)) {
		tell(n);
		notify_status(&d->outside, "draining: %zu connections are "
		    "left", p->connections);
	}
	if ((p->connections == 0 && p->jobs == 0) ||
	    (d->stopping && p->sessions == 0)) {
		/* A worker that ends waits for its connections and jobs. */
		finish(d);
	} else if (!n->counted) {
		n->counted = true;
		n->total = p->sessions;
		step(d, quota(d));
	} else {
		alarm_set(n->alarm, STEP_MS);
	}
}

void
drain_begin(struct daemon *d)
{
	struct drain *n = &d->drain;

	if (n->state == DRAIN_DONE && d->stopping)
		stop_workers(d);
	if (n->state != DRAIN_OFF)
		return;
	n->state = DRAIN_GOING;
	log_line(&d->log, UNIT_DAEMON, LOG_NOTICE, "draining", "%s", "");
	listener_stop(d->listener);
	/* Who comes before a restart is done waits for the next process. */
	if (!d->restarting && d->status == 0)
		outside_shut(&d->outside);
	n->left = xcalloc(d->rt.nworkers, sizeof(*n->left));
	step(d, 0);
}

/* ---- life ------------------------------------------------------------ */

int
drain_init(struct daemon *d)
{
	TAILQ_INIT(&d->drain.watchers);
	d->drain.alarm = alarm_create(d->loop, on_alarm, d);
	return d->drain.alarm == NULL ? -1 : 0;
}

void
drain_fini(struct daemon *d)
{
	free(d->drain.left);
}

/* SPDX-License-Identifier: ISC */
/* What the main thread wants of a worker's: a request goes there by mail, and
 * the answer comes back by mail when it has been seen to. */
#include <stdlib.h>

#include "src/common/alloc.h"
#include "src/daemon/config.h"
#include "src/daemon/runtime.h"
#include "src/daemon/worker_thread_priv.h"

struct question {
	worker_thread_fn *fn;
	void *arg;
	struct mail done;
};

static void
take_question(void *owner, const struct mail *m)
{
	struct worker_thread *t = owner;
	struct question *q = m->p;

	q->fn(q->arg, t);
	mailbox_post(t->rt->main, &q->done);
	free(q);
}

void
worker_thread_ask(struct worker_thread *t, worker_thread_fn *fn, void *arg,
    const struct mail *done)
{
	struct question *q = xcalloc(1, sizeof(*q));
	struct mail m = {.fn = take_question, .p = q};

	q->fn = fn;
	q->arg = arg;
	q->done = *done;
	mailbox_post(&t->box, &m);
}

void
worker_thread_stats(const struct worker_thread *t,
    struct worker_thread_stats *stats)
{
	worker_stats(t->worker, &stats->core);
	stats->connections = conn_count(&t->group);
	stats->accepted = t->group.accepted;
	stats->handshakes = t->group.counts[CONN_HANDSHAKE];
	stats->tls_failures = t->group.tls_failures;
	stats->tls_broken = t->group.tls_broken;
	stats->transport = t->group.io.counts;
}

/* ---- configuration --------------------------------------------------- */

void
worker_thread_take_numbers(struct worker_thread *t, const struct config *c,
    SSL_CTX *tls)
{
	SSL_CTX_up_ref(tls);
	t->group.tls = tls;
	t->group.handshakes_max = c->handshakes;
	t->group.handshake_ms = c->handshake_ms;
	t->group.linger_ms = c->linger_ms;
}

static void
configure(void *arg, struct worker_thread *t)
{
	struct worker_settings *s = arg;

	/* Connections keep what they were made from. */
	SSL_CTX_free(t->group.tls);
	t->group.tls = s->tls;
	t->group.handshakes_max = s->handshakes;
	t->group.handshake_ms = s->handshake_ms;
	t->group.linger_ms = s->linger_ms;
	worker_configure(t->worker, &s->core);
	free(s);
}

void
worker_thread_configure(struct worker_thread *t,
    const struct worker_settings *settings, const struct mail *done)
{
	struct worker_settings *copy = xcalloc(1, sizeof(*copy));

	*copy = *settings;
	SSL_CTX_up_ref(copy->tls);
	worker_thread_ask(t, configure, copy, done);
}

static void
follow(void *arg, struct worker_thread *t)
{
	(void)arg;
	worker_follow_modules(t->worker);
}

void
worker_thread_follow(struct worker_thread *t, const struct mail *done)
{
	worker_thread_ask(t, follow, NULL, done);
}

/* ---- draining -------------------------------------------------------- */

struct goodbyes {
	size_t n;
	struct worker_thread_left *left;
};

static void
drain(void *arg, struct worker_thread *t)
{
	struct goodbyes *g = arg;

	t->draining = true;
	conn_drop_early(&t->group);
	g->left->sessions = worker_dismiss(t->worker, g->n);
	g->left->connections = conn_count(&t->group);
	g->left->jobs = t->jobs;
	free(g);
}

void
worker_thread_drain(struct worker_thread *t, size_t n,
    struct worker_thread_left *left, const struct mail *done)
{
	struct goodbyes *g = xcalloc(1, sizeof(*g));

	g->n = n;
	g->left = left;
	worker_thread_ask(t, drain, g, done);
}

/* ---- being there ----------------------------------------------------- */

static void
nothing(void *arg, struct worker_thread *t)
{
	(void)arg, (void)t;
}

void
worker_thread_ping(struct worker_thread *t, const struct mail *done)
{
	worker_thread_ask(t, nothing, NULL, done);
}

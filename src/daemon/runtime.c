/* SPDX-License-Identifier: ISC */
#include "src/daemon/runtime.h"

#include <limits.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/config.h"
#include "src/daemon/mailbox.h"
#include "src/daemon/worker_thread.h"
#include "src/server/event.h"
#include "src/server/job.h"

void
runtime_point(const struct runtime *rt, const char *name)
{
	if (rt->conf->point != NULL)
		rt->conf->point(rt->conf->point_arg, name);
}

void
runtime_random(void *arg, void *p, size_t n)
{
	(void)arg;
	sc_assert(n <= INT_MAX && RAND_bytes(p, (int)n) == 1);
}

void
release_init(struct release *r, const struct runtime *rt)
{
	r->posts = xcalloc(rt->nworkers + 1, sizeof(*r->posts));
}

static void
complete_call(void *owner, const struct mail *m)
{
	(void)owner;
	job_complete(m->p);
}

static struct mail_list *
list_of(struct release *r, const struct runtime *rt, const struct job *j)
{
	const struct worker *w = job_worker(j);
	size_t i;

	for (i = 0; i < rt->nworkers; i++)
		if (worker_thread_worker(rt->workers[i]) == w)
			break;
	sc_assert(i < rt->nworkers || w == NULL);
	return &r->posts[i];
}

static void
add_event(struct release *r, const struct runtime *rt, struct event *e)
{
	struct mail m;
	size_t i;

	for (i = 0; i < rt->nworkers; i++) {
		m = worker_thread_event(event_ref(e));
		mail_list_add(&r->posts[i], &m);
	}
	event_unref(e);
}

void
release_job(struct release *r, const struct runtime *rt, struct job *j)
{
	struct mail_list *l = list_of(r, rt, j);
	struct mail m = {.fn = complete_call, .p = j};
	struct event *e;

	if (job_worker(j) != NULL)
		m = worker_thread_job(j);
	mail_list_add(l, &m);
	/* The job stays ours until its list is posted. */
	while ((e = job_take_event(j)) != NULL)
		add_event(r, rt, e);
}

void
release_post(struct release *r, const struct runtime *rt)
{
	size_t i;

	for (i = 0; i < rt->nworkers; i++) {
		worker_thread_post(rt->workers[i], &r->posts[i]);
		mail_list_fini(&r->posts[i]);
	}
	mailbox_post_list(rt->main, &r->posts[i]);
	mail_list_fini(&r->posts[i]);
	free(r->posts);
	r->posts = NULL;
}

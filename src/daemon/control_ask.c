/* SPDX-License-Identifier: ISC */
#include "src/daemon/control_ask.h"

#include <stdlib.h>

#include "src/common/alloc.h"
#include "src/daemon/runtime.h"
#include "src/daemon/worker_thread.h"

struct ask {
	void (*fn)(void *arg, size_t i, struct worker_thread *);
	void (*done)(void *arg);
	void *arg;
	size_t waiting;
	/* what each worker gets */
	struct one {
		struct ask *ask;
		size_t i;
	} each[];
};

static void
ask_one(void *arg, struct worker_thread *w)
{
	const struct one *one = arg;

	one->ask->fn(one->ask->arg, one->i, w);
}

static void
answered(void *owner, const struct mail *m)
{
	struct ask *a = m->p;

	(void)owner;
	if (--a->waiting > 0)
		return;
	a->done(a->arg);
	free(a);
}

void
control_ask(const struct runtime *rt,
    void (*fn)(void *arg, size_t i, struct worker_thread *),
    void (*done)(void *arg), void *arg)
{
	struct ask *a = xcalloc(1, sizeof(*a) + rt->nworkers *
	    sizeof(a->each[0]));
	const struct mail m = {.fn = answered, .p = a};

	a->fn = fn;
	a->done = done;
	a->arg = arg;
	a->waiting = rt->nworkers;
	for (size_t i = 0; i < rt->nworkers; i++) {
		a->each[i].ask = a;
		a->each[i].i = i;
		worker_thread_ask(rt->workers[i], ask_one, &a->each[i], &m);
	}
}

/* SPDX-License-Identifier: ISC */
#include "src/daemon/switch.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/config.h"
#include "src/daemon/config_module.h"
#include "src/daemon/daemon_priv.h"
#include "src/daemon/loop.h"
#include "src/daemon/scribe.h"
#include "src/daemon/worker_thread.h"
#include "src/server/job.h"
#include "src/server/module.h"
#include "src/server/server.h"

enum { COLLECT_MS = 5, WHY = 256 };

struct waiter {
	struct waiter *next;
	bool on;		/* what it waits for */
	switch_done_fn *done;
	void *arg;
};

struct one {
	struct switches *of;
	const struct sc_module_def *def;
	enum { OFF, STARTING, ON, STOPPING } state;
	bool wanted;
	size_t following;	/* workers that have not gone along yet */
	struct waiter *waiters;
};

struct switches {
	struct daemon *d;
	struct alarm *collect;
	size_t n;
	struct one all[];
};

/* ---- answers --------------------------------------------------------- */

/* It is as wanted, or (RC) cannot be. */
static void
finish(struct one *m, int rc, const char *why)
{
	struct waiter *w = m->waiters, *next;

	m->waiters = NULL;
	for (; w != NULL; w = next) {
		next = w->next;
		if (rc == 0 && w->on != m->wanted)
			w->done(w->arg, SC_ECONFLICT, "the opposite was "
			    "wanted meanwhile: see module list");
		else
			w->done(w->arg, rc, why);
		free(w);
	}
}

static void
refuse(struct one *m, int rc, const char *why)
{
	char quoted[WHY * 2];

	m->wanted = false;
	log_line(&m->of->d->log, UNIT_DAEMON, LOG_WARNING, "module.refused",
	    "module=%s why=%s", m->def->name, log_quote(quoted,
	    sizeof(quoted), why));
	finish(m, rc, why);
}

static void
log_switched(struct one *m, bool on)
{
	log_line(&m->of->d->log, UNIT_DAEMON, LOG_NOTICE,
	    on ? "module.on" : "module.off", "module=%s", m->def->name);
}

/* ---- steps ----------------------------------------------------------- */

static void step(struct one *);

static int
start_run(struct tx *tx, void *arg)
{
	struct one *m = arg;

	return server_module_start(m->of->d->rt.server, tx, m->def);
}

/* Tells the workers; DONE for each. */
static void
set(struct one *m, bool on, mail_fn *done)
{
	const struct runtime *rt = &m->of->d->rt;
	const struct mail mail = {.fn = done, .p = m};

	server_module_set(rt->server, m->def, on);
	m->following = rt->nworkers;
	for (size_t i = 0; i < rt->nworkers; i++)
		worker_thread_follow(rt->workers[i], &mail);
}

static void
worker_started(void *owner, const struct mail *mail)
{
	struct one *m = mail->p;

	(void)owner;
	if (--m->following > 0)
		return;
	m->state = ON;
	log_switched(m, true);
	daemon_sweep(m->of->d);
	step(m);
}

static void
start_done(void *arg, int rc)
{
	struct one *m = arg;
	char why[WHY];

	if (rc == 0 && !m->of->d->ending) {
		set(m, true, worker_started);
		return;
	}
	m->state = OFF;
	snprintf(why, sizeof(why), "module %s does not start: %s",
	    m->def->name, sc_strerror(rc != 0 ? rc : SC_EUNAVAILABLE));
	refuse(m, SC_EUNAVAILABLE, why);
	step(m);
}

static void
begin_start(struct one *m)
{
	const struct runtime *rt = &m->of->d->rt;
	struct job *j;
	char why[WHY];

	if (server_module_check(rt->server, m->def, why, sizeof(why)) != 0) {
		refuse(m, SC_ECONFLICT, why);
		return;
	}
	m->state = STARTING;
	j = job_create_call(server_domain(rt->server), JOB_SCRIBE, start_run,
	    start_done, m);
	scribe_push(rt->scribe, &j, 1);
}

/* No job that has found it is being run any more. */
static void
stopped(void *arg)
{
	struct one *m = arg;

	server_module_stop(m->of->d->rt.server, m->def);
	m->state = OFF;
	log_switched(m, false);
	step(m);
}

/* Neither does a worker; jobs that they have started still may. */
static void
worker_stopped(void *owner, const struct mail *mail)
{
	struct one *m = mail->p;

	(void)owner;
	if (--m->following > 0)
		return;
	grace_retire_take(&m->of->d->grace, stopped, m);
	alarm_set(m->of->collect, 0);
}

static void
begin_stop(struct one *m)
{
	m->state = STOPPING;
	set(m, false, worker_stopped);
}

static void
step(struct one *m)
{
	if (m->state == STARTING || m->state == STOPPING)
		return;
	if (m->wanted == (m->state == ON))
		finish(m, 0, NULL);
	else if (m->of->d->stopping)
		refuse(m, SC_EUNAVAILABLE, "the server is stopping");
	else if (m->wanted)
		begin_start(m);
	else
		begin_stop(m);
}

static void
on_collect(void *arg)
{
	struct switches *s = arg;

	if (grace_collect(&s->d->grace) > 0)
		alarm_set(s->collect, COLLECT_MS);
}

/* ---- what is wanted -------------------------------------------------- */

static struct one *
find(struct switches *s, const struct sc_module_def *def)
{
	size_t i = 0;

	while (s->all[i].def != def)
		i++;
	return &s->all[i];
}

static void
nobody_waits(void *arg, int rc, const char *why)
{
	(void)arg, (void)rc, (void)why;
}

void
switches_want(struct switches *s, const struct sc_module_def *def, bool on,
    switch_done_fn *done, void *arg)
{
	struct one *m = find(s, def);
	struct waiter *w = xcalloc(1, sizeof(*w));

	*w = (struct waiter){m->waiters, on,
		done == NULL ? nobody_waits : done, arg};
	m->waiters = w;
	m->wanted = on;
	step(m);
}

void
switches_follow(struct switches *s, const struct config *c)
{
	size_t i;

	/* what one serves may be another's afterwards */
	for (i = 0; i < c->nmodules; i++)
		if (!c->modules[i].enabled)
			switches_want(s, c->modules[i].def, false, NULL, NULL);
	for (i = 0; i < c->nmodules; i++)
		if (c->modules[i].enabled)
			switches_want(s, c->modules[i].def, true, NULL, NULL);
}

/* ---- life ------------------------------------------------------------ */

struct switches *
switches_create(struct daemon *d)
{
	const struct config *c = d->conf;
	struct switches *s = xcalloc(1, sizeof(*s) + c->nmodules *
	    sizeof(s->all[0]));
	size_t i;

	s->d = d;
	s->collect = alarm_create(d->loop, on_collect, s);
	if (s->collect == NULL) {
		free(s);
		return NULL;
	}
	s->n = c->nmodules;
	for (i = 0; i < s->n; i++)
		s->all[i] = (struct one){.of = s, .def = c->modules[i].def,
			.state = c->modules[i].enabled ? ON : OFF,
			.wanted = c->modules[i].enabled};
	return s;
}

void
switches_destroy(struct switches *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		finish(&s->all[i], SC_EUNAVAILABLE, "the server is stopping");
	free(s);
}

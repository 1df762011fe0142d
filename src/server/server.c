/* SPDX-License-Identifier: ISC */
#include "src/server/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/job_priv.h"
#include "src/server/outbox.h"
#include "src/server/server_priv.h"
#include "src/server/sync.h"

/* So many that a server does not use them up before its next start, and that
 * the number of starts does not matter either. */
#define STAMP_BLOCK (UINT64_C(1) << 36)

enum { CLOCK_DRIFT_MS = 5 * 60 * 1000, SWEEP_FIRST_MS = 1000,
	SWEEP_AGAIN_MS = 20 };

/* ---- life ---- */

struct server *
server_create(const struct server_conf *conf, struct store *store,
    const struct sc_module_def *const *modules, char *why, size_t whylen)
{
	struct server *s = xcalloc(1, sizeof(*s));
	struct server_settings *settings;
	int rc;

	s->store = store;
	settings = settings_create(conf, modules);
	atomic_init(&s->settings, settings);
	rc = domain_init(&s->domain, store, &settings->domain);
	if (rc != 0) {
		(void)snprintf(why, whylen, "the tables: %s",
		    sc_strerror(rc));
		server_destroy(s);
		return NULL;
	}
	if (modules_create(s, modules, why, whylen) != 0) {
		server_destroy(s);
		return NULL;
	}
	return s;
}

void
server_destroy(struct server *s)
{
	if (s == NULL)
		return;
	modules_destroy(s);
	server_settings_free(atomic_load(&s->settings));
	free(s);
}

static void
start_committed(void *arg, int rc)
{
	/* batches become durable in order: if this one does not, nothing
	 * after it does, and store_state says so */
	(void)arg;
	(void)rc;
}

int
server_start(struct server *s, int64_t now,
    void (*random)(void *arg, void *p, size_t n), void *random_arg, char *why,
    size_t whylen)
{
	struct arena arena;
	struct outbox nobody;	/* is connected yet */
	struct tx tx = {.d = &s->domain, .now = now, .random = random,
	    .random_arg = random_arg, .arena = &arena, .outbox = &nobody};
	uint64_t floor = 0;
	int rc, started = 0;

	arena_init(&arena, 0);
	outbox_init(&nobody);
	tx.st = store_begin(s->store);
	rc = tx.st == NULL ? SC_ENOMEM : domain_start(&s->domain, &tx);
	if (rc == 0)
		rc = domain_reserve_stamps(&tx, STAMP_BLOCK, &floor);
	tx.stamp = floor + 1;
	if (rc == 0)
		rc = started = modules_start(s, &tx, why, whylen);
	if (rc >= 0)
		rc = store_finish(tx.st);
	else if (tx.st != NULL)
		store_abandon(tx.st);
	outbox_clear(&nobody);
	arena_fini(&arena);
	if (rc != 0) {
		if (started >= 0)
			(void)snprintf(why, whylen, "the database: %s",
			    sc_strerror(rc));
		return rc;
	}
	store_commit(s->store, start_committed, NULL);
	/* the stamp above is used if something was written with it */
	atomic_store(&s->stamp_last, floor + (started > 0));
	s->stamp_reserved = floor + STAMP_BLOCK;
	/* nor has any start as many sessions as there are stamps in a block */
	s->sessions_before = floor;
	return 0;
}

struct domain *
server_domain(struct server *s)
{
	return &s->domain;
}

uint64_t
server_stamp_next(struct server *s)
{
	uint64_t stamp = atomic_fetch_add(&s->stamp_last, 1) + 1;

	sc_assert(stamp <= s->stamp_reserved);
	return stamp;
}

uint64_t
server_stamp_last(const struct server *s)
{
	return atomic_load(&s->stamp_last);
}

uint64_t
server_session_id(struct server *s)
{
	return atomic_fetch_add(&s->session_last, 1) + 1;
}

/* ---- sweeps ---- */

struct sweep {
	struct job job;
	struct sc_module *module;
	size_t index;		/* of the sweep */
};

static int
sweep_run(struct job *j, struct tx *tx)
{
	struct sweep *sw = (struct sweep *)j;
	struct sc_module *m = sw->module;
	int rc = 0;

	if (module_is_on(m))
		rc = m->def->sweeps[sw->index].run(m, tx);
	if (rc == SC_SWEEP_MORE)
		atomic_store(&m->sweep_more[sw->index], true);
	return rc == SC_SWEEP_MORE ? 0 : rc;
}

/* A sweep that fails comes round again. */
static const struct job_type sweep_type = {JOB_SCRIBE, sweep_run, NULL, NULL};

bool
server_sweeps_stopped(const struct server *s)
{
	return s->sweeps_stopped;
}

/* Whether the wall clock can be trusted with deletions (R4). */
static bool
clocks_agree(struct server *s, int64_t mono, int64_t wall)
{
	int64_t drift;

	if (s->clocks_apart == 0)
		s->clocks_apart = wall - mono;
	drift = wall - mono - s->clocks_apart;
	if (drift > CLOCK_DRIFT_MS || drift < -CLOCK_DRIFT_MS)
		s->sweeps_stopped = true;
	return !s->sweeps_stopped;
}

static struct job *
sweep_job(struct server *s, struct sc_module *m, size_t index)
{
	struct sweep *sw = xcalloc(1, sizeof(*sw));

	job_init(&sw->job, &sweep_type, &s->domain);
	sw->module = m;
	sw->index = index;
	return &sw->job;
}

/* Whether it is due; *AT: otherwise, when to look again.  One that has more to
 * do comes again when others have had their turn. */
static bool
sweep_is_due(struct sc_module *m, size_t k, int64_t mono, int64_t *at)
{
	if (m->sweep_at[k] == 0)
		m->sweep_at[k] = mono + SWEEP_FIRST_MS;
	if (m->sweep_look[k] <= mono &&
	    atomic_exchange(&m->sweep_more[k], false))
		m->sweep_at[k] = mono;
	if (m->sweep_at[k] <= mono) {
		m->sweep_at[k] = mono +
		    (int64_t)m->def->sweeps[k].every_s * 1000;
		m->sweep_look[k] = mono + SWEEP_AGAIN_MS;
		return true;
	}
	if (m->sweep_at[k] < *at)
		*at = m->sweep_at[k];
	if (m->sweep_look[k] > mono && m->sweep_look[k] < *at)
		*at = m->sweep_look[k];
	return false;
}

struct job *
server_sweep(struct server *s, int64_t mono, int64_t wall, int64_t *at)
{
	*at = INT64_MAX;
	if (!clocks_agree(s, mono, wall))
		return NULL;
	for (size_t i = 0; i < s->nmodules; i++) {
		struct sc_module *m = &s->modules[i];
		size_t n = module_is_on(m) ? MODULE_ROWS(m->def->sweeps) : 0;

		for (size_t k = 0; k < n; k++) {
			if (!sweep_is_due(m, k, mono, at))
				continue;
			*at = mono;
			return sweep_job(s, m, k);
		}
	}
	return NULL;
}

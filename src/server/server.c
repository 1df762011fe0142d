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

enum { CLOCK_DRIFT_MS = 5 * 60 * 1000, SWEEP_FIRST_MS = 1000 };

/* ---- modules ---- */

/* The rows of a module's table.  Each kind of row begins with its name; one
 * without a name ends the table. */
static size_t
count_rows(const void *table, size_t size)
{
	const char *row = table;
	size_t n = 0;

	while (row != NULL && *(const char *const *)(const void *)row != NULL) {
		row += size;
		n++;
	}
	return n;
}

#define COUNT_ROWS(TABLE) count_rows((TABLE), sizeof((TABLE)[0]))

static int
tables_add(struct server *s, struct sc_module *m, char *why, size_t whylen)
{
	size_t n = COUNT_ROWS(m->def->tables);

	m->tables = xcalloc(n + 1, sizeof(*m->tables));
	for (size_t i = 0; i < n; i++) {
		const struct sc_table_def *t = &m->def->tables[i];
		int rc = store_table_add(s->store, t->name, t->flags,
		    &m->tables[i]);

		if (rc == 0)
			continue;
		(void)snprintf(why, whylen, "module %s, table %s: %s",
		    m->def->name, t->name, sc_strerror(rc));
		return rc;
	}
	return 0;
}

/* Whether W, or a row after it, serves what V does. */
static bool
verb_taken(const struct sc_verb_def *w, const struct sc_verb_def *v)
{
	for (; w != NULL && w->name != NULL; w++)
		if (w->tag == v->tag && (w->kind == SC_VERB_COUNTED) ==
		    (v->kind == SC_VERB_COUNTED))
			return true;
	return false;
}

/* Each verb has one module. */
static int
verbs_check(const struct server *s, const struct sc_module *m, char *why,
    size_t whylen)
{
	const struct sc_verb_def *v = m->def->verbs;

	for (; v != NULL && v->name != NULL; v++) {
		for (const struct sc_module *o = s->modules; o < m; o++) {
			if (!verb_taken(o->def->verbs, v))
				continue;
			(void)snprintf(why, whylen,
			    "modules %s and %s both serve %s: leave one out",
			    o->def->name, m->def->name, v->name);
			return SC_ECONFLICT;
		}
	}
	return 0;
}

static int
module_add(struct server *s, const struct sc_module_def *def, char *why,
    size_t whylen)
{
	struct sc_module *m = &s->modules[s->nmodules];

	if (def->abi != SC_MODULE_ABI) {
		(void)snprintf(why, whylen,
		    "module %s is built for ABI %u, this server has %u: "
		    "rebuild it",
		    def->name, def->abi, (unsigned)SC_MODULE_ABI);
		return SC_EBADREQUEST;
	}
	m->def = def;
	m->server = s;
	m->index = s->nmodules;
	m->stats = xcalloc(COUNT_ROWS(def->stats) + 1, sizeof(*m->stats));
	m->sweep_at = xcalloc(COUNT_ROWS(def->sweeps) + 1, sizeof(*m->sweep_at));
	s->nmodules++;
	if (verbs_check(s, m, why, whylen) != 0)
		return SC_ECONFLICT;
	return tables_add(s, m, why, whylen);
}

const struct store_table *
scm_table(const struct sc_module *m, unsigned index)
{
	return m->tables[index];
}

void
server_stats(const struct server *s,
    void (*visit)(void *arg, const char *name, const char *help,
	uint64_t value), void *arg)
{
	for (size_t i = 0; i < s->nmodules; i++) {
		const struct sc_module *m = &s->modules[i];
		size_t n = COUNT_ROWS(m->def->stats);

		for (size_t k = 0; k < n; k++)
			visit(arg, m->def->stats[k].name,
			    m->def->stats[k].help,
			    atomic_load_explicit(&m->stats[k],
				memory_order_relaxed));
	}
}

void
scm_count(struct sc_module *m, unsigned index, uint64_t n)
{
	atomic_fetch_add_explicit(&m->stats[index], n, memory_order_relaxed);
}

int
server_hook_mark(struct server *s, struct tx *tx,
    const struct mark_stated *stated, const struct mark_moved *moved,
    struct outbox *ob)
{
	int rc = 0;

	for (size_t i = 0; i < s->nmodules && rc == 0; i++)
		if (s->modules[i].def->mark != NULL)
			rc = s->modules[i].def->mark(&s->modules[i], tx,
			    stated, moved, ob);
	return rc;
}

int
server_hook_sync(struct server *s, struct tx *tx, struct sc_sync_chat *chat,
    struct sync_result *result)
{
	int rc = 0;

	for (size_t i = 0; i < s->nmodules && rc == 0; i++)
		if (s->modules[i].def->sync_chat != NULL)
			rc = s->modules[i].def->sync_chat(&s->modules[i], tx,
			    chat, result);
	return rc;
}

/* ---- what modules may do ---- */

static void
mark_fill(struct event_mark *m, uint64_t user, bool direct,
    const struct member *member)
{
	m->user = user;
	m->direct = direct;
	m->delivered_time = member->delivered_time;
	m->read_time = member->read_time;
	m->estimated =
	    member->delivered_estimated || member->read_estimated;
}

int
scm_publish_mark(struct outbox *ob, const struct mark_stated *stated,
    const struct mark_moved *moved, const struct recipient *to, size_t n)
{
	struct event *e = event_create(EVENT_MARK, n, slice_of(NULL, 0));

	if (e == NULL)
		return SC_ENOMEM;
	e->kind = moved->chat.kind;
	e->entry.chat = moved->chat.id;
	mark_fill(&e->mark, stated->user,
	    moved->chat.kind == CHAT_KIND_DIRECT, &moved->member);
	e->mark.device = stated->device;
	e->mark.delivered = moved->delivered ? moved->member.delivered : 0;
	e->mark.read = moved->read ? moved->member.read : 0;
	e->mark.estimated = stated->restated;
	memcpy(e->to, to, n * sizeof(*to));
	outbox_add_take(ob, e);
	return 0;
}

int
scm_publish_pruned(struct outbox *ob, int64_t time)
{
	struct event *e = event_create(EVENT_PRUNED, 0, slice_of(NULL, 0));

	if (e == NULL)
		return SC_ENOMEM;
	e->entry.time = time;
	outbox_add_take(ob, e);
	return 0;
}

int
scm_sync_mark(struct sync_result *r, const struct sc_sync_chat *c,
    uint64_t user, const struct member *member)
{
	struct sync_mark *m;
	/* it passed nothing that somebody waits for: there is no time */
	uint64_t delivered = member->delivered_time != 0 ? member->delivered
							 : 0;

	if (delivered == 0 && member->read == 0)
		return 0;
	if (r->nmarks == r->capmarks) {
		r->capmarks = r->capmarks == 0 ? 16 : r->capmarks * 2;
		r->marks = xrealloc(r->marks, r->capmarks, sizeof(*r->marks));
	}
	m = &r->marks[r->nmarks++];
	memset(m, 0, sizeof(*m));
	m->number = c->number;
	mark_fill(&m->mark, user, c->chat.kind == CHAT_KIND_DIRECT, member);
	m->mark.delivered = delivered;
	m->mark.read = member->read;
	return 0;
}

/* ---- life ---- */

struct server *
server_create(const struct server_conf *conf, struct store *store,
    const struct sc_module_def *const *modules, char *why, size_t whylen)
{
	struct server *s = xcalloc(1, sizeof(*s));
	struct server_settings *settings;
	size_t n = 0;
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
	while (modules[n] != NULL)
		n++;
	s->modules = xcalloc(n + 1, sizeof(*s->modules));
	for (size_t i = 0; i < n; i++) {
		if (module_add(s, modules[i], why, whylen) != 0) {
			server_destroy(s);
			return NULL;
		}
	}
	return s;
}

void
server_destroy(struct server *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->nmodules; i++) {
		free(s->modules[i].stats);
		free(s->modules[i].sweep_at);
		free(s->modules[i].tables);
	}
	free(s->modules);
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
	struct tx tx = {.d = &s->domain, .now = now, .random = random,
	    .random_arg = random_arg, .arena = &arena};
	uint64_t floor = 0;
	int rc;

	arena_init(&arena, 0);
	tx.st = store_begin(s->store);
	rc = tx.st == NULL ? SC_ENOMEM : domain_start(&s->domain, &tx);
	if (rc == 0)
		rc = domain_reserve_stamps(&tx, STAMP_BLOCK, &floor);
	if (rc == 0)
		rc = store_finish(tx.st);
	else if (tx.st != NULL)
		store_abandon(tx.st);
	arena_fini(&arena);
	if (rc != 0) {
		(void)snprintf(why, whylen, "the database: %s",
		    sc_strerror(rc));
		return rc;
	}
	store_commit(s->store, start_committed, NULL);
	atomic_store(&s->stamp_last, floor);
	s->stamp_reserved = floor + STAMP_BLOCK;
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
	const struct sc_sweep_def *def;
};

static int
sweep_run(struct job *j, struct tx *tx)
{
	struct sweep *sw = (struct sweep *)j;

	return sw->def->run(sw->module, tx, &j->outbox);
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
sweep_job(struct server *s, struct sc_module *m,
    const struct sc_sweep_def *def)
{
	struct sweep *sw = xcalloc(1, sizeof(*sw));

	job_init(&sw->job, &sweep_type, &s->domain);
	sw->module = m;
	sw->def = def;
	return &sw->job;
}

struct job *
server_sweep(struct server *s, int64_t mono, int64_t wall, int64_t *at)
{
	*at = INT64_MAX;
	if (!clocks_agree(s, mono, wall))
		return NULL;
	for (size_t i = 0; i < s->nmodules; i++) {
		struct sc_module *m = &s->modules[i];
		size_t n = COUNT_ROWS(m->def->sweeps);

		for (size_t k = 0; k < n; k++) {
			const struct sc_sweep_def *def = &m->def->sweeps[k];

			if (m->sweep_at[k] == 0)
				m->sweep_at[k] = mono + SWEEP_FIRST_MS;
			if (m->sweep_at[k] <= mono) {
				m->sweep_at[k] =
				    mono + (int64_t)def->every_s * 1000;
				*at = mono;
				return sweep_job(s, m, def);
			}
			if (m->sweep_at[k] < *at)
				*at = m->sweep_at[k];
		}
	}
	return NULL;
}

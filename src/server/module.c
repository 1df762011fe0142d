/* SPDX-License-Identifier: ISC */
/* The modules of a server: what they have declared, and whether they are on. */
#include "src/server/module.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/server/job_priv.h"
#include "src/server/module_check.h"
#include "src/server/server_priv.h"

size_t
module_rows(const void *table, size_t size)
{
	const char *row = table;
	size_t n = 0;

	while (row != NULL && *(const char *const *)(const void *)row != NULL) {
		row += size;
		n++;
	}
	return n;
}

/* ---- what they declare ---- */

static int
tables_add(struct server *s, struct sc_module *m, char *why, size_t whylen)
{
	m->ntables = MODULE_ROWS(m->def->tables);
	m->tables = xcalloc(m->ntables + 1, sizeof(*m->tables));
	for (size_t i = 0; i < m->ntables; i++) {
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

/* Its part of the memory of a session. */
static void
reserve_live(struct server *s, struct sc_module *m)
{
	size_t size = m->def->live == NULL ? 0 : m->def->live->session_size;
	size_t align = alignof(max_align_t);

	m->live_offset = s->live_size;
	s->live_size += (size + align - 1) / align * align;
}

static int
module_add(struct server *s, const struct sc_module_def *def, char *why,
    size_t whylen)
{
	struct sc_module *m = &s->modules[s->nmodules];

	if (module_check(def, why, whylen) != 0)
		return SC_EBADREQUEST;
	m->def = def;
	m->server = s;
	m->index = s->nmodules;
	atomic_init(&m->on, true);
	atomic_init(&m->life, 1);
	m->counted = true;
	m->state = xcalloc(1, def->state_size + 1);
	m->stats = xcalloc(MODULE_ROWS(def->stats) + 1, sizeof(*m->stats));
	m->sweep_at = xcalloc(MODULE_ROWS(def->sweeps) + 1,
	    sizeof(*m->sweep_at));
	m->sweep_look = xcalloc(MODULE_ROWS(def->sweeps) + 1,
	    sizeof(*m->sweep_look));
	m->sweep_more = xcalloc(MODULE_ROWS(def->sweeps) + 1,
	    sizeof(*m->sweep_more));
	s->nmodules++;
	reserve_live(s, m);
	return tables_add(s, m, why, whylen);
}

int
modules_create(struct server *s, const struct sc_module_def *const *modules,
    char *why, size_t whylen)
{
	size_t n = 0;
	int rc = 0;

	while (modules[n] != NULL)
		n++;
	s->modules = xcalloc(n + 1, sizeof(*s->modules));
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = module_add(s, modules[i], why, whylen);
	return rc;
}

static void
module_stop(struct sc_module *m)
{
	if (m->started && m->def->stop != NULL)
		m->def->stop(m);
	m->started = false;
}

void
modules_destroy(struct server *s)
{
	for (size_t i = 0; i < s->nmodules; i++) {
		module_stop(&s->modules[i]);
		free(s->modules[i].state);
		free(s->modules[i].stats);
		free(s->modules[i].sweep_at);
		free(s->modules[i].sweep_look);
		free(s->modules[i].sweep_more);
		free(s->modules[i].tables);
	}
	free(s->modules);
}

/* ---- on and off ---- */

static struct sc_module *
module_find(const struct server *s, const struct sc_module_def *def)
{
	size_t i = 0;

	while (i < s->nmodules && s->modules[i].def != def)
		i++;
	sc_assert(i < s->nmodules);
	return &s->modules[i];
}

/* Each verb and each kind of entry has one module. */
int
server_module_check(const struct server *s, const struct sc_module_def *def,
    char *why, size_t whylen)
{
	size_t self = module_find(s, def)->index;

	for (size_t i = 0; i < s->nmodules; i++) {
		const struct sc_module *o = &s->modules[i];
		const char *name = o->def == def || !module_is_on(o) ? NULL
		    : module_clash(o->def, def);

		if (name == NULL)
			continue;
		(void)snprintf(why, whylen,
		    "modules %s and %s both serve %s: leave one out",
		    i < self ? o->def->name : def->name,
		    i < self ? def->name : o->def->name, name);
		return SC_ECONFLICT;
	}
	return 0;
}

int
server_module_start(struct server *s, struct tx *tx,
    const struct sc_module_def *def)
{
	struct sc_module *m = module_find(s, def);
	int rc;

	memset(m->state, 0, def->state_size);
	rc = def->start == NULL ? 0 : def->start(m, tx);
	m->started = rc == 0;
	return rc < 0 ? rc : 0;
}

void
server_module_set(struct server *s, const struct sc_module_def *def, bool on)
{
	struct sc_module *m = module_find(s, def);

	m->counted = on || m->started;
	if (on && !module_is_on(m))
		atomic_fetch_add(&m->life, 1);
	atomic_store(&m->on, on);
}

void
server_module_stop(struct server *s, const struct sc_module_def *def)
{
	module_stop(module_find(s, def));
}

bool
server_module_is_on(const struct server *s, const struct sc_module_def *def)
{
	return module_is_on(module_find(s, def));
}

int
modules_start(struct server *s, struct tx *tx, char *why, size_t whylen)
{
	int started = 0;

	for (size_t i = 0; i < s->nmodules; i++) {
		struct sc_module *m = &s->modules[i];
		int rc = 0;

		if (!module_is_on(m))
			continue;
		if (server_module_check(s, m->def, why, whylen) != 0)
			return SC_ECONFLICT;
		rc = server_module_start(s, tx, m->def);
		if (rc != 0) {
			(void)snprintf(why, whylen, "module %s does not start: %s",
			    m->def->name, sc_strerror(rc));
			return rc;
		}
		started += m->def->start != NULL;
	}
	return started;
}

/* ---- hooks and counters ---- */

int
server_hook_mark(struct server *s, struct tx *tx,
    const struct mark_stated *stated, const struct mark_moved *moved)
{
	int rc = 0;

	for (size_t i = 0; i < s->nmodules && rc == 0; i++) {
		struct sc_module *m = &s->modules[i];

		if (m->def->mark != NULL && module_is_on(m))
			rc = m->def->mark(m, tx, stated, moved);
	}
	return rc;
}

int
server_hook_sync(struct server *s, struct tx *tx, struct sc_sync_chat *chat,
    struct sync_result *result)
{
	int rc = 0;

	for (size_t i = 0; i < s->nmodules && rc == 0; i++) {
		struct sc_module *m = &s->modules[i];

		if (m->def->sync_chat != NULL && module_is_on(m))
			rc = m->def->sync_chat(m, tx, chat, result);
	}
	return rc;
}

int
server_hook_user_gone(struct server *s, struct tx *tx, uint64_t user)
{
	int rc = 0;

	for (size_t i = 0; i < s->nmodules && rc == 0; i++) {
		struct sc_module *m = &s->modules[i];

		if (m->def->user_gone != NULL && module_is_on(m))
			rc = m->def->user_gone(m, tx, user);
	}
	return rc;
}

const struct sc_kind_def *
server_kind(struct server *s, enum tag tag, struct sc_module **m)
{
	for (size_t i = 0; i < s->nmodules; i++) {
		const struct sc_kind_def *k = s->modules[i].def->kinds;

		*m = &s->modules[i];
		for (; k != NULL && k->name != NULL; k++)
			if (k->tag == tag && module_is_on(*m))
				return k;
	}
	return NULL;
}

const struct sc_chats_def *
server_chats(struct server *s, enum chat_kind kind, struct sc_module **m)
{
	for (size_t i = 0; i < s->nmodules; i++) {
		const struct sc_chats_def *c = s->modules[i].def->chats;

		*m = &s->modules[i];
		for (; c != NULL && c->name != NULL; c++)
			if (c->kind == kind && module_is_on(*m))
				return c;
	}
	return NULL;
}

int
server_chat_texts(struct server *s, struct tx *tx, const struct chat *c,
    struct sc_chat_texts *t)
{
	struct sc_module *m;
	const struct sc_chats_def *chats = server_chats(s, c->kind, &m);

	*t = (struct sc_chat_texts){.name = {NULL, 0}};
	/* nobody is in it any more, and its module has forgotten it */
	if (c->members == 0)
		return 0;
	return chats == NULL || chats->texts == NULL ? 0
	    : chats->texts(m, tx, c, t);
}

void
server_stats(const struct server *s,
    void (*visit)(void *arg, const char *name, const char *help,
	uint64_t value), void *arg)
{
	for (size_t i = 0; i < s->nmodules; i++) {
		const struct sc_module *m = &s->modules[i];
		size_t n = m->counted ? MODULE_ROWS(m->def->stats) : 0;

		for (size_t k = 0; k < n; k++)
			visit(arg, m->def->stats[k].name,
			    m->def->stats[k].help,
			    atomic_load_explicit(&m->stats[k],
				memory_order_relaxed));
	}
}

/* ---- what every module may do ---- */

void *
scm_state(struct sc_module *m)
{
	return m->state;
}

void
scm_count(struct sc_module *m, unsigned index, uint64_t n)
{
	atomic_fetch_add_explicit(&m->stats[index], n, memory_order_relaxed);
}

int64_t
scm_now(const struct tx *tx)
{
	return tx->now;
}

void
scm_random(struct tx *tx, void *p, size_t n)
{
	tx->random(tx->random_arg, p, n);
}

void *
scm_alloc(struct tx *tx, size_t n)
{
	return arena_alloc(tx->arena, n);
}

struct slice
scm_copy(struct tx *tx, struct slice s)
{
	return arena_copy(tx->arena, s);
}

void
server_log_to(struct server *s,
    void (*log)(void *arg, int level, const char *event, const char *fields),
    void *arg)
{
	s->log = log;
	s->log_arg = arg;
}

void
scm_log(struct sc_module *m, const struct tx *tx, enum sc_level level,
    const char *event, const char *fmt, ...)
{
	char whose[160] = "", fields[1024], line[1280];
	va_list ap;

	if (m->server->log == NULL)
		return;
	if (tx != NULL && tx->job != NULL)
		(void)job_describe(tx->job, whose, sizeof(whose));
	va_start(ap, fmt);
	(void)vsnprintf(fields, sizeof(fields), fmt, ap);
	va_end(ap);
	(void)snprintf(line, sizeof(line), "module=%s %s%s", m->def->name,
	    whose, fields);
	m->server->log(m->server->log_arg, (int)level, event, line);
}

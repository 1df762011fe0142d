/* SPDX-License-Identifier: ISC */
#include "src/server/verb_job.h"

#include "src/chat/device.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/job_priv.h"
#include "src/server/worker_priv.h"

enum { VERB_ARENA = 256 << 10 };	/* for the copy of the stanza */

struct verb_job {
	struct job job;
	struct sc_module *module;
	const struct sc_verb_def *def;
	struct arena arena;	/* of the stanza */
	struct elem stanza;
	uint64_t id, user, login;
	uint32_t device;
	struct sc_request request;
};

static int
verb_run(struct job *j, struct tx *tx)
{
	struct verb_job *v = (struct verb_job *)j;
	struct device d;
	int rc = 0;

	v->request = (struct sc_request){.user = v->user, .device = v->device,
	    .stanza = &v->stanza, .outbox = &j->outbox};
	/* a newer session has the device: nothing of this one counts (R9) */
	if (j->type->place == JOB_SCRIBE) {
		rc = device_get_locked(tx, v->user, v->device, &d);
		if (rc == 0 && d.login != v->login)
			rc = SC_ENOTFOUND;
	}
	return rc != 0 ? rc : v->def->run(v->module, tx, &v->request);
}

static void
verb_done(struct job *j)
{
	struct verb_job *v = (struct verb_job *)j;
	struct session *s = j->session;
	struct elem_buf result;

	if (s == NULL)
		return;
	if (j->rc != 0) {
		session_error(s, ATTR_ID, v->id, j->rc,
		    v->request.why != NULL ? v->request.why
					   : sc_strerror(j->rc), 0);
		return;
	}
	elem_begin(&result, TAG_RESULT);
	elem_add_uint(&result, ATTR_ID, v->id);
	if (v->request.nreply > 0)
		elem_set_children(&result, v->request.reply,
		    v->request.nreply);
	session_put(s, &result.e);
}

static void
verb_fini(struct job *j)
{
	arena_fini(&((struct verb_job *)j)->arena);
}

static const struct job_type verb_types[] = {
    {JOB_READER, verb_run, verb_done, verb_fini},
    {JOB_SCRIBE, verb_run, verb_done, verb_fini},
};

static const struct sc_verb_def *
verb_find(struct server *server, enum tag tag, struct sc_module **m)
{
	for (size_t i = 0; i < server->nmodules; i++) {
		const struct sc_verb_def *def = server->modules[i].def->verbs;

		*m = &server->modules[i];
		for (; def != NULL && def->name != NULL; def++)
			if (def->tag == tag)
				return def;
	}
	return NULL;
}

bool
verb_job_start(struct session *s, const struct elem *e)
{
	const struct value *id = elem_get(e, ATTR_ID);
	struct sc_module *m;
	const struct sc_verb_def *def =
	    verb_find(s->worker->server, e->tag, &m);
	struct verb_job *v;

	if (def == NULL || id == NULL || id->type != VALUE_UINT)
		return false;
	v = xcalloc(1, sizeof(*v));
	job_init(&v->job, &verb_types[def->writes],
	    &s->worker->server->domain);
	arena_init(&v->arena, VERB_ARENA);
	v->job.order = s->user;
	v->module = m;
	v->def = def;
	v->id = id->u;
	v->user = s->user;
	v->device = s->device;
	v->login = s->login;
	if (elem_copy(&v->arena, e, &v->stanza) != 0) {
		job_destroy(&v->job);
		session_error(s, ATTR_ID, id->u, SC_ETOOLARGE, NULL, 0);
		return true;
	}
	worker_submit(s, &v->job);
	return true;
}

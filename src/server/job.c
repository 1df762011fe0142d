/* SPDX-License-Identifier: ISC */
#include "src/server/job.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/job_priv.h"
#include "src/server/session.h"

enum { SCRATCH_ROOM = 1024 };	/* on the stack */

void
job_init(struct job *j, const struct job_type *type, const struct domain *d)
{
	j->type = type;
	j->domain = d;
	arena_init_on(&j->arena, j->room, sizeof(j->room), JOB_ARENA);
	outbox_init(&j->outbox);
}

void
job_link(struct job *j, struct session *s)
{
	j->worker = s->worker;
	j->session = s;
	j->tag = s->handling;
	j->tag.session = s->id;
	j->tag.user = s->user;
	j->tag.device = s->device;
	j->next_of_session = s->jobs;
	j->link_of_session = &s->jobs;
	if (s->jobs != NULL)
		s->jobs->link_of_session = &j->next_of_session;
	s->jobs = j;
	s->njobs++;
}

void
job_unlink(struct job *j)
{
	if (j->session == NULL)
		return;
	*j->link_of_session = j->next_of_session;
	if (j->next_of_session != NULL)
		j->next_of_session->link_of_session = j->link_of_session;
	j->session->njobs--;
	j->session = NULL;
}

void
job_lose(struct job *j)
{
	atomic_store_explicit(&j->lost, true, memory_order_relaxed);
	job_unlink(j);
}

bool
job_is_lost(const struct job *j)
{
	return atomic_load_explicit(&j->lost, memory_order_relaxed);
}

void
job_run(struct job *j, const struct job_env *env)
{
	alignas(max_align_t) unsigned char room[SCRATCH_ROOM];
	struct arena scratch;
	struct tx tx = {
	    .d = j->domain,
	    .st = env->txn,
	    .now = env->now,
	    .stamp = env->stamp,
	    .random = env->random,
	    .random_arg = env->random_arg,
	    .deflate = env->deflate,
	    .recipients = env->recipients,
	    .arena = &j->arena,
	    .scratch = &scratch,
	    .outbox = &j->outbox,
	    .job = j,
	};

	arena_clear(&j->arena);
	arena_init_on(&scratch, room, sizeof(room), JOB_ARENA);
	outbox_clear(&j->outbox);
	j->rc = j->type->run(j, &tx);
	arena_fini(&scratch);
	j->txn = tx.st;
	if (j->rc != 0)
		outbox_clear(&j->outbox);
}

int
job_finish(struct job *j)
{
	struct store_txn *txn = j->txn;
	int rc;

	j->txn = NULL;
	if (j->rc != 0 || j->type->place == JOB_READER) {
		store_abandon(txn);
		/* a reader that took too long: its snapshot is gone */
		return j->rc == SC_ERERUN ? SC_ERERUN : 0;
	}
	rc = store_finish(txn);
	if (rc != 0 && rc != SC_ERERUN)
		job_failed(j, rc);
	return rc;
}

void
job_failed(struct job *j, int rc)
{
	j->rc = rc;
	outbox_clear(&j->outbox);
}

int
job_result(const struct job *j)
{
	return j->rc;
}

bool
job_faulty(const struct job *j)
{
	return j->rc == SC_EINTERNAL || j->rc < -SC_EWIRE;
}

const char *
job_key_name(const struct job *j)
{
	return j->tag.key == JOB_REQUEST_ID ? "id" : "n";
}

const char *
job_describe(const struct job *j, char *out, size_t size)
{
	const struct job_tag *t = &j->tag;
	int n = 0;

	*out = '\0';
	if (t->session != 0)
		n = snprintf(out, size, "session=%llu user=%llu device=%u ",
		    (unsigned long long)t->session,
		    (unsigned long long)t->user, t->device);
	if (t->key != JOB_NO_REQUEST && n > 0 && (size_t)n < size)
		(void)snprintf(out + n, size - (size_t)n, "%s=%llu ",
		    job_key_name(j), (unsigned long long)t->number);
	return out;
}

enum job_place
job_place(const struct job *j)
{
	return j->type->place;
}

struct worker *
job_worker(const struct job *j)
{
	return j->worker;
}

uint64_t
job_order_key(const struct job *j)
{
	return j->order;
}

struct event *
job_take_event(struct job *j)
{
	return outbox_shift(&j->outbox);
}

void
job_destroy(struct job *j)
{
	if (j == NULL)
		return;
	job_unlink(j);
	if (j->type->fini != NULL)
		j->type->fini(j);
	outbox_clear(&j->outbox);
	arena_fini(&j->arena);
	free(j);
}

/* ---- jobs of the executor's own ---- */

struct call {
	struct job job;
	int (*fn)(struct tx *, void *arg);
	void (*done)(void *arg, int rc);
	void *arg;
};

static int
call_run(struct job *j, struct tx *tx)
{
	struct call *c = (struct call *)j;

	return c->fn(tx, c->arg);
}

static void
call_done(struct job *j)
{
	struct call *c = (struct call *)j;

	if (c->done != NULL)
		c->done(c->arg, j->rc);
}

static const struct job_type call_types[] = {
    {JOB_SCRIBE, call_run, call_done, NULL},
    {JOB_READER, call_run, call_done, NULL},
};

struct job *
job_create_call(struct domain *d, enum job_place place,
    int (*fn)(struct tx *, void *arg), void (*done)(void *arg, int rc),
    void *arg)
{
	struct call *c = xcalloc(1, sizeof(*c));

	job_init(&c->job, &call_types[place == JOB_READER], d);
	c->fn = fn;
	c->done = done;
	c->arg = arg;
	return &c->job;
}

void
job_complete(struct job *j)
{
	sc_assert(j->worker == NULL);
	if (j->type->done != NULL)
		j->type->done(j);
	job_destroy(j);
}

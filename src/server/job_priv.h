/* SPDX-License-Identifier: ISC */
/*
 * What the kinds of jobs share.  Each kind embeds a struct job first and
 * gives its functions: request.c, login.c, mark_job.c, sync.c, page.c, call.c.
 */
#ifndef SERVER_JOB_PRIV_H
#define SERVER_JOB_PRIV_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>

#include "src/chat/domain.h"
#include "src/server/job.h"
#include "src/server/outbox.h"

struct session;

enum { JOB_ARENA = 4 << 20, JOB_ROOM = 128 };

struct job_type {
	enum job_place place;
	/*
	 * In a transaction, on the scribe or a reader.  0: keep its writes;
	 * anything else: abandon them, and `rc` of the job has it.
	 */
	int (*run)(struct job *, struct tx *);
	/* On the worker, with the result in job->rc.  job->session is NULL if
	 * the session has gone.  The job is destroyed afterwards. */
	void (*done)(struct job *);
	/* Frees what is the kind's own. */
	void (*fini)(struct job *);
};

/* Whose request a job is, for the log. */
struct job_tag {
	uint64_t session, user;	/* 0: none */
	uint32_t device;
	enum { JOB_NO_REQUEST, JOB_REQUEST_N, JOB_REQUEST_ID } key;
	uint64_t number;	/* n or id, as the client gave it */
};

struct job {
	const struct job_type *type;
	const struct domain *domain;
	struct worker *worker;
	struct session *session;	/* worker's thread only */
	struct job *next_of_session, **link_of_session;
	struct job_tag tag;
	atomic_bool lost;	/* the session ended before the job was done */
	uint64_t order;
	struct arena arena;	/* of the run; cleared before each */
	struct outbox outbox;
	struct store_txn *txn;
	int rc;
	alignas(max_align_t) unsigned char room[JOB_ROOM];	/* the arena's
			* first: enough for most, and never in need of an
			* allocation by one thread for another to free.  A
			* message whose text is short is below a kilobyte, what
			* malloc gives again without a lock. */
};

/* Fills in the common part. */
void job_init(struct job *, const struct job_type *, const struct domain *);

/* "n" or "id". */
const char *job_key_name(const struct job *);

/* Ties it to a session until job_unlink, and notes whose request it is. */
void job_link(struct job *, struct session *);
void job_unlink(struct job *);

/* The session ends before the job is done: unlinks it.  What it does goes on,
 * but whoever has it may ask whether anybody waits for it. */
void job_lose(struct job *);
bool job_is_lost(const struct job *);

#endif

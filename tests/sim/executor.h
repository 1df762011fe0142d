/* SPDX-License-Identifier: ISC */
/*
 * executor: the scribe and the readers of one server, on one thread.  Every
 * order that the store and job.h allow is chosen by the seed: several write
 * transactions are open at once and finish in any order, several commits are
 * on their way to the disk, reads take their time.
 */
#ifndef SIM_EXECUTOR_H
#define SIM_EXECUTOR_H

#include "src/server/job.h"
#include "src/server/server.h"
#include "tests/sim/world.h"

enum { EXECUTOR_OPEN_MAX = 8 };

struct executor_task;
struct executor_batch;

/* What the executor hands back; each call passes ownership. */
struct executor_out {
	void (*job_done)(void *arg, struct job *, enum job_place);
	void (*event)(void *arg, struct event *);
	void *arg;
};

struct executor {
	struct world *w;
	struct store *store;
	struct server *server;
	struct executor_out out;
	/* behaviour */
	unsigned open_max, batch_max;
	int64_t sync_max, read_max;
	bool early_ack;		/* a deliberate bug: does not wait */
	struct deflate *deflate;
	struct recipients_memory *recipients;	/* of all that are open at once */
	/* state */
	struct executor_task *queue, **queue_end;
	struct executor_task *open[EXECUTOR_OPEN_MAX];
	unsigned nopen;
	struct executor_batch *batch;		/* being filled */
	struct executor_batch *committed;	/* oldest first */
	struct executor_task *reads;
	unsigned jobs;		/* that are here */
	struct timer step, sync;
};

void executor_init(struct executor *, struct world *, struct store *,
    struct server *, const struct executor_out *);

/* Takes a job for the scribe, in order; or for a reader. */
void executor_submit(struct executor *, struct job *);
void executor_read(struct executor *, struct job *);

/* Whether nothing is under way. */
bool executor_idle(const struct executor *);

/*
 * The power fails: transactions end, the store loses what it may lose.  Jobs
 * that were under way are handed to DROP.
 */
void executor_crash(struct executor *, void (*drop)(void *arg, struct job *),
    void *arg);

void executor_fini(struct executor *);

#endif

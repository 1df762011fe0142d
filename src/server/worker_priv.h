/* SPDX-License-Identifier: ISC */
/* The inside of a worker, for the files that make it up. */
#ifndef SERVER_WORKER_PRIV_H
#define SERVER_WORKER_PRIV_H

#include "src/common/buf.h"
#include "protocol/payload.h"
#include "src/server/debt.h"
#include "src/server/registry.h"
#include "src/server/server_priv.h"
#include "src/server/session.h"
#include "src/server/spare.h"
#include "src/server/tail.h"
#include "src/server/telling.h"
#include "src/server/watch.h"
#include "src/server/worker.h"

/* A module on a worker (live.h). */
struct live {
	bool on;
	unsigned life;		/* that of the module, when it was switched on */
	void *state;
	int64_t tick_at;
};

struct worker {
	struct server *server;
	unsigned number;
	struct server_conf conf;	/* by worker_configure */
	struct worker_io io;
	int64_t mono, wall;
	struct session *sessions;
	size_t nsessions;
	struct session *dirty;
	struct session *gone;		/* closed, freed at the end of the call */
	struct trace *traces;		/* trace.c */
	struct session *marks;		/* sessions with waiting marks */
	int64_t marks_at;		/* when they are flushed; 0: none */
	struct registry registry;
	struct debts debts;		/* of sessions that have ended */
	struct watches watches;
	struct tail tail;
	struct telling telling;
	struct spares spares;		/* for what sessions send */
	struct session **heap;		/* by deadline */
	size_t nheap, capheap;
	struct arena arena;		/* of the stanza being handled */
	struct buf frame;		/* an inflated frame */
	struct buf scratch;		/* an inflated payload */
	struct deflate *deflate;
	struct worker_stats stats;
	uint64_t next_session;
	struct live *live;		/* of each module */
	bool ended;			/* no module runs any more */
};

/* Levels of the log, as in syslog(3). */
enum { LEVEL_ERROR = 3, LEVEL_WARNING = 4, LEVEL_INFO = 6, LEVEL_DEBUG = 7 };

/* Session timers. */
void worker_heap_update(struct worker *, struct session *);
void worker_heap_remove(struct worker *, struct session *);

/* A line about a session: its number and, once it is logged in, user and
 * device come first.  FMT makes "key=value key=value" and may be empty. */
void session_logf(struct session *, int level, const char *event,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Frees sessions that were closed during the call. */
void worker_reap(struct worker *);

/* Starts a job of S. */
void worker_submit(struct session *, struct job *);

/* Starts the jobs for all waiting marks. */
void worker_flush_marks(struct worker *);

#endif

/* SPDX-License-Identifier: ISC */
/* mark_job: the marks that sessions have collected, made durable together. */
#ifndef SERVER_MARK_JOB_H
#define SERVER_MARK_JOB_H

#include "src/server/event.h"

struct session;
struct worker;

/* Starts a job for what waits in S, which holds no marks afterwards. */
void mark_job_start(struct worker *, struct session *);

/* Tells S of a member's marks: a receipt, or its own user's read mark. */
void mark_put(struct session *, uint64_t number, const struct event_mark *);

#endif

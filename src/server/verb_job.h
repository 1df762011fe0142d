/* SPDX-License-Identifier: ISC */
/* verb_job: requests that a module serves (module.h, sc_verb_def). */
#ifndef SERVER_VERB_JOB_H
#define SERVER_VERB_JOB_H

#include <stdbool.h>

struct elem;
struct session;

/* Starts the job for a request with an `id` whose tag a module has declared;
 * false: no module has. */
bool verb_job_start(struct session *, const struct elem *);

#endif

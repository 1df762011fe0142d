/* SPDX-License-Identifier: ISC */
/* worker: the process that is the server, started by the parent (monitor.h). */
#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H

/* The name by which the parent calls the program. */
#define WORKER_NAME "stonechatd: worker"

/* Runs with what comes over the descriptor LINE.  The exit status. */
int worker_run(int line);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * monitor: the parent, which keeps what needs rights and outlives its worker.
 *
 * It reads and checks the configuration, opens sockets, log and files, reads
 * certificate and key, and hands all of it to the worker, which is this program
 * again in a process of its own: the whole server, without rights.  Afterwards
 * it waits: signals go on to the worker, questions of the worker (line.h) are
 * answered, and a worker that has died is started again.
 *
 * The parent runs no thread, no TLS, and no database, and takes no byte from a
 * client.
 *
 *	monitor.c		its life: signals, waiting
 *	monitor_worker.c	the worker's: start, end, start again
 *	monitor_answer.c	what the worker asks for
 *	monitor_try.c		whether another one would start
 */
#ifndef DAEMON_MONITOR_H
#define DAEMON_MONITOR_H

#include <stddef.h>

/*
 * Runs the server of the configuration FILE, with PROGRAM as its worker.  The
 * exit status; -1: it did not start, with a sentence in WHY.
 */
int monitor_run(const char *program, const char *file, char *why,
    size_t whylen);

#endif

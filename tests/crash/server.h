/* SPDX-License-Identifier: ISC */
/*
 * server: the daemon of a run, as a child process that is started, killed and
 * stopped over and over.  What it logs goes to a file by way of a pipe, which
 * also tells that it is ready, and that it has died.
 */
#ifndef CRASH_SERVER_H
#define CRASH_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { SERVER_ARGS = 8 };

struct server {
	const char *log;	/* a file, appended to */
	char *argv[SERVER_ARGS + 1];
	const char *preload;	/* a shared object, or NULL */
	pid_t worker;		/* its child, which serves */
	pid_t pid;		/* 0: it does not run */
	int fd;			/* the pipe; -1: none */
	int log_fd;
	uint16_t port;		/* once it is ready; 0: it is not */
	char line[4096];	/* the last one, as far as it has come */
	unsigned linelen;
};

/* Starts it and waits until it is ready: true.  False: it died before. */
bool server_start(struct server *);

/* Takes what it has logged; false: it has died. */
bool server_read(struct server *);

/* Sends SIGNAL and waits for the end; the status as waitpid gives it. */
int server_end(struct server *, int signal);

/* Waits for the end of one that ends by itself. */
int server_wait(struct server *);

#endif

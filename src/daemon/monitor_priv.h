/* SPDX-License-Identifier: ISC */
/* The inside of the parent (monitor.h). */
#ifndef DAEMON_MONITOR_PRIV_H
#define DAEMON_MONITOR_PRIV_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "src/daemon/config.h"
#include "src/daemon/doors.h"
#include "src/daemon/line.h"
#include "src/daemon/log.h"
#include "src/daemon/texts.h"

enum { MONITOR_FAILURES = 3, MONITOR_WHY = 2048 };

/* A configuration with what it needs. */
struct edition {
	bool there;
	struct config conf;
	struct texts texts;
	int log;		/* open; -1: it was not asked for */
};

struct monitor {
	const char *program;
	struct edition now;	/* what runs */
	struct edition next;	/* what was read last */
	struct edition after;	/* for the worker after a restart */
	struct log log;
	struct doors doors;
	int64_t alive_ms;
	sigset_t signals, before;
	int signal_fd;
	/* the worker */
	pid_t worker;		/* 0: none */
	int line;		/* -1: closed */
	bool ready;		/* it has said so */
	char why[MONITOR_WHY];	/* it has failed to start */
	int64_t born;
	int64_t again_at;	/* no worker: when there is to be one */
	unsigned delay_ms;
	int64_t failures[MONITOR_FAILURES];	/* of the database, last first;
						 * 0: none */
	/* how it goes on */
	bool served;		/* some worker was ready */
	bool stopping;		/* a signal or a worker has said so */
	bool interrupted;	/* there was one SIGINT */
	bool restarting;
	bool over;
	int status;
};

/* Reads FILE, and what it names; with LOG also that.  0, or -1 and a
 * sentence in WHY, and there is none. */
int edition_read(struct edition *, const char *file, bool log, char *why,
    size_t whylen);
void edition_drop(struct edition *);

/* NEXT takes NOW's place in use. */
void monitor_adopt_take(struct monitor *, struct edition *next);

/* Whether a new worker could start with what is on the disk: 0, or -1 and the
 * sentence of the program in WHY. */
int monitor_try(const struct monitor *, char *why, size_t whylen);

/* 0, or -1: there will be no worker; WHY has the reason. */
int monitor_worker_start(struct monitor *);

/* Sees whether it has ended, and decides what becomes of that. */
void monitor_worker_reap(struct monitor *);

void monitor_worker_signal(struct monitor *, int signo);

/* What the worker says: one message, or its end of the line. */
void monitor_answer(struct monitor *);

#endif

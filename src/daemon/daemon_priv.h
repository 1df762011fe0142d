/* SPDX-License-Identifier: ISC */
/*
 * The inside of the daemon, on the main thread: daemon.c has its life, start.c
 * its beginning, reload.c its new configurations, drain.c and stop.c its end.
 */
#ifndef DAEMON_DAEMON_PRIV_H
#define DAEMON_DAEMON_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "src/daemon/drain.h"
#include "src/daemon/grace.h"
#include "src/daemon/log.h"
#include "src/daemon/mailbox.h"
#include "src/daemon/outside.h"
#include "src/daemon/runtime.h"
#include "src/daemon/watchdog.h"

struct config;
struct control;
struct handover;
struct listener;
struct loop;
struct switches;

struct daemon {
	const struct config *conf;	/* what runs; rt.conf: the first */
	struct config *reloaded;	/* the same, if a reload has made it */
	struct log log;
	struct outside outside;
	struct runtime rt;
	struct grace grace;
	struct loop *loop;
	struct mailbox box;
	struct listener *listener;
	struct control *control;
	struct alarm *sweep, *deadline;
	struct switches *switches;	/* of the modules */
	struct drain drain;
	struct watchdog watchdog;
	size_t running;		/* workers */
	int64_t alive_ms;	/* what the service manager asks for */
	bool jailed;		/* the database is the root directory */
	bool removing;		/* an account, since the start */
	bool stopping;
	bool restarting;	/* another process goes on */
	bool ending;		/* the workers have been told to end */
	int status;
};

/* Starting, before the loop is made and after: 0, or -1 and a sentence in WHY;
 * what was begun is then ended with the daemon. */
int start_outside(struct daemon *, struct handover *, char *why,
    size_t whylen);
int start_inside(struct daemon *, char *why, size_t whylen);

/* Gives due sweeps to the scribe, and comes again when the next is due. */
void daemon_sweep(void *daemon);

#endif

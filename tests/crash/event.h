/* SPDX-License-Identifier: ISC */
/*
 * event: what happens to a daemon in its life, one thing at a time, while the
 * load goes on.  Each event ends with everybody connected again and up to date.
 */
#ifndef CRASH_EVENT_H
#define CRASH_EVENT_H

#include "tests/crash/load.h"
#include "tests/crash/tree.h"

enum event_kind {
	EVENT_WORKER,		/* it is killed */
	EVENT_PARENT,		/* it is killed; later its worker ends, and an
				 * init starts the daemon again */
	EVENT_RESTART,		/* another worker, by stonechatctl */
	EVENT_CERTIFICATE,	/* another one, by a reload */
	EVENT_MODULE,		/* one is switched off and on */
	EVENT_BACKUP,
	EVENTS
};

extern const char *const event_names[EVENTS];

enum { BACKUPS_MAX = 64 };

/* A copy that was made under load, and what was told before. */
struct backup {
	char dir[TREE_PATH];
	uint64_t *tops;		/* of each pair; to be freed */
};

struct events {
	struct load *load;
	struct server *server;
	const char *ctl, *socket;	/* stonechatctl, and how to reach it */
	const char *dir;	/* cert.pem and key.pem of the server, and
				 * one.pem, one.key, two.pem, two.key; place
				 * for copies */
	char *modules[32];	/* their names, NULL ends */
	uint64_t pause;		/* messages while something is off */
	bool certificate;	/* which one is in use: the second? */
	char ca[TREE_PATH];	/* its file */
	uint64_t cut;		/* connections that need not have ended */
	struct backup backups[BACKUPS_MAX];
	unsigned nbackups;
};

/* Runs PATH with ARGS while the load goes on (LOAD may be NULL): its exit
 * status, or -1 if the server has died. */
int event_call(struct load *load, const char *path, char *const args[]);

/* False: it went wrong, and a comment says why. */
bool event_happen(struct events *, enum event_kind);

#endif

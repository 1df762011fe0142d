/* SPDX-License-Identifier: ISC */
/*
 * doors: what the server has under a name: the listeners, the control socket,
 * the files with its process and its port.  They belong to the parent, which
 * keeps them while workers come and go.
 */
#ifndef DAEMON_DOORS_H
#define DAEMON_DOORS_H

#include <stddef.h>
#include <stdint.h>

#include "src/daemon/config.h"
#include "src/daemon/files.h"

struct doors {
	int listeners[CONFIG_ADDRESSES];
	size_t nlisteners;
	int control;		/* -1: none */
	char *control_path;	/* to be removed; NULL: it is not ours */
	struct number_file pid_file, port_file;
};

/* Nothing is open. */
void doors_init(struct doors *);

/* Takes sockets from the service manager (activation.h), and opens what it has
 * not given.  0, or -1 and a sentence in WHY; doors_close is due either way. */
int doors_open(struct doors *, const struct config *, char *why,
    size_t whylen);

/* Writes the files, with this process as the one to send signals to.  0, or -1
 * and a sentence in WHY. */
int doors_announce(struct doors *, char *why, size_t whylen);

/* Closes the listeners; again is nothing. */
void doors_shut(struct doors *);

/* Closes all, and removes the files; again is nothing. */
void doors_close(struct doors *);

#endif

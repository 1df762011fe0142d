/* SPDX-License-Identifier: ISC */
/* The inside of the control socket, for control.c and control_answer.c. */
#ifndef DAEMON_CONTROL_PRIV_H
#define DAEMON_CONTROL_PRIV_H

#include <sys/queue.h>
#include <sys/types.h>

#include "src/common/buf.h"
#include "src/daemon/control.h"

enum { LINE_BYTES = 16384, CLIENTS_MAX = 16 };

struct client {
	TAILQ_ENTRY(client) link;
	struct control *control;
	struct watch *watch;	/* NULL: the peer is gone */
	int fd;
	char in[LINE_BYTES];
	size_t inlen;
	struct buf out;
	bool skip;		/* the rest of a line that was too long */
	bool eof;		/* the peer says no more, and may still read */
	int64_t moved;		/* when it last said or took something */
	pid_t pid;		/* who it was when it connected */
	uid_t uid;
	/* the request under way */
	bool busy;
	const struct control_command *command;
	json_t *request;
	void (*more)(void *arg, bool gone);
	void *more_arg;
	void (*gone)(void *arg);
	void *gone_arg;
};

struct control {
	int fd;
	struct loop *loop;
	struct watch *watch;
	const struct runtime *rt;
	struct daemon *daemon;
	TAILQ_HEAD(, client) clients;
	unsigned nclients, busy;
	int64_t started;
	struct alarm *alarm;
	int64_t idle_ms;
	bool stopping;
};

#endif

/* SPDX-License-Identifier: ISC */
/*
 * control_task: a control command that is one transaction, or a list that is
 * read a page at a time: the next page is read when the socket has taken the
 * one before, so that neither a long list nor a slow reader costs memory.
 */
#ifndef DAEMON_CONTROL_TASK_H
#define DAEMON_CONTROL_TASK_H

#include "src/chat/chat.h"
#include "src/chat/device.h"
#include "src/daemon/control.h"
#include "src/server/job.h"

enum { CONTROL_PAGE = 500 };	/* items */

struct control_task {
	struct client *client;
	const json_t *request;
	enum job_place place;
	struct server *server;
	/*
	 * In a transaction, on the scribe or a reader, and possibly several
	 * times: it adds items and sets RESULT.  0, or an error with a
	 * sentence in WHY (if it has one to say).
	 */
	int (*run)(struct tx *, struct control_task *);
	/* On the main loop, when that is durable; NULL: the request ends. */
	void (*done)(struct control_task *, int rc);
	json_t *items;		/* an array */
	json_t *result;
	uint64_t from;		/* a page begins there; 0 at first */
	uint64_t next;		/* set by `run': where the next begins, or 0 */
	void *data;		/* the command's own; freed at the end */
	void (*fini)(void *data);	/* before that; NULL: nothing */
	char why[CONTROL_WHY];
};

/* A task whose fields above `items' are to be set before it is started. */
struct control_task *control_task_create(struct client *,
    const json_t *request, enum job_place,
    int (*run)(struct tx *, struct control_task *));
void control_task_start(struct control_task *);

/* Both in one. */
void control_task_run(struct client *, const json_t *request, enum job_place,
    int (*run)(struct tx *, struct control_task *));

/* For `done': sends the items and ends the request; the task is gone. */
void control_task_end(struct control_task *, int rc);

/* For `done': the task is over and the request goes on. */
void control_task_drop(struct control_task *);

/* For `run': adds an item (takes the reference). */
void control_task_add_take(struct control_task *, json_t *item);

/* RC after saying why. */
int control_task_fail(struct control_task *, int rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The user or device that a field of the request names; SC_ENOTFOUND after
 * saying so.  A device may be named by its number, if none has that name. */
int control_task_user(struct control_task *, struct tx *, const char *field,
    struct user *);
int control_task_device(struct control_task *, struct tx *, const char *field,
    uint64_t user, struct device *);

/* The name of a user; "" if the account has been removed. */
int control_user_name(struct tx *, uint64_t id, char *out, size_t size);

/* A time as text, or null for 0.  A new reference. */
json_t *control_time(int64_t ms);

#endif

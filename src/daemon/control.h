/* SPDX-License-Identifier: ISC */
/*
 * control: the socket for stonechatctl, on the main loop.
 *
 * A Unix stream socket with mode 0660.  A request is one JSON object on one
 * line, of at most 16 KiB:
 *
 *	{"command": "user add", "name": "alice", "password": "..."}
 *	{"command": "user list"}
 *	{"command": "stats"}
 *	{"command": "stop"}
 *
 * The answer is any number of lines with one item each, then one line that
 * says how it ended; the next request may follow.
 *
 *	{"item": {"id": 1, "name": "alice", "created": "2026-11-23T..."}}
 *	{"ok": true}
 *	{"ok": false, "code": "conflict", "error": "a sentence"}
 *
 * `user add' answers with "id", `stats' with an object "stats" of names and
 * numbers.  `stop' answers at once; the connection is closed when the server
 * has stopped.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct client;
struct control;
struct loop;
struct runtime;

/* Binds the socket.  NULL and a sentence in WHY; another server that answers
 * on it is an error, one that does not is replaced. */
struct control *control_open(const char *path, char *why, size_t whylen);

/* Begins to answer; `stop' calls STOP.  0 or -1. */
int control_start(struct control *, struct loop *, const struct runtime *,
    void (*stop)(void *arg), void *arg);

/* Runs the requests that have come.  At the end of each turn. */
void control_turn_end(struct control *);

/* Takes no more connections and requests. */
void control_stop(struct control *);

/* Requests under way. */
unsigned control_busy(const struct control *);

/* Closes the connections and removes the socket. */
void control_destroy(struct control *);

/* ---- for the commands (control_NAME.c) ------------------------------- */

struct control_command {
	const char *name;
	/* Answers now or later, by one of the control_end functions. */
	void (*run)(struct client *, json_t *request);
};

/* A table in each control_NAME.c, listed in control_table.c; ends with a NULL
 * name. */
extern const struct control_command control_backup[], control_server[],
    control_stats[], control_user[];

/* NULL: there is no such command. */
const struct control_command *control_find(const char *name);

const struct runtime *control_runtime(const struct client *);

/* Sends an item; takes the reference. */
void control_item_take(struct client *, json_t *item);

/* Raw bytes, which the item before them must announce. */
void control_bytes(struct client *, const void *p, size_t n);

/* Whether the server stops: long requests should end, with an error. */
bool control_stopping(const struct client *);

/* Calls MORE(ARG) at the end of a turn when the socket has taken what was
 * sent, or with GONE when nobody reads any more: the request still has to be
 * ended. */
void control_when_sent(struct client *, void (*more)(void *arg, bool gone),
    void *arg);

/* Ends the request: with the fields of RESULT (may be NULL; the reference is
 * taken), or with an error of the given code. */
void control_end_take(struct client *, json_t *result);
void control_end_error(struct client *, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* What `stop' does. */
void control_request_stop(struct client *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * control: the socket for stonechatctl, on the main loop.
 *
 * A Unix stream socket with mode 0660.  A request is one JSON object on one
 * line, of at most 16 KiB:
 *
 *	{"command": "user add", "name": "alice", "password": "..."}
 *	{"command": "user list"}
 *
 * The answer is any number of lines with one item each, then one line that
 * says how it ended; the next request may follow.
 *
 *	{"item": {"id": 1, "name": "alice", "created": "2026-11-23T..."}}
 *	{"ok": true}
 *	{"ok": false, "code": "conflict", "error": "a sentence"}
 *
 * doc/control.md has every command with its fields, items and errors.
 *
 * A command is a row in the table of its control_NAME.c.  The row says which
 * fields the request may have; one that has others, or lacks one, or has it
 * with another type, is refused before the command runs.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;
struct config;
struct control;
struct daemon;
struct loop;
struct runtime;

/* For a socket that is bound (control_bind.h). */
struct control *control_create_take(int fd);

/* Begins to answer.  0 or -1. */
int control_start(struct control *, struct loop *, const struct runtime *,
    struct daemon *);

/* The part of the configuration that may change. */
void control_configure(struct control *, const struct config *);

/* Runs the requests that have come.  At the end of each turn. */
void control_turn_end(struct control *);

/* Takes no more connections and requests, and ends those that would go on. */
void control_stop(struct control *);

/* Requests under way. */
unsigned control_busy(const struct control *);

/* Closes the connections and the socket. */
void control_destroy(struct control *);

/* ---- for the commands (control_NAME.c) ------------------------------- */

enum { CONTROL_FIELDS = 5, CONTROL_WHY = 256 };

enum control_field_type {
	CONTROL_STRING,
	CONTROL_SECRET,		/* a string that is never logged */
	CONTROL_NUMBER,
	CONTROL_FLAG		/* true or false */
};

struct control_field {
	const char *name;
	enum control_field_type type;
	bool required;
	int64_t min, max;	/* of a number */
};

struct control_command {
	const char *name;
	/* Answers now or later, by one of the control_end functions.  The
	 * request is as the fields say, and lives until it is ended. */
	void (*run)(struct client *, json_t *request);
	bool changes;		/* it is logged with who asked for it */
	struct control_field fields[CONTROL_FIELDS];	/* NULL-terminated */
};

/* A table in each control_NAME.c, listed in control_table.c; ends with a NULL
 * name. */
extern const struct control_command control_backup[], control_chat[],
    control_config[], control_device[], control_module[], control_server[],
    control_session[], control_stats[], control_trace[], control_user[];

/* NULL: there is no such command. */
const struct control_command *control_find(const char *name);

/* Whether REQUEST is as the fields of the command say; if not, WHY says what
 * was expected. */
bool control_check(const struct control_command *, const json_t *request,
    char *why, size_t whylen);

/* The fields as "key=value key=value", without the secret ones, for the log.
 * Returns OUT. */
const char *control_fields(const struct control_command *,
    const json_t *request, char *out, size_t size);

/* What was given, or NULL, 0, false. */
const char *control_string(const json_t *request, const char *field);
int64_t control_number(const json_t *request, const char *field);
bool control_flag(const json_t *request, const char *field);

/* S as a string of JSON, with '?' for what is not UTF-8, such as a letter that
 * was cut.  A new reference. */
json_t *control_text(const char *s);

const struct runtime *control_runtime(const struct client *);
struct daemon *control_daemon(const struct client *);
struct loop *control_loop(const struct client *);

/* Milliseconds since control_start. */
int64_t control_uptime(const struct client *);

/* The server stops: workers do not answer any more. */
bool control_stopping(const struct client *);

/* Logs at once who asks for what: for requests that show what people have
 * written. */
void control_audit(struct client *);

/* Sends an item; takes the reference. */
void control_item_take(struct client *, json_t *item);

/* Raw bytes, which the item before them must announce. */
void control_bytes(struct client *, const void *p, size_t n);

/* Bytes that the socket has not taken. */
size_t control_unsent(const struct client *);

/* Calls MORE(ARG) at the end of a turn when the socket has taken what was
 * sent, or the server stops (control_stopping), or with GONE when nobody reads
 * any more: the request still has to be ended. */
void control_when_sent(struct client *, void (*more)(void *arg, bool gone),
    void *arg);

/*
 * For a request that goes on until somebody ends it: calls GONE(ARG) once,
 * when the peer has closed the connection or the server stops; NULL for no
 * more.  The request still has to be ended.
 */
void control_when_gone(struct client *, void (*gone)(void *arg), void *arg);

/* Ends the request: with the fields of RESULT (may be NULL; the reference is
 * taken), or with an error of the given code. */
void control_end_take(struct client *, json_t *result);
void control_end_error(struct client *, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- for worker_thread.c --------------------------------------------- */

struct mail;

/* Takes a struct traced to whoever traces. */
void control_traced(void *owner, const struct mail *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * ctl: a command of stonechatctl, from its words to its answer.
 *
 * A command is a row in the table of its file (cmd_NAME.c).  The row says
 * which arguments and options it takes, so that the request can be made from
 * it, and in which columns its items are printed; most commands need no code.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { CTL_ARGS_MAX = 10, CTL_OPTIONS_MAX = 6, EXIT_USAGE = 2 };

struct ctl;

enum ctl_option_type {
	CTL_FLAG,	/* true in the request */
	CTL_NUMBER,	/* a number in the request */
	CTL_LOCAL_FLAG,	/* not in the request: for the command's own code */
	CTL_LOCAL_NUMBER,
	CTL_LOCAL_TEXT
};

struct ctl_option {
	const char *name;	/* without "--"; the field of the request */
	enum ctl_option_type type;
	const char *value;	/* what the usage calls it; NULL: a flag */
	int64_t min, max;	/* of a number */
};

/* A column of a list, or a line of what is shown of one thing. */
struct ctl_column {
	const char *field;
	const char *title;
};

struct ctl_command {
	const char *name;	/* one or two words: the request's "command" */
	const char *what;	/* it does, for the help */
	/* As in the usage: "USER [DEVICE]".  In small letters they are the
	 * fields of the request.  "..." at the end: as many as there may be,
	 * for a command with code of its own. */
	const char *args;
	struct ctl_option options[CTL_OPTIONS_MAX];	/* ends with NULL */
	/* Ends with NULL.  LIST: a table with a head; else "title: value". */
	const struct ctl_column *columns;
	bool list;
	/* With the socket connected, or OFFLINE: as far as it connects itself;
	 * the exit status.  NULL: ctl_run. */
	int (*run)(struct ctl *);
	bool offline;
};

/* A table in each cmd_NAME.c, listed in stonechatctl.c; ends with a NULL
 * name. */
extern const struct ctl_command cmd_backup[], cmd_chat[], cmd_config[],
    cmd_device[], cmd_maintain[], cmd_module[], cmd_retention[], cmd_server[],
    cmd_session[], cmd_stats[], cmd_trace[], cmd_user[];

struct ctl {
	const char *path;	/* of the socket */
	bool json;
	FILE *in;	/* the socket; NULL: there is none */
	const struct ctl_command *command;
	int nargs;
	char *args[CTL_ARGS_MAX];
	/* as in the command's options: whether given, and its value */
	bool given[CTL_OPTIONS_MAX];
	const char *texts[CTL_OPTIONS_MAX];
	int64_t numbers[CTL_OPTIONS_MAX];
};

/* "stonechatctl: " and a sentence on standard error; EXIT_FAILURE. */
int ctl_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* 0, or the exit status after ctl_fail. */
int ctl_connect(struct ctl *);
void ctl_disconnect(struct ctl *);

/* Whether an option was given; *N gets its number (N may be NULL). */
bool ctl_option(const struct ctl *, const char *name, int64_t *n);

/* The text of an option; NULL: it was not given. */
const char *ctl_option_text(const struct ctl *, const char *name);

/* The request of the command with its arguments and options.  NULL: they are
 * not UTF-8. */
json_t *ctl_request(const struct ctl *);

/* Sends a request; takes the reference.  NULL is refused with a sentence. */
int ctl_send_take(struct ctl *, json_t *request);

/* The next line of the answer; NULL: the connection is lost (no sentence was
 * printed) or it is no JSON. */
json_t *ctl_receive(struct ctl *);

/* The connection is lost; EXIT_FAILURE. */
int ctl_lost(const struct ctl *);

/* The last line of an answer, J: 0, or EXIT_FAILURE after its sentence. */
int ctl_ended(const json_t *j);

/*
 * Reads an answer to its end.  Items go to ITEM, or with --json out as they
 * are.  *LAST gets the last line, a reference to drop (NULL on failure).
 */
typedef void ctl_item_fn(void *arg, const json_t *item);
int ctl_answer(struct ctl *, ctl_item_fn *item, void *arg, json_t **last);

/* The whole of an ordinary command: asks, and prints the items, in the
 * columns of the command or in these. */
int ctl_run(struct ctl *);
int ctl_run_columns(struct ctl *, const struct ctl_column *columns);

/*
 * The same for a command that changes something: prints DONE, a format with
 * at most one %s for the first argument, or with --json the last line.
 * REQUEST is taken.
 */
int ctl_run_request_take(struct ctl *, json_t *request, const char *done);

void ctl_print_json(const json_t *);

/* The path of stonechatd, which is beside this program: 0, or the exit status
 * after ctl_fail.  SIZE: CTL_PATH. */
enum { CTL_PATH = 4096 + 16 };
int ctl_find_server(char *out, size_t size);

/* Prints what may be a user's words: control characters as '?'. */
void ctl_print_clean(const char *s);

#endif

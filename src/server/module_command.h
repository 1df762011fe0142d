/* SPDX-License-Identifier: ISC */
/*
 * module_command: commands of a module for the operator, as in
 * "stonechatctl module run NAME COMMAND ARGUMENT=VALUE".  The answer is a
 * list of items, each with named values.
 */
#ifndef SERVER_MODULE_COMMAND_H
#define SERVER_MODULE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/common/slice.h"

struct sc_command;	/* one that is being run */
struct sc_module;
struct tx;

struct sc_argument_def {
	const char *name;
	bool needed;
	const char *help;
};

enum sc_command_kind {
	SC_COMMAND_READ,	/* on a reader; writes nothing */
	SC_COMMAND_WRITE	/* on the scribe */
};

struct sc_command_def {
	const char *name;
	enum sc_command_kind kind;
	const struct sc_argument_def *arguments;	/* or NULL */
	/* 0: the items that were added; below: refused with that code and
	 * scm_refuse's sentence, and nothing that it has written is kept */
	int (*run)(struct sc_module *, struct tx *, struct sc_command *);
	const char *help;	/* a sentence */
};

/* The value of an argument, as text; {NULL, 0}: it was not given. */
struct slice scm_argument(const struct sc_command *, const char *name);

/* Begins an item; what follows is put into it.  Keys are static; values are
 * copied.  SC_ENOMEM. */
int scm_item(struct tx *, struct sc_command *);
int scm_item_text(struct tx *, struct sc_command *, const char *key,
    struct slice value);
int scm_item_time(struct tx *, struct sc_command *, const char *key,
    int64_t utc_ms);
int scm_item_int(struct tx *, struct sc_command *, const char *key,
    int64_t value);

/*
 * For what is too long for one transaction: N bytes (SC_COMMAND_STATE at most),
 * zeroed at first, that the command keeps from one to the next; the next is
 * run if scm_more was called, when the items of this one have been taken.
 */
enum { SC_COMMAND_STATE = 128 };
void *scm_command_state(struct sc_command *, size_t n);
void scm_more(struct sc_command *);

/* Why the command is refused: a static sentence, that says what to do.
 * Returns CODE. */
int scm_refuse(struct sc_command *, int code, const char *why);

#endif

/* SPDX-License-Identifier: ISC */
/* command: a command of a module for the operator, as the executor runs it. */
#ifndef SERVER_COMMAND_H
#define SERVER_COMMAND_H

#include <stddef.h>

#include "src/server/module.h"

struct server;

struct command_argument {
	const char *name;
	struct slice value;
};

struct command_value {
	struct command_value *next;	/* the one added before */
	const char *key;
	bool is_text;
	struct slice text;	/* and a NUL behind it */
	int64_t number;
};

struct command_item {
	struct command_item *next;
	struct command_value *values;	/* the last one first */
};

struct sc_command {
	const struct sc_command_def *def;
	const struct command_argument *arguments;	/* those that are given */
	size_t narguments;
	/* what it keeps: as it was at the begin, for who runs it again, and as
	 * it is now, for the next transaction if there is MORE */
	_Alignas(max_align_t) uint8_t kept[SC_COMMAND_STATE];
	_Alignas(max_align_t) uint8_t now[SC_COMMAND_STATE];
	bool more;
	/* out; all of it lives in the transaction's memory */
	const char *why;
	struct command_item *items, *last;
	size_t nitems;
};

/* NULL: the module has none of that name. */
const struct sc_command_def *command_find(const struct sc_module_def *,
    const char *name);

/* In a transaction at the place that its kind says.  Below 0: refused, WHY may
 * say why. */
int command_run(struct server *, struct tx *, const struct sc_module_def *,
    struct sc_command *);

#endif

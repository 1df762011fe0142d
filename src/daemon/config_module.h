/* SPDX-License-Identifier: ISC */
/*
 * config_module: <module> in the configuration.  It says by its attributes
 * what it has to say: `name', `enabled', and those that the module declares.
 */
#ifndef DAEMON_CONFIG_MODULE_H
#define DAEMON_CONFIG_MODULE_H

#include <stdbool.h>
#include <stddef.h>

struct config;
struct sc_module_def;

/* A module that is linked in or loaded. */
struct config_module {
	const struct sc_module_def *def;
	bool enabled;
	void *conf;		/* the struct of its options */
	char *file;		/* it was loaded from; NULL: linked in */
	unsigned line;		/* where it is configured; 0: nowhere */
};

/* Written by configure: the modules that are linked in. */
extern const struct sc_module_def *const sc_builtin_modules[];

/*
 * Which modules there are, each with its defaults: those that are linked in;
 * or these and those in the module directory, if it was not known before (0,
 * or -1 and a sentence in WHY); or those that RUNNING has.  Files are mapped
 * once in the life of a process, while it can still see them.
 */
void config_modules_linked(struct config *);
int config_modules_map(struct config *, char *why, size_t whylen);
void config_modules_share(struct config *, const struct config *running);

/* Whether those that are enabled can be on together: 0, or -1 and a sentence in
 * WHY. */
int config_modules_check(const struct config *, char *why, size_t whylen);

void config_modules_fini(struct config *);

/*
 * Takes the ATTRIBUTES (name, value, ... NULL) of a <module> on LINE.  0, or
 * -1 with what was expected in WHY.
 */
int config_module_take(struct config *, const char *const *attributes,
    unsigned line, char *why, size_t whylen);

#endif

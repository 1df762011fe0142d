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

/* A module that is compiled in. */
struct config_module {
	const struct sc_module_def *def;
	bool enabled;
	void *conf;		/* the struct of its options */
	unsigned line;		/* where it is configured; 0: nowhere */
};

/* Written by configure: the modules that are linked in. */
extern const struct sc_module_def *const sc_builtin_modules[];

/* All modules, with their defaults. */
void config_modules_init(struct config *);
void config_modules_fini(struct config *);

/*
 * Takes the ATTRIBUTES (name, value, ... NULL) of a <module> on LINE.  0, or
 * -1 with what was expected in WHY.
 */
int config_module_take(struct config *, const char *const *attributes,
    unsigned line, char *why, size_t whylen);

#endif

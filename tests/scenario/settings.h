/* SPDX-License-Identifier: ISC */
/*
 * settings: the configuration of a server, option by option.  A path is as in
 * stonechat.xml(5), "session/heartbeat-ms"; for an option of a module
 * "modules/NAME/OPTION".
 */
#ifndef SCENARIO_SETTINGS_H
#define SCENARIO_SETTINGS_H

#include <stddef.h>

#include "src/common/buf.h"

struct setting {
	char *path, *value;
};

struct settings {
	struct setting *all;
	size_t count;
};

/* Replaces what the path was set to. */
void settings_set(struct settings *, const char *path, const char *value);
void settings_fini(struct settings *);

/* Appends the file. */
void settings_print(const struct settings *, struct buf *);

#endif

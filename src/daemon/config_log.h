/* SPDX-License-Identifier: ISC */
/*
 * config_log: <unit> in the configuration of the log: the level of one part of
 * the server, <unit name="session" level="debug"/>.
 */
#ifndef DAEMON_CONFIG_LOG_H
#define DAEMON_CONFIG_LOG_H

#include <stddef.h>

#include "src/daemon/config.h"

/* The words for levels; ends with a NULL word. */
extern const struct conf_choice config_log_levels[];

/* All units are logged like the others. */
void config_log_init(struct log_conf *);

/*
 * Takes the ATTRIBUTES (name, value, ... NULL) of a <unit> on LINE.  0, or -1
 * with what was expected in WHY.
 */
int config_log_take(struct config *, const char *const *attributes,
    unsigned line, char *why, size_t whylen);

#endif

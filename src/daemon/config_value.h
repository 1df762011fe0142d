/* SPDX-License-Identifier: ISC */
/*
 * config_value: one value of the configuration, as its row (config_defs.c)
 * describes it.
 */
#ifndef DAEMON_CONFIG_VALUE_H
#define DAEMON_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>

struct conf_def;
struct config;

/* TEXT becomes the value of the row: 0, or -1: it is not what the row
 * allows. */
int config_value_set(struct config *, const struct conf_def *,
    const char *text);

/* What the row allows, for messages. */
void config_value_expected(const struct conf_def *, char *out, size_t size);

/* Why TEXT, a word that exists, cannot be chosen in this build: what to add
 * to a message, or "". */
const char *config_value_missing(const struct conf_def *, const char *text);

/* Whether two configurations have the same value. */
bool config_value_equal(const struct conf_def *, const struct config *,
    const struct config *);

/* The value as it would be written; cut to SIZE.  Returns OUT. */
const char *config_value_print(const struct conf_def *, const struct config *,
    char *out, size_t size);

/* Frees what the row has. */
void config_value_clear(struct config *, const struct conf_def *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * module_conf: the options of a module, as text: checked against its table and
 * put into its configuration struct.
 */
#ifndef SERVER_MODULE_CONF_H
#define SERVER_MODULE_CONF_H

#include <stddef.h>

struct sc_conf_def;
struct sc_module_def;

/* A struct for DEF with the defaults, to be freed. */
void *module_conf_create(const struct sc_module_def *);

/*
 * Sets OPTION to VALUE in CONF: a decimal number in the range of the option, or
 * yes or no.  SC_ENOTFOUND: DEF has no such option.  SC_EBADREQUEST: WHY says
 * what was expected.  CONF is as it was then.
 */
int module_conf_set(const struct sc_module_def *, void *conf,
    const char *option, const char *value, char *why, size_t whylen);

/* The value of an option in CONF, as it would be written.  Returns OUT, which
 * has room for 16 characters. */
const char *module_conf_print(const struct sc_conf_def *, const void *conf,
    char *out);

#endif

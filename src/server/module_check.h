/* SPDX-License-Identifier: ISC */
/* module_check: whether a module's definition makes sense to this server. */
#ifndef SERVER_MODULE_CHECK_H
#define SERVER_MODULE_CHECK_H

#include <stddef.h>

struct sc_module_def;

/* 0, or SC_EBADREQUEST and in WHY what was expected and what to do.  Nothing
 * but the ABI is looked at if that is another. */
int module_check(const struct sc_module_def *, char *why, size_t whylen);

/* What both A and B serve; NULL: nothing.  Only one of them may be on. */
const char *module_clash(const struct sc_module_def *a,
    const struct sc_module_def *b);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * config_diff: in which elements two configurations differ, and whether a
 * running server can go from one to the other.
 */
#ifndef DAEMON_CONFIG_DIFF_H
#define DAEMON_CONFIG_DIFF_H

#include <stdbool.h>
#include <stddef.h>

struct config;

struct config_change {
	char path[128];		/* "log/level", "log/unit session",
				 * "modules/module offline days" */
	char element[32];	/* its own name: "level", "unit", "module" */
	char now[512], next[512];	/* as they would be written */
	unsigned line;		/* in the file of NEXT; 0: it is left out */
	bool live;		/* a reload takes it */
	bool parents;		/* not even a restart takes it */
};

/* Visits the differences in the order of config_defs. */
void config_diff(const struct config *now, const struct config *next,
    void (*visit)(void *arg, const struct config_change *), void *arg);

/* The change of what is in the certificate's file: from the one in use, with
 * the fingerprint NOW, to one with the fingerprint NEXT, for VISIT if they
 * differ. */
void config_diff_certificate(const struct config *next, const char *now_print,
    const char *next_print,
    void (*visit)(void *arg, const struct config_change *), void *arg);

/*
 * Whether a reload can go from NOW to NEXT: 0, or -1 with a sentence in WHY
 * that names FILE (of NEXT), line and element of the first that cannot change.
 */
int config_may_reload(const struct config *now, const struct config *next,
    const char *file, char *why, size_t whylen);

/* The same for a restart, which the parent survives. */
int config_may_restart(const struct config *now, const struct config *next,
    const char *file, char *why, size_t whylen);

#endif

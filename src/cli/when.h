/* SPDX-License-Identifier: ISC */
/* when: times as people type them. */
#ifndef CLI_WHEN_H
#define CLI_WHEN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a person calls a time, as UTC milliseconds: "2026-11-23",
 * "2026-11-23 06:46", "2026-11-23 06:46:00" (local), what cli_time_iso prints,
 * or an age before NOW, "90s", "90m", "12h", "7d".  False: it is none of them.
 */
bool when_parse(const char *text, int64_t now, int64_t *ms);

/* The same, and now is now. */
bool cli_time(const char *text, int64_t *ms);

#endif

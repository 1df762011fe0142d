/* SPDX-License-Identifier: ISC */
/* tool: the operator's commands, one at a time, while the others go on. */
#ifndef SCENARIO_TOOL_H
#define SCENARIO_TOOL_H

#include "src/common/buf.h"

struct polls;
struct stage;

/*
 * Runs stonechatctl with WORDS, a space between two, and the INPUT (NULL:
 * none); appends what it prints to OUT.  Its exit status, or -1 after
 * stage_fail.
 */
int tool_control(struct stage *, const char *words, const char *input,
    struct buf *out);

/* The same for stonechatd --maintain. */
int tool_maintain(struct stage *, const char *words, struct buf *out);

void tool_poll(struct stage *, struct polls *);
void tool_step(struct stage *, const struct polls *);
void tool_fini(struct stage *);

#endif

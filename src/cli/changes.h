/* SPDX-License-Identifier: ISC */
/*
 * changes: what entries of groups say has changed, as lines of text.  The
 * events of an entry come before the entry itself.
 */
#ifndef CLI_CHANGES_H
#define CLI_CHANGES_H

#include "src/client/stonechat.h"
#include "src/common/buf.h"

struct cli;

struct changes {
	uint64_t chat, seq;
	struct buf line;
};

void changes_init(struct changes *);
void changes_fini(struct changes *);

/* Takes SC_EVENT_MEMBER and _CHANGED of an entry. */
void changes_add(struct changes *, const struct cli *,
    const struct sc_event *);

/* What the entry E has changed; NULL: nothing that is known. */
const char *changes_line(struct changes *, const struct sc_event *e);

/* "member", "admin" or "owner". */
const char *changes_role(enum sc_role);

/* One of these events as a JSON object, printed. */
void changes_json(const struct cli *, const struct sc_event *);

#endif

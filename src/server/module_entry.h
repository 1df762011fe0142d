/* SPDX-License-Identifier: ISC */
/*
 * module_entry: one entry of a chat, with its content.  Fails as the functions
 * of module_chat.h do.
 */
#ifndef SERVER_MODULE_ENTRY_H
#define SERVER_MODULE_ENTRY_H

#include "src/chat/model.h"

struct sc_content;
struct tx;

/* *E lives until the transaction ends.  SC_ENOTFOUND: pruned, or not yet.
 * Whether somebody may have it is the caller's to know (R5). */
int scm_entry_get(struct tx *, const struct chat_id *, uint64_t seq,
    struct entry *e);

/*
 * The content elements of an entry, in the transaction's memory.
 * SC_ENOTACCEPTABLE: its payload is for its readers alone, or holds more than
 * SC_ELEMENTS_MAX.
 */
enum { SC_ELEMENTS_MAX = 256 };

int scm_entry_open(struct tx *, const struct entry *e,
    const struct elem **content, size_t *n);

/*
 * What E says goes, for everybody: it becomes <deleted user seq/>, of USER and
 * the entry BY that deletes it, or with USER 0 <deleted/>, and counts no more
 * (R6).  KEPT, if there is one, is an element that stays beside it.  Caches
 * are told.  SC_ENOTFOUND: it is kept where nothing can be changed.
 */
int scm_entry_delete(struct tx *, const struct entry *e, uint64_t user,
    uint64_t by, const struct elem *kept);

#endif

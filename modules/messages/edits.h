/* SPDX-License-Identifier: ISC */
/*
 * edits: which entries are edits of which.  Edits are entries of their own, so
 * who deletes a message must find what it was edited to.
 */
#ifndef MESSAGES_EDITS_H
#define MESSAGES_EDITS_H

/* The tables of the module. */
enum { MESSAGES_EDITS };

/* Whether an entry has been edited as often as it may. */
int messages_edits_full(struct sc_module *, struct tx *, const struct entry *,
    bool *full);

/* Entry BY, of the same chat, is an edit of E. */
int messages_edits_note(struct sc_module *, struct tx *,
    const struct entry *e, uint64_t by);

/* Deletes the edits of E for everyone, as scm_entry_delete does E; that they
 * were edits stays to be seen. */
int messages_edits_delete(struct sc_module *, struct tx *,
    const struct entry *e, uint64_t user, uint64_t by);

/* Forgets the edits of entries that are not there any more. */
int messages_edits_sweep(struct sc_module *, struct tx *);

#endif

/* SPDX-License-Identifier: ISC */
/* entry, split over entry.c (their order, own ones, what they say) and
 * entry_take.c (what comes). */
#ifndef CLI_ENTRY_PRIV_H
#define CLI_ENTRY_PRIV_H

#include "src/cli/entry.h"

/* N bytes with a 0 behind them; NULL: no memory. */
char *entry_copy(const char *p, size_t n);

/* In its place; NULL: no memory. */
struct entry *entry_new(struct entries *, uint64_t seq);
void entry_forget_said(struct entry *);
void entry_forget_options(struct entry *);

/* What it says is this; false: no memory. */
bool entry_take_content(struct entry *, const struct sc_message *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * answer: results and pages, which may be larger than a frame can hold; pages
 * are deflated when that makes them smaller (R21).
 */
#ifndef SERVER_ANSWER_H
#define SERVER_ANSWER_H

#include <stdint.h>

#include "src/common/slice.h"

struct elem;
struct session;

/* Puts a stanza as it is.  SC_ETOOLARGE: no frame can hold it; nothing was
 * put. */
int answer_put(struct session *, const struct elem *);

/* Puts a page.  Never for keys and tokens. */
int answer_page(struct session *, const struct elem *);

/* The answer to request N that was kept (dedupe.h, OUTCOME_DONE). */
void answer_stored(struct session *, uint64_t n, struct slice bytes);

#endif

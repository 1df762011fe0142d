/* SPDX-License-Identifier: ISC */
/* contents: what a payload says, element by element. */
#ifndef SIM_CONTENTS_H
#define SIM_CONTENTS_H

#include "protocol/elem.h"
#include "src/common/slice.h"

struct deflate;

/* Calls FN for each element of a payload as it is on the wire; they live until
 * it returns.  0, or a code if the payload cannot be opened. */
int contents_each(struct deflate *, struct slice wire,
    void (*fn)(void *arg, const struct elem *), void *arg);

#endif

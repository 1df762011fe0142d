/* SPDX-License-Identifier: ISC */
/* Apart from buf.c, which modules have a copy of: it needs no OpenSSL. */
#include "src/common/buf.h"
#include "src/common/wipe.h"

void
buf_wipe(struct buf *b)
{
	if (b->p != NULL)
		wipe(b->p, b->cap);
	buf_fini(b);
}

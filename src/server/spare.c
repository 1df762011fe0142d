/* SPDX-License-Identifier: ISC */
#include "src/server/spare.h"

/* Smaller ones are grown as fast as they are found; larger ones are rare, and
 * memory. */
enum { SPARE_MIN = 512, SPARE_MAX = 4096 };

void
spares_fini(struct spares *s)
{
	while (s->n > 0)
		buf_fini(&s->all[--s->n]);
}

void
spare_take(struct spares *s, struct buf *b)
{
	if (s->n > 0)
		*b = s->all[--s->n];
}

void
spare_give(struct spares *s, struct buf *b)
{
	if (s->n == SPARES || b->cap < SPARE_MIN || b->cap > SPARE_MAX) {
		buf_fini(b);
		return;
	}
	buf_clear(b);
	s->all[s->n++] = *b;
	buf_init(b, 0);
}

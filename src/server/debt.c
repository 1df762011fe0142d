/* SPDX-License-Identifier: ISC */
#include "src/server/debt.h"

#include <stdlib.h>

#include "src/common/alloc.h"

enum { CAP_MIN = 64 };

/* Where USER is, or would go: the table is never full. */
static size_t
slot_of(const struct debts *d, uint64_t user)
{
	size_t at = (size_t)((user * UINT64_C(0x9e3779b97f4a7c15)) >> 32);

	for (at &= d->cap - 1; d->v[at].user != 0 && d->v[at].user != user;)
		at = (at + 1) & (d->cap - 1);
	return at;
}

/* Into a new table, which is half full at most, without what is earned. */
static void
sweep(struct debts *d, int64_t now)
{
	struct debt *old = d->v;
	size_t n = d->cap, left = 0;

	for (size_t i = 0; i < n; i++)
		left += old[i].user != 0 && old[i].earned_at > now;
	d->cap = CAP_MIN;
	while (d->cap < 4 * left)
		d->cap *= 2;
	d->v = xcalloc(d->cap, sizeof(*d->v));
	d->n = left;
	for (size_t i = 0; i < n; i++)
		if (old[i].user != 0 && old[i].earned_at > now)
			d->v[slot_of(d, old[i].user)] = old[i];
	free(old);
}

void
debts_fini(struct debts *d)
{
	free(d->v);
	d->v = NULL;
	d->n = d->cap = 0;
}

void
debts_note(struct debts *d, uint64_t user, int64_t earned_at, int64_t now)
{
	struct debt *e;

	if (earned_at <= now)
		return;
	if (d->n >= d->cap / 2)
		sweep(d, now);
	e = &d->v[slot_of(d, user)];
	d->n += e->user == 0;
	e->user = user;
	if (e->earned_at < earned_at)
		e->earned_at = earned_at;
}

int64_t
debts_of(const struct debts *d, uint64_t user)
{
	return d->cap == 0 ? 0 : d->v[slot_of(d, user)].earned_at;
}

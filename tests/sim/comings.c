/* SPDX-License-Identifier: ISC */
#include "tests/sim/comings.h"

#include <inttypes.h>

#include "src/common/err.h"
#include "tests/sim/sim.h"

void
comings_heard(struct sim *s, const struct sim_coming *c)
{
	struct sim_comings *all = &s->comings;
	struct sim_coming *last = NULL;

	for (unsigned i = 0; i < all->n && last == NULL; i++)
		if (all->last[i].user == c->user &&
		    all->last[i].device == c->device)
			last = &all->last[i];
	if (last == NULL) {
		sc_assert(all->n < COMINGS_MAX);
		last = &all->last[all->n++];
		*last = *c;
	} else if (last->wire < c->wire) {
		last->wire = c->wire;
	} else {
		report_count(&s->w.report, COUNT_LATE_LOGINS);
	}
}

void
comings_replaced(struct sim *s, const struct sim_coming *c)
{
	const struct sim_comings *all = &s->comings;

	for (unsigned i = 0; i < all->n; i++) {
		const struct sim_coming *o = &all->last[i];

		if (o->user == c->user && o->wire > c->wire &&
		    (o->device == 0 || c->device == 0 ||
		    o->device == c->device))
			return;
	}
	report_fail(&s->w.report, "R9", "connection %u of user %" PRIu64
	    " is replaced, and no other of its device %u has come later",
	    c->wire, c->user, (unsigned)c->device);
}

/* SPDX-License-Identifier: ISC */
#include "tests/sim/prune.h"

#include <inttypes.h>

#include "src/chat/chat.h"
#include "src/chat/entry.h"
#include "src/common/err.h"
#include "tests/sim/sim.h"

enum { DAY_MS = 86400 * 1000 };

void
prune_leap(struct sim *s)
{
	int64_t ms = prng_between(&s->w.rng, DAY_MS + DAY_MS / 4, 2 * DAY_MS);

	report_trace(&s->w.report, "sim", "%" PRId64 " s pass", ms / 1000);
	report_count(&s->w.report, COUNT_LEAPS);
	clock_leap(&s->w.clock, ms);
}

bool
prune_may(const struct sim *s, int64_t time)
{
	return s->until || s->keeps.n > 0 ||
	    time <= clock_wall_most(&s->w.clock) - DAY_MS;
}

bool
prune_lost(const struct ledger *l, unsigned said)
{
	const struct said *m = &l->said[said];
	const struct fact_number *f = ledger_number(l,
	    l->sim->users[l->sim->peers[m->peer]->user].id, m->place);

	for (unsigned i = 0; i < l->nchats && f != NULL; i++) {
		const struct fact_chat *c = &l->chats[i];

		if (chat_id_equal(&c->id, &f->id) && m->seq != 0 &&
		    m->seq <= c->count)
			return prune_may(l->sim, c->entries[m->seq - 1].time);
	}
	return false;
}

/* Whether it is too young to be gone, and not everybody has it, as far as is
 * known. */
static bool
must_be_there(struct ledger *l, const struct fact_chat *c, uint64_t seq)
{
	struct sim *s = l->sim;
	const struct fact *f = &c->entries[seq - 1];

	if (c->account_of != 0 || keep_forever(s, c, seq))
		return true;
	if (seq > c->count || !f->known ||
	    f->time <= clock_wall_most(&s->w.clock) - DAY_MS)
		return false;
	if (!keep_until_delivered(s, c, seq))
		return true;
	report_count(&s->w.report, COUNT_DELIVERED_GONE);
	return !keep_is_delivered(s, c, seq);
}

void
prune_check(struct ledger *l, const struct fact_chat *c, uint64_t first,
    uint64_t last, const char *when)
{
	for (uint64_t seq = first; seq <= last; seq++) {
		report_count(&l->sim->w.report, COUNT_PRUNED);
		if (must_be_there(l, c, seq))
			report_fail(&l->sim->w.report, "R6", "%s: seq %" PRIu64
			    " is gone before its time", when, seq);
	}
}

bool
prune_is_gone(struct tx *tx, const struct chat_id *id, uint64_t seq)
{
	struct entry e;

	return entry_get(tx, id, seq, &e) == SC_ENOTFOUND;
}

/* SPDX-License-Identifier: ISC */
/* What is old goes: by whole periods, or when everybody has it. */
#include "retention.h"

#include <string.h>

enum { CHATS_AT_ONCE = 500 };

static int
sweep_old(struct retention_search *s, struct chat_place *place)
{
	const struct sc_period *p = &s->period;
	int rc = scm_period_drop(s->tx, p->part, CHATS_AT_ONCE, place);

	if (rc != 0 || place->more)
		return rc;
	scm_count(s->m, PERIODS_DROPPED, 1);
	scm_log(s->m, s->tx, SC_LOG_INFO, "period.dropped",
	    "class=%u begin=%lld", p->class, (long long)p->begin);
	return 0;
}

static int
sweep_delivered(struct retention_search *s, struct chat_place *place)
{
	struct sc_sum sum = {0};
	int rc = scm_period_delivered(s->tx, s->period.part, ROWS_AT_ONCE,
	    true, place, &sum);

	scm_count(s->m, DELIVERED_REMOVED, sum.entries);
	return rc;
}

/* One bounded step from where P is; *MORE: it was not the last one.  *DROPPED
 * counts periods. */
static int
sweep_step(struct sc_module *m, struct tx *tx, struct retention_progress *p,
    bool *more, uint64_t *dropped)
{
	struct retention_search s = {.m = m, .tx = tx, .from = p->part};
	int rc = scm_periods(tx, retention_search, &s);

	if (rc != 0)
		return rc;
	*more = s.found;
	if (!s.found) {
		*p = (struct retention_progress){.due = scm_now(tx) + CYCLE_MS};
		return retention_progress_put(m, tx, p);
	}
	if (p->part != s.period.part)
		memset(&p->place, 0, sizeof(p->place));
	p->part = s.period.part;
	rc = s.old ? sweep_old(&s, &p->place)
		   : sweep_delivered(&s, &p->place);
	if (!p->place.more) {
		*dropped += s.old;
		p->part++;
		memset(&p->place, 0, sizeof(p->place));
	}
	return rc != 0 ? rc : retention_progress_put(m, tx, p);
}

int
retention_sweep(struct sc_module *m, struct tx *tx)
{
	struct retention_progress p;
	uint64_t dropped = 0;
	bool more;
	int rc = retention_progress_get(m, tx, &p);

	if (rc != 0 || p.due > scm_now(tx))
		return rc;
	return sweep_step(m, tx, &p, &more, &dropped);
}

/* ---- sweep now ------------------------------------------------------- */

struct sweeping {
	bool begun;
	uint64_t dropped;
};

int
retention_sweep_run(struct sc_module *m, struct tx *tx, struct sc_command *c)
{
	struct sweeping *s = scm_command_state(c, sizeof(*s));
	struct retention_progress p;
	bool more;
	int rc;

	if (!scm_clocks_agree(m))
		return scm_refuse(c, SC_EUNAVAILABLE, "the clocks have drifted "
		    "apart: set the time and restart the server");
	rc = retention_progress_get(m, tx, &p);
	if (rc == 0 && !s->begun)
		memset(&p, 0, sizeof(p));
	s->begun = true;
	if (rc == 0)
		rc = sweep_step(m, tx, &p, &more, &s->dropped);
	if (rc != 0)
		return rc;
	if (more) {
		scm_more(c);
		return 0;
	}
	rc = scm_item(tx, c);
	return rc != 0 ? rc
	    : scm_item_int(tx, c, "periods", (int64_t)s->dropped);
}

/* SPDX-License-Identifier: ISC */
/* What is over is put into compressed files. */
#include "retention.h"

#include <stdlib.h>
#include <string.h>

/* The first period that is older than that and not sealed; one that goes soon,
 * or row by row, is left alone. */
struct unsealed {
	struct sc_module *m;
	struct tx *tx;
	int64_t before;
	bool found;
	struct sc_period period;
};

static int
unsealed_period(void *arg, const struct sc_period *p)
{
	struct unsealed *u = arg;
	uint32_t keep;
	int rc;

	if (p->sealed || p->end > u->before)
		return 0;
	rc = retention_keep(u->m, u->tx, p->class, &keep);
	if (rc != 0)
		return rc;
	if (keep == SC_KEEP_UNTIL_DELIVERED ||
	    retention_is_old(u->m, u->tx, p, keep))
		return 0;
	u->period = *p;
	u->found = true;
	return 1;
}

/* A step with what is over since DAYS. */
static int
seal_step(struct sc_module *m, struct tx *tx, int64_t days, bool *more,
    bool *sealed)
{
	struct unsealed u = {.m = m, .tx = tx,
	    .before = scm_now(tx) - days * DAY_MS};
	int rc = scm_periods(tx, unsealed_period, &u);

	*more = rc == 0 && u.found;
	*sealed = false;
	if (!*more)
		return rc;
	rc = scm_period_seal(tx, &u.period, sealed);
	if (rc != 0 || !*sealed)
		return rc;
	scm_count(m, PERIODS_SEALED, 1);
	scm_log(m, tx, SC_LOG_INFO, "period.sealed", "class=%u begin=%lld",
	    u.period.class, (long long)u.period.begin);
	return 0;
}

int
retention_seal(struct sc_module *m, struct tx *tx)
{
	const struct retention_conf *conf = scm_conf(m);
	bool more, sealed;
	int64_t due;
	int rc;

	if (conf->seal_days == 0)
		return 0;
	rc = retention_seal_due_get(m, tx, &due);
	if (rc != 0 || due > scm_now(tx))
		return rc;
	rc = seal_step(m, tx, conf->seal_days, &more, &sealed);
	if (rc == SC_ENOSPC)	/* the store says so itself */
		return 0;
	return rc != 0 || more ? rc
	    : retention_seal_due_put(m, tx, scm_now(tx) + CYCLE_MS);
}

/* The days of the argument `older', or those of the configuration. */
static int
older_than(struct sc_module *m, struct sc_command *c, int64_t *days)
{
	const struct retention_conf *conf = scm_conf(m);
	struct slice text = scm_argument(c, "older");
	char copy[8] = "", *end;

	*days = conf->seal_days;
	if (text.p == NULL && *days == 0)
		return scm_refuse(c, SC_EBADREQUEST, "nothing is sealed by "
		    "itself here (seal-days is 0): say of "
		    "how many days, with older (--older DAYS)");
	if (text.p == NULL)
		return 0;
	if (text.len < sizeof(copy))
		memcpy(copy, text.p, text.len);
	*days = strtol(copy, &end, 10);
	if (*copy < '0' || *copy > '9' || *end != '\0' || *days > 36500)
		return scm_refuse(c, SC_EBADREQUEST, "expected a number of "
		    "days from 0 to 36500");
	return 0;
}

/* One step; whoever asks comes again while there is more. */
int
retention_seal_run(struct sc_module *m, struct tx *tx, struct sc_command *c)
{
	bool more = false, sealed = false;
	int64_t days;
	int rc = older_than(m, c, &days);

	if (rc == 0)
		rc = seal_step(m, tx, days, &more, &sealed);
	if (rc == SC_ENOSPC)
		return scm_refuse(c, rc, "the disk is nearly full, and a "
		    "sealed period is beside the old one at first: make room");
	if (rc == 0)
		rc = scm_item(tx, c);
	if (rc == 0)
		rc = scm_item_int(tx, c, "sealed", sealed);
	return rc != 0 ? rc
	    : scm_item_text(tx, c, "more", slice_str(more ? "yes" : "no"));
}

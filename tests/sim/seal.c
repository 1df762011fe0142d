/* SPDX-License-Identifier: ISC */
#include "tests/sim/seal.h"

#include "src/chat/domain.h"
#include "src/common/err.h"
#include "src/server/module.h"

enum { SEAL_S = 2 };

/* A step with the first period that is over and not sealed. */
static int
seal_period(void *arg, const struct sc_period *p)
{
	struct tx *tx = arg;
	bool done;
	int rc;

	if (p->sealed || p->end > scm_now(tx))
		return 0;
	rc = scm_period_seal(tx, p, &done);
	return rc != 0 ? rc : 1;
}

static int
seal_sweep(struct sc_module *m, struct tx *tx)
{
	(void)m;
	return scm_periods(tx, seal_period, tx);
}

static const struct sc_sweep_def seal_sweeps[] = {
    {"seal", SEAL_S, seal_sweep},
    {0},
};

const struct sc_module_def sim_module_seal = {
	.abi = SC_MODULE_ABI,
	.name = "sim-seal",
	.summary = "seals periods when they are over",
	.sweeps = seal_sweeps,
};

/* ---- how many ------------------------------------------------------- */

struct counting {
	const struct tx *tx;
	unsigned n;
};

static int
count_part(void *arg, uint32_t part)
{
	struct counting *c = arg;
	struct store_sealed sealed;

	c->n += store_sealed(c->tx->st, c->tx->d->entries, part,
	    &sealed) == 0 && sealed.done;
	return 0;
}

unsigned
seal_count(const struct tx *tx)
{
	struct counting c = {tx, 0};

	sc_assert(store_parts(tx->st, tx->d->entries, count_part, &c) == 0);
	return c.n;
}

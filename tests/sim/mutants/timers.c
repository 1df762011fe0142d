/* SPDX-License-Identifier: ISC */
/*
 * A deliberate bug: what is said of an entry that disappears has only the timer
 * of its chat, so that an edit keeps its text.  Linked with --wrap, so that the
 * server calls the function below.
 */
#include "src/server/expiry.h"
#include "tests/sim/host.h"
#include "tests/sim/runner.h"

uint32_t __real_expiry_timer(struct server *, const struct tx *,
    const struct chat *, int64_t until);
uint32_t __wrap_expiry_timer(struct server *, const struct tx *,
    const struct chat *, int64_t until);

uint32_t
__wrap_expiry_timer(struct server *s, const struct tx *tx,
    const struct chat *c, int64_t until)
{
	(void)until;
	return __real_expiry_timer(s, tx, c, INT64_MAX);
}

int
main(void)
{
	const struct sim_options o = {0};

	/* it is about what is said of others */
	return runner_expect(&o, host_has("messages") ? "disappearing"
	    : "messages", 1, 200, "R6");
}

/* SPDX-License-Identifier: ISC */
/*
 * A deliberate bug: caches are not told of what is deleted.  Linked with
 * --wrap, so that the server calls the function below.
 */
#include "src/server/outbox.h"
#include "tests/sim/host.h"
#include "tests/sim/runner.h"

int __wrap_outbox_replaced(struct outbox *ob, const struct entry *entry);

int
__wrap_outbox_replaced(struct outbox *ob, const struct entry *entry)
{
	(void)ob, (void)entry;
	return 0;
}

int
main(void)
{
	const struct sim_options o = {0};

	/* who was away reads what was cached */
	return runner_expect(&o, host_has("messages") ? "offline" : "messages",
	    1, 200, "R6");
}

/* SPDX-License-Identifier: ISC */
/*
 * A deliberate bug: a chat's row does not say that others are in it, so that
 * its entries go to those who were in it before (R5).  Linked with --wrap, so
 * that the server calls the function below.
 */
#include "src/chat/recipients.h"
#include "tests/sim/runner.h"

void __wrap_recipients_changed(const struct tx *tx, struct chat *c);

void
__wrap_recipients_changed(const struct tx *tx, struct chat *c)
{
	(void)tx, (void)c;
}

int
main(void)
{
	const struct sim_options o = {0};

	return runner_expect(&o, "groups", 1, 100, "R5");
}

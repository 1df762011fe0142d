/* SPDX-License-Identifier: ISC */
/*
 * A deliberate bug: workers are not told that somebody has turned his switches
 * of privacy, so that who watches goes on.  Linked with --wrap, so that modules
 * call the function below.
 */
#include "src/server/module.h"
#include "tests/sim/runner.h"

int __wrap_scm_tell_all(struct sc_module *, struct tx *, struct slice);

int
__wrap_scm_tell_all(struct sc_module *m, struct tx *tx, struct slice bytes)
{
	(void)m, (void)tx, (void)bytes;
	return 0;
}

int
main(void)
{
	const struct sim_options o = {0};

	return runner_expect(&o, "presence", 1, 200, "R25 presence");
}

/* SPDX-License-Identifier: ISC */
/*
 * A deliberate bug: marks do not merge by maximum, the last one stated wins.
 * Linked with --wrap, so that the server calls the function below.
 */
#include "src/chat/member.h"
#include "tests/sim/runner.h"

uint64_t __wrap_member_merge_mark(uint64_t have, uint64_t stated);

uint64_t
__wrap_member_merge_mark(uint64_t have, uint64_t stated)
{
	return stated != 0 ? stated : have;
}

int
main(void)
{
	const struct sim_options o = {0};

	return runner_expect(&o, NULL, 1, 100, "R13");
}

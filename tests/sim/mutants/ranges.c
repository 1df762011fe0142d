/* SPDX-License-Identifier: ISC */
/*
 * A deliberate bug: who is in a group may read all of it.  Linked with --wrap,
 * so that the server calls the function below.
 */
#include "src/chat/member.h"
#include "tests/sim/runner.h"

bool __wrap_member_sees(const struct member *m, uint64_t seq, uint64_t *last);

bool
__wrap_member_sees(const struct member *m, uint64_t seq, uint64_t *last)
{
	(void)m, (void)seq;
	*last = UINT64_MAX;
	return true;
}

int
main(void)
{
	const struct sim_options o = {0};

	return runner_expect(&o, "groups", 1, 100, "R5");
}

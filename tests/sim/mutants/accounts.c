/* SPDX-License-Identifier: ISC */
/*
 * A deliberate bug: whose account is removed does not leave the groups that he
 * is in, so that nobody is told, and nobody follows an owner.  Linked with
 * --wrap, so that the server calls the function below.
 */
#include "src/server/account.h"
#include "tests/sim/runner.h"

int __wrap_account_leave(struct tx *, struct server *, uint64_t user);

int
__wrap_account_leave(struct tx *tx, struct server *s, uint64_t user)
{
	(void)tx, (void)s, (void)user;
	return 0;
}

int
main(void)
{
	const struct sim_options o = {0};

	return runner_expect(&o, "groups", 1, 200, "R2 R5 R24");
}

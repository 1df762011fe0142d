/* SPDX-License-Identifier: ISC */
/*
 * A deliberate bug: who leaves a group takes everybody else for an owner of
 * it, so that nobody becomes one.  Linked with --wrap, so that modules call
 * the function below.
 */
#include "src/server/module.h"
#include "tests/sim/runner.h"

typedef int list_fn(void *arg, uint64_t user, const struct member *);

int __real_scm_member_list(struct tx *, const struct chat_id *, list_fn *,
    void *arg);
int __wrap_scm_member_list(struct tx *, const struct chat_id *, list_fn *,
    void *arg);

struct listing {
	list_fn *fn;
	void *arg;
};

static int
list_owner(void *arg, uint64_t user, const struct member *m)
{
	const struct listing *l = arg;
	struct member owner = *m;

	owner.role = ROLE_OWNER;
	return l->fn(l->arg, user, &owner);
}

int
__wrap_scm_member_list(struct tx *tx, const struct chat_id *id, list_fn *fn,
    void *arg)
{
	struct listing l = {fn, arg};

	return __real_scm_member_list(tx, id, list_owner, &l);
}

int
main(void)
{
	const struct sim_options o = {0};

	return runner_expect(&o, "groups", 1, 100, "R24");
}

/* SPDX-License-Identifier: ISC */
/*
 * A deliberate bug: that an invitation has been used is not written, so that it
 * lets in any number.  Linked with --wrap, so that modules call the function
 * below.
 */
#include "src/server/module.h"
#include "tests/sim/runner.h"

/* A row of an invitation: its key, and a value with a secret. */
enum { TABLE_OF_INVITES = 1, KEY_SIZE = 24, SECRET_SIZE = 16 };

int __real_scm_put(struct tx *, const struct sc_module *, unsigned table,
    uint32_t part, struct slice key, struct slice value);
int __wrap_scm_put(struct tx *, const struct sc_module *, unsigned table,
    uint32_t part, struct slice key, struct slice value);

int
__wrap_scm_put(struct tx *tx, const struct sc_module *m, unsigned table,
    uint32_t part, struct slice key, struct slice value)
{
	struct slice old;

	if (table == TABLE_OF_INVITES && key.len == KEY_SIZE &&
	    value.len > SECRET_SIZE &&
	    scm_get(tx, m, table, part, key, &old) == 0)
		return 0;
	return __real_scm_put(tx, m, table, part, key, value);
}

int
main(void)
{
	const struct sim_options o = {0};

	return runner_expect(&o, "groups", 1, 200, "R25");
}

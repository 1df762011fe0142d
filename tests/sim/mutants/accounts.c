/* SPDX-License-Identifier: ISC */
/*
 * A deliberate bug: whose account is removed does not leave the chats that he
 * is in, so that nobody is told, and nobody follows an owner.  Linked with
 * --wrap, so that the server calls the function below.
 */
#include "src/chat/chat.h"
#include "tests/sim/runner.h"

int __wrap_chat_some(struct tx *, uint64_t user, uint64_t first,
    struct chat_some *);

int
__wrap_chat_some(struct tx *tx, uint64_t user, uint64_t first,
    struct chat_some *some)
{
	(void)tx, (void)user, (void)first;
	some->n = 0;
	some->next = 0;
	return 0;
}

int
main(void)
{
	const struct sim_options o = {0};

	return runner_expect(&o, "groups", 1, 200, "R2 R5 R24");
}

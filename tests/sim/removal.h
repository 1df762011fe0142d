/* SPDX-License-Identifier: ISC */
/*
 * removal: an account is removed while messages of and to its user are under
 * way, and whatever groups and channels he is in and owns.  From then on nobody
 * gets anything new from him, he gets nothing, and who registers the name again
 * inherits nothing (R2); others keep what they have.  That groups agree, and
 * have an owner, is checked with all others.
 */
#ifndef SIM_REMOVAL_H
#define SIM_REMOVAL_H

#include "src/common/arena.h"
#include "tests/sim/clock.h"
#include "tests/sim/ledger.h"

struct peer;
struct tx;

enum removal_state {
	REMOVAL_NONE,
	REMOVAL_ASKED,		/* whether it is done nobody knows */
	REMOVAL_DONE
};

struct sim_removal {
	struct timer timer;
	enum removal_state state;
	unsigned user;
	int64_t done_at;	/* mono */
	bool again;		/* somebody else gets the name */
	bool asking;
	unsigned heir;		/* who that is; 0: nobody yet */
	uint64_t heir_id;
	uint64_t *heads;	/* of the ledger's chats, when it was done */
	unsigned nheads;
};

void removal_init(struct sim *);
void removal_fini(struct sim *);

/* It is certain soon, as nothing bad happens any more. */
void removal_hurry(struct sim *);
bool removal_is_over(const struct sim *);

/* Whether the account of user U is gone, or may be. */
bool removal_may(const struct sim *, unsigned u);
bool removal_is(const struct sim *, unsigned u);

/* Whether all of a chat may have gone with the account, and the mark of a
 * user. */
bool removal_takes(const struct ledger *, const struct fact_chat *);
bool removal_takes_mark(const struct ledger *, uint64_t user);

/* Something is told to a user: of which an account that is gone has none. */
void removal_told(struct sim *, uint64_t user);

/* Entries after its end are by others. */
void removal_compare(struct sim *, struct tx *, const char *when);

#endif

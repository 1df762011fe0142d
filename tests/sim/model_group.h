/* SPDX-License-Identifier: ISC */
/*
 * model_group: what the log of a group says of it, by rules of its own: who
 * was in it, from where to where, with which role, and what one may.  The
 * store, what was shown and what devices hold are compared with it.
 */
#ifndef SIM_MODEL_GROUP_H
#define SIM_MODEL_GROUP_H

#include "src/chat/chat.h"
#include "tests/sim/sim.h"

enum { MODEL_RANGES = 64 };

/* A user in it. */
struct model_person {
	bool in;
	enum role role;
	uint64_t joined;
	struct seq_range ranges[MODEL_RANGES];	/* of all times */
	unsigned nranges;
	bool out;		/* he was not in it once it had begun */
	uint64_t wrote;		/* his newest entry that counts */
	unsigned invited;	/* times that he came by an invitation */
};

struct model_group {
	struct sim *sim;
	uint64_t head;
	bool whole;		/* nothing of it is pruned */
	enum role post, edit;
	bool approval;
	bool closed;		/* at some time only admins could write */
	uint64_t recent;
	struct model_person people[SIM_USERS_MAX];
	/* what has happened in it */
	unsigned renamed, added, joined, approved, removed, left, roles,
	    heirs, returned, messages;
};

/* Reads the log; what it should not hold is reported. */
void model_group_read(struct model_group *, struct sim *, struct tx *,
    const struct chat *);

/* Whether U may read SEQ; LATELY: by one of the ranges that are not yet
 * forgotten. */
bool model_group_sees(const struct model_group *, unsigned u, uint64_t seq,
    bool lately);

/* Compares the members' rows. */
void model_group_rows(const struct model_group *, struct tx *,
    const struct chat *, const char *when);

#endif

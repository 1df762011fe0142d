/* SPDX-License-Identifier: ISC */
/*
 * debt: what users whose sessions have ended have spent and not yet earned
 * (pace.h), so that who comes again gets no new budget.  Each worker keeps that
 * of its own sessions, for as long as it takes to earn it.
 */
#ifndef SERVER_DEBT_H
#define SERVER_DEBT_H

#include <stddef.h>
#include <stdint.h>

struct debt {
	uint64_t user;		/* 0: free */
	int64_t earned_at;	/* as in struct pace */
};

struct debts {
	struct debt *v;		/* a hash table; NULL as long as it is empty */
	size_t n, cap;
};

void debts_fini(struct debts *);

/* USER owes until EARNED_AT.  NOW in microseconds: what is earned by then is
 * forgotten when there is no room. */
void debts_note(struct debts *, uint64_t user, int64_t earned_at, int64_t now);

/* Until when USER owes; 0: nothing that is known. */
int64_t debts_of(const struct debts *, uint64_t user);

#endif

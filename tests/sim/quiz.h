/* SPDX-License-Identifier: ISC */
/*
 * quiz: at the end, when nothing moves any more, every device asks what the
 * server knows, and each answer must be what the logs say.
 */
#ifndef SIM_QUIZ_H
#define SIM_QUIZ_H

#include "src/client/stonechat.h"
#include "tests/sim/invites.h"
#include "tests/sim/privacy.h"

struct peer;
struct sim;

enum quiz_kind { QUIZ_NONE, QUIZ_UNREAD, QUIZ_MEMBERS, QUIZ_INVITES,
	QUIZ_VIEWS, QUIZ_GLANCE, QUIZ_OWN };

enum { QUIZ_SEQS = 128 };

struct app_quiz {
	enum quiz_kind kind;
	uint64_t id;
	uint64_t number;	/* of the chat; GLANCE: the user */
	bool done;
	int code;
	uint64_t count;		/* unread */
	uint8_t views[QUIZ_SEQS];	/* by seq - 1 */
	uint8_t used[SIM_INVITES_MAX];	/* uses and 1; 0: not told of */
	unsigned show;		/* GLANCE */
	int64_t time;
	struct sim_privacy own;
	unsigned in, admins, owners;	/* members: bit i is user i */
};

void quiz_begin(struct sim *);
bool quiz_is_done(const struct sim *);
void quiz_check(struct sim *);

/* An event that has an id. */
void quiz_event(struct peer *, const struct sc_event *);

#endif

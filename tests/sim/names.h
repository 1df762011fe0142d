/* SPDX-License-Identifier: ISC */
/*
 * names: what devices are called.  Users rename them; in the end each device
 * knows from the account log what the others are called, and no two of an
 * account have one name.
 */
#ifndef SIM_NAMES_H
#define SIM_NAMES_H

#include "src/chat/chat.h"
#include "src/client/stonechat.h"

struct peer;
struct sim;

/* NAMES_NEW: those that are given in a run; each may cost an account a device
 * more, as who logs in by the old name gets a new one. */
enum { NAMES_MAX = 64, NAMES_NEW = 12 };

/* A device of the user, as its application was told. */
struct app_name {
	uint32_t device;
	bool gone;
	char name[24];
};

void names_step(struct peer *);

/* The account log says something of a device. */
void names_event(struct peer *, const struct sc_event *);

/* The state of P is lost, and what its application knew. */
void names_forget(struct peer *);

/* At the end. */
void names_check(struct sim *, struct tx *);

#endif

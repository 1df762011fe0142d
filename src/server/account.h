/* SPDX-License-Identifier: ISC */
/*
 * account: what an account log says to all devices of its user (R18), and
 * the end of a device.  Inside a transaction; told when that is durable.
 */
#ifndef SERVER_ACCOUNT_H
#define SERVER_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "src/common/slice.h"

struct device;
struct elem;
struct server;
struct tx;

/* Appends an entry with that content.  SC_ENOTFOUND: there is no such user. */
int account_say(struct tx *, uint64_t user, const struct elem *content);

/* A device has logged in for the first time; or, LINKED, by a code that another
 * one has made. */
int account_device_added(struct tx *, const struct device *, bool linked);

/* Gives a device another name, and says so; fails as device_rename. */
int account_device_rename(struct tx *, uint64_t user, uint32_t device,
    struct slice name);

/*
 * Ends a device: tokens, slots and marks go, its sessions are told that it is
 * revoked, and the account log says so.  How far its member has received and
 * read stays (R10).  SC_ENOTFOUND.
 */
int account_device_revoke(struct tx *, uint64_t user, uint32_t device);

/*
 * A piece of the removal of an account that is leaving (user_leave): USER's, or
 * with 0 of the first.  Its user leaves the groups and channels whose module is
 * there, with an entry in each, modules forget it, and the account goes
 * (user_erase).  SC_ENOTFOUND: there is no such removal, it may be over.
 */
int account_erase(struct tx *, struct server *, uint64_t user);

#endif

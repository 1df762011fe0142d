/* SPDX-License-Identifier: ISC */
/*
 * device: the devices of a user, their tokens and logins.
 *
 * A token is user, device, generation and HMAC-SHA-256(server key, these)
 * (R26).  A device accepts its generation and the one above it; using the
 * higher one makes it the device's, which ends the lower.  A login number
 * that every login raises fences requests of older sessions (R9).
 *
 * A login comes from somewhere: CAME is the number of its connection, which is
 * higher than those of all that came before it, also at earlier starts.  A login
 * that is done after one that came later is too late.
 */
#ifndef CHAT_DEVICE_H
#define CHAT_DEVICE_H

#include "src/chat/domain.h"

struct row_key;

enum { DEVICE_NAME_MAX = 64, DEVICE_TOKEN_SIZE = 8 + 4 + 8 + 32 };

struct device {
	uint64_t user;
	uint32_t id;
	char name[DEVICE_NAME_MAX + 1];
	int64_t created;
	uint64_t generation;
	int64_t issued;		/* since when it has this generation */
	uint64_t login;		/* the number of its newest session */
	uint64_t came;		/* and that of its connection */
	int64_t last_login;	/* its time */
};

/* The key of what is kept of a device once; of what is kept more often, how it
 * begins. */
void device_key(struct row_key *, uint64_t user, uint32_t id);

/* SC_ENOTFOUND. */
int device_get(struct tx *, uint64_t user, uint32_t id, struct device *);
int device_get_locked(struct tx *, uint64_t user, uint32_t id,
    struct device *);

/*
 * The fence of R9: whether LOGIN is still the newest login of the device.
 * SC_ENOTFOUND: a newer session has it, or it is revoked, and nothing that
 * this one has sent counts any more.  Locks the device.
 */
int device_fence(struct tx *, uint64_t user, uint32_t id, uint64_t login);

/*
 * A login that CAME: too late is SC_ECONFLICT, and the device stays as it is.
 *
 * With a password: the device of that name, or a new one.  Its generation is
 * raised, so that older tokens end, and its login number.  SC_ERESOURCE when
 * the user has as many devices as there may be; then *NAMES (in the arena)
 * lists them, separated by ", ".  SC_EBADREQUEST: not a name (empty, too long,
 * or with a NUL in it).  TOKEN has room for DEVICE_TOKEN_SIZE.
 */
int device_login_password(struct tx *, uint64_t user, struct slice name,
    uint64_t came, struct device *, uint8_t *token, const char **names);

/*
 * With a token.  SC_ENOTAUTHORIZED for anything that is not a token of this
 * user's device, with the same work for each (R25); USER may be 0, nobody.
 * Locks the device; raises its login number.
 */
int device_login_token(struct tx *, uint64_t user, uint32_t id,
    struct slice token, uint64_t came, struct device *);

/*
 * The token of the generation above the device's, in NEXT (room for
 * DEVICE_TOKEN_SIZE).  It is the same until it is used, so it may be offered
 * again and again.
 */
int device_token_next(const struct domain *, const struct device *,
    uint8_t *next);

/* Ends its tokens and the requests of its sessions; the device stays, for a
 * login with the password.  SC_ENOTFOUND. */
int device_logout(struct tx *, uint64_t user, uint32_t id);

/* Gives it another name.  SC_EBADREQUEST: that is none; SC_ENOTACCEPTABLE: it
 * is that of another device; SC_ENOTFOUND. */
int device_rename(struct tx *, uint64_t user, uint32_t id, struct slice name);

/* Ends a device: its tokens, slots and marks.  SC_ENOTFOUND. */
int device_revoke(struct tx *, uint64_t user, uint32_t id);

int device_list(struct tx *, uint64_t user,
    int (*fn)(void *arg, const struct device *), void *arg);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * user: accounts.  A user is an id that is never reused (R2); the name maps to
 * it.  Each user has an account log, a chat of kind system with number 1.
 */
#ifndef CHAT_USER_H
#define CHAT_USER_H

#include <stdbool.h>

#include "protocol/address.h"
#include "src/chat/domain.h"

enum {
	CREDENTIAL_SALT = 16,
	CREDENTIAL_SHA1 = 20,
	CREDENTIAL_SHA256 = 32
};

/* What is kept of a password (RFC 5802, RFC 7677): enough for PLAIN and for
 * SCRAM with SHA-256 and SHA-1, useless to log in with elsewhere. */
struct credential {
	uint32_t iterations;
	uint8_t salt[CREDENTIAL_SALT];
	uint8_t stored_sha1[CREDENTIAL_SHA1], server_sha1[CREDENTIAL_SHA1];
	uint8_t stored_sha256[CREDENTIAL_SHA256],
	    server_sha256[CREDENTIAL_SHA256];
};

struct user {
	uint64_t id;
	char name[USER_NAME_MAX + 1];
	int64_t created;
	uint64_t next_number;	/* of the next chat */
	uint32_t next_device;	/* 0: it is being removed (leaving.h) */
	struct chat_id account;	/* the account log */
};

/*
 * Makes a user.  NAME need not be canonical.  SC_EBADREQUEST (not a name),
 * SC_ECONFLICT (taken).  Locks the name.
 */
int user_create(struct tx *, struct slice name, const struct credential *,
    struct user *);

/* SC_ENOTFOUND.  user_get finds who is leaving, too: his name is still said. */
int user_get(struct tx *, uint64_t id, struct user *);
int user_get_locked(struct tx *, uint64_t id, struct user *);
int user_get_leaving(struct tx *, uint64_t id, struct user *);	/* locked */
int user_by_name(struct tx *, struct slice name, struct user *);

/* What the row has of a password stays; the row is locked. */
int user_put(struct tx *, const struct user *);

/* What there is of the password, of which no other function here makes a copy;
 * to be wiped. SC_ENOTFOUND. */
int user_credential(struct tx *, uint64_t id, struct credential *);

/* A new password.  Devices that are to be logged out by it are the caller's to
 * end, by device_logout. */
int user_set_credential(struct tx *, uint64_t id, const struct credential *);

/*
 * Begins to remove an account.  Gone at once:
 * its name (free from then on; who registers it gets another id and
 * inherits nothing, R2), its password, its devices with tokens and slots.  Who
 * asks for it by its id finds it until the last piece.  SC_ENOTFOUND.
 */
int user_leave(struct tx *, uint64_t id);

/*
 * A piece, of MOST rows more or less, of an account that is leaving: marks of
 * devices, chats that nobody else is a member of or whose other member has been
 * removed before, and at last its account log and itself.  A direct chat stays
 * as it is for the other member, with what was written in it and the marks of
 * who has gone, so that no tick vanishes (R13); it takes no more messages
 * (chat_is_open).  1: there is more.  SC_ENOTFOUND.
 */
int user_erase(struct tx *, uint64_t id, unsigned most);

/* All of it.  SC_ENOTFOUND. */
int user_delete(struct tx *, uint64_t id);

/* Nothing finds it by its name any more, and nobody logs in. */
int user_retire(struct tx *, struct user *);

static inline bool
user_is_leaving(const struct user *u)
{
	return u->next_device == 0;
}

/* Visits the users that are not leaving in the order of their ids, from FIRST
 * on. */
int user_list(struct tx *, uint64_t first,
    int (*fn)(void *arg, const struct user *), void *arg);

#endif

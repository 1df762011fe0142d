/* SPDX-License-Identifier: ISC */
/*
 * address: how people and chats are written.  `name` or `name@domain` for a
 * user, `#` and 26 base32 digits (RFC 4648 alphabet, lower case, no padding)
 * for a chat id of 128 bits.
 */
#ifndef PROTOCOL_ADDRESS_H
#define PROTOCOL_ADDRESS_H

#include <stdbool.h>

#include "src/common/slice.h"

enum {
	CHAT_ID_SIZE = 16,
	CHAT_ID_TEXT = 27,	/* '#' and 26 digits, without a NUL */
	USER_NAME_MAX = 64
};

struct chat_id {
	uint8_t b[CHAT_ID_SIZE];
};

static inline bool
chat_id_equal(const struct chat_id *a, const struct chat_id *b)
{
	return memcmp(a->b, b->b, CHAT_ID_SIZE) == 0;
}

/* "#..." and a NUL into TEXT, which has room for CHAT_ID_TEXT + 1. */
void chat_id_print(const struct chat_id *, char *text);

/* The reverse; 0 or SC_EBADREQUEST.  Non-zero unused bits are refused. */
int chat_id_parse(struct slice text, struct chat_id *);

/*
 * The canonical form of a user name (RFC 8265 UsernameCaseMapped restricted
 * to [a-z0-9._-]{1,64}: ASCII letters are lowered, anything else is refused)
 * into OUT, which has room for USER_NAME_MAX + 1.  0 or SC_EBADREQUEST.
 */
int user_name_prepare(struct slice name, char *out);

/* Splits `name@domain`; *DOMAIN is empty where there is none. */
void address_split(struct slice address, struct slice *name,
    struct slice *domain);

#endif

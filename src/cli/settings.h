/* SPDX-License-Identifier: ISC */
/* settings: what the commands about chats and their settings share. */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "src/client/stonechat.h"

struct cli;

/* What is set for one chat. */
struct settings {
	uint64_t chat;
	int64_t muted;
	bool archived, pinned;
};

/* UTC milliseconds. */
int64_t settings_now(void);

/* "8h" after NOW, or "off": 0.  False: it is neither. */
bool settings_until(const char *text, int64_t now, int64_t *until);

/* The name of a chat; "" if it has none. */
const char *settings_name(const struct cli *, uint64_t chat);

/* One of a list of chats, with what is set for it: a JSON object, or a line
 * of text in OUT. */
json_t *settings_json(const struct sc_event *, const struct settings *);
const char *settings_text(const struct sc_event *, const struct settings *,
    char *out, size_t size);

#endif

/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/world.h"

/* Who speaks on the three connections: alice and bob, then nobody. */
static void
own(struct invent *v, unsigned what)
{
	if (what < WORLD_RENEWED)
		v->speaker = what % WORLD_CONNS;
}

static const uint8_t sequences[][MUTATE_SEQUENCE] = {
    {TAG_HELLO, TAG_AUTH, TAG_SYNC},
    {TAG_HELLO, TAG_AUTH, TAG_RESPONSE, TAG_SYNC},
    {TAG_SYNC, TAG_CURSORS, TAG_MESSAGE, TAG_ACK},
    {TAG_MESSAGE, TAG_MESSAGE, TAG_MESSAGE, TAG_MESSAGE, TAG_READ},
    {TAG_CHAT, TAG_MESSAGE, TAG_CHAT, TAG_MESSAGE},
    {TAG_MESSAGE, TAG_HISTORY, TAG_HISTORY},
    {TAG_ACK, TAG_ACK, TAG_READ, TAG_PONG},
    {TAG_DEVICE, TAG_DEVICE, TAG_MESSAGE},
    {TAG_MESSAGE, TAG_VOID, TAG_MESSAGE},
    {TAG_PRESENCE, TAG_TYPING, TAG_SIGNAL, TAG_WATCH},
    {TAG_SETTINGS, TAG_STAR, TAG_UNREAD, TAG_LINK},
};

const struct mutate_target mutate_target = {
    .direction = FROM_CLIENT,
    .owns = WORLD_OWNS,
    .own = own,
    .sequences = sequences,
    .nsequences = sizeof(sequences) / sizeof(sequences[0]),
};

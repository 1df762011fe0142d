/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/mutate.h"

/* As fuzz_client.c has them. */
enum { OWN_RESTART = 2, OWN_SEND = 3, OWN_COUNT = 8, OWNS = 24 };

/* What is sent is what the server can answer. */
static void
own(struct invent *v, unsigned what)
{
	if (what % OWN_COUNT == OWN_SEND)
		v->n[v->speaker]++;
}

static const uint8_t sequences[][MUTATE_SEQUENCE] = {
    {TAG_HELLO, TAG_SUCCESS, TAG_SYNCED},
    {TAG_HELLO, TAG_SUCCESS, TAG_SYNC, TAG_SYNCED},
    {TAG_HELLO, TAG_CHALLENGE, TAG_SUCCESS, TAG_MESSAGE},
    {TAG_HELLO, TAG_SUCCESS, TAG_MESSAGE, TAG_MESSAGE, TAG_MESSAGE},
    {TAG_MESSAGE, TAG_MESSAGE, TAG_MESSAGE, TAG_RECEIPT},
    {TAG_MESSAGE, TAG_STUB, TAG_ACK, TAG_SKIP},
    {TAG_ACK, TAG_ACK, TAG_ERROR},
    {TAG_PAGE, TAG_PAGE, TAG_RESULT},
    {TAG_FAILURE}, {TAG_BYE},
    {TAG_PRESENCE, TAG_TYPING, TAG_SIGNAL, TAG_READ},
};

const struct mutate_target mutate_target = {
    .direction = FROM_SERVER,
    .owns = OWNS,
    .own = own,
    .sequences = sequences,
    .nsequences = sizeof(sequences) / sizeof(sequences[0]),
};

/* SPDX-License-Identifier: ISC */
/*
 * learned: bytes that the other side has said (tokens, references, ids of
 * chats), so that inputs can use what nobody knows before.  An attribute with
 * one byte of bytes B becomes the B-th last of them, an id of a chat whose
 * bytes are 0 after the first B the B-th last that has the length of an id.
 */
#ifndef FUZZ_LEARNED_H
#define FUZZ_LEARNED_H

#include "protocol/payload.h"

enum { LEARNED = 16, LEARNED_BYTES = 64 };

struct learned {
	struct {
		uint8_t bytes[LEARNED_BYTES];
		size_t len;
	} all[LEARNED];		/* a ring */
	unsigned n;		/* that have come */
};

/* E was said; also what is in its children and in its content. */
void learned_note(struct learned *, struct deflate *, const struct elem *e);

/* Puts what was learned into E, which is the caller's to change and points to
 * *L then; whether there was something to do. */
bool learned_fill(const struct learned *l, struct elem *e);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * book: what a device has of its account's chats, as an application keeps it:
 * the entries with what they say in XML, who has read how far, what was set.
 */
#ifndef STORY_BOOK_H
#define STORY_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/client/stonechat.h"

/* What the text of a deleted entry is, whoever deleted it. */
#define BOOK_DELETED "(deleted)"

enum line_kind { LINE_NONE, LINE_ENTRY, LINE_SKIP };

struct line {
	enum line_kind kind;
	uint64_t from;
	int64_t time;
	char *text;		/* XML, or why it is skipped */
	bool hidden, starred;
};

/* How far a member is, as receipts have said. */
struct book_mark {
	uint64_t user, delivered, read;
};

struct book_chat {
	uint64_t number;
	enum sc_chat_kind kind;
	struct line *lines;	/* entry SEQ is lines[SEQ - 1] */
	uint64_t top;
	struct book_mark *marks;
	size_t nmarks;
	uint64_t read, unread;	/* as sc_client_chats says */
	int64_t muted;
	bool archived, pinned;
};

struct book {
	struct book_chat **chats;
	size_t nchats;
	unsigned repeated;	/* entries that were given twice */
	unsigned differed;	/* and said something else */
};

void book_fini(struct book *);

/* The chat with that number, which is made if it is not there. */
struct book_chat *book_chat(struct book *, uint64_t number);
/* The line of an entry; NULL: it is not there. */
struct line *book_line(const struct book_chat *, uint64_t seq);

/* An entry has come; what it deletes loses its text.  TEXT is taken.  PAGE: of
 * history, so it may be there already. */
void book_entry(struct book *, uint64_t chat, uint64_t seq, uint64_t from,
    int64_t time, char *text, bool page);
/* Entries will not come; those of a PAGE may be there. */
void book_skip(struct book *, uint64_t chat, uint64_t first, uint64_t last,
    const char *why, bool page);
void book_hide(struct book *, uint64_t chat, uint64_t seq);
void book_star(struct book *, uint64_t chat, uint64_t seq, bool on);
/* A member's marks; 0: not moved. */
void book_mark(struct book *, uint64_t chat, uint64_t user,
    uint64_t delivered, uint64_t read);
const struct book_mark *book_mark_of(const struct book_chat *, uint64_t user);

/* TEXT, or BOOK_DELETED if it is what a deletion leaves. */
const char *book_plain(const char *text);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * model: what chats, entries, members and marks are, as modules see them too.
 * What is done with them is in chat.h, member.h and marks.h.
 */
#ifndef CHAT_MODEL_H
#define CHAT_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/elem.h"

enum {
	CHAT_AUTHORS = 4,	/* of a chat, noted in its row */
	MEMBER_RANGES = 8	/* of a member; older ones are forgotten */
};

struct chat_author {
	uint64_t user;		/* 0: none */
	uint64_t seq;		/* of his newest entry */
};

struct chat {
	struct chat_id id;
	enum chat_kind kind;
	uint64_t head;		/* seq of the newest entry; 0: none */
	int64_t last_time;	/* of the newest entry */
	int64_t created;
	uint64_t stamp;		/* of the newest entry (R18) */
	uint32_t period;	/* the partition of the newest entry */
	uint64_t period_first;	/* the first entry there; 0: not known */
	unsigned class;		/* how long entries are kept (period.h); 0:
				 * as long as those of its kind */
	uint32_t timer;		/* what is written in it disappears after so
				 * many seconds; 0: it does not */
	/* direct: the two members (equal: a note to oneself), with their
	 * numbers for this chat (0: the member's account has been removed) and
	 * the newest entry that counts each has written.
	 * system: the first is the owner. */
	uint64_t user[2], number[2], last_by[2];
	/* group, channel: how many are in it, and who wrote last of what
	 * counts, the newest first */
	uint32_t members;
	uint64_t roster;	/* the stamp of the transaction that has last changed
				 * who is in it (recipients.h); 0: none did so
				 * since there are such stamps */
	bool pulled;		/* so many that entries are told only to those
				 * who look; for good */
	struct chat_author recent[CHAT_AUTHORS];
};

enum entry_flags {
	ENTRY_COUNTS = 1,	/* counts as unread for others (R15), and is
				 * what others wait for the ticks of (R14) */
	ENTRY_DELETED = 2	/* what it said is gone (R6) */
};

struct entry {
	struct chat_id chat;
	uint64_t seq;
	int64_t time;
	uint64_t from;		/* 0: the server */
	uint32_t device;
	uint64_t n;		/* R8; 0: not a request's */
	uint64_t stamp;
	unsigned flags;
	uint32_t timer;		/* what it says disappears so many seconds
				 * after its time; 0: it does not */
	struct slice payload;	/* as on the wire, its head included */
};

/* When that is, or INT64_MAX. */
static inline int64_t
entry_expires(const struct entry *e)
{
	return e->timer == 0 ? INT64_MAX
			     : e->time + (int64_t)e->timer * 1000;
}

/* Of reading entries.  Either function: 0 to go on, 1 to stop.  The entry
 * lives until ENTRY returns. */
struct chat_reader {
	int (*entry)(void *arg, const struct entry *);
	int (*skip)(void *arg, uint64_t first, uint64_t last);
	void *arg;
};

/* A place among the entries of a partition. */
struct chat_place {
	struct chat_id chat;
	uint64_t seq;
	bool more;		/* there is something at it or behind it */
};

struct seq_range {
	uint64_t first;
	uint64_t last;		/* UINT64_MAX: it is still open */
};

/* Who is in a chat, from where to where (R5), and his marks. */
struct member {
	uint64_t number;	/* the chat's number in the member's account */
	enum role role;		/* in groups and channels */
	unsigned nranges;
	struct seq_range ranges[MEMBER_RANGES];	/* what he may read, oldest
						 * first */
	uint64_t joined;	/* the entry that let him in; 0: he is in it
				 * from the beginning */
	uint64_t before;	/* the newest entry he could read until then */
	uint64_t delivered, read;	/* marks: delivered is the maximum over
				 * devices, those that are gone included (R10) */
	int64_t delivered_time, read_time;
	bool delivered_estimated, read_estimated;
	bool hides;		/* he has hidden entries from himself */
	uint64_t stamp;		/* of the newest movement (R18) */
};

/* What a device states about one chat. */
struct mark_stated {
	uint64_t user;
	uint32_t device;
	uint64_t number;	/* of the chat, in the user's account */
	uint64_t delivered, read;	/* 0: not stated */
	bool restated;
	int64_t age;		/* ms, if restated */
};

/* What has moved by it. */
struct mark_moved {
	struct chat chat;
	struct member member;	/* as it is now */
	uint64_t was_delivered, was_read;	/* his marks before that */
	bool delivered, read;	/* of the member */
};

enum mark_kind { MARK_DELIVERED = 1, MARK_READ = 2 };

/* Someone to tell, and what the chat is called in that account (R19). */
struct recipient {
	uint64_t user;
	uint64_t number;
	/* groups and channels: where his open range begins, and of the member
	 * row */
	uint64_t first, joined, before;
};

#endif

/* SPDX-License-Identifier: ISC */
/*
 * layout: how a message looks, as one line for `term': harmless, with colours,
 * with newlines where a row must begin, and not yet broken where the terminal
 * ends.  Pure.
 */
#ifndef CLI_LAYOUT_H
#define CLI_LAYOUT_H

#include "src/cli/entry.h"
#include "src/common/buf.h"

struct layout {
	bool colours;
	unsigned columns;
	uint64_t user;		/* oneself */
	const char *name;
	const struct entries *entries;	/* of the chat */
	unsigned members;	/* others who can get and read it; 1: ticks do
				 * not say how many; 0: not known */
	/* What a user is called; "": not known. */
	const char *(*user_name)(void *arg, uint64_t user);
	void *arg;
};

/* "  41 10:02 bob: hello (edited) ✓✓", and what belongs to it below. */
void layout_entry(const struct layout *, const struct entry *, struct buf *);

/* By whom it is. */
const char *layout_author(const struct layout *, const struct entry *,
    char id[24]);

/* In a few columns: its number, and how it begins. */
void layout_short(const struct entry *, struct buf *);

/* "* bob edited 41: hello", for a change of what is in view no more, or where
 * nothing can be rewritten.  ABOUT: what it is about; NULL or not known:
 * only its number is. */
void layout_change(const struct layout *, const struct sc_event *,
    const struct entry *about, struct buf *);

/* "✓✓ read by bob: hello". */
void layout_tick(const struct layout *, const char *chat,
    const struct entry *, unsigned before, struct buf *);

/* Whether both times are on the same local day; else "Monday, 2 January 2026"
 * into OUT. */
bool layout_day(int64_t before, int64_t ms, char *out, size_t size);

/* The local time, as hours and minutes. */
const char *layout_clock(int64_t ms, char *out, size_t size);

#define LAYOUT_DIM "\033[2m"
#define LAYOUT_BOLD "\033[1m"
#define LAYOUT_BLUE "\033[34m"
#define LAYOUT_RED "\033[31m"
#define LAYOUT_PLAIN "\033[0m"

#endif

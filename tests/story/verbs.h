/* SPDX-License-Identifier: ISC */
/*
 * verbs: what people do in a story.  Each verb waits until the server has
 * settled it, but between together() and settled(), when all go at once.  What
 * should have come of it is kept: the places where people talk, who was in them
 * from which entry to which, how many entries there are.
 *
 * WHO is a device, `anna/phone', or a person, who takes any of the devices that
 * are on.  WHERE is the name of a group, which is that of its beginning, or of a
 * person: the direct chat with him.
 */
#ifndef STORY_VERBS_H
#define STORY_VERBS_H

#include "tests/story/stage.h"

enum { PEOPLE = 12, DEVICES = 3, SPELLS = 4, MIXED = 8 };

extern const char *const people[PEOPLE];

/* From entry FIRST to LAST somebody was in a group; 0: he still is. */
struct spell {
	uint64_t first, last;
};

struct place {
	char name[64];		/* of a group */
	int pair[2];		/* of a direct chat: who; -1: it is a group */
	char id[40];		/* `#...' of a group */
	uint64_t head;		/* entries that there should be */
	uint64_t before;	/* those before what goes on together */
	struct spell spells[PEOPLE][SPELLS];
	unsigned nspells[PEOPLE];
	uint64_t read[PEOPLE];
	/* Entries whose order is chance, as they were said together. */
	struct spell mixed[MIXED];
	unsigned nmixed;
};

/* Something that was said, to refer to. */
struct said {
	struct place *place;
	int by;
	uint64_t seq;
	char text[160];
};

/* Something that has been asked for. */
struct pending {
	struct device *device;
	uint64_t n;
	struct said *said;	/* NULL: no message */
	struct place *place;	/* NULL: nobody else sees it */
	int refusal;		/* it must be refused like this; 0: done */
};

struct tale {
	struct cast cast;
	const char *socket;
	uint64_t random;	/* of what people do */
	struct place **places;
	size_t nplaces;
	struct said **all;
	size_t nall;
	struct pending *pendings;
	size_t npendings;
	bool together;
	char **gone;		/* texts that were deleted for everyone */
	size_t ngone;
	unsigned number, failed;
};

void tale_init(struct tale *, const struct stage_conf *, uint64_t seed);
void tale_fini(struct tale *);

uint64_t tale_random(struct tale *, uint64_t below);
/* The people in any order. */
void tale_shuffle(struct tale *, int order[PEOPLE]);

/* ---- who and where --------------------------------------------------- */

int person_index(struct tale *, const char *name);
struct device *who(struct tale *, const char *who);
struct place *where(struct tale *, const struct device *, const char *where);
bool is_in(const struct place *, int person);
/* The number that the place has for a device; 0: it does not know. */
uint64_t number_of(const struct device *, const struct place *);

/* ---- together -------------------------------------------------------- */

void together(struct tale *);
void settled(struct tale *);
/* All devices that are on have all that was said. */
void all_have_all(struct tale *);
/* A claim of the story. */
void claim(struct tale *, bool, const char *what);

/* ---- what people do -------------------------------------------------- */

void comes(struct tale *, const char *who);
void goes(struct tale *, const char *who);	/* without a word */

struct said *says(struct tale *, const char *who, const char *where,
    const char *text);
/* Any kind of message; its text is only for references. */
struct said *tells(struct tale *, const char *who, const char *where,
    const struct sc_message *);
void refused(struct tale *, const char *who, const char *where,
    const struct sc_message *, int code);

struct said *replies(struct tale *, const char *who, const struct said *to,
    const char *text);
struct said *mentions(struct tale *, const char *who, const char *where,
    const char *whom, const char *text);
struct said *forwards(struct tale *, const char *who, const struct said *what,
    const char *where);
struct said *edits(struct tale *, const char *who, const struct said *what,
    const char *text);
void deletes(struct tale *, const char *who, const struct said *what);
void reacts(struct tale *, const char *who, const struct said *to,
    const char *emoji);
void votes(struct tale *, const char *who, const struct said *poll,
    uint64_t choices);
void pins(struct tale *, const char *who, const struct said *what, bool on);

/* Reads all that is there. */
void reads(struct tale *, const char *who, const char *where);

void mutes(struct tale *, const char *who, const char *where, bool on);
void archives(struct tale *, const char *who, const char *where, bool on);
void puts_on_top(struct tale *, const char *who, const char *where, bool on);
void stars(struct tale *, const char *who, const struct said *what, bool on);
void hides(struct tale *, const char *who, const struct said *what);

/* ---- groups ---------------------------------------------------------- */

/* MEMBERS: names, with spaces between; a `+' before one who is an admin. */
struct place *makes_group(struct tale *, const char *who, const char *name,
    const char *members);
void sets(struct tale *, const char *who, const char *where,
    const struct sc_group *);
/* CHANGE as in sc_client_group_change. */
void changes(struct tale *, const char *who, const char *where,
    enum sc_group_change change, const char *members, enum sc_role role);
void leaves(struct tale *, const char *who, const char *where);
/* An invitation, to be freed. */
char *invites(struct tale *, const char *who, const char *where,
    uint64_t limit);
/* False: an admin has to decide. */
bool joins(struct tale *, const char *who, const char *where,
    const char *token);
void revokes(struct tale *, const char *who, const char *where,
    const char *token);

/* ---- channels -------------------------------------------------------- */

struct place *makes_channel(struct tale *, const char *who,
    const char *name);
/* He reads all of it from then on, and what was there. */
void subscribes(struct tale *, const char *who, const char *where);
/* Nobody is told. */
void unsubscribes(struct tale *, const char *who, const char *where);

/* ---- questions ------------------------------------------------------- */

/* Asks until there is an answer: sc_client_... with ASK.  Items go to ITEM. */
typedef int ask_fn(struct device *, void *arg, uint64_t *id);
void asks(struct tale *, struct device *, ask_fn *ask,
    void (*item)(void *arg, const struct sc_event *), void *arg);
uint64_t unread_of(struct tale *, const char *who, const char *where);

#endif

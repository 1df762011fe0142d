/* SPDX-License-Identifier: ISC */
/*
 * The inside of the module: presence.c has its tables and privacy, online.c is
 * the owner of users, watch.c who wants to know, signal.c what is passed on.
 *
 * Each user has one worker as owner, which adds up what the workers state of
 * him (STATED), and tells those that want to know (WATCHED) how he is shown
 * (STATE).  Each of these tells its sessions.
 */
#ifndef PRESENCE_H
#define PRESENCE_H

#include <stonechat/module.h>

struct presence_conf {
	uint32_t grace_ms, update_ms, write_ms;
	uint32_t watches;
	uint32_t typing_members, typing_rate;
	uint32_t signal_members, signal_rate, signal_bytes;
};

enum presence_stat {
	STAT_UPDATES,
	STAT_WATCHES,
	STAT_REFUSED,
	STAT_ASKED,
	STAT_TYPING,
	STAT_SIGNALS,
	STAT_DROPPED,
	STAT_WRITTEN
};

enum presence_table { TABLE_PRIVACY, TABLE_LAST };

/* What somebody may see of a user. */
enum { MAY_ONLINE = 1, MAY_LAST = 2 };

/* ---- map.c: things by a number ---- */

struct node {
	struct node *next;
	uint64_t key;
};

struct map {
	struct node **buckets;
	size_t nbuckets, count;
};

struct node *map_get(const struct map *, uint64_t key);
/* False without memory. */
bool map_add(struct map *, struct node *, uint64_t key);
void map_remove(struct map *, struct node *);
/* Frees the nodes, too. */
void map_free(struct map *);

/* ---- memory ---- */

/* A time at which something about a user is due, in the order of the times. */
struct due {
	struct due *next;
	uint64_t user;
	int64_t at;
};

struct due_list {
	struct due *first, **last;
};

struct seen_last {
	uint64_t user;
	int64_t time;
};

/* Who has to be stated, or written: numbers that grow. */
struct growing {
	void *v;
	size_t n, cap;
};

struct presence_worker {
	/* online.c: users that this worker owns */
	struct map online;
	struct due_list grace, forget;
	struct growing written;	/* struct seen_last */
	int64_t write_at;	/* 0: nothing */
	/* presence.c: users of this worker whose state has changed */
	struct growing changed;	/* uint64_t */
	/* watch.c */
	struct map seen;
	struct watch *behind;	/* watches that have something to say */
	int64_t looked;		/* when they were gone through */
	uint64_t turns;		/* of switches, that it has heard of */
};

struct presence_session {
	uint8_t show;		/* enum show */
	bool at_once;		/* it has said so: no time of grace */
	uint8_t looks;		/* jobs that look up some of the watches */
	int64_t typing, signals;	/* when what was said is earned */
	struct watch *watches;
	unsigned nwatches;
	uint32_t serial;
};

/* ---- messages between workers ---- */

enum message_type { STATED, WATCHED, STATE, ASKED, ANSWER, PRIVACY };

struct message {
	enum message_type type;
	unsigned worker;	/* the sender */
	uint64_t user;
	/* STATED, STATE, ANSWER; time: UTC, of the last session's end */
	unsigned show;
	bool at_once;
	int64_t time;
	/* WATCHED */
	bool on;
	/* ASKED, ANSWER */
	uint64_t asker, session, id;
	unsigned may;
};

void presence_send(struct sc_module *, struct worker *, unsigned to,
    struct message *);

/* What a job has found out of a user. */
struct look {
	uint64_t key;		/* his id; or of a name that nobody has, which
				 * must not be noticed (R25) */
	unsigned may;
	int64_t last;		/* UTC; 0: not known */
	uint64_t id;		/* of the question, or of the watch */
	uint64_t turns;		/* that were heard of when it was begun */
	struct recipient *to;	/* of a signal */
	size_t n;
	bool named;		/* by several: it says who */
};

int presence_look(struct sc_module *, struct tx *, struct sc_job *);

/* Whether USER and OTHER have a chat.  ANSWERED: a direct chat counts if USER
 * has written in it.  *SHARED; 0, or an error. */
int presence_shared(struct tx *, uint64_t user, uint64_t other, bool answered,
    bool *shared);

/* Adds one of SIZE bytes; false without memory. */
bool growing_add(struct growing *, const void *one, size_t size);

/* ---- online.c ---- */

void online_stated(struct sc_module *, struct worker *,
    const struct message *);
void online_watched(struct sc_module *, struct worker *,
    const struct message *);
void online_asked(struct sc_module *, struct worker *,
    const struct message *);
void online_tick(struct sc_module *, struct worker *);
void online_stop(struct sc_module *, struct worker *);

/* How a user is shown to one who MAY see that: fills in children of an answer,
 * or of a stanza that names him. */
void online_show(struct elem_buf *, unsigned show, int64_t time, unsigned may);

/* ---- watch.c ---- */

void watch_hear(struct sc_module *, struct session *, const struct elem *);
void watch_state(struct sc_module *, struct worker *, const struct message *);
void watch_privacy(struct sc_module *, struct worker *,
    const struct message *);
void watch_tick(struct sc_module *, struct worker *);
void watch_forget(struct sc_module *, struct session *);
void watch_stop(struct sc_module *, struct worker *);

/* ---- signal.c ---- */

void signal_typing(struct sc_module *, struct session *, const struct elem *);
void signal_signal(struct sc_module *, struct session *, const struct elem *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * module_live: what modules do on the workers, with the sessions that are
 * there; nothing of it is stored.
 *
 * A worker is one thread with some of the sessions.  The hooks here and what
 * hears stanzas run on it, between other things that it does for
 * thousands: they take no time, wait for nothing and see no table.  What must
 * be looked up or written is a job (scm_start).  The module has memory with
 * each worker and each session; no other thread sees it.  What concerns
 * several workers has one of them as its owner, and gets messages (scm_tell):
 * these come in the order in which one worker sent them, and only while the
 * module is on.
 */
#ifndef SERVER_MODULE_LIVE_H
#define SERVER_MODULE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/server/module_request.h"

struct sc_module;
struct session;
struct worker;

/*
 * Stanzas with a tag that the worker gives to the module: with `id', if they
 * are ASKED, and then scm_answer or scm_answer_error answers, maybe later; else
 * with neither `id' nor `n', and nothing answers.
 */
struct sc_heard_def {
	const char *name;
	enum tag tag;
	bool asked;
	void (*hear)(struct sc_module *, struct session *,
	    const struct elem *);
};

/* Hooks; NULL: none. */
struct sc_live_def {
	const struct sc_heard_def *heard;	/* ends with a NULL name */
	/* Memory, zeroed: of each worker while the module is on, of each
	 * session while it is live. */
	size_t worker_size, session_size;
	/* The module has been switched on, or the server starts.  The sessions
	 * that are there become live next. */
	void (*start)(struct sc_module *, struct worker *);
	/* It has been switched off, or the server stops: to free what the
	 * worker's memory points to.  Sessions that are there do not end, but
	 * `forget' is called for each before.  A job that is started here runs
	 * if the server stops. */
	void (*stop)(struct sc_module *, struct worker *);
	/* A session has logged in; it has not been synced yet. */
	void (*session_live)(struct sc_module *, struct session *);
	/* It has ended, and is not among its user's any more. */
	void (*session_ended)(struct sc_module *, struct session *);
	/* After session_ended, and before `stop': to free what the session's
	 * memory points to. */
	void (*forget)(struct sc_module *, struct session *);
	/* The time of scm_wake has come. */
	void (*tick)(struct sc_module *, struct worker *);
	/* A message (scm_tell, scm_tell_all), which lives until it returns. */
	void (*told)(struct sc_module *, struct worker *, struct slice);
};

/* ---- workers ---- */

void *scm_worker_state(const struct worker *, const struct sc_module *);

/* Its clocks, in milliseconds: one that never goes back, and UTC. */
int64_t scm_worker_mono(const struct worker *);
int64_t scm_worker_wall(const struct worker *);

/* Its number, from 0, and which of all owns KEY (a user's id, say). */
unsigned scm_worker_number(const struct worker *);
unsigned scm_worker_of(const struct worker *, uint64_t key);

/* `tick' is to be called at MONO, if it is not to be called before. */
void scm_wake(struct sc_module *, struct worker *, int64_t mono);

/* ---- sessions ---- */

void *scm_session_state(const struct session *, const struct sc_module *);
struct worker *scm_session_worker(const struct session *);
uint64_t scm_session_user(const struct session *);
uint32_t scm_session_device(const struct session *);
uint64_t scm_session_id(const struct session *);	/* never used again */

/* The live sessions that USER has on this worker: the first, if AFTER is NULL,
 * and then one after the other; NULL at the end. */
struct session *scm_session_next(const struct worker *, uint64_t user,
    const struct session *after);

/* The one with that id; NULL: it has ended. */
struct session *scm_session_find(const struct worker *, uint64_t user,
    uint64_t id);

/* Whether the session would take an element: it is synced, and has taken nearly
 * all that was sent. */
bool scm_session_room(const struct session *);

/* Gives the session an element; false: there is no room, and it was dropped. */
bool scm_session_say(struct session *, const struct elem *);

/* ---- answers to what is asked ---- */

/*
 * The result of request ID with CHILDREN, or the error with CODE and WHY.  Each
 * request gets one of them once; what comes later is ignored, and when the
 * module is switched off the core answers those that are open.
 */
void scm_answer(struct sc_module *, struct session *, uint64_t id,
    struct elem *children, size_t n);
void scm_answer_error(struct sc_module *, struct session *, uint64_t id,
    int code, const char *why);

/* ---- telling ---- */

/* A message for the module on the worker with that number, or on each (this one
 * included).  It may be lost without memory. */
enum { SC_ALL_WORKERS = -1 };
void scm_tell(struct sc_module *, struct worker *, int to, struct slice);

/* The same from a transaction of the scribe, to each, when it is durable.  0;
 * SC_ENOMEM. */
int scm_tell_all(struct sc_module *, struct tx *, struct slice);

/* Who gets a signal. */
struct sc_signal {
	const struct recipient *to;
	size_t n;
	uint32_t device;	/* only this one of theirs; 0: all */
	uint64_t except;	/* the session that does not; 0: none */
};

/*
 * An element for sessions of users, on whatever worker, that nobody keeps: a
 * session that has no room for it does not get it.  Each gets the chat number
 * of its user's account in place of the attribute `chat', if the element has
 * one, after the account log has introduced it (R19).
 */
void scm_signal(struct sc_module *, struct worker *, const struct elem *,
    const struct sc_signal *);

/* Whether a payload can be opened by those who get it: 0, SC_EBADREQUEST or
 * SC_ETOOLARGE. */
int scm_payload_check(struct worker *, struct slice payload);

/* ---- jobs ---- */

struct sc_job;

struct sc_job_def {
	bool writes;		/* it runs on the scribe, else on a reader */
	/* In a transaction, maybe several times: 0, or a code, and nothing of
	 * it is kept.  SC_EUNAVAILABLE if the module is off by then. */
	int (*run)(struct sc_module *, struct tx *, struct sc_job *);
	/* On the worker that started it, with the result; NULL: nobody cares.
	 * SESSION is NULL if there was none, or it has ended.  It is not called
	 * when the module has been switched off since. */
	void (*done)(struct sc_module *, struct worker *,
	    struct session *, struct sc_job *, int rc);
};

struct sc_job {
	/* user and device of the session, and the stanza; for scm_chat and
	 * scm_user */
	struct sc_request request;
	void *data;		/* a copy of what scm_start was given, that the
				 * job may change */
	size_t size;
};

/* Starts a job, for a session or (NULL) for none; E, which is copied, may be
 * NULL, too.  0; SC_ENOMEM. */
int scm_start(struct sc_module *, struct worker *, struct session *,
    const struct sc_job_def *, const struct elem *e, const void *data,
    size_t size);

#endif

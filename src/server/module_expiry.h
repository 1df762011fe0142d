/* SPDX-License-Identifier: ISC */
/*
 * module_expiry: entries that disappear.  A chat may have a timer; what members
 * write while it is on says nothing any more when so many seconds have passed
 * since its time (SPEC.md, "Messages that disappear").  The core gives an
 * entry the timer of its chat when it is appended, and shows nobody what it
 * said when its time has come; who takes it out of the log is a module.  While
 * none is on that does, timers rest: what is written stays.
 */
#ifndef SERVER_MODULE_EXPIRY_H
#define SERVER_MODULE_EXPIRY_H

#include "src/chat/model.h"

struct sc_module;
struct tx;

/* Which module that is: at most one. */
struct sc_expiry_def {
	/* Whether a chat may have that timer, which is not 0: 0, or
	 * SC_EBADREQUEST and WHY. */
	int (*check)(struct sc_module *, struct tx *, uint32_t seconds,
	    const char **why);
	/* E, which has just been appended, will disappear at
	 * entry_expires(E).  On the scribe. */
	int (*note)(struct sc_module *, struct tx *, const struct entry *e);
};

/*
 * Gives C, which was read with scm_chat_get_locked, another timer; 0: none.
 * The caller appends <changed timer/> afterwards, and has checked who may say
 * so.  SC_EBADREQUEST: the operator does not allow it; SC_ENOTACCEPTABLE:
 * nothing disappears here.  Then *WHY is a sentence.  Any module.
 */
int scm_chat_set_timer(struct sc_module *, struct tx *, struct chat *c,
    uint64_t seconds, const char **why);

/*
 * Takes what an entry says out of the log if its time has come (R6), and tells
 * caches; its chat was read with scm_chat_get_locked.  *DONE: it was there, and
 * said something.  SC_ENOTFOUND: it is gone, with its period or its chat.
 */
int scm_entry_expire(struct tx *, const struct chat_id *, uint64_t seq,
    bool *done);

#endif

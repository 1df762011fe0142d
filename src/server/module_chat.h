/* SPDX-License-Identifier: ISC */
/*
 * module_chat: chats, entries, members, marks, users and devices, as modules
 * read and change them.  SC_ENOTFOUND: there is none.  Any of these may fail
 * with SC_EIO, SC_ENOMEM, SC_EDAMAGED or SC_ERERUN besides what is said: the
 * function then returns that.  Structs that a function fills in are copies.
 *
 * A row is locked by _get_locked when it is read in order to be changed:
 * users by id first, then chats (R24).
 */
#ifndef SERVER_MODULE_CHAT_H
#define SERVER_MODULE_CHAT_H

#include "src/chat/model.h"

struct sc_module;
struct sync_result;	/* what a sync will send */
struct tx;

/* ---- chats ---- */

int scm_chat_get(struct tx *, const struct chat_id *, struct chat *);
int scm_chat_get_locked(struct tx *, const struct chat_id *, struct chat *);

/* The chat that USER calls NUMBER. */
int scm_chat_by_number(struct tx *, uint64_t user, uint64_t number,
    struct chat_id *);

/* The chats of USER from number FIRST on.  FN: 0 to go on, 1 to stop; below 0
 * stops and is returned. */
int scm_chat_list(struct tx *, uint64_t user, uint64_t first,
    int (*fn)(void *arg, uint64_t number, const struct chat_id *), void *arg);

/* Which of a direct chat's two members USER is: 0, 1, or -1. */
int scm_chat_side(const struct chat *, uint64_t user);

/* The entries FIRST .. LAST in order; what has been dropped is told by `skip'
 * (struct chat_reader).  Whoever may see only a part asks for that part: see
 * scm_member_sees (R5). */
int scm_chat_read(struct tx *, const struct chat_id *, uint64_t first,
    uint64_t last, const struct chat_reader *);

/* The same for USER, whose row is given and who may see all of it: what he has
 * hidden from himself is told by HIDDEN: 0 to go on, 1 to stop; and by LOST what
 * is missing or cannot be read, which without LOST is SC_EDAMAGED. */
int scm_chat_read_for(struct tx *, const struct chat_id *, uint64_t user,
    const struct member *, uint64_t first, uint64_t last,
    const struct chat_reader *,
    int (*hidden)(void *arg, uint64_t first, uint64_t last),
    int (*lost)(void *arg, uint64_t first, uint64_t last));

/* Hides SEQ from USER, in a chat that was read with scm_chat_get_locked.
 * SC_ENOTFOUND: he is not in it. */
int scm_chat_hide(struct tx *, const struct chat *, uint64_t user,
    uint64_t seq);

/* The boundary of TIME: the entries from *SEQ on were written at TIME or later,
 * those below before it; head + 1: none is that late. */
int scm_chat_seq_at(struct tx *, const struct chat *, int64_t time,
    uint64_t *seq);

/* Appends an entry of the server's own with that content, and tells the
 * members; in an account log, all devices of USER. */
int scm_chat_say(struct tx *, const struct chat_id *, const struct elem *);
int scm_account_say(struct tx *, uint64_t user, const struct elem *);

/* Appends an entry by FROM (0: the server) that is no request's own, with that
 * content and flags (enum entry_flags), to a chat that was read with
 * scm_chat_get_locked, and tells the members.  SC_ETOOLARGE: no frame could
 * carry it. */
int scm_post(struct tx *, struct chat *, uint64_t from,
    const struct elem *content, size_t n, unsigned flags);

/* The payload with these content elements, for an entry, in the transaction's
 * memory.  SC_EMALFORMED, SC_ETOOLARGE: they are no content. */
int scm_payload(struct tx *, const struct elem *content, size_t n,
    struct slice *payload);

/* ---- who is in a group or channel ---- */

/*
 * Who changes it locks in this order (R24): the users, with scm_lock_users,
 * which sorts IDS (SC_ENOTFOUND: one is not there); the chat; account logs, by
 * themselves.  The entry that says so is appended in the same transaction:
 * after scm_member_add, before scm_member_remove, so that who comes and who
 * goes both see it (R5).
 */
int scm_lock_users(struct tx *, uint64_t ids[], size_t n);

/* A new chat of that kind, empty, without members. */
int scm_chat_create(struct tx *, enum chat_kind, struct chat *);

/*
 * USER is in from the next entry on, and may read RECENT entries from before
 * (UINT64_MAX: all).  *NUMBER is what his account calls the chat, the same as
 * before if he returns; his account log introduces it with NAME.
 * SC_ENOTFOUND: no such user; SC_ECONFLICT: he is in it already.
 */
int scm_member_add(struct tx *, struct chat *, uint64_t user, enum role role,
    uint64_t recent, struct slice name, uint64_t *number);

/* SC_ENOTFOUND: he is not in it. */
int scm_member_role(struct tx *, const struct chat *, uint64_t user,
    enum role);

/* USER may not read what comes after the head; his number stays his.
 * SC_ENOTFOUND: he is not in it. */
int scm_member_remove(struct tx *, struct chat *, uint64_t user);

/* Whether a member row is of somebody who is in the chat now: the rows of those
 * who have left stay. */
bool scm_member_in(const struct member *);

/* Whether the member may read SEQ; *LAST gets the end of the run of entries of
 * which the same is true. */
bool scm_member_sees(const struct member *, uint64_t seq, uint64_t *last);

/* The newest entry that he may read of a chat with that head. */
uint64_t scm_member_head(const struct member *, uint64_t head);

/* What a chat is called, until the transaction ends; empty: not at all. */
struct sc_chat_texts {
	struct slice name, topic;
};

/* Which module serves chats of a kind: at most one, groups and channels only.
 * Without it nobody writes there. */
struct sc_chats_def {
	const char *name;	/* of the kind */
	enum chat_kind kind;
	/* Whether USER, who is in it, may write a message: 0, or SC_EFORBIDDEN
	 * and WHY. */
	int (*post)(struct sc_module *, struct tx *, const struct chat *,
	    uint64_t user, const struct member *, const char **why);
	/* USER's account is being removed: takes him out. */
	int (*leave)(struct sc_module *, struct tx *, struct chat *,
	    uint64_t user);
	/* For the operator: what a chat is called.  NULL: nothing is said. */
	int (*texts)(struct sc_module *, struct tx *, const struct chat *,
	    struct sc_chat_texts *);
};

/* ---- members and marks ---- */

int scm_member_get(struct tx *, const struct chat_id *, uint64_t user,
    struct member *);

/* The members of a chat, by their ids.  FN as above. */
int scm_member_list(struct tx *, const struct chat_id *,
    int (*fn)(void *arg, uint64_t user, const struct member *), void *arg);

/* How many entries that count are above READ, for USER, MAX at most (R15). */
int scm_unread(struct tx *, const struct chat *, uint64_t user, uint64_t read,
    uint32_t max, uint32_t *n);

/* When USER's mark passed SEQ.  SC_ENOTFOUND: not yet. */
int scm_mark_when(struct tx *, const struct chat_id *, uint64_t user,
    enum mark_kind, uint64_t seq, int64_t *time, bool *estimated);

/* A receipt for TO[0..N): the marks of STATED's user in MOVED's chat, where
 * they have moved.  Released when the transaction is durable (R13). */
int scm_publish_mark(struct tx *, const struct mark_stated *,
    const struct mark_moved *, const struct recipient *to, size_t n);

/* ---- the hook `sync_chat' ---- */

/* A chat of the user who syncs. */
struct sc_sync_chat {
	uint64_t user;
	uint32_t device;
	uint64_t number;
	struct chat chat;
	uint64_t head;		/* the newest entry that is the user's */
	uint64_t cursor;	/* what the client has */
	uint64_t since;		/* the stamp of its last sync */
	int64_t added;		/* when the account got this device */
	/* out: entries above the cursor are delivered; if nobody sets it they
	 * are skipped as not kept (the account log is always delivered) */
	bool deliver;
	/* out: those below are not, though they could be had: history has
	 * them; 0: none */
	uint64_t from;
};

/* A receipt in answer to a sync: MEMBER's marks, of USER. */
int scm_sync_mark(struct sync_result *, const struct sc_sync_chat *,
    uint64_t user, const struct member *);

/* ---- entry kinds ---- */

/* An element of the content of a message, before that is appended. */
struct sc_content {
	uint64_t user;		/* the sender */
	uint32_t device;
	const struct chat *chat;	/* the entry's seq will be head + 1 */
	const struct elem *elem;
	const char *why;	/* out: static, or in the transaction */
	int64_t until;		/* out: it goes with what it speaks of, then
				 * (entry_expires) */
};

/*
 * A kind of content that the module knows, in messages whose payload is not
 * opaque.  CHECK: 0, or a code with which the message is refused;
 * SC_EUNAVAILABLE, SC_ERATELIMITED and SC_EINTERNAL mean: not now.  It may
 * change tables of the module, and delete entries (scm_entry_delete).  NULL:
 * nothing is looked at.  A message may hold SC_CONTENTS_MAX elements that are.
 * QUIET: an entry of nothing but such does not count as unread (R15), and
 * nobody is told that it was delivered (R14).
 * Kinds that no module has pass through (R22), and count.
 */
enum { SC_CONTENTS_MAX = 32 };

struct sc_kind_def {
	const char *name;
	enum tag tag;
	int (*check)(struct sc_module *, struct tx *, struct sc_content *);
	bool quiet;
};

/* ---- users and devices ---- */

struct sc_user {
	uint64_t id;
	char name[USER_NAME_MAX + 1];
	int64_t created;
	struct chat_id account;	/* the account log */
	bool leaving;		/* it is being removed, piece by piece: what is
				 * written of it now may be left behind */
};

int scm_user_get(struct tx *, uint64_t id, struct sc_user *);

/* NAME need not be canonical. */
int scm_user_by_name(struct tx *, struct slice name, struct sc_user *);

/* The users in the order of their ids, from FIRST on.  FN as above. */
int scm_user_list(struct tx *, uint64_t first,
    int (*fn)(void *arg, const struct sc_user *), void *arg);

struct sc_device {
	uint32_t id;
	const char *name;	/* until the function returns */
	int64_t created;
	int64_t last_login;
};

/* The devices of USER, by their ids.  FN as above. */
int scm_device_list(struct tx *, uint64_t user,
    int (*fn)(void *arg, const struct sc_device *), void *arg);

#endif

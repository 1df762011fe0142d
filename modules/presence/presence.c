/* SPDX-License-Identifier: ISC */
/*
 * presence: who is online and was when, who types, and signals that nobody
 * keeps.  All of it is in the memory of workers but one row per user, written
 * when he has gone, and his switches.
 */
#include "presence.h"

#include <stdlib.h>
#include <string.h>

#include <stonechat/row.h>

/* ---- privacy, in transactions ---- */

struct switches {
	enum privacy last_seen, online;
};

static struct slice
user_key(struct row_key *key, uint64_t user)
{
	key->len = 0;
	row_key_u64(key, user);
	return row_key_slice(key);
}

static int
privacy_get(struct sc_module *m, struct tx *tx, uint64_t user,
    struct switches *p)
{
	struct row_key key;
	struct slice value;
	struct row_in in;
	int rc = scm_get(tx, m, TABLE_PRIVACY, 0, user_key(&key, user),
	    &value);

	*p = (struct switches){PRIVACY_EVERYONE, PRIVACY_EVERYONE};
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	row_open(&in, value);
	p->last_seen = (enum privacy)row_get_uint(&in);
	p->online = (enum privacy)row_get_uint(&in);
	return row_check(&in);
}

static int
privacy_put(struct sc_module *m, struct tx *tx, uint64_t user,
    const struct switches *p)
{
	struct row_key key;
	struct row_out row;
	uint8_t b[16];

	row_begin(&row, b, sizeof(b), 1);
	row_uint(&row, p->last_seen);
	row_uint(&row, p->online);
	return scm_put(tx, m, TABLE_PRIVACY, 0, user_key(&key, user),
	    row_slice(&row));
}

struct shared {
	struct tx *tx;
	uint64_t user, other;
	bool answered, found;
};

static int
is_shared(void *arg, uint64_t number, const struct chat_id *id)
{
	struct shared *s = arg;
	struct member member;
	struct chat c;
	int rc = scm_chat_get(s->tx, id, &c);

	(void)number;
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	if (c.kind == CHAT_KIND_DIRECT) {
		int side = scm_chat_side(&c, s->user);

		s->found = side >= 0 && c.user[1 - side] == s->other &&
		    (!s->answered || c.last_by[side] > 0);
	} else if (c.kind == CHAT_KIND_GROUP) {
		rc = scm_member_get(s->tx, id, s->user, &member);
		s->found = rc == 0 && scm_member_in(&member);
		if (s->found)
			rc = scm_member_get(s->tx, id, s->other, &member);
		s->found = s->found && rc == 0 && scm_member_in(&member);
	}
	if (rc < 0 && rc != SC_ENOTFOUND)
		return rc;
	return s->found;
}

int
presence_shared(struct tx *tx, uint64_t user, uint64_t other, bool answered,
    bool *shared)
{
	struct shared s = {tx, user, other, answered, false};
	int rc = scm_chat_list(tx, user, 1, is_shared, &s);

	*shared = s.found;
	return rc < 0 ? rc : 0;
}

/* Whether USER shows OTHER something with that switch. */
static int
allows(struct tx *tx, enum privacy p, uint64_t user, uint64_t other, bool *yes)
{
	if (p == PRIVACY_SHARED)
		return presence_shared(tx, user, other, true, yes);
	*yes = p == PRIVACY_EVERYONE;
	return 0;
}

/* Both ways: who hides from somebody does not see him either. */
static int
both_allow(struct tx *tx, enum privacy theirs, uint64_t user, enum privacy own,
    uint64_t viewer, bool *yes)
{
	int rc = allows(tx, theirs, user, viewer, yes);

	return rc != 0 || !*yes ? rc : allows(tx, own, viewer, user, yes);
}

static int
may_see(struct sc_module *m, struct tx *tx, uint64_t viewer, uint64_t user,
    unsigned *may)
{
	struct switches own, theirs;
	bool online = false, last = false;
	int rc;

	*may = MAY_ONLINE | MAY_LAST;
	if (viewer == user)
		return 0;
	rc = privacy_get(m, tx, viewer, &own);
	if (rc == 0)
		rc = privacy_get(m, tx, user, &theirs);
	if (rc == 0)
		rc = both_allow(tx, theirs.online, user, own.online, viewer,
		    &online);
	if (rc == 0)
		rc = both_allow(tx, theirs.last_seen, user, own.last_seen,
		    viewer, &last);
	*may = (online ? MAY_ONLINE : 0) | (last ? MAY_LAST : 0);
	return rc;
}

static int
last_get(struct sc_module *m, struct tx *tx, uint64_t user, int64_t *time)
{
	struct row_key key;
	struct slice value;
	struct row_in in;
	int rc = scm_get(tx, m, TABLE_LAST, 0, user_key(&key, user), &value);

	*time = 0;
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	row_open(&in, value);
	*time = row_get_int(&in);
	return row_check(&in);
}

/* A key for who is not there, which no user has. */
static uint64_t
nobody(const struct elem *e)
{
	const struct value *v = elem_get(e, ATTR_USER);
	uint64_t key = v->user.id;

	for (size_t i = 0; i < v->user.name.len; i++)
		key = (key ^ v->user.name.p[i]) * UINT64_C(0x100000001b3);
	return key | UINT64_C(1) << 63;
}

int
presence_look(struct sc_module *m, struct tx *tx, struct sc_job *j)
{
	struct look *look = j->data;
	struct sc_user u;
	int rc = scm_user(tx, &j->request, ATTR_USER, &u);

	if (rc == SC_ENOTFOUND) {
		look->key = nobody(j->request.stanza);
		look->may = 0;
		return 0;
	}
	if (rc != 0)
		return rc;
	look->key = u.id;
	rc = may_see(m, tx, j->request.user, u.id, &look->may);
	return rc != 0 ? rc : last_get(m, tx, u.id, &look->last);
}

/* ---- verbs of the store ---- */

static void
privacy_show(struct elem_buf *e, const struct switches *p)
{
	elem_add_enum(e, ATTR_LAST_SEEN, p->last_seen);
	elem_add_enum(e, ATTR_ONLINE, p->online);
}

/* Takes a switch from the request, if it is there. */
static int
take_switch(struct sc_request *r, enum attr_name name, enum privacy *to)
{
	uint64_t p = elem_uint(r->stanza, name, *to);

	if (p != PRIVACY_EVERYONE && p != PRIVACY_SHARED &&
	    p != PRIVACY_NOBODY) {
		r->why = "say everyone, shared or nobody";
		return SC_EBADREQUEST;
	}
	*to = (enum privacy)p;
	return 0;
}

static int
privacy_run(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct message message = {.type = PRIVACY, .user = r->user};
	struct elem_buf e;
	struct switches p;
	int rc;

	if (!elem_has(r->stanza, ATTR_LAST_SEEN) &&
	    !elem_has(r->stanza, ATTR_ONLINE))
		return SC_NOT_MINE;
	rc = privacy_get(m, tx, r->user, &p);
	if (rc == 0)
		rc = take_switch(r, ATTR_LAST_SEEN, &p.last_seen);
	if (rc == 0)
		rc = take_switch(r, ATTR_ONLINE, &p.online);
	if (rc == 0)
		rc = privacy_put(m, tx, r->user, &p);
	if (rc != 0)
		return rc;
	elem_begin(&e, TAG_USER);
	privacy_show(&e, &p);
	rc = scm_account_say(tx, r->user, &e.e);
	if (rc == 0)
		rc = scm_tell_all(m, tx, slice_of(&message, sizeof(message)));
	return rc != 0 ? rc : SC_AND_OTHERS;
}

static int
own_run(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct elem_buf e;
	struct switches p;
	int rc = privacy_get(m, tx, r->user, &p);

	elem_begin(&e, TAG_USER);
	privacy_show(&e, &p);
	if (rc == 0)
		rc = scm_add(tx, r, &e.e);
	return rc != 0 ? rc : SC_AND_OTHERS;
}

static int
presence_user_gone(struct sc_module *m, struct tx *tx, uint64_t user)
{
	struct row_key key;
	struct slice k = user_key(&key, user);
	int rc = scm_del(tx, m, TABLE_PRIVACY, 0, k);

	return rc != 0 ? rc : scm_del(tx, m, TABLE_LAST, 0, k);
}

/* ---- a question ---- */

static void
asked_done(struct sc_module *m, struct worker *w, struct session *s,
    struct sc_job *j, int rc)
{
	const struct look *look = j->data;
	struct message question = {.type = ASKED, .user = look->key,
	    .may = look->may, .time = look->last, .id = look->id};

	if (s == NULL)
		return;
	if (rc != 0) {
		scm_answer_error(m, s, look->id,
		    rc == SC_EBADREQUEST ? rc : SC_EUNAVAILABLE,
		    "name a user");
		return;
	}
	question.asker = scm_session_user(s);
	question.session = scm_session_id(s);
	presence_send(m, w, scm_worker_of(w, look->key), &question);
}

static const struct sc_job_def asked_job = {false, presence_look, asked_done};

static void
hear_question(struct sc_module *m, struct session *s, const struct elem *e)
{
	struct look look = {.id = elem_uint(e, ATTR_ID, 0)};

	scm_count(m, STAT_ASKED, 1);
	if (scm_start(m, scm_session_worker(s), s, &asked_job, e, &look,
	    sizeof(look)) != 0)
		scm_answer_error(m, s, look.id, SC_EUNAVAILABLE,
		    "out of memory");
}

static void
take_answer(struct sc_module *m, struct worker *w,
    const struct message *answer)
{
	struct session *s = scm_session_find(w, answer->asker,
	    answer->session);
	struct elem_buf e;

	if (s == NULL)
		return;
	elem_begin(&e, TAG_PRESENCE);
	online_show(&e, answer->show, answer->time, answer->may);
	scm_answer(m, s, answer->id, &e.e, 1);
}

/* ---- oneself ---- */

/* The owner hears of it at the end of the turn: a client that says how it is
 * shown in one flight with its login is never shown otherwise. */
static void
change(struct sc_module *m, struct session *s)
{
	struct worker *w = scm_session_worker(s);
	struct presence_worker *p = scm_worker_state(w, m);
	uint64_t user = scm_session_user(s);

	if (growing_add(&p->changed, &user, sizeof(user)))
		scm_wake(m, w, scm_worker_mono(w));
}

static void
hear_presence(struct sc_module *m, struct session *s, const struct elem *e)
{
	struct presence_session *p = scm_session_state(s, m);

	if (elem_has(e, ATTR_USER)) {
		watch_hear(m, s, e);
		return;
	}
	if (!elem_has(e, ATTR_SHOW))
		return;
	p->show = (uint8_t)elem_uint(e, ATTR_SHOW, SHOW_ONLINE);
	p->at_once = p->show == SHOW_OFFLINE;
	change(m, s);
}

static void
state_one(struct sc_module *m, struct worker *w, uint64_t user)
{
	struct message message = {.type = STATED, .user = user,
	    .show = SHOW_OFFLINE, .time = scm_worker_wall(w)};
	struct session *s = NULL;

	while ((s = scm_session_next(w, user, s)) != NULL) {
		const struct presence_session *p = scm_session_state(s, m);

		if (p->show < message.show)
			message.show = p->show;
		message.at_once = message.at_once || p->at_once;
	}
	presence_send(m, w, scm_worker_of(w, user), &message);
}

static void
state_changed(struct sc_module *m, struct worker *w)
{
	struct presence_worker *p = scm_worker_state(w, m);
	struct growing changed = p->changed;
	const uint64_t *users = changed.v;

	memset(&p->changed, 0, sizeof(p->changed));
	for (size_t i = 0; i < changed.n; i++)
		state_one(m, w, users[i]);
	free(changed.v);
}

/* ---- hooks ---- */

void
presence_send(struct sc_module *m, struct worker *w, unsigned to,
    struct message *message)
{
	if (message->type != ANSWER)
		message->worker = scm_worker_number(w);
	scm_tell(m, w, (int)to, slice_of(message, sizeof(*message)));
}

static void
presence_told(struct sc_module *m, struct worker *w, struct slice bytes)
{
	static void (*const take[])(struct sc_module *, struct worker *,
	    const struct message *) = {
		[STATED] = online_stated,
		[WATCHED] = online_watched,
		[STATE] = watch_state,
		[ASKED] = online_asked,
		[ANSWER] = take_answer,
		[PRIVACY] = watch_privacy,
	};
	struct message message;

	memcpy(&message, bytes.p, sizeof(message));
	take[message.type](m, w, &message);
}

static void
presence_tick(struct sc_module *m, struct worker *w)
{
	state_changed(m, w);
	online_tick(m, w);
	watch_tick(m, w);
}

static void
presence_stop(struct sc_module *m, struct worker *w)
{
	struct presence_worker *p = scm_worker_state(w, m);

	online_stop(m, w);
	watch_stop(m, w);
	free(p->changed.v);
}

static const struct sc_heard_def presence_heard[] = {
    {"presence", TAG_PRESENCE, false, hear_presence},
    {"presence", TAG_PRESENCE, true, hear_question},
    {"typing", TAG_TYPING, false, signal_typing},
    {"signal", TAG_SIGNAL, false, signal_signal},
    {0},
};

static const struct sc_live_def presence_live = {
	.heard = presence_heard,
	.worker_size = sizeof(struct presence_worker),
	.session_size = sizeof(struct presence_session),
	.stop = presence_stop,
	.session_live = change,
	.session_ended = change,
	.forget = watch_forget,
	.tick = presence_tick,
	.told = presence_told,
};

static const struct sc_verb_def presence_verbs[] = {
    {"user", TAG_USER, SC_VERB_COUNTED, privacy_run,
	SC_ACTION(ACTION_PRIVACY)},
    {"user", TAG_USER, SC_VERB_READ, own_run, SC_ACTION(ACTION_GET)},
    {0},
};

static const struct sc_table_def presence_tables[] = {
    [TABLE_PRIVACY] = {"presence-privacy", 0},
    [TABLE_LAST] = {"presence-last", 0},
    {0},
};

static const struct sc_conf_def presence_conf[] = {
    {"grace", SC_CONF_UINT, offsetof(struct presence_conf, grace_ms), 0,
	600000, 10000, "Milliseconds for which a user who has gone may come "
	"back before others are told."},
    {"update", SC_CONF_UINT, offsetof(struct presence_conf, update_ms), 0,
	600000, 1000, "Milliseconds between two updates about a user to a "
	"session, at least."},
    {"write", SC_CONF_UINT, offsetof(struct presence_conf, write_ms), 0,
	600000, 1000, "Milliseconds for which users who have gone are "
	"collected before they are written."},
    {"watches", SC_CONF_UINT, offsetof(struct presence_conf, watches), 0,
	10000, 64, "Users that a session may watch."},
    {"typing-members", SC_CONF_UINT,
	offsetof(struct presence_conf, typing_members), 1, 10000, 25,
	"Members of a group in which typing is passed on, at most."},
    {"typing-rate", SC_CONF_UINT,
	offsetof(struct presence_conf, typing_rate), 1, 1000, 20,
	"Times in ten seconds that a session may say that it types."},
    {"signal-members", SC_CONF_UINT,
	offsetof(struct presence_conf, signal_members), 1, 10000, 64,
	"Members of a group in which signals are passed on, at most."},
    {"signal-rate", SC_CONF_UINT,
	offsetof(struct presence_conf, signal_rate), 1, 1000, 50,
	"Signals in ten seconds of a session."},
    {"signal-bytes", SC_CONF_UINT,
	offsetof(struct presence_conf, signal_bytes), 1, 60000, 16384,
	"Bytes of a signal's payload."},
    {0},
};

static const struct sc_stat_def presence_stats[] = {
    [STAT_UPDATES] = {"presence.updates", "updates given to sessions"},
    [STAT_WATCHES] = {"presence.watches", "users that a session has begun "
	"to watch"},
    [STAT_REFUSED] = {"presence.refused", "of these not, as it watched as "
	"many as it may"},
    [STAT_ASKED] = {"presence.asked", "questions for a user's presence"},
    [STAT_TYPING] = {"presence.typing", "times that typing was passed on"},
    [STAT_SIGNALS] = {"presence.signals", "signals passed on"},
    [STAT_DROPPED] = {"presence.dropped", "typing and signals that were not: "
	"too often, too long, too many members, or no such chat"},
    [STAT_WRITTEN] = {"presence.written", "rows of last seen written"},
    {0},
};

SC_MODULE(presence) = {
	.abi = SC_MODULE_ABI,
	.name = "presence",
	.summary = "shows who is online, was when, and types",
	.conf = presence_conf,
	.conf_size = sizeof(struct presence_conf),
	.stats = presence_stats,
	.verbs = presence_verbs,
	.tables = presence_tables,
	.user_gone = presence_user_gone,
	.live = &presence_live,
};

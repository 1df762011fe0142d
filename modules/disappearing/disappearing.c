/* SPDX-License-Identifier: ISC */
/*
 * disappearing: messages that say nothing any more after a time that the
 * members of a chat have set.  The core keeps the timer of each chat and of
 * each entry, and shows nobody what has had its time (module_expiry.h); here is
 * what timers there may be, when what is due, and who takes it out of the log.
 * Timers of groups and channels are set by who edits those; those of direct
 * chats here.
 */
#include "disappearing.h"

#include <stdio.h>

enum { WHY_MAX = 160 };

/* ---- timers ---- */

static int
check_timer(struct sc_module *m, struct tx *tx, uint32_t seconds,
    const char **why)
{
	const struct disappearing_conf *conf = scm_conf(m);
	char *text;

	if (seconds >= conf->shortest && seconds <= conf->longest) {
		scm_count(m, TIMERS_SET, 1);
		return 0;
	}
	text = scm_alloc(tx, WHY_MAX);
	if (text == NULL)
		return SC_ENOMEM;
	(void)snprintf(text, WHY_MAX, "a timer is from %u to %u seconds on "
	    "this server, or 0: off", (unsigned)conf->shortest,
	    (unsigned)conf->longest);
	*why = text;
	return SC_EBADREQUEST;
}

/* ---- direct chats ---- */

/* The direct chat with whom the request names; it is made if it is not there, so
 * that also the first message disappears. */
static int
find_peer(struct tx *tx, struct sc_request *r, const struct chat_ref *ref,
    struct chat *c)
{
	struct sc_request one = *r;	/* as if it named a user */
	struct elem_buf e;
	struct sc_user u;
	int rc;

	elem_begin(&e, TAG_CHAT);
	elem_add_user(&e, ATTR_USER, &(struct user_ref){
	    .id = ref->kind == CHAT_BY_USER ? ref->number : 0,
	    .name = ref->kind == CHAT_BY_NAME ? ref->name
	    : slice_of(NULL, 0)});
	one.stanza = &e.e;
	rc = scm_user(tx, &one, ATTR_USER, &u);
	return rc != 0 ? rc : scm_direct(tx, u.id, r, c);
}

/* The chat that is asked about, if it is a direct one. */
static int
find(struct tx *tx, struct sc_request *r, struct chat *c)
{
	const struct value *v = elem_get(r->stanza, ATTR_CHAT);
	int rc = scm_chat(tx, r, ATTR_CHAT, c);

	if (rc == 0 && c->kind != CHAT_KIND_DIRECT)
		return SC_NOT_MINE;
	if (rc == SC_ENOTFOUND && r->n != 0 && v->chat.kind > CHAT_BY_ID)
		rc = find_peer(tx, r, &v->chat, c);
	else if (rc == 0 && r->n != 0)
		rc = scm_chat_get_locked(tx, &c->id, c);
	if (rc == SC_ENOTFOUND)
		r->why = "there is no such chat: list yours";
	else if (rc == SC_EBADREQUEST)
		r->why = "expected a chat";
	return rc;
}

static int
say_timer(struct tx *tx, const struct sc_request *r, struct chat *c)
{
	struct elem_buf changed;

	elem_begin(&changed, TAG_CHANGED);
	elem_add_uint(&changed, ATTR_TIMER, c->timer);
	return scm_post(tx, c, r->user, &changed.e, 1, 0);
}

static int
direct_set(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct chat c;
	int rc = find(tx, r, &c);

	if (rc != 0)
		return rc;
	if (!elem_has(r->stanza, ATTR_TIMER)) {
		r->why = "of a direct chat only the timer can be set";
		return SC_EBADREQUEST;
	}
	if (c.number[0] == 0 || c.number[1] == 0) {
		r->why = "the other account of this chat has been removed";
		return SC_ENOTFOUND;
	}
	rc = scm_chat_set_timer(m, tx, &c, elem_uint(r->stanza, ATTR_TIMER, 0),
	    &r->why);
	return rc != 0 ? rc : say_timer(tx, r, &c);
}

static int
direct_get(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct elem_buf e;
	struct member self;
	struct chat c;
	int rc = find(tx, r, &c), side;

	(void)m;
	if (rc == 0)
		rc = scm_member_get(tx, &c.id, r->user, &self);
	if (rc != 0)
		return rc;
	side = scm_chat_side(&c, r->user);
	elem_begin(&e, TAG_CHAT);
	elem_add_uint(&e, ATTR_NUMBER, self.number);
	elem_add_bytes(&e, ATTR_REF, slice_of(c.id.b, CHAT_ID_SIZE));
	elem_add_enum(&e, ATTR_KIND, c.kind);
	elem_add_user_id(&e, ATTR_PEER, c.user[side == 0]);
	elem_add_uint(&e, ATTR_LAST, c.head);
	elem_add_uint(&e, ATTR_READ, self.read);
	elem_add_uint(&e, ATTR_TIMER, c.timer);
	return scm_add(tx, r, &e.e);
}

/* ---- the module ---- */

static const struct sc_conf_def disappearing_conf_defs[] = {
    {"shortest", SC_CONF_UINT, offsetof(struct disappearing_conf, shortest),
	1, 31536000, 60, "Seconds of the shortest timer that a chat may have."},
    {"longest", SC_CONF_UINT, offsetof(struct disappearing_conf, longest),
	1, 315360000, 31536000,
	"Seconds of the longest timer that a chat may have."},
    {0},
};

static const struct sc_stat_def disappearing_stats[] = {
    [TIMERS_SET] = {"disappearing.timers", "timers that were set"},
    [NOTED] = {"disappearing.noted", "entries that were given a time"},
    [REMOVED] = {"disappearing.removed", "entries that have disappeared"},
    [LOST] = {"disappearing.lost",
	"entries that were gone before their time"},
    {0},
};

static const struct sc_table_def disappearing_tables[] = {
    [DUE] = {"disappearing-due", 0},
    [SWEEPS] = {"disappearing-sweeps", 0},
    {0},
};

static const struct sc_verb_def disappearing_verbs[] = {
    {"chat", TAG_CHAT, SC_VERB_COUNTED, direct_set, SC_ACTION(ACTION_SET)},
    {"chat", TAG_CHAT, SC_VERB_READ, direct_get, SC_ACTION(ACTION_GET)},
    {0},
};

static const struct sc_sweep_def disappearing_sweeps[] = {
    {"due", 1, due_sweep},
    {"lost", 60, due_sweep_lost},
    {0},
};

static const struct sc_expiry_def disappearing_expiry = {
    check_timer, due_note};

SC_MODULE(disappearing) = {
	.abi = SC_MODULE_ABI,
	.name = "disappearing",
	.summary = "messages that disappear after a time",
	.conf = disappearing_conf_defs,
	.conf_size = sizeof(struct disappearing_conf),
	.stats = disappearing_stats,
	.tables = disappearing_tables,
	.verbs = disappearing_verbs,
	.sweeps = disappearing_sweeps,
	.expiry = &disappearing_expiry,
};

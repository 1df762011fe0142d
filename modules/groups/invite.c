/* SPDX-License-Identifier: ISC */
/*
 * Invitations.  A token is a number, by which its row is found and which begins
 * with the kind of the chat, and a secret, which is compared without telling by time how much of it was right.  One
 * that was taken back, has expired or is used up is like one that never was
 * (R25).
 */
#include "groups.h"

#include <string.h>

enum { INVITE_VERSION = 1, INVITE_ROW = 96 };

static struct slice
number_of(const uint8_t *token)
{
	return slice_of(token, INVITE_NUMBER_SIZE);
}

/* ---- rows ---- */

static void
invite_key(struct row_key *k, const struct chat_id *id, const uint8_t *token)
{
	k->len = 0;
	row_key_chat(k, id);
	row_key_bytes(k, number_of(token));
}

/* KEY and VALUE are of a row. */
static int
invite_read(struct slice number, struct slice value, struct invite *i)
{
	struct slice secret;
	struct row_in in;

	row_open(&in, value);
	secret = row_get_bytes(&in);
	i->by = row_get_uint(&in);
	i->created = row_get_int(&in);
	i->expires = row_get_int(&in);
	i->limit = row_get_uint(&in);
	i->uses = row_get_uint(&in);
	if (secret.len != INVITE_SECRET_SIZE ||
	    number.len != INVITE_NUMBER_SIZE)
		return SC_EDAMAGED;
	memcpy(i->token, number.p, INVITE_NUMBER_SIZE);
	memcpy(i->token + INVITE_NUMBER_SIZE, secret.p, INVITE_SECRET_SIZE);
	return row_check(&in);
}

static int
invite_put(struct acting *a, const struct invite *i)
{
	uint8_t b[INVITE_ROW];
	struct row_out row;
	struct row_key k;

	row_begin(&row, b, sizeof(b), INVITE_VERSION);
	row_bytes(&row, slice_of(i->token + INVITE_NUMBER_SIZE,
	    INVITE_SECRET_SIZE));
	row_uint(&row, i->by);
	row_int(&row, i->created);
	row_int(&row, i->expires);
	row_uint(&row, i->limit);
	row_uint(&row, i->uses);
	invite_key(&k, &a->chat.id, i->token);
	return scm_put(a->tx, a->m, GROUP_INVITES, 0, row_key_slice(&k),
	    row_slice(&row));
}

static int
invite_del(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    const uint8_t *token)
{
	struct row_key k;
	int rc;

	invite_key(&k, id, token);
	rc = scm_del(tx, m, GROUP_INVITES, 0, row_key_slice(&k));
	return rc != 0 ? rc
	    : scm_del(tx, m, GROUP_TOKENS, 0, number_of(token));
}

struct scanning {
	int (*fn)(void *arg, const struct invite *);
	void *arg;
};

static int
scan_row(void *arg, struct slice key, struct slice value)
{
	struct scanning *s = arg;
	struct invite i;
	int rc = key.len < CHAT_ID_SIZE ? SC_EDAMAGED
	    : invite_read(slice_of(key.p + CHAT_ID_SIZE,
	    key.len - CHAT_ID_SIZE), value, &i);

	return rc != 0 ? rc : s->fn(s->arg, &i);
}

int
invite_scan(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    int (*fn)(void *arg, const struct invite *), void *arg)
{
	struct scanning s = {fn, arg};
	uint8_t end[STORE_KEY_MAX];
	struct store_range range =
	    scm_prefix(slice_of(id->b, CHAT_ID_SIZE), end);

	return scm_scan(tx, m, GROUP_INVITES, 0, &range, scan_row, &s);
}

bool
invite_holds(const struct invite *i, int64_t now)
{
	return (i->expires == 0 || now < i->expires) &&
	    (i->limit == 0 || i->uses < i->limit);
}

/* ---- all of a group ---- */

/* Those that are to go; a scan must not write. */
struct ending {
	struct tx *tx;
	bool all;		/* or those that hold no more */
	unsigned kept;
	size_t n;
	uint8_t (*numbers)[INVITE_NUMBER_SIZE];
};

enum { ENDING_MAX = 256 };	/* the most that the configuration allows */

static int
note_ending(void *arg, const struct invite *i)
{
	struct ending *e = arg;

	if (!e->all && invite_holds(i, scm_now(e->tx)))
		e->kept++;
	else if (e->n < ENDING_MAX)
		memcpy(e->numbers[e->n++], i->token, INVITE_NUMBER_SIZE);
	return 0;
}

static int
end_invites(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    struct ending *e)
{
	int rc;

	e->tx = tx;
	e->numbers = scm_alloc(tx, ENDING_MAX * sizeof(*e->numbers));
	if (e->numbers == NULL)
		return SC_ENOMEM;
	rc = invite_scan(m, tx, id, note_ending, e);
	for (size_t i = 0; i < e->n && rc == 0; i++)
		rc = invite_del(m, tx, id, e->numbers[i]);
	return rc;
}

int
invite_erase(struct sc_module *m, struct tx *tx, const struct chat_id *id)
{
	struct ending e = {.all = true};

	return end_invites(m, tx, id, &e);
}

/* ---- making and taking back ---- */

static int
take_terms(struct acting *a, struct invite *i)
{
	const struct elem *s = a->r->stanza;

	i->by = a->r->user;
	i->created = scm_now(a->tx);
	i->expires = elem_int(s, ATTR_EXPIRES, 0);
	i->limit = elem_uint(s, ATTR_LIMIT, 0);
	if (elem_has(s, ATTR_EXPIRES) && i->expires <= i->created)
		return group_refuse(a, SC_EBADREQUEST,
		    "an invitation expires in the future, or never");
	return 0;
}

static int
answer_token(struct acting *a, const struct invite *i)
{
	struct elem_buf e;

	elem_begin(&e, TAG_INVITE);
	elem_add_bytes(&e, ATTR_TOKEN, slice_of(i->token, sizeof(i->token)));
	if (i->expires != 0)
		elem_add_time(&e, ATTR_EXPIRES, i->expires);
	if (i->limit != 0)
		elem_add_uint(&e, ATTR_LIMIT, i->limit);
	return scm_add(a->tx, a->r, &e.e);
}

int
group_invite(struct acting *a)
{
	const struct groups_conf *conf = scm_conf(a->m);
	struct ending old = {.all = false};
	struct invite i = {.uses = 0};
	int rc = group_open(a, ROLE_ADMIN);

	if (rc == 0)
		rc = take_terms(a, &i);
	if (rc == 0)
		rc = end_invites(a->m, a->tx, &a->chat.id, &old);
	if (rc == 0 && old.kept >= conf->invites)
		rc = group_refuse(a, SC_ERESOURCE, "a group has at most %u "
		    "invitations: revoke one", (unsigned)conf->invites);
	if (rc != 0)
		return rc;
	i.token[0] = (uint8_t)a->chat.kind;
	scm_random(a->tx, i.token + 1, sizeof(i.token) - 1);
	rc = invite_put(a, &i);
	if (rc == 0)
		rc = scm_put(a->tx, a->m, GROUP_TOKENS, 0, number_of(i.token),
		    slice_of(a->chat.id.b, CHAT_ID_SIZE));
	scm_count(a->m, GROUPS_INVITED, 1);
	return rc != 0 ? rc : answer_token(a, &i);
}

static bool
same_token(const uint8_t *a, const uint8_t *b)
{
	unsigned differ = 0;

	for (size_t i = 0; i < INVITE_TOKEN_SIZE; i++)
		differ |= (unsigned)(a[i] ^ b[i]);
	return differ == 0;
}

/* The invitation of the group that the request's token means. */
static int
find_invite(struct acting *a, struct invite *i)
{
	struct slice token = elem_slice(a->r->stanza, ATTR_TOKEN), value;
	struct row_key k;
	int rc;

	if (token.len != INVITE_TOKEN_SIZE)
		return SC_ENOTFOUND;
	invite_key(&k, &a->chat.id, token.p);
	rc = scm_get(a->tx, a->m, GROUP_INVITES, 0, row_key_slice(&k), &value);
	if (rc == 0)
		rc = invite_read(number_of(token.p), value, i);
	if (rc == 0 && !same_token(i->token, token.p))
		rc = SC_ENOTFOUND;
	return rc;
}

int
group_revoke(struct acting *a)
{
	struct invite i;
	int rc = group_open(a, ROLE_ADMIN);

	if (rc != 0)
		return rc;
	rc = find_invite(a, &i);
	if (rc == SC_ENOTFOUND)
		return group_refuse(a, rc,
		    "the group has no such invitation: list them");
	return rc != 0 ? rc
	    : invite_del(a->m, a->tx, &a->chat.id, i.token);
}

/* ---- joining ---- */

/* The group of the request's token, locked, which may be the wrong one. */
static int
find_group(struct acting *a)
{
	struct slice token = elem_slice(a->r->stanza, ATTR_TOKEN), value;
	struct chat_id id;
	int rc;

	if (token.len != INVITE_TOKEN_SIZE)
		return SC_ENOTFOUND;
	rc = scm_get(a->tx, a->m, GROUP_TOKENS, 0, number_of(token.p), &value);
	if (rc != 0)
		return rc;
	if (value.len != CHAT_ID_SIZE)
		return SC_EDAMAGED;
	memcpy(id.b, value.p, CHAT_ID_SIZE);
	return scm_chat_get_locked(a->tx, &id, &a->chat);
}

static int
open_by_token(struct acting *a, struct invite *i)
{
	int rc = group_lock(a, NULL, 0, true);

	if (rc == 0)
		rc = find_group(a);
	if (rc == 0)
		rc = find_invite(a, i);
	if (rc == 0 && !invite_holds(i, scm_now(a->tx)))
		rc = SC_ENOTFOUND;
	if (rc == SC_ENOTFOUND)
		return group_refuse(a, rc, "there is no such invitation any "
		    "more: ask for another one");
	return rc != 0 ? rc
	    : group_get(a->m, a->tx, &a->chat.id, &a->group);
}

static int
join(struct acting *a, const struct sc_user *u)
{
	const struct named self = {u->id, u->name, ROLE_MEMBER};
	int rc = group_room(a, 1);

	if (rc == 0)
		rc = group_admit(a, &self, 1, ACTION_JOIN, u->id);
	if (rc == 0)
		rc = scm_member_get(a->tx, &a->chat.id, u->id, &a->self);
	return rc != 0 ? rc : room_answer(a->tx, a->r, &a->chat,
	    a->self.number, a->group.texts.name);
}

int
group_join(struct acting *a)
{
	struct invite i;
	struct sc_user u;
	int rc = open_by_token(a, &i);

	if (rc == 0)
		rc = scm_user_get(a->tx, a->r->user, &u);
	if (rc != 0)
		return rc;
	rc = scm_member_get(a->tx, &a->chat.id, u.id, &a->self);
	if (rc == 0 && scm_member_in(&a->self))
		return room_answer(a->tx, a->r, &a->chat,
	    a->self.number, a->group.texts.name);
	if (rc == SC_ENOTFOUND || rc == 0)
		rc = a->group.approval ? group_waits(a, u.id) : SC_ENOTFOUND;
	if (rc == SC_ENOTFOUND) {	/* who waits has used it already */
		i.uses++;
		rc = invite_put(a, &i);
	}
	if (rc != 0)
		return rc;
	return a->group.approval ? group_request(a, &u) : join(a, &u);
}

/* SPDX-License-Identifier: ISC */
#include "modules/shared/invite.h"

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
invite_put(const struct invites *v, const struct chat_id *id,
    const struct invite *i)
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
	invite_key(&k, id, i->token);
	return scm_put(v->tx, v->m, v->rows, 0, row_key_slice(&k),
	    row_slice(&row));
}

static int
invite_del(const struct invites *v, const struct chat_id *id,
    const uint8_t *token)
{
	struct row_key k;
	int rc;

	invite_key(&k, id, token);
	rc = scm_del(v->tx, v->m, v->rows, 0, row_key_slice(&k));
	return rc != 0 ? rc
	    : scm_del(v->tx, v->m, v->tokens, 0, number_of(token));
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

/* FN as for scm_scan. */
static int
invite_scan(const struct invites *v, const struct chat_id *id,
    int (*fn)(void *arg, const struct invite *), void *arg)
{
	struct scanning s = {fn, arg};
	uint8_t end[STORE_KEY_MAX];
	struct store_range range =
	    scm_prefix(slice_of(id->b, CHAT_ID_SIZE), end);

	return scm_scan(v->tx, v->m, v->rows, 0, &range, scan_row, &s);
}

static bool
invite_holds(const struct invite *i, int64_t now)
{
	return (i->expires == 0 || now < i->expires) &&
	    (i->limit == 0 || i->uses < i->limit);
}

/* ---- all of a chat ---- */

/* Those that are to go; a scan must not write. */
struct ending {
	struct tx *tx;
	bool all;		/* or those that hold no more */
	unsigned kept;
	size_t n;
	uint8_t (*numbers)[INVITE_NUMBER_SIZE];
};

static int
note_ending(void *arg, const struct invite *i)
{
	struct ending *e = arg;

	if (!e->all && invite_holds(i, scm_now(e->tx)))
		e->kept++;
	else if (e->n < INVITES_MAX)
		memcpy(e->numbers[e->n++], i->token, INVITE_NUMBER_SIZE);
	return 0;
}

static int
end_invites(const struct invites *v, const struct chat_id *id,
    struct ending *e)
{
	int rc;

	e->tx = v->tx;
	e->numbers = scm_alloc(v->tx, INVITES_MAX * sizeof(*e->numbers));
	if (e->numbers == NULL)
		return SC_ENOMEM;
	rc = invite_scan(v, id, note_ending, e);
	for (size_t i = 0; i < e->n && rc == 0; i++)
		rc = invite_del(v, id, e->numbers[i]);
	return rc;
}

int
invite_erase(const struct invites *v, const struct chat_id *id)
{
	struct ending e = {.all = true};

	return end_invites(v, id, &e);
}

/* ---- making and taking back ---- */

static int
take_terms(const struct invites *v, struct sc_request *r, struct invite *i)
{
	const struct elem *s = r->stanza;

	i->by = r->user;
	i->created = scm_now(v->tx);
	i->expires = elem_int(s, ATTR_EXPIRES, 0);
	i->limit = elem_uint(s, ATTR_LIMIT, 0);
	if (elem_has(s, ATTR_EXPIRES) && i->expires <= i->created)
		return room_refuse(v->tx, r, SC_EBADREQUEST,
		    "an invitation expires in the future, or never");
	return 0;
}

static void
describe(struct elem_buf *e, const struct invite *i)
{
	elem_begin(e, TAG_INVITE);
	elem_add_bytes(e, ATTR_TOKEN, slice_of(i->token, sizeof(i->token)));
	if (i->expires != 0)
		elem_add_time(e, ATTR_EXPIRES, i->expires);
	if (i->limit != 0)
		elem_add_uint(e, ATTR_LIMIT, i->limit);
}

int
invite_make(const struct invites *v, struct sc_request *r,
    const struct chat *c, uint32_t most)
{
	struct ending old = {.all = false};
	struct invite i = {.uses = 0};
	struct elem_buf e;
	int rc = take_terms(v, r, &i);

	if (rc == 0)
		rc = end_invites(v, &c->id, &old);
	if (rc == 0 && old.kept >= most)
		rc = room_refuse(v->tx, r, SC_ERESOURCE, "a %s has at most %u "
		    "invitations: revoke one", v->what, (unsigned)most);
	if (rc != 0)
		return rc;
	i.token[0] = (uint8_t)c->kind;
	scm_random(v->tx, i.token + 1, sizeof(i.token) - 1);
	rc = invite_put(v, &c->id, &i);
	if (rc == 0)
		rc = scm_put(v->tx, v->m, v->tokens, 0, number_of(i.token),
		    slice_of(c->id.b, CHAT_ID_SIZE));
	describe(&e, &i);
	return rc != 0 ? rc : scm_add(v->tx, r, &e.e);
}

/* Without telling by time how much of it was right. */
static bool
same_token(const uint8_t *a, const uint8_t *b)
{
	unsigned differ = 0;

	for (size_t i = 0; i < INVITE_TOKEN_SIZE; i++)
		differ |= (unsigned)(a[i] ^ b[i]);
	return differ == 0;
}

/* The invitation to the chat that the request's token means. */
static int
find_invite(const struct invites *v, const struct sc_request *r,
    const struct chat_id *id, struct invite *i)
{
	struct slice token = elem_slice(r->stanza, ATTR_TOKEN), value;
	struct row_key k;
	int rc;

	if (token.len != INVITE_TOKEN_SIZE)
		return SC_ENOTFOUND;
	invite_key(&k, id, token.p);
	rc = scm_get(v->tx, v->m, v->rows, 0, row_key_slice(&k), &value);
	if (rc == 0)
		rc = invite_read(number_of(token.p), value, i);
	if (rc == 0 && !same_token(i->token, token.p))
		rc = SC_ENOTFOUND;
	return rc;
}

int
invite_revoke(const struct invites *v, struct sc_request *r,
    const struct chat *c)
{
	struct invite i;
	int rc = find_invite(v, r, &c->id, &i);

	if (rc == SC_ENOTFOUND)
		return room_refuse(v->tx, r, rc,
		    "the %s has no such invitation: list them", v->what);
	return rc != 0 ? rc : invite_del(v, &c->id, i.token);
}

struct listing {
	struct tx *tx;
	struct sc_request *r;
};

static int
list_invite(void *arg, const struct invite *i)
{
	const struct listing *l = arg;
	struct elem_buf e;

	if (!invite_holds(i, scm_now(l->tx)))
		return 0;
	describe(&e, i);
	elem_add_uint(&e, ATTR_TOTAL, i->uses);
	return scm_add(l->tx, l->r, &e.e);
}

int
invite_list(const struct invites *v, struct sc_request *r,
    const struct chat *c)
{
	struct listing l = {v->tx, r};

	return invite_scan(v, &c->id, list_invite, &l);
}

/* ---- joining ---- */

bool
invite_is_to(const struct sc_request *r, enum chat_kind kind)
{
	struct slice token = elem_slice(r->stanza, ATTR_TOKEN);

	return token.len > 0 && token.p[0] == kind;
}

/* The chat of the request's token, locked, which may be the wrong one. */
static int
find_chat(const struct invites *v, const struct sc_request *r, struct chat *c)
{
	struct slice token = elem_slice(r->stanza, ATTR_TOKEN), value;
	struct chat_id id;
	int rc;

	if (token.len != INVITE_TOKEN_SIZE)
		return SC_ENOTFOUND;
	rc = scm_get(v->tx, v->m, v->tokens, 0, number_of(token.p), &value);
	if (rc != 0)
		return rc;
	if (value.len != CHAT_ID_SIZE)
		return SC_EDAMAGED;
	memcpy(id.b, value.p, CHAT_ID_SIZE);
	return scm_chat_get_locked(v->tx, &id, c);
}

int
invite_open(const struct invites *v, struct sc_request *r, struct chat *c,
    struct invite *i)
{
	int rc = find_chat(v, r, c);

	if (rc == 0)
		rc = find_invite(v, r, &c->id, i);
	if (rc == 0 && !invite_holds(i, scm_now(v->tx)))
		rc = SC_ENOTFOUND;
	return rc != SC_ENOTFOUND ? rc : room_refuse(v->tx, r, rc,
	    "there is no such invitation any more: ask for another one");
}

int
invite_use(const struct invites *v, const struct chat *c, struct invite *i)
{
	i->uses++;
	return invite_put(v, &c->id, i);
}

/* SPDX-License-Identifier: ISC */
#include "src/chat/link.h"

#include <openssl/evp.h>
#include <string.h>

#include "src/chat/row.h"
#include "src/common/err.h"
#include "src/common/wipe.h"

enum {
	LINK_VERSION = 1,
	LINK_ROW = 64,
	HASH_SIZE = 32,
	/* the first byte of a key */
	OF_USER = 0,		/* a user's open ids, the oldest first */
	OF_ID = 1		/* one link */
};

struct link {
	uint64_t user;
	int64_t expires;
	uint8_t hash[HASH_SIZE];
};

struct open_ids {
	unsigned n;
	uint32_t ids[LINK_OPEN];
};

static struct row_key
user_key(uint64_t user)
{
	struct row_key k = {.len = 0};

	row_key_u8(&k, OF_USER);
	row_key_u64(&k, user);
	return k;
}

static struct row_key
id_key(uint32_t id)
{
	struct row_key k = {.len = 0};

	row_key_u8(&k, OF_ID);
	row_key_u32(&k, id);
	return k;
}

static uint32_t
id_of(const uint8_t *token)
{
	uint32_t id = 0;

	for (int i = 0; i < LINK_ID_SIZE; i++)
		id = id << 8 | token[i];
	return id;
}

static int
hash_of(const uint8_t *token, uint8_t hash[HASH_SIZE])
{
	unsigned n = 0;

	return EVP_Digest(token, LINK_TOKEN_SIZE, hash, &n, EVP_sha256(),
	    NULL) == 1 && n == HASH_SIZE ? 0 : SC_EINTERNAL;
}

/* ---- rows ---- */

static int
link_get_locked(struct tx *tx, uint32_t id, struct link *l)
{
	const struct row_key k = id_key(id);
	struct slice value, hash;
	struct row_in in;
	int rc = store_get_locked(tx->st, tx->d->links, 0, row_key_slice(&k),
	    &value);

	if (rc != 0)
		return rc;
	row_open(&in, value);
	l->user = row_get_uint(&in);
	l->expires = row_get_int(&in);
	hash = row_get_bytes(&in);
	if (row_check(&in) != 0 || hash.len != HASH_SIZE)
		return SC_EDAMAGED;
	memcpy(l->hash, hash.p, HASH_SIZE);
	return 0;
}

static int
link_put(struct tx *tx, uint32_t id, const struct link *l)
{
	const struct row_key k = id_key(id);
	uint8_t b[LINK_ROW];
	struct row_out row;

	row_begin(&row, b, sizeof(b), LINK_VERSION);
	row_uint(&row, l->user);
	row_int(&row, l->expires);
	row_bytes(&row, slice_of(l->hash, HASH_SIZE));
	return store_put(tx->st, tx->d->links, 0, row_key_slice(&k),
	    row_slice(&row));
}

static int
link_del(struct tx *tx, uint32_t id)
{
	const struct row_key k = id_key(id);

	return store_del(tx->st, tx->d->links, 0, row_key_slice(&k));
}

static int
open_get_locked(struct tx *tx, uint64_t user, struct open_ids *o)
{
	const struct row_key k = user_key(user);
	struct slice value;
	struct row_in in;
	uint64_t n;
	int rc = store_get_locked(tx->st, tx->d->links, 0, row_key_slice(&k),
	    &value);

	o->n = 0;
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	row_open(&in, value);
	n = row_get_uint(&in);
	if (n > LINK_OPEN)
		return SC_EDAMAGED;
	for (; o->n < n; o->n++)
		o->ids[o->n] = (uint32_t)row_get_uint(&in);
	return row_check(&in);
}

static int
open_put(struct tx *tx, uint64_t user, const struct open_ids *o)
{
	const struct row_key k = user_key(user);
	uint8_t b[LINK_ROW];
	struct row_out row;

	row_begin(&row, b, sizeof(b), LINK_VERSION);
	row_uint(&row, o->n);
	for (unsigned i = 0; i < o->n; i++)
		row_uint(&row, o->ids[i]);
	return store_put(tx->st, tx->d->links, 0, row_key_slice(&k),
	    row_slice(&row));
}

/* ---- what is done with them ---- */

/* Leaves those that can still be used, one fewer than there may be. */
static int
make_room(struct tx *tx, uint64_t user, struct open_ids *o)
{
	struct open_ids was = *o;
	struct link l;
	int rc = 0;

	o->n = 0;
	for (unsigned i = 0; i < was.n && rc == 0; i++) {
		rc = link_get_locked(tx, was.ids[i], &l);
		if (rc == SC_ENOTFOUND || (rc == 0 && l.user != user)) {
			rc = 0;		/* it was used */
			continue;
		}
		if (rc == 0 && l.expires > tx->now &&
		    i + LINK_OPEN > was.n)
			o->ids[o->n++] = was.ids[i];
		else if (rc == 0)
			rc = link_del(tx, was.ids[i]);
	}
	return rc;
}

/* Random bytes whose id is free. */
static int
choose_token(struct tx *tx, uint8_t *token)
{
	struct link l;
	int rc = 0;

	for (int i = 0; i < 8 && rc == 0; i++) {
		tx->random(tx->random_arg, token, LINK_TOKEN_SIZE);
		rc = link_get_locked(tx, id_of(token), &l);
	}
	return rc == 0 ? SC_EUNAVAILABLE : rc == SC_ENOTFOUND ? 0 : rc;
}

int
link_make(struct tx *tx, uint64_t user, int64_t expires, uint8_t *token)
{
	struct link l = {.user = user, .expires = expires};
	struct open_ids o;
	int rc = open_get_locked(tx, user, &o);

	if (rc == 0)
		rc = make_room(tx, user, &o);
	if (rc == 0)
		rc = choose_token(tx, token);
	if (rc == 0)
		rc = hash_of(token, l.hash);
	if (rc != 0)
		return rc;
	o.ids[o.n++] = id_of(token);
	rc = link_put(tx, id_of(token), &l);
	return rc != 0 ? rc : open_put(tx, user, &o);
}

int
link_find(struct tx *tx, struct slice token, uint64_t *user)
{
	uint8_t hash[HASH_SIZE];
	struct link l = {.user = 0};
	bool good;
	int rc, found;

	if (token.len != LINK_TOKEN_SIZE)
		return SC_ENOTAUTHORIZED;
	rc = hash_of(token.p, hash);
	found = link_get_locked(tx, id_of(token.p), &l);
	/* compared in any case: that takes time, too */
	good = equal_secret(hash, l.hash, HASH_SIZE);
	wipe(hash, sizeof(hash));
	if (rc != 0)
		return rc;
	if (found != 0 && found != SC_ENOTFOUND)
		return found;
	if (found != 0 || !good || l.expires <= tx->now)
		return SC_ENOTAUTHORIZED;
	*user = l.user;
	return 0;
}

int
link_take(struct tx *tx, struct slice token, uint64_t *user)
{
	int rc = link_find(tx, token, user);

	return rc != 0 ? rc : link_del(tx, id_of(token.p));
}

int
link_forget(struct tx *tx, uint64_t user)
{
	const struct row_key k = user_key(user);
	struct open_ids o;
	struct link l;
	int rc = open_get_locked(tx, user, &o);

	for (unsigned i = 0; i < o.n && rc == 0; i++) {
		rc = link_get_locked(tx, o.ids[i], &l);
		if (rc == 0 && l.user == user)
			rc = link_del(tx, o.ids[i]);
		else if (rc == SC_ENOTFOUND)
			rc = 0;
	}
	return rc != 0 ? rc : store_del(tx->st, tx->d->links, 0,
	    row_key_slice(&k));
}

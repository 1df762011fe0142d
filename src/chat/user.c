/* SPDX-License-Identifier: ISC */
#include "src/chat/user.h"

#include <string.h>

#include "src/chat/chat.h"
#include "src/chat/member.h"
#include "src/chat/row.h"
#include "src/common/err.h"
#include "src/common/wipe.h"

enum {
	USER_VERSION = 1,
	USER_ROW = 320,
	CREDENTIAL_PARTS = 5,	/* of bytes, after a number */
	ACCOUNT_NUMBER = 1
};

static void
user_key(struct row_key *k, uint64_t id)
{
	k->len = 0;
	row_key_u64(k, id);
}

static void
get_fixed(struct row_in *in, uint8_t *to, size_t n)
{
	struct slice s = row_get_bytes(in);

	if (s.len == n)
		memcpy(to, s.p, n);
	else
		in->bad = true;
}

/* What comes before the credential. */
static void
get_user(struct row_in *in, uint64_t id, struct user *u)
{
	struct slice name;

	memset(u, 0, sizeof(*u));
	u->id = id;
	name = row_get_bytes(in);
	if (name.len > USER_NAME_MAX)
		in->bad = true;
	else if (name.len > 0)
		memcpy(u->name, name.p, name.len);
	u->created = row_get_int(in);
	u->next_number = row_get_uint(in);
	u->next_device = (uint32_t)row_get_uint(in);
	u->account = row_get_chat(in);
}

static void
get_credential(struct row_in *in, struct credential *c)
{
	c->iterations = (uint32_t)row_get_uint(in);
	get_fixed(in, c->salt, sizeof(c->salt));
	get_fixed(in, c->stored_sha1, sizeof(c->stored_sha1));
	get_fixed(in, c->server_sha1, sizeof(c->server_sha1));
	get_fixed(in, c->stored_sha256, sizeof(c->stored_sha256));
	get_fixed(in, c->server_sha256, sizeof(c->server_sha256));
}

static int
user_parse(uint64_t id, struct slice value, struct user *u)
{
	struct row_in in;

	row_open(&in, value);
	get_user(&in, id, u);
	(void)row_get_uint(&in);
	for (int i = 0; i < CREDENTIAL_PARTS; i++)
		(void)row_get_bytes(&in);
	return row_check(&in);
}

static int
user_write(struct tx *tx, const struct user *u, const struct credential *c)
{
	uint8_t b[USER_ROW];
	struct row_out row;
	struct row_key k;
	int rc;

	row_begin(&row, b, sizeof(b), USER_VERSION);
	row_bytes(&row, slice_str(u->name));
	row_int(&row, u->created);
	row_uint(&row, u->next_number);
	row_uint(&row, u->next_device);
	row_chat(&row, &u->account);
	row_uint(&row, c->iterations);
	row_bytes(&row, slice_of(c->salt, sizeof(c->salt)));
	row_bytes(&row, slice_of(c->stored_sha1, sizeof(c->stored_sha1)));
	row_bytes(&row, slice_of(c->server_sha1, sizeof(c->server_sha1)));
	row_bytes(&row, slice_of(c->stored_sha256, sizeof(c->stored_sha256)));
	row_bytes(&row, slice_of(c->server_sha256, sizeof(c->server_sha256)));
	user_key(&k, u->id);
	rc = store_put(tx->st, tx->d->users, 0, row_key_slice(&k),
	    row_slice(&row));
	wipe(b, sizeof(b));
	return rc;
}

int
user_credential(struct tx *tx, uint64_t id, struct credential *c)
{
	struct slice value;
	struct row_key k;
	struct row_in in;
	struct user u;
	int rc;

	user_key(&k, id);
	rc = store_get(tx->st, tx->d->users, 0, row_key_slice(&k), &value);
	if (rc != 0)
		return rc;
	row_open(&in, value);
	get_user(&in, id, &u);
	get_credential(&in, c);
	return row_check(&in);
}

int
user_put(struct tx *tx, const struct user *u)
{
	struct credential c;
	int rc = user_credential(tx, u->id, &c);

	if (rc == 0)
		rc = user_write(tx, u, &c);
	wipe(&c, sizeof(c));
	return rc;
}

int
user_get(struct tx *tx, uint64_t id, struct user *u)
{
	struct slice value;
	struct row_key k;
	int rc;

	user_key(&k, id);
	rc = store_get(tx->st, tx->d->users, 0, row_key_slice(&k), &value);
	return rc != 0 ? rc : user_parse(id, value, u);
}

static int
get_locked(struct tx *tx, uint64_t id, struct user *u, bool leaving)
{
	struct slice value;
	struct row_key k;
	int rc;

	user_key(&k, id);
	rc = store_get_locked(tx->st, tx->d->users, 0, row_key_slice(&k),
	    &value);
	if (rc == 0)
		rc = user_parse(id, value, u);
	return rc == 0 && user_is_leaving(u) != leaving ? SC_ENOTFOUND : rc;
}

int
user_get_locked(struct tx *tx, uint64_t id, struct user *u)
{
	return get_locked(tx, id, u, false);
}

int
user_get_leaving(struct tx *tx, uint64_t id, struct user *u)
{
	return get_locked(tx, id, u, true);
}

/* The id in the row of a canonical name. */
static int
name_get(struct tx *tx, const char *name, bool lock, uint64_t *id)
{
	struct slice value;
	struct row_in in;
	int rc;

	if (lock)
		rc = store_get_locked(tx->st, tx->d->names, 0, slice_str(name),
		    &value);
	else
		rc = store_get(tx->st, tx->d->names, 0, slice_str(name),
		    &value);
	if (rc != 0)
		return rc;
	row_open(&in, value);
	*id = row_get_uint(&in);
	return row_check(&in);
}

int
user_by_name(struct tx *tx, struct slice name, struct user *u)
{
	char canonical[USER_NAME_MAX + 1];
	uint64_t id;
	int rc;

	if (user_name_prepare(name, canonical) != 0)
		return SC_ENOTFOUND;
	rc = name_get(tx, canonical, false, &id);
	return rc != 0 ? rc : user_get(tx, id, u);
}

static int
put_uint(struct tx *tx, const struct store_table *table, struct slice key,
    uint64_t v)
{
	uint8_t b[16];
	struct row_out row;

	row_begin(&row, b, sizeof(b), 1);
	row_uint(&row, v);
	return store_put(tx->st, table, 0, key, row_slice(&row));
}

/* The account log: chat number 1, whose only reader is the user. */
static int
account_make(struct tx *tx, struct user *u)
{
	struct row_key k = {.len = 0};
	struct member m = member_from(ACCOUNT_NUMBER, 1);
	uint8_t b[1 + CHAT_ID_SIZE];
	struct row_out row;
	struct chat c;
	int rc;

	chat_new(tx, CHAT_KIND_SYSTEM, &c);
	c.user[0] = u->id;
	c.number[0] = ACCOUNT_NUMBER;
	u->account = c.id;
	rc = chat_put(tx, &c);
	if (rc == 0)
		rc = member_put(tx, &c.id, u->id, &m);
	row_key_u64(&k, u->id);
	row_key_u64(&k, ACCOUNT_NUMBER);
	row_begin(&row, b, sizeof(b), 1);
	row_chat(&row, &c.id);
	if (rc == 0)
		rc = store_put(tx->st, tx->d->numbers, 0, row_key_slice(&k),
		    row_slice(&row));
	return rc;
}

int
user_create(struct tx *tx, struct slice name, const struct credential *c,
    struct user *u)
{
	uint64_t taken;
	int rc;

	memset(u, 0, sizeof(*u));
	if (user_name_prepare(name, u->name) != 0)
		return SC_EBADREQUEST;
	rc = name_get(tx, u->name, true, &taken);
	if (rc == 0)
		return SC_ECONFLICT;
	if (rc != SC_ENOTFOUND)
		return rc;
	rc = domain_take(tx, "next-user", 1, 1, &u->id);
	if (rc != 0)
		return rc;
	u->created = tx->now;
	u->next_number = ACCOUNT_NUMBER + 1;
	u->next_device = 1;
	rc = account_make(tx, u);
	if (rc == 0)
		rc = user_write(tx, u, c);
	if (rc == 0)
		rc = put_uint(tx, tx->d->names, slice_str(u->name), u->id);
	return rc;
}

int
user_set_credential(struct tx *tx, uint64_t id, const struct credential *c)
{
	struct user u;
	int rc = user_get_locked(tx, id, &u);

	return rc != 0 ? rc : user_write(tx, &u, c);
}

int
user_retire(struct tx *tx, struct user *u)
{
	const struct credential none = {0};
	int rc = store_lock(tx->st, tx->d->names, 0, slice_str(u->name));

	if (rc == 0)
		rc = store_del(tx->st, tx->d->names, 0, slice_str(u->name));
	u->next_device = 0;
	return rc != 0 ? rc : user_write(tx, u, &none);
}

struct user_scan {
	int (*fn)(void *arg, const struct user *);
	void *arg;
};

static int
user_row(void *arg, struct slice key, struct slice value)
{
	struct user_scan *s = arg;
	struct user u;
	int rc = user_parse(row_key_last_u64(key), value, &u);

	return rc != 0 || user_is_leaving(&u) ? rc : s->fn(s->arg, &u);
}

int
user_list(struct tx *tx, uint64_t first,
    int (*fn)(void *arg, const struct user *), void *arg)
{
	struct user_scan s = {fn, arg};
	struct store_range range = {.reverse = false};
	struct row_key k;

	user_key(&k, first);
	range.lo = row_key_slice(&k);
	range.hi = slice_of(NULL, 0);
	return store_scan(tx->st, tx->d->users, 0, &range, user_row, &s);
}

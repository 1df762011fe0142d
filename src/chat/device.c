/* SPDX-License-Identifier: ISC */
#include "src/chat/device.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "src/chat/row.h"
#include "src/chat/user.h"
#include "src/common/err.h"
#include "src/common/wipe.h"

enum {
	DEVICE_VERSION = 4,	/* 1 had no `issued', 2 no `last_login', 3 no
				 * `came' */
	DEVICE_ROW = 144,
	TOKEN_HEAD = 8 + 4 + 8,
	TOKEN_MAC = 32,
	NAMES_MAX = 1024
};

void
device_key(struct row_key *k, uint64_t user, uint32_t id)
{
	k->len = 0;
	row_key_u64(k, user);
	row_key_u32(k, id);
}

static int
device_parse(uint64_t user, uint32_t id, struct slice value, struct device *d)
{
	struct slice name;
	struct row_in in;

	memset(d, 0, sizeof(*d));
	d->user = user;
	d->id = id;
	row_open(&in, value);
	name = row_get_bytes(&in);
	if (name.len > DEVICE_NAME_MAX)
		return SC_EDAMAGED;
	if (name.len > 0)
		memcpy(d->name, name.p, name.len);
	d->created = row_get_int(&in);
	d->generation = row_get_uint(&in);
	d->login = row_get_uint(&in);
	/* what is not known is taken for old: the token is renewed early */
	d->issued = in.version < 2 ? d->created : row_get_int(&in);
	d->last_login = in.version < 3 ? d->created : row_get_int(&in);
	d->came = in.version < 4 ? 0 : row_get_uint(&in);
	return row_check(&in);
}

static int
device_put(struct tx *tx, const struct device *d)
{
	uint8_t b[DEVICE_ROW];
	struct row_out row;
	struct row_key k;

	row_begin(&row, b, sizeof(b), DEVICE_VERSION);
	row_bytes(&row, slice_str(d->name));
	row_int(&row, d->created);
	row_uint(&row, d->generation);
	row_uint(&row, d->login);
	row_int(&row, d->issued);
	row_int(&row, d->last_login);
	row_uint(&row, d->came);
	device_key(&k, d->user, d->id);
	return store_put(tx->st, tx->d->devices, 0, row_key_slice(&k),
	    row_slice(&row));
}

int
device_get(struct tx *tx, uint64_t user, uint32_t id, struct device *d)
{
	struct slice value;
	struct row_key k;
	int rc;

	device_key(&k, user, id);
	rc = store_get(tx->st, tx->d->devices, 0, row_key_slice(&k), &value);
	return rc != 0 ? rc : device_parse(user, id, value, d);
}

int
device_get_locked(struct tx *tx, uint64_t user, uint32_t id, struct device *d)
{
	struct row_key k;
	int rc;

	device_key(&k, user, id);
	rc = store_lock(tx->st, tx->d->devices, 0, row_key_slice(&k));
	return rc != 0 ? rc : device_get(tx, user, id, d);
}

int
device_fence(struct tx *tx, uint64_t user, uint32_t id, uint64_t login)
{
	struct device d;
	int rc = device_get_locked(tx, user, id, &d);

	return rc == 0 && d.login != login ? SC_ENOTFOUND : rc;
}

struct device_scan {
	int (*fn)(void *arg, const struct device *);
	void *arg;
	uint64_t user;
};

static int
device_row(void *arg, struct slice key, struct slice value)
{
	struct device_scan *s = arg;
	struct device d;
	uint32_t id = 0;
	int rc;

	for (size_t i = key.len - 4; i < key.len; i++)
		id = id << 8 | key.p[i];
	rc = device_parse(s->user, id, value, &d);
	return rc != 0 ? rc : s->fn(s->arg, &d);
}

int
device_list(struct tx *tx, uint64_t user,
    int (*fn)(void *arg, const struct device *), void *arg)
{
	struct device_scan s = {fn, arg, user};
	uint8_t end[STORE_KEY_MAX];
	struct row_key k = {.len = 0};
	struct store_range range;

	row_key_u64(&k, user);
	range = store_prefix(row_key_slice(&k), end);
	return store_scan(tx->st, tx->d->devices, 0, &range, device_row, &s);
}

/* user, device, generation, and the HMAC over them. */
static int
token_make(const struct domain *d, const struct device *device,
    uint64_t generation, uint8_t *token)
{
	struct row_key head = {.len = 0};
	unsigned n = 0;

	row_key_u64(&head, device->user);
	row_key_u32(&head, device->id);
	row_key_u64(&head, generation);
	memcpy(token, head.b, TOKEN_HEAD);
	if (HMAC(EVP_sha256(), d->token_key, sizeof(d->token_key), token,
		TOKEN_HEAD, token + TOKEN_HEAD, &n) == NULL ||
	    n != TOKEN_MAC)
		return SC_EINTERNAL;
	return 0;
}

/* What a password login finds among the user's devices. */
struct device_match {
	struct slice name;
	struct device found;
	bool have;
	uint32_t count;
	char *names;
	size_t len;
};

static int
device_match(void *arg, const struct device *d)
{
	struct device_match *m = arg;
	size_t n = strlen(d->name);

	if (slice_equal(slice_str(d->name), m->name)) {
		m->found = *d;
		m->have = true;
	}
	if (m->len + n + 3 < NAMES_MAX) {
		if (m->count > 0) {
			memcpy(m->names + m->len, ", ", 2);
			m->len += 2;
		}
		memcpy(m->names + m->len, d->name, n);
		m->len += n;
	}
	m->count++;
	return 0;
}

static bool
is_name(struct slice name)
{
	return name.len > 0 && name.len <= DEVICE_NAME_MAX &&
	    memchr(name.p, '\0', name.len) == NULL;
}

/* A new row for a device of that name. */
static int
device_new(struct tx *tx, struct user *u, struct slice name,
    struct device *d)
{
	memset(d, 0, sizeof(*d));
	d->user = u->id;
	d->id = u->next_device++;
	memcpy(d->name, name.p, name.len);
	d->created = tx->now;
	return user_put(tx, u);
}

/* Its newest session, if it has not one that came later. */
static int
device_session(struct tx *tx, struct device *d, uint64_t came)
{
	if (came < d->came)
		return SC_ECONFLICT;
	d->came = came;
	d->login++;
	d->last_login = tx->now;
	return device_put(tx, d);
}

int
device_login_password(struct tx *tx, uint64_t user, struct slice name,
    uint64_t came, struct device *d, uint8_t *token, const char **names)
{
	struct device_match m = {.name = name};
	struct user u;
	int rc;

	*names = "";
	if (!is_name(name))
		return SC_EBADREQUEST;
	m.names = arena_alloc(tx->arena, NAMES_MAX);
	if (m.names == NULL)
		return SC_ENOMEM;
	rc = user_get_locked(tx, user, &u);
	if (rc == 0)
		rc = device_list(tx, user, device_match, &m);
	if (rc != 0)
		return rc;
	*names = m.names;
	if (m.have)
		*d = m.found;
	else if (m.count >= domain_conf(tx->d)->max_devices)
		return SC_ERESOURCE;
	else
		rc = device_new(tx, &u, name, d);
	if (rc != 0)
		return rc;
	/* two up: neither the current token nor an unused next one is good
	 * any longer */
	d->generation += 2;
	d->issued = tx->now;
	rc = device_session(tx, d, came);
	return rc != 0 ? rc : token_make(tx->d, d, d->generation, token);
}

static uint64_t
get_be(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* Whether TOKEN is the one of that generation, head and all. */
static int
token_check(const struct domain *d, const struct device *device,
    uint64_t generation, struct slice token, bool *good)
{
	uint8_t want[DEVICE_TOKEN_SIZE];
	int rc = token_make(d, device, generation, want);

	*good = rc == 0 && equal_secret(want, token.p, sizeof(want));
	wipe(want, sizeof(want));
	return rc;
}

int
device_login_token(struct tx *tx, uint64_t user, uint32_t id,
    struct slice token, uint64_t came, struct device *d)
{
	const struct device named = {.user = user, .id = id};
	uint64_t generation;
	bool good = false;
	int rc, found;

	if (token.len != DEVICE_TOKEN_SIZE)
		return SC_ENOTAUTHORIZED;
	generation = get_be(token.p + 12, 8);
	/* both, whatever comes of the other (R25) */
	rc = token_check(tx->d, &named, generation, token, &good);
	found = device_get_locked(tx, user, id, d);
	if (rc == 0 && found != SC_ENOTFOUND)
		rc = found;
	if (rc != 0)
		return rc;
	if (!good || found != 0 || generation < d->generation ||
	    generation > d->generation + 1)
		return SC_ENOTAUTHORIZED;
	if (generation > d->generation) {
		d->generation = generation;
		d->issued = tx->now;
	}
	return device_session(tx, d, came);
}

int
device_token_next(const struct domain *d, const struct device *device,
    uint8_t *next)
{
	return token_make(d, device, device->generation + 1, next);
}

int
device_logout(struct tx *tx, uint64_t user, uint32_t id)
{
	struct device d;
	int rc = device_get_locked(tx, user, id, &d);

	if (rc != 0)
		return rc;
	d.generation += 2;	/* as for a password login */
	d.issued = tx->now;
	d.login++;
	return device_put(tx, &d);
}

static int
same_name(void *arg, const struct device *d)
{
	struct device_match *m = arg;

	if (slice_equal(slice_str(d->name), m->name)) {
		m->found = *d;
		m->have = true;
	}
	return m->have;
}

int
device_rename(struct tx *tx, uint64_t user, uint32_t id, struct slice name)
{
	struct device_match m = {.name = name};
	struct device d;
	struct user u;
	int rc;

	if (!is_name(name))
		return SC_EBADREQUEST;
	rc = user_get_locked(tx, user, &u);	/* of two that want a name */
	wipe(&u, sizeof(u));
	if (rc == 0)
		rc = device_get_locked(tx, user, id, &d);
	if (rc == 0)
		rc = device_list(tx, user, same_name, &m);
	if (rc < 0)
		return rc;
	if (m.have && m.found.id != id)
		return SC_ENOTACCEPTABLE;
	memset(d.name, 0, sizeof(d.name));
	memcpy(d.name, name.p, name.len);
	return device_put(tx, &d);
}

int
device_revoke(struct tx *tx, uint64_t user, uint32_t id)
{
	struct device d;
	struct row_key k;
	struct user u;
	int rc;

	rc = user_get_locked(tx, user, &u);
	if (rc == 0)
		rc = device_get_locked(tx, user, id, &d);
	if (rc != 0)
		return rc;
	device_key(&k, user, id);
	rc = domain_delete_prefix(tx, tx->d->slots, 0, row_key_slice(&k));
	if (rc == 0)
		rc = domain_delete_prefix(tx, tx->d->delivered, 0,
		    row_key_slice(&k));
	if (rc == 0)
		rc = store_del(tx->st, tx->d->suspects, 0, row_key_slice(&k));
	if (rc == 0)
		rc = store_del(tx->st, tx->d->devices, 0, row_key_slice(&k));
	return rc;
}

/* SPDX-License-Identifier: ISC */
#include "src/chat/leaving.h"

#include "src/chat/row.h"
#include "src/common/err.h"

enum { LEAVING_VERSION = 1, LEAVING_ROW = 32 };

static struct slice
leaving_key(struct row_key *k, uint64_t user)
{
	k->len = 0;
	row_key_u64(k, user);
	return row_key_slice(k);
}

static int
leaving_row(void *arg, struct slice key, struct slice value)
{
	struct leaving *l = arg;
	struct row_in in;
	int rc;

	row_open(&in, value);
	l->user = row_key_last_u64(key);
	l->stage = row_get_uint(&in);
	l->number = row_get_uint(&in);
	rc = row_check(&in);
	return rc != 0 ? rc : 1;
}

int
leaving_get(struct tx *tx, uint64_t user, struct leaving *l)
{
	struct store_range range = {.reverse = false};
	struct row_key lo;
	int rc;

	range.lo = leaving_key(&lo, user);
	l->user = 0;
	rc = store_scan(tx->st, tx->d->leaving, 0, &range, leaving_row, l);
	if (rc < 0)
		return rc;
	return l->user == 0 || (user != 0 && l->user != user) ? SC_ENOTFOUND
							      : 0;
}

int
leaving_put(struct tx *tx, const struct leaving *l)
{
	uint8_t b[LEAVING_ROW];
	struct row_out row;
	struct row_key k;

	row_begin(&row, b, sizeof(b), LEAVING_VERSION);
	row_uint(&row, l->stage);
	row_uint(&row, l->number);
	return store_put(tx->st, tx->d->leaving, 0, leaving_key(&k, l->user),
	    row_slice(&row));
}

int
leaving_del(struct tx *tx, uint64_t user)
{
	struct row_key k;

	return store_del(tx->st, tx->d->leaving, 0, leaving_key(&k, user));
}

/* SPDX-License-Identifier: ISC */
#include "src/chat/domain.h"

#include <limits.h>
#include <string.h>

#include "src/chat/row.h"
#include "src/common/err.h"

/*
 * Rows of meta: "epoch" (8 bytes), "token-key" (32 bytes), "next-user" and
 * "stamps" (the end of the block of stamps that may have been given out).
 */
enum { META_VERSION = 1, META_ROW = 64, DELETE_AT_ONCE = 64 };

void
domain_configure(struct domain *d, const struct domain_conf *conf)
{
	atomic_store(&d->conf, conf);
}

int
domain_init(struct domain *d, struct store *s, const struct domain_conf *conf)
{
	const struct {
		struct store_table **table;
		const char *name;
		unsigned flags;
	} tables[] = {
	    {&d->meta, "meta", 0},
	    {&d->users, "users", 0},
	    {&d->names, "names", 0},
	    {&d->devices, "devices", 0},
	    {&d->slots, "slots", 0},
	    {&d->delivered, "delivered", 0},
	    {&d->chats, "chats", 0},
	    {&d->hidden, "hidden", 0},
	    {&d->suspects, "suspects", 0},
	    {&d->links, "links", 0},
	    {&d->leaving, "leaving", 0},
	    {&d->directs, "directs", 0},
	    {&d->members, "members", 0},
	    {&d->numbers, "numbers", 0},
	    {&d->periods, "periods", 0},
	    {&d->entries, "entries", STORE_PARTITIONED | STORE_SEALABLE},
	    {&d->moves, "moves", STORE_PARTITIONED | STORE_SEALABLE},
	};
	int rc;

	memset(d, 0, sizeof(*d));
	d->first = *conf;
	atomic_init(&d->conf, &d->first);
	d->store = s;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		rc = store_table_add(s, tables[i].name, tables[i].flags,
		    tables[i].table);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* Reads the bytes of a meta row, or makes them at random. */
static int
meta_secret(struct tx *tx, const char *name, uint8_t *out, size_t n,
    bool *found)
{
	uint8_t b[META_ROW];
	struct row_out row;
	struct slice value;
	int rc;

	rc = store_get_locked(tx->st, tx->d->meta, 0, slice_str(name), &value);
	*found = rc == 0;
	if (rc == 0) {
		struct row_in in;
		struct slice s;

		row_open(&in, value);
		s = row_get_bytes(&in);
		if (row_check(&in) != 0 || s.len != n)
			return SC_EDAMAGED;
		memcpy(out, s.p, n);
		return 0;
	}
	if (rc != SC_ENOTFOUND)
		return rc;
	tx->random(tx->random_arg, out, n);
	row_begin(&row, b, sizeof(b), META_VERSION);
	row_bytes(&row, slice_of(out, n));
	return store_put(tx->st, tx->d->meta, 0, slice_str(name),
	    row_slice(&row));
}

int
domain_start(struct domain *d, struct tx *tx)
{
	bool epoch, key;
	int rc;

	rc = meta_secret(tx, "epoch", d->epoch, sizeof(d->epoch), &epoch);
	if (rc != 0)
		return rc;
	rc = meta_secret(tx, "token-key", d->token_key, sizeof(d->token_key),
	    &key);
	if (rc != 0)
		return rc;
	return epoch == key ? 0 : SC_EDAMAGED;
}

int
domain_new_epoch(struct tx *tx)
{
	uint8_t b[META_ROW], epoch[8];
	struct row_out row;

	tx->random(tx->random_arg, epoch, sizeof(epoch));
	row_begin(&row, b, sizeof(b), META_VERSION);
	row_bytes(&row, slice_of(epoch, sizeof(epoch)));
	return store_put(tx->st, tx->d->meta, 0, slice_str("epoch"),
	    row_slice(&row));
}

int
domain_take(struct tx *tx, const char *counter, uint64_t first,
    uint64_t count, uint64_t *value)
{
	const struct slice key = slice_str(counter);
	uint8_t b[META_ROW];
	struct row_out row;
	struct slice stored;
	int rc;

	*value = first;
	rc = store_get_locked(tx->st, tx->d->meta, 0, key, &stored);
	if (rc == 0) {
		struct row_in in;

		row_open(&in, stored);
		*value = row_get_uint(&in);
		rc = row_check(&in);
	}
	if (rc != 0 && rc != SC_ENOTFOUND)
		return rc;
	row_begin(&row, b, sizeof(b), META_VERSION);
	row_uint(&row, *value + count);
	return store_put(tx->st, tx->d->meta, 0, key, row_slice(&row));
}

int
domain_reserve_stamps(struct tx *tx, uint64_t count, uint64_t *floor)
{
	return domain_take(tx, "stamps", 0, count, floor);
}

/* Keys to delete: a scan must not write. */
struct key_page {
	struct row_key keys[DELETE_AT_ONCE];
	size_t n, most;
};

static int
key_add(void *arg, struct slice key, struct slice value)
{
	struct key_page *p = arg;

	(void)value;
	p->keys[p->n].len = 0;
	row_key_bytes(&p->keys[p->n], key);
	return ++p->n == p->most;
}

int
domain_delete_some(struct tx *tx, const struct store_table *table,
    uint32_t part, struct slice prefix, unsigned *left)
{
	uint8_t end[STORE_KEY_MAX];
	struct store_range range = store_prefix(prefix, end);
	struct key_page page = {.n = 0, .most = 0};
	int rc = 0;

	while (rc >= 0 && page.n == page.most && *left > 0) {
		page.n = 0;
		page.most = *left < DELETE_AT_ONCE ? *left : DELETE_AT_ONCE;
		rc = store_scan(tx->st, table, part, &range, key_add, &page);
		for (size_t i = 0; i < page.n && rc >= 0; i++)
			rc = store_del(tx->st, table, part,
			    row_key_slice(&page.keys[i]));
		*left -= (unsigned)page.n;
	}
	return rc == SC_ECONFLICT ? 0 : rc < 0 ? rc : 0;
}

int
domain_delete_prefix(struct tx *tx, const struct store_table *table,
    uint32_t part, struct slice prefix)
{
	unsigned left;
	int rc;

	do {
		left = UINT_MAX;
		rc = domain_delete_some(tx, table, part, prefix, &left);
	} while (rc == 0 && left == 0);
	return rc;
}

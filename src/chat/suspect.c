/* SPDX-License-Identifier: ISC */
#include "src/chat/suspect.h"

#include <string.h>

#include "src/chat/device.h"
#include "src/chat/row.h"
#include "src/common/err.h"

enum { SUSPECT_VERSION = 1, SUSPECT_ROW = 64 };

int
suspect_get(struct tx *tx, uint64_t user, uint32_t device, struct suspect *s)
{
	struct slice value;
	struct row_key k;
	struct row_in in;
	int rc;

	memset(s, 0, sizeof(*s));
	device_key(&k, user, device);
	rc = store_get(tx->st, tx->d->suspects, 0, row_key_slice(&k), &value);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	row_open(&in, value);
	s->window = (uint32_t)row_get_uint(&in);
	s->left = (uint32_t)row_get_uint(&in);
	s->tries = (uint32_t)row_get_uint(&in);
	s->chat = row_get_chat(&in);
	s->seq = row_get_uint(&in);
	return row_check(&in);
}

int
suspect_put(struct tx *tx, uint64_t user, uint32_t device,
    const struct suspect *s)
{
	uint8_t b[SUSPECT_ROW];
	struct row_out row;
	struct row_key k;
	struct device d;
	int rc = device_get_locked(tx, user, device, &d);

	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	device_key(&k, user, device);
	if (s->window == 0)
		return store_del(tx->st, tx->d->suspects, 0,
		    row_key_slice(&k));
	row_begin(&row, b, sizeof(b), SUSPECT_VERSION);
	row_uint(&row, s->window);
	row_uint(&row, s->left);
	row_uint(&row, s->tries);
	row_chat(&row, &s->chat);
	row_uint(&row, s->seq);
	return store_put(tx->st, tx->d->suspects, 0, row_key_slice(&k),
	    row_slice(&row));
}

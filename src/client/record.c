/* SPDX-License-Identifier: ISC */
#include "src/client/record.h"

#include "protocol/varint.h"
#include "src/common/err.h"

struct layout {
	uint8_t uints, slices;
};

static const struct layout layouts[RECORD_TYPES] = {
    [RECORD_FORMAT] = {1, 1},
    [RECORD_EPOCH] = {0, 1},
    [RECORD_LOGIN] = {2, 1},
    [RECORD_ISSUED] = {1, 0},
    [RECORD_SEND] = {6, 2},
    [RECORD_TRIED] = {1, 0},
    [RECORD_SETTLED] = {8, 0},
    [RECORD_RENUMBER] = {1, 0},
    [RECORD_CHAT] = {3, 2},
    [RECORD_CURSOR] = {2, 0},
    [RECORD_READ] = {2, 0},
    [RECORD_READ_SURE] = {2, 0},
    [RECORD_STAMP] = {1, 0},
    [RECORD_OWN] = {3, 0},
    [RECORD_MOVE] = {5, 0},
    [RECORD_PERSON] = {1, 1},
};

int
record_encode(const struct record *r, struct buf *to)
{
	const struct layout *l;

	if (r->type < RECORD_FORMAT || r->type >= RECORD_TYPES)
		return SC_EMALFORMED;
	l = &layouts[r->type];
	buf_put_u8(to, (uint8_t)r->type);
	for (unsigned i = 0; i < l->uints; i++)
		varint_put(to, r->u[i]);
	for (unsigned i = 0; i < l->slices; i++) {
		varint_put(to, r->s[i].len);
		buf_put_slice(to, r->s[i]);
	}
	return buf_failed(to) ? SC_ENOMEM : 0;
}

static int
slice_take(struct slice *in, struct slice *s)
{
	uint64_t len;

	if (varint_take(in, &len) != 0 || len > in->len)
		return SC_EMALFORMED;
	*s = slice_of(in->p, (size_t)len);
	*in = slice_of(in->p + len, in->len - (size_t)len);
	return 0;
}

int
record_decode(struct slice bytes, struct record *r)
{
	const struct layout *l;
	uint8_t type;

	*r = (struct record){0};
	if (bytes.len == 0)
		return SC_EMALFORMED;
	type = bytes.p[0];
	bytes = slice_of(bytes.p + 1, bytes.len - 1);
	if (type < RECORD_FORMAT || type >= RECORD_TYPES)
		return SC_ENOTACCEPTABLE;
	r->type = (enum record_type)type;
	l = &layouts[type];
	for (unsigned i = 0; i < l->uints; i++)
		if (varint_take(&bytes, &r->u[i]) != 0)
			return SC_EMALFORMED;
	for (unsigned i = 0; i < l->slices; i++)
		if (slice_take(&bytes, &r->s[i]) != 0)
			return SC_EMALFORMED;
	return bytes.len == 0 ? 0 : SC_EMALFORMED;
}

/* SPDX-License-Identifier: ISC */
#include "src/chat/row.h"

#include "protocol/varint.h"
#include "src/common/err.h"

void
row_key_bytes(struct row_key *k, struct slice s)
{
	sc_assert(s.len <= sizeof(k->b) - k->len);
	if (s.len > 0)
		memcpy(k->b + k->len, s.p, s.len);
	k->len += s.len;
}

static void
key_be(struct row_key *k, uint64_t v, unsigned size)
{
	uint8_t b[8];

	for (unsigned i = size; i-- > 0;) {
		b[i] = (uint8_t)v;
		v >>= 8;
	}
	row_key_bytes(k, slice_of(b, size));
}

void
row_key_u64(struct row_key *k, uint64_t v)
{
	key_be(k, v, 8);
}

void
row_key_u32(struct row_key *k, uint32_t v)
{
	key_be(k, v, 4);
}

void
row_key_u8(struct row_key *k, uint8_t v)
{
	key_be(k, v, 1);
}

void
row_key_chat(struct row_key *k, const struct chat_id *id)
{
	row_key_bytes(k, slice_of(id->b, CHAT_ID_SIZE));
}

uint64_t
row_key_last_u64(struct slice key)
{
	uint64_t v = 0;

	sc_assert(key.len >= 8);
	for (size_t i = key.len - 8; i < key.len; i++)
		v = v << 8 | key.p[i];
	return v;
}

static uint8_t *
row_room(struct row_out *r, size_t n)
{
	uint8_t *p = r->p + r->len;

	sc_assert(n <= r->cap - r->len);
	r->len += n;
	return p;
}

void
row_begin(struct row_out *r, uint8_t *p, size_t cap, uint8_t version)
{
	r->p = p;
	r->len = 0;
	r->cap = cap;
	*row_room(r, 1) = version;
}

void
row_uint(struct row_out *r, uint64_t v)
{
	uint8_t b[VARINT_MAX];
	size_t n = varint_write(b, v);

	memcpy(row_room(r, n), b, n);
}

void
row_int(struct row_out *r, int64_t v)
{
	row_uint(r, zigzag(v));
}

void
row_bytes(struct row_out *r, struct slice s)
{
	uint8_t *p;

	row_uint(r, s.len);
	p = row_room(r, s.len);
	if (s.len > 0)
		memcpy(p, s.p, s.len);
}

void
row_chat(struct row_out *r, const struct chat_id *id)
{
	memcpy(row_room(r, CHAT_ID_SIZE), id->b, CHAT_ID_SIZE);
}

void
row_open(struct row_in *r, struct slice value)
{
	r->bad = value.len == 0;
	r->version = r->bad ? 0 : value.p[0];
	r->rest = r->bad ? value : slice_of(value.p + 1, value.len - 1);
}

uint64_t
row_get_uint(struct row_in *r)
{
	uint64_t v = 0;

	if (varint_take(&r->rest, &v) != 0)
		r->bad = true;
	return r->bad ? 0 : v;
}

int64_t
row_get_int(struct row_in *r)
{
	return unzigzag(row_get_uint(r));
}

static struct slice
get_raw(struct row_in *r, uint64_t n)
{
	struct slice s = slice_of(r->rest.p, 0);

	if (r->bad || n > r->rest.len) {
		r->bad = true;
		return s;
	}
	s.len = (size_t)n;
	r->rest = slice_of(r->rest.p + s.len, r->rest.len - s.len);
	return s;
}

struct slice
row_get_bytes(struct row_in *r)
{
	uint64_t n = row_get_uint(r);

	return get_raw(r, n);
}

struct chat_id
row_get_chat(struct row_in *r)
{
	struct chat_id id = {{0}};
	struct slice s = get_raw(r, CHAT_ID_SIZE);

	if (s.len == CHAT_ID_SIZE)
		memcpy(id.b, s.p, CHAT_ID_SIZE);
	return id;
}

int
row_check(const struct row_in *r)
{
	return r->bad ? SC_EDAMAGED : 0;
}

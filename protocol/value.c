/* SPDX-License-Identifier: ISC */
#include "protocol/value.h"

#include "protocol/tables.h"
#include "protocol/utf8.h"
#include "protocol/varint.h"
#include "src/common/err.h"

bool
literal_valid(struct slice name)
{
	if (name.len == 0 || name.len > LITERAL_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.p[i], lower = c | 0x20;

		if ((lower >= 'a' && lower <= 'z') || c == '_')
			continue;
		if (i == 0 || ((c < '0' || c > '9') && c != '-' && c != ':'))
			return false;
	}
	return true;
}

static bool
name_valid(struct slice name)
{
	return name.len > 0 && utf8_valid(name);
}

static bool
chat_valid(const struct chat_ref *c)
{
	switch (c->kind) {
	case CHAT_BY_NUMBER:
	case CHAT_BY_USER:
		return c->number != 0;
	case CHAT_BY_ID:
		return true;
	case CHAT_BY_NAME:
		return name_valid(c->name);
	}
	return false;
}

bool
value_valid(enum attr_name name, const struct value *v)
{
	if (name != ATTR_OTHER && v->type != attr_table[name].type)
		return false;
	switch (v->type) {
	case VALUE_UINT:
	case VALUE_INT:
	case VALUE_TIME:
		return true;
	case VALUE_CHAT:
		return chat_valid(&v->chat);
	case VALUE_USER:
		return v->user.id != 0 || name_valid(v->user.name);
	case VALUE_ENUM:
		return v->u < attr_table[name].nvalue;
	case VALUE_BYTES:
		return true;
	case VALUE_TEXT:
		return utf8_valid(v->s);
	case VALUE_FLAG:
		return v->u == 1;
	}
	return false;
}

void
slice_put(struct buf *b, struct slice s)
{
	varint_put(b, s.len);
	buf_put_slice(b, s);
}

int
slice_take(struct slice *in, struct slice *s)
{
	struct slice rest = *in;
	uint64_t len;
	int rc;

	rc = varint_take(&rest, &len);
	if (rc != 0)
		return rc;
	if (len > rest.len)
		return SC_EMORE;
	*s = slice_of(rest.p, (size_t)len);
	*in = slice_of(rest.p + len, rest.len - (size_t)len);
	return 0;
}

static void
chat_put(struct buf *b, const struct chat_ref *c)
{
	if (c->kind == CHAT_BY_NUMBER) {
		varint_put(b, c->number);
		return;
	}
	buf_put_u8(b, 0);
	buf_put_u8(b, (uint8_t)c->kind);
	if (c->kind == CHAT_BY_ID)
		buf_put(b, c->id.b, CHAT_ID_SIZE);
	else if (c->kind == CHAT_BY_USER)
		varint_put(b, c->number);
	else
		slice_put(b, c->name);
}

/* Differences wrap around, so that every pair of times has one. */
static void
time_put(struct buf *b, int64_t t, int64_t *base)
{
	varint_put(b, zigzag((int64_t)((uint64_t)t - (uint64_t)*base)));
	*base = t;
}

void
value_put(struct buf *b, const struct value *v, int64_t *base)
{
	switch (v->type) {
	case VALUE_UINT:
	case VALUE_ENUM:
		varint_put(b, v->u);
		break;
	case VALUE_INT:
		varint_put(b, zigzag(v->i));
		break;
	case VALUE_TIME:
		time_put(b, v->i, base);
		break;
	case VALUE_CHAT:
		chat_put(b, &v->chat);
		break;
	case VALUE_USER:
		varint_put(b, v->user.id);
		if (v->user.id == 0)
			slice_put(b, v->user.name);
		break;
	case VALUE_BYTES:
	case VALUE_TEXT:
		slice_put(b, v->s);
		break;
	case VALUE_FLAG:
		break;
	}
}

static int
byte_take(struct slice *in, uint8_t *c)
{
	if (in->len == 0)
		return SC_EMORE;
	*c = in->p[0];
	in->p++;
	in->len--;
	return 0;
}

static int
chat_take(struct slice *in, struct chat_ref *c)
{
	uint8_t kind;
	int rc;

	rc = varint_take(in, &c->number);
	if (rc != 0)
		return rc;
	c->kind = CHAT_BY_NUMBER;
	if (c->number != 0)
		return 0;
	rc = byte_take(in, &kind);
	if (rc != 0)
		return rc;
	c->kind = kind;
	switch (kind) {
	case CHAT_BY_ID:
		if (in->len < CHAT_ID_SIZE)
			return SC_EMORE;
		memcpy(c->id.b, in->p, CHAT_ID_SIZE);
		in->p += CHAT_ID_SIZE;
		in->len -= CHAT_ID_SIZE;
		return 0;
	case CHAT_BY_USER:
		return varint_take(in, &c->number);
	case CHAT_BY_NAME:
		return slice_take(in, &c->name);
	default:
		return SC_EMALFORMED;
	}
}

static int
user_take(struct slice *in, struct user_ref *u)
{
	int rc;

	rc = varint_take(in, &u->id);
	if (rc != 0 || u->id != 0)
		return rc;
	return slice_take(in, &u->name);
}

static int
signed_take(struct slice *in, int64_t *v)
{
	uint64_t x;
	int rc;

	rc = varint_take(in, &x);
	if (rc == 0)
		*v = unzigzag(x);
	return rc;
}

static int
take(struct slice *in, int64_t *base, struct value *v)
{
	int rc;

	switch (v->type) {
	case VALUE_UINT:
	case VALUE_ENUM:
		return varint_take(in, &v->u);
	case VALUE_INT:
		return signed_take(in, &v->i);
	case VALUE_TIME:
		rc = signed_take(in, &v->i);
		if (rc != 0)
			return rc;
		v->i = (int64_t)((uint64_t)v->i + (uint64_t)*base);
		*base = v->i;
		return 0;
	case VALUE_CHAT:
		return chat_take(in, &v->chat);
	case VALUE_USER:
		return user_take(in, &v->user);
	case VALUE_BYTES:
	case VALUE_TEXT:
		return slice_take(in, &v->s);
	case VALUE_FLAG:
		v->u = 1;
		return 0;
	}
	return SC_EMALFORMED;
}

int
value_take(struct slice *in, enum attr_name name, enum value_type type,
    int64_t *base, struct value *v)
{
	int rc;

	v->type = type;
	rc = take(in, base, v);
	if (rc != 0)
		return rc;
	return value_valid(name, v) ? 0 : SC_EMALFORMED;
}

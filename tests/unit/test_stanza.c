/* SPDX-License-Identifier: ISC */
#include "protocol/stanza.h"

#include <stdio.h>
#include <string.h>

#include "protocol/frame.h"
#include "protocol/mould.h"
#include "protocol/payload.h"
#include "protocol/tables.h"
#include "src/common/err.h"
#include "tests/unit/proto_util.h"

enum { ROUNDS = 10000, ARENA = 1 << 22 };

static const struct stanza_ctx ctx = {.base_time = 1790000000000};

/* Decodes HEX; its result and, if 0, what it encodes to again is HEX. */
static int
decode_hex(const char *hex)
{
	struct buf bytes, again;
	struct arena arena;
	struct slice body;
	struct elem e;
	int rc;

	buf_init(&bytes, 0);
	buf_init(&again, 0);
	arena_init(&arena, ARENA);
	body = unhex(&bytes, hex);
	rc = stanza_decode(&ctx, body, &arena, &e);
	if (rc == 0) {
		assert_int_equal(stanza_encode(&ctx, &e, &again), 0);
		assert_true(slice_equal(body, buf_slice(&again)));
	}
	buf_fini(&bytes);
	buf_fini(&again);
	arena_fini(&arena);
	return rc;
}

/* Shape numbers are looked up, so that a new row does not break a test. */
static unsigned
shape_of(enum tag tag, unsigned nth)
{
	return tag_table[tag].shapes[nth];
}

static void assert_decodes(int want, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Decoding what FMT makes gives WANT, 0 for a stanza. */
static void
assert_decodes(int want, const char *fmt, ...)
{
	char hex[512];
	va_list ap;
	int rc;

	va_start(ap, fmt);
	vsnprintf(hex, sizeof(hex), fmt, ap);
	va_end(ap);
	rc = decode_hex(hex);
	if (rc != want)
		fail_msg("%s: %d, not %d", hex, rc, want);
}

static void
server_ack(void **state)
{
	struct elem_buf b;
	struct buf out;
	(void)state;

	/* the order of adding does not matter */
	elem_begin(&b, TAG_ACK);
	elem_add_time(&b, ATTR_TIME, ctx.base_time + 200000);
	elem_add_uint(&b, ATTR_SEQ, 29992);
	elem_add_uint(&b, ATTR_N, 1781);
	buf_init(&out, 0);
	assert_int_equal(stanza_put(&ctx, &b.e, &out), 0);
	assert_int_equal(out.len, 10);
	assert_int_equal(out.p[0], 9 << 1);
	assert_int_equal(out.p[1], shape_of(TAG_ACK, 0));
	assert_hex(slice_of(out.p + 2, 8), "f50d a8ea01 80b518");
	buf_fini(&out);
}

/* What a mould makes is what stanza_put makes. */
static void
assert_cast(const struct mould *m, struct elem_buf *e, uint64_t number,
    int64_t base)
{
	const struct stanza_ctx other = {.base_time = base};
	struct buf want, got;

	buf_init(&want, 0);
	buf_init(&got, 0);
	e->attrs[0].v.chat.number = number;
	assert_int_equal(stanza_put(&other, &e->e, &want), 0);
	mould_put(m, &other, number, &got);
	assert_true(slice_equal(buf_slice(&want), buf_slice(&got)));
	buf_fini(&want);
	buf_fini(&got);
}

static void
moulds(void **state)
{
	static const uint64_t numbers[] = {1, 127, 128, UINT64_MAX};
	static const int64_t bases[] = {0, 1790000000000, 1790000000001,
	    INT64_MAX, INT64_MIN};
	static uint8_t payload[300] = {0xa8, 0x09};	/* raw, 298 bytes */
	struct elem_buf e;
	struct mould m;
	(void)state;

	mould_init(&m);
	for (unsigned more = 0; more < 8; more++) {
		elem_begin(&e, TAG_MESSAGE);
		elem_add_chat_number(&e, ATTR_CHAT, 77);
		elem_add_uint(&e, ATTR_SEQ, 300);
		elem_add_time(&e, ATTR_TIME, ctx.base_time + 5);
		if (more & 1)
			elem_add_user_id(&e, ATTR_FROM, 9);
		if (more & 2)
			elem_set_payload(&e, slice_of(payload, 300));
		if ((more & 5) == 5)
			elem_add_uint(&e, ATTR_TIMER, 60);
		assert_true(mould_make(&m, &e.e));
		for (unsigned i = 0; i < 4; i++)
			for (unsigned k = 0; k < 5; k++)
				assert_cast(&m, &e, numbers[i], bases[k]);
	}
	/* not these: no time, no number, a tail */
	elem_begin(&e, TAG_STUB);
	elem_add_chat_number(&e, ATTR_CHAT, 77);
	elem_add_uint(&e, ATTR_SEQ, 300);
	elem_add_uint(&e, ATTR_N, 1);
	assert_false(mould_make(&m, &e.e));
	elem_begin(&e, TAG_BASE);
	elem_add_time(&e, ATTR_TIME, ctx.base_time);
	assert_false(mould_make(&m, &e.e));
	elem_begin(&e, TAG_MESSAGE);
	elem_add_chat_number(&e, ATTR_CHAT, 77);
	elem_add_uint(&e, ATTR_SEQ, 300);
	elem_add_time(&e, ATTR_TIME, ctx.base_time);
	elem_add_uint(&e, ATTR_TIMER, 60);
	assert_false(mould_make(&m, &e.e));
	mould_fini(&m);
}

static void
reading_attributes(void **state)
{
	struct elem_buf b;
	(void)state;

	elem_begin(&b, TAG_ERROR);
	elem_add_uint(&b, ATTR_N, 3);
	elem_add_text(&b, ATTR_TEXT, slice_str("why"));
	assert_true(elem_has(&b.e, ATTR_N));
	assert_false(elem_has(&b.e, ATTR_ID));
	assert_null(elem_get(&b.e, ATTR_HIGH));
	assert_int_equal(elem_uint(&b.e, ATTR_N, 9), 3);
	assert_int_equal(elem_uint(&b.e, ATTR_ID, 9), 9);
	assert_int_equal(elem_int(&b.e, ATTR_TIME, -9), -9);
	assert_true(slice_equal(elem_slice(&b.e, ATTR_TEXT),
	    slice_str("why")));
	assert_null(elem_slice(&b.e, ATTR_FIELD).p);
	assert_string_equal(tag_name(TAG_ERROR), "error");
	assert_string_equal(tag_name(TAG_OTHER), "");
	assert_string_equal(attr_name_text(ATTR_CLIENT_ID), "client-id");
	assert_string_equal(attr_name_text(ATTR_OTHER), "");
}

static void
too_many_for_a_builder(void **state)
{
	struct elem_buf b;
	struct buf out;
	(void)state;

	elem_begin(&b, TAG_PING);
	for (unsigned i = 0; i <= ELEM_BUF_ATTRS; i++)
		elem_add_uint(&b, ATTR_N, i);
	assert_null(elem_get(&b.e, ATTR_N));
	buf_init(&out, 0);
	assert_int_equal(stanza_put(&ctx, &b.e, &out), SC_EMALFORMED);
	assert_int_equal(out.len, 0);
	buf_fini(&out);
}

static void
builder_errors(void **state)
{
	struct slice bad_payload = slice_of("\x08x", 2);
	struct elem_buf b, child;
	struct buf out;
	(void)state;

	buf_init(&out, 0);
	/* the dictionary says uint */
	elem_begin(&b, TAG_PING);
	elem_add_text(&b, ATTR_WAITING, slice_str("1"));
	assert_int_equal(stanza_encode(&ctx, &b.e, &out), SC_EMALFORMED);
	/* twice */
	elem_begin(&b, TAG_PING);
	elem_add_uint(&b, ATTR_WAITING, 1);
	elem_add_uint(&b, ATTR_WAITING, 1);
	assert_int_equal(stanza_encode(&ctx, &b.e, &out), SC_EMALFORMED);
	/* no such value */
	elem_begin(&b, TAG_BYE);
	elem_add_enum(&b, ATTR_WHY, BYE_REASON_COUNT);
	assert_int_equal(stanza_encode(&ctx, &b.e, &out), SC_EMALFORMED);
	/* not UTF-8 */
	elem_begin(&b, TAG_BODY);
	elem_set_text(&b, slice_str("\xff"));
	assert_int_equal(stanza_encode(&ctx, &b.e, &out), SC_EMALFORMED);
	/* neither number nor name */
	elem_begin(&b, TAG_READ);
	elem_add_chat_number(&b, ATTR_CHAT, 0);
	elem_add_uint(&b, ATTR_SEQ, 1);
	assert_int_equal(stanza_encode(&ctx, &b.e, &out), SC_EMALFORMED);
	elem_begin(&b, TAG_BLOCK);
	elem_add_user_id(&b, ATTR_USER, 0);
	assert_int_equal(stanza_encode(&ctx, &b.e, &out), SC_EMALFORMED);
	/* a payload that is cut off, or where none belongs */
	elem_begin(&b, TAG_STATUS);
	elem_add_uint(&b, ATTR_N, 1);
	elem_set_payload(&b, bad_payload);
	assert_int_equal(stanza_encode(&ctx, &b.e, &out), SC_EMALFORMED);
	elem_begin(&b, TAG_PING);
	elem_set_payload(&b, slice_of("\x02", 1));
	assert_int_equal(stanza_encode(&ctx, &b.e, &out), SC_EMALFORMED);
	/* children where XML would read a payload */
	elem_begin(&child, TAG_PING);
	elem_begin(&b, TAG_MESSAGE);
	elem_set_children(&b, &child.e, 1);
	assert_int_equal(stanza_encode(&ctx, &b.e, &out), SC_EMALFORMED);
	assert_int_equal(out.len, 0);
	assert_false(buf_failed(&out));
	buf_fini(&out);
}

static void
full_buffer(void **state)
{
	struct elem_buf b;
	struct buf out;
	(void)state;

	elem_begin(&b, TAG_READ);
	elem_add_chat_number(&b, ATTR_CHAT, 5);
	elem_add_uint(&b, ATTR_SEQ, 300);
	for (size_t limit = 1; limit < 8; limit++) {
		int want = limit < 7 ? SC_ETOOLARGE : 0;

		buf_init(&out, limit);
		buf_put_str(&out, "xy");
		if (limit >= 2) {
			assert_int_equal(stanza_put(&ctx, &b.e, &out), want);
			assert_int_equal(out.len, limit < 7 ? 2 : 7);
			assert_false(buf_failed(&out));
		} else {
			assert_int_equal(stanza_put(&ctx, &b.e, &out),
			    SC_ETOOLARGE);
		}
		buf_fini(&out);
	}
}

static void
first_shape_wins(void **state)
{
	(void)state;
	unsigned read = shape_of(TAG_READ, 0), aged = shape_of(TAG_READ, 1);
	unsigned error = shape_of(TAG_ERROR, 0), long_error =
	    shape_of(TAG_ERROR, 2);

	/* read: chat 5, seq 6 */
	assert_decodes(0, "%02x 05 06", read);
	/* with age, as the shape that lists it */
	assert_decodes(0, "%02x 05 06 07", aged);
	/* with age in a tail of the first: not what an encoder chooses */
	assert_decodes(SC_EMALFORMED, "%02x 05 06 01 %02x 00 07", read,
	    ATTR_AGE);
	/* a stranger in the tail is fine */
	assert_decodes(0, "%02x 05 06 01 %02x 00 07", read, ATTR_SIZE);
	/* the second with the same tail is fine too, it has age */
	assert_decodes(0, "%02x 05 06 07 01 %02x 00 07", aged, ATTR_SIZE);
	/* an error without optional attributes has a shape of its own */
	assert_decodes(0, "%02x 05 01", error);
	assert_decodes(SC_EMALFORMED, "%02x 00 05 01", long_error);
	assert_decodes(0, "%02x 04 05 01 09", long_error);
	/* the fourth presence bit means nothing there */
	assert_decodes(SC_EMALFORMED, "%02x 0c 05 01 09", long_error);
	/* generic where a shape fits */
	assert_decodes(SC_EMALFORMED, "00 %02x 02 %02x 03 05 %02x 00 06 00",
	    TAG_READ, ATTR_CHAT, ATTR_SEQ);
	/* generic where a shape with a tail fits */
	assert_decodes(SC_EMALFORMED,
	    "00 %02x 03 %02x 03 05 %02x 00 06 %02x 00 01 00", TAG_READ,
	    ATTR_CHAT, ATTR_SEQ, ATTR_SIZE);
	/* generic where none fits */
	assert_decodes(0, "00 %02x 01 %02x 03 05 00", TAG_READ, ATTR_CHAT);
}

static void
children_have_no_tail(void **state)
{
	(void)state;
	unsigned result = shape_of(TAG_RESULT, 0);
	unsigned read = shape_of(TAG_READ, 0);

	assert_decodes(0, "%02x 01 01 %02x 05 06", result, read);
	/* what follows the last child is the tail of the root */
	assert_decodes(0, "%02x 01 01 %02x 05 06 01 %02x 00 07", result, read,
	    ATTR_SIZE);
	/* inside, a stranger makes the element generic */
	assert_decodes(0, "%02x 01 01 00 %02x 03 %02x 03 05 %02x 00 06 "
	    "%02x 00 07 00", result, TAG_READ, ATTR_CHAT, ATTR_SEQ,
	    ATTR_SIZE);
	/* no shape without children where the count says so */
	assert_decodes(0, "%02x 01 00", result);
	assert_decodes(SC_EMALFORMED, "%02x 01 02 %02x 05 06", result, read);
}

static void
bad_elements(void **state)
{
	(void)state;
	unsigned ping = shape_of(TAG_PING, 0), body = shape_of(TAG_BODY, 0);
	unsigned bye = shape_of(TAG_BYE, 0);

	assert_decodes(SC_EMALFORMED, "%s", "");
	assert_decodes(SC_EMALFORMED, "ff");
	assert_decodes(SC_EMALFORMED, "%02x", shape_count + 1);
	/* a tail of nothing, bytes after the end */
	assert_decodes(SC_EMALFORMED, "%02x 00", ping);
	assert_decodes(SC_EMALFORMED, "00 00 01 78 00 00 00");
	/* unknown tokens */
	assert_decodes(SC_EMALFORMED, "00 ff01 00 00");
	assert_decodes(SC_EMALFORMED, "00 00 01 78 01 ff01 00 01 00");
	/* names spelt out that have tokens, or are none */
	assert_decodes(SC_EMALFORMED, "00 00 04 70696e67 00 00");
	assert_decodes(SC_EMALFORMED, "00 00 01 78 01 00 01 6e 00 01 00");
	assert_decodes(SC_EMALFORMED, "00 00 00 00 00");
	assert_decodes(SC_EMALFORMED, "00 00 01 31 00 00");
	assert_decodes(SC_EMALFORMED, "00 00 02 7820 00 00");
	assert_decodes(0, "00 00 01 78 00 00");
	assert_decodes(0, "00 00 02 783a 00 00");
	/* wrong type for a known attribute, unknown type */
	assert_decodes(SC_EMALFORMED, "00 00 01 78 01 %02x 07 01 61 00",
	    ATTR_N);
	assert_decodes(0, "00 00 01 78 01 %02x 00 01 00", ATTR_N);
	assert_decodes(SC_EMALFORMED, "00 00 01 78 01 00 01 79 09 01 00");
	/* an enum needs a name that the dictionary knows */
	assert_decodes(SC_EMALFORMED, "00 00 01 78 01 00 01 79 05 01 00");
	/* an attribute twice, known and spelt out */
	assert_decodes(SC_EMALFORMED, "00 00 01 78 02 %02x 00 01 %02x 00 01 "
	    "00", ATTR_N, ATTR_N);
	assert_decodes(SC_EMALFORMED, "00 00 01 78 02 00 01 79 00 01 "
	    "00 01 79 00 01 00");
	/* unknown content; empty content that says it is some */
	assert_decodes(SC_EMALFORMED, "00 00 01 78 00 04");
	assert_decodes(SC_EMALFORMED, "00 00 01 78 00 01 00");
	assert_decodes(SC_EMALFORMED, "00 00 01 78 00 02 00");
	assert_decodes(SC_EMALFORMED, "00 %02x 00 03 00", TAG_MESSAGE);
	assert_decodes(0, "00 %02x 00 03 04 61", TAG_MESSAGE);
	/* a payload where the tag has none, children where it has one */
	assert_decodes(SC_EMALFORMED, "00 00 01 78 00 03 04 61");
	assert_decodes(SC_EMALFORMED, "00 %02x 00 02 01 %02x", TAG_MESSAGE,
	    ping);
	/* not UTF-8; not an enum's value; not the shortest varint */
	assert_decodes(SC_EMALFORMED, "%02x 01 ff", body);
	assert_decodes(SC_EMALFORMED, "%02x 02 c080", body);
	assert_decodes(SC_EMALFORMED, "%02x 00 63", bye);
	assert_decodes(SC_EMALFORMED, "%02x 8100 61", body);
}

static void
bad_values(void **state)
{
	(void)state;
	unsigned read = shape_of(TAG_READ, 0), block = shape_of(TAG_BLOCK, 3);

	/* chats */
	assert_decodes(0, "%02x 00 01 00112233445566778899aabbccddeeff 06",
	    read);
	assert_decodes(0, "%02x 00 02 05 06", read);
	assert_decodes(0, "%02x 00 03 03 626f62 06", read);
	assert_decodes(SC_EMALFORMED, "%02x 00 00 06", read);
	assert_decodes(SC_EMALFORMED, "%02x 00 04 06", read);
	assert_decodes(SC_EMALFORMED, "%02x 00 02 00 06", read);
	assert_decodes(SC_EMALFORMED, "%02x 00 03 00 06", read);
	assert_decodes(SC_EMALFORMED, "%02x 00 03 01 ff 06", read);
	assert_decodes(SC_EMALFORMED, "%02x 00 01 0011", read);
	/* users */
	assert_decodes(0, "%02x 05", block);
	assert_decodes(0, "%02x 00 03 626f62", block);
	assert_decodes(SC_EMALFORMED, "%02x 00 00", block);
	assert_decodes(SC_EMALFORMED, "%02x 00 03 62ff62", block);
	/* the length is longer than what is left, by one and by far */
	assert_decodes(SC_EMALFORMED, "%02x 00 04 626f62", block);
	assert_decodes(SC_EMALFORMED, "%02x 00 ffffffffffffffffff01 62",
	    block);
}

static void
declared_counts(void **state)
{
	struct stanza_ctx zero = {0};
	struct arena arena;
	struct elem e;
	struct buf b;
	(void)state;

	/* counts that the bytes cannot hold allocate nothing */
	arena_init(&arena, 4096);
	buf_init(&b, 0);
	assert_int_equal(stanza_decode(&zero, unhex(&b, "00 00 01 78 20 01"),
	    &arena, &e), SC_EMALFORMED);
	assert_int_equal(stanza_decode(&zero, unhex(&b,
	    "00 00 01 78 00 02 8008 01"), &arena, &e), SC_EMALFORMED);
	assert_true(arena.total <= 4096);
	/* over the limits */
	assert_int_equal(stanza_decode(&zero, unhex(&b, "00 00 01 78 21 01"),
	    &arena, &e), SC_ETOOLARGE);
	assert_int_equal(stanza_decode(&zero, unhex(&b,
	    "00 00 01 78 00 02 8108 01"), &arena, &e), SC_ETOOLARGE);
	buf_fini(&b);
	arena_fini(&arena);
}

/* <x a0=".." a1=".." .../> with N attributes. */
static int
with_attributes(unsigned n)
{
	char hex[1024] = "00 00 01 78 ", one[32];

	snprintf(one, sizeof(one), "%02x ", n);
	strcat(hex, one);
	for (unsigned i = 0; i < n; i++) {
		snprintf(one, sizeof(one), "00 02 61%02x 00 01 ", 'A' + i % 26
		    + (i >= 26 ? 32 : 0));
		strcat(hex, one);
	}
	strcat(hex, "00");
	return decode_hex(hex);
}

static void
attributes_limit(void **state)
{
	struct attr attrs[STANZA_ATTRS + 1];
	struct elem e = {.tag = TAG_PING, .attrs = attrs};
	struct buf out;
	(void)state;

	assert_int_equal(with_attributes(32), 0);
	assert_int_equal(with_attributes(33), SC_ETOOLARGE);
	memset(attrs, 0, sizeof(attrs));
	for (unsigned i = 0; i <= STANZA_ATTRS; i++) {
		static const char names[] =
		    "abcdefghijklmnopqrstuvwxyzABCDEFGHI";

		attrs[i].other = slice_of(names + i, 1);
	}
	buf_init(&out, 0);
	/* "n" has a token */
	attrs['n' - 'a'].other = slice_str("nn");
	e.nattr = STANZA_ATTRS;
	assert_int_equal(stanza_encode(&ctx, &e, &out), 0);
	e.nattr++;
	assert_int_equal(stanza_encode(&ctx, &e, &out), SC_EMALFORMED);
	buf_fini(&out);
}

static void
depth_limit(void **state)
{
	struct elem e[STANZA_DEPTH + 1];
	struct arena arena;
	struct elem back;
	struct buf out;
	(void)state;

	memset(e, 0, sizeof(e));
	for (unsigned i = 0; i <= STANZA_DEPTH; i++) {
		e[i].tag = TAG_OTHER;
		e[i].other = slice_str("x");
		if (i > 0) {
			e[i].content = CONTENT_CHILDREN;
			e[i].children = &e[i - 1];
			e[i].nchild = 1;
		}
	}
	arena_init(&arena, ARENA);
	buf_init(&out, 0);
	assert_int_equal(stanza_encode(&ctx, &e[STANZA_DEPTH - 1], &out), 0);
	assert_int_equal(stanza_decode(&ctx, buf_slice(&out), &arena, &back),
	    0);
	buf_clear(&out);
	assert_int_equal(stanza_encode(&ctx, &e[STANZA_DEPTH], &out),
	    SC_EMALFORMED);
	assert_int_equal(out.len, 0);
	/* eight, each with one child, and a ninth */
	for (unsigned i = 0; i < STANZA_DEPTH; i++)
		buf_put(&out, "\0\0\1x\0\2\1", 7);
	buf_put(&out, "\0\0\1x\0\0", 6);
	assert_int_equal(stanza_decode(&ctx, buf_slice(&out), &arena, &back),
	    SC_ETOOLARGE);
	buf_fini(&out);
	arena_fini(&arena);
}

static void
children_limit(void **state)
{
	unsigned page = shape_of(TAG_PAGE, 0), ping = shape_of(TAG_PING, 0);
	struct arena arena;
	struct elem e;
	struct buf b;
	(void)state;

	arena_init(&arena, ARENA);
	buf_init(&b, 0);
	buf_put_u8(&b, (uint8_t)page);
	buf_put(&b, "\x01\x80\x08", 3);
	for (int i = 0; i < STANZA_CHILDREN; i++)
		buf_put_u8(&b, (uint8_t)ping);
	assert_int_equal(stanza_decode(&ctx, buf_slice(&b), &arena, &e), 0);
	assert_int_equal(e.nchild, STANZA_CHILDREN);
	b.p[b.off + 2] = 0x81;
	buf_put_u8(&b, (uint8_t)ping);
	assert_int_equal(stanza_decode(&ctx, buf_slice(&b), &arena, &e),
	    SC_ETOOLARGE);
	arena_fini(&arena);

	/* the arena's limit holds */
	arena_init(&arena, 16384);
	b.p[b.off + 2] = 0x80;
	buf_truncate(&b, b.len - 1);
	assert_int_equal(stanza_decode(&ctx, buf_slice(&b), &arena, &e),
	    SC_ENOMEM);
	arena_fini(&arena);
	buf_fini(&b);
}

static void
times_follow_each_other(void **state)
{
	struct elem_buf page, entry[3];
	struct elem children[3];
	struct arena arena;
	struct elem e;
	struct buf out;
	(void)state;

	for (unsigned i = 0; i < 3; i++) {
		elem_begin(&entry[i], TAG_MESSAGE);
		elem_add_uint(&entry[i], ATTR_SEQ, i + 1);
		elem_add_time(&entry[i], ATTR_TIME,
		    ctx.base_time + 1000 + 10 * i);
		elem_add_user_id(&entry[i], ATTR_FROM, 9);
		children[i] = entry[i].e;
	}
	elem_begin(&page, TAG_PAGE);
	elem_add_uint(&page, ATTR_ID, 1);
	elem_set_children(&page, children, 3);
	buf_init(&out, 0);
	arena_init(&arena, ARENA);
	assert_int_equal(stanza_encode(&ctx, &page.e, &out), 0);
	/* shape, id, count; then each: shape, seq, time, from, no payload */
	assert_hex(slice_of(out.p + 1, 2), "01 03");
	assert_hex(slice_of(out.p + 4, 5), "01 d00f 09 00");
	assert_hex(slice_of(out.p + 10, 4), "02 14 09 00");
	assert_hex(slice_of(out.p + 15, 4), "03 14 09 00");
	assert_int_equal(stanza_decode(&ctx, buf_slice(&out), &arena, &e), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_true(elem_int(&e.children[i], ATTR_TIME, 0) ==
		    ctx.base_time + 1000 + 10 * (int)i);
	buf_fini(&out);
	arena_fini(&arena);
}

/* A difference of times wraps around. */
static void
times_far_apart(void **state)
{
	static const int64_t times[] = {INT64_MIN, -1, 0, INT64_MAX};
	struct stanza_ctx c = {0};
	struct arena arena;
	struct elem_buf b;
	struct elem e;
	struct buf out;
	(void)state;

	buf_init(&out, 0);
	arena_init(&arena, ARENA);
	for (unsigned i = 0; i < 16; i++) {
		buf_clear(&out);
		c.base_time = times[i / 4];
		elem_begin(&b, TAG_BASE);
		elem_add_time(&b, ATTR_TIME, times[i % 4]);
		assert_int_equal(stanza_encode(&c, &b.e, &out), 0);
		assert_int_equal(stanza_decode(&c, buf_slice(&out), &arena,
		    &e), 0);
		assert_true(elem_int(&e, ATTR_TIME, 5) == times[i % 4]);
	}
	buf_fini(&out);
	arena_fini(&arena);
}

static void
random_stanzas(void **state)
{
	uint64_t seed = 20261123;
	bool used[256] = {false};
	struct buf out, again;
	struct arena arena;
	(void)state;

	buf_init(&out, 0);
	buf_init(&again, 0);
	arena_init(&arena, ARENA);
	for (int i = 0; i < ROUNDS; i++) {
		struct elem e, back, copy;

		buf_clear(&out);
		buf_clear(&again);
		arena_clear(&arena);
		random_stanza(&seed, &arena, &e);
		assert_int_equal(stanza_encode(&ctx, &e, &out), 0);
		used[out.p[0]] = true;
		assert_int_equal(stanza_decode(&ctx, buf_slice(&out), &arena,
		    &back), 0);
		assert_true(elem_same(&e, &back));
		assert_int_equal(elem_copy(&arena, &back, &copy), 0);
		assert_true(elem_same(&back, &copy));
		assert_int_equal(stanza_encode(&ctx, &copy, &again), 0);
		assert_true(slice_equal(buf_slice(&out), buf_slice(&again)));
	}
	for (unsigned s = 0; s <= shape_count; s++)
		if (!used[s])
			fail_msg("shape %u was never chosen", s);
	buf_fini(&out);
	buf_fini(&again);
	arena_fini(&arena);
}

/* Whatever is accepted encodes to the same bytes again. */
static void
check_canonical(struct slice body, struct arena *arena, struct buf *again)
{
	struct elem e;
	int rc;

	buf_clear(again);
	rc = stanza_decode(&ctx, body, arena, &e);
	if (rc != 0) {
		assert_true(rc == SC_EMALFORMED || rc == SC_ETOOLARGE);
		return;
	}
	assert_int_equal(stanza_encode(&ctx, &e, again), 0);
	assert_true(slice_equal(body, buf_slice(again)));
}

static void
damaged_stanzas(void **state)
{
	uint64_t seed = 4711;
	struct buf out, again;
	struct arena arena;
	(void)state;

	buf_init(&out, 0);
	buf_init(&again, 0);
	arena_init(&arena, ARENA);
	for (int i = 0; i < ROUNDS; i++) {
		struct slice body;
		struct elem e;

		buf_clear(&out);
		arena_clear(&arena);
		random_stanza(&seed, &arena, &e);
		assert_int_equal(stanza_encode(&ctx, &e, &out), 0);
		body = buf_slice(&out);
		for (unsigned j = 0; j < 4; j++) {
			uint8_t *at = out.p + rnd_below(&seed,
			    (unsigned)out.len);

			*at = rnd_below(&seed, 2)
			    ? (uint8_t)rnd(&seed)
			    : (uint8_t)(*at + 1);
			arena_clear(&arena);
			check_canonical(body, &arena, &again);
		}
	}
	buf_fini(&out);
	buf_fini(&again);
	arena_fini(&arena);
}

static void
truncated_stanzas(void **state)
{
	uint64_t seed = 815;
	struct buf out, again;
	struct arena arena;
	(void)state;

	buf_init(&out, 0);
	buf_init(&again, 0);
	arena_init(&arena, ARENA);
	for (int i = 0; i < 300; i++) {
		struct elem e;

		buf_clear(&out);
		arena_clear(&arena);
		random_stanza(&seed, &arena, &e);
		assert_int_equal(stanza_encode(&ctx, &e, &out), 0);
		for (size_t n = 0; n < out.len; n++) {
			arena_clear(&arena);
			check_canonical(slice_of(out.p, n), &arena, &again);
		}
	}
	buf_fini(&out);
	buf_fini(&again);
	arena_fini(&arena);
}

/* Without a tail there is no shorter stanza in a longer one. */
static void
truncated_without_tail(void **state)
{
	uint64_t seed = 99;
	struct arena arena;
	struct buf out;
	(void)state;

	buf_init(&out, 0);
	arena_init(&arena, ARENA);
	for (int i = 0; i < 300; i++) {
		struct elem e, back;

		buf_clear(&out);
		arena_clear(&arena);
		random_stanza(&seed, &arena, &e);
		e.nattr = 0;
		assert_int_equal(stanza_encode(&ctx, &e, &out), 0);
		for (size_t n = 0; n < out.len; n++) {
			arena_clear(&arena);
			assert_int_equal(stanza_decode(&ctx,
			    slice_of(out.p, n), &arena, &back),
			    SC_EMALFORMED);
		}
	}
	buf_fini(&out);
	arena_fini(&arena);
}

static void
versions(void **state)
{
	(void)state;
	assert_int_equal(dictionary_version(), 1);
	assert_true(dictionary_hash(1) != 0);
	assert_true(dictionary_hash(0) == 0);
	assert_true(dictionary_hash(2) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(server_ack),
		cmocka_unit_test(moulds),
		cmocka_unit_test(reading_attributes),
		cmocka_unit_test(too_many_for_a_builder),
		cmocka_unit_test(builder_errors),
		cmocka_unit_test(full_buffer),
		cmocka_unit_test(first_shape_wins),
		cmocka_unit_test(children_have_no_tail),
		cmocka_unit_test(bad_elements),
		cmocka_unit_test(bad_values),
		cmocka_unit_test(declared_counts),
		cmocka_unit_test(attributes_limit),
		cmocka_unit_test(depth_limit),
		cmocka_unit_test(children_limit),
		cmocka_unit_test(times_follow_each_other),
		cmocka_unit_test(times_far_apart),
		cmocka_unit_test(random_stanzas),
		cmocka_unit_test(damaged_stanzas),
		cmocka_unit_test(truncated_stanzas),
		cmocka_unit_test(truncated_without_tail),
		cmocka_unit_test(versions),
	};

	return cmocka_run_group_tests_name("stanza", tests, NULL, NULL);
}

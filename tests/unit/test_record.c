/* SPDX-License-Identifier: ISC */
/*
 * Records of TLS 1.3, and what a server with records of its own says to a
 * client that seals what no client seals.  The vectors are those of RFC 8448,
 * section 3 (Simple 1-RTT Handshake), but for the updated secrets, which RFC
 * 8448 has not: they were computed with Python's hmac.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "src/daemon/record.h"
#include "tests/unit/record_peer.h"

enum { AES_128 = 0x1301, AES_256 = 0x1302, CHACHA = 0x1303, FLOOD = 33 };

static size_t
unhex(const char *hex, uint8_t *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return n;
}

static void
assert_hex(const uint8_t *got, const char *wanted)
{
	uint8_t bytes[128];
	size_t n = unhex(wanted, bytes);

	assert_memory_equal(got, bytes, n);
}

/* ---- RFC 8448 -------------------------------------------------------- */

static const char client_secret[] =
    "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5";
static const char server_secret[] =
    "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643";

static void
set_keys(struct record_keys *k, const char *secret, uint64_t seq)
{
	uint8_t bytes[RECORD_SECRET];

	unhex(secret, bytes);
	assert_int_equal(record_keys_set(k, record_suite_find(AES_128), bytes,
	    seq), 0);
}

static void
test_keys(void **state)
{
	struct record_keys k;

	(void)state;
	set_keys(&k, client_secret, 0);
	assert_hex(k.key, "17422dda596ed5d9acd890e3c63f5051");
	assert_hex(k.iv, "5b78923dee08579033e523d9");
	set_keys(&k, server_secret, 0);
	assert_hex(k.key, "9f02283b6c9c07efc26bb9f2ac92e356");
	assert_hex(k.iv, "cf782b88dd83549aadf1e984");
}

static void
test_updated_keys(void **state)
{
	struct record_keys k;

	(void)state;
	set_keys(&k, client_secret, 77);
	assert_int_equal(record_keys_update(&k), 0);
	assert_hex(k.secret, "fcdfcc72725aaee48bf64e4fd8b749cd"
	    "bdbab39d90da0b26e2245ca6ea167207");
	assert_hex(k.key, "3879d82f5f14056e623f2ce5bfc66fce");
	assert_true(k.seq == 0);
}

/* The server's records come after one ticket. */
static const struct vector {
	const char *secret;
	uint64_t seq;
	enum record_type type;
	const char *content, *record;
} vectors[] = {
	{client_secret, 0, RECORD_APPLICATION,
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	    "202122232425262728292a2b2c2d2e2f3031",
	    "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f"
	    "2b9819a8a5b46b395bd54a9a20441e2b62974e1f5a6292a2977014bd1e3deae6"
	    "3aeebb21694915e4"},
	{client_secret, 1, RECORD_ALERT, "0100",
	    "1703030013c9872760655666b74d7ff1153efd6db6d0b0e3"},
	{server_secret, 1, RECORD_APPLICATION,
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	    "202122232425262728292a2b2c2d2e2f3031",
	    "17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36"
	    "e30efaf97d90e6dffc602dcb501a59a8fcc49c4bf2e5f0a21c0047c2abf33254"
	    "0dd032e167c2955d"},
	{server_secret, 2, RECORD_ALERT, "0100",
	    "1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9"},
};

static void
check_vector(struct record_ciphers *c, const struct vector *v)
{
	uint8_t content[64], record[128];
	size_t n = unhex(v->content, content), len = unhex(v->record, record);
	enum record_alert alert;
	struct record_keys k;
	struct slice got;
	unsigned type;
	struct buf out;

	buf_init(&out, 0);
	set_keys(&k, v->secret, v->seq);
	assert_int_equal(record_seal(c, &k, v->type, content, n, &out), 0);
	assert_int_equal(out.len, len);
	assert_memory_equal(buf_slice(&out).p, record, len);
	assert_true(k.seq == v->seq + 1);
	set_keys(&k, v->secret, v->seq);
	assert_int_equal(record_length(record, len, &alert), len);
	assert_int_equal(record_open(c, &k, record, len, &type, &got, &alert),
	    0);
	assert_int_equal(type, v->type);
	assert_int_equal(got.len, n);
	assert_memory_equal(got.p, content, n);
	record_keys_end(&k, c);
	buf_fini(&out);
}

static void
test_vectors(void **state)
{
	struct record_ciphers *c = record_ciphers_create();

	(void)state;
	assert_non_null(c);
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		check_vector(c, &vectors[i]);
	record_ciphers_destroy(c);
}

/* ---- connections ----------------------------------------------------- */

static void
assert_heard(struct record_peer *p, int type, const void *content, size_t n)
{
	struct slice got;

	assert_int_equal(record_peer_hear(p, &got), type);
	assert_int_equal(got.len, n);
	assert_memory_equal(got.p, content, n);
}

/* The server is broken, with one alert as its last word. */
static void
assert_alert(struct record_peer *p, uint8_t alert)
{
	const uint8_t wanted[] = {2, alert};
	struct slice got;

	assert_int_equal(record_peer_deliver(p, &got), TRANSPORT_BROKEN);
	assert_heard(p, RECORD_ALERT, wanted, 2);
	assert_string_equal(p->io.why, record_alert_name(alert));
	assert_int_equal(record_peer_deliver(p, &got), TRANSPORT_BROKEN);
	assert_int_equal(transport_write(&p->server, &p->io, "x", 1), -1);
	transport_close(&p->server, &p->io, true);
	assert_int_equal(p->io.out.len, 0);
}

static void
assert_data(struct record_peer *p, const char *text)
{
	struct slice got;

	assert_int_equal(record_peer_deliver(p, &got), TRANSPORT_OK);
	assert_int_equal(got.len, strlen(text));
	assert_memory_equal(got.p, text, got.len);
}

static void
assert_more(struct record_peer *p)
{
	struct slice got;

	assert_int_equal(record_peer_deliver(p, &got), TRANSPORT_MORE);
}

static const unsigned suites[] = {AES_128, AES_256, CHACHA};

static void
start(struct record_peer *p, unsigned suite)
{
	assert_int_equal(record_peer_init(p, suite, 0, 0), 0);
}

static void
test_data(void **state)
{
	static uint8_t much[40000];
	struct record_peer p;
	struct slice got;

	(void)state;
	for (int i = 0; i < 3; i++) {
		start(&p, suites[i]);
		assert_true(p.io.counts.lean == 1);
		for (int k = 0; k < 3; k++) {
			record_peer_seal(&p, RECORD_APPLICATION, "hello", 5);
			assert_data(&p, "hello");
		}
		assert_more(&p);
		memset(much, 'm', sizeof(much));
		assert_int_equal(transport_write(&p.server, &p.io, much,
		    sizeof(much)), 0);
		assert_heard(&p, RECORD_APPLICATION, much, RECORD_PLAIN);
		assert_heard(&p, RECORD_APPLICATION, much, RECORD_PLAIN);
		assert_heard(&p, RECORD_APPLICATION, much,
		    sizeof(much) - 2 * RECORD_PLAIN);
		assert_int_equal(record_peer_hear(&p, &got), 0);
		transport_close(&p.server, &p.io, false);
		assert_true(p.io.counts.lean == 0);
		record_peer_fini(&p);
	}
}

/* However the network cuts it. */
static void
test_pieces(void **state)
{
	struct record_peer p;
	struct slice got;
	uint8_t *bytes;
	size_t n, heard;

	(void)state;
	start(&p, AES_256);
	for (size_t step = 1; step < 90; step++) {
		record_peer_seal(&p, RECORD_APPLICATION, "one", 3);
		record_peer_seal(&p, RECORD_APPLICATION, "two", 3);
		record_peer_seal(&p, RECORD_APPLICATION, "three", 5);
		bytes = p.sent.p + p.sent.off;
		n = p.sent.len;
		heard = 0;
		for (size_t at = 0; at < n; at += step) {
			p.io.in = bytes + at;
			p.io.inlen = n - at < step ? n - at : step;
			while (transport_read(&p.server, &p.io, &got) ==
			    TRANSPORT_OK)
				heard += got.len;
		}
		assert_int_equal(heard, 11);
		buf_clear(&p.sent);
	}
	record_peer_fini(&p);
}

static void
test_padding(void **state)
{
	static uint8_t inner[RECORD_PLAIN + 1];
	struct record_peer p;

	(void)state;
	start(&p, AES_128);
	memcpy(inner, "hello\x17", 6);
	record_peer_seal_inner(&p, inner, sizeof(inner));
	assert_data(&p, "hello");
	record_peer_seal_inner(&p, inner, 6);
	assert_data(&p, "hello");
	record_peer_fini(&p);
}

/* A record is opened where it lies, and nothing of it stays there. */
static void
test_forgotten(void **state)
{
	struct record_peer p;
	struct slice got;

	(void)state;
	start(&p, AES_128);
	record_peer_seal(&p, RECORD_APPLICATION, "password", 8);
	assert_int_equal(record_peer_deliver(&p, &got), TRANSPORT_OK);
	assert_non_null(memmem(p.sent.p, p.sent.cap, "password", 8));
	memcpy(p.io.plain, "password", 8);
	p.io.nplain = 8;
	transport_forget(&p.io, p.sent.p, p.sent.cap);
	assert_null(memmem(p.sent.p, p.sent.cap, "password", 8));
	assert_null(memmem(p.io.plain, sizeof(p.io.plain), "password", 8));
	record_peer_fini(&p);
}

/* ---- goodbyes and alerts --------------------------------------------- */

static void
test_goodbyes(void **state)
{
	static const uint8_t goodbye[] = {1, 0};
	struct record_peer p;
	struct slice got;

	(void)state;
	start(&p, CHACHA);
	record_peer_seal(&p, RECORD_APPLICATION, "last", 4);
	record_peer_seal(&p, RECORD_ALERT, goodbye, 2);
	record_peer_seal(&p, RECORD_APPLICATION, "too late", 8);
	assert_data(&p, "last");
	assert_int_equal(record_peer_deliver(&p, &got), TRANSPORT_END);
	assert_int_equal(record_peer_deliver(&p, &got), TRANSPORT_END);
	transport_close(&p.server, &p.io, true);
	assert_heard(&p, RECORD_ALERT, goodbye, 2);
	record_peer_fini(&p);
}

static void
test_client_alert(void **state)
{
	static const uint8_t alert[] = {2, 20}, canceled[] = {1, 90};
	struct record_peer p;
	struct slice got;

	(void)state;
	start(&p, AES_128);
	record_peer_seal(&p, RECORD_ALERT, canceled, 2);
	assert_more(&p);
	record_peer_seal(&p, RECORD_ALERT, alert, 2);
	assert_int_equal(record_peer_deliver(&p, &got), TRANSPORT_BROKEN);
	assert_string_equal(p.io.why, "the client's alert: bad record mac");
	transport_close(&p.server, &p.io, true);
	assert_int_equal(p.io.out.len, 0);	/* alerts are not answered */
	record_peer_fini(&p);
}

static const struct refused {
	unsigned type;
	const char *content;	/* hexadecimal */
	uint8_t alert;
} refused[] = {
	{RECORD_CHANGE_CIPHER, "01", ALERT_UNEXPECTED_MESSAGE},
	{24, "68", ALERT_UNEXPECTED_MESSAGE},		/* heartbeat */
	{255, "", ALERT_UNEXPECTED_MESSAGE},
	{RECORD_ALERT, "", ALERT_DECODE_ERROR},
	{RECORD_ALERT, "02", ALERT_DECODE_ERROR},
	{RECORD_ALERT, "01000100", ALERT_DECODE_ERROR},
	{RECORD_HANDSHAKE, "", ALERT_UNEXPECTED_MESSAGE},
	{RECORD_HANDSHAKE, "01000000", ALERT_UNEXPECTED_MESSAGE},
	{RECORD_HANDSHAKE, "04000000", ALERT_UNEXPECTED_MESSAGE},
	{RECORD_HANDSHAKE, "0b000000", ALERT_UNEXPECTED_MESSAGE},
	{RECORD_HANDSHAKE, "18000000", ALERT_DECODE_ERROR},
	{RECORD_HANDSHAKE, "180000020000", ALERT_DECODE_ERROR},
	{RECORD_HANDSHAKE, "1801", ALERT_DECODE_ERROR},
	{RECORD_HANDSHAKE, "1800000102", ALERT_ILLEGAL_PARAMETER},
	{RECORD_HANDSHAKE, "18000001001800000100", ALERT_UNEXPECTED_MESSAGE},
};

static void
test_refused(void **state)
{
	uint8_t content[16];
	struct record_peer p;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		start(&p, suites[i % 3]);
		record_peer_seal(&p, refused[i].type, content,
		    unhex(refused[i].content, content));
		assert_alert(&p, refused[i].alert);
		record_peer_fini(&p);
	}
}

static void
test_too_long(void **state)
{
	static uint8_t inner[RECORD_PLAIN + 2];
	struct record_peer p;

	(void)state;
	memset(inner, RECORD_APPLICATION, sizeof(inner));
	start(&p, AES_128);
	record_peer_seal_inner(&p, inner, sizeof(inner));
	assert_alert(&p, ALERT_RECORD_OVERFLOW);
	record_peer_fini(&p);
	/* Padding counts. */
	memset(inner + 1, 0, sizeof(inner) - 1);
	start(&p, AES_128);
	record_peer_seal_inner(&p, inner, sizeof(inner));
	assert_alert(&p, ALERT_RECORD_OVERFLOW);
	record_peer_fini(&p);
}

static void
test_nothing_but_padding(void **state)
{
	static const uint8_t inner[16];
	struct record_peer p;

	(void)state;
	start(&p, AES_256);
	record_peer_seal_inner(&p, inner, sizeof(inner));
	assert_alert(&p, ALERT_UNEXPECTED_MESSAGE);
	record_peer_fini(&p);
}

/* Every bit of a record counts. */
static void
test_flipped_bits(void **state)
{
	struct record_peer p;
	uint8_t alert;

	(void)state;
	for (size_t bit = 0; bit < 8 * (RECORD_HEAD + 3 + RECORD_TAG); bit++) {
		start(&p, suites[bit % 3]);
		record_peer_seal(&p, RECORD_APPLICATION, "hi", 2);
		p.sent.p[p.sent.off + bit / 8] ^= (uint8_t)(1 << bit % 8);
		/* So that a greater length has its bytes. */
		buf_put(&p.sent, p.io.plain, RECORD_PLAIN);
		alert = bit < 8 ? ALERT_UNEXPECTED_MESSAGE :
		    ALERT_BAD_RECORD_MAC;
		if (bit / 8 == 3 && bit % 8 == 7)
			alert = ALERT_RECORD_OVERFLOW;
		assert_alert(&p, alert);
		record_peer_fini(&p);
	}
}

/* ---- what comes between data ----------------------------------------- */

static const uint8_t update[] = {24, 0, 0, 1, 0}, asking[] = {24, 0, 0, 1, 1};

static void
client_updates(struct record_peer *p, const uint8_t *message)
{
	record_peer_seal(p, RECORD_HANDSHAKE, message, 5);
	assert_int_equal(record_keys_update(&p->out), 0);
}

/* 32 in a row are taken, and again after data; one more is not. */
static void
check_flood(void (*send)(struct record_peer *))
{
	struct record_peer p;

	start(&p, AES_256);
	for (int i = 0; i < FLOOD - 1; i++)
		send(&p);
	record_peer_seal(&p, RECORD_APPLICATION, "data", 4);
	assert_data(&p, "data");
	for (int i = 0; i < FLOOD - 1; i++)
		send(&p);
	assert_more(&p);
	send(&p);
	assert_alert(&p, ALERT_UNEXPECTED_MESSAGE);
	record_peer_fini(&p);
}

static void
send_empty(struct record_peer *p)
{
	record_peer_seal(p, RECORD_APPLICATION, "", 0);
}

static void
send_update(struct record_peer *p)
{
	client_updates(p, update);
}

static void
send_canceled(struct record_peer *p)
{
	static const uint8_t canceled[] = {1, 90};

	record_peer_seal(p, RECORD_ALERT, canceled, 2);
}

static void
test_floods(void **state)
{
	(void)state;
	check_flood(send_empty);
	check_flood(send_update);
	check_flood(send_canceled);
}

static void
test_key_update(void **state)
{
	struct record_peer p;
	struct slice got;

	(void)state;
	for (int i = 0; i < 3; i++) {
		start(&p, suites[i]);
		client_updates(&p, update);
		record_peer_seal(&p, RECORD_APPLICATION, "new", 3);
		assert_data(&p, "new");
		assert_int_equal(record_peer_hear(&p, &got), 0);
		/* Three questions, one answer, and before the next data. */
		client_updates(&p, asking);
		client_updates(&p, update);
		client_updates(&p, asking);
		assert_more(&p);
		assert_heard(&p, RECORD_HANDSHAKE, update, 5);
		assert_int_equal(record_peer_hear(&p, &got), 0);
		client_updates(&p, asking);
		record_peer_seal(&p, RECORD_APPLICATION, "newer", 5);
		assert_data(&p, "newer");
		assert_int_equal(transport_write(&p.server, &p.io, "yes", 3),
		    0);
		assert_heard(&p, RECORD_HANDSHAKE, update, 5);
		assert_heard(&p, RECORD_APPLICATION, "yes", 3);
		assert_true(p.io.counts.key_updates_in == 5);
		assert_true(p.io.counts.key_updates_out == 2);
		record_peer_fini(&p);
	}
}

static void
test_key_update_in_parts(void **state)
{
	struct record_peer p;
	struct slice got;

	(void)state;
	start(&p, AES_128);
	for (int i = 0; i < 5; i++)
		record_peer_seal(&p, RECORD_HANDSHAKE, asking + i, 1);
	assert_int_equal(record_keys_update(&p.out), 0);
	record_peer_seal(&p, RECORD_APPLICATION, "new", 3);
	assert_data(&p, "new");
	assert_more(&p);
	assert_heard(&p, RECORD_HANDSHAKE, update, 5);
	/* Nothing may come in between. */
	record_peer_seal(&p, RECORD_HANDSHAKE, asking, 4);
	record_peer_seal(&p, RECORD_APPLICATION, "x", 1);
	assert_alert(&p, ALERT_UNEXPECTED_MESSAGE);
	assert_int_equal(record_peer_hear(&p, &got), 0);
	record_peer_fini(&p);
}

/* ---- limits ---------------------------------------------------------- */

static void
test_own_limit(void **state)
{
	uint64_t limit = record_suite_find(AES_128)->limit;
	struct record_peer p;

	(void)state;
	assert_true(limit < UINT64_C(23726566));	/* 2^24.5 */
	assert_int_equal(record_peer_init(&p, AES_128, 0, limit - 1), 0);
	assert_int_equal(transport_write(&p.server, &p.io, "last", 4), 0);
	assert_heard(&p, RECORD_APPLICATION, "last", 4);
	assert_int_equal(transport_write(&p.server, &p.io, "first", 5), 0);
	assert_heard(&p, RECORD_HANDSHAKE, update, 5);
	assert_heard(&p, RECORD_APPLICATION, "first", 5);
	assert_true(p.in.seq == 1);
	record_peer_fini(&p);
}

static void
test_client_limit(void **state)
{
	uint64_t limit = record_suite_find(AES_256)->limit;
	struct record_peer p;
	struct slice got;

	(void)state;
	assert_int_equal(record_peer_init(&p, AES_256, limit - 2, 0), 0);
	record_peer_seal(&p, RECORD_APPLICATION, "one", 3);
	assert_data(&p, "one");
	assert_int_equal(record_peer_hear(&p, &got), 0);
	record_peer_seal(&p, RECORD_APPLICATION, "two", 3);
	record_peer_seal(&p, RECORD_APPLICATION, "three", 5);
	assert_data(&p, "two");
	assert_data(&p, "three");
	/* It is asked once. */
	assert_heard(&p, RECORD_HANDSHAKE, asking, 5);
	assert_int_equal(record_peer_hear(&p, &got), 0);
	client_updates(&p, update);
	record_peer_seal(&p, RECORD_APPLICATION, "new", 3);
	assert_data(&p, "new");
	assert_int_equal(record_peer_hear(&p, &got), 0);
	record_peer_fini(&p);
	/* Who never answers has to go. */
	assert_int_equal(record_peer_init(&p, AES_256, 2 * limit - 2, 0), 0);
	record_peer_seal(&p, RECORD_APPLICATION, "one", 3);
	assert_data(&p, "one");
	assert_heard(&p, RECORD_HANDSHAKE, asking, 5);
	record_peer_seal(&p, RECORD_APPLICATION, "two", 3);
	assert_alert(&p, ALERT_UNEXPECTED_MESSAGE);
	record_peer_fini(&p);
}

/* A sequence number never comes again. */
static void
test_last_number(void **state)
{
	struct record_ciphers *c = record_ciphers_create();
	uint8_t record[64] = {23, 3, 3, 0, 32};
	enum record_alert alert;
	struct record_keys k;
	struct slice got;
	unsigned type;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	set_keys(&k, client_secret, UINT64_MAX);
	assert_int_equal(record_seal(c, &k, RECORD_APPLICATION, "x", 1, &out),
	    -1);
	assert_int_equal(record_open(c, &k, record, 37, &type, &got, &alert),
	    -1);
	assert_true(k.seq == UINT64_MAX);
	buf_fini(&out);
	record_keys_end(&k, c);
	record_ciphers_destroy(c);
}

static void
test_wiped(void **state)
{
	static const struct record_keys nothing;
	struct record_ciphers *c = record_ciphers_create();
	struct record_keys k;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	set_keys(&k, client_secret, 0);
	assert_int_equal(record_seal(c, &k, RECORD_APPLICATION, "x", 1, &out),
	    0);
	record_keys_end(&k, c);
	assert_memory_equal(&k, &nothing, sizeof(k));
	buf_fini(&out);
	record_ciphers_destroy(c);
}

/* Keys that could not be made anew seal nothing: not the old ones again, from
 * number 0 on. */
static void
test_failed_update(void **state)
{
	struct record_ciphers *c = record_ciphers_create();
	struct record_suite broken = *record_suite_find(AES_128);
	struct record_keys k;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	set_keys(&k, client_secret, 7);
	broken.hash = "no such hash";
	k.suite = &broken;
	assert_int_equal(record_keys_update(&k), -1);
	k.suite = record_suite_find(AES_128);
	assert_int_equal(record_seal(c, &k, RECORD_ALERT, "x", 1, &out), -1);
	buf_fini(&out);
	record_ciphers_destroy(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_updated_keys),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_goodbyes),
		cmocka_unit_test(test_client_alert),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_nothing_but_padding),
		cmocka_unit_test(test_flipped_bits),
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_key_update),
		cmocka_unit_test(test_key_update_in_parts),
		cmocka_unit_test(test_own_limit),
		cmocka_unit_test(test_client_limit),
		cmocka_unit_test(test_last_number),
		cmocka_unit_test(test_wiped),
		cmocka_unit_test(test_failed_update),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

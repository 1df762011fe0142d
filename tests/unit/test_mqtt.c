/* SPDX-License-Identifier: ISC */
/* Packets of MQTT, as stonechat-bench writes and reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "src/bench/mqtt.h"

static void
assert_bytes(struct bytes *b, const void *wanted, size_t n)
{
	assert_int_equal(b->n, n);
	assert_memory_equal(b->p, wanted, n);
	bytes_free(b);
}

static void
test_connect(void **state)
{
	static const char wanted[] = "\x10\x15\0\x04MQTT\x04\xc0\0\0\0\x02u1"
	    "\0\x02u1\0\x01p";
	struct bytes b = {0};

	(void)state;
	mqtt_put_connect(&b, "u1", "p");
	assert_bytes(&b, wanted, sizeof(wanted) - 1);
}

static void
test_subscribe(void **state)
{
	static const char wanted[] = "\x82\x09\xff\xff\0\x04u/u1\x01";
	struct bytes b = {0};

	(void)state;
	mqtt_put_subscribe(&b, 0xffff, "u/u1");
	assert_bytes(&b, wanted, sizeof(wanted) - 1);
}

static void
test_publish(void **state)
{
	static const char wanted[] = "\x32\x0e\0\x04u/u2\x01\x02mu1 hi";
	struct mqtt_packet m;
	struct bytes b = {0};

	(void)state;
	mqtt_put_publish(&b, 0x102, "u/", "u2", "mu1 ", "hi", 2);
	assert_int_equal(mqtt_parse(b.p, b.n, &m), (int)b.n);
	assert_int_equal(m.type, MQTT_PUBLISH);
	assert_int_equal(m.qos, 1);
	assert_int_equal(m.id, 0x102);
	assert_int_equal(m.topic_len, 4);
	assert_memory_equal(m.topic, "u/u2", 4);
	assert_int_equal(m.len, 6);
	assert_memory_equal(m.payload, "mu1 hi", 6);
	assert_bytes(&b, wanted, sizeof(wanted) - 1);
}

/* More than 127 bytes need a second byte of length. */
static void
test_long(void **state)
{
	char text[300];
	struct mqtt_packet m;
	struct bytes b = {0};

	(void)state;
	memset(text, 'x', sizeof(text));
	mqtt_put_publish(&b, 1, "u/", "u2", "", text, sizeof(text));
	assert_int_equal(b.p[1], 0x80 | ((300 + 8) & 0x7f));
	assert_int_equal(b.p[2], (300 + 8) >> 7);
	for (size_t n = 0; n < b.n; n++)
		assert_int_equal(mqtt_parse(b.p, n, &m), 0);
	assert_int_equal(mqtt_parse(b.p, b.n, &m), (int)b.n);
	assert_int_equal(m.len, sizeof(text));
	bytes_free(&b);
}

static void
test_answers(void **state)
{
	struct mqtt_packet m;
	struct bytes b = {0};

	(void)state;
	mqtt_put_puback(&b, 0x8001);
	assert_int_equal(mqtt_parse(b.p, b.n, &m), 4);
	assert_int_equal(m.type, MQTT_PUBACK);
	assert_int_equal(m.id, 0x8001);
	assert_bytes(&b, "\x40\x02\x80\x01", 4);
	assert_int_equal(mqtt_parse((const uint8_t *)"\x20\x02\0\x04", 4, &m),
	    4);
	assert_int_equal(m.type, MQTT_CONNACK);
	assert_int_equal(m.code, 4);
	assert_string_equal(mqtt_refusal(m.code),
	    "the name or the password is wrong");
	assert_string_equal(mqtt_refusal(99), "it does not say why");
	assert_int_equal(mqtt_parse((const uint8_t *)"\x90\x03\0\x07\x01", 5,
	    &m), 5);
	assert_int_equal(m.type, MQTT_SUBACK);
	assert_int_equal(m.id, 7);
	assert_int_equal(m.code, 1);
}

static void
test_broken(void **state)
{
	static const struct { const char *p; size_t n; } cases[] = {
		{"\x32\xff\xff\xff\xff\x01", 6},	/* length of 5 bytes */
		{"\x32\xff\xff\xff\x7f", 5},	/* more than may be */
		{"\x32\x01x", 3},		/* no room for a topic */
		{"\x32\x04\0\x02xx", 6},	/* nor for an id */
		{"\x40\x01\0", 3},
		{"\x90\x02\0\x01", 4},
		{"\x10\x02\0\0", 4},		/* only servers get those */
		{"\xf0\0", 2},
	};
	struct mqtt_packet m;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(mqtt_parse((const uint8_t *)cases[i].p,
		    cases[i].n, &m), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_subscribe),
		cmocka_unit_test(test_publish),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests_name("mqtt", tests, NULL, NULL);
}

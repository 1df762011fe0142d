/* SPDX-License-Identifier: ISC */
#include "src/bench/mqtt.h"

#include <string.h>

enum {
	QOS1 = 0x02,		/* in the flags of PUBLISH */
	SUBSCRIBE_FLAGS = 0x02,
	CONNECT_FLAGS = 0xc0,	/* a name and a password; the session stays */
	LEVEL = 4,		/* 3.1.1 */
	LENGTH_BYTES = 4,
	PACKET_MAX = 1 << 20	/* no server has reason to send more */
};

static void
put_byte(struct bytes *b, unsigned v)
{
	const uint8_t c = (uint8_t)v;

	bytes_put(b, &c, 1);
}

static void
put_short(struct bytes *b, size_t v)
{
	put_byte(b, (unsigned)(v >> 8 & 0xff));
	put_byte(b, (unsigned)(v & 0xff));
}

static void
put_string(struct bytes *b, const char *s)
{
	put_short(b, strlen(s));
	bytes_put_text(b, s);
}

static void
put_header(struct bytes *b, enum mqtt_type type, unsigned flags, size_t len)
{
	put_byte(b, (unsigned)type << 4 | flags);
	for (; len >= 0x80; len >>= 7)
		put_byte(b, (unsigned)(len & 0x7f) | 0x80);
	put_byte(b, (unsigned)len);
}

void
mqtt_put_connect(struct bytes *b, const char *name, const char *password)
{
	put_header(b, MQTT_CONNECT, 0, 10 + 2 + strlen(name) + 2 +
	    strlen(name) + 2 + strlen(password));
	put_string(b, "MQTT");
	put_byte(b, LEVEL);
	put_byte(b, CONNECT_FLAGS);
	put_short(b, 0);	/* keep-alive */
	put_string(b, name);	/* the client's id */
	put_string(b, name);
	put_string(b, password);
}

void
mqtt_put_subscribe(struct bytes *b, uint16_t id, const char *topic)
{
	put_header(b, MQTT_SUBSCRIBE, SUBSCRIBE_FLAGS, 2 + 2 + strlen(topic) +
	    1);
	put_short(b, id);
	put_string(b, topic);
	put_byte(b, 1);		/* QoS */
}

void
mqtt_put_publish(struct bytes *b, uint16_t id, const char *prefix,
    const char *to, const char *head, const char *text, size_t len)
{
	size_t topic = strlen(prefix) + strlen(to);

	put_header(b, MQTT_PUBLISH, QOS1, 2 + topic + 2 + strlen(head) + len);
	put_short(b, topic);
	bytes_put_text(b, prefix);
	bytes_put_text(b, to);
	put_short(b, id);
	bytes_put_text(b, head);
	bytes_put(b, text, len);
}

void
mqtt_put_signal(struct bytes *b, const char *prefix, const char *to,
    const char *payload)
{
	size_t topic = strlen(prefix) + strlen(to);

	put_header(b, MQTT_PUBLISH, 0, 2 + topic + strlen(payload));
	put_short(b, topic);
	bytes_put_text(b, prefix);
	bytes_put_text(b, to);
	bytes_put_text(b, payload);
}

void
mqtt_put_puback(struct bytes *b, uint16_t id)
{
	put_header(b, MQTT_PUBACK, 0, 2);
	put_short(b, id);
}

/* ---- reading ---- */

/* The bytes of the fixed header, 0: not whole, -1: cannot be. */
static int
parse_length(const uint8_t *p, size_t n, size_t *len)
{
	*len = 0;
	for (int i = 0; i < LENGTH_BYTES; i++) {
		if ((size_t)i + 1 >= n)
			return 0;
		*len |= (size_t)(p[i + 1] & 0x7f) << (7 * i);
		if ((p[i + 1] & 0x80) == 0)
			return *len > PACKET_MAX ? -1 : i + 2;
	}
	return -1;
}

static int
parse_publish(struct mqtt_packet *m, const uint8_t *p, size_t n,
    unsigned flags)
{
	size_t at;

	m->qos = flags >> 1 & 3;
	if (n < 2)
		return -1;
	m->topic_len = (size_t)p[0] << 8 | p[1];
	m->topic = p + 2;
	at = 2 + m->topic_len + (m->qos > 0 ? 2 : 0);
	if (at > n)
		return -1;
	if (m->qos > 0)
		m->id = (uint16_t)(p[at - 2] << 8 | p[at - 1]);
	m->payload = p + at;
	m->len = n - at;
	return 0;
}

static int
parse_body(struct mqtt_packet *m, const uint8_t *p, size_t n, unsigned flags)
{
	if (m->type == MQTT_PUBLISH)
		return parse_publish(m, p, n, flags);
	if (n < 2)
		return -1;
	if (m->type == MQTT_CONNACK) {
		m->code = p[1];
		return 0;
	}
	m->id = (uint16_t)(p[0] << 8 | p[1]);
	if (m->type == MQTT_SUBACK && n < 3)
		return -1;
	if (m->type == MQTT_SUBACK)
		m->code = p[2];
	return m->type == MQTT_SUBACK || m->type == MQTT_PUBACK ? 0 : -1;
}

int
mqtt_parse(const uint8_t *p, size_t n, struct mqtt_packet *m)
{
	size_t len;
	int head = parse_length(p, n, &len);

	memset(m, 0, sizeof(*m));
	if (head <= 0)
		return head;
	if (n - (size_t)head < len)
		return 0;
	m->type = (enum mqtt_type)(p[0] >> 4);
	if (parse_body(m, p + head, len, p[0] & 0x0f) != 0)
		return -1;
	return head + (int)len;
}

const char *
mqtt_refusal(uint8_t code)
{
	static const char *const texts[] = {
		"accepted", "it does not speak MQTT 3.1.1",
		"the client's name is not allowed", "it is not available",
		"the name or the password is wrong", "not authorized",
	};

	return code < sizeof(texts) / sizeof(texts[0]) ? texts[code] :
	    "it does not say why";
}

/* SPDX-License-Identifier: ISC */
/*
 * mqtt: the packets of MQTT 3.1.1 (OASIS standard, 2014) that a client needs
 * who sends and receives with QoS 1.
 */
#ifndef BENCH_MQTT_H
#define BENCH_MQTT_H

#include "src/bench/bytes.h"

enum mqtt_type {
	MQTT_CONNECT = 1,
	MQTT_CONNACK = 2,
	MQTT_PUBLISH = 3,
	MQTT_PUBACK = 4,
	MQTT_SUBSCRIBE = 8,
	MQTT_SUBACK = 9
};

struct mqtt_packet {
	enum mqtt_type type;
	unsigned qos;		/* PUBLISH */
	uint16_t id;		/* PUBLISH with QoS > 0, PUBACK, SUBACK */
	uint8_t code;		/* CONNACK, SUBACK */
	const uint8_t *topic, *payload;	/* PUBLISH */
	size_t topic_len, len;
};

/* NAME is the client and the user; his session is kept by the server while he
 * is away.  No keep-alive. */
void mqtt_put_connect(struct bytes *, const char *name, const char *password);
void mqtt_put_subscribe(struct bytes *, uint16_t id, const char *topic);
/* To the topic PREFIX TO; the payload is HEAD and then TEXT. */
void mqtt_put_publish(struct bytes *, uint16_t id, const char *prefix,
    const char *to, const char *head, const char *text, size_t len);
/* With QoS 0: it may be lost. */
void mqtt_put_signal(struct bytes *, const char *prefix, const char *to,
    const char *payload);
void mqtt_put_puback(struct bytes *, uint16_t id);

/* The packet at the front: its length, 0 if it is not whole, or -1 if it can
 * be none. */
int mqtt_parse(const uint8_t *p, size_t n, struct mqtt_packet *);

/* Why CONNACK says no. */
const char *mqtt_refusal(uint8_t code);

#endif

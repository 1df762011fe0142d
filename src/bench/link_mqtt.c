/* SPDX-License-Identifier: ISC */
/*
 * MQTT 3.1.1: users publish to the topic u/NAME of each other with QoS 1, and
 * the server keeps the session of one who is away.  A server of MQTT knows no
 * delivered ticks, so the one who gets a message publishes a receipt for it,
 * as applications on MQTT do, and another one when it has been read.  A group
 * is a topic g/NAME that all subscribe to, with QoS 1; who publishes to it gets
 * his own message, too, and drops it.
 *
 * Payloads: "mSENDER NUMBER TEXT", "rNUMBER" and, read, "sNUMBER"; numbers in
 * hexadecimal.  "t", with QoS 0: the sender types.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/bench/mqtt.h"
#include "src/bench/peer.h"

#define TOPIC "u/"
#define GROUP "g/"

enum {
	SUBSCRIBE_ID = 0xffff,
	JOIN_ID = 0xfffe,
	/* ids of messages go round below this, those of receipts above, so
	 * that a PUBACK says which it is */
	RECEIPTS = 0x8000,
	IDS = 0x7ffe,
	HEAD = PEER_NAME + 32
};

struct own {
	uint64_t messages, acked, receipts;
	char joining[PEER_NAME];	/* a group */
};

static uint16_t
message_id(uint64_t n)
{
	return (uint16_t)(1 + n % IDS);
}

/* ---- what comes ---- */

static void
on_connack(struct link *l, const struct mqtt_packet *m)
{
	char topic[PEER_NAME + sizeof(TOPIC)];

	if (m->code != 0) {
		peer_fail(l, "the server refuses the login: %s",
		    mqtt_refusal(m->code));
		return;
	}
	snprintf(topic, sizeof(topic), TOPIC "%s", l->user);
	mqtt_put_subscribe(&l->stream.out, SUBSCRIBE_ID, topic);
	stream_dirty(&l->stream);
}

static void
on_suback(struct link *l, const struct mqtt_packet *m)
{
	const struct own *o = l->own;

	if (m->code == 1 && m->id == JOIN_ID)
		peer_joined(l, o->joining);
	else if (m->code == 1)
		peer_ready(l);
	else if (m->id == JOIN_ID)
		peer_fail(l, "the server does not let it subscribe to "
		    GROUP "%s with QoS 1", o->joining);
	else
		peer_fail(l, "the server does not let it subscribe to "
		    TOPIC "%s with QoS 1", l->user);
}

static void
on_puback(struct link *l, const struct mqtt_packet *m)
{
	struct own *o = l->own;

	if (m->id >= RECEIPTS)
		return;
	if (o->acked == o->messages || m->id != message_id(o->acked)) {
		peer_fail(l, "an acknowledgement out of order");
		return;
	}
	o->acked++;
	peer_acked(l);
}

static void
send_receipt(struct link *l, const char *to, char what, uint64_t n)
{
	struct own *o = l->own;
	char head[HEAD];

	snprintf(head, sizeof(head), "%c%" PRIx64, what, n);
	mqtt_put_publish(&l->stream.out,
	    (uint16_t)(RECEIPTS + o->receipts++ % IDS), TOPIC, to, head, "", 0);
}

static void
on_payload(struct link *l, const char *text, size_t len)
{
	char head[HEAD], from[PEER_NAME];
	size_t n = len < HEAD ? len : HEAD - 1;
	uint64_t number;
	int at = 0;

	memcpy(head, text, n);
	head[n] = '\0';
	if (sscanf(head, "r%" SCNx64, &number) == 1) {
		peer_ticked(l, number);
		return;
	}
	if (sscanf(head, "s%" SCNx64, &number) == 1) {
		peer_seen(l, number);
		return;
	}
	if (strcmp(head, "t") == 0) {
		peer_typing(l);
		return;
	}
	if (sscanf(head, "m%63[^ ] %" SCNx64 " %n", from, &number, &at) != 2 ||
	    at == 0)
		return;		/* not of this program */
	if (strcmp(from, l->user) == 0)
		return;		/* of a group, and its own */
	snprintf(l->from, sizeof(l->from), "%s", from);
	l->number = number;
	if (l->peers->conf.receipts)
		send_receipt(l, from, 'r', number);
	if (l->peers->conf.reads)
		send_receipt(l, from, 's', number);
	peer_message(l, text + at, len - (size_t)at);
}

static void
on_publish(struct link *l, const struct mqtt_packet *m)
{
	if (m->qos == 1)
		mqtt_put_puback(&l->stream.out, m->id);
	stream_dirty(&l->stream);
	on_payload(l, (const char *)m->payload, m->len);
}

static void
on_packet(struct link *l, const struct mqtt_packet *m)
{
	switch (m->type) {
	case MQTT_CONNACK:
		on_connack(l, m);
		break;
	case MQTT_SUBACK:
		on_suback(l, m);
		break;
	case MQTT_PUBACK:
		on_puback(l, m);
		break;
	case MQTT_PUBLISH:
		on_publish(l, m);
		break;
	default:
		peer_fail(l, "a packet that no client gets");
	}
}

static size_t
input(struct stream *s, const uint8_t *p, size_t n)
{
	struct link *l = (struct link *)s;
	struct mqtt_packet m;
	size_t at = 0;
	int len = 1;

	while (s->ssl != NULL && len > 0 && at < n) {
		len = mqtt_parse(p + at, n - at, &m);
		if (len < 0)
			peer_fail(l, "what the server sends is not MQTT");
		if (len <= 0)
			break;
		at += (size_t)len;
		on_packet(l, &m);
	}
	return at;
}

/* ---- the driver ---- */

static void
connected(struct stream *s)
{
	struct link *l = (struct link *)s;

	mqtt_put_connect(&s->out, l->user, l->peers->conf.password);
	stream_dirty(s);
}

static void
reset(struct link *l)
{
	memset(l->own, 0, sizeof(struct own));
}

static int
publish(struct link *l, const char *prefix, const char *to, const char *text,
    size_t len, uint64_t *n, char *why, size_t whylen)
{
	struct own *o = l->own;
	char head[HEAD];

	if (!l->stream.established || o->messages - o->acked >= IDS) {
		snprintf(why, whylen, "%s cannot send: %s", l->user,
		    l->stream.established ? "the server is too far behind" :
		    "not connected");
		return -1;
	}
	*n = ++l->sent;
	snprintf(head, sizeof(head), "m%s %" PRIx64 " ", l->user, *n);
	mqtt_put_publish(&l->stream.out, message_id(o->messages++), prefix, to,
	    head, text, len);
	stream_dirty(&l->stream);
	return 0;
}

static int
mqtt_send(struct link *l, const char *to, const char *text, size_t len,
    uint64_t *n, char *why, size_t whylen)
{
	return publish(l, TOPIC, to, text, len, n, why, whylen);
}

static int
mqtt_join(struct link *l, const char *group, char *why, size_t whylen)
{
	struct own *o = l->own;
	char topic[PEER_NAME + sizeof(GROUP)];

	if (!l->stream.established) {
		snprintf(why, whylen, "%s cannot join: not connected",
		    l->user);
		return -1;
	}
	snprintf(o->joining, sizeof(o->joining), "%s", group);
	snprintf(topic, sizeof(topic), GROUP "%s", o->joining);
	mqtt_put_subscribe(&l->stream.out, JOIN_ID, topic);
	stream_dirty(&l->stream);
	return 0;
}

static int
mqtt_post(struct link *l, const char *group, const char *text, size_t len,
    uint64_t *n, char *why, size_t whylen)
{
	return publish(l, GROUP, group, text, len, n, why, whylen);
}

static void
mqtt_seen(struct link *l)
{
	send_receipt(l, l->from, 's', l->number);
	stream_dirty(&l->stream);
}

static void
mqtt_type(struct link *l, const char *to)
{
	mqtt_put_signal(&l->stream.out, TOPIC, to, "t");
	stream_dirty(&l->stream);
}

static const struct peer_class class = {
	.stream = {.connected = connected, .input = input, .lost = peer_lost},
	.size = sizeof(struct own),
	.reset = reset,
	.forget = reset,
};

static void *
mqtt_start(const struct link_conf *conf, struct loop *loop, char *why,
    size_t whylen)
{
	return peers_start(conf, loop, &class, why, whylen);
}

const struct driver driver_mqtt = {
	.name = "mqtt",
	.port = 8883,
	.start = mqtt_start,
	.stop = peers_stop,
	.create = peer_create,
	.destroy = peer_destroy,
	.up = peer_up,
	.down = peer_down,
	.why = peer_why,
	.send = mqtt_send,
	.join = mqtt_join,
	.post = mqtt_post,
	.seen = mqtt_seen,
	.type = mqtt_type,
	.bytes = peer_bytes,
	.turn = peers_turn,
};

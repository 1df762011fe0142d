/* SPDX-License-Identifier: ISC */
/*
 * XMPP over direct TLS: SASL PLAIN, a resource, stream management (XEP-0198)
 * for the server's acknowledgements, receipts (XEP-0184) for ticks, markers
 * (XEP-0333) for what was read.  The server is asked what it has handled once
 * for each write, and not again before it has answered.  A group is a room
 * (XEP-0045), in which the name of the user is his nick; the room sends
 * everybody his own messages, too.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/bench/peer.h"
#include "src/bench/xmpp.h"

#define RESOURCE "bench"

struct own {
	struct xmpp_reader *reader;
	bool managed, asked;
	char joining[XMPP_NAME];	/* a room; "": none */
	uint32_t sent, got;	/* stanzas since management is on */
	struct bytes waiting;	/* the stanzas' numbers of messages that are
				 * not acknowledged: uint32_t each */
};

static const char *
domain(const struct link *l)
{
	const struct link_conf *c = &l->peers->conf;

	return c->domain != NULL ? c->domain : c->host;
}

/* ---- logging in ---- */

static void
new_stream(struct link *l)
{
	struct own *o = l->own;

	xmpp_reader_restart(o->reader);
	xmpp_put_stream(&l->stream.out, domain(l));
	stream_dirty(&l->stream);
}

static void
on_features(struct link *l, const struct xmpp_stanza *s)
{
	if (s->plain)
		xmpp_put_plain(&l->stream.out, l->user,
		    l->peers->conf.password);
	else if (strcmp(s->child, "mechanisms") == 0)
		peer_fail(l, "the server offers no SASL PLAIN");
	else if (!s->manage)
		peer_fail(l, "the server offers no stream management "
		    "(XEP-0198)");
	else
		xmpp_put_bind(&l->stream.out, RESOURCE);
}

static void
on_iq(struct link *l, const struct xmpp_stanza *s)
{
	bool bind = strcmp(s->id, "bind") == 0;

	if (bind && strcmp(s->type, "result") != 0)
		peer_fail(l, "the server gives it no resource");
	else if (bind)
		xmpp_put_enable(&l->stream.out);
	else if (strcmp(s->id, "ping") == 0)
		peer_ready(l);	/* what was stored came before */
}

static void
on_enabled(struct link *l)
{
	struct own *o = l->own;

	o->managed = true;
	xmpp_put_presence(&l->stream.out);
	xmpp_put_ping(&l->stream.out, domain(l));
	o->sent = 2;
}

/* ---- logged in ---- */

/* Who has said it, or who is there, in a room; "" if it is of no room. */
static const char *
nick(const struct xmpp_stanza *s)
{
	const char *slash = strchr(s->from, '/');

	return slash == NULL ? "" : slash + 1;
}

static void
on_presence(struct link *l, const struct xmpp_stanza *s)
{
	struct own *o = l->own;
	size_t n = strlen(o->joining);

	if (n == 0 || strncmp(s->from, o->joining, n) != 0 ||
	    s->from[n] != '@')
		return;
	if (strcmp(s->type, "error") == 0) {
		peer_fail(l, "the server does not let it into the room %s",
		    o->joining);
	} else if (strcmp(nick(s), l->user) == 0) {
		char room[XMPP_NAME];

		snprintf(room, sizeof(room), "%s", o->joining);
		o->joining[0] = '\0';
		peer_joined(l, room);
	}
}

static void
on_message(struct link *l, const struct xmpp_stanza *s)
{
	struct own *o = l->own;
	bool room = strcmp(s->type, "groupchat") == 0;

	if (s->received[0] != '\0') {
		peer_ticked(l, strtoull(s->received, NULL, 16));
		return;
	}
	if (s->displayed[0] != '\0') {
		peer_seen(l, strtoull(s->displayed, NULL, 16));
		return;
	}
	if (s->composing) {
		peer_typing(l);
		return;
	}
	if (strcmp(s->type, "error") == 0) {
		peer_fail(l, "a message came back from %s", s->from);
		return;
	}
	if (room && (s->body.n == 0 || strcmp(nick(s), l->user) == 0))
		return;		/* the room's subject, or its own */
	snprintf(l->from, sizeof(l->from), "%s", s->from);
	l->number = strtoull(s->id, NULL, 16);
	if (s->request) {
		xmpp_put_receipt(&l->stream.out, s->from, s->id);
		o->sent++;
	}
	if (s->request && l->peers->conf.reads) {
		xmpp_put_displayed(&l->stream.out, s->from, s->id);
		o->sent++;
	}
	peer_message(l, s->body.n == 0 ? "" : (char *)s->body.p, s->body.n);
}

static void
on_handled(struct link *l, uint32_t h)
{
	struct own *o = l->own;
	uint32_t stanza;
	size_t at = 0;

	o->asked = false;
	for (; at < o->waiting.n; at += sizeof(stanza)) {
		memcpy(&stanza, o->waiting.p + at, sizeof(stanza));
		if ((int32_t)(stanza - h) > 0)
			break;
		/* may put new ones behind those that wait */
		peer_acked(l);
	}
	bytes_drop(&o->waiting, at);
}

static void
on_stanza(void *arg, const struct xmpp_stanza *s)
{
	struct link *l = arg;
	struct own *o = l->own;
	bool message = strcmp(s->name, "message") == 0;

	if (l->stream.ssl == NULL)
		return;		/* it failed in between */
	if (message || strcmp(s->name, "iq") == 0 ||
	    strcmp(s->name, "presence") == 0)
		o->got += o->managed;
	if (message)
		on_message(l, s);
	else if (strcmp(s->name, "a") == 0)
		on_handled(l, s->h);
	else if (strcmp(s->name, "r") == 0)
		xmpp_put_answer(&l->stream.out, o->got);
	else if (strcmp(s->name, "iq") == 0)
		on_iq(l, s);
	else if (strcmp(s->name, "stream:features") == 0)
		on_features(l, s);
	else if (strcmp(s->name, "success") == 0)
		new_stream(l);
	else if (strcmp(s->name, "enabled") == 0)
		on_enabled(l);
	else if (strcmp(s->name, "presence") == 0)
		on_presence(l, s);
	else
		peer_fail(l, "the server says %s: %s", s->name, s->child);
	if (l->stream.ssl != NULL)
		stream_dirty(&l->stream);
}

static size_t
input(struct stream *s, const uint8_t *p, size_t n)
{
	struct link *l = (struct link *)s;
	struct own *o = l->own;

	if (xmpp_reader_feed(o->reader, p, n) != 0)
		peer_fail(l, "what the server sends is not XMPP");
	return n;
}

static void
flush(struct stream *s)
{
	struct own *o = ((struct link *)s)->own;

	if (!o->managed || o->asked || o->waiting.n == 0)
		return;
	o->asked = true;
	xmpp_put_request(&s->out);
}

/* ---- the driver ---- */

static void
connected(struct stream *s)
{
	new_stream((struct link *)s);
}

static void
forget(struct link *l)
{
	struct own *o = l->own;

	xmpp_reader_destroy(o->reader);
	bytes_free(&o->waiting);
	memset(o, 0, sizeof(*o));
}

static void
reset(struct link *l)
{
	struct own *o = l->own;

	forget(l);
	o->reader = xmpp_reader_create(on_stanza, l);
}

/* ID of the next message. */
static int
begin_message(struct link *l, char id[XMPP_NAME], uint64_t *n, char *why,
    size_t whylen)
{
	const struct own *o = l->own;

	if (!o->managed) {
		snprintf(why, whylen, "%s cannot send: not connected",
		    l->user);
		return -1;
	}
	*n = ++l->sent;
	snprintf(id, XMPP_NAME, "%" PRIx64, *n);
	return 0;
}

static int
end_message(struct link *l)
{
	struct own *o = l->own;

	o->sent++;
	bytes_put(&o->waiting, &o->sent, sizeof(o->sent));
	stream_dirty(&l->stream);
	return 0;
}

static int
xmpp_send(struct link *l, const char *to, const char *text, size_t len,
    uint64_t *n, char *why, size_t whylen)
{
	char id[XMPP_NAME];

	if (begin_message(l, id, n, why, whylen) != 0)
		return -1;
	xmpp_put_message(&l->stream.out, to, domain(l), id,
	    l->peers->conf.receipts, text, len);
	return end_message(l);
}

static int
xmpp_post(struct link *l, const char *group, const char *text, size_t len,
    uint64_t *n, char *why, size_t whylen)
{
	char id[XMPP_NAME];

	if (begin_message(l, id, n, why, whylen) != 0)
		return -1;
	xmpp_put_groupchat(&l->stream.out, group, domain(l), id, text, len);
	return end_message(l);
}

static int
xmpp_join(struct link *l, const char *group, char *why, size_t whylen)
{
	struct own *o = l->own;

	if (!o->managed || strlen(group) >= sizeof(o->joining)) {
		snprintf(why, whylen, "%s cannot join %s", l->user, group);
		return -1;
	}
	snprintf(o->joining, sizeof(o->joining), "%s", group);
	xmpp_put_join(&l->stream.out, group, domain(l), l->user);
	o->sent++;
	stream_dirty(&l->stream);
	return 0;
}

static void
xmpp_seen(struct link *l)
{
	struct own *o = l->own;
	char id[XMPP_NAME];

	snprintf(id, sizeof(id), "%" PRIx64, l->number);
	xmpp_put_displayed(&l->stream.out, l->from, id);
	o->sent++;
	stream_dirty(&l->stream);
}

static void
xmpp_type(struct link *l, const char *to)
{
	struct own *o = l->own;

	xmpp_put_composing(&l->stream.out, to, domain(l));
	o->sent++;
	stream_dirty(&l->stream);
}

static const struct peer_class class = {
	.stream = {.connected = connected, .input = input, .flush = flush,
	    .lost = peer_lost},
	.size = sizeof(struct own),
	.reset = reset,
	.forget = forget,
};

static void *
xmpp_start(const struct link_conf *conf, struct loop *loop, char *why,
    size_t whylen)
{
	return peers_start(conf, loop, &class, why, whylen);
}

const struct driver driver_xmpp = {
	.name = "xmpp",
	.port = 5223,
	.start = xmpp_start,
	.stop = peers_stop,
	.create = peer_create,
	.destroy = peer_destroy,
	.up = peer_up,
	.down = peer_down,
	.why = peer_why,
	.send = xmpp_send,
	.join = xmpp_join,
	.post = xmpp_post,
	.seen = xmpp_seen,
	.type = xmpp_type,
	.bytes = peer_bytes,
	.turn = peers_turn,
};

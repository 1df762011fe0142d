/* SPDX-License-Identifier: ISC */
#include "src/bench/peer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/bench/tcp_bytes.h"

/* ---- what happens ---- */

static void
tell(struct link *l, const struct link_event *e)
{
	const struct link_conf *conf = &l->peers->conf;

	conf->event(conf->arg, l->owner, e);
}

void
peer_ready(struct link *l)
{
	const struct link_event e = {.type = LINK_READY};

	tell(l, &e);
}

void
peer_message(struct link *l, const void *text, size_t len)
{
	const struct link_event e = {.type = LINK_MESSAGE, .text = text,
	    .len = len};

	tell(l, &e);
}

void
peer_joined(struct link *l, const char *group)
{
	const struct link_event e = {.type = LINK_JOINED, .text = group,
	    .len = strlen(group)};

	tell(l, &e);
}

void
peer_typing(struct link *l)
{
	const struct link_event e = {.type = LINK_TYPING};

	tell(l, &e);
}

static void
tell_position(struct link *l, enum link_event_type type, uint64_t position)
{
	const struct link_event e = {.type = type, .position = position};

	tell(l, &e);
}

void
peer_acked(struct link *l)
{
	struct link_event e = {.type = LINK_SENT};

	if (l->acked == l->sent) {
		peer_fail(l, "an acknowledgement for nothing");
		return;
	}
	e.n = e.position = ++l->acked;
	tell(l, &e);
	if (l->ticked >= e.n)	/* the receipt was faster */
		tell_position(l, LINK_TICK, l->ticked);
	if (l->seen >= e.n)
		tell_position(l, LINK_READ, l->seen);
}

void
peer_ticked(struct link *l, uint64_t n)
{
	if (n != l->ticked + 1 || n > l->sent)
		return;
	l->ticked = n;
	tell_position(l, LINK_TICK, n);
}

void
peer_seen(struct link *l, uint64_t n)
{
	if (n != l->seen + 1 || n > l->sent)
		return;
	l->seen = n;
	tell_position(l, LINK_READ, n);
}

void
peer_lost(struct stream *s, const char *why)
{
	struct link *l = (struct link *)s;
	char text[2 * PEER_WHY];
	struct link_event e = {.type = LINK_FAILED, .why = text};

	if (why != l->why)
		snprintf(l->why, sizeof(l->why), "%s", why);
	snprintf(text, sizeof(text), "%s: %s", l->user, l->why);
	tell(l, &e);
}

void
peer_fail(struct link *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->why, sizeof(l->why), fmt, ap);
	va_end(ap);
	stream_fail(&l->stream, l->why);
}

/* ---- life ---- */

void *
peers_start(const struct link_conf *conf, struct loop *loop,
    const struct peer_class *class, char *why, size_t whylen)
{
	struct peers *p = calloc(1, sizeof(*p));

	if (p == NULL)
		abort();
	p->conf = *conf;
	p->class = class;
	p->streams = streams_create(conf, loop, &class->stream, why, whylen);
	if (p->streams != NULL)
		return p;
	free(p);
	return NULL;
}

void
peers_stop(void *peers)
{
	struct peers *p = peers;

	if (p == NULL)
		return;
	streams_destroy(p->streams);
	free(p);
}

struct link *
peer_create(void *peers, const char *user, unsigned index, void *owner,
    char *why, size_t whylen)
{
	struct peers *p = peers;
	struct link *l = calloc(1, sizeof(*l));

	if (l != NULL)
		l->own = calloc(1, p->class->size);
	if (l == NULL || l->own == NULL) {
		snprintf(why, whylen, "out of memory");
		free(l);
		return NULL;
	}
	stream_init(&l->stream, p->streams, index);
	l->peers = p;
	l->owner = owner;
	snprintf(l->user, sizeof(l->user), "%s", user);
	l->sent = l->acked = l->ticked = l->seen =
	    (uint64_t)loop_clock() / 1000;
	return l;
}

void
peer_destroy(struct link *l)
{
	if (l == NULL)
		return;
	stream_fini(&l->stream);
	l->peers->class->forget(l);
	free(l->own);
	free(l);
}

int
peer_up(struct link *l, char *why, size_t whylen)
{
	l->why[0] = '\0';
	l->peers->class->reset(l);
	return stream_up(&l->stream, why, whylen);
}

void
peer_down(struct link *l)
{
	stream_down(&l->stream);
}

const char *
peer_why(const struct link *l)
{
	return l->why;
}

void
peer_bytes(const struct link *l, struct link_bytes *b)
{
	b->out = l->stream.bytes_out;
	b->in = l->stream.bytes_in;
	tcp_bytes(l->stream.fd, &b->wire_out, &b->wire_in);
}

int64_t
peers_turn(void *peers)
{
	const struct peers *p = peers;

	streams_turn(p->streams);
	return INT64_MAX;
}

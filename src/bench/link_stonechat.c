/* SPDX-License-Identifier: ISC */
/*
 * Stonechat's own protocol: an engine and a TLS driver of libstonechat for
 * each user.  The state is kept in memory only: what a user has sent and
 * received is forgotten with the program, but not with a connection.
 */
#include "src/bench/link_stonechat.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "protocol/frame.h"
#include "protocol/stanza.h"
#include "src/bench/tcp_bytes.h"

enum {
	SWEEP_NS = 20000000,	/* how exactly timers of the protocol are met */
	MILLISECOND = 1000000,
	RETRY_MS = 100
};

/* ---- a state that is kept nowhere ---- */

static int
state_load(void *arg, int (*record)(void *, const void *, size_t),
    void *engine)
{
	(void)arg;
	(void)record;
	(void)engine;
	return 0;
}

static int
state_append(void *arg, const void *p, size_t n)
{
	(void)arg;
	(void)p;
	(void)n;
	return 0;
}

static int
state_sync(void *arg)
{
	(void)arg;
	return 0;
}

static int
state_replace(void *arg, int (*fill)(void *, int (*)(void *, const void *,
    size_t), void *), void *engine)
{
	(void)arg;
	(void)fill;
	(void)engine;
	return 0;
}

/* ---- the wire ---- */

/* A frame that is not deflated, as all are but pages and lists. */
static void
on_stanza(void *arg, bool sent, const void *body, size_t n, int64_t base)
{
	const struct stanza_ctx ctx = {.base_time = base};
	struct link *l = arg;
	const struct link_conf *conf = &l->shared->conf;
	struct arena a;
	struct elem e;
	struct buf frame;

	buf_init(&frame, 0);
	arena_init(&a, 0);
	frame_put(&frame, slice_of(body, n), false);
	*(sent ? &l->bytes.out : &l->bytes.in) += frame.len;
	if (stanza_decode(&ctx, slice_of(body, n), &a, &e) == 0)
		conf->stanza(conf->arg, l->owner, sent, tag_name(e.tag),
		    frame.len);
	arena_fini(&a);
	buf_fini(&frame);
}

static void
stonechat_bytes(const struct link *l, struct link_bytes *b)
{
	*b = l->bytes;
	tcp_bytes(l->watch.set ? l->watch.fd : -1, &b->wire_out, &b->wire_in);
}

/* ---- turns ---- */

void
stonechat_wants_a_turn(struct link *l)
{
	if (l->dirty)
		return;
	l->dirty = true;
	l->next_dirty = l->shared->dirty;
	l->shared->dirty = l;
}

static void
note_online(struct link *l)
{
	bool online = sc_client_online(l->client);

	if (l->online && !online)
		stonechat_tell_why(l, LINK_LOST, sc_driver_why(l->driver));
	l->online = online;
}

static void
failed(struct link *l, int rc)
{
	const char *why = sc_driver_why(l->driver);

	(void)loop_watch(l->shared->loop, &l->watch, -1, false, false);
	l->due = INT64_MAX;
	stonechat_tell_why(l, LINK_FAILED,
	    *why == '\0' ? sc_code_text(rc) : why);
}

/* Lets the driver do what is due, and waits for what it wants. */
static void
settle(struct link *l)
{
	struct sc_driver_wait w;
	int rc;

	if (l->driver == NULL)
		return;
	rc = sc_driver_poll(l->driver, &w);
	note_online(l);
	if (rc != 0) {
		failed(l, rc);
		return;
	}
	rc = loop_watch(l->shared->loop, &l->watch, w.fd, w.readable,
	    w.writable);
	if (rc != 0) {
		stonechat_tell_why(l, LINK_FAILED, strerror(rc));
		return;
	}
	l->due = w.timeout_ms < 0 ? INT64_MAX :
	    loop_clock() + (int64_t)w.timeout_ms * MILLISECOND;
}

static void
step(struct link *l, bool readable, bool writable)
{
	int rc;

	if (l->driver == NULL)
		return;
	rc = sc_driver_step(l->driver, readable, writable);
	note_online(l);
	if (rc != 0)
		failed(l, rc);
	else
		stonechat_wants_a_turn(l);
}

static void
on_ready(struct watch *w, bool readable, bool writable)
{
	step((struct link *)w, readable, writable);
}

/* Steps those whose time has come; whether any has a time at all. */
static bool
sweep(struct stonechat *s, int64_t now)
{
	bool any = false;

	for (struct link *l = s->links; l != NULL; l = l->next) {
		if (l->driver == NULL || l->due == INT64_MAX)
			continue;
		any = true;
		if (l->due <= now)
			step(l, false, false);
	}
	return any;
}

static int64_t
stonechat_turn(void *shared)
{
	struct stonechat *s = shared;
	int64_t now = loop_clock();
	struct link *l;

	if (now >= s->sweep_at)
		s->sweep_at = sweep(s, now) ? now + SWEEP_NS : INT64_MAX;
	while ((l = s->dirty) != NULL) {
		s->dirty = l->next_dirty;
		l->dirty = false;
		settle(l);
		if (l->due != INT64_MAX && s->sweep_at == INT64_MAX)
			s->sweep_at = now + SWEEP_NS;
		if (l->due <= now)
			s->sweep_at = now;
	}
	return s->sweep_at;
}

/* ---- links ---- */

static struct sc_client_conf
client_conf(const struct link_conf *conf, const char *user, struct link *l)
{
	return (struct sc_client_conf){
	    .user = user, .password = conf->password, .device = "bench",
	    .event = stonechat_event, .event_arg = l,
	    .random = sc_driver_random,
	    .plain = !conf->compress, .backoff_min_ms = 1,
	    .tap = conf->stanza != NULL && l != NULL ? on_stanza : NULL,
	    .tap_arg = l,
	    .backoff_max_ms = RETRY_MS,
	    .state = {.load = state_load, .append = state_append,
	    .sync = state_sync, .replace = state_replace}};
}

static int
make_driver(const struct stonechat *s, struct sc_client *client, unsigned index,
    struct sc_driver **d, char *why, size_t whylen)
{
	char local[INET_ADDRSTRLEN];
	struct in_addr a;
	struct sc_driver_conf conf = {.host = s->conf.host,
	    .port = s->conf.port, .ca_file = s->conf.ca_file,
	    .insecure = s->conf.insecure, .like = s->setup};

	if (s->conf.sources > 0) {
		a.s_addr = htonl(INADDR_LOOPBACK + index % s->conf.sources);
		conf.local = inet_ntop(AF_INET, &a, local, sizeof(local));
	}
	return sc_driver_create(&conf, client, d, why, whylen);
}

static void
stonechat_stop(void *shared)
{
	struct stonechat *s = shared;

	if (s == NULL)
		return;
	sc_driver_destroy(s->setup);
	sc_client_destroy(s->nobody);
	free(s);
}

static void *
stonechat_start(const struct link_conf *conf, struct loop *loop, char *why,
    size_t whylen)
{
	struct sc_client_conf nobody = client_conf(conf, "nobody", NULL);
	struct stonechat *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		snprintf(why, whylen, "out of memory");
		return NULL;
	}
	s->conf = *conf;
	s->loop = loop;
	s->sweep_at = INT64_MAX;
	if (sc_client_create(&nobody, &s->nobody, why, whylen) == 0 &&
	    make_driver(s, s->nobody, 0, &s->setup, why, whylen) == 0)
		return s;
	stonechat_stop(s);
	return NULL;
}

static void
unlink_dirty(struct link *l)
{
	struct link **p = &l->shared->dirty;

	while (l->dirty && *p != l)
		p = &(*p)->next_dirty;
	if (l->dirty)
		*p = l->next_dirty;
	l->dirty = false;
}

/* The driver stays, and with it the TLS session; it sees that the connection
 * has ended, and is not asked to do anything about it. */
static void
stonechat_down(struct link *l)
{
	if (l->driver == NULL)
		return;
	unlink_dirty(l);
	if (l->watch.set)
		(void)shutdown(l->watch.fd, SHUT_RDWR);
	(void)sc_driver_step(l->driver, true, true);
	(void)loop_watch(l->shared->loop, &l->watch, -1, false, false);
	l->due = INT64_MAX;
	l->online = false;
}

static void
stonechat_destroy(struct link *l)
{
	if (l == NULL)
		return;
	(void)loop_watch(l->shared->loop, &l->watch, -1, false, false);
	unlink_dirty(l);
	sc_driver_destroy(l->driver);
	*l->link = l->next;
	if (l->next != NULL)
		l->next->link = l->link;
	sc_client_destroy(l->client);
	stonechat_forget_groups(l);
	free(l);
}

static struct link *
stonechat_create(void *shared, const char *user, unsigned index, void *owner,
    char *why, size_t whylen)
{
	struct stonechat *s = shared;
	struct link *l = calloc(1, sizeof(*l));
	struct sc_client_conf conf = client_conf(&s->conf, user, l);

	if (l == NULL || sc_client_create(&conf, &l->client, why,
	    whylen) != 0) {
		if (l == NULL)
			snprintf(why, whylen, "out of memory");
		free(l);
		return NULL;
	}
	l->watch.ready = on_ready;
	l->shared = s;
	l->index = index;
	l->owner = owner;
	l->due = INT64_MAX;
	snprintf(l->user, sizeof(l->user), "%s", user);
	l->next = s->links;
	l->link = &s->links;
	if (l->next != NULL)
		l->next->link = &l->next;
	s->links = l;
	return l;
}

static int
stonechat_up(struct link *l, char *why, size_t whylen)
{
	int rc = 0;

	if (l->driver == NULL)
		rc = make_driver(l->shared, l->client, l->index, &l->driver,
		    why, whylen);
	if (rc == 0)
		stonechat_wants_a_turn(l);
	return rc;
}

static const char *
stonechat_why(const struct link *l)
{
	return l->driver == NULL ? "" : sc_driver_why(l->driver);
}

static int
stonechat_send(struct link *l, const char *to, const char *text, size_t len,
    uint64_t *n, char *why, size_t whylen)
{
	int rc;

	*n = 0;
	rc = sc_client_send(l->client, to, text, len, n);
	if (rc == 0)
		stonechat_wants_a_turn(l);
	else
		snprintf(why, whylen, "%s cannot send to %s: %s", l->user, to,
		    sc_code_text(rc));
	return rc;
}

static int
stonechat_post(struct link *l, const char *group, const char *text,
    size_t len, uint64_t *n, char *why, size_t whylen)
{
	const struct joined *j = stonechat_group(l, group);

	if (j != NULL)
		return stonechat_send(l, j->chat, text, len, n, why, whylen);
	snprintf(why, whylen, "%s is not in %s", l->user, group);
	return -1;
}

static void
stonechat_seen(struct link *l)
{
	(void)sc_client_read(l->client, l->chat, l->seq);
	stonechat_wants_a_turn(l);
}

static void
stonechat_type(struct link *l, const char *to)
{
	(void)sc_client_typing(l->client, to, SC_ACTIVITY_COMPOSING);
	stonechat_wants_a_turn(l);
}

/* The engine does not know of it, and its own are rare. */
static void
stonechat_ping(struct link *l)
{
	const struct stanza_ctx ctx = {.base_time =
	    sc_client_base(l->client)};
	struct elem_buf ping;
	struct buf body;

	elem_begin(&ping, TAG_PING);
	buf_init(&body, 0);
	if (stanza_encode(&ctx, &ping.e, &body) == 0)
		(void)sc_client_put(l->client, buf_slice(&body).p,
		    buf_slice(&body).len);
	buf_fini(&body);
	stonechat_wants_a_turn(l);
}

static void
stonechat_show(struct link *l, bool away)
{
	(void)sc_client_show(l->client, away ? SC_SHOW_AWAY : SC_SHOW_ONLINE);
	stonechat_wants_a_turn(l);
}

static int
stonechat_page(struct link *l)
{
	char chat[LINK_CHAT];

	if (l->page != 0 || l->chat == 0)
		return -1;
	snprintf(chat, sizeof(chat), "%llu", (unsigned long long)l->chat);
	if (sc_client_history(l->client, chat, NULL, &l->page) != 0)
		return -1;
	l->paged = loop_clock();
	stonechat_wants_a_turn(l);
	return 0;
}

static void
stonechat_look(struct link *l, const char *user)
{
	(void)sc_client_watch(l->client, user, true);
	stonechat_wants_a_turn(l);
}

const struct driver driver_stonechat = {
	.name = "stonechat",
	.port = 5290,
	.start = stonechat_start,
	.stop = stonechat_stop,
	.create = stonechat_create,
	.destroy = stonechat_destroy,
	.up = stonechat_up,
	.down = stonechat_down,
	.why = stonechat_why,
	.send = stonechat_send,
	.make = stonechat_make,
	.post = stonechat_post,
	.look = stonechat_look,
	.seen = stonechat_seen,
	.type = stonechat_type,
	.ping = stonechat_ping,
	.show = stonechat_show,
	.page = stonechat_page,
	.bytes = stonechat_bytes,
	.turn = stonechat_turn,
};

/* SPDX-License-Identifier: ISC */
/* What the limit's server is given to do, and what it took. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/bench/hist.h"
#include "src/bench/link.h"
#include "src/bench/proc.h"
#include "src/bench/report.h"
#include "src/bench/stream.h"
#include "tests/bench/limit.h"

#define SECOND INT64_C(1000000000)

struct client {
	struct stream stream;	/* first: a stream is a client */
	struct load *load;
	uint64_t index;
	bool ready;		/* the server has said its byte */
	uint64_t unanswered;	/* bytes that came since it last answered */
	int64_t since;		/* when it began to connect */
};

struct group {
	uint64_t missing;	/* bytes that are to arrive of this round */
	int64_t since;
	bool touched;
};

struct load {
	const struct limits *limits;
	struct limit_server server;
	struct loop *loop;
	struct streams *streams;
	struct client *clients;
	struct group *groups;
	uint64_t n, members, ready;
	uint64_t answer;	/* bytes that are answered together; 0: none */
	uint64_t bytes, answers, handshakes, resumed;
	struct hist times;
	bool going;
};

/* ---- the server's clock ---- */

struct moment {
	int64_t ns, cpu_us;
};

static struct moment
look(const struct load *l)
{
	struct moment m = {.ns = loop_clock()};

	if (!proc_cpu_us(l->server.pid, &m.cpu_us))
		limit_die("the server is gone");
	return m;
}

/* Whether there is enough for a figure: on a machine that is busy the time may
 * be over before the server has done anything that its clock shows. */
static bool
enough(const struct load *l, uint64_t n, struct moment from)
{
	return n > 0 && look(l).cpu_us > from.cpu_us;
}

static void
report_done(const struct load *l, struct report *to, const char *what,
    uint64_t n, struct moment from)
{
	struct moment now = look(l);
	double seconds = (double)(now.ns - from.ns) / 1e9;
	double cpu = (double)(now.cpu_us - from.cpu_us) / 1e6;
	char key[64];

	report_number(to, "seconds", seconds, 2, "");
	report_count(to, what, n);
	snprintf(key, sizeof(key), "%s_per_s", what);
	report_number(to, key, (double)n / seconds, 0, "");
	snprintf(key, sizeof(key), "server_cpu_per_1000_%s", what);
	report_number(to, key, n == 0 ? 0 : cpu * 1e6 / (double)n, 2, "ms");
	snprintf(key, sizeof(key), "%s_per_server_cpu_s", what);
	report_number(to, key, cpu > 0 ? (double)n / cpu : 0, 0, "");
}

/* ---- all clients ---- */

static void
lost(struct stream *s, const char *why)
{
	(void)s;
	limit_die(why);
}

static void
up(struct client *c)
{
	char why[256];

	c->since = loop_clock();
	if (stream_up(&c->stream, why, sizeof(why)) != 0)
		limit_die(why);
}

static void
start(struct load *l, const struct stream_class *class, uint64_t n)
{
	struct link_conf conf = {.host = "127.0.0.1", .insecure = true};
	char why[256];

	l->n = n;
	limit_server_start(&l->server, l->limits, n, l->members);
	conf.port = l->server.port;
	l->loop = loop_create();
	l->clients = calloc(n, sizeof(*l->clients));
	if (l->loop == NULL || l->clients == NULL)
		limit_die("out of memory");
	l->streams = streams_create(&conf, l->loop, class, why, sizeof(why));
	if (l->streams == NULL)
		limit_die(why);
	for (uint64_t i = 0; i < n; i++) {
		l->clients[i].load = l;
		l->clients[i].index = i;
		stream_init(&l->clients[i].stream, l->streams, (unsigned)i);
	}
}

static void
stop(struct load *l)
{
	for (uint64_t i = 0; i < l->n; i++)
		stream_fini(&l->clients[i].stream);
	streams_destroy(l->streams);
	loop_destroy(l->loop);
	limit_server_stop(&l->server);
	free(l->clients);
	free(l->groups);
}

static void
turn(struct load *l, int64_t until)
{
	streams_turn(l->streams);
	loop_turn(l->loop, until);
}

/* ---- relay ---- */

static void
relay_connected(struct stream *s)
{
	const struct client *c = (struct client *)s;
	uint8_t hello[HELLO_SIZE] = {0, HELLO_SIZE};
	uint32_t index = (uint32_t)c->index;

	memcpy(hello + FRAME_HEAD, &index, sizeof(index));
	bytes_put(&s->out, hello, sizeof(hello));
	stream_dirty(s);
}

/* A window of frames; the next one when all of it has arrived. */
static void
send_round(struct load *l, uint64_t group)
{
	const struct limits *conf = l->limits;
	struct stream *s = &l->clients[group * l->members].stream;
	uint8_t frame[FRAME_MAX];

	memset(frame, 'x', sizeof(frame));
	frame[0] = (uint8_t)(conf->size >> 8);
	frame[1] = (uint8_t)conf->size;
	for (uint64_t i = 0; i < conf->window; i++)
		bytes_put(&s->out, frame, conf->size);
	l->groups[group].missing = conf->window * conf->size *
	    (l->members - 1);
	l->groups[group].since = loop_clock();
	stream_dirty(s);
}

static void
answer(struct load *l, struct client *c, uint64_t bytes)
{
	static const uint8_t frame[ANSWER_SIZE] = {0, ANSWER_SIZE};

	c->unanswered += bytes;
	if (l->answer == 0 || c->unanswered < l->answer)
		return;
	c->unanswered = 0;
	l->answers++;
	bytes_put(&c->stream.out, frame, sizeof(frame));
	stream_dirty(&c->stream);
}

static size_t
relay_input(struct stream *s, const uint8_t *p, size_t n)
{
	struct client *c = (struct client *)s;
	struct load *l = c->load;
	struct group *g = &l->groups[c->index / l->members];
	size_t count = n;

	(void)p;
	if (!c->ready) {
		c->ready = true;
		l->ready++;
		count--;
	}
	if (count == 0 || !l->going)
		return n;
	l->bytes += count;
	answer(l, c, count);
	g->missing -= count;
	if (g->missing == 0) {
		hist_add(&l->times, loop_clock() - g->since);
		send_round(l, c->index / l->members);
	}
	return n;
}

void
limit_relay(const struct limits *conf, uint64_t groups, uint64_t members,
    uint64_t answer, struct report *to)
{
	static const struct stream_class class = {
		.connected = relay_connected,
		.input = relay_input,
		.lost = lost,
	};
	struct load l = {.limits = conf, .members = members,
	    .answer = answer * conf->size};
	struct moment from;
	int64_t until;

	hist_init(&l.times);
	l.groups = calloc(groups, sizeof(*l.groups));
	if (l.groups == NULL)
		limit_die("out of memory");
	start(&l, &class, groups * members);
	for (uint64_t i = 0; i < l.n; i++) {
		up(&l.clients[i]);
		while (!l.clients[i].ready)
			turn(&l, INT64_MAX);
	}
	from = look(&l);
	until = from.ns + (int64_t)conf->seconds * SECOND;
	l.going = true;
	for (uint64_t i = 0; i < groups; i++)
		send_round(&l, i);
	while (loop_clock() < until ||
	    !enough(&l, l.bytes / conf->size, from))
		turn(&l, loop_clock() < until ? until : INT64_MAX);
	report_count(to, "groups", groups);
	report_count(to, "members", members);
	report_count(to, "window", conf->window);
	report_count(to, "frame_bytes", conf->size);
	report_done(&l, to, "frames", l.bytes / conf->size, from);
	report_count(to, "answers", l.answers);
	report_times(to, "round", &l.times);
	stop(&l);
}

/* ---- handshakes ---- */

static void
hand_connected(struct stream *s)
{
	(void)s;
}

static size_t
hand_input(struct stream *s, const uint8_t *p, size_t n)
{
	struct client *c = (struct client *)s;
	struct load *l = c->load;

	(void)p;
	l->handshakes++;
	l->resumed += stream_resumed(s);
	hist_add(&l->times, loop_clock() - c->since);
	c->ready = true;
	return n;
}

/* The connection has served: the next one. */
static void
again(struct client *c, bool resumed)
{
	c->ready = false;
	if (resumed)
		stream_down(&c->stream);
	else
		stream_fini(&c->stream);
	up(c);
}

void
limit_handshakes(const struct limits *conf, bool resumed, struct report *to)
{
	static const struct stream_class class = {
		.connected = hand_connected,
		.input = hand_input,
		.lost = lost,
	};
	struct load l = {.limits = conf};
	struct moment from;
	int64_t until;

	hist_init(&l.times);
	start(&l, &class, conf->at_once);
	for (uint64_t i = 0; i < l.n; i++)
		up(&l.clients[i]);
	while (l.handshakes < l.n)	/* the first cannot be resumed */
		turn(&l, INT64_MAX);
	l.handshakes = l.resumed = 0;
	hist_init(&l.times);
	from = look(&l);
	until = from.ns + (int64_t)conf->seconds * SECOND;
	while (loop_clock() < until || !enough(&l, l.handshakes, from)) {
		for (uint64_t i = 0; i < l.n; i++)
			if (l.clients[i].ready)
				again(&l.clients[i], resumed);
		turn(&l, loop_clock() < until ? until : INT64_MAX);
	}
	report_count(to, "at_once", conf->at_once);
	report_done(&l, to, "handshakes", l.handshakes, from);
	report_count(to, "resumed", l.resumed);
	report_times(to, "handshake", &l.times);
	stop(&l);
}

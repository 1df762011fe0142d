/* SPDX-License-Identifier: ISC */
/*
 * wire: what things cost in bytes.  One user sends to another one, who marks it
 * as read; then he types.  One thing after the other, with a pause, in which
 * what is still under way arrives.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/bench/loop.h"
#include "src/bench/pair.h"
#include "src/bench/report.h"
#include "src/bench/run.h"

#define SECOND INT64_C(1000000000)
#define PAUSE (SECOND / 50)

enum {
	TYPINGS = 10,		/* servers limit them */
	/* what a thing waits for */
	WAITS_ACK = 1, WAITS_MESSAGE = 2, WAITS_TICK = 4, WAITS_READ = 8,
	WAITS_TYPING = 16
};

static const struct what {
	const char *name;
	unsigned waits;
} things[TRAFFICS] = {
	[TRAFFIC_MESSAGE] = {"message", WAITS_ACK | WAITS_MESSAGE |
	    WAITS_TICK},
	[TRAFFIC_READ] = {"read", WAITS_READ},
	[TRAFFIC_TYPING] = {"typing", WAITS_TYPING},
};

struct state {
	struct user *from, *to;
	enum thing doing;
	unsigned waits;		/* of it */
	bool going, over;
	int64_t deadline;
	struct link_bytes before_from, before_to;
};

static uint64_t
wire_users(const struct conf *c)
{
	(void)c;
	return 2;
}

static void
prepare(struct gen *g)
{
	struct state *s = g->state = gen_alloc(g, 1, sizeof(*s));

	s->from = gen_add_user(g, 0, NULL);
	s->to = gen_add_user(g, 1, NULL);
}

static void
end(struct gen *g)
{
	free(g->state);
}

static void
look(const struct gen *g, struct link_bytes *from, struct link_bytes *to)
{
	const struct state *s = g->state;

	g->conf->driver->bytes(s->from->link, from);
	g->conf->driver->bytes(s->to->link, to);
}

/* ---- one thing ---- */

static void
send_one(struct gen *g)
{
	struct state *s = g->state;
	char text[PAIR_TEXT_MAX];
	uint64_t n;

	pair_text(g->conf, text, 0, g->tally->traffic[TRAFFIC_MESSAGE].n,
	    loop_clock());
	if (gen_send(g, s->from, s->to->name, text, g->conf->size, &n))
		tally_add(g->tally, COUNT_SENT, 1);
}

static void
do_one(struct gen *g)
{
	struct state *s = g->state;
	const struct driver *d = g->conf->driver;

	look(g, &s->before_from, &s->before_to);
	s->waits = things[s->doing].waits;
	s->over = false;
	s->deadline = loop_clock() + (int64_t)g->conf->patience * SECOND;
	gen_wake_at(g, s->deadline);
	if (s->doing == TRAFFIC_MESSAGE)
		send_one(g);
	else if (s->doing == TRAFFIC_READ)
		d->seen(s->to->link);
	else
		d->type(s->from->link, s->to->name);
}

static void
add(struct link_bytes *sum, const struct link_bytes *a,
    const struct link_bytes *b)
{
	sum->out += b->out - a->out;
	sum->in += b->in - a->in;
	sum->wire_out += b->wire_out - a->wire_out;
	sum->wire_in += b->wire_in - a->wire_in;
}

static void
note(struct gen *g)
{
	struct state *s = g->state;
	struct traffic *t = &g->tally->traffic[s->doing];
	struct link_bytes from, to;

	look(g, &from, &to);
	add(&t->from, &s->before_from, &from);
	add(&t->to, &s->before_to, &to);
	t->n++;
}

/* A message and then its being read, in turn; then the rest.  False: all is
 * done. */
static bool
next(struct gen *g)
{
	const struct traffic *t = g->tally->traffic;
	struct state *s = g->state;

	if (s->doing == TRAFFIC_MESSAGE)
		s->doing = TRAFFIC_READ;
	else if (t[TRAFFIC_READ].n < g->conf->messages)
		s->doing = TRAFFIC_MESSAGE;
	else
		s->doing = TRAFFIC_TYPING;
	return s->doing != TRAFFIC_TYPING || t[TRAFFIC_TYPING].n < TYPINGS;
}

/* ---- the stage ---- */

static void
begin(struct gen *g)
{
	struct state *s = g->state;

	s->going = true;
	do_one(g);
}

/* The pause is over, or the time to wait for something. */
static void
wake(struct gen *g)
{
	struct state *s = g->state;

	if (!s->over) {
		tally_add(g->tally, COUNT_MISSING, 1);
		gen_stage_done(g);
		return;
	}
	note(g);
	if (next(g))
		do_one(g);
	else
		gen_stage_done(g);
}

static void
happened(struct gen *g, unsigned what)
{
	struct state *s = g->state;

	if (!s->going || s->over || (s->waits & what) == 0)
		return;
	s->waits &= ~what;
	if (s->waits != 0)
		return;
	s->over = true;
	gen_wake_at(g, loop_clock() + PAUSE);
}

static void
event(struct gen *g, struct user *u, const struct link_event *e)
{
	const struct state *s = g->state;
	uint64_t pair, place;
	int64_t since;

	if (u == s->to && e->type == LINK_MESSAGE) {
		if (!pair_parse(g->conf, e, &pair, &place, &since)) {
			tally_add(g->tally, COUNT_OLD, 1);
			return;
		}
		tally_add(g->tally, COUNT_RECEIVED, 1);
		happened(g, WAITS_MESSAGE);
	} else if (u == s->to && e->type == LINK_TYPING) {
		happened(g, WAITS_TYPING);
	} else if (u == s->from && e->type == LINK_SENT) {
		tally_add(g->tally, COUNT_ACKED, 1);
		happened(g, WAITS_ACK);
	} else if (u == s->from && e->type == LINK_REFUSED) {
		tally_add(g->tally, COUNT_REFUSED, 1);
	} else if (u == s->from && e->type == LINK_TICK) {
		happened(g, WAITS_TICK);
	} else if (u == s->from && e->type == LINK_READ) {
		happened(g, WAITS_READ);
	}
}

static void
stanza(struct gen *g, struct user *u, bool sent, const char *name,
    size_t bytes)
{
	const struct state *s = g->state;
	struct stanza_bytes *t = g->tally->stanzas;

	(void)u;
	if (!s->going)
		return;
	for (unsigned i = 0; i < STANZAS_MAX; i++, t++) {
		if (t->name[0] == '\0') {
			snprintf(t->name, sizeof(t->name), "%s", name);
			t->sent = sent;
		}
		if (t->sent != sent || strcmp(t->name, name) != 0)
			continue;
		t->n++;
		t->bytes += bytes;
		return;
	}
}

/* ---- the report ---- */

static void
report_one(struct report *to, const char *thing, const char *what,
    uint64_t bytes, uint64_t n)
{
	char key[64];

	snprintf(key, sizeof(key), "%s_%s", thing, what);
	report_number(to, key, (double)bytes / (double)n, 1, "");
}

static void
report_traffic(struct report *to, const char *name, const struct traffic *t)
{
	const struct link_bytes *a = &t->from, *b = &t->to;

	report_one(to, name, "bytes", a->out + a->in + b->out + b->in, t->n);
	report_one(to, name, "bytes_tls", a->wire_out + a->wire_in +
	    b->wire_out + b->wire_in, t->n);
	report_one(to, name, "sender_sends", a->out, t->n);
	report_one(to, name, "sender_gets", a->in, t->n);
	report_one(to, name, "recipient_gets", b->in, t->n);
	report_one(to, name, "recipient_sends", b->out, t->n);
}

static void
report(const struct run *r, struct report *to)
{
	const struct tally *t = r->tally;
	char key[32];

	for (unsigned i = 0; i < TRAFFICS; i++)
		if (t->traffic[i].n > 0)
			report_traffic(to, things[i].name, &t->traffic[i]);
	for (unsigned i = 0; i < STANZAS_MAX && t->stanzas[i].n > 0; i++) {
		const struct stanza_bytes *s = &t->stanzas[i];

		snprintf(key, sizeof(key), "stanza_%s_%s", s->name, s->sent ?
		    "out" : "in");
		report_number(to, key, (double)s->bytes / (double)s->n, 1, "");
	}
}

static const struct stage stages[] = {
	{"log in", gen_login_all, gen_login_late},
	{"exchange", begin, wake},
	{NULL, NULL, NULL},
};

const struct mode mode_wire = {
	.name = "wire",
	.help = "bytes of a message and its ticks, of reading, of typing",
	.receipts = true,
	.alone = true,
	.users = wire_users,
	.prepare = prepare,
	.end = end,
	.stages = stages,
	.event = event,
	.stanza = stanza,
	.report = report,
};

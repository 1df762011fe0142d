/* SPDX-License-Identifier: ISC */
/* What clients say to each other, and what they see of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenario/person_step.h"

enum { TEXT_MAX = 256 };

/* ---- sending ---- */

static int
send_one(struct person *p, const char *to, const char *text, uint64_t n)
{
	int rc = sc_client_send(p->client, to, text, strlen(text), &n);

	if (rc != 0)
		return stage_fail(p->stage, "%s cannot send that: %s",
		    p->name, code_name(rc));
	person_remember(p, text, n);
	return 0;
}

static int
play_sends(struct call *c)
{
	struct person *p = call_person(c, 0);

	return p == NULL ? -1 : send_one(p, c->arg[1], c->arg[2], 0);
}

static int
play_sends_as(struct call *c)
{
	struct person *p = call_person(c, 0);

	return p == NULL ? -1 : send_one(p, c->arg[1], c->arg[2],
	    call_number(c, 3));
}

static int
play_sends_many(struct call *c)
{
	struct person *p = call_person(c, 0);
	uint64_t last = call_number(c, 4);
	char text[TEXT_MAX];

	for (uint64_t i = call_number(c, 3); p != NULL && i <= last; i++) {
		(void)snprintf(text, sizeof(text), "%s %ju", c->arg[2],
		    (uintmax_t)i);
		if (send_one(p, c->arg[1], text, 0) != 0)
			return -1;
	}
	return p == NULL ? -1 : 0;
}

static int
cannot_send(const struct call *c, uint64_t n, int code)
{
	struct person *p = call_person(c, 0);
	int rc;

	if (p == NULL || code == 0)
		return -1;
	rc = sc_client_send(p->client, c->arg[1], c->arg[2],
	    strlen(c->arg[2]), &n);
	if (rc == code)
		return 0;
	return stage_fail(c->stage, "sending says: %s", code_name(rc));
}

static int
play_cannot_send(struct call *c)
{
	return cannot_send(c, 0, call_code(c, 3));
}

static int
play_cannot_send_as(struct call *c)
{
	return cannot_send(c, call_number(c, 3), call_code(c, 4));
}

/* ---- ticks ---- */

enum tick { TICK_SENT, TICK_DELIVERED, TICK_READ, TICK_NONE };

struct look {
	struct person *person;
	const char *text;	/* of the send; NULL: the newest */
	enum tick tick;
	int code;
};

static enum tick
tick_named(const struct call *c, const char *name)
{
	static const char *const names[] = {"sent", "delivered", "read"};

	for (unsigned i = 0; i < 3; i++)
		if (strcmp(name, names[i]) == 0)
			return (enum tick)i;
	(void)stage_fail(c->stage, "%s is no tick", name);
	return TICK_NONE;
}

static bool
has_tick(struct person *p, const struct sent *s, enum tick tick)
{
	const struct mark *m;

	if (!s->settled || s->code != 0)
		return false;
	m = person_mark(p, s->chat);
	return tick == TICK_SENT || (tick == TICK_DELIVERED
	    ? m->delivered : m->read) >= s->seq;
}

static int
sees_tick(struct stage *s, void *arg)
{
	const struct look *l = arg;
	const struct sent *sent = person_sent(l->person, l->text);

	if (sent == NULL)
		return stage_fail(s, "%s has not sent that", l->person->name);
	if (sent->settled && sent->code != 0)
		return stage_fail(s, "the message is refused: %s",
		    code_name(sent->code));
	return has_tick(l->person, sent, l->tick);
}

/* WHO sees A, B, C: all of them. */
static int
play_sees(struct call *c)
{
	struct look l = {.person = call_person(c, 0)};

	for (size_t i = 0; l.person != NULL && i < c->nlist; i++) {
		l.tick = tick_named(c, c->list[i].text);
		if (l.tick == TICK_NONE || stage_wait(c->stage, sees_tick, &l,
		    "%s to see the tick \"%s\"", l.person->name,
		    c->list[i].text) != 0)
			return -1;
	}
	return l.person == NULL ? -1 : 0;
}

static int
play_sees_for(struct call *c)
{
	struct look l = {call_person(c, 0), c->arg[2],
	    tick_named(c, c->arg[1]), 0};

	if (l.person == NULL || l.tick == TICK_NONE)
		return -1;
	return stage_wait(c->stage, sees_tick, &l,
	    "%s to see the tick \"%s\"", l.person->name, c->arg[1]);
}

static int
play_has_not_seen(struct call *c)
{
	struct person *p = call_person(c, 0);
	enum tick tick = tick_named(c, c->arg[1]);
	const struct sent *sent;

	if (p == NULL || tick == TICK_NONE)
		return -1;
	sent = person_sent(p, c->arg[2]);
	if (sent == NULL)
		return stage_fail(c->stage, "%s has not sent that", p->name);
	return !has_tick(p, sent, tick) ? 0 :
	    stage_fail(c->stage, "%s has seen it", p->name);
}

static int
is_refused(struct stage *s, void *arg)
{
	const struct look *l = arg;
	const struct sent *sent = person_sent(l->person, NULL);

	if (sent == NULL)
		return stage_fail(s, "%s has sent nothing", l->person->name);
	if (!sent->settled || sent->code == l->code)
		return sent->settled;
	return stage_fail(s, "the message is %s", sent->code == 0 ? "sent"
	    : code_name(sent->code));
}

static int
play_refused(struct call *c)
{
	struct look l = {.person = call_person(c, 0), .code = call_code(c, 1)};

	if (l.person == NULL || l.code == 0)
		return -1;
	return stage_wait(c->stage, is_refused, &l, "the refusal of what %s "
	    "has sent", l.person->name);
}

/* ---- receiving ---- */

struct want {
	struct person *person;
	const char *with;	/* whose chat */
	bool own;		/* written by the person's own user */
	const char *text;
	struct received *got;
};

/* The next of the chat; it must be a message like that. */
static int
has_received(struct stage *s, void *arg)
{
	struct want *w = arg;
	uint64_t chat = person_chat(w->person, w->with);
	struct received *r = chat == 0 ? NULL : person_next(w->person, chat);

	if (r == NULL)
		return 0;
	w->got = r;
	if (r->skip)
		return stage_fail(s, "%s misses %ju to %ju: %s",
		    w->person->name, (uintmax_t)r->seq, (uintmax_t)r->last,
		    r->text);
	if (strcmp(r->text, w->text) != 0)
		return stage_fail(s, "%s receives \"%.200s\"",
		    w->person->name, r->text);
	if (r->own != w->own || (!w->own && strcmp(r->from, w->with) != 0))
		return stage_fail(s, "%s receives it from %s",
		    w->person->name, r->from);
	return 1;
}

static int
receive(struct want *w)
{
	struct stage *s = w->person->stage;

	if (stage_wait(s, has_received, w, "%s to receive \"%.60s\"",
	    w->person->name, w->text) != 0)
		return -1;
	person_take(w->person, w->got);
	return 0;
}

static int
receive_one(const struct call *c, bool own)
{
	struct want w = {call_person(c, 0), c->arg[2], own, c->arg[1], NULL};

	return w.person == NULL ? -1 : receive(&w);
}

static int
receive_many(const struct call *c, bool own)
{
	char text[TEXT_MAX];
	struct want w = {call_person(c, 0), c->arg[4], own, text, NULL};
	uint64_t last = call_number(c, 3);

	for (uint64_t i = call_number(c, 2); w.person != NULL && i <= last;
	    i++) {
		(void)snprintf(text, sizeof(text), "%s %ju", c->arg[1],
		    (uintmax_t)i);
		if (receive(&w) != 0)
			return -1;
	}
	return w.person == NULL ? -1 : 0;
}

static int
play_receives(struct call *c)
{
	return receive_one(c, false);
}

static int
play_receives_own(struct call *c)
{
	return receive_one(c, true);
}

static int
play_receives_many(struct call *c)
{
	return receive_many(c, false);
}

static int
play_receives_many_own(struct call *c)
{
	return receive_many(c, true);
}

static int
has_missed(struct stage *s, void *arg)
{
	struct want *w = arg;
	uint64_t chat = person_chat(w->person, w->with);

	(void)s;
	w->got = chat == 0 ? NULL : person_next(w->person, chat);
	return w->got != NULL;
}

static int
play_misses(struct call *c)
{
	struct want w = {.person = call_person(c, 0), .with = c->arg[3]};
	const struct received *r;

	if (w.person == NULL || stage_wait(c->stage, has_missed, &w,
	    "%s to be told what it misses", w.person->name) != 0)
		return -1;
	person_take(w.person, w.got);
	r = w.got;
	if (r->skip && r->seq == call_number(c, 1) &&
	    r->last == call_number(c, 2))
		return 0;
	return stage_fail(c->stage, "%s %s %ju to %ju: \"%.200s\"",
	    w.person->name, r->skip ? "misses" : "receives",
	    (uintmax_t)r->seq, (uintmax_t)r->last, r->text);
}

static ptrdiff_t
place_of(const struct person *p, const char *text)
{
	for (size_t i = 0; i < p->nreceived; i++)
		if (strcmp(p->received[i].text, text) == 0)
			return (ptrdiff_t)i;
	return -1;
}

static int
play_received_before(struct call *c)
{
	struct person *p = call_person(c, 0);
	ptrdiff_t a, b;

	if (p == NULL)
		return -1;
	a = place_of(p, c->arg[1]);
	b = place_of(p, c->arg[2]);
	if (a < 0 || b < 0)
		return stage_fail(c->stage, "%s has not received both",
		    p->name);
	return a < b ? 0 : stage_fail(c->stage, "it is the other way round");
}

/* ---- reading ---- */

static int
play_reads(struct call *c)
{
	struct person *p = call_person(c, 0);
	const struct received *r;
	int rc;

	if (p == NULL)
		return -1;
	if (p->newest == 0)
		return stage_fail(c->stage, "%s has received nothing",
		    p->name);
	r = &p->received[p->newest - 1];
	rc = sc_client_read(p->client, r->chat, r->seq);
	return rc == 0 ? 0 : stage_fail(c->stage, "%s cannot read: %s",
	    p->name, code_name(rc));
}

static int
has_read_all(struct stage *s, void *arg)
{
	struct want *w = arg;
	uint64_t chat = person_chat(w->person, w->with), last = 0;

	(void)s;
	for (size_t i = 0; i < w->person->nreceived; i++)
		if (w->person->received[i].chat == chat)
			last = w->person->received[i].last;
	return last != 0 && person_mark(w->person, chat)->own_read >= last;
}

static int
play_has_read(struct call *c)
{
	struct want w = {.person = call_person(c, 0), .with = c->arg[1]};

	if (w.person == NULL)
		return -1;
	return stage_wait(c->stage, has_read_all, &w, "%s to be told that "
	    "all is read", w.person->name);
}

const struct step send_steps[] = {
	{"WHO sends WHOM TEXT", play_sends},
	{"WHO sends WHOM TEXT as NUMBER", play_sends_as},
	{"WHO sends WHOM TEXT NUMBER to NUMBER", play_sends_many},
	{"WHO cannot send WHOM TEXT because CODE", play_cannot_send},
	{"WHO cannot send WHOM TEXT as NUMBER because CODE",
	    play_cannot_send_as},
	{"WHO is refused CODE", play_refused},
	{"WHO sees TICK for TEXT", play_sees_for},
	{"WHO has not seen TICK for TEXT", play_has_not_seen},
	{"WHO sees LIST...", play_sees},
	{"WHO receives TEXT from WHOM", play_receives},
	{"WHO receives TEXT NUMBER to NUMBER from WHOM", play_receives_many},
	{"WHO receives TEXT to WHOM", play_receives_own},
	{"WHO receives TEXT NUMBER to NUMBER to WHOM",
	    play_receives_many_own},
	{"WHO misses NUMBER to NUMBER from WHOM", play_misses},
	{"WHO received TEXT before TEXT", play_received_before},
	{"WHO reads", play_reads},
	{"WHO has read all from WHOM", play_has_read},
	{NULL, NULL},
};

/* SPDX-License-Identifier: ISC */
/* Connections on which a script says what it likes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/xmltext.h"
#include "src/common/alloc.h"
#include "tests/scenario/host.h"
#include "tests/scenario/match.h"
#include "tests/scenario/person_step.h"
#include "tests/scenario/wire_step.h"

enum { SAID_MAX = 100 };	/* of a step, in the transcript */

struct wire *
call_wire(const struct call *c, size_t arg)
{
	struct wire *w = wire_find(c->stage, c->arg[arg]);

	if (w == NULL)
		(void)stage_fail(c->stage, "%s has no connection",
		    c->arg[arg]);
	return w;
}

/* ---- opening ---- */

static int
is_up(struct stage *s, void *arg)
{
	const struct wire *w = arg;

	if (w->phase == WIRE_CLOSED)
		return stage_fail(s, "%s is not let in", w->name);
	return w->phase == WIRE_UP;
}

static int
is_closed(struct stage *s, void *arg)
{
	const struct wire *w = arg;

	(void)s;
	return w->phase == WIRE_CLOSED;
}

static struct wire *
open_wire(const struct call *c, bool tls)
{
	if (host_need(c->stage->host) != 0)
		return NULL;
	return wire_open(c->stage, c->arg[0], tls);
}

static int
play_opens(struct call *c)
{
	struct wire *w = open_wire(c, true);

	return w == NULL ? -1 : stage_wait(c->stage, is_up, w,
	    "the connection of %s", w->name);
}

/* NAME1, NAME2 and so on. */
static int
play_opens_many(struct call *c)
{
	uint64_t n = call_number(c, 1);
	char name[80];

	if (host_need(c->stage->host) != 0)
		return -1;
	for (uint64_t i = 1; i <= n; i++) {
		struct wire *w;

		(void)snprintf(name, sizeof(name), "%.40s%ju", c->arg[0],
		    (uintmax_t)i);
		w = wire_open(c->stage, name, true);
		if (w == NULL || stage_wait(c->stage, is_up, w,
		    "the connection of %s", name) != 0)
			return -1;
	}
	return 0;
}

static int
play_opens_plain(struct call *c)
{
	return open_wire(c, false) == NULL ? -1 : 0;
}

static int
play_cannot_open(struct call *c)
{
	struct wire *w = open_wire(c, true);

	if (w == NULL || stage_wait(c->stage, is_closed, w,
	    "the end of the connection of %s", w->name) != 0)
		return -1;
	if (w->nheard > 0)
		return stage_fail(c->stage, "%s was let in", w->name);
	wire_close(w);
	return 0;
}

static int
play_closed(struct call *c)
{
	struct wire *w = call_wire(c, 0);

	if (w == NULL || stage_wait(c->stage, is_closed, w,
	    "the server to close the connection of %s", w->name) != 0)
		return -1;
	wire_close(w);
	return 0;
}

static int
play_hangs_up(struct call *c)
{
	struct wire *w = call_wire(c, 0);

	if (w == NULL)
		return -1;
	wire_close(w);
	return 0;
}

static int
play_stops_reading(struct call *c)
{
	struct wire *w = call_wire(c, 0);

	if (w == NULL)
		return -1;
	w->deaf = true;
	return 0;
}

static int
play_reads_again(struct call *c)
{
	struct wire *w = call_wire(c, 0);

	if (w == NULL)
		return -1;
	w->deaf = false;
	return 0;
}

/* ---- saying ---- */

/* The stanza, with ${i} as I. */
static char *
stanza_of(struct stage *s, const char *xml, uint64_t i)
{
	char number[24];

	(void)snprintf(number, sizeof(number), "%ju", (uintmax_t)i);
	variable_set(&s->variables, "i", number);
	return stage_expand(s, xml);
}

static int
say(const struct call *c, uint64_t first, uint64_t last, bool deflate)
{
	struct wire *w = call_wire(c, 0);
	int rc = w == NULL ? -1 : 0;

	for (uint64_t i = first; rc == 0 && i <= last; i++) {
		char *xml = stanza_of(c->stage, c->arg[1], i);

		rc = xml == NULL ? -1 : wire_say(w, xml, deflate);
		w->quiet = i - first >= SAID_MAX;
		free(xml);
	}
	if (w != NULL)
		w->quiet = false;
	return rc;
}

static int
play_says(struct call *c)
{
	return say(c, 1, 1, false);
}

static int
play_says_many(struct call *c)
{
	return say(c, call_number(c, 2), call_number(c, 3), false);
}

static int
play_says_deflated(struct call *c)
{
	return say(c, 1, 1, true);
}

/* ---- hearing ---- */

struct hope {
	struct wire *wire;
	const struct elem *pattern;
	bool next;		/* it must be the next one */
};

static int
is_heard(struct stage *s, void *arg)
{
	const struct hope *h = arg;
	struct heard *got;

	if (s->why != NULL)
		return -1;	/* it is malformed */
	while ((got = wire_next(h->wire)) != NULL) {
		bool good = elem_matches(s->deflate, h->pattern, &got->e);

		/* when the server asks is a matter of time */
		if (!good && h->next && got->e.tag != TAG_PING)
			return stage_fail(s, "the next stanza of %s is "
			    "another one", h->wire->name);
		wire_take(h->wire, got);
		if (good)
			return 1;
	}
	if (h->wire->phase == WIRE_CLOSED)
		return stage_fail(s, "the connection of %s is closed",
		    h->wire->name);
	return 0;
}

static int
hear_one(struct wire *w, const char *xml, bool next)
{
	struct stage *s = w->stage;
	struct arena arena;
	struct elem pattern;
	struct hope h = {w, &pattern, next};
	char why[300];
	int rc;

	arena_init(&arena, 0);
	if (xmltext_parse(NULL, slice_str(xml), &arena, &pattern, why,
	    sizeof(why)) != 0)
		rc = stage_fail(s, "%s", why);
	else
		rc = stage_wait(s, is_heard, &h, "%s to get %s", w->name, xml);
	arena_fini(&arena);
	return rc;
}

static int
hear(const struct call *c, uint64_t first, uint64_t last, bool next)
{
	struct wire *w = call_wire(c, 0);
	int rc = w == NULL ? -1 : 0;

	for (uint64_t i = first; rc == 0 && i <= last; i++) {
		char *xml = stanza_of(c->stage, c->arg[1], i);

		rc = xml == NULL ? -1 : hear_one(w, xml, next);
		free(xml);
	}
	return rc;
}

static int
play_gets(struct call *c)
{
	return hear(c, 1, 1, true);
}

static int
play_gets_many(struct call *c)
{
	return hear(c, call_number(c, 2), call_number(c, 3), true);
}

static int
play_waits(struct call *c)
{
	return hear(c, 1, 1, false);
}

/* Of the stanza, or of the first element in it that has it. */
static bool
find_attr(const struct elem *e, const char *name, struct buf *value)
{
	if (elem_attr_text(e, name, value))
		return true;
	for (size_t i = 0; i < e->nchild; i++)
		if (find_attr(&e->children[i], name, value))
			return true;
	return false;
}

static int
play_keeps(struct call *c)
{
	const struct wire *w = call_wire(c, 0);
	struct buf value;
	int rc = 0;

	if (w == NULL || w->last == NULL)
		return stage_fail(c->stage, "%s has got nothing", c->arg[0]);
	buf_init(&value, 0);
	if (!find_attr(&w->last->e, c->arg[1], &value))
		rc = stage_fail(c->stage, "it has no %s", c->arg[1]);
	buf_put_u8(&value, '\0');
	if (rc == 0)
		variable_set(&c->stage->variables, c->arg[2],
		    (const char *)value.p + value.off);
	buf_fini(&value);
	return rc;
}

/* ---- payloads ---- */

/* What the client or the connection has got last. */
static struct slice
last_payload(const struct call *c)
{
	const struct person *p = person_find(c->stage, c->arg[0]);
	const struct wire *w = wire_find(c->stage, c->arg[0]);

	if (p != NULL && p->newest > 0)
		return buf_slice(&p->received[p->newest - 1].payload);
	if (w != NULL && w->last != NULL &&
	    w->last->e.content == CONTENT_PAYLOAD)
		return w->last->e.text;
	return slice_of(NULL, 0);
}

static int
play_has_payload(struct call *c)
{
	struct wire *w = call_wire(c, 1);

	if (w == NULL)
		return -1;
	if (w->payload.len > 0 &&
	    slice_equal(last_payload(c), buf_slice(&w->payload)))
		return 0;
	return stage_fail(c->stage, "%s has other bytes", c->arg[0]);
}

/* ---- logging in ---- */

static int
play_logs_in(struct call *c)
{
	static const char hello[] = "<hello version=\"1\" hash=\"${hash}\"/>";
	const char *slash = strchr(c->arg[1], '/');
	int n = slash == NULL ? (int)strlen(c->arg[1])
	    : (int)(slash - c->arg[1]);
	struct wire *w = call_wire(c, 0);
	char auth[400], *xml[2];
	int rc = -1;

	(void)snprintf(auth, sizeof(auth), "<auth mechanism=\"plain\" "
	    "user=\"%.*s\" name=\"%s\" data=\"${plain %.*s}\"/>", n,
	    c->arg[1], slash == NULL ? "laptop" : slash + 1, n, c->arg[1]);
	xml[0] = stage_expand(c->stage, hello);
	xml[1] = stage_expand(c->stage, auth);
	if (w != NULL && xml[0] != NULL && xml[1] != NULL &&
	    wire_say(w, xml[0], false) == 0 && wire_say(w, xml[1], false) == 0 &&
	    hear_one(w, "<hello version=\"1\"/>", true) == 0)
		rc = hear_one(w, "<success/>", true);
	free(xml[0]);
	free(xml[1]);
	return rc;
}

const struct step wire_steps[] = {
	{"NAME opens a connection", play_opens},
	{"NAME opens a connection without TLS", play_opens_plain},
	{"NAME opens NUMBER connections", play_opens_many},
	{"NAME cannot open a connection", play_cannot_open},
	{"NAME is closed", play_closed},
	{"NAME hangs up", play_hangs_up},
	{"NAME stops reading", play_stops_reading},
	{"NAME reads again", play_reads_again},
	{"NAME logs in as WHO", play_logs_in},
	{"NAME says XML", play_says},
	{"NAME says XML NUMBER to NUMBER", play_says_many},
	{"NAME says deflated XML", play_says_deflated},
	{"NAME gets XML", play_gets},
	{"NAME gets XML NUMBER to NUMBER", play_gets_many},
	{"NAME waits for XML", play_waits},
	{"NAME keeps ATTRIBUTE as VARIABLE", play_keeps},
	{"NAME has the payload of NAME", play_has_payload},
	{NULL, NULL},
};

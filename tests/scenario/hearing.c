/* SPDX-License-Identifier: ISC */
#include "tests/scenario/hearing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "tests/scenario/person.h"
#include "tests/scenario/stage.h"

static struct received *
add_received(struct person *p, const struct sc_event *e)
{
	struct received *r;

	p->received = xrealloc(p->received, p->nreceived + 1,
	    sizeof(*p->received));
	r = &p->received[p->nreceived++];
	*r = (struct received){.chat = e->chat, .seq = e->seq, .own = e->own};
	buf_init(&r->payload, 0);
	(void)snprintf(r->from, sizeof(r->from), "%s",
	    e->own ? p->user : e->name);
	return r;
}

static void
hear_message(struct person *p, const struct sc_event *e)
{
	struct received *r;

	if (e->from == 0)
		return;		/* the server's own, of the account log */
	r = add_received(p, e);
	r->last = e->seq;
	r->text = xcalloc(1, e->textlen + 1);
	if (e->text != NULL)
		memcpy(r->text, e->text, e->textlen);
	buf_put(&r->payload, e->payload, e->payloadlen);
	stage_note(p->stage, p->name, "message %ju:%ju from %s \"%s\"",
	    (uintmax_t)r->chat, (uintmax_t)r->seq, r->from, r->text);
}

static void
hear_skip(struct person *p, const struct sc_event *e)
{
	struct received *r;

	stage_note(p->stage, p->name, "skip %ju:%ju-%ju (%s)",
	    (uintmax_t)e->chat, (uintmax_t)e->first, (uintmax_t)e->last,
	    e->why);
	r = add_received(p, e);
	r->skip = true;
	r->seq = e->first;
	r->last = e->last;
	r->text = xstrdup(e->why);
}

static void
hear_outcome(struct person *p, const struct sc_event *e)
{
	stage_note(p->stage, p->name, "message n=%ju is %s%s%s",
	    (uintmax_t)e->n, e->code == 0 ? "sent" : "refused: ",
	    e->code == 0 ? "" : sc_code_text(e->code),
	    e->asked == e->n ? "" : ", and had another number");
	for (size_t i = p->nsent; i > 0; i--) {
		struct sent *s = &p->sent[i - 1];

		if (s->n != e->asked)
			continue;
		s->n = e->n;
		s->chat = e->chat;
		s->seq = e->seq;
		s->code = e->code;
		s->settled = true;
		break;
	}
}

static void
raise(uint64_t *mark, uint64_t seq)
{
	if (seq > *mark)
		*mark = seq;
}

static void
hear_marks(struct person *p, const struct sc_event *e)
{
	struct mark *m = person_mark(p, e->chat);

	stage_note(p->stage, p->name, "%s %ju delivered %ju read %ju",
	    e->type == SC_EVENT_READ ? "own marks" : "marks of",
	    (uintmax_t)e->chat, (uintmax_t)e->delivered, (uintmax_t)e->read);
	if (e->type == SC_EVENT_READ) {
		raise(&m->own_read, e->read);
	} else {
		raise(&m->delivered, e->delivered);
		raise(&m->delivered, e->read);
		raise(&m->read, e->read);
	}
}

static void
keep_why(char **to, const char *why)
{
	free(*to);
	*to = xstrdup(why);
}

static void
hear_of_itself(struct person *p, const struct sc_event *e)
{
	switch (e->type) {
	case SC_EVENT_ONLINE:
		p->logins++;
		p->synced = false;
		stage_note(p->stage, p->name, "is logged in");
		break;
	case SC_EVENT_SYNCED:
		p->synced = true;
		stage_note(p->stage, p->name, "is up to date");
		break;
	case SC_EVENT_FAILURE:
		p->failure = e->code;
		keep_why(&p->failure_why, e->why);
		stage_note(p->stage, p->name, "login refused, %s: %s",
		    sc_code_text(e->code), e->why);
		break;
	case SC_EVENT_BYE:
		keep_why(&p->bye_why, e->why);
		stage_note(p->stage, p->name, "bye: %s", e->why);
		break;
	case SC_EVENT_EPOCH:
		stage_note(p->stage, p->name, "another epoch");
		break;
	default:
		break;
	}
}

int
hearing_event(void *arg, const struct sc_event *e)
{
	struct person *p = arg;
	bool entry = e->type == SC_EVENT_MESSAGE || e->type == SC_EVENT_SKIP;

	if (entry && p->holding && e->chat != 1)
		return -1;
	if (e->type == SC_EVENT_MESSAGE)
		hear_message(p, e);
	else if (e->type == SC_EVENT_SKIP)
		hear_skip(p, e);
	else if (e->type == SC_EVENT_SENT || e->type == SC_EVENT_REFUSED)
		hear_outcome(p, e);
	else if (e->type == SC_EVENT_RECEIPT || e->type == SC_EVENT_READ)
		hear_marks(p, e);
	else
		hear_of_itself(p, e);
	return 0;
}

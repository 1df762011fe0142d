/* SPDX-License-Identifier: ISC */
#include "src/server/list.h"

#include "src/common/err.h"
#include "src/server/request_priv.h"
#include "src/server/worker_priv.h"

enum { LISTS_MAX = 16 };	/* of one session */

static void
add_last(struct session *s, struct request *r)
{
	struct request **p = &s->lists;

	while (*p != NULL)
		p = &(*p)->next;
	r->next = NULL;
	*p = r;
	s->nlists++;
}

static struct request *
take_first(struct session *s)
{
	struct request *r = s->lists;

	s->lists = r->next;
	s->nlists--;
	return r;
}

void
list_start_take(struct session *s, struct request *r)
{
	if (s->nlists >= LISTS_MAX) {
		session_error(s, ATTR_ID, r->number, SC_ERATELIMITED,
		    "too many lists at once: wait for their results", 0);
		job_destroy(&r->job);
		return;
	}
	add_last(s, r);
	list_pump(s);
}

void
list_again_take(struct session *s, struct request *r)
{
	add_last(s, r);
}

/* Whatever the session is at meanwhile, the job is that request's. */
static void
submit(struct session *s, struct request *r)
{
	struct job_tag at_hand = s->handling;

	s->handling.key = JOB_REQUEST_ID;
	s->handling.number = r->number;
	worker_submit(s, &r->job);
	s->handling = at_hand;
}

void
list_pump(struct session *s)
{
	if (s->state != SESSION_LIVE || s->listing || s->lists == NULL ||
	    s->out.len >= s->worker->conf.window_bytes)
		return;
	s->listing = true;
	submit(s, take_first(s));
}

void
list_done(struct session *s)
{
	s->listing = false;
	list_pump(s);
}

void
list_drop(struct session *s)
{
	while (s->lists != NULL)
		job_destroy(&take_first(s)->job);
}

/* SPDX-License-Identifier: ISC */
/* Requests of commands, until they are answered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/talk.h"

struct talk_request *
talk_request(struct talk *t, const char *what, int rc)
{
	struct talk_request *r;

	if (rc == 1) {
		talk_error(t, "%s: this is not how it is used: see /help %s",
		    what, what);
		return NULL;
	}
	if (rc == SC_CODE_BAD_REQUEST) {
		talk_error(t, "%s: expected names, numbers and tokens as they "
		    "were shown", what);
		return NULL;
	}
	r = rc == 0 ? calloc(1, sizeof(*r)) : NULL;
	if (r == NULL) {
		talk_error(t, "%s: %s", what, rc == 0 ? "out of memory" :
		    sc_code_text(rc));
		return NULL;
	}
	r->what = what;
	r->chat = t->open;
	r->next = t->requests;
	t->requests = r;
	if (!sc_client_online(t->c->client) && t->edits)
		talk_note(t, "%s: when there is a connection again", what);
	return r;
}

static bool
is_of(const struct talk_request *r, const struct sc_event *e)
{
	return (e->id != 0 && e->id == r->id) ||
	    (e->n != 0 && r->n != 0 && e->asked == r->n);
}

static void
take_out(struct talk *t, struct talk_request *r)
{
	struct talk_request **at = &t->requests;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
}

static void
end(struct talk *t, struct talk_request *r, const struct sc_event *e)
{
	take_out(t, r);
	if (r->silent) {
		/* nobody has asked */
	} else if (e->code != 0) {
		talk_error(t, "%s: %s", r->what, *e->why == '\0' ?
		    sc_code_text(e->code) : e->why);
	} else {
		if (t->json)
			cli_print_json_take(json_pack("{s:s, s:s}", "event",
			    "result", "of", r->what));
		if (r->done != NULL)
			r->done(t, r, e);
	}
	free(r);
}

bool
talk_request_event(struct talk *t, const struct sc_event *e)
{
	struct talk_request *r = t->requests;

	while (r != NULL && !is_of(r, e))
		r = r->next;
	if (r == NULL)
		return false;
	if (e->type == SC_EVENT_RESULT)
		end(t, r, e);
	else if (r->event != NULL)
		r->event(t, r, e);
	return true;
}

void
talk_requests_free(struct talk *t)
{
	struct talk_request *r;

	while ((r = t->requests) != NULL) {
		t->requests = r->next;
			free(r);
	}
}

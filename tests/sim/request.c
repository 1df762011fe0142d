/* SPDX-License-Identifier: ISC */
#include "tests/sim/request.h"

#include <inttypes.h>
#include <stdio.h>

#include "tests/sim/peer.h"
#include "tests/sim/sim.h"

static struct app_request *
request_find(struct peer *p, uint64_t n)
{
	for (unsigned i = 0; i < APP_REQUESTS; i++)
		if (n != 0 && p->requests[i].n == n)
			return &p->requests[i];
	return NULL;
}

void
request_note(struct peer *p, const struct app_request *r)
{
	/* a state that was lost may have given it to another one */
	struct app_request *old = request_find(p, r->n);

	if (old == NULL)
		old = &p->requests[p->nrequests++ % APP_REQUESTS];
	*old = *r;
}

/* ---- what became of it ---- */

enum {
	FORBIDDEN = 1 << -SC_CODE_FORBIDDEN,
	NOT_FOUND = 1 << -SC_CODE_NOT_FOUND,
	CONFLICT = 1 << -SC_CODE_CONFLICT,
	NOT_ACCEPTABLE = 1 << -SC_CODE_NOT_ACCEPTABLE,
	RESOURCE = 1 << -SC_CODE_RESOURCE,
	BAD_REQUEST = 1 << -SC_CODE_BAD_REQUEST
};

/* With which codes it may be refused; the device may always be gone. */
static const struct {
	const char *module;
	unsigned codes;
	enum counter done;
} kinds[] = {
	[REQUEST_SETTING] = {"settings", NOT_FOUND, COUNT_CHANGES},
	[REQUEST_HIDE] = {"settings", NOT_FOUND, COUNT_HIDES},
	[REQUEST_RENAME] = {"devices", NOT_FOUND | NOT_ACCEPTABLE,
	    COUNT_RENAMED},
	[REQUEST_TIMER] = {"disappearing", FORBIDDEN | NOT_FOUND |
	    BAD_REQUEST, COUNT_TIMERS},
	[REQUEST_REVOKE] = {"devices", NOT_FOUND, COUNT_REVOKED},
	[REQUEST_PRIVACY] = {"presence", 0, COUNT_PRIVACY},
	[REQUEST_GROUP] = {"groups", FORBIDDEN | NOT_FOUND | BAD_REQUEST |
	    RESOURCE, COUNT_GROUP_REQUESTS},
	[REQUEST_CHANNEL] = {"channels", FORBIDDEN | NOT_FOUND | BAD_REQUEST,
	    COUNT_CHANNEL_REQUESTS},
	[REQUEST_INVITE] = {"groups", FORBIDDEN | NOT_FOUND | BAD_REQUEST |
	    RESOURCE, COUNT_GROUP_REQUESTS},
	[REQUEST_UNINVITE] = {"groups", FORBIDDEN | NOT_FOUND,
	    COUNT_GROUP_REQUESTS},
	[REQUEST_JOIN] = {"groups", NOT_FOUND | RESOURCE,
	    COUNT_GROUP_REQUESTS},
};

/* What names something is in the log if, and only if, this says so. */
static void
said_settled(struct peer *p, const struct app_request *r, int code)
{
	struct said *s = &p->sim->ledger.said[r->said];

	if (r->said == SAID_NONE || s->peer != p->index)
		return;
	if (code == 0)
		s->sent = true;
	else if (code == SC_CODE_CONFLICT)
		s->doubtful = true;	/* its device has been removed */
	else if (s->sent && !s->restored)
		report_fail(&p->sim->w.report, "R8", "%s: m%u refused after "
		    "it was done", p->name, r->said);
	else
		s->refused = true;
}

static void
rename_settled(struct peer *p, const struct app_request *r, int code)
{
	if (code != SC_CODE_NOT_ACCEPTABLE)
		return;
	report_count(&p->sim->w.report, COUNT_RENAMES_REFUSED);
	if (r->fresh)
		report_fail(&p->sim->w.report, "names", "%s: n=%" PRIu64
		    " a name that nothing has is refused", p->name, r->n);
}

static void
on_result(struct peer *p, const struct sc_event *e)
{
	struct app_request *r = request_find(p, e->asked);
	struct report *report = &p->sim->w.report;

	if (r == NULL)
		return;
	if (e->code == 0)
		report_count(report, kinds[r->kind].done);
	/* an old state has given its counter to something else */
	else if (e->code != SC_CODE_CONFLICT && !p->rolled_back &&
	    (kinds[r->kind].codes >> -e->code & 1) == 0 &&
	    (e->code != SC_CODE_NOT_ACCEPTABLE ||
	    host_has(kinds[r->kind].module)))
		report_fail(report, "R8", "%s: n=%" PRIu64 " changes nothing: "
		    "%s", p->name, e->asked, e->why);
	if (e->code == SC_CODE_FORBIDDEN)
		report_count(report, COUNT_GROUP_REFUSALS);
	if (r->kind == REQUEST_RENAME && host_has("devices"))
		rename_settled(p, r, e->code);
	said_settled(p, r, e->code);
	if (!r->settled)
		invites_settled(p, r, e->code);
	if (!r->settled && r->kind == REQUEST_PRIVACY)
		privacy_settled(p, r, e->code);
	r->settled = true;
}

/* Somebody wants to join a group of which this is an admin. */
static void
on_waiting(struct peer *p, const struct sc_event *e)
{
	report_count(&p->sim->w.report, COUNT_GROUP_WAITING);
	p->asked_for = e->chat;
	p->asked_by = e->user;
}

void
request_event(struct peer *p, const struct sc_event *e)
{
	const struct app_request *r = request_find(p, e->asked);

	if (e->type == SC_EVENT_INVITE && r != NULL &&
	    r->kind == REQUEST_INVITE)
		invites_note(p, r, e);
	else if (e->type == SC_EVENT_RESULT)
		on_result(p, e);
	else if (e->type == SC_EVENT_REQUEST && e->action == SC_MEMBER_IS &&
	    e->chat != 0)
		on_waiting(p, e);
	else if (e->type == SC_EVENT_REQUEST &&
	    e->action == SC_MEMBER_REFUSED)
		report_count(&p->sim->w.report, COUNT_GROUP_TURNED_AWAY);
}

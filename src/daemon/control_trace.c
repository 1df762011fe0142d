/* SPDX-License-Identifier: ISC */
/*
 * Control command: trace, the stanzas of a user as they pass.
 *
 * The request ends by itself (so many stanzas, so many seconds), when its
 * client has gone, or with the server.  Only then are the workers told, and
 * the trace lives until all have answered: what they posted before that still
 * names it.
 */
#include <stdlib.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/clock.h"
#include "src/daemon/control_ask.h"
#include "src/daemon/control_task.h"
#include "src/daemon/loop.h"
#include "src/daemon/mailbox.h"
#include "src/daemon/runtime.h"
#include "src/daemon/worker_thread.h"
#include "src/server/trace.h"

/* What a client that reads slowly may leave unread: more is not shown. */
enum { UNREAD_MAX = 1 << 20, SECONDS_MAX = 86400 };

struct trace_request {
	struct client *client;	/* NULL: the request has ended */
	const struct runtime *rt;
	struct alarm *alarm;
	uint64_t user;
	bool bodies;
	int64_t count;		/* of stanzas to show; 0: no limit */
	int64_t shown, dropped;
};

static void
begin_on(void *arg, size_t i, struct worker_thread *w)
{
	const struct trace_request *t = arg;

	(void)i;
	worker_trace(worker_thread_worker(w), arg, t->user, t->bodies);
}

static void
end_on(void *arg, size_t i, struct worker_thread *w)
{
	(void)i;
	worker_trace_end(worker_thread_worker(w), arg);
}

static void
trace_ended(void *arg)
{
	free(arg);
}

/* Ends the request, and then the trace. */
static void
trace_end(void *arg)
{
	struct trace_request *t = arg;
	struct client *k = t->client;

	if (k == NULL)
		return;
	t->client = NULL;
	alarm_destroy(t->alarm);
	t->alarm = NULL;
	if (control_stopping(k))
		control_end_error(k, SC_EUNAVAILABLE, "the server stops");
	else
		control_end_take(k, json_pack("{s:I, s:I}", "stanzas",
		    (json_int_t)t->shown, "dropped",
		    (json_int_t)t->dropped));
	control_ask(t->rt, end_on, trace_ended, t);
}

/* All workers look now: what comes next is shown. */
static void
trace_begun(void *arg)
{
	struct trace_request *t = arg;

	if (t->client != NULL)
		control_item_take(t->client, json_pack("{s:s, s:I}", "event",
		    "tracing", "user", (json_int_t)t->user));
}

void
control_traced(void *owner, const struct mail *m)
{
	struct traced *e = m->p;
	struct trace_request *t = e->trace;

	(void)owner;
	if (t->client == NULL) {
		free(e);
		return;
	}
	if (control_unsent(t->client) > UNREAD_MAX) {
		t->dropped++;
	} else {
		control_item_take(t->client, json_pack("{s:s, s:o, s:I, s:i, "
		    "s:s, s:o}", "event", "stanza", "time",
		    control_time(clock_wall()), "session",
		    (json_int_t)e->session, "device", (int)e->device,
		    "direction", e->out ? "out" : "in", "xml",
		    control_text(e->xml)));
		t->shown++;
	}
	free(e);
	if (t->shown == t->count)
		trace_end(t);
}

static void
trace_begin(struct control_task *task, int rc)
{
	struct trace_request *t = task->data;
	struct client *k = task->client;
	int64_t seconds = control_number(task->request, "seconds");

	if (rc == 0 && control_stopping(k))
		rc = control_task_fail(task, SC_EUNAVAILABLE,
		    "the server stops");
	if (rc == 0 && seconds > 0) {
		t->alarm = alarm_create(control_loop(k), trace_end, t);
		if (t->alarm == NULL)
			rc = SC_ENOMEM;
	}
	if (rc != 0) {
		control_task_end(task, rc);
		return;
	}
	if (t->bodies)
		control_audit(k);
	task->data = NULL;
	control_task_drop(task);
	if (seconds > 0)
		alarm_set(t->alarm, seconds * 1000);
	control_when_gone(k, trace_end, t);
	control_ask(t->rt, begin_on, trace_begun, t);
}

static int
trace_run(struct tx *tx, struct control_task *task)
{
	struct trace_request *t = task->data;
	struct user u;
	int rc = control_task_user(task, tx, "user", &u);

	t->user = u.id;
	return rc;
}

static void
trace(struct client *k, json_t *request)
{
	struct control_task *task = control_task_create(k, request,
	    JOB_READER, trace_run);
	struct trace_request *t = xcalloc(1, sizeof(*t));

	t->client = k;
	t->rt = control_runtime(k);
	t->bodies = control_flag(request, "bodies");
	t->count = control_number(request, "count");
	if (t->count == 0)
		t->count = -1;
	task->data = t;
	task->done = trace_begin;
	control_task_start(task);
}

const struct control_command control_trace[] = {
	{"trace", trace, false, {{"user", CONTROL_STRING, true, 0, 0},
	    {"count", CONTROL_NUMBER, false, 1, INT64_MAX},
	    {"seconds", CONTROL_NUMBER, false, 1, SECONDS_MAX},
	    {"bodies", CONTROL_FLAG, false, 0, 0}}},
	{.name = NULL},
};

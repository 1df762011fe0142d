/* SPDX-License-Identifier: ISC */
/* Control commands: sessions, which live in the workers. */
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/conn.h"
#include "src/daemon/control_ask.h"
#include "src/daemon/control_task.h"
#include "src/daemon/runtime.h"
#include "src/daemon/worker_thread.h"
#include "src/server/event.h"
#include "src/server/inspect.h"

/* ---- list ------------------------------------------------------------ */

struct row {
	struct session_info info;
	struct conn_info conn;
	size_t worker;
};

/* Of one worker, filled on its thread. */
struct rows {
	struct row *v;
	size_t n, cap, worker;
};

struct listing {
	struct client *client;
	const json_t *request;
	size_t nworkers;
	struct row *all;
	size_t n;
	struct rows each[];
};

static void
row_add(void *arg, const struct session_info *info)
{
	struct rows *r = arg;
	struct row *row;

	if (r->n == r->cap) {
		r->cap = r->cap * 2 + 64;
		r->v = xrealloc(r->v, r->cap, sizeof(*r->v));
	}
	row = &r->v[r->n++];
	row->info = *info;
	row->worker = r->worker;
	conn_describe(info->conn, &row->conn);
}

static void
collect(void *arg, size_t i, struct worker_thread *w)
{
	struct listing *l = arg;

	l->each[i].worker = i;
	worker_sessions(worker_thread_worker(w), row_add, &l->each[i]);
}

static int
row_compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->info.id < y->info.id ? -1 : x->info.id > y->info.id;
}

/* One array of all, by id. */
static void
join(struct listing *l)
{
	size_t n = 0, i;

	for (i = 0; i < l->nworkers; i++)
		l->n += l->each[i].n;
	l->all = xcalloc(l->n + 1, sizeof(*l->all));
	for (i = 0; i < l->nworkers; i++) {
		if (l->each[i].n > 0)
			memcpy(l->all + n, l->each[i].v, l->each[i].n *
			    sizeof(*l->all));
		n += l->each[i].n;
		free(l->each[i].v);
		l->each[i].v = NULL;
	}
	qsort(l->all, l->n, sizeof(*l->all), row_compare);
}

static int
put_row(struct control_task *t, struct tx *tx, const struct row *r)
{
	char user[USER_NAME_MAX + 1] = "";
	struct device d = {.name = ""};
	json_t *item;
	int rc = 0;

	if (r->info.user != 0) {
		rc = control_user_name(tx, r->info.user, user, sizeof(user));
		if (rc == 0)
			rc = device_get(tx, r->info.user, r->info.device, &d);
		if (rc != 0 && rc != SC_ENOTFOUND)
			return rc;
	}
	item = json_pack("{s:I, s:s?, s:o, s:i, s:s, s:o, s:I, s:I, s:I, "
	    "s:I, s:i, s:s?, s:s?}", "id", (json_int_t)r->info.id, "user",
	    *user == '\0' ? NULL : user, "device", *d.name == '\0' ?
	    json_null() : control_text(d.name), "device-id",
	    (int)r->info.device, "peer", r->conn.peer, "since",
	    control_time(r->info.since), "idle-ms",
	    (json_int_t)r->info.idle_ms, "unacknowledged",
	    (json_int_t)r->info.unacked, "waiting",
	    (json_int_t)r->info.waiting, "queued-bytes",
	    (json_int_t)r->info.queued, "worker", (int)r->worker, "tls",
	    r->conn.tls, "cipher", r->conn.cipher);
	control_task_add_take(t, item);
	return 0;
}

static int
list_run(struct tx *tx, struct control_task *t)
{
	const struct listing *l = *(struct listing **)t->data;
	size_t i, end = t->from + CONTROL_PAGE;
	struct user u = {.id = 0};
	int rc = 0;

	if (control_string(t->request, "user") != NULL)
		rc = control_task_user(t, tx, "user", &u);
	for (i = t->from; rc == 0 && i < l->n && i < end; i++)
		if (u.id == 0 || l->all[i].info.user == u.id)
			rc = put_row(t, tx, &l->all[i]);
	t->next = i < l->n ? i : 0;
	return rc;
}

static void
listing_free(void *data)
{
	struct listing *l = *(struct listing **)data;

	free(l->all);
	free(l);
}

/* The names of what has been collected. */
static void
name_rows(void *arg)
{
	struct listing *l = arg;
	struct control_task *t = control_task_create(l->client, l->request,
	    JOB_READER, list_run);

	join(l);
	t->data = xcalloc(1, sizeof(l));
	*(struct listing **)t->data = l;
	t->fini = listing_free;
	control_task_start(t);
}

static void
list(struct client *k, json_t *request)
{
	const struct runtime *rt = control_runtime(k);
	struct listing *l = xcalloc(1, sizeof(*l) + rt->nworkers *
	    sizeof(l->each[0]));

	l->client = k;
	l->request = request;
	l->nworkers = rt->nworkers;
	control_ask(rt, collect, name_rows, l);
}

/* ---- kick ------------------------------------------------------------ */

struct kick {
	struct client *client;
	struct event_fence fence;
	size_t ended[];		/* by each worker */
};

static void
kick_on(void *arg, size_t i, struct worker_thread *w)
{
	struct kick *kick = arg;

	kick->ended[i] = worker_fence(worker_thread_worker(w), &kick->fence);
}

static void
kicked(void *arg)
{
	struct kick *kick = arg;
	struct client *k = kick->client;
	size_t n = 0;

	for (size_t i = 0; i < control_runtime(k)->nworkers; i++)
		n += kick->ended[i];
	if (n > 0)
		control_end_take(k, json_pack("{s:I}", "ended",
		    (json_int_t)n));
	else
		control_end_error(k, SC_ENOTFOUND, "there is no such session: "
		    "session list shows those there are");
	free(kick);
}

static void
kick_all(struct client *k, const struct event_fence *fence)
{
	const struct runtime *rt = control_runtime(k);
	struct kick *kick = xcalloc(1, sizeof(*kick) + rt->nworkers *
	    sizeof(kick->ended[0]));

	kick->client = k;
	kick->fence = *fence;
	kick->fence.login = UINT64_MAX;
	kick->fence.why = BYE_REASON_SHUTDOWN;
	kick->fence.text = "the operator has ended this session";
	control_ask(rt, kick_on, kicked, kick);
}

/* Whose sessions: the fence is the task's data. */
static int
kick_run(struct tx *tx, struct control_task *t)
{
	struct event_fence *fence = t->data;
	struct device d;
	struct user u;
	int rc = control_task_user(t, tx, "user", &u);

	fence->user = u.id;
	if (rc != 0 || control_string(t->request, "device") == NULL)
		return rc;
	rc = control_task_device(t, tx, "device", u.id, &d);
	fence->device = d.id;
	return rc;
}

static void
kick_named(struct control_task *t, int rc)
{
	if (rc == 0 && control_stopping(t->client))
		rc = control_task_fail(t, SC_EUNAVAILABLE, "the server stops");
	if (rc != 0) {
		control_task_end(t, rc);
		return;
	}
	kick_all(t->client, t->data);
	control_task_drop(t);
}

static void
kick(struct client *k, json_t *request)
{
	const struct event_fence one = {.session =
	    (uint64_t)control_number(request, "session")};
	bool named = control_string(request, "user") != NULL;
	struct control_task *t;

	if (named == (one.session != 0) ||
	    (!named && control_string(request, "device") != NULL)) {
		control_end_error(k, SC_EBADREQUEST, "expected either "
		    "\"session\", or \"user\" with or without \"device\"");
		return;
	}
	if (!named) {
		kick_all(k, &one);
		return;
	}
	t = control_task_create(k, request, JOB_READER, kick_run);
	t->data = xcalloc(1, sizeof(struct event_fence));
	t->done = kick_named;
	control_task_start(t);
}

const struct control_command control_session[] = {
	{"session list", list, false,
	    {{"user", CONTROL_STRING, false, 0, 0}}},
	{"session kick", kick, true,
	    {{"session", CONTROL_NUMBER, false, 1, INT64_MAX},
	    {"user", CONTROL_STRING, false, 0, 0},
	    {"device", CONTROL_STRING, false, 0, 0}}},
	{.name = NULL},
};

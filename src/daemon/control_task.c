/* SPDX-License-Identifier: ISC */
#include "src/daemon/control_task.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/xmltext.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/readers.h"
#include "src/daemon/runtime.h"
#include "src/daemon/scribe.h"
#include "src/server/server.h"

/* ---- life ------------------------------------------------------------ */

struct control_task *
control_task_create(struct client *k, const json_t *request,
    enum job_place place, int (*run)(struct tx *, struct control_task *))
{
	struct control_task *t = xcalloc(1, sizeof(*t));

	t->client = k;
	t->request = request;
	t->place = place;
	t->server = control_runtime(k)->server;
	t->run = run;
	return t;
}

void
control_task_drop(struct control_task *t)
{
	json_decref(t->items);
	json_decref(t->result);
	if (t->data != NULL && t->fini != NULL)
		t->fini(t->data);
	free(t->data);
	free(t);
}

static void
task_clear(struct control_task *t)
{
	json_decref(t->items);
	json_decref(t->result);
	t->items = json_array();
	t->result = NULL;
	t->next = 0;
	t->why[0] = '\0';
}

static int
task_run(struct tx *tx, void *arg)
{
	struct control_task *t = arg;

	task_clear(t);
	return t->run(tx, t);
}

/* The socket has taken the page before, or there will be no next. */
static void
next_page(void *arg, bool gone)
{
	struct control_task *t = arg;

	if (!gone && !control_stopping(t->client)) {
		control_task_start(t);
		return;
	}
	if (gone)
		control_end_take(t->client, NULL);
	else
		control_end_error(t->client, SC_EUNAVAILABLE,
		    "the server stops");
	control_task_drop(t);
}

void
control_task_end(struct control_task *t, int rc)
{
	json_t *result = t->result;
	json_t *item;
	size_t i;

	if (rc == 0)
		json_array_foreach(t->items, i, item)
			control_item_take(t->client, json_incref(item));
	if (rc == 0 && t->next != 0) {
		t->from = t->next;
		control_when_sent(t->client, next_page, t);
		return;
	}
	t->result = NULL;
	if (rc == 0) {
		control_end_take(t->client, result);
	} else {
		json_decref(result);
		control_end_error(t->client, rc, "%s", t->why[0] != '\0' ?
		    t->why : sc_strerror(rc));
	}
	control_task_drop(t);
}

static void
task_done(void *arg, int rc)
{
	struct control_task *t = arg;

	if (t->done != NULL)
		t->done(t, rc);
	else
		control_task_end(t, rc);
}

void
control_task_start(struct control_task *t)
{
	const struct runtime *rt = control_runtime(t->client);
	struct job *j = job_create_call(server_domain(rt->server), t->place,
	    task_run, task_done, t);

	if (t->place == JOB_SCRIBE)
		scribe_push(rt->scribe, &j, 1);
	else
		readers_push(rt->readers, &j, 1);
}

void
control_task_run(struct client *k, const json_t *request,
    enum job_place place, int (*run)(struct tx *, struct control_task *))
{
	control_task_start(control_task_create(k, request, place, run));
}

/* ---- for the commands ------------------------------------------------ */

void
control_task_add_take(struct control_task *t, json_t *item)
{
	sc_assert(item != NULL);
	json_array_append_new(t->items, item);
}

int
control_task_fail(struct control_task *t, int rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->why, sizeof(t->why), fmt, ap);
	va_end(ap);
	return rc;
}

int
control_task_user(struct control_task *t, struct tx *tx, const char *field,
    struct user *u)
{
	const char *name = control_string(t->request, field);
	int rc;

	memset(u, 0, sizeof(*u));
	rc = user_by_name(tx, slice_str(name), u);
	if (rc != SC_ENOTFOUND)
		return rc;
	return control_task_fail(t, rc, "there is no user %.64s: user list "
	    "shows those there are", name);
}

/* What a device is looked for by. */
struct device_look {
	const char *name;
	uint32_t id;
	struct device *found;
	bool by_name, by_id;
};

static int
device_look(void *arg, const struct device *d)
{
	struct device_look *l = arg;

	if (strcmp(d->name, l->name) == 0) {
		*l->found = *d;
		l->by_name = true;
		return 1;
	}
	if (d->id == l->id) {
		*l->found = *d;
		l->by_id = true;
	}
	return 0;
}

/* 0, which no device has, if TEXT is no number of one. */
static uint32_t
device_number(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long long n = strtoull(text, NULL, 10);

	return text[digits] == '\0' && n <= UINT32_MAX ? (uint32_t)n : 0;
}

int
control_task_device(struct control_task *t, struct tx *tx, const char *field,
    uint64_t user, struct device *d)
{
	struct device_look l = {.found = d};
	int rc;

	l.name = control_string(t->request, field);
	l.id = device_number(l.name);
	rc = device_list(tx, user, device_look, &l);
	if (rc < 0 || l.by_name || l.by_id)
		return rc < 0 ? rc : 0;
	return control_task_fail(t, SC_ENOTFOUND, "there is no device "
	    "\"%.64s\": device list shows those there are", l.name);
}

int
control_user_name(struct tx *tx, uint64_t id, char *out, size_t size)
{
	struct user u;
	int rc = user_get(tx, id, &u);

	*out = '\0';
	if (rc == 0)
		snprintf(out, size, "%s", u.name);
	return rc == SC_ENOTFOUND ? 0 : rc;
}

json_t *
control_time(int64_t ms)
{
	char text[32];

	if (ms == 0)
		return json_null();
	time_print(ms, text);
	return json_string(text);
}

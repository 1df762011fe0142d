/* SPDX-License-Identifier: ISC */
/* Control commands: devices of a user. */
#include "src/chat/device.h"
#include "src/common/err.h"
#include "src/daemon/control_task.h"
#include "src/server/account.h"

static int
list_add(void *arg, const struct device *d)
{
	struct control_task *t = arg;

	control_task_add_take(t, json_pack("{s:i, s:o, s:o, s:o, s:o, s:I}",
	    "id", (int)d->id, "name", control_text(d->name), "created",
	    control_time(d->created), "last-login",
	    control_time(d->last_login), "token-since",
	    control_time(d->issued), "logins", (json_int_t)d->login));
	return 0;
}

static int
list_run(struct tx *tx, struct control_task *t)
{
	struct user u;
	int rc = control_task_user(t, tx, "user", &u);

	return rc != 0 ? rc : device_list(tx, u.id, list_add, t);
}

static void
list(struct client *k, json_t *request)
{
	control_task_run(k, request, JOB_READER, list_run);
}

static int
revoke_run(struct tx *tx, struct control_task *t)
{
	struct device d;
	struct user u;
	int rc = control_task_user(t, tx, "user", &u);

	if (rc == 0)
		rc = control_task_device(t, tx, "device", u.id, &d);
	if (rc == 0)
		rc = account_device_revoke(tx, u.id, d.id);
	if (rc == 0)
		t->result = json_pack("{s:i, s:o}", "id", (int)d.id, "name",
		    control_text(d.name));
	return rc;
}

static void
revoke(struct client *k, json_t *request)
{
	control_task_run(k, request, JOB_SCRIBE, revoke_run);
}

const struct control_command control_device[] = {
	{"device list", list, false, {{"user", CONTROL_STRING, true, 0, 0}}},
	{"device revoke", revoke, true, {{"user", CONTROL_STRING, true, 0, 0},
	    {"device", CONTROL_STRING, true, 0, 0}}},
	{.name = NULL},
};

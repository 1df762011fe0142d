/* SPDX-License-Identifier: ISC */
/* Control commands: users. */
#include <stdlib.h>
#include <string.h>

#include "src/chat/user.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/common/wipe.h"
#include "src/daemon/auth_pool.h"
#include "src/daemon/control_task.h"
#include "src/daemon/log.h"
#include "src/daemon/runtime.h"
#include "src/server/account.h"
#include "src/server/event.h"
#include "src/server/outbox.h"
#include "src/server/server.h"

/* ---- add, passwd: a password is hashed first ------------------------- */

/* The data of their tasks. */
struct fresh {
	struct credential credential;
	struct user user;
};

static void
derived(void *arg, int rc, const struct credential *c)
{
	struct control_task *t = arg;
	struct fresh *f = t->data;

	if (rc == SC_EBADREQUEST)
		control_task_fail(t, rc, "the password cannot be used: "
		    "expected at least one character, valid UTF-8, and no "
		    "control characters");
	else if (rc != 0)
		control_task_fail(t, rc, "the password could not be hashed");
	if (rc != 0) {
		control_task_end(t, rc);
		return;
	}
	f->credential = *c;
	control_task_start(t);
}

static void
derive(struct client *k, json_t *request,
    int (*run)(struct tx *, struct control_task *),
    void (*done)(struct control_task *, int rc))
{
	struct control_task *t = control_task_create(k, request, JOB_SCRIBE,
	    run);

	t->done = done;
	t->data = xcalloc(1, sizeof(struct fresh));
	auth_pool_derive(control_runtime(k)->auth,
	    control_string(request, "password"), derived, t);
}

static void
fresh_end(struct control_task *t, int rc)
{
	wipe(t->data, sizeof(struct fresh));
	control_task_end(t, rc);
}

static int
add_run(struct tx *tx, struct control_task *t)
{
	const char *name = control_string(t->request, "name");
	struct fresh *f = t->data;
	int rc = user_create(tx, slice_str(name), &f->credential, &f->user);

	if (rc == SC_EBADREQUEST)
		return control_task_fail(t, rc, "\"%.64s\" is not a user "
		    "name: expected 1 to %d of a-z 0-9 . _ -", name,
		    USER_NAME_MAX);
	if (rc == SC_ECONFLICT)
		return control_task_fail(t, rc, "user %s already exists: "
		    "choose another name", f->user.name);
	if (rc == 0)
		t->result = json_pack("{s:I, s:s}", "id",
		    (json_int_t)f->user.id, "name", f->user.name);
	return rc;
}

static void
add_done(struct control_task *t, int rc)
{
	const struct fresh *f = t->data;

	if (rc == 0)
		log_line(control_runtime(t->client)->log, UNIT_CONTROL,
		    LOG_INFO, "user.added", "user=%llu name=%s",
		    (unsigned long long)f->user.id, f->user.name);
	fresh_end(t, rc);
}

static void
user_add(struct client *k, json_t *request)
{
	derive(k, request, add_run, add_done);
}

/* The device after one, 0 if there is none. */
struct next_device {
	uint32_t after, id;
};

static int
next_device(void *arg, const struct device *d)
{
	struct next_device *n = arg;

	if (d->id <= n->after)
		return 0;
	n->id = d->id;
	return 1;
}

/* All devices need their password again. */
static int
logout_all(struct tx *tx, uint64_t user)
{
	const struct event_fence fence = {.user = user, .login = UINT64_MAX,
	    .why = BYE_REASON_REVOKED, .text = "the password has been changed: "
	    "log in again"};
	struct next_device n = {0, 0};
	int rc;

	do {
		n.after = n.id;
		n.id = 0;
		rc = device_list(tx, user, next_device, &n);
		if (rc >= 0 && n.id != 0)
			rc = device_logout(tx, user, n.id);
	} while (rc >= 0 && n.id != 0);
	return rc < 0 ? rc : outbox_fence(tx->outbox, &fence);
}

static int
passwd_run(struct tx *tx, struct control_task *t)
{
	struct fresh *f = t->data;
	int rc = control_task_user(t, tx, "name", &f->user);

	if (rc == 0)
		rc = user_set_credential(tx, f->user.id, &f->credential);
	if (rc == 0 && control_flag(t->request, "logout"))
		rc = logout_all(tx, f->user.id);
	return rc;
}

static void
user_passwd(struct client *k, json_t *request)
{
	derive(k, request, passwd_run, fresh_end);
}

/* ---- del ------------------------------------------------------------- */

/* It is gone for everybody else when this is done. */
static int
leave_run(struct tx *tx, struct control_task *t)
{
	struct event_fence fence = {.login = UINT64_MAX,
	    .why = BYE_REASON_REVOKED,
	    .text = "this account has been removed"};
	struct user u;
	int rc = control_task_user(t, tx, "name", &u);

	*(uint64_t *)t->data = fence.user = u.id;
	if (rc == 0)
		rc = user_leave(tx, u.id);
	return rc != 0 ? rc : outbox_fence(tx->outbox, &fence);
}

static int
erase_run(struct tx *tx, struct control_task *t)
{
	uint64_t user = *(uint64_t *)t->data;
	int rc = account_erase(tx, t->server, user);

	if (rc == SC_ENOTFOUND)
		t->result = json_pack("{s:I}", "id", (json_int_t)user);
	return rc == SC_ENOTFOUND ? 0 : rc;
}

/* The next piece, until there is a result. */
static void
del_done(struct control_task *t, int rc)
{
	bool gone = rc == 0 || t->run == erase_run;

	runtime_point(control_runtime(t->client), "account-piece");
	if (rc == 0 && t->result == NULL && !control_stopping(t->client)) {
		t->run = erase_run;
		control_task_start(t);
		return;
	}
	if (rc == 0 && t->result == NULL)
		rc = SC_EUNAVAILABLE;
	if (rc != 0 && gone)
		control_task_fail(t, rc, "the account is gone; what it had "
		    "goes when the server starts the next time");
	control_task_end(t, rc);
}

static void
user_del(struct client *k, json_t *request)
{
	struct control_task *t = control_task_create(k, request, JOB_SCRIBE,
	    leave_run);

	t->done = del_done;
	t->data = xcalloc(1, sizeof(uint64_t));
	control_task_start(t);
}

/* ---- list, show ------------------------------------------------------ */

struct listing {
	struct control_task *task;
	const char *prefix;
	size_t n;
};

static int
list_add(void *arg, const struct user *u)
{
	struct listing *l = arg;

	if (strncmp(u->name, l->prefix, strlen(l->prefix)) == 0)
		control_task_add_take(l->task, json_pack("{s:I, s:s, s:o}",
		    "id", (json_int_t)u->id, "name", u->name, "created",
		    control_time(u->created)));
	if (++l->n < CONTROL_PAGE)
		return 0;
	l->task->next = u->id + 1;
	return 1;
}

static int
list_run(struct tx *tx, struct control_task *t)
{
	const char *prefix = control_string(t->request, "prefix");
	struct listing l = {t, prefix == NULL ? "" : prefix, 0};
	int rc = user_list(tx, t->from, list_add, &l);

	return rc < 0 ? rc : 0;
}

static void
user_list_start(struct client *k, json_t *request)
{
	control_task_run(k, request, JOB_READER, list_run);
}

struct counts {
	int64_t devices, last_login, chats;
};

static int
count_device(void *arg, const struct device *d)
{
	struct counts *c = arg;

	c->devices++;
	if (d->last_login > c->last_login)
		c->last_login = d->last_login;
	return 0;
}

static int
count_chat(void *arg, uint64_t number, const struct chat_id *id)
{
	(void)number, (void)id;
	++*(int64_t *)arg;
	return 0;
}

static int
show_run(struct tx *tx, struct control_task *t)
{
	struct counts n = {0};
	struct chat account;
	char id[CHAT_ID_TEXT + 1];
	struct user u;
	int rc = control_task_user(t, tx, "name", &u);

	if (rc == 0)
		rc = device_list(tx, u.id, count_device, &n);
	if (rc == 0)
		rc = chat_list(tx, u.id, 0, count_chat, &n.chats);
	if (rc == 0)
		rc = chat_get(tx, &u.account, &account);
	if (rc != 0)
		return rc;
	chat_id_print(&u.account, id);
	control_task_add_take(t, json_pack("{s:I, s:s, s:o, s:I, s:i, s:o, "
	    "s:I, s:s, s:I}", "id", (json_int_t)u.id, "name", u.name,
	    "created", control_time(u.created), "devices",
	    (json_int_t)n.devices, "devices-max",
	    (int)domain_conf(tx->d)->max_devices, "last-login",
	    control_time(n.last_login), "chats", (json_int_t)n.chats - 1,
	    "account", id, "account-entries", (json_int_t)account.head));
	return 0;
}

static void
user_show(struct client *k, json_t *request)
{
	control_task_run(k, request, JOB_READER, show_run);
}

const struct control_command control_user[] = {
	{"user add", user_add, true, {{"name", CONTROL_STRING, true, 0, 0},
	    {"password", CONTROL_SECRET, true, 0, 0}}},
	{"user del", user_del, true, {{"name", CONTROL_STRING, true, 0, 0}}},
	{"user passwd", user_passwd, true,
	    {{"name", CONTROL_STRING, true, 0, 0},
	    {"password", CONTROL_SECRET, true, 0, 0},
	    {"logout", CONTROL_FLAG, false, 0, 0}}},
	{"user list", user_list_start, false,
	    {{"prefix", CONTROL_STRING, false, 0, 0}}},
	{"user show", user_show, false,
	    {{"name", CONTROL_STRING, true, 0, 0}}},
	{.name = NULL},
};

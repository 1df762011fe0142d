/* SPDX-License-Identifier: ISC */
/* Control commands: users. */
#include <stdlib.h>
#include <string.h>

#include "protocol/xmltext.h"
#include "src/chat/user.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/common/wipe.h"
#include "src/daemon/auth_pool.h"
#include "src/daemon/control.h"
#include "src/daemon/log.h"
#include "src/daemon/readers.h"
#include "src/daemon/runtime.h"
#include "src/daemon/scribe.h"
#include "src/server/job.h"
#include "src/server/server.h"

/* ---- user add -------------------------------------------------------- */

struct user_add {
	struct client *client;
	char name[USER_NAME_MAX + 1];
	struct credential credential;
	struct user user;
};

static void
user_add_free(struct user_add *a)
{
	wipe(a, sizeof(*a));
	free(a);
}

static int
user_add_run(struct tx *tx, void *arg)
{
	struct user_add *a = arg;

	return user_create(tx, slice_str(a->name), &a->credential, &a->user);
}

static void
user_add_done(void *arg, int rc)
{
	struct user_add *a = arg;
	const struct runtime *rt = control_runtime(a->client);

	if (rc == 0) {
		log_line(rt->log, UNIT_CONTROL, LOG_INFO, "user.added",
		    "user=%llu name=%s",
		    (unsigned long long)a->user.id, a->user.name);
		control_end_take(a->client, json_pack("{s:I}", "id",
		    (json_int_t)a->user.id));
	} else if (rc == SC_ECONFLICT) {
		control_end_error(a->client, rc, "user %s already exists: "
		    "choose another name", a->name);
	} else {
		control_end_error(a->client, rc, "user %s was not added: %s",
		    a->name, sc_strerror(rc));
	}
	user_add_free(a);
}

static void
user_add_derived(void *arg, int rc, const struct credential *c)
{
	struct user_add *a = arg;
	const struct runtime *rt = control_runtime(a->client);
	struct job *j;

	if (rc != 0) {
		control_end_error(a->client, rc, rc == SC_EBADREQUEST ?
		    "the password cannot be used: expected at least one "
		    "character, valid UTF-8, and no control characters" :
		    "the password could not be hashed");
		user_add_free(a);
		return;
	}
	a->credential = *c;
	j = job_create_call(server_domain(rt->server), JOB_SCRIBE,
	    user_add_run, user_add_done, a);
	scribe_push(rt->scribe, &j, 1);
}

static void
user_add(struct client *k, json_t *request)
{
	const char *name, *password;
	struct user_add *a;

	name = json_string_value(json_object_get(request, "name"));
	password = json_string_value(json_object_get(request, "password"));
	if (name == NULL || password == NULL) {
		control_end_error(k, SC_EBADREQUEST,
		    "expected strings \"name\" and \"password\"");
		return;
	}
	a = xcalloc(1, sizeof(*a));
	a->client = k;
	if (user_name_prepare(slice_str(name), a->name) != 0) {
		control_end_error(k, SC_EBADREQUEST, "\"%.64s\" is not a user "
		    "name: expected 1 to %d of a-z 0-9 . _ -", name,
		    USER_NAME_MAX);
		user_add_free(a);
		return;
	}
	auth_pool_derive(control_runtime(k)->auth, password, user_add_derived,
	    a);
}

/* ---- user list ------------------------------------------------------- */

enum { PAGE = 500 };

struct user_list {
	struct client *client;
	uint64_t first;		/* the next page begins there */
	size_t n;
	struct {
		uint64_t id;
		int64_t created;
		char name[USER_NAME_MAX + 1];
	} rows[PAGE];
};

static int
user_list_add(void *arg, const struct user *u)
{
	struct user_list *l = arg;

	l->rows[l->n].id = u->id;
	l->rows[l->n].created = u->created;
	memcpy(l->rows[l->n].name, u->name, sizeof(u->name));
	return ++l->n == PAGE;
}

static int
user_list_run(struct tx *tx, void *arg)
{
	struct user_list *l = arg;

	l->n = 0;
	return user_list(tx, l->first, user_list_add, l);
}

static void user_list_page(void *arg, bool gone);

static void
user_list_done(void *arg, int rc)
{
	struct user_list *l = arg;
	char created[32];
	size_t i;

	for (i = 0; rc == 0 && i < l->n; i++) {
		time_print(l->rows[i].created, created);
		control_item_take(l->client, json_pack("{s:I, s:s, s:s}", "id",
		    (json_int_t)l->rows[i].id, "name", l->rows[i].name,
		    "created", created));
	}
	if (rc == 0 && l->n == PAGE) {
		l->first = l->rows[PAGE - 1].id + 1;
		control_when_sent(l->client, user_list_page, l);
		return;
	}
	if (rc == 0)
		control_end_take(l->client, NULL);
	else
		control_end_error(l->client, rc,
		    "the users cannot be read: %s", sc_strerror(rc));
	free(l);
}

static void
user_list_page(void *arg, bool gone)
{
	struct user_list *l = arg;
	const struct runtime *rt = control_runtime(l->client);
	struct job *j;

	if (gone) {
		control_end_take(l->client, NULL);
		free(l);
		return;
	}
	j = job_create_call(server_domain(rt->server), JOB_READER,
	    user_list_run, user_list_done, l);
	readers_push(rt->readers, &j, 1);
}

static void
user_list_start(struct client *k, json_t *request)
{
	struct user_list *l = xcalloc(1, sizeof(*l));

	(void)request;
	l->client = k;
	user_list_page(l, false);
}

const struct control_command control_user[] = {
	{"user add", user_add},
	{"user list", user_list_start},
	{NULL, NULL},
};

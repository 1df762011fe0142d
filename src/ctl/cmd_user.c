/* SPDX-License-Identifier: ISC */
/* Commands: users. */
#include <stdlib.h>

#include "src/common/wipe.h"
#include "src/ctl/ask.h"
#include "src/ctl/ctl.h"

/* The request of the command, with a password. */
static int
request_with_password(const struct ctl *c, json_t **request)
{
	char password[ASK_PASSWORD_MAX + 2];
	int rc = ask_password(password, sizeof(password));

	*request = rc == 0 ? ctl_request(c) : NULL;
	if (*request != NULL && json_object_set_new(*request, "password",
		json_string(password)) != 0) {
		json_decref(*request);
		*request = NULL;
	}
	wipe(password, sizeof(password));
	if (rc == 0 && *request == NULL)
		rc = ctl_fail("name and password must be UTF-8");
	return rc;
}

static int
user_add(struct ctl *c)
{
	json_t *request;
	int rc = request_with_password(c, &request);

	return rc != 0 ? rc : ctl_run_request_take(c, request, "added %s");
}

static int
user_passwd(struct ctl *c)
{
	json_t *request;
	int rc = request_with_password(c, &request);

	return rc != 0 ? rc : ctl_run_request_take(c, request,
	    "changed the password of %s");
}

static int
user_del(struct ctl *c)
{
	int rc = 0;

	if (!ctl_option(c, "yes", NULL))
		rc = ask_confirm("This removes the account with its devices "
		    "and its own chats.", c->args[0]);
	return rc != 0 ? rc : ctl_run_request_take(c, ctl_request(c),
	    "removed %s");
}

static const struct ctl_column list_columns[] = {
	{"id", "ID"},
	{"name", "NAME"},
	{"created", "CREATED"},
	{NULL, NULL},
};

static const struct ctl_column show_columns[] = {
	{"id", "id"},
	{"name", "name"},
	{"created", "created"},
	{"devices", "devices"},
	{"devices-max", "devices at most"},
	{"last-login", "last login"},
	{"chats", "chats"},
	{"account", "account log"},
	{"account-entries", "entries in it"},
	{NULL, NULL},
};

const struct ctl_command cmd_user[] = {
	{.name = "user add",
	    .what = "add a user; standard input has the password",
	    .args = "NAME", .run = user_add},
	{.name = "user del",
	    .what = "remove an account, and what nobody else can read",
	    .args = "NAME", .options = {{"yes",
	    CTL_LOCAL_FLAG, NULL, 0, 0}}, .run = user_del},
	{.name = "user passwd",
	    .what = "set a new password; standard input has it",
	    .args = "NAME", .options = {{"logout",
	    CTL_FLAG, NULL, 0, 0}}, .run = user_passwd},
	{.name = "user list",
	    .what = "print the users",
	    .args = "[PREFIX]", .columns = list_columns,
	    .list = true},
	{.name = "user show",
	    .what = "print what is known of a user",
	    .args = "NAME", .columns = show_columns},
	{.name = NULL},
};

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

static const struct ctl_column list_columns[] = {
	{"id", "ID"},
	{"name", "NAME"},
	{"created", "CREATED"},
	{NULL, NULL},
};

const struct ctl_command cmd_user[] = {
	{.name = "user add", .args = "NAME", .run = user_add},
	{.name = "user list", .args = "", .columns = list_columns,
	    .list = true},
	{.name = NULL},
};

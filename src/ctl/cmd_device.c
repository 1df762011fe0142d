/* SPDX-License-Identifier: ISC */
/* Commands: devices of a user. */
#include "src/ctl/ctl.h"

static const struct ctl_column list_columns[] = {
	{"id", "ID"},
	{"name", "NAME"},
	{"created", "CREATED"},
	{"last-login", "LAST LOGIN"},
	{"logins", "LOGINS"},
	{NULL, NULL},
};

static int
revoke(struct ctl *c)
{
	return ctl_run_request_take(c, ctl_request(c),
	    "revoked a device of %s");
}

const struct ctl_command cmd_device[] = {
	{.name = "device list",
	    .what = "print the devices of a user",
	    .args = "USER", .columns = list_columns,
	    .list = true},
	{.name = "device revoke",
	    .what = "remove a device, by its name or number",
	    .args = "USER DEVICE", .run = revoke},
	{.name = NULL},
};

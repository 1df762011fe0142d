/* SPDX-License-Identifier: ISC */
/* Commands: sessions. */
#include <string.h>

#include "src/ctl/ctl.h"

static const struct ctl_column list_columns[] = {
	{"id", "ID"},
	{"user", "USER"},
	{"device", "DEVICE"},
	{"peer", "PEER"},
	{"since", "SINCE"},
	{"idle-ms", "IDLE MS"},
	{"unacknowledged", "UNACKED"},
	{"queued-bytes", "QUEUED"},
	{"worker", "WORKER"},
	{"tls", "TLS"},
	{"cipher", "CIPHER"},
	{NULL, NULL},
};

/* "ID", "USER" or "USER/DEVICE"; a user of digits only is "17/". */
static json_t *
kick_request(const char *who)
{
	size_t n = strcspn(who, "/");
	json_t *request = json_pack("{s:s}", "command", "session kick");
	int rc;

	if (who[0] != '\0' && strspn(who, "0123456789") == strlen(who))
		rc = json_object_set_new(request, "session",
		    json_integer((json_int_t)strtoll(who, NULL, 10)));
	else
		rc = json_object_set_new(request, "user",
		    json_stringn(who, n));
	if (rc == 0 && who[n] == '/' && who[n + 1] != '\0')
		rc = json_object_set_new(request, "device",
		    json_string(who + n + 1));
	if (rc == 0)
		return request;
	json_decref(request);
	return NULL;
}

static int
kick(struct ctl *c)
{
	return ctl_run_request_take(c, kick_request(c->args[0]), "ended %s");
}

const struct ctl_command cmd_session[] = {
	{.name = "session list",
	    .what = "print who is connected",
	    .args = "[USER]", .columns = list_columns,
	    .list = true},
	{.name = "session kick",
	    .what = "end one session, or those of a user or device",
	    .args = "ID|USER[/DEVICE]", .run = kick},
	{.name = NULL},
};

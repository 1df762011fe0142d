/* SPDX-License-Identifier: ISC */
/* Control commands: the server as a whole. */
#include <stddef.h>

#include "src/daemon/control.h"

static void
stop(struct client *k, json_t *request)
{
	(void)request;
	control_end_take(k, NULL);
	control_request_stop(k);
}

const struct control_command control_server[] = {
	{.name = "stop", .run = stop, .changes = true},
	{.name = NULL},
};

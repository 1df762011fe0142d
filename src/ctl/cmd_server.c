/* SPDX-License-Identifier: ISC */
/* Commands: the server as a whole. */
#include <stdio.h>
#include <stdlib.h>

#include "src/ctl/ctl.h"

static int
stop(struct ctl *c)
{
	json_t *last;
	int rc;

	rc = ctl_send_take(c, ctl_request(c));
	if (rc == 0)
		rc = ctl_answer(c, NULL, NULL, &last);
	if (rc != 0)
		return rc;
	/* The server closes the connection when it has stopped. */
	while (fgetc(c->in) != EOF)
		;
	if (c->json)
		ctl_print_json(last);
	else
		printf("stopped\n");
	json_decref(last);
	return 0;
}

const struct ctl_command cmd_server[] = {
	{.name = "stop", .args = "", .run = stop},
	{.name = NULL},
};

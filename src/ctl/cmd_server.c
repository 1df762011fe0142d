/* SPDX-License-Identifier: ISC */
/* Commands: the server as a whole. */
#include <stdio.h>
#include <stdlib.h>

#include "src/ctl/ctl.h"

/* Prints DONE, or with --json LAST, which is taken. */
static int
done(const struct ctl *c, json_t *last, const char *text)
{
	if (c->json)
		ctl_print_json(last);
	else
		printf("%s\n", text);
	json_decref(last);
	return 0;
}

/* The server closes the connection when it has stopped. */
static void
wait_for_end(struct ctl *c)
{
	while (fgetc(c->in) != EOF)
		;
}

static json_int_t
number(const json_t *item, const char *field)
{
	return json_integer_value(json_object_get(item, field));
}

static void
print_progress(void *arg, const json_t *item)
{
	(void)arg;
	printf("%" JSON_INTEGER_FORMAT " sessions to tell, "
	    "%" JSON_INTEGER_FORMAT " connections open, "
	    "%" JSON_INTEGER_FORMAT " requests under way\n",
	    number(item, "sessions"), number(item, "connections"),
	    number(item, "requests"));
	fflush(stdout);
}

static int
drain(struct ctl *c)
{
	bool stop = ctl_option(c, "stop", NULL);
	json_t *last;
	int rc;

	rc = ctl_send_take(c, ctl_request(c));
	if (rc == 0)
		rc = ctl_answer(c, print_progress, NULL, &last);
	if (rc != 0)
		return rc;
	if (stop)
		wait_for_end(c);
	return done(c, last, stop ? "drained and stopped" : "drained");
}

/* Whoever answers now. */
static int
print_successor(struct ctl *c)
{
	json_t *last, *pid;
	int rc;

	ctl_disconnect(c);
	rc = ctl_connect(c);
	if (rc == 0)
		rc = ctl_send_take(c, json_pack("{s:s}", "command", "stats"));
	if (rc == 0)
		rc = ctl_answer(c, NULL, NULL, &last);
	if (rc != 0)
		return rc;
	pid = json_object_get(json_object_get(last, "stats"), "pid");
	if (c->json) {
		pid = json_pack("{s:b, s:I}", "ok", 1, "pid",
		    json_integer_value(pid));
		ctl_print_json(pid);
		json_decref(pid);
	} else {
		printf("restarted: process %" JSON_INTEGER_FORMAT
		    " serves now\n", json_integer_value(pid));
	}
	json_decref(last);
	return 0;
}

/* The parent keeps the socket: the answer comes from the next process. */
static int
restart(struct ctl *c)
{
	json_t *last;
	int rc;

	rc = ctl_send_take(c, ctl_request(c));
	if (rc == 0)
		rc = ctl_answer(c, print_progress, NULL, &last);
	if (rc != 0)
		return rc;
	json_decref(last);
	wait_for_end(c);
	return print_successor(c);
}

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
	wait_for_end(c);
	return done(c, last, "stopped");
}

const struct ctl_command cmd_server[] = {
	{.name = "drain",
	    .what = "send all clients away, before a planned stop",
	    .args = "", .options = {{"stop", CTL_FLAG, NULL, 0,
	    0}}, .run = drain},
	{.name = "restart",
	    .what = "start the server's new program; the port stays open",
	    .args = "", .run = restart},
	{.name = "stop",
	    .what = "stop the server",
	    .args = "", .run = stop},
	{.name = NULL},
};

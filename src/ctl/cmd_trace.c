/* SPDX-License-Identifier: ISC */
/* Command: trace, the stanzas of a user as they pass. */
#include <stdlib.h>
#include <string.h>

#include "src/ctl/ctl.h"

static const char *
text(const json_t *item, const char *field)
{
	const char *s = json_string_value(json_object_get(item, field));

	return s == NULL ? "" : s;
}

static void
print_event(void *arg, const json_t *item)
{
	const struct ctl *c = arg;

	if (strcmp(text(item, "event"), "tracing") == 0) {
		fprintf(stderr, "stonechatctl: tracing %s; interrupt to end\n",
		    c->args[0]);
		return;
	}
	printf("%s %" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT " %s ",
	    text(item, "time"), json_integer_value(json_object_get(item,
	    "session")), json_integer_value(json_object_get(item, "device")),
	    strcmp(text(item, "direction"), "in") == 0 ? "->" : "<-");
	ctl_print_clean(text(item, "xml"));
	putchar('\n');
	fflush(stdout);
}

static int
trace(struct ctl *c)
{
	json_int_t dropped;
	json_t *last;
	int rc = ctl_send_take(c, ctl_request(c));

	if (rc == 0)
		rc = ctl_answer(c, print_event, c, &last);
	if (rc != 0)
		return rc;
	dropped = json_integer_value(json_object_get(last, "dropped"));
	if (dropped > 0)
		fprintf(stderr, "stonechatctl: %" JSON_INTEGER_FORMAT
		    " stanzas came too fast to be shown\n", dropped);
	json_decref(last);
	return 0;
}

const struct ctl_command cmd_trace[] = {
	{.name = "trace",
	    .what = "show the stanzas of a user as they pass",
	    .args = "USER", .options = {
	    {"count", CTL_NUMBER, "N", 1, INT64_MAX},
	    {"seconds", CTL_NUMBER, "S", 1, 86400},
	    {"bodies", CTL_FLAG, NULL, 0, 0}}, .run = trace},
	{.name = NULL},
};

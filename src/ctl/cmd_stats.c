/* SPDX-License-Identifier: ISC */
/* Command: the counters of the server. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/ctl/ctl.h"

/* What was printed last, to tell what has moved. */
struct shown {
	json_t *before;		/* names and values; NULL: the first time */
	json_t *now;
	char group[32];
};

static const char *
text(const json_t *item, const char *field)
{
	const char *s = json_string_value(json_object_get(item, field));

	return s == NULL ? "" : s;
}

/* The first time all, in groups and with what they mean; then what moved. */
static void
print_counter(void *arg, const json_t *item)
{
	struct shown *s = arg;
	const char *name = text(item, "name"), *group = text(item, "group");
	json_int_t n = json_integer_value(json_object_get(item, "value"));
	json_int_t was;

	json_object_set_new(s->now, name, json_integer(n));
	if (s->before != NULL) {
		was = json_integer_value(json_object_get(s->before, name));
		if (n != was && strcmp(name, "uptime") != 0)
			printf("%-23s %14" JSON_INTEGER_FORMAT
			    " %+12" JSON_INTEGER_FORMAT "\n", name, n,
			    n - was);
		return;
	}
	if (strcmp(s->group, group) != 0)
		printf("%s%s\n", *s->group == '\0' ? "" : "\n", group);
	(void)snprintf(s->group, sizeof(s->group), "%s", group);
	printf("  %-23s %14" JSON_INTEGER_FORMAT "  %s\n", name, n,
	    text(item, "help"));
}

/* For people. */
static int
print_groups(struct ctl *c, struct shown *s)
{
	json_t *last, *request = ctl_request(c);
	int rc;

	json_object_set_new(request, "describe", json_true());
	s->now = json_object();
	rc = ctl_send_take(c, request);
	if (rc == 0)
		rc = ctl_answer(c, print_counter, s, &last);
	json_decref(s->before);
	s->before = s->now;
	if (rc == 0)
		json_decref(last);
	fflush(stdout);
	return rc;
}

static int
print_object(struct ctl *c)
{
	json_t *last;
	int rc = ctl_send_take(c, ctl_request(c));

	if (rc == 0)
		rc = ctl_answer(c, NULL, NULL, &last);
	if (rc != 0)
		return rc;
	ctl_print_json(json_object_get(last, "stats"));
	json_decref(last);
	return 0;
}

static int
stats(struct ctl *c)
{
	struct shown s = {.before = NULL};
	int64_t watch = 0;
	int rc;

	(void)ctl_option(c, "watch", &watch);
	for (;;) {
		rc = c->json ? print_object(c) : print_groups(c, &s);
		if (rc != 0 || watch == 0)
			break;
		sleep((unsigned)watch);
		if (!c->json)
			putchar('\n');
	}
	json_decref(s.before);
	return rc;
}

const struct ctl_command cmd_stats[] = {
	{.name = "stats",
	    .what = "print the counters",
	    .args = "", .options = {{"watch",
	    CTL_LOCAL_NUMBER, "S", 1, 86400}}, .run = stats},
	{.name = NULL},
};

/* SPDX-License-Identifier: ISC */
/* Commands: modules. */
#include <stdbool.h>
#include <stdlib.h>

#include "src/ctl/ctl.h"

static void
print_value(const json_t *v)
{
	if (json_is_boolean(v))
		printf("%s", json_is_true(v) ? "yes" : "no");
	else if (json_is_integer(v))
		printf("%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else
		printf("%s", json_string_value(v));
}

/* "  TITLE: a b c", or nothing if there are none. */
static void
print_names(const json_t *item, const char *field)
{
	const json_t *names = json_object_get(item, field);
	const json_t *name;
	size_t i;

	if (json_array_size(names) == 0)
		return;
	printf("  %s:", field);
	json_array_foreach(names, i, name)
		printf(" %s", json_string_value(name));
	putchar('\n');
}

static void
print_pairs(const json_t *item, const char *field)
{
	json_t *pairs = json_object_get(item, field);
	const char *name;
	json_t *value;

	if (json_object_size(pairs) == 0)
		return;
	printf("  %s:", field);
	json_object_foreach(pairs, name, value) {
		printf(" %s=", name);
		print_value(value);
	}
	putchar('\n');
}

static void
print_module(void *arg, const json_t *item)
{
	bool on = json_is_true(json_object_get(item, "enabled"));

	(void)arg;
	printf("%s%s: %s\n", json_string_value(json_object_get(item, "name")),
	    on ? "" : " (switched off)",
	    json_string_value(json_object_get(item, "summary")));
	print_pairs(item, "options");
	print_names(item, "verbs");
	print_names(item, "tables");
	print_names(item, "sweeps");
	print_pairs(item, "counters");
}

static int
list(struct ctl *c)
{
	json_t *last;
	int rc = ctl_send_take(c, ctl_request(c));

	if (rc == 0)
		rc = ctl_answer(c, print_module, NULL, &last);
	if (rc == 0)
		json_decref(last);
	return rc;
}

const struct ctl_command cmd_module[] = {
	{.name = "module list", .args = "", .run = list},
	{.name = "module load", .args = "NAME"},
	{.name = "module unload", .args = "NAME"},
	{.name = NULL},
};

/* SPDX-License-Identifier: ISC */
/* Commands: modules. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
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

/* Several rows of a module may serve a tag, each with actions of its own. */
static bool
is_repeated(const json_t *names, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (json_equal(json_array_get(names, i),
		    json_array_get(names, j)) == 1)
			return true;
	return false;
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
		if (!is_repeated(names, i))
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
	print_names(item, "commands");
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

/* What stands behind NAME COMMAND, a line each. */
static json_t *
run_request(const struct ctl *c)
{
	json_t *request = json_pack("{s:s, s:s, s:s}", "command",
	    c->command->name, "name", c->args[0], "run", c->args[1]);
	char *lines;
	size_t size = 1, n = 0;

	for (int i = 2; i < c->nargs; i++)
		size += strlen(c->args[i]) + 1;
	lines = xcalloc(1, size);
	for (int i = 2; i < c->nargs; i++)
		n += (size_t)snprintf(lines + n, size - n, "%s\n",
		    c->args[i]);
	/* not UTF-8: refused where it is sent */
	if (request != NULL && json_object_set_new(request, "arguments",
	    json_string(lines)) != 0) {
		json_decref(request);
		request = NULL;
	}
	free(lines);
	return request;
}

/* "KEY: VALUE" lines, and an empty one between items. */
static void
print_item(void *arg, const json_t *item)
{
	bool *any = arg;
	const char *key;
	json_t *value;

	if (*any)
		putchar('\n');
	*any = true;
	json_object_foreach((json_t *)(uintptr_t)item, key, value) {
		printf("%s: ", key);
		if (json_is_string(value))
			ctl_print_clean(json_string_value(value));
		else
			print_value(value);
		putchar('\n');
	}
}

static int
run_command(struct ctl *c)
{
	bool any = false;
	json_t *last;
	int rc;

	for (int i = 2; i < c->nargs; i++)
		if (strchr(c->args[i], '=') == NULL ||
		    strchr(c->args[i], '\n') != NULL)
			return ctl_fail("expected an argument as NAME=VALUE in "
			    "one line, found \"%s\"", c->args[i]);
	rc = ctl_send_take(c, run_request(c));
	if (rc == 0)
		rc = ctl_answer(c, print_item, &any, &last);
	if (rc == 0)
		json_decref(last);
	return rc;
}

static int
load(struct ctl *c)
{
	return ctl_run_request_take(c, ctl_request(c),
	    "module %s is switched on");
}

static int
unload(struct ctl *c)
{
	return ctl_run_request_take(c, ctl_request(c),
	    "module %s is switched off");
}

const struct ctl_command cmd_module[] = {
	{.name = "module list",
	    .what = "print the modules and what they offer",
	    .args = "", .run = list},
	{.name = "module load",
	    .what = "switch a module on",
	    .args = "NAME", .run = load},
	{.name = "module unload",
	    .what = "switch a module off",
	    .args = "NAME", .run = unload},
	{.name = "module run",
	    .what = "run a command of a module",
	    .args = "NAME COMMAND [ARGUMENT=VALUE]...",
	    .run = run_command},
	{.name = NULL},
};

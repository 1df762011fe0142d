/* SPDX-License-Identifier: ISC */
/* What the requests of the control socket must look like. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/utf8.h"
#include "src/common/alloc.h"
#include "src/daemon/control.h"

static const struct control_field *
field_find(const struct control_command *cmd, const char *name)
{
	const struct control_field *f = cmd->fields;

	for (int i = 0; i < CONTROL_FIELDS && f[i].name != NULL; i++)
		if (strcmp(f[i].name, name) == 0)
			return &f[i];
	return NULL;
}

static void
say_unknown(const struct control_command *cmd, const char *name, char *why,
    size_t whylen)
{
	const struct control_field *f = cmd->fields;
	char names[128] = "";
	size_t n = 0;

	for (int i = 0; i < CONTROL_FIELDS && f[i].name != NULL &&
	    n < sizeof(names); i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s",
		    i == 0 ? "" : ", ", f[i].name);
	if (n == 0)
		snprintf(why, whylen, "unknown field \"%.60s\": \"%s\" has "
		    "none", name, cmd->name);
	else
		snprintf(why, whylen, "unknown field \"%.60s\": expected one "
		    "of %s", name, names);
}

static bool
field_check(const struct control_field *f, const json_t *value, char *why,
    size_t whylen)
{
	json_int_t n = json_integer_value(value);

	switch (f->type) {
	case CONTROL_STRING:
	case CONTROL_SECRET:
		if (json_is_string(value) && strlen(json_string_value(value)) ==
		    json_string_length(value))
			return true;
		snprintf(why, whylen, "\"%s\": expected a string", f->name);
		return false;
	case CONTROL_FLAG:
		if (json_is_boolean(value))
			return true;
		snprintf(why, whylen, "\"%s\": expected true or false",
		    f->name);
		return false;
	default:
		if (json_is_integer(value) && n >= f->min && n <= f->max)
			return true;
		snprintf(why, whylen, "\"%s\": expected a number from %" PRId64
		    " to %" PRId64, f->name, f->min, f->max);
		return false;
	}
}

bool
control_check(const struct control_command *cmd, const json_t *request,
    char *why, size_t whylen)
{
	const struct control_field *f = cmd->fields;
	const char *name;
	json_t *value;

	/* jansson's iteration wants a pointer that is not const */
	json_object_foreach((json_t *)(uintptr_t)request, name, value) {
		if (strcmp(name, "command") == 0)
			continue;
		f = field_find(cmd, name);
		if (f == NULL) {
			say_unknown(cmd, name, why, whylen);
			return false;
		}
		if (!field_check(f, value, why, whylen))
			return false;
	}
	f = cmd->fields;
	for (int i = 0; i < CONTROL_FIELDS && f[i].name != NULL; i++) {
		if (!f[i].required || json_object_get(request, f[i].name))
			continue;
		snprintf(why, whylen, "\"%s\" needs the field \"%s\"",
		    cmd->name, f[i].name);
		return false;
	}
	return true;
}

const char *
control_fields(const struct control_command *cmd, const json_t *request,
    char *out, size_t size)
{
	const struct control_field *f = cmd->fields;
	const json_t *v;
	size_t n = 0;

	*out = '\0';
	for (int i = 0; i < CONTROL_FIELDS && f[i].name != NULL && n < size;
	    i++) {
		v = json_object_get(request, f[i].name);
		if (v == NULL || f[i].type == CONTROL_SECRET)
			continue;
		if (f[i].type == CONTROL_STRING)
			n += (size_t)snprintf(out + n, size - n, "%s%s=%.100s",
			    n == 0 ? "" : " ", f[i].name,
			    json_string_value(v));
		else if (f[i].type == CONTROL_NUMBER)
			n += (size_t)snprintf(out + n, size - n,
			    "%s%s=%" JSON_INTEGER_FORMAT, n == 0 ? "" : " ",
			    f[i].name, json_integer_value(v));
		else if (json_is_true(v))
			n += (size_t)snprintf(out + n, size - n, "%s%s=yes",
			    n == 0 ? "" : " ", f[i].name);
	}
	return out;
}

const char *
control_string(const json_t *request, const char *field)
{
	return json_string_value(json_object_get(request, field));
}

int64_t
control_number(const json_t *request, const char *field)
{
	return json_integer_value(json_object_get(request, field));
}

bool
control_flag(const json_t *request, const char *field)
{
	return json_is_true(json_object_get(request, field));
}

json_t *
control_text(const char *s)
{
	char *copy = xstrdup(s);
	struct slice rest = slice_str(copy);
	json_t *text;
	uint32_t c;

	while (rest.len > 0) {
		if (utf8_take(&rest, &c) == 0)
			continue;
		copy[strlen(copy) - rest.len] = '?';
		rest.p++;
		rest.len--;
	}
	text = json_string(copy);
	free(copy);
	return text;
}

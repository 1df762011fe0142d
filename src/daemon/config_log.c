/* SPDX-License-Identifier: ISC */
#include "src/daemon/config_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct conf_choice config_log_levels[] = {
	{"error", LOG_ERR, NULL},
	{"warning", LOG_WARNING, NULL},
	{"notice", LOG_NOTICE, NULL},
	{"info", LOG_INFO, NULL},
	{"debug", LOG_DEBUG, NULL},
	{NULL, 0, NULL},
};

void
config_log_init(struct log_conf *c)
{
	for (int i = 0; i < LOG_UNITS; i++)
		c->units[i] = -1;
}

/* Returns -1. */
static int __attribute__((format(printf, 3, 4)))
say(char *why, size_t whylen, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, whylen, fmt, ap);
	va_end(ap);
	return -1;
}

static int
say_units(const char *found, char *why, size_t whylen)
{
	char names[256] = "";
	size_t n = 0;

	for (int i = 0; i < LOG_UNITS && n < sizeof(names); i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s %s",
		    i == 0 ? "" : ",", log_unit_name((enum log_unit)i));
	if (found == NULL)
		return say(why, whylen, "expected name, one of%s", names);
	return say(why, whylen, "expected name to be one of%s, "
	    "found \"%.200s\"", names, found);
}

static int
find_level(const char *text)
{
	const struct conf_choice *c = config_log_levels;

	while (c->word != NULL && strcmp(c->word, text) != 0)
		c++;
	return c->word == NULL ? -1 : c->value;
}

static int
say_levels(const char *found, char *why, size_t whylen)
{
	char names[128] = "";
	size_t n = 0;

	for (const struct conf_choice *c = config_log_levels;
	    c->word != NULL && n < sizeof(names); c++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s %s",
		    c == config_log_levels ? "" : ",", c->word);
	if (found == NULL)
		return say(why, whylen, "expected level, one of%s", names);
	return say(why, whylen, "expected level to be one of%s, "
	    "found \"%.200s\"", names, found);
}

int
config_log_take(struct config *c, const char *const *attributes,
    unsigned line, char *why, size_t whylen)
{
	const char *name = NULL, *level = NULL;
	int unit;

	for (const char *const *a = attributes; a[0] != NULL; a += 2) {
		if (strcmp(a[0], "name") == 0)
			name = a[1];
		else if (strcmp(a[0], "level") == 0)
			level = a[1];
		else
			return say(why, whylen, "expected attributes name, "
			    "level, found \"%.200s\"", a[0]);
	}
	unit = name == NULL ? -1 : log_unit_find(name);
	if (unit < 0)
		return say_units(name, why, whylen);
	if (level == NULL || find_level(level) < 0)
		return say_levels(level, why, whylen);
	if (c->unit_lines[unit] != 0)
		return say(why, whylen, "expected %s once only; it is already "
		    "on line %u", name, c->unit_lines[unit]);
	c->unit_lines[unit] = line;
	c->log.units[unit] = find_level(level);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include "src/server/module_conf.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/module.h"

static void
set(const struct sc_conf_def *def, void *conf, uint32_t value)
{
	char *at = (char *)conf + def->offset;

	if (def->type == SC_CONF_BOOL)
		*(bool *)(void *)at = value != 0;
	else
		*(uint32_t *)(void *)at = value;
}

void *
module_conf_create(const struct sc_module_def *def)
{
	const struct sc_conf_def *o;
	/* a module without options has a struct too */
	void *conf = xcalloc(1, def->conf_size + 1);

	for (o = def->conf; o != NULL && o->name != NULL; o++)
		set(o, conf, o->dflt);
	return conf;
}

static bool
read_number(const struct sc_conf_def *def, const char *text, uint32_t *out)
{
	const char *p = text;
	uint64_t v = 0;

	for (; *p >= '0' && *p <= '9' && v <= UINT32_MAX; p++)
		v = v * 10 + (uint64_t)(*p - '0');
	if (p == text || *p != '\0' || v < def->min || v > def->max)
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool
read_bool(const char *text, uint32_t *out)
{
	*out = strcmp(text, "yes") == 0;
	return *out != 0 || strcmp(text, "no") == 0;
}

bool
scm_keep_parse(const char *text, uint32_t *value)
{
	static const struct sc_conf_def days = {.min = 1,
	    .max = UINT32_MAX - 1};

	if (strcmp(text, "forever") == 0)
		*value = SC_KEEP_FOREVER;
	else if (strcmp(text, "until-delivered") == 0)
		*value = SC_KEEP_UNTIL_DELIVERED;
	else
		return read_number(&days, text, value);
	return true;
}

const char *
scm_keep_print(uint32_t value, char out[SC_KEEP_TEXT])
{
	if (value == SC_KEEP_UNTIL_DELIVERED)
		(void)snprintf(out, SC_KEEP_TEXT, "until-delivered");
	else if (value == SC_KEEP_FOREVER)
		(void)snprintf(out, SC_KEEP_TEXT, "forever");
	else
		(void)snprintf(out, SC_KEEP_TEXT, "%u", (unsigned)value);
	return out;
}

static bool
read_keep(const struct sc_conf_def *def, const char *text, uint32_t *out)
{
	return scm_keep_parse(text, out) && *out >= def->min &&
	    (*out == SC_KEEP_FOREVER || *out <= def->max);
}

static bool
read_value(const struct sc_conf_def *def, const char *text, uint32_t *out)
{
	switch (def->type) {
	case SC_CONF_BOOL:
		return read_bool(text, out);
	case SC_CONF_KEEP:
		return read_keep(def, text, out);
	default:
		return read_number(def, text, out);
	}
}

static int
say_expected(const struct sc_conf_def *o, const char *value, char *why,
    size_t whylen)
{
	if (o->type == SC_CONF_BOOL)
		(void)snprintf(why, whylen, "expected %s to be yes or no, "
		    "found \"%.200s\"", o->name, value);
	else if (o->type == SC_CONF_KEEP)
		(void)snprintf(why, whylen, "expected %s to be a number of "
		    "days from 1 to %u%s or forever, found \"%.200s\"",
		    o->name, (unsigned)o->max, o->min == 0 ?
		    ", until-delivered" : "", value);
	else
		(void)snprintf(why, whylen, "expected %s to be a number from "
		    "%u to %u, found \"%.200s\"", o->name, (unsigned)o->min,
		    (unsigned)o->max, value);
	return SC_EBADREQUEST;
}

int
module_conf_set(const struct sc_module_def *def, void *conf,
    const char *option, const char *value, char *why, size_t whylen)
{
	const struct sc_conf_def *o = def->conf;
	uint32_t v;

	while (o != NULL && o->name != NULL && strcmp(o->name, option) != 0)
		o++;
	if (o == NULL || o->name == NULL)
		return SC_ENOTFOUND;
	if (!read_value(o, value, &v))
		return say_expected(o, value, why, whylen);
	set(o, conf, v);
	return 0;
}

const char *
module_conf_print(const struct sc_conf_def *o, const void *conf, char *out)
{
	const void *at = (const char *)conf + o->offset;

	if (o->type == SC_CONF_BOOL)
		(void)snprintf(out, 16, "%s",
		    *(const bool *)at ? "yes" : "no");
	else if (o->type == SC_CONF_KEEP)
		(void)scm_keep_print(*(const uint32_t *)at, out);
	else
		(void)snprintf(out, 16, "%u",
		    (unsigned)*(const uint32_t *)at);
	return out;
}

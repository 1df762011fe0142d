/* SPDX-License-Identifier: ISC */
#include "src/daemon/config_module.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/config.h"
#include "src/daemon/load.h"
#include "src/server/module.h"
#include "src/server/module_check.h"
#include "src/server/module_conf.h"

/* In the order of their names, wherever they come from: hooks run in it. */
static void
add(struct config *c, const struct sc_module_def *def, const char *file)
{
	struct config_module *m;

	c->modules = xrealloc(c->modules, c->nmodules + 1,
	    sizeof(*c->modules));
	m = &c->modules[c->nmodules++];
	while (m > c->modules && strcmp(m[-1].def->name, def->name) > 0) {
		*m = m[-1];
		m--;
	}
	*m = (struct config_module){.def = def, .enabled = true,
		.file = file == NULL ? NULL : xstrdup(file),
		.conf = module_conf_create(def)};
}

void
config_modules_share(struct config *c, const struct config *running)
{
	size_t i;

	for (i = 0; i < running->nmodules; i++)
		add(c, running->modules[i].def, running->modules[i].file);
	c->modules_known = true;
}

void
config_modules_linked(struct config *c)
{
	const struct sc_module_def *const *all = sc_builtin_modules;

	for (; *all != NULL; all++)
		add(c, *all, NULL);
	c->modules_known = true;
}

void
config_modules_fini(struct config *c)
{
	while (c->nmodules > 0) {
		c->nmodules--;
		free(c->modules[c->nmodules].conf);
		free(c->modules[c->nmodules].file);
	}
	free(c->modules);
	c->modules = NULL;
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
say_names(const struct config *c, const char *found, char *why, size_t whylen)
{
	char names[512] = "";
	size_t i, n = 0;

	if (c->nmodules == 0)
		return say(why, whylen, "expected no module: there are none "
		    "in this server and in %s", c->module_dir == NULL ?
		    "a directory" : c->module_dir);
	for (i = 0; i < c->nmodules && n < sizeof(names); i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s %s",
		    i == 0 ? "" : ",", c->modules[i].def->name);
	if (found == NULL)
		return say(why, whylen, "expected name, one of%s", names);
	return say(why, whylen, "expected name to be one of%s, "
	    "found \"%.200s\"", names, found);
}

static int
say_options(const struct sc_module_def *def, const char *found, char *why,
    size_t whylen)
{
	const struct sc_conf_def *o;
	char names[512] = "";
	size_t n = 0;

	for (o = def->conf; o != NULL && o->name != NULL && n < sizeof(names);
	    o++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, ", %s",
		    o->name);
	return say(why, whylen, "expected attributes name, enabled%s, "
	    "found \"%.200s\"", names, found);
}

static struct config_module *
find(struct config *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->nmodules; i++)
		if (strcmp(c->modules[i].def->name, name) == 0)
			return &c->modules[i];
	return NULL;
}

static int
add_loaded(void *arg, const struct sc_module_def *def, const char *file,
    char *why, size_t whylen)
{
	struct config *c = arg;
	const struct config_module *m = find(c, def->name);

	if (m != NULL && m->file == NULL)
		return say(why, whylen, "%s: the module %s is linked into this "
		    "server already: remove the file", file, def->name);
	if (m != NULL)
		return say(why, whylen, "%s: the module %s is in %s already: "
		    "remove one of the files", file, def->name, m->file);
	add(c, def, file);
	return 0;
}

int
config_modules_map(struct config *c, char *why, size_t whylen)
{
	const struct conf_def *row = config_find("modules/directory");

	if (c->modules_known)
		return 0;
	config_modules_linked(c);
	if (c->module_dir == NULL)
		return 0;
	return load_directory(c->module_dir, c->lines[row - config_defs] != 0,
	    add_loaded, c, why, whylen);
}

int
config_modules_check(const struct config *c, char *why, size_t whylen)
{
	const struct config_module *a, *b, *end = c->modules + c->nmodules;
	const char *what;

	for (a = c->modules; a < end; a++)
		for (b = a + 1; b < end; b++) {
			what = a->enabled && b->enabled ?
			    module_clash(a->def, b->def) : NULL;
			if (what != NULL)
				return say(why, whylen, "expected one of "
				    "%s and %s to be switched off: both "
				    "serve %s", a->def->name, b->def->name,
				    what);
		}
	return 0;
}

static int
set_enabled(struct config_module *m, const char *value, char *why,
    size_t whylen)
{
	m->enabled = strcmp(value, "yes") == 0;
	if (m->enabled || strcmp(value, "no") == 0)
		return 0;
	return say(why, whylen, "expected enabled to be yes or no, "
	    "found \"%.200s\"", value);
}

static int
set_attribute(struct config_module *m, const char *name, const char *value,
    char *why, size_t whylen)
{
	int rc;

	if (strcmp(name, "name") == 0)
		return 0;
	if (strcmp(name, "enabled") == 0)
		return set_enabled(m, value, why, whylen);
	rc = module_conf_set(m->def, m->conf, name, value, why, whylen);
	if (rc == SC_ENOTFOUND)
		return say_options(m->def, name, why, whylen);
	return rc == 0 ? 0 : -1;
}

int
config_module_take(struct config *c, const char *const *attributes,
    unsigned line, char *why, size_t whylen)
{
	const char *const *a = attributes;
	struct config_module *m;

	if (c->modules_ignored)
		return 0;
	if (config_modules_map(c, why, whylen) != 0)
		return -1;
	while (a[0] != NULL && strcmp(a[0], "name") != 0)
		a += 2;
	m = a[0] == NULL ? NULL : find(c, a[1]);
	if (m == NULL)
		return say_names(c, a[0] == NULL ? NULL : a[1], why, whylen);
	if (m->line != 0)
		return say(why, whylen, "expected %s once only; it is already "
		    "on line %u", m->def->name, m->line);
	m->line = line;
	for (a = attributes; a[0] != NULL; a += 2)
		if (set_attribute(m, a[0], a[1], why, whylen) != 0)
			return -1;
	return 0;
}

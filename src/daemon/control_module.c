/* SPDX-License-Identifier: ISC */
/* Control commands: modules. */
#include <string.h>

#include "src/common/err.h"
#include "src/daemon/config.h"
#include "src/daemon/config_module.h"
#include "src/daemon/control.h"
#include "src/daemon/daemon_priv.h"
#include "src/daemon/runtime.h"
#include "src/server/module.h"
#include "src/server/server.h"

/* The value of an option in CONF. */
static json_t *
option_json(const struct sc_conf_def *o, const void *conf)
{
	const char *at = (const char *)conf + o->offset;
	uint32_t n;
	bool b;

	if (o->type == SC_CONF_BOOL) {
		memcpy(&b, at, sizeof(b));
		return json_boolean(b);
	}
	memcpy(&n, at, sizeof(n));
	return json_integer(n);
}

static json_t *
options_json(const struct config_module *m)
{
	const struct sc_conf_def *o = m->def->conf;
	json_t *options = json_object();

	for (; o != NULL && o->name != NULL; o++)
		json_object_set_new(options, o->name, option_json(o, m->conf));
	return options;
}

struct counters {
	const struct sc_module_def *def;
	json_t *to;
};

static void
counter_add(void *arg, const char *name, const char *help, uint64_t n)
{
	struct counters *c = arg;
	const struct sc_stat_def *s = c->def->stats;

	(void)help;
	for (; s != NULL && s->name != NULL; s++)
		if (strcmp(s->name, name) == 0)
			json_object_set_new(c->to, name,
			    json_integer((json_int_t)n));
}

static json_t *
verbs_json(const struct sc_module_def *def)
{
	const struct sc_verb_def *v = def->verbs;
	json_t *names = json_array();

	for (; v != NULL && v->name != NULL; v++)
		json_array_append_new(names, json_string(v->name));
	return names;
}

static json_t *
tables_json(const struct sc_module_def *def)
{
	const struct sc_table_def *t = def->tables;
	json_t *names = json_array();

	for (; t != NULL && t->name != NULL; t++)
		json_array_append_new(names, json_string(t->name));
	return names;
}

static json_t *
sweeps_json(const struct sc_module_def *def)
{
	const struct sc_sweep_def *s = def->sweeps;
	json_t *names = json_array();

	for (; s != NULL && s->name != NULL; s++)
		json_array_append_new(names, json_string(s->name));
	return names;
}

static void
module_list(struct client *k, json_t *request)
{
	const struct runtime *rt = control_runtime(k);
	const struct config *conf = control_daemon(k)->conf;

	(void)request;
	for (size_t i = 0; i < conf->nmodules; i++) {
		const struct config_module *m = &conf->modules[i];
		struct counters counters = {m->def, json_object()};

		if (m->enabled)
			server_stats(rt->server, counter_add, &counters);
		control_item_take(k, json_pack("{s:s, s:s, s:b, s:o, s:o, "
		    "s:o, s:o, s:o}", "name", m->def->name, "summary",
		    m->def->summary, "enabled", m->enabled, "options",
		    options_json(m), "verbs", verbs_json(m->def), "tables",
		    tables_json(m->def), "sweeps", sweeps_json(m->def),
		    "counters", counters.to));
	}
	control_end_take(k, NULL);
}

/* A worker keeps the modules with which it was started. */
static void
refuse(struct client *k, json_t *request, const char *enabled)
{
	const char *name = control_string(request, "name");
	const struct config *conf = control_daemon(k)->conf;
	size_t i = 0;

	while (i < conf->nmodules &&
	    strcmp(conf->modules[i].def->name, name) != 0)
		i++;
	if (i == conf->nmodules)
		control_end_error(k, SC_ENOTFOUND, "there is no module "
		    "%.64s in this server: module list shows those there are",
		    name);
	else
		control_end_error(k, SC_ENOTACCEPTABLE, "modules are not "
		    "switched while the server runs: write <module name=\"%s\" "
		    "enabled=\"%s\"/> in the configuration and restart it",
		    name, enabled);
}

static void
module_load(struct client *k, json_t *request)
{
	refuse(k, request, "yes");
}

static void
module_unload(struct client *k, json_t *request)
{
	refuse(k, request, "no");
}

const struct control_command control_module[] = {
	{"module list", module_list, false, {{.name = NULL}}},
	{"module load", module_load, true,
	    {{"name", CONTROL_STRING, true, 0, 0}}},
	{"module unload", module_unload, true,
	    {{"name", CONTROL_STRING, true, 0, 0}}},
	{.name = NULL},
};

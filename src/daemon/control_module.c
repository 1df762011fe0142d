/* SPDX-License-Identifier: ISC */
/* Control commands: modules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/config.h"
#include "src/daemon/config_module.h"
#include "src/daemon/control_task.h"
#include "src/daemon/daemon_priv.h"
#include "src/daemon/runtime.h"
#include "src/daemon/switch.h"
#include "src/server/command.h"
#include "src/server/server.h"

enum { ARGUMENTS_MAX = 8 };	/* of a command of a module */

/* The value of an option in CONF. */
static json_t *
option_json(const struct sc_conf_def *o, const void *conf)
{
	const char *at = (const char *)conf + o->offset;
	char keep[SC_KEEP_TEXT];
	uint32_t n;
	bool b;

	if (o->type == SC_CONF_BOOL) {
		memcpy(&b, at, sizeof(b));
		return json_boolean(b);
	}
	memcpy(&n, at, sizeof(n));
	if (o->type == SC_CONF_KEEP && (n == SC_KEEP_FOREVER ||
	    n == SC_KEEP_UNTIL_DELIVERED))
		return json_string(scm_keep_print(n, keep));
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
	const struct sc_heard_def *h = def->live == NULL ? NULL
	    : def->live->heard;
	json_t *names = json_array();

	for (; v != NULL && v->name != NULL; v++)
		json_array_append_new(names, json_string(v->name));
	for (; h != NULL && h->name != NULL; h++)
		json_array_append_new(names, json_string(h->name));
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

/* "set text= [days=]": as it is written behind `module run NAME'. */
static json_t *
command_json(const struct sc_command_def *d)
{
	const struct sc_argument_def *a = d->arguments;
	char text[256];
	size_t n = (size_t)snprintf(text, sizeof(text), "%s", d->name);

	for (; a != NULL && a->name != NULL && n < sizeof(text); a++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, a->needed ?
		    " %s=" : " [%s=]", a->name);
	return json_string(text);
}

static json_t *
commands_json(const struct sc_module_def *def)
{
	const struct sc_command_def *d = def->commands;
	json_t *names = json_array();

	for (; d != NULL && d->name != NULL; d++)
		json_array_append_new(names, command_json(d));
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

		server_stats(rt->server, counter_add, &counters);
		control_item_take(k, json_pack("{s:s, s:s, s:b, s:o, s:o, "
		    "s:o, s:o, s:o, s:o}", "name", m->def->name, "summary",
		    m->def->summary, "enabled",
		    server_module_is_on(rt->server, m->def), "options",
		    options_json(m), "verbs", verbs_json(m->def), "tables",
		    tables_json(m->def), "sweeps", sweeps_json(m->def),
		    "commands", commands_json(m->def),
		    "counters", counters.to));
	}
	control_end_take(k, NULL);
}

/* The module that the request names; NULL after saying that there is none. */
static const struct sc_module_def *
find(struct client *k, const json_t *request)
{
	const char *name = control_string(request, "name");
	const struct config *conf = control_daemon(k)->conf;

	for (size_t i = 0; i < conf->nmodules; i++)
		if (strcmp(conf->modules[i].def->name, name) == 0)
			return conf->modules[i].def;
	control_end_error(k, SC_ENOTFOUND, "there is no module %.64s in this "
	    "server: module list shows those there are", name);
	return NULL;
}

static void
switched(void *arg, int rc, const char *why)
{
	if (rc == 0)
		control_end_take(arg, NULL);
	else
		control_end_error(arg, rc, "%s", why);
}

static void
module_load(struct client *k, json_t *request)
{
	const struct sc_module_def *def = find(k, request);

	if (def != NULL)
		switches_want(control_daemon(k)->switches, def, true, switched,
		    k);
}

static void
module_unload(struct client *k, json_t *request)
{
	const struct sc_module_def *def = find(k, request);

	if (def != NULL)
		switches_want(control_daemon(k)->switches, def, false,
		    switched, k);
}

/* ---- commands of modules --------------------------------------------- */

/* One that is being run; what it points to is in TEXT, or the module's. */
struct module_run {
	const struct sc_module_def *module;
	struct sc_command command;
	struct command_argument arguments[ARGUMENTS_MAX];
	char *text;
};

static void
run_fini(void *data)
{
	free(((struct module_run *)data)->text);
}

static bool
takes(const struct sc_command_def *def, const char *name)
{
	const struct sc_argument_def *a = def->arguments;

	for (; a != NULL && a->name != NULL; a++)
		if (strcmp(a->name, name) == 0)
			return true;
	return false;
}

/* "name=value" lines of r->text, which is cut up.  What is wrong, or NULL. */
static const char *
take_arguments(struct module_run *r)
{
	struct sc_command *c = &r->command;
	char *rest = r->text, *line, *equals;

	c->arguments = r->arguments;
	while ((line = strsep(&rest, "\n")) != NULL) {
		equals = strchr(line, '=');
		if (*line == '\0')
			continue;
		if (equals == NULL || c->narguments == ARGUMENTS_MAX)
			return "expected arguments as name=value, up to 8";
		*equals = '\0';
		if (!takes(c->def, line))
			return "there is no such argument: module list shows "
			       "those there are";
		r->arguments[c->narguments++] = (struct command_argument){
			line, slice_str(equals + 1)};
	}
	for (const struct sc_argument_def *a = c->def->arguments;
	    a != NULL && a->name != NULL; a++)
		if (a->needed && scm_argument(c, a->name).p == NULL)
			return "an argument is missing: module list shows "
			       "those there are";
	return NULL;
}

static json_t *
item_json(const struct command_item *item)
{
	const struct command_value *v = item->values;
	json_t *j = json_object();

	for (; v != NULL; v = v->next)
		json_object_set_new(j, v->key, v->is_text ?
		    control_text((const char *)v->text.p) :
		    json_integer((json_int_t)v->number));
	return j;
}

static int
run_run(struct tx *tx, struct control_task *t)
{
	struct module_run *r = t->data;
	int rc = command_run(control_runtime(t->client)->server, tx,
	    r->module, &r->command);

	if (rc != 0)
		return r->command.why == NULL ? rc :
		    control_task_fail(t, rc, "%s", r->command.why);
	for (const struct command_item *i = r->command.items; i != NULL;
	    i = i->next)
		control_task_add_take(t, item_json(i));
	t->next = r->command.more;
	return 0;
}

/* Only what is durable is gone on from. */
static void
run_done(struct control_task *t, int rc)
{
	struct module_run *r = t->data;

	memcpy(r->command.kept, r->command.now, sizeof(r->command.kept));
	control_task_end(t, rc);
}

static void
module_run(struct client *k, json_t *request)
{
	const struct sc_module_def *module = find(k, request);
	const char *arguments = control_string(request, "arguments");
	const struct sc_command_def *def;
	struct control_task *t;
	struct module_run *r;
	const char *wrong;

	if (module == NULL)
		return;
	def = command_find(module, control_string(request, "run"));
	if (def == NULL) {
		control_end_error(k, SC_ENOTFOUND, "module %s has no command "
		    "%.64s: module list shows those there are", module->name,
		    control_string(request, "run"));
		return;
	}
	r = xcalloc(1, sizeof(*r));
	r->module = module;
	r->command.def = def;
	r->text = xstrdup(arguments == NULL ? "" : arguments);
	t = control_task_create(k, request, def->kind == SC_COMMAND_READ ?
	    JOB_READER : JOB_SCRIBE, run_run);
	t->data = r;
	t->fini = run_fini;
	t->done = run_done;
	wrong = take_arguments(r);
	if (wrong == NULL) {
		control_task_start(t);
		return;
	}
	control_end_error(k, SC_EBADREQUEST, "%s", wrong);
	control_task_drop(t);
}

const struct control_command control_module[] = {
	{"module list", module_list, false, {{.name = NULL}}},
	{"module load", module_load, true,
	    {{"name", CONTROL_STRING, true, 0, 0}}},
	{"module unload", module_unload, true,
	    {{"name", CONTROL_STRING, true, 0, 0}}},
	{"module run", module_run, true,
	    {{"name", CONTROL_STRING, true, 0, 0},
	    {"run", CONTROL_STRING, true, 0, 0},
	    {"arguments", CONTROL_SECRET, false, 0, 0}}},
	{.name = NULL},
};

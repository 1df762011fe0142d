/* SPDX-License-Identifier: ISC */
#include "src/daemon/config_diff.h"

#include <stdio.h>
#include <string.h>

#include "src/daemon/config.h"
#include "src/daemon/config_log.h"
#include "src/daemon/config_module.h"
#include "src/daemon/config_value.h"
#include "src/server/module.h"
#include "src/server/module_conf.h"

/* One comparison. */
struct diff {
	const struct config *now, *next;
	void (*visit)(void *arg, const struct config_change *);
	void *arg;
	struct config_change change;
};

static void
begin(struct diff *x, const struct conf_def *d, unsigned line)
{
	const char *slash = strrchr(d->path, '/');

	x->change.live = d->change == CONF_LIVE;
	x->change.parents = d->change == CONF_PARENT;
	x->change.line = line;
	snprintf(x->change.element, sizeof(x->change.element), "%s",
	    slash == NULL ? d->path : slash + 1);
}

/* Tells of the change if there is one. */
static void
end(struct diff *x)
{
	if (strcmp(x->change.now, x->change.next) != 0)
		x->visit(x->arg, &x->change);
}

static void
compare_row(struct diff *x, const struct conf_def *d)
{
	struct config_change *c = &x->change;

	if (config_value_equal(d, x->now, x->next))
		return;
	begin(x, d, x->next->lines[d - config_defs]);
	snprintf(c->path, sizeof(c->path), "%s", d->path);
	config_value_print(d, x->now, c->now, sizeof(c->now));
	config_value_print(d, x->next, c->next, sizeof(c->next));
	/* Also where only the end, which is cut off here, differs. */
	x->visit(x->arg, c);
}

/* "": like the others. */
static void
print_level(const struct config *c, int unit, char *out, size_t size)
{
	int level = c->log.units[unit];

	snprintf(out, size, "%s", level < 0 ? "" : log_level_name(level));
}

static void
compare_units(struct diff *x, const struct conf_def *d)
{
	struct config_change *c = &x->change;

	for (int i = 0; i < LOG_UNITS; i++) {
		begin(x, d, x->next->unit_lines[i]);
		snprintf(c->path, sizeof(c->path), "%s %s", d->path,
		    log_unit_name((enum log_unit)i));
		print_level(x->now, i, c->now, sizeof(c->now));
		print_level(x->next, i, c->next, sizeof(c->next));
		end(x);
	}
}

static void
compare_module(struct diff *x, const struct conf_def *d,
    const struct config_module *now, const struct config_module *next)
{
	const struct sc_conf_def *o = now->def->conf;
	struct config_change *c = &x->change;

	begin(x, d, next->line);
	snprintf(c->path, sizeof(c->path), "%s %s enabled", d->path,
	    now->def->name);
	snprintf(c->now, sizeof(c->now), "%s", now->enabled ? "yes" : "no");
	snprintf(c->next, sizeof(c->next), "%s", next->enabled ? "yes" : "no");
	end(x);
	for (; o != NULL && o->name != NULL; o++) {
		begin(x, d, next->line);
		snprintf(c->path, sizeof(c->path), "%s %s %s", d->path,
		    now->def->name, o->name);
		module_conf_print(o, now->conf, c->now);
		module_conf_print(o, next->conf, c->next);
		end(x);
	}
}

/* A process has the modules that it began with (config_parse_again). */
static bool
same_modules(const struct config *now, const struct config *next)
{
	bool same = now->nmodules == next->nmodules;

	for (size_t i = 0; same && i < now->nmodules; i++)
		same = now->modules[i].def == next->modules[i].def;
	return same;
}

void
config_diff(const struct config *now, const struct config *next,
    void (*visit)(void *arg, const struct config_change *), void *arg)
{
	struct diff x = {.now = now, .next = next, .visit = visit,
		.arg = arg};
	const struct conf_def *d;

	for (d = config_defs; d->path != NULL; d++) {
		if (d->type == CONF_OF_UNIT)
			compare_units(&x, d);
		else if (d->type != CONF_OF_MODULE)
			compare_row(&x, d);
		else
			for (size_t i = 0; same_modules(now, next) &&
			    i < now->nmodules; i++)
				compare_module(&x, d, &now->modules[i],
				    &next->modules[i]);
	}
}

void
config_diff_certificate(const struct config *next, const char *now_print,
    const char *next_print,
    void (*visit)(void *arg, const struct config_change *), void *arg)
{
	const struct conf_def *d = config_find("tls/certificate");
	struct diff x = {.next = next, .visit = visit, .arg = arg};
	struct config_change *c = &x.change;

	begin(&x, d, next->lines[d - config_defs]);
	snprintf(c->path, sizeof(c->path), "%s contents", d->path);
	snprintf(c->now, sizeof(c->now), "%s", now_print);
	snprintf(c->next, sizeof(c->next), "%s", next_print);
	end(&x);
}

/* ---- refusals -------------------------------------------------------- */

struct refusal {
	const char *file;
	char *why;
	size_t whylen;
	bool restart;		/* that is what is asked for */
	bool refused;
};

/* What changes, where its element does not say it: "offline enabled ". */
static const char *
detail(const struct config_change *c)
{
	const char *space = strchr(c->path, ' ');

	return space == NULL ? "" : space + 1;
}

static void
refuse(void *arg, const struct config_change *c)
{
	struct refusal *r = arg;
	char where[32] = "";

	if (r->refused || c->live || (r->restart && !c->parents))
		return;
	r->refused = true;
	if (c->line > 0)
		snprintf(where, sizeof(where), "%u: ", c->line);
	snprintf(r->why, r->whylen, "%s:%s<%s>: %s%s\"%.200s\" runs, "
	    "\"%.200s\" %s: this needs a %s", r->file,
	    c->line > 0 ? where : " ", c->element, detail(c),
	    *detail(c) == '\0' ? "" : ": ", c->now, c->next,
	    c->line > 0 ? "is in the file" : "is the default, it is left out",
	    c->parents ? "stop and a start" : "restart");
}

static int
may(struct refusal *r, const struct config *now, const struct config *next)
{
	config_diff(now, next, refuse, r);
	return r->refused ? -1 : 0;
}

int
config_may_reload(const struct config *now, const struct config *next,
    const char *file, char *why, size_t whylen)
{
	struct refusal r = {.file = file, .why = why, .whylen = whylen};

	if (!same_modules(now, next)) {
		snprintf(why, whylen, "%s: <directory>: there are other "
		    "modules now: this needs a restart", file);
		return -1;
	}
	return may(&r, now, next);
}

int
config_may_restart(const struct config *now, const struct config *next,
    const char *file, char *why, size_t whylen)
{
	struct refusal r = {.file = file, .why = why, .whylen = whylen,
		.restart = true};

	return may(&r, now, next);
}

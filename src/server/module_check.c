/* SPDX-License-Identifier: ISC */
#include "src/server/module_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/server/module.h"

enum { NAME_MAX_LEN = 32 };

struct check {
	const struct sc_module_def *def;
	char *why;
	size_t whylen;
};

static int __attribute__((format(printf, 2, 3)))
refuse(const struct check *c, const char *fmt, ...)
{
	va_list ap;
	int n;

	n = snprintf(c->why, c->whylen, "module %s: ", c->def->name);
	va_start(ap, fmt);
	if (n > 0 && (size_t)n < c->whylen)
		(void)vsnprintf(c->why + n, c->whylen - (size_t)n, fmt, ap);
	va_end(ap);
	return SC_EBADREQUEST;
}

/* [a-z0-9-]{1,32} */
static bool
is_name(const char *s)
{
	size_t n = s == NULL ? 0 : strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "0123456789-");

	return n > 0 && n <= NAME_MAX_LEN && s[n] == '\0';
}

static int
check_options(const struct check *c)
{
	const struct sc_conf_def *o = c->def->conf;

	for (; o != NULL && o->name != NULL; o++) {
		size_t size = o->type == SC_CONF_BOOL ? sizeof(bool)
						      : sizeof(uint32_t);

		if (!is_name(o->name) || strcmp(o->name, "name") == 0 ||
		    strcmp(o->name, "enabled") == 0)
			return refuse(c, "option \"%.40s\": expected another "
			    "name, of a-z, 0-9 and -", o->name);
		if ((unsigned)o->type > SC_CONF_KEEP)
			return refuse(c, "option %s: unknown type %d",
			    o->name, (int)o->type);
		if (o->offset > c->def->conf_size ||
		    c->def->conf_size - o->offset < size)
			return refuse(c, "option %s: expected an offset inside "
			    "of conf_size", o->name);
		if (o->type != SC_CONF_BOOL && !(o->type == SC_CONF_KEEP &&
		    o->dflt == SC_KEEP_FOREVER) &&
		    (o->dflt < o->min || o->dflt > o->max))
			return refuse(c, "option %s: expected a default from "
			    "min to max", o->name);
	}
	return 0;
}

static int
check_counters(const struct check *c)
{
	const struct sc_stat_def *s = c->def->stats;
	size_t n = strlen(c->def->name);

	for (; s != NULL && s->name != NULL; s++)
		if (strncmp(s->name, c->def->name, n) != 0 ||
		    s->name[n] != '.' || s->help == NULL)
			return refuse(c, "counter %.60s: expected a name that "
			    "begins with \"%s.\", and a help text", s->name,
			    c->def->name);
	return 0;
}

static int
check_tables(const struct check *c)
{
	const struct sc_table_def *t = c->def->tables;

	for (; t != NULL && t->name != NULL; t++)
		if (!is_name(t->name) ||
		    (t->flags & ~(unsigned)STORE_PARTITIONED) != 0)
			return refuse(c, "table \"%.40s\": expected a name of "
			    "a-z, 0-9 and -, up to 32, and known flags",
			    t->name);
	return 0;
}

static int
check_verbs(const struct check *c)
{
	const struct sc_verb_def *v = c->def->verbs;
	const struct sc_kind_def *k = c->def->kinds;

	for (; v != NULL && v->name != NULL; v++)
		if (v->tag == TAG_OTHER || (unsigned)v->tag >= TAG_COUNT ||
		    (unsigned)v->kind > SC_VERB_COUNTED || v->run == NULL)
			return refuse(c, "verb %.40s: expected a tag of the "
			    "dictionary, a kind and a function", v->name);
	for (; k != NULL && k->name != NULL; k++)
		if (k->tag == TAG_OTHER || (unsigned)k->tag >= TAG_COUNT ||
		    (k->check == NULL && !k->quiet))
			return refuse(c, "kind %.40s: expected a tag of the "
			    "dictionary and a function", k->name);
	return 0;
}

static int
check_chats(const struct check *c)
{
	const struct sc_chats_def *s = c->def->chats;

	for (; s != NULL && s->name != NULL; s++)
		if ((s->kind != CHAT_KIND_GROUP &&
		    s->kind != CHAT_KIND_CHANNEL) || s->post == NULL ||
		    s->leave == NULL)
			return refuse(c, "chats %.40s: expected the kind group "
			    "or channel, and both functions", s->name);
	return 0;
}

static int
check_expiry(const struct check *c)
{
	const struct sc_expiry_def *e = c->def->expiry;

	if (e != NULL && (e->check == NULL || e->note == NULL))
		return refuse(c, "expiry: expected both functions");
	return 0;
}

static int
check_live(const struct check *c)
{
	const struct sc_live_def *l = c->def->live;
	const struct sc_heard_def *h = l == NULL ? NULL : l->heard;

	for (; h != NULL && h->name != NULL; h++)
		if (h->tag == TAG_OTHER || (unsigned)h->tag >= TAG_COUNT ||
		    h->hear == NULL)
			return refuse(c, "stanza %.40s: expected a tag of the "
			    "dictionary and a function", h->name);
	return 0;
}

static int
check_jobs(const struct check *c)
{
	const struct sc_sweep_def *s = c->def->sweeps;
	const struct sc_command_def *d = c->def->commands;

	for (; s != NULL && s->name != NULL; s++)
		if (s->every_s == 0 || s->run == NULL)
			return refuse(c, "sweep %.40s: expected a number of "
			    "seconds and a function", s->name);
	for (; d != NULL && d->name != NULL; d++)
		if (!is_name(d->name) || d->run == NULL || d->help == NULL ||
		    (unsigned)d->kind > SC_COMMAND_WRITE)
			return refuse(c, "command \"%.40s\": expected a name "
			    "of a-z, 0-9 and -, a kind, a function and a help "
			    "text", d->name);
	return 0;
}

int
module_check(const struct sc_module_def *def, char *why, size_t whylen)
{
	static int (*const checks[])(const struct check *) = {check_options,
	    check_counters, check_tables, check_verbs, check_chats,
	    check_expiry, check_live, check_jobs};
	struct check c = {def, why, whylen};
	int rc = 0;

	if (def->abi != SC_MODULE_ABI) {
		(void)snprintf(why, whylen, "built for module ABI %u, this "
		    "server has %u: build it again with the headers of this "
		    "server, or remove it", def->abi, (unsigned)SC_MODULE_ABI);
		return SC_EBADREQUEST;
	}
	if (!is_name(def->name) || def->summary == NULL) {
		(void)snprintf(why, whylen, "the module \"%.40s\" expected a "
		    "name of a-z, 0-9 and -, up to 32, and a summary",
		    def->name == NULL ? "" : def->name);
		return SC_EBADREQUEST;
	}
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && rc == 0;
	    i++)
		rc = checks[i](&c);
	return rc;
}

/* Whether W, or a row after it, serves what V does. */
static bool
verb_taken(const struct sc_verb_def *w, const struct sc_verb_def *v)
{
	for (; w != NULL && w->name != NULL; w++)
		if (w->tag == v->tag && (w->kind == SC_VERB_COUNTED) ==
		    (v->kind == SC_VERB_COUNTED) && (w->actions == 0 ||
		    v->actions == 0))
			return true;
	return false;
}

static bool
kind_taken(const struct sc_kind_def *w, const struct sc_kind_def *k)
{
	for (; w != NULL && w->name != NULL; w++)
		if (w->tag == k->tag)
			return true;
	return false;
}

static bool
chats_taken(const struct sc_chats_def *w, const struct sc_chats_def *c)
{
	for (; w != NULL && w->name != NULL; w++)
		if (w->kind == c->kind)
			return true;
	return false;
}

static const struct sc_heard_def *
heard_of(const struct sc_module_def *def)
{
	return def->live == NULL ? NULL : def->live->heard;
}

/* Whether W, or a row after it, hears what H does. */
static bool
heard_taken(const struct sc_heard_def *w, const struct sc_heard_def *h)
{
	for (; w != NULL && w->name != NULL; w++)
		if (w->tag == h->tag && w->asked == h->asked)
			return true;
	return false;
}

const char *
module_clash(const struct sc_module_def *a, const struct sc_module_def *b)
{
	const struct sc_verb_def *v = b->verbs;
	const struct sc_kind_def *k = b->kinds;
	const struct sc_chats_def *c = b->chats;
	const struct sc_heard_def *h = heard_of(b);

	if (a->expiry != NULL && b->expiry != NULL)
		return "what disappears";
	for (; h != NULL && h->name != NULL; h++)
		if (heard_taken(heard_of(a), h))
			return h->name;
	for (; v != NULL && v->name != NULL; v++)
		if (verb_taken(a->verbs, v))
			return v->name;
	for (; k != NULL && k->name != NULL; k++)
		if (kind_taken(a->kinds, k))
			return k->name;
	for (; c != NULL && c->name != NULL; c++)
		if (chats_taken(a->chats, c))
			return c->name;
	return NULL;
}

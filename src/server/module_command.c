/* SPDX-License-Identifier: ISC */
/* Commands that a module has for the operator: command.h, module_command.h. */
#include "src/server/command.h"

#include <string.h>

#include "protocol/xmltext.h"
#include "src/common/err.h"
#include "src/server/server_priv.h"

enum { ITEMS_MAX = 10000 };

const struct sc_command_def *
command_find(const struct sc_module_def *m, const char *name)
{
	const struct sc_command_def *d = m->commands;

	for (; d != NULL && d->name != NULL; d++)
		if (strcmp(d->name, name) == 0)
			return d;
	return NULL;
}

int
command_run(struct server *s, struct tx *tx, const struct sc_module_def *m,
    struct sc_command *c)
{
	size_t i = 0;
	int rc;

	while (s->modules[i].def != m)
		i++;
	c->why = NULL;
	c->more = false;
	memcpy(c->now, c->kept, sizeof(c->now));
	c->items = c->last = NULL;
	c->nitems = 0;
	if (!module_is_on(&s->modules[i])) {
		return scm_refuse(c, SC_EUNAVAILABLE, "the module is switched "
		    "off: load it first");
	}
	rc = c->def->run(&s->modules[i], tx, c);
	return rc < 0 ? rc : 0;
}

struct slice
scm_argument(const struct sc_command *c, const char *name)
{
	for (size_t i = 0; i < c->narguments; i++)
		if (strcmp(c->arguments[i].name, name) == 0)
			return c->arguments[i].value;
	return slice_of(NULL, 0);
}

void *
scm_command_state(struct sc_command *c, size_t n)
{
	sc_assert(n <= sizeof(c->now));
	return c->now;
}

void
scm_more(struct sc_command *c)
{
	c->more = true;
}

int
scm_refuse(struct sc_command *c, int code, const char *why)
{
	c->why = why;
	return code;
}

int
scm_item(struct tx *tx, struct sc_command *c)
{
	struct command_item *item = NULL;

	if (c->nitems < ITEMS_MAX)
		item = arena_alloc(tx->arena, sizeof(*item));
	if (item == NULL)
		return SC_ENOMEM;
	if (c->last == NULL)
		c->items = item;
	else
		c->last->next = item;
	c->last = item;
	c->nitems++;
	return 0;
}

static struct command_value *
value_add(struct tx *tx, struct sc_command *c, const char *key)
{
	struct command_value *v = arena_alloc(tx->arena, sizeof(*v));

	sc_assert(c->last != NULL);
	if (v == NULL)
		return NULL;
	v->key = key;
	v->next = c->last->values;
	c->last->values = v;
	return v;
}

int
scm_item_text(struct tx *tx, struct sc_command *c, const char *key,
    struct slice value)
{
	struct command_value *v = value_add(tx, c, key);
	uint8_t *copy;

	if (v == NULL)
		return SC_ENOMEM;
	copy = arena_alloc(tx->arena, value.len + 1);
	if (copy == NULL)
		return SC_ENOMEM;
	if (value.len > 0)
		memcpy(copy, value.p, value.len);
	v->is_text = true;
	v->text = slice_of(copy, value.len);
	return 0;
}

int
scm_item_time(struct tx *tx, struct sc_command *c, const char *key,
    int64_t ms)
{
	char text[25];

	time_print(ms, text);
	return scm_item_text(tx, c, key, slice_str(text));
}

int
scm_item_int(struct tx *tx, struct sc_command *c, const char *key,
    int64_t value)
{
	struct command_value *v = value_add(tx, c, key);

	if (v == NULL)
		return SC_ENOMEM;
	v->number = value;
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include "tests/scenario/settings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"

void
settings_set(struct settings *s, const char *path, const char *value)
{
	struct setting *one = NULL;

	for (size_t i = 0; i < s->count && one == NULL; i++)
		if (strcmp(s->all[i].path, path) == 0)
			one = &s->all[i];
	if (one == NULL) {
		s->all = xrealloc(s->all, s->count + 1, sizeof(*s->all));
		one = &s->all[s->count++];
		*one = (struct setting){.path = xstrdup(path)};
	}
	free(one->value);
	one->value = xstrdup(value);
}

void
settings_fini(struct settings *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->all[i].path);
		free(s->all[i].value);
	}
	free(s->all);
}

/* The length of the section in a path, "modules/NAME" for a module. */
static size_t
section_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? 0 : (size_t)(slash - path);
}

static bool
same_section(const struct setting *a, const struct setting *b)
{
	size_t n = section_length(a->path);

	return n == section_length(b->path) &&
	    strncmp(a->path, b->path, n) == 0;
}

/* All settings of the section of the one at FIRST. */
static void
put_section(const struct settings *all, size_t first, struct buf *to)
{
	const struct setting *s = &all->all[first];
	int n = (int)section_length(s->path);
	bool module = strncmp(s->path, "modules/", 8) == 0;

	if (module)
		buf_printf(to, "<module name=\"%.*s\"", n - 8, s->path + 8);
	else if (n > 0)
		buf_printf(to, "<%.*s>\n", n, s->path);
	for (size_t i = first; i < all->count; i++) {
		const char *name = all->all[i].path + n + (n > 0);

		if (!same_section(s, &all->all[i]))
			continue;
		if (module)
			buf_printf(to, " %s=\"%s\"", name,
			    all->all[i].value);
		else
			buf_printf(to, "<%s>%s</%s>\n", name,
			    all->all[i].value, name);
	}
	if (module)
		buf_put_str(to, "/>\n");
	else if (n > 0)
		buf_printf(to, "</%.*s>\n", n, s->path);
}

static void
put_sections(const struct settings *all, bool modules, struct buf *to)
{
	for (size_t i = 0; i < all->count; i++) {
		bool before = false;

		if ((strncmp(all->all[i].path, "modules/", 8) == 0) !=
		    modules)
			continue;
		for (size_t k = 0; k < i; k++)
			before |= same_section(&all->all[i],
			    &all->all[k]);
		if (!before)
			put_section(all, i, to);
	}
}

void
settings_print(const struct settings *s, struct buf *to)
{
	const char *build = getenv("top_builddir");

	buf_put_str(to, "<stonechat>\n");
	put_sections(s, false, to);
	buf_put_str(to, "<modules>\n");
	if (build != NULL)
		buf_printf(to, "<directory>%s/modules/.libs</directory>\n",
		    build);
	put_sections(s, true, to);
	buf_put_str(to, "</modules>\n</stonechat>\n");
}

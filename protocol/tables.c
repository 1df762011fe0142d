/* SPDX-License-Identifier: ISC */
#include "protocol/tables.h"

static bool
named(struct slice name, const char *text)
{
	return strlen(text) == name.len &&
	    (name.len == 0 || memcmp(name.p, text, name.len) == 0);
}

enum tag
tag_find(struct slice name)
{
	for (unsigned t = 1; t < TAG_COUNT; t++)
		if (named(name, tag_table[t].name))
			return (enum tag)t;
	return TAG_OTHER;
}

enum attr_name
attr_find(struct slice name)
{
	for (unsigned a = 1; a < ATTR_COUNT; a++)
		if (named(name, attr_table[a].name))
			return (enum attr_name)a;
	return ATTR_OTHER;
}

const char *
tag_name(enum tag t)
{
	return (unsigned)t < TAG_COUNT ? tag_table[t].name : "";
}

const char *
attr_name_text(enum attr_name a)
{
	return (unsigned)a < ATTR_COUNT ? attr_table[a].name : "";
}

const char *
attr_value_text(enum attr_name a, uint64_t v)
{
	if ((unsigned)a >= ATTR_COUNT || v >= attr_table[a].nvalue)
		return NULL;
	return attr_table[a].values[v];
}

unsigned
dictionary_version(void)
{
	return dictionary_versions;
}

uint64_t
dictionary_hash(unsigned version)
{
	if (version == 0 || version > dictionary_versions)
		return 0;
	return dictionary_hashes[version - 1];
}

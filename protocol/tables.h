/* SPDX-License-Identifier: ISC */
/*
 * tables: dictionary.xml as constants.  The arrays are in the generated
 * dictionary_tables.c and deflate_tables.c; protocol/gen/ writes them.
 */
#ifndef PROTOCOL_TABLES_H
#define PROTOCOL_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/stanza.h"

enum { ATTR_SET_WORDS = (ATTR_COUNT + 63) / 64 };

/* A set of attribute names. */
struct attr_set {
	uint64_t w[ATTR_SET_WORDS];
};

static inline bool
attr_set_has(const struct attr_set *s, unsigned name)
{
	return s->w[name / 64] >> (name % 64) & 1;
}

static inline void
attr_set_add(struct attr_set *s, unsigned name)
{
	s->w[name / 64] |= UINT64_C(1) << (name % 64);
}

/* Whether all of A is in B. */
static inline bool
attr_set_within(const struct attr_set *a, const struct attr_set *b)
{
	uint64_t out = 0;

	for (int i = 0; i < ATTR_SET_WORDS; i++)
		out |= a->w[i] & ~b->w[i];
	return out == 0;
}

/* How many names are in both. */
static inline unsigned
attr_set_common(const struct attr_set *a, const struct attr_set *b)
{
	int n = 0;

	for (int i = 0; i < ATTR_SET_WORDS; i++)
		n += __builtin_popcountll(a->w[i] & b->w[i]);
	return (unsigned)n;
}

struct shape_attr {
	uint8_t name;
	bool optional;
};

enum { FROM_CLIENT = 1, FROM_SERVER = 2 };

struct shape {
	uint8_t number;			/* its byte on the wire */
	uint8_t tag;
	uint8_t content;		/* enum content */
	uint8_t nattr;
	uint8_t noptional;
	uint8_t directions;		/* who says it; 0: only inside others */
	const struct shape_attr *attrs;	/* in the order of the wire */
	struct attr_set required, listed;
};

struct tag_info {
	const char *name;
	const uint8_t *shapes;	/* their numbers, in order; 0 ends */
	bool text;		/* a shape of it has text */
	bool payload;		/* a shape of it has a payload */
};

struct attr_info {
	const char *name;
	enum value_type type;
	const char *const *values;	/* the names of an enum */
	unsigned nvalue;
};

struct deflate_dictionary {
	const char *language;
	const uint8_t *p;
	size_t len;
};

extern const struct shape shape_table[];	/* by number; 0 is none */
extern const unsigned shape_count;		/* numbers 1 .. shape_count */
extern const struct tag_info tag_table[TAG_COUNT];
extern const struct attr_info attr_table[ATTR_COUNT];
extern const uint64_t dictionary_hashes[];	/* of version i + 1 */
extern const unsigned dictionary_versions;
extern const struct deflate_dictionary deflate_table[];	/* by id */
extern const unsigned deflate_table_count;

/* The tag or attribute called NAME; TAG_OTHER, ATTR_OTHER for none. */
enum tag tag_find(struct slice name);
enum attr_name attr_find(struct slice name);

/* The name of value V of the enum of attribute A; NULL for none. */
const char *attr_value_text(enum attr_name a, uint64_t v);

#endif

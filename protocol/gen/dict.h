/* SPDX-License-Identifier: ISC */
/*
 * dict: dictionary.xml in the memory of the generator.  The generator is a
 * program of the build: whatever is wrong ends it with a message.
 */
#ifndef GEN_DICT_H
#define GEN_DICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	NAME_SIZE = 48,
	DEFLATE_MAX = 64,
	ENUM_MAX = 64,
	ENUM_VALUES = 64,
	ATTR_MAX = 255,
	TAG_MAX = 255,
	SHAPE_MAX = 254,	/* 0 is the generic form, 255 is kept free */
	SHAPE_ATTRS = 32,
	SHAPE_OPTIONAL = 8
};

enum dict_type {
	TYPE_UINT, TYPE_INT, TYPE_TIME, TYPE_CHAT, TYPE_USER, TYPE_ENUM,
	TYPE_BYTES, TYPE_TEXT, TYPE_FLAG, TYPE_COUNT
};

enum dict_content {
	HAS_NONE, HAS_TEXT, HAS_CHILDREN, HAS_PAYLOAD, HAS_COUNT
};

extern const char *const type_names[TYPE_COUNT];
extern const char *const content_names[HAS_COUNT];

struct dict_deflate {
	unsigned since, line;
	char language[NAME_SIZE];
	uint8_t *bytes;
	size_t len;
};

struct dict_enum {
	unsigned since, line;
	char name[NAME_SIZE];
	char value[ENUM_VALUES][NAME_SIZE];
	size_t nvalue;
};

struct dict_attr {
	unsigned since, line;
	char name[NAME_SIZE];
	enum dict_type type;
	size_t values;		/* TYPE_ENUM: index into enums */
};

struct dict_shape {
	unsigned since, line;
	size_t tag;
	enum dict_content content;
	struct {
		size_t attr;
		bool optional;
	} at[SHAPE_ATTRS];
	size_t nat, noptional;
	char direction[NAME_SIZE];
};

/* The lists are in the order of the file; deflate, attr and tag numbers start
 * at 1, so slot 0 of these is empty.  So is slot 0 of shapes. */
struct dict {
	const char *file;
	unsigned version;
	struct dict_deflate deflate[DEFLATE_MAX + 1];
	size_t ndeflate;
	struct dict_enum values[ENUM_MAX];
	size_t nvalues;
	struct dict_attr attr[ATTR_MAX + 1];
	size_t nattr;
	char tag[TAG_MAX + 1][NAME_SIZE];
	size_t ntag;
	struct dict_shape shape[SHAPE_MAX + 1];
	size_t nshape;
};

/* Says where and what, and exits with 1. */
_Noreturn void dict_fail(const struct dict *, unsigned line,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Reads FILE, whose rows are checked one by one. */
void dict_load(struct dict *, const char *file);

/* Reads DIR/LANGUAGE.dict for each deflate row. */
void dict_load_deflate(struct dict *, const char *dir);

/* What a row alone does not show: duplicates, shadowed shapes, tags whose
 * content would be ambiguous as XML. */
void dict_check(const struct dict *);

/* The canonical text of the rows of versions 1..VERSION, hashed. */
uint64_t dict_hash(const struct dict *, unsigned version);

/* What the generator can write. */
void emit_names(const struct dict *, FILE *);
void emit_tables(const struct dict *, FILE *);
void emit_deflate(const struct dict *, FILE *);
void emit_spec(const struct dict *, FILE *);

#endif

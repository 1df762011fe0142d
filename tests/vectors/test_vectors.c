/* SPDX-License-Identifier: ISC */
/*
 * The golden vectors, both ways.  They say what the bytes are, so a change
 * that breaks one breaks every client there is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/frame.h"
#include "protocol/tables.h"
#include "protocol/xmltext.h"
#include "src/common/err.h"

/* 2026-01-01T00:00:00.000Z */
static const struct stanza_ctx ctx = {.base_time = 1767225600000};

enum { ARENA = 1 << 22, BODY = FRAME_INFLATED_MAX };

struct vector {
	const char *file;
	unsigned line;
	char *column[3];	/* separated by tabs */
	struct buf bytes;	/* of the hexadecimal column */
};

struct checker {
	struct deflate *deflate;
	bool used[256];
	unsigned count;
};

static void
fail_at(const struct vector *v, const char *what)
{
	fail_msg("%s:%u: %s", v->file, v->line, what);
}

static void
read_hex(struct vector *v, const char *hex)
{
	buf_clear(&v->bytes);
	for (; hex[0] != '\0'; hex += 2) {
		char two[3] = {hex[0], hex[1], '\0'}, *end;

		buf_put_u8(&v->bytes, (uint8_t)strtoul(two, &end, 16));
		if (end != two + 2)
			fail_at(v, "not hexadecimal");
	}
}

/* Runs CHECK for each line of FILE; COLUMN has the bytes. */
static void
each(struct checker *c, const char *file, int column,
    void (*check)(struct checker *, struct vector *))
{
	const char *top = getenv("top_srcdir");
	struct vector v = {.file = file};
	char path[4096], *line = NULL;
	size_t size = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/vectors/%s",
	    top == NULL ? "." : top, file);
	f = fopen(path, "r");
	if (f == NULL)
		fail_msg("cannot read %s", path);
	buf_init(&v.bytes, 0);
	while (getline(&line, &size, f) > 0) {
		char *save = NULL;

		v.line++;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		v.column[0] = strtok_r(line, "\t", &save);
		v.column[1] = strtok_r(NULL, "\t", &save);
		v.column[2] = strtok_r(NULL, "\t", &save);
		if (v.column[column] == NULL)
			fail_at(&v, "a column is missing");
		read_hex(&v, v.column[column]);
		check(c, &v);
		c->count++;
	}
	free(line);
	fclose(f);
	buf_fini(&v.bytes);
}

/* What a receiver does with a frame. */
static int
decode(struct checker *c, struct slice in, struct arena *arena,
    struct buf *scratch, struct elem *e)
{
	struct slice body;
	struct frame f;
	int rc;

	rc = frame_next(&in, FRAME_MAX, &f);
	if (rc == 0)
		rc = frame_inflate(c->deflate, &f, scratch, &body);
	if (rc == 0) {
		if (in.len > 0)
			return SC_EMALFORMED;
		c->used[body.len > 0 ? body.p[0] : 0] = true;
		rc = stanza_decode(&ctx, body, arena, e);
	}
	return rc;
}

static void
bytes_to_xml(struct checker *c, struct vector *v)
{
	struct buf scratch, xml;
	struct arena arena;
	struct elem e;

	arena_init(&arena, ARENA);
	buf_init(&scratch, BODY);
	buf_init(&xml, 0);
	if (decode(c, buf_slice(&v->bytes), &arena, &scratch, &e) != 0)
		fail_at(v, "the bytes are refused");
	if (xmltext_print(c->deflate, &e, &xml) != 0)
		fail_at(v, "the stanza cannot be printed");
	if (!slice_equal(buf_slice(&xml), slice_str(v->column[0]))) {
		print_message("%.*s\n", (int)xml.len, (const char *)xml.p);
		fail_at(v, "the bytes mean another stanza");
	}
	buf_fini(&scratch);
	buf_fini(&xml);
	arena_fini(&arena);
}

static void
xml_to_bytes(struct checker *c, struct vector *v)
{
	struct arena arena;
	struct buf frame;
	char why[256];
	struct elem e;
	(void)c;

	arena_init(&arena, ARENA);
	buf_init(&frame, 0);
	if (xmltext_parse(NULL, slice_str(v->column[0]), &arena, &e, why,
	    sizeof(why)) != 0)
		fail_at(v, why);
	if (stanza_put(&ctx, &e, &frame) != 0)
		fail_at(v, "the stanza cannot be encoded");
	if (!slice_equal(buf_slice(&frame), buf_slice(&v->bytes)))
		fail_at(v, "the stanza has other bytes");
	buf_fini(&frame);
	arena_fini(&arena);
}

static void
both_ways(struct checker *c, struct vector *v)
{
	bytes_to_xml(c, v);
	xml_to_bytes(c, v);
}

static void
is_refused(struct checker *c, struct vector *v)
{
	static const struct {
		const char *name;
		int rc;
	} errors[] = {
		{"incomplete", SC_EMORE},
		{"malformed", SC_EMALFORMED},
		{"too-large", SC_ETOOLARGE},
		{"not-found", SC_ENOTFOUND},
	};
	struct buf scratch;
	struct arena arena;
	struct elem e;
	int rc;

	arena_init(&arena, ARENA);
	buf_init(&scratch, BODY);
	rc = decode(c, buf_slice(&v->bytes), &arena, &scratch, &e);
	arena_fini(&arena);
	buf_fini(&scratch);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (rc == errors[i].rc && v->column[1] != NULL &&
		    strcmp(v->column[1], errors[i].name) == 0)
			return;
	fail_at(v, rc == 0 ? "accepted" : sc_strerror(rc));
}

static void
good(void **state)
{
	static const char *const files[] = {"shapes.txt", "generic.txt",
	    "tails.txt", "values.txt"};
	struct checker *c = *state;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		c->count = 0;
		each(c, files[i], 1, both_ways);
		assert_true(c->count >= 10);
	}
}

static void
deflated(void **state)
{
	struct checker *c = *state;

	c->count = 0;
	each(c, "deflated.txt", 1, bytes_to_xml);
	assert_true(c->count >= 5);
}

static void
bad(void **state)
{
	struct checker *c = *state;

	c->count = 0;
	each(c, "bad.txt", 0, is_refused);
	assert_true(c->count >= 40);
}

static void
every_shape_has_one(void **state)
{
	struct checker *c = *state;

	memset(c->used, 0, sizeof(c->used));
	each(c, "shapes.txt", 1, both_ways);
	for (unsigned i = 1; i <= shape_count; i++)
		if (!c->used[i])
			fail_msg("shape %u (%s) has no vector in shapes.txt", i,
			    tag_table[shape_table[i].tag].name);
}

static int
setup(void **state)
{
	static struct checker c;

	c.deflate = deflate_create();
	*state = &c;
	return c.deflate == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	struct checker *c = *state;

	deflate_destroy(c->deflate);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(deflated),
		cmocka_unit_test(bad),
		cmocka_unit_test(every_shape_has_one),
	};

	return cmocka_run_group_tests_name("vectors", tests, setup, teardown);
}

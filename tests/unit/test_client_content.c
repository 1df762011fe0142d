/* SPDX-License-Identifier: ISC */
/* What messages say, as the library makes and reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "src/client/content.h"

/* What M is when it has been sent and has come. */
static struct sc_message
pass(const struct sc_message *m, struct arena *a)
{
	struct sc_message got = {.kind = SC_KIND_NONE};
	struct buf content;
	struct slice rest;
	struct elem e;

	buf_init(&content, 65536);
	assert_int_equal(content_make(m, &content), 0);
	rest = arena_copy(a, buf_slice(&content));
	buf_fini(&content);
	while (rest.len > 0) {
		assert_int_equal(payload_next(&rest, a, &e), 0);
		assert_int_equal(content_note(&got, &e, a), 0);
	}
	assert_int_equal(got.kind, m->kind);
	return got;
}

static int
setup(void **state)
{
	static struct arena a;

	arena_init(&a, 1 << 20);
	*state = &a;
	return 0;
}

static int
teardown(void **state)
{
	arena_fini(*state);
	return 0;
}

static void
test_text(void **state)
{
	static const struct sc_mention mentions[] = {{3, 0, 4}, {5, 6, 9}};
	const struct sc_message m = {.kind = SC_KIND_TEXT, .text = "@carol hi",
	    .textlen = 9, .reply = 7, .forwarded = true, .mentions = mentions,
	    .nmentions = 2, .after = "#aaisem2ekvthpcezvk54zxpo74",
	    .after_seq = 12};
	const struct sc_message got = pass(&m, *state);

	assert_string_equal(got.text, "@carol hi");
	assert_int_equal(got.textlen, 9);
	assert_int_equal(got.reply, 7);
	assert_true(got.forwarded);
	assert_int_equal(got.nmentions, 2);
	assert_memory_equal(got.mentions, mentions, sizeof(mentions));
	assert_string_equal(got.after, m.after);
	assert_int_equal(got.after_seq, 12);
}

static void
test_references(void **state)
{
	static const enum sc_kind kinds[] = {SC_KIND_EDIT, SC_KIND_DELETE,
	    SC_KIND_REACTION, SC_KIND_PIN, SC_KIND_UNPIN};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct sc_message m = {.kind = kinds[i], .seq = 42,
		    .text = "x", .textlen = i == 0 || i == 2};
		const struct sc_message got = pass(&m, *state);

		assert_int_equal(got.seq, 42);
		assert_int_equal(got.textlen, m.textlen);
	}
}

static void
test_polls(void **state)
{
	static const char *options[] = {"tea", "coffee", "milk"};
	const struct sc_message poll = {.kind = SC_KIND_POLL, .name = "What?",
	    .options = options, .noptions = 3, .most = 2};
	const struct sc_message vote = {.kind = SC_KIND_VOTE, .seq = 3,
	    .choices = 5};
	struct sc_message got = pass(&poll, *state);

	assert_string_equal(got.name, "What?");
	assert_int_equal(got.noptions, 3);
	assert_string_equal(got.options[2], "milk");
	assert_int_equal(got.most, 2);
	got = pass(&vote, *state);
	assert_int_equal(got.seq, 3);
	assert_int_equal(got.choices, 5);
}

static void
test_places_cards_and_files(void **state)
{
	const struct sc_message place = {.kind = SC_KIND_LOCATION,
	    .latitude = -525163000, .longitude = 133777000, .accuracy = 20,
	    .name = "the gate", .until = 1700000000000};
	const struct sc_message card = {.kind = SC_KIND_CARD, .name = "Eve",
	    .user = 9, .text = "BEGIN:VCARD", .textlen = 11};
	const struct sc_message file = {.kind = SC_KIND_MEDIA, .ref = "ref",
	    .reflen = 3, .hash = "hash", .hashlen = 4, .key = "key",
	    .keylen = 3, .mime = "image/png", .size = 1000, .text = "me",
	    .textlen = 2};
	struct sc_message odd = {.kind = SC_KIND_STICKER, .ref = "r",
	    .reflen = 1, .hash = "h", .hashlen = 1, .mime = "image/webp"};
	struct sc_message got = pass(&place, *state);

	assert_int_equal(got.latitude, -525163000);
	assert_int_equal(got.longitude, 133777000);
	assert_int_equal(got.accuracy, 20);
	assert_string_equal(got.name, "the gate");
	assert_int_equal(got.until, 1700000000000);
	got = pass(&card, *state);
	assert_string_equal(got.name, "Eve");
	assert_int_equal(got.user, 9);
	assert_string_equal(got.text, "BEGIN:VCARD");
	got = pass(&file, *state);
	assert_memory_equal(got.ref, "ref", 3);
	assert_memory_equal(got.hash, "hash", 4);
	assert_memory_equal(got.key, "key", 3);
	assert_string_equal(got.mime, "image/png");
	assert_int_equal(got.size, 1000);
	assert_string_equal(got.text, "me");
	assert_string_equal(pass(&odd, *state).mime, "image/webp");
	odd.kind = SC_KIND_MEDIA;
	odd.mime = "image/x-of-tomorrow";
	assert_string_equal(pass(&odd, *state).mime, "image/x-of-tomorrow");
}

static void
note(struct sc_message *m, const struct elem_buf *e, struct arena *a)
{
	assert_int_equal(content_note(m, &e->e, a), 0);
}

static void
test_what_is_deleted(void **state)
{
	struct sc_message m = {.kind = SC_KIND_NONE};
	struct elem_buf edit, deleted;

	elem_begin(&edit, TAG_EDIT);
	elem_add_uint(&edit, ATTR_SEQ, 4);
	elem_begin(&deleted, TAG_DELETED);
	elem_add_user_id(&deleted, ATTR_USER, 1);
	elem_add_uint(&deleted, ATTR_SEQ, 9);
	note(&m, &edit, *state);
	note(&m, &deleted, *state);
	assert_int_equal(m.kind, SC_KIND_DELETED);
	assert_int_equal(m.edited, 4);
	assert_int_equal(m.seq, 9);
	assert_int_equal(m.user, 1);
	memset(&m, 0, sizeof(m));
	note(&m, &deleted, *state);
	assert_int_equal(m.kind, SC_KIND_DELETED);
	assert_int_equal(m.edited, 0);
}

static void
test_what_cannot_be_sent(void **state)
{
	static const char *options[] = {"a", "b"};
	const struct sc_message bad[] = {
		{.kind = SC_KIND_NONE},
		{.kind = SC_KIND_DELETED, .seq = 1},
		{.kind = SC_KIND_COUNT},
		{.kind = SC_KIND_POLL, .options = options, .noptions = 2},
		{.kind = SC_KIND_POLL, .name = "?", .options = options},
		{.kind = SC_KIND_POLL, .name = "?", .options = options,
		    .noptions = 65},
		{.kind = SC_KIND_TEXT, .text = "\xff", .textlen = 1},
		{.kind = SC_KIND_TEXT, .text = "x", .textlen = 1,
		    .after = "#short"},
	};
	struct buf content;

	(void)state;
	buf_init(&content, 65536);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(content_make(&bad[i], &content),
		    SC_CODE_BAD_REQUEST);
	buf_fini(&content);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_text),
		TEST(test_references),
		TEST(test_polls),
		TEST(test_places_cards_and_files),
		TEST(test_what_is_deleted),
		TEST(test_what_cannot_be_sent),
	};

	return cmocka_run_group_tests_name("client_content", tests, NULL,
	    NULL);
}

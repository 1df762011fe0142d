/* SPDX-License-Identifier: ISC */
/* A connection that is cut after any byte: in the sync and in pages of history.
 * What is missing comes after the next login, and nothing comes twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "protocol/frame.h"
#include "protocol/xmltext.h"
#include "tests/unit/client_kit.h"

enum {
	FIRST_CHAT = 2, CHATS = 2,	/* with numbers from 2 on */
	ENTRIES = 4,			/* of each */
	SKIPPED = 3,			/* one of them cannot be had */
	FLIGHT_MAX = 1 << 16
};

/* ---- what the server says, as bytes ---------------------------------- */

/* Appends a frame, deflated if that is shorter and DEFLATE is said. */
static void
put(struct kit *k, struct buf *out, bool deflate, const char *xml)
{
	const uint8_t dictionary = 0;
	struct buf body;
	struct elem e;
	char why[200];

	arena_clear(&k->arena);
	if (xmltext_parse(k->deflate, slice_str(xml), &k->arena, &e, why,
	    sizeof(why)) != 0)
		fail_msg("%s: %s", xml, why);
	buf_init(&body, FLIGHT_MAX);
	assert_int_equal(stanza_encode(&k->ctx, &e, &body), 0);
	assert_int_equal(frame_put_packed(k->deflate, buf_slice(&body),
	    &dictionary, deflate ? 1 : 0, out), 0);
	buf_fini(&body);
	if (e.tag == TAG_SUCCESS)
		k->ctx.base_time = elem_int(&e, ATTR_TIME, 0);
}

static void
put_entry(struct kit *k, struct buf *out, unsigned chat, unsigned seq)
{
	char xml[300];

	if (chat == 1)
		(void)snprintf(xml, sizeof(xml), "<message chat=\"1\" "
		    "seq=\"%u\" time=\"" KIT_TIME "\"><chat number=\"%u\" "
		    "ref=\"AQIDBAUGBwgJCgsMDQ4%uAA\" kind=\"direct\" "
		    "peer=\"~%u\" name=\"user%u\"/></message>", seq, seq + 1,
		    seq + 1, seq + 1, seq + 1);
	else if (seq == SKIPPED)
		(void)snprintf(xml, sizeof(xml), "<skip chat=\"%u\" "
		    "first=\"%u\" last=\"%u\" reason=\"pruned\"/>", chat, seq,
		    seq);
	else
		(void)snprintf(xml, sizeof(xml), "<message chat=\"%u\" "
		    "seq=\"%u\" time=\"" KIT_TIME "\" from=\"~%u\"><body>"
		    "entry %u of chat %u</body></message>", chat, seq, chat,
		    seq, chat);
	put(k, out, false, xml);
}

/* A login, and all that the client has not: chats in turn. */
static void
put_sync(struct kit *k, struct buf *out)
{
	put(k, out, false, "<hello version=\"1\" epoch=\"" KIT_EPOCH
	    "\" domain=\"example.org\"/>");
	k->ctx.base_time = 0;
	put(k, out, false, KIT_SUCCESS("0", " token=\"dG9rZW4\""));
	for (unsigned seq = 1; seq <= CHATS; seq++)
		if (seq > sc_client_cursor(k->client, 1))
			put_entry(k, out, 1, seq);
	for (unsigned seq = 1; seq <= ENTRIES; seq++)
		for (unsigned c = FIRST_CHAT; c < FIRST_CHAT + CHATS; c++)
			if (seq > sc_client_cursor(k->client, c))
				put_entry(k, out, c, seq);
	put(k, out, false, KIT_SYNCED("1"));
}

/* Two pages of chat 2, as an answer to request ID. */
static void
put_pages(struct kit *k, struct buf *out, unsigned id)
{
	char xml[2000];
	size_t n;

	for (unsigned page = 0; page < 2; page++) {
		n = (size_t)snprintf(xml, sizeof(xml), "<page id=\"%u\" "
		    "chat=\"2\">", id);
		for (unsigned i = 1; i <= ENTRIES / 2; i++)
			n += (size_t)snprintf(xml + n, sizeof(xml) - n,
			    "<message seq=\"%u\" time=\"" KIT_TIME "\" "
			    "from=\"~2\"><body>an entry of history, %u</body>"
			    "</message>", page * ENTRIES / 2 + i,
			    page * ENTRIES / 2 + i);
		(void)snprintf(xml + n, sizeof(xml) - n, "</page>");
		put(k, out, true, xml);
	}
	(void)snprintf(xml, sizeof(xml), "<result id=\"%u\"/>", id);
	put(k, out, false, xml);
}

/* ---- what the application is told ------------------------------------ */

struct told {
	unsigned next[FIRST_CHAT + CHATS];	/* of each chat, from 1 on */
	bool wrong;
	unsigned paged;		/* entries of pages since the question */
	unsigned results;
	int code;		/* of the last */
};

static struct told told;

static void
note_items(const struct sc_event *e, uint64_t first, uint64_t last)
{
	told.wrong = told.wrong || e->chat >= FIRST_CHAT + CHATS ||
	    first != told.next[e->chat] + 1;
	if (!told.wrong)
		told.next[e->chat] = (unsigned)last;
}

static int
note(struct kit *k, const struct sc_event *e)
{
	(void)k;
	if (e->type == SC_EVENT_MESSAGE)
		note_items(e, e->seq, e->seq);
	else if (e->type == SC_EVENT_SKIP)
		note_items(e, e->first, e->last);
	else if (e->type == SC_EVENT_PAGE_MESSAGE)
		told.wrong = told.wrong || e->seq != ++told.paged;
	else if (e->type == SC_EVENT_RESULT) {
		told.results++;
		told.code = e->code;
	}
	return 0;
}

static void
assert_all_told(void)
{
	assert_false(told.wrong);
	assert_int_equal(told.next[1], CHATS);
	for (unsigned c = FIRST_CHAT; c < FIRST_CHAT + CHATS; c++)
		assert_int_equal(told.next[c], ENTRIES);
}

/* ---- cuts ------------------------------------------------------------ */

static void
begin(struct kit *k)
{
	memset(&told, 0, sizeof(told));
	kit_init(k, "secret");
	k->hook = note;
	assert_int_equal(kit_start(k), 0);
}

/* Gives the first N bytes of what PUT says; how many there are. */
static size_t
give(struct kit *k, struct buf *flight, size_t n)
{
	size_t all = buf_slice(flight).len;

	assert_int_equal(sc_client_input(k->client, buf_slice(flight).p,
	    n < all ? n : all, k->now), 0);
	buf_fini(flight);
	return all;
}

static size_t
sync_up_to(struct kit *k, size_t n)
{
	struct buf flight;

	buf_init(&flight, FLIGHT_MAX);
	kit_connect(k);
	put_sync(k, &flight);
	return give(k, &flight, n);
}

/* The application ends as well, or only the connection. */
static void
cut(struct kit *k, bool ends)
{
	if (ends) {
		kit_crash(k, k->state.count);
		assert_int_equal(kit_start(k), 0);
	} else {
		kit_close(k);
	}
}

static void
test_r11_sync_cut_at_any_byte(void **state)
{
	struct kit k;
	size_t all = 1;

	(void)state;
	for (size_t n = 0; n <= all; n++) {
		begin(&k);
		all = sync_up_to(&k, n);
		cut(&k, n % 2 != 0);
		(void)sync_up_to(&k, SIZE_MAX);
		assert_all_told();
		kit_fini(&k);
	}
	assert_true(all > 250);
}

static size_t
pages_up_to(struct kit *k, size_t n)
{
	struct buf flight;
	uint64_t id = 0;

	told.paged = told.results = 0;
	assert_int_equal(sc_client_history(k->client, "2", NULL, &id), 0);
	(void)kit_said(k);
	buf_init(&flight, FLIGHT_MAX);
	put_pages(k, &flight, (unsigned)id);
	return give(k, &flight, n);
}

/* Either all of it has come, or the application is told to ask again. */
static void
test_pages_cut_at_any_byte(void **state)
{
	struct kit k;
	size_t all = 1;

	(void)state;
	begin(&k);
	(void)sync_up_to(&k, SIZE_MAX);
	for (size_t n = 0; n <= all; n++) {
		all = pages_up_to(&k, n);
		cut(&k, false);
		assert_int_equal(told.results, 1);
		assert_int_equal(told.code, n < all ? SC_CODE_UNAVAILABLE : 0);
		assert_true(n < all || told.paged == ENTRIES);
		(void)sync_up_to(&k, SIZE_MAX);
		(void)pages_up_to(&k, SIZE_MAX);
		assert_int_equal(told.paged, ENTRIES);
		assert_int_equal(told.code, 0);
		assert_all_told();
	}
	kit_fini(&k);
	assert_true(all > 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_r11_sync_cut_at_any_byte),
		cmocka_unit_test(test_pages_cut_at_any_byte),
	};

	return cmocka_run_group_tests_name("test_client_cut", tests, NULL,
	    NULL);
}

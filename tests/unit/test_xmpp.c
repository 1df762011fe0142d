/* SPDX-License-Identifier: ISC */
/* What stonechat-bench writes and reads of XMPP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "src/bench/xmpp.h"

#define HEAD "<?xml version='1.0'?><stream:stream xmlns='jabber:client' " \
    "xmlns:stream='http://etherx.jabber.org/streams' id='1'>"

/* ---- writing ---- */

static void
assert_text(struct bytes *b, const char *wanted)
{
	assert_int_equal(b->n, strlen(wanted));
	assert_memory_equal(b->p, wanted, b->n);
	bytes_free(b);
}

static void
test_write(void **state)
{
	struct bytes b = {0};

	(void)state;
	xmpp_put_plain(&b, "u1", "secret");	/* RFC 4616: NUL u1 NUL secret */
	assert_text(&b, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
	    "mechanism='PLAIN'>AHUxAHNlY3JldA==</auth>");
	xmpp_put_message(&b, "u2", "x.org", "1f", true, "a<b & 'c'>\"", 11);
	assert_text(&b, "<message type='chat' to='u2@x.org' id='1f'><body>"
	    "a&lt;b &amp; &apos;c&apos;&gt;&quot;</body>"
	    "<request xmlns='urn:xmpp:receipts'/></message>");
	xmpp_put_message(&b, "u2", "x.org", "1f", false, "a", 1);
	assert_text(&b, "<message type='chat' to='u2@x.org' id='1f'>"
	    "<body>a</body></message>");
	xmpp_put_receipt(&b, "u1@x.org/r", "1f");
	assert_text(&b, "<message to='u1@x.org/r'>"
	    "<received xmlns='urn:xmpp:receipts' id='1f'/></message>");
	xmpp_put_answer(&b, UINT32_MAX);
	assert_text(&b, "<a xmlns='urn:xmpp:sm:3' h='4294967295'/>");
	xmpp_put_stream(&b, "x&y");
	assert_text(&b, "<?xml version='1.0'?><stream:stream to='x&amp;y' "
	    "version='1.0' xmlns='jabber:client' "
	    "xmlns:stream='http://etherx.jabber.org/streams'>");
}

/* ---- reading ---- */

struct seen {
	unsigned n;
	struct xmpp_stanza last;
	char body[64];
};

static void
see(void *arg, const struct xmpp_stanza *s)
{
	struct seen *seen = arg;

	seen->n++;
	seen->last = *s;
	assert_true(s->body.n < sizeof(seen->body));
	if (s->body.n > 0)
		memcpy(seen->body, s->body.p, s->body.n);
	seen->body[s->body.n] = '\0';
}

static void
feed(struct xmpp_reader *r, const char *text)
{
	assert_int_equal(xmpp_reader_feed(r, text, strlen(text)), 0);
}

static void
test_login(void **state)
{
	struct seen seen = {0};
	struct xmpp_reader *r = xmpp_reader_create(see, &seen);

	(void)state;
	feed(r, HEAD "<stream:features><mechanisms><mechanism>SCRAM-SHA-1"
	    "</mechanism><mechanism>PL");
	assert_int_equal(seen.n, 0);
	feed(r, "AIN</mechanism></mechanisms></stream:features>");
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.last.name, "stream:features");
	assert_true(seen.last.plain);
	assert_false(seen.last.manage);
	feed(r, "<success/>");
	xmpp_reader_restart(r);
	feed(r, HEAD "<stream:features><bind/><sm xmlns='urn:xmpp:sm:3'/>"
	    "</stream:features>");
	assert_int_equal(seen.n, 3);
	assert_true(seen.last.manage);
	assert_false(seen.last.plain);
	feed(r, "<failure><not-authorized/></failure>");
	assert_string_equal(seen.last.child, "not-authorized");
	xmpp_reader_destroy(r);
}

static void
test_messages(void **state)
{
	static const char text[] = HEAD
	    "<message from='u1@x/r' id='7' type='chat'><body>a &lt; b</body>"
	    "<forwarded><message><body>no</body></message></forwarded>"
	    "<request xmlns='urn:xmpp:receipts'/></message>";
	struct seen seen = {0};
	struct xmpp_reader *r = xmpp_reader_create(see, &seen);

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++)	/* in any pieces */
		assert_int_equal(xmpp_reader_feed(r, text + i, 1), 0);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.last.name, "message");
	assert_string_equal(seen.last.from, "u1@x/r");
	assert_string_equal(seen.last.id, "7");
	assert_string_equal(seen.body, "a < b");
	assert_true(seen.last.request);
	feed(r, "<message><received xmlns='urn:xmpp:receipts' id='7'/>"
	    "</message><a h='4294967295'/>");
	assert_int_equal(seen.n, 3);
	assert_string_equal(seen.last.name, "a");
	assert_true(seen.last.h == UINT32_MAX);
	assert_string_equal(seen.last.received, "");
	assert_string_equal(seen.body, "");
	xmpp_reader_destroy(r);
}

static void
test_not_xml(void **state)
{
	struct seen seen = {0};
	struct xmpp_reader *r = xmpp_reader_create(see, &seen);

	(void)state;
	assert_int_equal(xmpp_reader_feed(r, "\x20\x02", 2), -1);
	assert_int_equal(seen.n, 0);
	xmpp_reader_destroy(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_not_xml),
	};

	return cmocka_run_group_tests_name("xmpp", tests, NULL, NULL);
}

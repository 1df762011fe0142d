/* SPDX-License-Identifier: ISC */
/* Goodbyes for faults of the server's own: functions of the core fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/device.h"
#include "src/common/err.h"
#include "src/server/request.h"
#include "src/server/request_priv.h"
#include "tests/unit/server_kit.h"

struct world {
	struct kit *k;
	struct kit_conn alice, bob;
	uint8_t alice_token[DEVICE_TOKEN_SIZE], bob_token[DEVICE_TOKEN_SIZE];
};

/* The next call fails. */
static bool no_request, no_entries;

struct request *__real_request_create(struct session *,
    const struct request_type *, const struct elem *, enum attr_name, size_t);
struct request *__wrap_request_create(struct session *,
    const struct request_type *, const struct elem *, enum attr_name, size_t);
int __real_chat_read_holes(struct tx *, const struct chat_id *, uint64_t,
    uint64_t, const struct chat_reader *,
    int (*)(void *, uint64_t, uint64_t));
int __wrap_chat_read_holes(struct tx *, const struct chat_id *, uint64_t,
    uint64_t, const struct chat_reader *,
    int (*)(void *, uint64_t, uint64_t));

struct request *
__wrap_request_create(struct session *s, const struct request_type *type,
    const struct elem *e, enum attr_name key, size_t size)
{
	if (!no_request)
		return __real_request_create(s, type, e, key, size);
	no_request = false;
	return NULL;
}

int
__wrap_chat_read_holes(struct tx *tx, const struct chat_id *chat,
    uint64_t first, uint64_t last, const struct chat_reader *reader,
    int (*hole)(void *, uint64_t, uint64_t))
{
	if (!no_entries)
		return __real_chat_read_holes(tx, chat, first, last, reader,
		    hole);
	no_entries = false;
	return SC_EIO;
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct server_conf conf;

	server_conf_init(&conf);
	conf.tail_entries = 0;	/* entries are read from the store */
	w->k = kit_create(&conf);
	assert_int_equal(kit_user(w->k, "alice"), 1);
	assert_int_equal(kit_user(w->k, "bob"), 2);
	kit_token(w->k, 1, "phone", w->alice_token);
	kit_token(w->k, 2, "phone", w->bob_token);
	kit_enter(w->k, &w->alice, "alice", 1, w->alice_token);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	kit_disconnect(&w->alice);
	kit_destroy(w->k);
	free(w);
	return 0;
}

static void
expect_bye(struct kit_conn *c, const char *bye)
{
	const char *got = kit_received(c);

	assert_true(c->closed);
	if (strstr(got, bye) == NULL)
		fail_msg("expected %s in:\n%s", bye, got);
}

#define HELLO "<message chat=\"bob\" n=\"1\"><body>hi</body></message>"

static void
test_without_memory_it_is_overload(void **state)
{
	struct world *w = *state;

	no_request = true;
	kit_send(&w->alice, HELLO);
	expect_bye(&w->alice, "<bye why=\"overload\"");
}

/* What could not be read is not passed over: the client comes again. */
static void
test_entries_that_cannot_be_read(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, HELLO);
	kit_connect(w->k, &w->bob);
	kit_hello(&w->bob);
	kit_auth(&w->bob, "bob", 1, w->bob_token);
	no_entries = true;
	kit_send(&w->bob,
	    "<sync account=\"0\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>");
	expect_bye(&w->bob, "<bye why=\"internal\"");
	kit_disconnect(&w->bob);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_without_memory_it_is_overload, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_entries_that_cannot_be_read, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

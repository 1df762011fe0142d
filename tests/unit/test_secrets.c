/* SPDX-License-Identifier: ISC */
/*
 * What was secret is wiped before its memory goes back: everything that the
 * server frees during a login is kept here as it was, and looked through.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/base64url.h"
#include "protocol/frame.h"
#include "src/chat/device.h"
#include "tests/unit/server_kit.h"

enum { FREED = 8 << 20, PIECE = 50, PINGS = 400, DATA = 1800 };

/* ---- what was freed -------------------------------------------------- */

static uint8_t freed[FREED];
static size_t nfreed;
static bool keeping;

void __real_free(void *);
void *__real_realloc(void *, size_t);
void __wrap_free(void *);
void *__wrap_realloc(void *, size_t);

static void
keep(void *p)
{
	size_t n = p == NULL || !keeping ? 0 : malloc_usable_size(p);

	assert_true(n <= FREED - nfreed);
	if (n > 0)
		memcpy(freed + nfreed, p, n);
	nfreed += n;
}

void
__wrap_free(void *p)
{
	keep(p);
	__real_free(p);
}

void *
__wrap_realloc(void *p, size_t n)
{
	keep(p);
	return __real_realloc(p, n);
}

static void
keep_from_here(void)
{
	nfreed = 0;
	keeping = true;
}

static bool
was_freed(const void *secret, size_t n)
{
	keeping = false;
	assert_true(nfreed > 0);
	return memmem(freed, nfreed, secret, n) != NULL;
}

/* ---- logins ---------------------------------------------------------- */

static const char password[] = "correct horse battery staple";

struct world {
	struct kit *k;
	struct kit_conn c;
};

static void
is_alice(struct kit *k, struct auth_request *r)
{
	(void)k;
	assert_non_null(memmem(r->data.p, r->data.len, password,
	    strlen(password)));
	r->id = 1;
	r->rc = 0;
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct server_conf conf;

	assert_non_null(w);
	server_conf_init(&conf);
	conf.mechanisms[MECHANISM_PLAIN] = true;
	w->k = kit_create(&conf);
	w->k->authenticate = is_alice;
	assert_int_equal(kit_user(w->k, "alice"), 1);
	kit_connect(w->k, &w->c);
	kit_hello(&w->c);
	(void)kit_received(&w->c);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	kit_disconnect(&w->c);
	kit_destroy(w->k);
	free(w);
	return 0;
}

/* <auth> with the password, as long as it may be, and PINGS behind it. */
static void
put_login(struct world *w, struct buf *out, unsigned pings)
{
	uint8_t data[DATA] = "alice";
	struct elem_buf e;

	memcpy(data + 20, password, strlen(password));
	elem_begin(&e, TAG_AUTH);
	elem_add_enum(&e, ATTR_MECHANISM, MECHANISM_PLAIN);
	elem_add_user(&e, ATTR_USER, &(struct user_ref){
	    .name = slice_str("alice")});
	elem_add_text(&e, ATTR_NAME, slice_str("phone"));
	elem_add_bytes(&e, ATTR_DATA, slice_of(data, sizeof(data)));
	assert_int_equal(stanza_put(&w->c.said, &e.e, out), 0);
	for (unsigned i = 0; i < pings; i++) {
		elem_begin(&e, TAG_PING);
		elem_add_uint(&e, ATTR_WAITING, 0);
		assert_int_equal(stanza_put(&w->c.said, &e.e, out), 0);
	}
}

/* The buffer of a frame that comes in pieces grows, with the password in it. */
static void
test_password_in_pieces(void **state)
{
	struct world *w = *state;
	struct slice rest;
	struct buf out;

	buf_init(&out, 0);
	put_login(w, &out, 0);
	rest = buf_slice(&out);
	keep_from_here();
	while (rest.len > 0) {
		size_t n = rest.len < PIECE ? rest.len : PIECE;

		worker_input(w->c.session, slice_of(rest.p, n));
		rest = slice_of(rest.p + n, rest.len - n);
	}
	kit_run(w->k);
	assert_false(was_freed(password, strlen(password)));
	HAS(kit_received(&w->c), "<success ");
	buf_fini(&out);
}

/* As sent: how long it is says how many bytes are the token's. */
static size_t
token_of(const char *got, uint8_t token[DEVICE_TOKEN_SIZE])
{
	const char *attr = strstr(got, " token=\"");
	struct slice text;
	size_t n = 0;

	assert_non_null(attr);
	attr += strlen(" token=\"");
	text = slice_of(attr, strcspn(attr, "\""));
	assert_in_range(text.len * 3 / 4, 1, DEVICE_TOKEN_SIZE);
	assert_int_equal(base64url_decode(text, token, &n), 0);
	return n;
}

/* The answers to what came in one flight with the login make the buffer grow
 * that has the new token in it. */
static void
test_token_before_other_answers(void **state)
{
	struct world *w = *state;
	uint8_t token[DEVICE_TOKEN_SIZE];
	struct buf out;
	size_t n;

	buf_init(&out, 0);
	put_login(w, &out, PINGS);
	keep_from_here();
	worker_input(w->c.session, buf_slice(&out));
	kit_run(w->k);
	keeping = false;
	n = token_of(kit_received(&w->c), token);
	assert_false(was_freed(token, n));
	assert_false(was_freed(password, strlen(password)));
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_password_in_pieces, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_token_before_other_answers,
		setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
#include "protocol/address.h"

#include "src/common/err.h"
#include "tests/unit/proto_util.h"

static void
chat_ids(void **state)
{
	struct chat_id id, again;
	char text[CHAT_ID_TEXT + 1];
	(void)state;

	for (int i = 0; i < CHAT_ID_SIZE; i++)
		id.b[i] = (uint8_t)(i * 17);
	chat_id_print(&id, text);
	assert_string_equal(text, "#aaisem2ekvthpcezvk54zxpo74");
	assert_int_equal(chat_id_parse(slice_str(text), &again), 0);
	assert_true(chat_id_equal(&id, &again));
	memset(&id, 0xff, sizeof(id));
	chat_id_print(&id, text);
	assert_string_equal(text, "#77777777777777777777777774");
	assert_int_equal(chat_id_parse(slice_str(text), &again), 0);
	assert_true(chat_id_equal(&id, &again));
}

static void
bad_chat_ids(void **state)
{
	static const char *const bad[] = {
		"", "#", "aaisem2ekvthpcezvk54zxpo74a",
		"#aaisem2ekvthpcezvk54zxpo7",		/* one short */
		"#aaisem2ekvthpcezvk54zxpo74a",		/* one long */
		"#aaisem2ekvthpcezvk54zxpo7A",		/* upper case */
		"#aaisem2ekvthpcezvk54zxpo71",		/* not a digit */
		"#aaisem2ekvthpcezvk54zxpo75",		/* unused bits */
	};
	struct chat_id id;
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(chat_id_parse(slice_str(bad[i]), &id),
		    SC_EBADREQUEST);
}

static void
user_names(void **state)
{
	char out[USER_NAME_MAX + 1], longest[USER_NAME_MAX + 2];
	static const char *const bad[] = {"", "a b", "a@b", "a/b", "\xc3\xa9",
	    "a\x01", "#a", "~1"};
	(void)state;

	assert_int_equal(user_name_prepare(slice_str("Bob.The-B_9"), out), 0);
	assert_string_equal(out, "bob.the-b_9");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(user_name_prepare(slice_str(bad[i]), out),
		    SC_EBADREQUEST);
	assert_int_equal(user_name_prepare(slice_of("a\0b", 3), out),
	    SC_EBADREQUEST);
	memset(longest, 'a', sizeof(longest));
	assert_int_equal(user_name_prepare(slice_of(longest, USER_NAME_MAX),
	    out), 0);
	assert_int_equal(strlen(out), USER_NAME_MAX);
	assert_int_equal(user_name_prepare(slice_of(longest,
	    USER_NAME_MAX + 1), out), SC_EBADREQUEST);
}

static void
split(void **state)
{
	struct slice name, domain;
	(void)state;

	address_split(slice_str("bob"), &name, &domain);
	assert_true(slice_equal(name, slice_str("bob")));
	assert_int_equal(domain.len, 0);
	address_split(slice_str("bob@example.org"), &name, &domain);
	assert_true(slice_equal(name, slice_str("bob")));
	assert_true(slice_equal(domain, slice_str("example.org")));
	address_split(slice_str(""), &name, &domain);
	assert_int_equal(name.len + domain.len, 0);
	address_split(slice_str("@x"), &name, &domain);
	assert_int_equal(name.len, 0);
	assert_true(slice_equal(domain, slice_str("x")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chat_ids),
		cmocka_unit_test(bad_chat_ids),
		cmocka_unit_test(user_names),
		cmocka_unit_test(split),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}

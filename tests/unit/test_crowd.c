/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "src/daemon/crowd.h"

enum { MANY = 1000 };

static int
setup(void **state)
{
	*state = crowd_create(0x5ec7e7);
	return 0;
}

/* Fails if somebody is still in it. */
static int
teardown(void **state)
{
	crowd_destroy(*state);
	return 0;
}

static struct crowd_place *
enter(struct crowd *c, const char *address, uint32_t max, bool *first)
{
	struct sockaddr_storage ss = {0};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct sockaddr_in v4 = {.sin_family = AF_INET};

	if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
		memcpy(&ss, &v6, sizeof(v6));
	} else {
		assert_int_equal(inet_pton(AF_INET, address, &v4.sin_addr), 1);
		memcpy(&ss, &v4, sizeof(v4));
	}
	return crowd_enter(c, (const struct sockaddr *)&ss, max, first);
}

static void
test_limit_and_room(void **state)
{
	struct crowd_place *a, *b, *other;
	bool first;

	a = enter(*state, "192.0.2.1", 2, &first);
	b = enter(*state, "192.0.2.1", 2, &first);
	assert_true(a != NULL && a == b);
	assert_null(enter(*state, "192.0.2.1", 2, &first));
	assert_true(first);
	assert_null(enter(*state, "192.0.2.1", 2, &first));
	assert_false(first);
	other = enter(*state, "192.0.2.2", 2, &first);
	assert_non_null(other);
	crowd_leave(*state, a);
	a = enter(*state, "192.0.2.1", 2, &first);
	assert_non_null(a);
	/* said again after there was room */
	assert_null(enter(*state, "192.0.2.1", 2, &first));
	assert_true(first);
	assert_int_equal(crowd_refused(*state), 3);
	/* a lower limit, or none, counts for who comes from now on */
	assert_null(enter(*state, "192.0.2.2", 1, &first));
	b = enter(*state, "192.0.2.2", 0, &first);
	assert_ptr_equal(b, other);
	crowd_leave(*state, a);
	crowd_leave(*state, a);
	crowd_leave(*state, b);
	crowd_leave(*state, other);
}

static void
test_a_network_of_64_bits(void **state)
{
	struct crowd_place *a, *b;
	bool first;

	a = enter(*state, "2001:db8:1:2::1", 1, &first);
	assert_non_null(a);
	assert_null(enter(*state, "2001:db8:1:2:ffff::9", 1, &first));
	b = enter(*state, "2001:db8:1:3::1", 1, &first);
	assert_non_null(b);
	crowd_leave(*state, a);
	crowd_leave(*state, b);
	a = enter(*state, "::ffff:192.0.2.1", 1, &first);
	assert_non_null(a);
	assert_null(enter(*state, "192.0.2.1", 1, &first));
	b = enter(*state, "::ffff:192.0.2.2", 1, &first);
	assert_non_null(b);
	crowd_leave(*state, a);
	crowd_leave(*state, b);
}

static void
test_many(void **state)
{
	struct crowd_place *all[MANY];
	char address[32];
	bool first;

	for (int i = 0; i < MANY; i++) {
		snprintf(address, sizeof(address), "10.0.%d.%d", i / 250,
		    i % 250);
		all[i] = enter(*state, address, 1, &first);
		assert_non_null(all[i]);
	}
	for (int i = 0; i < MANY; i++) {
		snprintf(address, sizeof(address), "10.0.%d.%d", i / 250,
		    i % 250);
		assert_null(enter(*state, address, 1, &first));
		crowd_leave(*state, all[i]);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_limit_and_room),
	    TEST(test_a_network_of_64_bits),
	    TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

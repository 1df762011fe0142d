/* SPDX-License-Identifier: ISC */
/* Durations of stonechat-bench: buckets and percentiles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "src/bench/hist.h"

static struct hist *
make(void)
{
	struct hist *h = malloc(sizeof(*h));

	assert_non_null(h);
	hist_init(h);
	return h;
}

/* WANTED, or at most 1.6 % more. */
static void
assert_near(uint64_t got, uint64_t wanted)
{
	assert_true(got >= wanted);
	assert_true(got <= wanted + wanted / 64 + 1);
}

static void
test_nothing(void **state)
{
	struct hist *h = make();

	(void)state;
	assert_int_equal(hist_at(h, 50), 0);
	assert_int_equal(hist_at(h, 100), 0);
	assert_true(hist_mean(h) < 0.1);
	free(h);
}

static void
test_one_value(void **state)
{
	struct hist *h = make();

	(void)state;
	hist_add(h, 123456789);
	/* never more than the largest that was seen */
	assert_int_equal(hist_at(h, 0), 123456789);
	assert_int_equal(hist_at(h, 50), 123456789);
	assert_int_equal(hist_at(h, 100), 123456789);
	assert_int_equal(h->min, 123456789);
	assert_int_equal(h->max, 123456789);
	free(h);
}

static void
test_small_values_are_exact(void **state)
{
	struct hist *h = make();

	(void)state;
	for (int i = 1; i <= 100; i++)
		hist_add(h, i);
	assert_int_equal(hist_at(h, 1), 1);
	assert_int_equal(hist_at(h, 50), 50);
	assert_int_equal(hist_at(h, 99), 99);
	assert_int_equal(hist_at(h, 99.5), 100);
	assert_int_equal(hist_at(h, 100), 100);
	free(h);
}

static void
test_percentiles_of_a_ramp(void **state)
{
	static const double percents[] = {1, 10, 50, 90, 99, 99.9};
	struct hist *h = make();

	(void)state;
	for (int64_t i = 1; i <= 100000; i++)
		hist_add(h, i * 1000);
	for (unsigned i = 0; i < 6; i++)
		assert_near(hist_at(h, percents[i]),
		    (uint64_t)(percents[i] * 1000) * 1000);
	assert_int_equal(hist_at(h, 100), 100000000);
	assert_true(hist_mean(h) > 50000000 && hist_mean(h) < 50001000);
	free(h);
}

/* Each value lies in one bucket, and buckets are in order without gaps. */
static void
test_every_power_of_two(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 44; bit++) {
		for (int64_t d = -1; d <= 1; d++) {
			int64_t v = ((int64_t)1 << bit) + d;
			struct hist *h = make();

			hist_add(h, v);
			hist_add(h, INT64_C(1) << 60);
			assert_near(hist_at(h, 50), (uint64_t)v);
			free(h);
		}
	}
}

static void
test_extremes(void **state)
{
	struct hist *h = make();

	(void)state;
	hist_add(h, -5);
	assert_int_equal(hist_at(h, 100), 0);
	hist_add(h, INT64_MAX);
	assert_int_equal(hist_at(h, 50), 0);
	assert_int_equal(hist_at(h, 100), INT64_MAX);
	free(h);
}

static void
test_merge(void **state)
{
	struct hist *a = make(), *b = make(), *both = make();

	(void)state;
	for (int64_t i = 0; i < 5000; i++) {
		hist_add(i % 3 == 0 ? a : b, i * i);
		hist_add(both, i * i);
	}
	hist_merge(a, b);
	assert_memory_equal(a, both, sizeof(*a));
	free(a);
	free(b);
	free(both);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing),
	    cmocka_unit_test(test_one_value),
	    cmocka_unit_test(test_small_values_are_exact),
	    cmocka_unit_test(test_percentiles_of_a_ramp),
	    cmocka_unit_test(test_every_power_of_two),
	    cmocka_unit_test(test_extremes),
	    cmocka_unit_test(test_merge),
	};

	return cmocka_run_group_tests_name("hist", tests, NULL, NULL);
}

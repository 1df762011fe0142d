/* SPDX-License-Identifier: ISC */
/* When what was replaced is freed: never under a reader, always in the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "src/daemon/grace.h"

static void
count(void *p)
{
	(*(int *)p)++;
}

static void
test_outside_is_free_at_once(void **state)
{
	struct grace g;
	int freed = 0;

	(void)state;
	grace_init(&g, 2);
	grace_retire_take(&g, count, &freed);
	assert_int_equal(freed, 0);
	assert_int_equal(grace_collect(&g), 0);
	assert_int_equal(freed, 1);
	grace_fini(&g);
	assert_int_equal(freed, 1);
}

static void
test_inside_keeps_it(void **state)
{
	struct grace g;
	int first = 0, second = 0;

	(void)state;
	grace_init(&g, 2);
	grace_enter(&g, 0);
	grace_retire_take(&g, count, &first);
	/* it came after the first was replaced: it can see the second only */
	grace_enter(&g, 1);
	assert_int_equal(grace_collect(&g), 1);
	grace_retire_take(&g, count, &second);
	assert_int_equal(grace_collect(&g), 2);
	grace_leave(&g, 0);
	assert_int_equal(grace_collect(&g), 1);
	assert_int_equal(first, 1);
	assert_int_equal(second, 0);
	/* in again: that is after both */
	grace_enter(&g, 0);
	grace_leave(&g, 1);
	assert_int_equal(grace_collect(&g), 0);
	assert_int_equal(second, 1);
	grace_leave(&g, 0);
	grace_fini(&g);
}

static void
test_the_end_frees_all(void **state)
{
	struct grace g;
	int freed = 0;

	(void)state;
	grace_init(&g, 1);
	grace_enter(&g, 0);
	for (int i = 0; i < 3; i++)
		grace_retire_take(&g, count, &freed);
	grace_leave(&g, 0);
	grace_fini(&g);
	assert_int_equal(freed, 3);
}

/* ---- with threads: a reader never sees a block that was freed ---- */

enum { THREADS = 3, ROUNDS = 2000, GOOD = 0x600d };

struct block {
	int value;
};

struct world {
	struct grace g;
	_Atomic(struct block *) now;
	atomic_bool stop;
	atomic_int bad;
};

struct thread {
	struct world *w;
	size_t slot;
	pthread_t id;
};

static void
free_block(void *p)
{
	((struct block *)p)->value = 0;
	free(p);
}

static struct block *
new_block(void)
{
	struct block *b = malloc(sizeof(*b));

	assert_non_null(b);
	b->value = GOOD;
	return b;
}

static void *
read_blocks(void *arg)
{
	struct thread *t = arg;
	struct world *w = t->w;

	while (!atomic_load(&w->stop)) {
		grace_enter(&w->g, t->slot);
		for (int i = 0; i < 8; i++)
			if (atomic_load(&w->now)->value != GOOD)
				atomic_fetch_add(&w->bad, 1);
		grace_leave(&w->g, t->slot);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	struct thread threads[THREADS];
	struct world w;

	(void)state;
	grace_init(&w.g, THREADS);
	atomic_init(&w.now, new_block());
	atomic_init(&w.stop, false);
	atomic_init(&w.bad, 0);
	for (size_t i = 0; i < THREADS; i++) {
		threads[i] = (struct thread){.w = &w, .slot = i};
		assert_int_equal(pthread_create(&threads[i].id, NULL,
		    read_blocks, &threads[i]), 0);
	}
	for (int i = 0; i < ROUNDS; i++) {
		grace_retire_take(&w.g, free_block,
		    atomic_exchange(&w.now, new_block()));
		grace_collect(&w.g);
	}
	atomic_store(&w.stop, true);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i].id, NULL);
	assert_int_equal(atomic_load(&w.bad), 0);
	assert_int_equal(grace_collect(&w.g), 0);
	free(atomic_load(&w.now));
	grace_fini(&w.g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_outside_is_free_at_once),
	    cmocka_unit_test(test_inside_keeps_it),
	    cmocka_unit_test(test_the_end_frees_all),
	    cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests_name("grace", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * kit: short words for the tests of the store.  Keys and values are C strings
 * here; everything fails the test when it does not succeed.
 */
#ifndef TESTS_CONFORMANCE_KIT_H
#define TESTS_CONFORMANCE_KIT_H

#include <pthread.h>

#include "src/store/store.h"

void put(struct store_txn *, const struct store_table *, uint32_t part,
    const char *key, const char *value);
void del(struct store_txn *, const struct store_table *, uint32_t part,
    const char *key);
void lock_row(struct store_txn *, const struct store_table *, uint32_t part,
    const char *key);

/* VALUE NULL: no such row. */
void expect(struct store_txn *, const struct store_table *, uint32_t part,
    const char *key, const char *value);

/* The rows between LO and HI (NULL: no bound) as "key=value key=value". */
void expect_rows(struct store_txn *, const struct store_table *,
    uint32_t part, const char *lo, const char *hi, bool reverse,
    const char *rows);

/* The partitions as "1 2 3". */
void expect_parts(struct store_txn *, const struct store_table *,
    const char *parts);

/* expect and expect_rows (all of them) in a reading transaction. */
void expect_now(struct store *, const struct store_table *, uint32_t part,
    const char *key, const char *value);
void expect_all(struct store *, const struct store_table *, uint32_t part,
    const char *rows);

/* A transaction with one row; finished, not committed. */
void put_one(struct store *, const struct store_table *, uint32_t part,
    const char *key, const char *value);

/* Completions to wait for. */
struct await {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned calls;
	int rc;			/* the first that was not 0 */
};

void await_init(struct await *);
void await_fini(struct await *);
store_done_fn await_done;	/* its argument is a struct await */
unsigned await_calls(struct await *);

/* Until there were CALLS. */
void await_wait(struct await *, unsigned calls);

/* Commits and waits until it is durable; PUMP (may be NULL) helps. */
void commit_wait(struct store *, void (*pump)(struct store *));

/* The next number of a sequence that SEED determines. */
uint64_t random_next(uint64_t *seed);

#endif

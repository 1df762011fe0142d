/* SPDX-License-Identifier: ISC */
/* What the files of the suite share. */
#ifndef TESTS_CONFORMANCE_SUITE_PRIV_H
#define TESTS_CONFORMANCE_SUITE_PRIV_H

#include "tests/conformance/suite.h"

struct suite {
	const struct suite_engine *engine;
	struct store *store;
	struct store_table *plain, *parted, *junk;
};

/* Closes the store and opens what it has left. */
void suite_reopen(struct suite *);
void suite_commit(struct suite *);

/* Writes enough elsewhere that an engine which moves rows from memory to a
 * disk moves what was written before. */
void suite_push_down(struct suite *);

/* suite_seal.c */
void test_seal(void **state);
void test_seal_changes(void **state);
void test_seal_drop(void **state);
void test_seal_sizes(void **state);
void test_seal_snapshot(void **state);
void test_seal_reopen(void **state);
void test_seal_undone(void **state);
void test_seal_model(void **state);

#endif

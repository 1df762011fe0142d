/* SPDX-License-Identifier: ISC */
/*
 * model: a store that is too simple to be wrong, an array of values, beside
 * the real one; random transactions are done to both and must agree.
 */
#ifndef TESTS_CONFORMANCE_MODEL_H
#define TESTS_CONFORMANCE_MODEL_H

#include "src/store/store.h"

struct model;

/* A model of an empty partitioned table. */
struct model *model_create(const struct store_table *);
void model_destroy(struct model *);

/* The same rows in a store that was opened anew. */
void model_table(struct model *, const struct store_table *);

/* What is random from now on depends on SEED alone. */
void model_seed(struct model *, uint64_t seed);

/* A write transaction, checked as it goes, finished or abandoned. */
void model_write(struct model *, struct store *);

/* Begins, checks or ends one of a few reading transactions, each of which
 * must go on seeing what was there when it began. */
void model_read(struct model *, struct store *);
void model_readers_end(struct model *);

#endif

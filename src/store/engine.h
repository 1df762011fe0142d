/* SPDX-License-Identifier: ISC */
/*
 * engine: what an engine provides.  A store, table and transaction begin with
 * the structs below; store.c checks arguments and calls through.
 */
#ifndef STORE_ENGINE_H
#define STORE_ENGINE_H

#include "src/store/store.h"

struct store_engine {
	const char *name;
	int (*table_add)(struct store *, const char *, unsigned,
	    struct store_table **);
	int (*start)(struct store *, char *why, size_t whylen);
	struct store_txn *(*begin)(struct store *, bool writer);
	int (*get)(struct store_txn *, const struct store_table *, uint32_t,
	    struct slice, struct slice *);
	int (*lock)(struct store_txn *, const struct store_table *, uint32_t,
	    struct slice);
	int (*put)(struct store_txn *, const struct store_table *, uint32_t,
	    struct slice, const struct slice *value /* NULL: delete */);
	int (*scan)(struct store_txn *, const struct store_table *, uint32_t,
	    const struct store_range *, store_scan_fn *, void *);
	int (*drop)(struct store_txn *, const struct store_table *, uint32_t);
	int (*parts)(struct store_txn *, const struct store_table *,
	    int (*fn)(void *, uint32_t), void *);
	int (*finish)(struct store_txn *);
	void (*abandon)(struct store_txn *);
	int (*rewind)(struct store_txn *);
	int (*seal)(struct store_txn *, const struct store_table *, uint32_t,
	    bool *done);
	int (*sealed)(struct store_txn *, const struct store_table *, uint32_t,
	    struct store_sealed *);
	void (*commit)(struct store *, store_done_fn *, void *);
	void (*barrier)(struct store *, store_done_fn *, void *);
	int (*state)(struct store *);
	void (*stats)(struct store *, struct store_stats *);
	int (*close)(struct store *);
};

struct store {
	const struct store_engine *engine;
};

struct store_table {
	struct store *store;
	const char *name;
	unsigned flags;
	uint32_t id;		/* from 1; 0 is the engine's own table */
	/* of a sealable one: where writes to sealed partitions go */
	const struct store_table *overlay;
};

struct store_txn {
	struct store *store;
	bool writer;
};

#endif

/* SPDX-License-Identifier: ISC */
/*
 * snapshot: what a transaction sees: its own writes over the memtables that it
 * began with over what the engine keeps below them.  It owns nothing but the
 * transaction's own writes; whoever fills it in keeps the rest alive.
 *
 * Of a sealed partition it sees the overlay over the partition itself, or the
 * segment that has taken its place (sealset.h).
 */
#ifndef STORE_SNAPSHOT_H
#define STORE_SNAPSHOT_H

#include "src/store/dropset.h"
#include "src/store/memtable.h"
#include "src/store/merge.h"
#include "src/store/sealset.h"
#include "src/store/store.h"

/* What is below the memtables. */
struct snapshot_base {
	/* A row that is known to be in none of the layers and not to have
	 * changed below them; *VALUE as for get. */
	bool (*kept)(void *arg, const struct memkey *, struct slice *value);
	/* *VALUE lives as long as the transaction.  SC_ENOTFOUND. */
	int (*get)(void *arg, const struct memkey *, struct slice *value);
	/* A source for a scan; *SOURCE is NULL when there is nothing. */
	int (*open)(void *arg, uint32_t table, uint32_t part,
	    const struct store_range *, struct merge_source **source);
	void (*close)(void *arg, struct merge_source *);
	/* The least partition of TABLE at or above FROM. */
	bool (*next_part)(void *arg, uint32_t table, uint32_t from,
	    uint32_t *part);
};

/* Where segments are. */
struct snapshot_segments {
	/* The segment of a seal that is done. */
	int (*ref)(void *arg, const struct seal *, struct segment **);
	void (*unref)(void *arg, struct segment *);
	/* Told when one cannot be read. */
	void (*failed)(void *arg, const struct seal *, int rc);
};

enum { SNAPSHOT_LAYERS = 4 };

struct snapshot {
	struct memtable *own;		/* NULL: nothing may be written */
	bool own_drops;			/* there are drops among OWN */
	const struct memtable *layers[SNAPSHOT_LAYERS];	/* newest first */
	unsigned count;
	uint64_t seq;			/* of the last transaction seen */
	const struct dropset *drops;
	const struct snapshot_base *base;	/* NULL: nothing */
	void *base_arg;
	/* NULL: nothing is sealed */
	const struct sealset *seals;
	const struct snapshot_segments *segments;
	void *segments_arg;
	struct arena *values;		/* for what is read in segments */
};

/* As the functions of store.h. */
int snapshot_get(struct snapshot *, const struct memkey *,
    struct slice *value);
int snapshot_scan(struct snapshot *, uint32_t table, uint32_t part,
    const struct store_range *, store_scan_fn *, void *arg);
int snapshot_parts(struct snapshot *, uint32_t table,
    int (*fn)(void *arg, uint32_t part), void *arg);

/* Adds to OWN; VALUE NULL deletes.  SC_ECONFLICT: the partition is dropped. */
int snapshot_put(struct snapshot *, const struct memkey *,
    const struct slice *value);
int snapshot_drop(struct snapshot *, uint32_t table, uint32_t part);

/* The rows of a partition itself, whether it is sealed or dropped. */
int snapshot_scan_rows(struct snapshot *, uint32_t table, uint32_t part,
    const struct store_range *, store_scan_fn *, void *arg);

/* Seals a partition: OVERLAY is the table that is written to from then on. */
int snapshot_seal_open(struct snapshot *, uint32_t table, uint32_t part,
    uint32_t overlay);

/* Its rows are in the segment of SEAL, which is done. */
int snapshot_seal_done(struct snapshot *, const struct seal *);

int snapshot_sealed(const struct snapshot *, uint32_t table, uint32_t part,
    struct store_sealed *);

/* Empties OWN.  SC_ENOMEM: it can only be destroyed. */
int snapshot_rewind(struct snapshot *);

#endif

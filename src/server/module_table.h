/* SPDX-License-Identifier: ISC */
/*
 * module_table: a module's own tables: rows of bytes, in the order of their
 * keys (src/store/store.h).  TABLE is the index in the module's list; PART is
 * a partition of a table that is declared with STORE_PARTITIONED, else 0.
 *
 * Keys have 1 to STORE_KEY_MAX bytes, values STORE_VALUE_MAX at most; row.h
 * makes and reads them.  Any of these may fail with SC_EIO, SC_ENOMEM or
 * SC_EDAMAGED besides what is said: the function then returns that.
 */
#ifndef SERVER_MODULE_TABLE_H
#define SERVER_MODULE_TABLE_H

#include "src/store/table.h"

struct sc_module;
struct tx;

/* *VALUE lives until the transaction ends.  SC_ENOTFOUND. */
int scm_get(struct tx *, const struct sc_module *, unsigned table,
    uint32_t part, struct slice key, struct slice *value);

/*
 * The same for a row that is read in order to be changed: of two transactions
 * that lock it, the later one sees what the earlier one wrote (R24).  A row
 * that is not there is locked, too.
 */
int scm_get_locked(struct tx *, const struct sc_module *, unsigned table,
    uint32_t part, struct slice key, struct slice *value);

/* Inserts or replaces; key and value are copied.  SC_EBADREQUEST or
 * SC_ETOOLARGE: their lengths.  SC_ECONFLICT: the partition was dropped. */
int scm_put(struct tx *, const struct sc_module *, unsigned table,
    uint32_t part, struct slice key, struct slice value);

/* Removes; that there is none is no error. */
int scm_del(struct tx *, const struct sc_module *, unsigned table,
    uint32_t part, struct slice key);

/* Visits the rows of a range.  FN: 0 to go on, 1 to stop; below 0 stops and is
 * returned.  Key and value live until it returns; it must not write. */
int scm_scan(struct tx *, const struct sc_module *, unsigned table,
    uint32_t part, const struct store_range *, store_scan_fn *fn, void *arg);

/* The range of keys that begin with PREFIX.  END has room for STORE_KEY_MAX
 * bytes, and lives as long as the range. */
struct store_range scm_prefix(struct slice prefix, uint8_t *end);

/* The partitions that hold a row, ascending.  FN as for scm_scan. */
int scm_parts(struct tx *, const struct sc_module *, unsigned table,
    int (*fn)(void *arg, uint32_t part), void *arg);

/* Drops a partition with its rows; it is never written again. */
int scm_drop(struct tx *, const struct sc_module *, unsigned table,
    uint32_t part);

#endif

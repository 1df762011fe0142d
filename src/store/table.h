/* SPDX-License-Identifier: ISC */
/* table: what an owner of tables says of them; what is done with them is
 * store.h's. */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include <stdbool.h>

#include "src/common/slice.h"

enum { STORE_KEY_MAX = 255, STORE_VALUE_MAX = 1 << 20 };

enum store_table_flags {
	STORE_PARTITIONED = 1,
	STORE_SEALABLE = 2	/* partitions may be sealed; PARTITIONED too */
};

/* The rows with lo <= key < hi; an empty HI is no bound. */
struct store_range {
	struct slice lo, hi;
	bool reverse;
};

typedef int store_scan_fn(void *arg, struct slice key, struct slice value);

#endif

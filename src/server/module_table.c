/* SPDX-License-Identifier: ISC */
#include "src/server/module_table.h"

#include "src/chat/domain.h"
#include "src/server/server_priv.h"
#include "src/store/store.h"

int
scm_get(struct tx *tx, const struct sc_module *m, unsigned table,
    uint32_t part, struct slice key, struct slice *value)
{
	return store_get(tx->st, module_table(m, table), part, key, value);
}

int
scm_get_locked(struct tx *tx, const struct sc_module *m, unsigned table,
    uint32_t part, struct slice key, struct slice *value)
{
	return store_get_locked(tx->st, module_table(m, table), part, key,
	    value);
}

int
scm_put(struct tx *tx, const struct sc_module *m, unsigned table,
    uint32_t part, struct slice key, struct slice value)
{
	return store_put(tx->st, module_table(m, table), part, key, value);
}

int
scm_del(struct tx *tx, const struct sc_module *m, unsigned table,
    uint32_t part, struct slice key)
{
	return store_del(tx->st, module_table(m, table), part, key);
}

int
scm_scan(struct tx *tx, const struct sc_module *m, unsigned table,
    uint32_t part, const struct store_range *range, store_scan_fn *fn,
    void *arg)
{
	return store_scan(tx->st, module_table(m, table), part, range, fn,
	    arg);
}

struct store_range
scm_prefix(struct slice prefix, uint8_t *end)
{
	return store_prefix(prefix, end);
}

int
scm_parts(struct tx *tx, const struct sc_module *m, unsigned table,
    int (*fn)(void *arg, uint32_t part), void *arg)
{
	return store_parts(tx->st, module_table(m, table), fn, arg);
}

int
scm_drop(struct tx *tx, const struct sc_module *m, unsigned table,
    uint32_t part)
{
	return store_drop(tx->st, module_table(m, table), part);
}

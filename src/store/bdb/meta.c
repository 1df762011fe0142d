/* SPDX-License-Identifier: ISC */
/*
 * The database "_meta":
 *
 *	format		the version of the layout (4), with that of the log
 *	table:NAME	the id of a table (4); ids are in the log and in the
 *			names of drops, and never change
 *	applied		log file (4), offset (4), batch (8): the trees hold
 *			every batch up to this one
 */
#include "src/store/bdb/bdb_priv.h"

#include "src/common/alloc.h"
#include "src/common/err.h"

/* 1: the log's records say nothing of what is durable. */
enum { FORMAT = 2 };

static const char prefix[] = "table:";

static void
be32_store(uint8_t *p, uint32_t v)
{
	int i;

	for (i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint32_t
be32_load(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static void
dbt_string(DBT *t, char *s)
{
	memset(t, 0, sizeof(*t));
	t->data = s;
	t->size = (uint32_t)strlen(s);
}

static void
dbt_bytes(DBT *t, void *p, uint32_t n)
{
	memset(t, 0, sizeof(*t));
	t->data = p;
	t->size = t->ulen = n;
	t->flags = DB_DBT_USERMEM;
}

/* Exactly N bytes to P; SC_ENOTFOUND. */
static int
meta_get(struct bdb *b, char *key, uint8_t *p, uint32_t n)
{
	DBT k, v;
	int ret;

	dbt_string(&k, key);
	dbt_bytes(&v, p, n);
	ret = b->meta->get(b->meta, NULL, &k, &v, 0);
	if (ret == DB_NOTFOUND)
		return SC_ENOTFOUND;
	if (ret != 0)
		return bdb_error(b, "reading _meta", ret);
	return v.size == n ? 0 : SC_EDAMAGED;
}

static int
meta_put(struct bdb *b, char *key, uint8_t *p, uint32_t n)
{
	DBT k, v;
	int ret;

	dbt_string(&k, key);
	dbt_bytes(&v, p, n);
	ret = b->meta->put(b->meta, NULL, &k, &v, DB_AUTO_COMMIT);
	return ret == 0 ? 0 : bdb_error(b, "writing _meta", ret);
}

int
bdb_meta_open(struct bdb *b)
{
	char key[] = "format";
	uint8_t format[4];
	int ret, rc;

	ret = db_create(&b->meta, b->env, 0);
	if (ret == 0)
		ret = b->meta->set_pagesize(b->meta, BDB_PAGE);
	if (ret == 0)
		ret = b->meta->set_flags(b->meta, DB_CHKSUM);
	if (ret == 0)
		ret = b->meta->open(b->meta, NULL, "_meta", NULL, DB_BTREE,
		    DB_CREATE | DB_AUTO_COMMIT | DB_THREAD, 0600);
	if (ret != 0)
		return bdb_error(b, "opening _meta", ret);
	rc = meta_get(b, key, format, sizeof(format));
	if (rc == SC_ENOTFOUND || (rc == 0 && be32_load(format) == 1)) {
		be32_store(format, FORMAT);
		return meta_put(b, key, format, sizeof(format));
	}
	if (rc == 0 && be32_load(format) != FORMAT) {
		bdb_log(b, 3, "the store has format %u, this program knows "
		    "%d: use the release that wrote it", be32_load(format),
		    FORMAT);
		rc = SC_EDAMAGED;
	}
	return rc;
}

int
bdb_meta_applied(struct bdb *b, struct bdb_applied *a)
{
	char key[] = "applied";
	uint8_t p[16];
	int rc = meta_get(b, key, p, sizeof(p));

	memset(a, 0, sizeof(*a));
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	a->lsn.file = be32_load(p);
	a->lsn.offset = be32_load(p + 4);
	a->batch = (uint64_t)be32_load(p + 8) << 32 | be32_load(p + 12);
	return 0;
}

int
bdb_meta_apply(struct bdb *b, const struct bdb_applied *a)
{
	char key[] = "applied";
	uint8_t p[16];

	be32_store(p, a->lsn.file);
	be32_store(p + 4, a->lsn.offset);
	be32_store(p + 8, (uint32_t)(a->batch >> 32));
	be32_store(p + 12, (uint32_t)a->batch);
	return meta_put(b, key, p, sizeof(p));
}

struct bdb_table *
bdb_table_find(struct bdb *b, uint32_t id)
{
	struct bdb_table *t;

	for (t = b->tables; t != NULL; t = t->next) {
		if (t->table.id == id)
			return t;
	}
	return NULL;
}

static void
table_known(struct bdb *b, const char *name, size_t len, uint32_t id)
{
	struct bdb_table *t;

	for (t = b->tables; t != NULL; t = t->next) {
		if (strlen(t->name) == len && memcmp(t->name, name, len) == 0)
			break;
	}
	if (t == NULL) {	/* nobody declares it any more */
		t = xcalloc(1, sizeof(*t));
		memcpy(t->name, name, len);
		t->table.name = t->name;
		t->table.store = &b->store;
		t->next = b->tables;
		b->tables = t;
	}
	t->table.id = id;
	if (id > b->ids)
		b->ids = id;
}

/* Reads the ids that were given out. */
static int
tables_read(struct bdb *b)
{
	char key[64] = "table:";
	uint8_t value[16];
	size_t n = sizeof(prefix) - 1;
	DBC *c;
	DBT k, v;
	int ret;

	ret = b->meta->cursor(b->meta, NULL, &c, 0);
	if (ret != 0)
		return bdb_error(b, "reading _meta", ret);
	dbt_bytes(&k, key, sizeof(key));
	k.size = (uint32_t)n;
	dbt_bytes(&v, value, sizeof(value));
	ret = c->get(c, &k, &v, DB_SET_RANGE);
	while (ret == 0 && k.size > n && k.size - n <= 32 &&
	    memcmp(key, prefix, n) == 0) {
		table_known(b, key + n, k.size - n, be32_load(value));
		ret = c->get(c, &k, &v, DB_NEXT);
	}
	c->close(c);
	return ret == 0 || ret == DB_NOTFOUND ? 0 :
	    bdb_error(b, "reading _meta", ret);
}

int
bdb_meta_tables(struct bdb *b)
{
	char key[64];
	uint8_t id[4];
	struct bdb_table *t;
	int rc = tables_read(b);

	for (t = b->tables; rc == 0 && t != NULL; t = t->next) {
		if (t->table.id != 0)
			continue;
		t->table.id = ++b->ids;
		snprintf(key, sizeof(key), "%s%s", prefix, t->name);
		be32_store(id, t->table.id);
		rc = meta_put(b, key, id, sizeof(id));
	}
	if (rc == 0 && b->env->log_flush(b->env, NULL) != 0)
		rc = SC_EIO;
	return rc;
}

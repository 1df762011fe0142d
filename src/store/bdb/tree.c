/* SPDX-License-Identifier: ISC */
/*
 * One database, a B-tree in a file of its own, for each partition that was
 * ever written back: data/TABLE.PART.  All are known by name; some are open.
 *
 * They are opened for reading uncommitted data: readers then never wait for
 * the write-back, which is the only writer.  What they could see of it is
 * hidden from them by the frozen memtable that is being written back, as it
 * has the last word on every row that changes (view.c).
 */
#include "src/store/bdb/bdb_priv.h"

#include <errno.h>
#include <stdlib.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

enum { OPEN_MAX_TREES = 128 };	/* handles kept open when not in use */

struct bdb_tree {
	uint64_t space;		/* table and partition */
	DB *db;			/* NULL: closed */
	unsigned refs;
	uint64_t used;		/* when, in uses */
};

struct bdb_trees {
	pthread_mutex_t lock;
	struct bdb_tree **trees;	/* by space, ascending */
	size_t count, open;
	uint64_t uses;
};

enum { NAME_SIZE = 64 };

static bool
tree_name(struct bdb *b, uint64_t space, char *name)
{
	uint32_t id = (uint32_t)(space >> 32);
	const struct bdb_table *t = id == DROP_TABLE ? NULL :
	    bdb_table_find(b, id);

	if (id != DROP_TABLE && t == NULL)
		return false;
	snprintf(name, NAME_SIZE, "%s.%08x", t == NULL ? "_drops" : t->name,
	    (uint32_t)space);
	return true;
}

static size_t
rank(const struct bdb_trees *ts, uint64_t space)
{
	size_t low = 0, high = ts->count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (ts->trees[mid]->space < space)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct bdb_tree *
tree_add(struct bdb_trees *ts, uint64_t space)
{
	size_t i = rank(ts, space);
	struct bdb_tree *t = xcalloc(1, sizeof(*t));

	t->space = space;
	ts->trees = xrealloc(ts->trees, ts->count + 1, sizeof(*ts->trees));
	memmove(ts->trees + i + 1, ts->trees + i,
	    (ts->count - i) * sizeof(*ts->trees));
	ts->trees[i] = t;
	ts->count++;
	return t;
}

static struct bdb_tree *
tree_find(const struct bdb_trees *ts, uint64_t space)
{
	size_t i = rank(ts, space);

	return i < ts->count && ts->trees[i]->space == space ? ts->trees[i]
							     : NULL;
}

/* The partition that a file name is of. */
static bool
name_parse(struct bdb *b, const char *name, uint64_t *space)
{
	const char *dot = strrchr(name, '.');
	const struct bdb_table *t;
	size_t len;
	char *end;

	if (dot == NULL || strlen(dot + 1) != 8)
		return false;
	len = (size_t)(dot - name);
	*space = strtoul(dot + 1, &end, 16);
	if (*end != '\0')
		return false;
	if (len == 6 && memcmp(name, "_drops", len) == 0)
		return true;
	for (t = b->tables; t != NULL; t = t->next) {
		if (strlen(t->name) == len && memcmp(t->name, name, len) == 0)
			break;
	}
	if (t == NULL)
		return false;
	*space |= (uint64_t)t->table.id << 32;
	return true;
}

static int
tree_found(void *arg, const char *name)
{
	struct bdb *b = arg;
	uint64_t space;

	if (name_parse(b, name, &space))
		tree_add(b->trees, space);
	return 0;
}

int
bdb_trees_open(struct bdb *b)
{
	struct bdb_trees *ts = xcalloc(1, sizeof(*ts));

	pthread_mutex_init(&ts->lock, NULL);
	b->trees = ts;
	return bdb_files_each(b, "data", tree_found, b) == 0 ? 0
	    : bdb_error(b, "reading the data directory", errno);
}

static void
tree_close(struct bdb *b, struct bdb_tree *t)
{
	int ret = t->db->close(t->db, DB_NOSYNC);

	t->db = NULL;
	b->trees->open--;
	if (ret != 0)
		bdb_error(b, "closing a database", ret);
}

void
bdb_trees_close(struct bdb *b)
{
	struct bdb_trees *ts = b->trees;
	size_t i;

	if (ts == NULL)
		return;
	for (i = 0; i < ts->count; i++) {
		sc_assert(ts->trees[i]->refs == 0);
		if (ts->trees[i]->db != NULL)
			tree_close(b, ts->trees[i]);
		free(ts->trees[i]);
	}
	free(ts->trees);
	pthread_mutex_destroy(&ts->lock);
	free(ts);
	b->trees = NULL;
}

/* Closes the one that was not used for longest. */
static void
close_idle(struct bdb *b)
{
	struct bdb_trees *ts = b->trees;
	struct bdb_tree *t, *idle = NULL;
	size_t i;

	for (i = 0; i < ts->count; i++) {
		t = ts->trees[i];
		if (t->db != NULL && t->refs == 0 &&
		    (idle == NULL || t->used < idle->used))
			idle = t;
	}
	if (idle != NULL)
		tree_close(b, idle);
}

static int
tree_open(struct bdb *b, struct bdb_tree *t)
{
	char name[NAME_SIZE];
	DB *db;
	int ret;

	if (!tree_name(b, t->space, name))
		return SC_EDAMAGED;
	if (b->trees->open >= OPEN_MAX_TREES)
		close_idle(b);
	ret = db_create(&db, b->env, 0);
	if (ret != 0)
		return bdb_error(b, "opening a database", ret);
	ret = db->set_pagesize(db, BDB_PAGE);
	if (ret == 0)
		ret = db->set_flags(db, DB_CHKSUM);
	if (ret == 0)
		ret = db->open(db, NULL, name, NULL, DB_BTREE, DB_CREATE |
		    DB_AUTO_COMMIT | DB_THREAD | DB_READ_UNCOMMITTED, 0600);
	if (ret != 0) {
		db->close(db, DB_NOSYNC);
		return bdb_error(b, name, ret);
	}
	t->db = db;
	b->trees->open++;
	return 0;
}

int
bdb_tree_ref(struct bdb *b, uint32_t table, uint32_t part, bool create,
    struct bdb_tree **tree)
{
	uint64_t space = (uint64_t)table << 32 | part;
	struct bdb_trees *ts = b->trees;
	struct bdb_tree *t;
	int rc = 0;

	pthread_mutex_lock(&ts->lock);
	t = tree_find(ts, space);
	if (t == NULL && create)
		t = tree_add(ts, space);
	if (t == NULL)
		rc = SC_ENOTFOUND;
	else if (t->db == NULL)
		rc = tree_open(b, t);
	if (rc == 0) {
		t->refs++;
		t->used = ++ts->uses;
		*tree = t;
	}
	pthread_mutex_unlock(&ts->lock);
	return rc;
}

void
bdb_tree_unref(struct bdb *b, struct bdb_tree *t)
{
	pthread_mutex_lock(&b->trees->lock);
	t->refs--;
	pthread_mutex_unlock(&b->trees->lock);
}

DB *
bdb_tree_db(const struct bdb_tree *t)
{
	return t->db;
}

bool
bdb_tree_next(struct bdb *b, uint32_t table, uint32_t from, uint32_t *part)
{
	struct bdb_trees *ts = b->trees;
	bool found;
	size_t i;

	pthread_mutex_lock(&ts->lock);
	i = rank(ts, (uint64_t)table << 32 | from);
	found = i < ts->count && ts->trees[i]->space >> 32 == table;
	if (found)
		*part = (uint32_t)ts->trees[i]->space;
	pthread_mutex_unlock(&ts->lock);
	return found;
}

int
bdb_trees_names(struct bdb *b, int (*fn)(void *arg, const char *name),
    void *arg)
{
	struct bdb_trees *ts = b->trees;
	char (*names)[NAME_SIZE];
	size_t i, n = 0;
	int rc = 0;

	pthread_mutex_lock(&ts->lock);
	names = xcalloc(ts->count + 1, sizeof(*names));
	for (i = 0; i < ts->count; i++)
		if (tree_name(b, ts->trees[i]->space, names[n]))
			n++;
	pthread_mutex_unlock(&ts->lock);
	for (i = 0; i < n && rc == 0; i++)
		rc = fn(arg, names[i]);
	free(names);
	return rc;
}

/* Removes tree I's file.  Nobody has it: it is hidden by the drop. */
static int
tree_remove(struct bdb *b, size_t i)
{
	struct bdb_trees *ts = b->trees;
	struct bdb_tree *t = ts->trees[i];
	char name[NAME_SIZE];
	int ret;

	if (!tree_name(b, t->space, name))
		return SC_EDAMAGED;
	if (t->db != NULL)
		tree_close(b, t);
	ret = b->env->dbremove(b->env, NULL, name, NULL, DB_AUTO_COMMIT);
	if (ret != 0 && ret != ENOENT)
		return bdb_error(b, name, ret);
	free(t);
	ts->count--;
	memmove(ts->trees + i, ts->trees + i + 1,
	    (ts->count - i) * sizeof(*ts->trees));
	bdb_log(b, 6, "dropped partition removed: %s", name);
	return 0;
}

static bool
any_to_remove(struct bdb_trees *ts, const struct dropset *drops)
{
	uint32_t table, part;
	bool any = false;
	unsigned i;

	pthread_mutex_lock(&ts->lock);
	for (i = 0; !any && i < dropset_count(drops); i++) {
		dropset_at(drops, i, &table, &part);
		any = tree_find(ts, (uint64_t)table << 32 | part) != NULL;
	}
	pthread_mutex_unlock(&ts->lock);
	return any;
}

/* That a partition is dropped may be news to the disk. */
void
bdb_trees_remove(struct bdb *b, const struct dropset *drops)
{
	struct bdb_trees *ts = b->trees;
	uint32_t table, part;
	unsigned i;
	size_t at;
	int rc = 0;

	if (any_to_remove(ts, drops) &&
	    (rc = b->env->log_flush(b->env, NULL)) != 0)
		rc = bdb_error(b, "flushing the log", rc);
	for (i = 0; rc == 0 && i < dropset_count(drops); i++) {
		dropset_at(drops, i, &table, &part);
		pthread_mutex_lock(&ts->lock);
		at = rank(ts, (uint64_t)table << 32 | part);
		if (at == ts->count || ts->trees[at]->space !=
		    ((uint64_t)table << 32 | part) || ts->trees[at]->refs > 0) {
			pthread_mutex_unlock(&ts->lock);
			continue;
		}
		rc = tree_remove(b, at);
		pthread_mutex_unlock(&ts->lock);
		bdb_point(b, "partition-removed");
	}
}

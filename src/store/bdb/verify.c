/* SPDX-License-Identifier: ISC */
/*
 * Looks at every page of every database of a store that was closed well: that
 * is, its checksum, its place in the tree, and the order of its keys.
 */
#include "src/store/bdb/bdb_priv.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "src/common/err.h"

static void
on_error(const DB_ENV *env, const char *prefix, const char *text)
{
	(void)prefix;
	bdb_log(env->app_private, LOG_ERR, "%s", text);
}

static int
file_verify(struct bdb *b, const char *path)
{
	DB *db;
	int ret = db_create(&db, NULL, 0);

	if (ret != 0)
		return ret;
	db->get_env(db)->app_private = b;
	db->set_errcall(db, on_error);
	/* ends the handle in every case */
	return db->verify(db, path, NULL, NULL, 0);
}

struct segments_check {
	struct bdb *bdb;
	uint64_t files, damaged;
	char first[BDB_SEGMENT_NAME];	/* damaged one */
};

static int
segment_check(void *arg, const char *name)
{
	struct segments_check *c = arg;
	int rc = bdb_segment_verify(c->bdb, name);

	c->files++;
	if (rc == 0)
		return 0;
	bdb_log(c->bdb, LOG_ERR, "%s/sealed/%s: %s", c->bdb->conf.dir, name,
	    sc_strerror(rc));
	if (c->damaged++ == 0)
		snprintf(c->first, sizeof(c->first), "%s", name);
	return 0;
}

/* All of them, so that whoever reads the log knows how much is lost. */
static int
segments_verify(struct bdb *b, uint64_t *files, char *why, size_t whylen)
{
	struct segments_check c = {.bdb = b};

	if (bdb_segments_names(b, segment_check, &c) != 0) {
		snprintf(why, whylen, "%s/sealed: %s", b->conf.dir,
		    strerror(errno));
		return SC_EIO;
	}
	*files += c.files;
	if (c.damaged == 0)
		return 0;
	snprintf(why, whylen, "%s/sealed/%s: the file is damaged (%llu such "
	    "files): restore a backup", b->conf.dir, c.first,
	    (unsigned long long)c.damaged);
	return SC_EDAMAGED;
}

struct trees_check {
	struct bdb *bdb;
	uint64_t files;
	char path[4096];	/* of the last one */
	int ret;		/* what BDB says of it */
};

static int
tree_check(void *arg, const char *name)
{
	struct trees_check *c = arg;

	snprintf(c->path, sizeof(c->path), "%s/data/%s", c->bdb->conf.dir,
	    name);
	c->files++;
	c->ret = file_verify(c->bdb, c->path);
	return c->ret == 0 ? 0 : SC_EDAMAGED;
}

int
bdb_verify(struct store *s, uint64_t *files, char *why, size_t whylen)
{
	struct bdb *b = bdb_of(s);
	struct trees_check c = {.bdb = b};
	int rc = bdb_files_each(b, "data", tree_check, &c);

	*files = c.files;
	if (rc == 0)
		return segments_verify(b, files, why, whylen);
	if (rc == SC_EDAMAGED)
		snprintf(why, whylen, "%s: %s: restore a backup", c.path,
		    db_strerror(c.ret));
	else
		snprintf(why, whylen, "%s/data: %s", b->conf.dir,
		    strerror(errno));
	return rc;
}

/* SPDX-License-Identifier: ISC */
#include "src/daemon/maintain.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "src/chat/domain.h"
#include "src/chat/verify.h"
#include "src/common/err.h"
#include "src/daemon/clock.h"
#include "src/daemon/config.h"
#include "src/daemon/files.h"
#include "src/daemon/restore.h"
#include "src/daemon/runtime.h"
#include "src/store/bdb/bdb.h"

enum { PROBLEMS_SHOWN = 100, ARENA = 64 << 20, OPEN_FILES = 16 };

/* A store with the tables of the domain. */
struct house {
	struct store *store;
	struct domain domain;
};

static void
on_log(void *arg, int level, const char *text)
{
	(void)arg;
	if (level <= LOG_NOTICE)
		fprintf(stderr, "stonechatd: %s\n", text);
}

static void
house_conf(const struct config *c, const char *dir, struct bdb_conf *conf)
{
	*conf = c->store;
	conf->dir = dir;
	conf->log = on_log;
}

static int
house_open(struct house *h, const struct bdb_conf *conf, char *why,
    size_t whylen)
{
	const struct domain_conf dc = {.max_devices = 1, .period_s = 86400};
	int rc;

	memset(h, 0, sizeof(*h));
	h->store = bdb_open(conf, why, whylen);
	if (h->store == NULL)
		return -1;
	rc = domain_init(&h->domain, h->store, &dc);
	if (rc != 0)
		snprintf(why, whylen, "the tables: %s", sc_strerror(rc));
	if (rc == 0)
		rc = store_start(h->store, why, whylen);
	if (rc != 0)
		store_close(h->store);
	return rc == 0 ? 0 : -1;
}

/* A start and a clean end: afterwards everything is in the databases. */
static int
settle(const struct bdb_conf *conf, char *why, size_t whylen)
{
	struct house h;

	if (house_open(&h, conf, why, whylen) != 0)
		return -1;
	store_close(h.store);
	return 0;
}

/* ---- verify ---------------------------------------------------------- */

static int
verify_pages(const struct bdb_conf *conf, char *why, size_t whylen)
{
	struct store *s = bdb_open(conf, why, whylen);
	uint64_t files;
	int rc;

	if (s == NULL)
		return -1;
	rc = bdb_verify(s, &files, why, whylen);
	store_close(s);
	if (rc != 0)
		return -1;
	printf("databases: %llu, all pages good\n",
	    (unsigned long long)files);
	fflush(stdout);
	return 0;
}

static void
print_problem(void *arg, const char *text)
{
	unsigned *shown = arg;

	if ((*shown)++ < PROBLEMS_SHOWN)
		printf("problem: %s\n", text);
}

static int
verify_rows(const struct bdb_conf *conf, char *why, size_t whylen)
{
	struct arena arena;
	struct verified v;
	struct house h;
	struct tx tx = {.d = &h.domain, .now = clock_wall(),
		.random = runtime_random, .arena = &arena};
	unsigned shown = 0;
	int rc;

	if (house_open(&h, conf, why, whylen) != 0)
		return -1;
	arena_init(&arena, ARENA);
	tx.st = store_begin_read(h.store);
	rc = tx.st == NULL ? SC_ENOMEM :
	    domain_verify(&tx, &v, print_problem, &shown);
	if (tx.st != NULL)
		store_abandon(tx.st);
	arena_fini(&arena);
	store_close(h.store);
	if (rc != 0) {
		snprintf(why, whylen, "%s: %s: restore a backup", conf->dir,
		    sc_strerror(rc));
		return -1;
	}
	printf("users: %llu, devices: %llu, chats: %llu, entries: %llu, "
	    "dropped by age: %llu, problems: %llu\n",
	    (unsigned long long)v.users, (unsigned long long)v.devices,
	    (unsigned long long)v.chats, (unsigned long long)v.entries,
	    (unsigned long long)v.pruned, (unsigned long long)v.problems);
	return v.problems == 0 ? 0 : 1;
}

static int
verify_store(const struct bdb_conf *conf, char *why, size_t whylen)
{
	if (settle(conf, why, whylen) != 0 ||
	    verify_pages(conf, why, whylen) != 0)
		return -1;
	return verify_rows(conf, why, whylen);
}

static int
remove_one(const char *path, const struct stat *st, int what, struct FTW *ftw)
{
	(void)st, (void)what, (void)ftw;
	return remove(path);
}

static void
remove_tree(const char *dir)
{
	if (nftw(dir, remove_one, OPEN_FILES, FTW_DEPTH | FTW_PHYS) != 0)
		fprintf(stderr, "stonechatd: %s: %s: remove it yourself\n",
		    dir, strerror(errno));
}

static int
verify_copy(const struct config *c, struct restore *r, char *why,
    size_t whylen)
{
	struct bdb_conf conf;

	if (restore_files(r, why, whylen) != 0)
		return -1;
	printf("files: %llu, bytes: %llu, all sums good\n",
	    (unsigned long long)r->files, (unsigned long long)r->bytes);
	house_conf(c, r->to, &conf);
	conf.restored = true;
	if (settle(&conf, why, whylen) != 0 ||
	    restore_done(r->to, why, whylen) != 0)
		return -1;
	conf.restored = false;
	return verify_store(&conf, why, whylen);
}

/* Recovery writes, so the backup itself is left alone. */
static int
verify_backup(const struct config *c, const char *dir, char *why,
    size_t whylen)
{
	char scratch[4096];
	struct restore r = {.from = dir, .to = scratch, .uid = (uid_t)-1,
		.gid = (gid_t)-1};
	int rc;

	if (snprintf(scratch, sizeof(scratch), "%s.verify", dir) >=
	    (int)sizeof(scratch)) {
		snprintf(why, whylen, "%s: too long", dir);
		return -1;
	}
	if (mkdir(scratch, 0700) != 0) {
		snprintf(why, whylen, "%s: %s: it is needed to try the "
		    "backup", scratch, strerror(errno));
		return -1;
	}
	rc = verify_copy(c, &r, why, whylen);
	remove_tree(scratch);
	return rc;
}

/* As whom the server would be, so that what is written stays its. */
static int
become(const struct config *c, char *why, size_t whylen)
{
	uid_t uid;
	gid_t gid;

	if (files_find_user(c, &uid, &gid, why, whylen) != 0)
		return -1;
	return uid == (uid_t)-1 ? 0 : files_drop(c, uid, gid, why, whylen);
}

static int
verify(const struct config *c, const char *dir, char *why, size_t whylen)
{
	struct bdb_conf conf;

	if (dir != NULL)
		return verify_backup(c, dir, why, whylen);
	if (become(c, why, whylen) != 0)
		return -1;
	house_conf(c, c->store_dir, &conf);
	return verify_store(&conf, why, whylen);
}

/* ---- restore --------------------------------------------------------- */

static void
is_durable(void *arg, int rc)
{
	int *result = arg;

	*result = rc;
}

/* What clients know of this store may not be in it. */
static int
new_epoch(struct house *h, char *why, size_t whylen)
{
	struct arena arena;
	struct tx tx = {.d = &h->domain, .now = clock_wall(),
		.random = runtime_random, .arena = &arena};
	int rc, durable = SC_EIO;

	arena_init(&arena, ARENA);
	tx.st = store_begin(h->store);
	rc = tx.st == NULL ? SC_ENOMEM : domain_new_epoch(&tx);
	if (rc == 0)
		rc = store_finish(tx.st);
	else if (tx.st != NULL)
		store_abandon(tx.st);
	if (rc == 0)
		store_commit(h->store, is_durable, &durable);
	store_close(h->store);
	arena_fini(&arena);
	if (rc == 0)
		rc = durable;
	if (rc != 0)
		snprintf(why, whylen, "the new epoch cannot be written: %s",
		    sc_strerror(rc));
	return rc == 0 ? 0 : -1;
}

static int
restore(const struct config *c, const char *dir, char *why, size_t whylen)
{
	struct restore r = {.from = dir, .to = c->store_dir};
	struct bdb_conf conf;
	struct house h;

	if (files_find_user(c, &r.uid, &r.gid, why, whylen) != 0 ||
	    files_make_directory(c->store_dir, why, whylen) != 0)
		return -1;
	if (r.uid != (uid_t)-1 && chown(c->store_dir, r.uid, r.gid) != 0) {
		snprintf(why, whylen, "%s: %s", c->store_dir,
		    strerror(errno));
		return -1;
	}
	if (restore_files(&r, why, whylen) != 0 ||
	    become(c, why, whylen) != 0)
		return -1;
	house_conf(c, c->store_dir, &conf);
	conf.restored = true;
	if (house_open(&h, &conf, why, whylen) != 0 ||
	    new_epoch(&h, why, whylen) != 0 ||
	    restore_done(c->store_dir, why, whylen) != 0)
		return -1;
	printf("restored %s: files: %llu, bytes: %llu\n", c->store_dir,
	    (unsigned long long)r.files, (unsigned long long)r.bytes);
	return 0;
}

/* ---- recover --------------------------------------------------------- */

static int
recover(const struct config *c, const char *dir, char *why, size_t whylen)
{
	struct bdb_conf conf;

	(void)dir;
	if (become(c, why, whylen) != 0)
		return -1;
	house_conf(c, c->store_dir, &conf);
	if (settle(&conf, why, whylen) == 0) {
		printf("recovered %s\n", c->store_dir);
		return 0;
	}
	if (restore_began(c->store_dir))
		return -1;	/* half a database cannot be recovered */
	fprintf(stderr, "stonechatd: %s; trying from the oldest log file "
	    "on\n", why);
	conf.restored = true;
	if (settle(&conf, why, whylen) != 0)
		return -1;
	printf("recovered %s from the oldest log file on: verify it\n",
	    c->store_dir);
	return 0;
}

/* ---- the actions ----------------------------------------------------- */

static const struct action {
	const char *name;
	int (*run)(const struct config *, const char *dir, char *why,
	    size_t whylen);
	bool may, must;		/* have DIR */
} actions[] = {
	{"verify", verify, true, false},
	{"restore", restore, true, true},
	{"recover", recover, false, false},
};

static const struct action *
find(const char *name)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

bool
maintain_takes(const char *action, const char *dir)
{
	const struct action *a = find(action);

	return a != NULL && (dir == NULL ? !a->must : a->may);
}

int
maintain_run(const struct config *c, const char *action, const char *dir,
    char *why, size_t whylen)
{
	why[0] = '\0';
	return find(action)->run(c, dir, why, whylen);
}

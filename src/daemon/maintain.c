/* SPDX-License-Identifier: ISC */
#include "src/daemon/maintain.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "src/chat/domain.h"
#include "src/chat/verify.h"
#include "src/common/err.h"
#include "src/daemon/belongs.h"
#include "src/daemon/clock.h"
#include "src/daemon/config.h"
#include "src/daemon/files.h"
#include "src/daemon/restore.h"
#include "src/daemon/runtime.h"
#include "src/store/bdb/bdb.h"

enum { PROBLEMS_SHOWN = 100, ARENA = 64 << 20, OPEN_FILES = 16 };

/* One run of an action. */
struct maintain {
	const struct config *conf;
	bool json;
	char *why;
	size_t whylen;
};

/* What was found, as an object or as "name: value, ..."; takes the
 * reference. */
static void
report_take(const struct maintain *m, json_t *facts)
{
	const char *name, *between = "";
	json_t *value;

	if (m->json) {
		json_dumpf(facts, stdout, JSON_COMPACT);
	} else {
		json_object_foreach(facts, name, value) {
			printf("%s%s: ", between, name);
			if (json_is_string(value))
				fputs(json_string_value(value), stdout);
			else
				printf("%" JSON_INTEGER_FORMAT,
				    json_integer_value(value));
			between = ", ";
		}
	}
	putchar('\n');
	fflush(stdout);
	json_decref(facts);
}

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
house_conf(const struct maintain *m, const char *dir, struct bdb_conf *conf)
{
	*conf = m->conf->store;
	conf->dir = dir;
	conf->log = on_log;
}

static int
house_open(const struct maintain *m, struct house *h,
    const struct bdb_conf *conf)
{
	const struct domain_conf dc = {.max_devices = 1, .period_s = 86400};
	int rc;

	memset(h, 0, sizeof(*h));
	h->store = bdb_open(conf, m->why, m->whylen);
	if (h->store == NULL)
		return -1;
	rc = domain_init(&h->domain, h->store, &dc);
	if (rc != 0)
		snprintf(m->why, m->whylen, "the tables: %s",
		    sc_strerror(rc));
	if (rc == 0)
		rc = store_start(h->store, m->why, m->whylen);
	if (rc != 0)
		store_close(h->store);
	return rc == 0 ? 0 : -1;
}

/* A start and a clean end: afterwards everything is in the databases. */
static int
settle(const struct maintain *m, const struct bdb_conf *conf)
{
	struct house h;

	if (house_open(m, &h, conf) != 0)
		return -1;
	store_close(h.store);
	return 0;
}

/* ---- verify ---------------------------------------------------------- */

static int
verify_pages(const struct maintain *m, const struct bdb_conf *conf)
{
	struct store *s = bdb_open(conf, m->why, m->whylen);
	uint64_t files;
	int rc;

	if (s == NULL)
		return -1;
	rc = bdb_verify(s, &files, m->why, m->whylen);
	store_close(s);
	if (rc != 0)
		return -1;
	report_take(m, json_pack("{s:I, s:s}", "databases",
	    (json_int_t)files, "pages", "good"));
	return 0;
}

struct problems {
	const struct maintain *m;
	unsigned shown;
};

static void
print_problem(void *arg, const char *text)
{
	struct problems *p = arg;

	if (p->shown++ < PROBLEMS_SHOWN)
		report_take(p->m, json_pack("{s:s}", "problem", text));
}

static int
verify_rows(const struct maintain *m, const struct bdb_conf *conf)
{
	struct problems problems = {.m = m};
	struct arena arena;
	struct verified v;
	struct house h;
	struct tx tx = {.d = &h.domain, .now = clock_wall(),
		.random = runtime_random, .arena = &arena};
	int rc;

	if (house_open(m, &h, conf) != 0)
		return -1;
	arena_init(&arena, ARENA);
	tx.st = store_begin_read(h.store);
	rc = tx.st == NULL ? SC_ENOMEM :
	    domain_verify(&tx, &v, print_problem, &problems);
	if (tx.st != NULL)
		store_abandon(tx.st);
	arena_fini(&arena);
	store_close(h.store);
	if (rc != 0) {
		snprintf(m->why, m->whylen, "%s: %s: restore a backup",
		    conf->dir, sc_strerror(rc));
		return -1;
	}
	report_take(m, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "users",
	    (json_int_t)v.users, "devices", (json_int_t)v.devices, "chats",
	    (json_int_t)v.chats, "entries", (json_int_t)v.entries,
	    "dropped by age", (json_int_t)v.pruned, "problems",
	    (json_int_t)v.problems));
	return v.problems == 0 ? 0 : 1;
}

static int
verify_store(const struct maintain *m, const struct bdb_conf *conf)
{
	if (settle(m, conf) != 0 || verify_pages(m, conf) != 0)
		return -1;
	return verify_rows(m, conf);
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
verify_copy(const struct maintain *m, struct restore *r)
{
	struct bdb_conf conf;

	if (restore_files(r, m->why, m->whylen) != 0)
		return -1;
	report_take(m, json_pack("{s:I, s:I, s:s}", "files",
	    (json_int_t)r->files, "bytes", (json_int_t)r->bytes, "sums",
	    "good"));
	house_conf(m, r->to, &conf);
	conf.restored = true;
	if (settle(m, &conf) != 0 ||
	    restore_done(r->to, m->why, m->whylen) != 0)
		return -1;
	conf.restored = false;
	return verify_store(m, &conf);
}

/* Recovery writes, so the backup itself is left alone. */
static int
verify_backup(const struct maintain *m, const char *dir)
{
	char scratch[4096];
	struct restore r = {.from = dir, .to = scratch, .uid = (uid_t)-1,
		.gid = (gid_t)-1};
	int rc;

	if (snprintf(scratch, sizeof(scratch), "%s.verify", dir) >=
	    (int)sizeof(scratch)) {
		snprintf(m->why, m->whylen, "%s: too long", dir);
		return -1;
	}
	if (mkdir(scratch, 0700) != 0) {
		snprintf(m->why, m->whylen, "%s: %s: it is needed to try the "
		    "backup", scratch, strerror(errno));
		return -1;
	}
	rc = verify_copy(m, &r);
	remove_tree(scratch);
	return rc;
}

/* As whom the server would be, so that what is written stays its. */
static int
become(const struct maintain *m)
{
	uid_t uid;
	gid_t gid;

	if (files_find_user(m->conf, &uid, &gid, m->why, m->whylen) != 0)
		return -1;
	return uid == (uid_t)-1 ? 0 : files_drop(m->conf, uid, gid, m->why,
	    m->whylen);
}

static int
is_ours(const struct maintain *m)
{
	return belongs_check(m->conf, m->conf->store_dir, m->why, m->whylen);
}

/* Whether there is a database and nobody has it: opening it would say less of
 * what to do, and make files in an empty directory. */
static int
is_free(const struct maintain *m)
{
	const char *dir = m->conf->store_dir;
	char lock[4096];
	int fd, rc;

	snprintf(lock, sizeof(lock), "%s/lock", dir);
	fd = open(lock, O_RDWR | O_CLOEXEC);
	if (fd < 0 && restore_began(dir))
		return 0;	/* what opens it says so */
	if (fd < 0) {
		snprintf(m->why, m->whylen, errno == ENOENT ?
		    "%s: there is no database: name the configuration that "
		    "has its directory in <store><directory>" :
		    "%s: %s: use the account of the server, or root", dir,
		    strerror(errno));
		return -1;
	}
	rc = flock(fd, LOCK_EX | LOCK_NB);
	close(fd);
	if (rc == 0)
		return 0;
	snprintf(m->why, m->whylen, "%s: a server has this database open: "
	    "stop it first (stonechatctl stop)", dir);
	return -1;
}

static int
verify(const struct maintain *m, const char *dir)
{
	struct bdb_conf conf;

	if (dir != NULL)
		return verify_backup(m, dir);
	if (become(m) != 0 || is_ours(m) != 0 || is_free(m) != 0)
		return -1;
	house_conf(m, m->conf->store_dir, &conf);
	return verify_store(m, &conf);
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
new_epoch(const struct maintain *m, struct house *h)
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
		snprintf(m->why, m->whylen, "the new epoch cannot be "
		    "written: %s", sc_strerror(rc));
	return rc == 0 ? 0 : -1;
}

static int
restore(const struct maintain *m, const char *dir)
{
	const char *to = m->conf->store_dir;
	struct restore r = {.from = dir, .to = to};
	struct bdb_conf conf;
	struct house h;

	if (files_find_user(m->conf, &r.uid, &r.gid, m->why,
	    m->whylen) != 0 ||
	    files_make_directory(to, m->why, m->whylen) != 0)
		return -1;
	if (r.uid != (uid_t)-1 && chown(to, r.uid, r.gid) != 0) {
		snprintf(m->why, m->whylen, "%s: %s", to, strerror(errno));
		return -1;
	}
	if (restore_files(&r, m->why, m->whylen) != 0 || become(m) != 0)
		return -1;
	house_conf(m, to, &conf);
	conf.restored = true;
	if (house_open(m, &h, &conf) != 0 || new_epoch(m, &h) != 0 ||
	    restore_done(to, m->why, m->whylen) != 0)
		return -1;
	report_take(m, json_pack("{s:s, s:I, s:I}", "restored", to, "files",
	    (json_int_t)r.files, "bytes", (json_int_t)r.bytes));
	return 0;
}

/* ---- recover --------------------------------------------------------- */

/* One after the other until one succeeds. */
static const struct way {
	bool restored, loss;
	const char *from;
} ways[] = {
	{false, false, "the last checkpoint"},
	{true, false, "the oldest log file"},
	{false, true, "what is left of the log"},
};

static int
recover_by(const struct maintain *m, const struct way *way)
{
	struct bdb_conf conf;
	struct house h;

	house_conf(m, m->conf->store_dir, &conf);
	conf.restored = way->restored;
	conf.accept_loss = way->loss;
	if (!way->loss)
		return settle(m, &conf);
	/* clients know of what is lost */
	return house_open(m, &h, &conf) != 0 ? -1 : new_epoch(m, &h);
}

static int
recover(const struct maintain *m, const char *none)
{
	const char *dir = m->conf->store_dir;
	size_t i = 0, n = sizeof(ways) / sizeof(ways[0]);

	(void)none;
	if (become(m) != 0 || is_ours(m) != 0 || is_free(m) != 0)
		return -1;
	while (recover_by(m, &ways[i]) != 0) {
		if (restore_began(dir) || ++i == n)
			return -1;	/* half a database */
		fprintf(stderr, "stonechatd: %s; trying from %s on\n", m->why,
		    ways[i].from);
	}
	report_take(m, json_pack("{s:s, s:s}", "recovered", dir, "from",
	    ways[i].from));
	return 0;
}

/* ---- the actions ----------------------------------------------------- */

static const struct action {
	const char *name;
	int (*run)(const struct maintain *, const char *dir);
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
    bool json, char *why, size_t whylen)
{
	const struct maintain m = {c, json, why, whylen};

	why[0] = '\0';
	return find(action)->run(&m, dir);
}

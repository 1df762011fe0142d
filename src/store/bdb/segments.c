/* SPDX-License-Identifier: ISC */
/*
 * The files of segments, DIR/sealed/NUMBER: numbers are not used twice while
 * anything tells of them.  Some are open: descriptor, tail and root; one that
 * has not been used for long gives way to another.
 *
 * A file without a seal is left over: from a crash, or its partition has been
 * dropped.  It stays as long as what is on the disk, the log included, could
 * still tell of it.
 */
#include "src/store/bdb/bdb_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

enum { OPEN_MAX_SEGMENTS = 64, NUMBER_LENGTH = 16, COMPLAINTS_MAX = 64 };

struct open_segment {
	uint64_t number;
	int fd;
	struct segment *segment;
	unsigned refs;
	uint64_t used;		/* when, in uses */
};

struct bdb_segments {
	pthread_mutex_t lock;
	struct open_segment **open;
	size_t count;
	uint64_t uses;
	uint64_t complaints[COMPLAINTS_MAX];	/* numbers */
	size_t ncomplaints;
};

void
bdb_segment_name(uint64_t number, char name[BDB_SEGMENT_NAME])
{
	snprintf(name, BDB_SEGMENT_NAME, "%0*llx", NUMBER_LENGTH,
	    (unsigned long long)number);
}

static void
segment_path(const struct bdb *b, const char *name, char path[4096])
{
	snprintf(path, 4096, "%s/sealed/%s", b->conf.dir, name);
}

static bool
name_parse(const char *name, uint64_t *number)
{
	char *end;

	if (strlen(name) != NUMBER_LENGTH)
		return false;
	*number = strtoull(name, &end, 16);
	return *end == '\0';
}

/* ---- reading --------------------------------------------------------- */

static int
file_read(void *arg, uint64_t at, void *p, size_t n)
{
	const int *fd = arg;
	uint8_t *to = p;
	ssize_t done;

	while (n > 0) {
		done = pread(*fd, to, n, (off_t)at);
		if (done < 0 && errno == EINTR)
			continue;
		/* What the disk does not give is damaged: all else goes on. */
		if (done <= 0)
			return SC_EDAMAGED;
		to += done;
		at += (uint64_t)done;
		n -= (size_t)done;
	}
	return 0;
}

static void
open_segment_free(struct open_segment *o)
{
	segment_close(o->segment);
	if (o->fd >= 0)
		close(o->fd);
	free(o);
}

/* What is not there is damaged; but for a while there may be no descriptor for
 * it, and that must not be taken for a loss. */
static int
open_file(struct bdb *b, const char *name, int *fd, uint64_t *size)
{
	char path[4096];
	struct stat st;

	segment_path(b, name, path);
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
		return SC_ENOMEM;
	if (*fd < 0 || fstat(*fd, &st) != 0)
		return SC_EDAMAGED;
	*size = (uint64_t)st.st_size;
	return 0;
}

/* Opens a file; what it is a segment of is not known here. */
static int
open_segment_make(struct bdb *b, const char *name, struct open_segment **to)
{
	struct open_segment *o = xcalloc(1, sizeof(*o));
	struct segment_file file = {file_read, &o->fd, 0};
	int rc = open_file(b, name, &o->fd, &file.size);

	if (rc == 0)
		rc = segment_open(&file, &o->segment);
	if (rc == 0)
		*to = o;
	else
		open_segment_free(o);
	return rc;
}

int
bdb_segment_verify(struct bdb *b, const char *name)
{
	struct open_segment *o;
	int rc = open_segment_make(b, name, &o);

	if (rc != 0)
		return rc;
	rc = segment_verify(o->segment);
	open_segment_free(o);
	return rc;
}

static bool
sum_equal(const struct segment_sum *a, const struct segment_sum *b)
{
	return a->rows == b->rows && a->bytes == b->bytes &&
	    a->size == b->size && a->crc == b->crc;
}

/* ---- those that are open --------------------------------------------- */

static void
forget(struct bdb_segments *g, size_t i)
{
	open_segment_free(g->open[i]);
	g->open[i] = g->open[--g->count];
}

static void
forget_idle(struct bdb_segments *g)
{
	size_t idle = g->count;

	for (size_t i = 0; i < g->count; i++)
		if (g->open[i]->refs == 0 && (idle == g->count ||
		    g->open[i]->used < g->open[idle]->used))
			idle = i;
	if (idle < g->count)
		forget(g, idle);
}

static struct open_segment *
find(struct bdb_segments *g, uint64_t number)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->open[i]->number == number)
			return g->open[i];
	return NULL;
}

/* The lock is held. */
static int
find_or_open(struct bdb *b, const struct seal *seal, struct open_segment **to)
{
	struct bdb_segments *g = b->segments;
	char name[BDB_SEGMENT_NAME];
	int rc;

	*to = find(g, seal->number);
	if (*to != NULL)
		return 0;
	bdb_segment_name(seal->number, name);
	rc = open_segment_make(b, name, to);
	if (rc != 0)
		return rc;
	if (!sum_equal(segment_sum((*to)->segment), &seal->sum)) {
		open_segment_free(*to);
		return SC_EDAMAGED;
	}
	if (g->count >= OPEN_MAX_SEGMENTS)
		forget_idle(g);
	(*to)->number = seal->number;
	g->open = xrealloc(g->open, g->count + 1, sizeof(struct open_segment *));
	g->open[g->count++] = *to;
	return 0;
}

static int
segments_ref(void *arg, const struct seal *seal, struct segment **segment)
{
	struct bdb *b = arg;
	struct bdb_segments *g = b->segments;
	struct open_segment *o;
	int rc;

	pthread_mutex_lock(&g->lock);
	rc = find_or_open(b, seal, &o);
	if (rc == 0) {
		o->refs++;
		o->used = ++g->uses;
		*segment = o->segment;
	}
	pthread_mutex_unlock(&g->lock);
	return rc;
}

static void
segments_unref(void *arg, struct segment *segment)
{
	struct bdb *b = arg;
	struct bdb_segments *g = b->segments;

	pthread_mutex_lock(&g->lock);
	for (size_t i = 0; i < g->count; i++)
		if (g->open[i]->segment == segment)
			g->open[i]->refs--;
	while (g->count > OPEN_MAX_SEGMENTS) {
		size_t before = g->count;

		forget_idle(g);
		if (g->count == before)
			break;
	}
	pthread_mutex_unlock(&g->lock);
}

/* Whether it is told for the first time; too many are not told at all. */
static bool
is_news(struct bdb_segments *g, uint64_t number)
{
	bool news;
	size_t i = 0;

	pthread_mutex_lock(&g->lock);
	while (i < g->ncomplaints && g->complaints[i] != number)
		i++;
	news = i == g->ncomplaints && i < COMPLAINTS_MAX;
	if (news)
		g->complaints[g->ncomplaints++] = number;
	pthread_mutex_unlock(&g->lock);
	return news;
}

/* Once each: whoever asks for it asks again and again. */
static void
segments_failed(void *arg, const struct seal *seal, int rc)
{
	struct bdb *b = arg;
	const struct bdb_table *t = bdb_table_find(b, seal->table);
	char name[BDB_SEGMENT_NAME];

	if (rc != SC_EDAMAGED || !is_news(b->segments, seal->number))
		return;
	bdb_segment_name(seal->number, name);
	bdb_log(b, LOG_ERR, "sealed/%s is damaged: some of %s.%08x cannot be "
	    "read: stop the server and run stonechatctl verify", name,
	    t == NULL ? "?" : t->name, seal->part);
}

const struct snapshot_segments bdb_segments = {segments_ref, segments_unref,
    segments_failed};

/* ---- the directory --------------------------------------------------- */

struct names {
	int (*fn)(void *arg, const char *name);
	void *arg;
};

static int
name_whole(void *arg, const char *name)
{
	const struct names *n = arg;
	uint64_t number;

	return name_parse(name, &number) ? n->fn(n->arg, name) : 0;
}

int
bdb_segments_names(struct bdb *b, int (*fn)(void *arg, const char *name),
    void *arg)
{
	struct names n = {fn, arg};

	return bdb_files_each(b, "sealed", name_whole, &n);
}

static void
file_remove(struct bdb *b, const char *name)
{
	char path[4096];

	segment_path(b, name, path);
	if (unlink(path) == 0)
		bdb_log(b, LOG_INFO, "removed: sealed/%s", name);
	else
		bdb_log(b, LOG_WARNING, "cannot remove %s", path);
	bdb_point(b, "segment-removed");
}

struct removing {
	struct bdb *bdb;
	const struct sealset *seals;
	uint64_t until;
	bool durable;
};

/* Closes it; false: somebody reads it. */
static bool
let_go(struct bdb_segments *g, uint64_t number)
{
	bool gone = true;

	pthread_mutex_lock(&g->lock);
	for (size_t i = 0; i < g->count; i++) {
		if (g->open[i]->number != number)
			continue;
		gone = g->open[i]->refs == 0;
		if (gone)
			forget(g, i);
		break;
	}
	pthread_mutex_unlock(&g->lock);
	return gone;
}

/* That nothing tells of it may be news to the disk. */
static int
unneeded_remove(struct removing *r, const char *name)
{
	int ret;

	if (!r->durable) {
		ret = r->bdb->env->log_flush(r->bdb->env, NULL);
		if (ret != 0)
			return bdb_fail(r->bdb, "flushing the log", ret);
		r->durable = true;
	}
	file_remove(r->bdb, name);
	return 0;
}

static int
file_check(void *arg, const char *name)
{
	struct removing *r = arg;
	uint64_t number;

	/* what is being written has another name */
	if (!name_parse(name, &number) || number >= r->until ||
	    sealset_has_segment(r->seals, number) ||
	    !let_go(r->bdb->segments, number))
		return 0;
	return unneeded_remove(r, name);
}

void
bdb_segments_remove(struct bdb *b, const struct sealset *seals, uint64_t until)
{
	struct removing r = {b, seals, until, false};

	if (bdb_files_each(b, "sealed", file_check, &r) != 0)
		bdb_log(b, LOG_WARNING, "what is not needed any more in "
		    "%s/sealed was not removed", b->conf.dir);
}

/* ---- at the start ---------------------------------------------------- */

static int
file_left_over(void *arg, const char *name)
{
	struct removing *r = arg;
	uint64_t number;

	if (!name_parse(name, &number))
		file_remove(r->bdb, name);
	else if (!sealset_has_segment(r->seals, number))
		file_remove(r->bdb, name);
	else if (number >= r->bdb->next_segment)
		r->bdb->next_segment = number + 1;
	return 0;
}

/* One that is not there is noticed now, not when somebody wants to read. */
static void
look_for(struct bdb *b, const struct seal *seal)
{
	char name[BDB_SEGMENT_NAME], path[4096];
	struct stat st;

	if (seal->number >= b->next_segment)
		b->next_segment = seal->number + 1;
	bdb_segment_name(seal->number, name);
	segment_path(b, name, path);
	if (stat(path, &st) != 0 || (uint64_t)st.st_size != seal->sum.size)
		segments_failed(b, seal, SC_EDAMAGED);
}

int
bdb_segments_open(struct bdb *b, const struct sealset *seals)
{
	struct removing r = {.bdb = b, .seals = seals};

	b->segments = xcalloc(1, sizeof(*b->segments));
	pthread_mutex_init(&b->segments->lock, NULL);
	b->next_segment = 1;
	if (bdb_files_each(b, "sealed", file_left_over, &r) != 0)
		return bdb_error(b, "reading the directory of segments",
		    errno);
	for (unsigned i = 0; i < sealset_count(seals); i++)
		if (sealset_at(seals, i)->state == SEAL_DONE)
			look_for(b, sealset_at(seals, i));
	return 0;
}

void
bdb_segments_close(struct bdb *b)
{
	struct bdb_segments *g = b->segments;

	if (g == NULL)
		return;
	while (g->count > 0)
		forget(g, 0);
	free(g->open);
	pthread_mutex_destroy(&g->lock);
	free(g);
	b->segments = NULL;
}

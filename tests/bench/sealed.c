/* SPDX-License-Identifier: ISC */
/*
 * sealed WORDS ENTRIES: what sealing a period saves, and what a page of it
 * costs then (doc/adr/0011-sealed.md).  Texts of some 100 characters are words
 * of the file WORDS in random order, so that no text is there twice, and are
 * deflated as clients do it; 200 chats of two.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "protocol/deflate.h"
#include "protocol/payload.h"
#include "src/chat/entry.h"
#include "src/chat/period.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/store/bdb/bdb.h"

enum {
	CHATS = 200, BATCH = 64, PAGE = 30, PAGES = 200, TEXT = 100,
	WORDS_MAX = 4000, DAY_S = 86400
};

struct bench {
	char dir[64];
	struct store *store;
	struct domain domain;
	struct domain_conf conf;
	struct deflate *deflate;
	char *words[WORDS_MAX];
	size_t nwords;
	uint64_t seed;
	uint64_t heads[CHATS], n;
	uint32_t part;
};

static uint64_t
draw(struct bench *b, uint64_t n)
{
	b->seed = b->seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (b->seed >> 33) % n;
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
say(void *arg, int level, const char *text)
{
	(void)arg;
	if (level <= 4)
		fprintf(stderr, "# %s\n", text);
}

static void
open_store(struct bench *b)
{
	struct bdb_conf conf;
	char why[300] = "";

	bdb_conf_init(&conf, b->dir);
	conf.reserve_bytes = 0;
	conf.log = say;
	b->store = bdb_open(&conf, why, sizeof(why));
	b->conf = (struct domain_conf){.max_devices = 3, .period_s = DAY_S};
	if (b->store == NULL ||
	    domain_init(&b->domain, b->store, &b->conf) != 0 ||
	    store_start(b->store, why, sizeof(why)) != 0) {
		fprintf(stderr, "sealed: %s\n", why);
		exit(1);
	}
}

static void
done(void *arg, int rc)
{
	(void)arg;
	sc_assert(rc == 0);
}

static void
read_words(struct bench *b, const char *path)
{
	FILE *f = fopen(path, "r");
	char word[64];

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	while (b->nwords < WORDS_MAX && fscanf(f, "%63s", word) == 1)
		b->words[b->nwords++] = xstrdup(word);
	fclose(f);
}

/* ---- writing --------------------------------------------------------- */

static struct slice
make_text(struct bench *b, char *text)
{
	size_t n = 0;

	while (n < TEXT)
		n += (size_t)sprintf(text + n, "%s%s", n > 0 ? " " : "",
		    b->words[draw(b, b->nwords)]);
	return slice_of(text, n);
}

static void
add(struct bench *b, struct tx *tx)
{
	unsigned chat = (unsigned)draw(b, CHATS);
	char text[2 * TEXT + 64];
	struct buf content, payload;
	struct entry e = {.flags = ENTRY_COUNTS};
	uint8_t dictionaries[4];
	struct slice said;
	size_t n;

	buf_init(&content, 0);
	buf_init(&payload, 0);
	said = make_text(b, text);
	n = payload_guess(said, dictionaries, sizeof(dictionaries));
	sc_assert(payload_add_body(&content, said) == 0);
	sc_assert(payload_put(b->deflate, buf_slice(&content), dictionaries,
	    n, &payload) == 0);
	memset(e.chat.b, (int)chat, sizeof(e.chat.b));
	e.chat.b[0] = (uint8_t)(chat * 37);
	e.seq = ++b->heads[chat];
	e.time = INT64_C(1800000000000) + (int64_t)b->n * 400;
	e.from = 1000 + chat * 2 + draw(b, 2);
	e.device = 1;
	e.n = e.seq;
	e.stamp = ++b->n;
	e.payload = buf_slice(&payload);
	sc_assert(entry_put(tx, b->part, &e) == 0);
	buf_fini(&content);
	buf_fini(&payload);
}

static void
fill(struct bench *b, uint64_t entries)
{
	struct arena arena;
	struct tx tx = {.d = &b->domain, .arena = &arena};

	arena_init(&arena, 0);
	b->part = chat_period_at(&b->domain, INT64_C(1800000000000));
	while (b->n < entries) {
		tx.st = store_begin(b->store);
		for (int i = 0; i < BATCH && b->n < entries; i++)
			add(b, &tx);
		sc_assert(store_finish(tx.st) == 0);
		store_commit(b->store, done, NULL);
		arena_clear(&arena);
	}
	arena_fini(&arena);
}

static void
seal(struct bench *b)
{
	bool sealed = false;

	while (!sealed) {
		struct store_txn *t = store_begin(b->store);

		sc_assert(store_seal(t, b->domain.entries, b->part,
		    &sealed) == 0);
		sc_assert(store_finish(t) == 0);
		store_commit(b->store, done, NULL);
		usleep(1000);
	}
}

/* ---- files ----------------------------------------------------------- */

/* The bytes of the files in a directory that begin so; the system forgets
 * them. */
static uint64_t
files(const struct bench *b, const char *name, const char *prefix)
{
	char path[128], file[400];
	struct dirent *e;
	uint64_t bytes = 0;
	struct stat st;
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", b->dir, name);
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL) {
		int fd;

		if (strncmp(e->d_name, prefix, strlen(prefix)) != 0)
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		fd = open(file, O_RDONLY);
		if (fd >= 0 && fstat(fd, &st) == 0) {
			bytes += (uint64_t)st.st_size;
			(void)fsync(fd);
			(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		}
		close(fd);
	}
	if (d != NULL)
		closedir(d);
	return bytes;
}

/* ---- pages ----------------------------------------------------------- */

static int
count(void *arg, struct slice key, struct slice value)
{
	(void)key;
	(void)value;
	return ++*(unsigned *)arg == PAGE;
}

static double
page(struct bench *b)
{
	unsigned chat = (unsigned)draw(b, CHATS), rows = 0;
	uint8_t key[sizeof(((struct chat_id *)NULL)->b) + 8];
	uint64_t seq = 1 + draw(b, b->heads[chat] - PAGE);
	struct store_range r = {.lo = slice_of(key, sizeof(key))};
	struct store_txn *t;
	double begun = seconds();

	memset(key, (int)chat, sizeof(key));
	key[0] = (uint8_t)(chat * 37);
	for (int i = 0; i < 8; i++)
		key[sizeof(key) - 8 + (size_t)i] =
		    (uint8_t)(seq >> (56 - 8 * i));
	t = store_begin_read(b->store);
	sc_assert(store_scan(t, b->domain.entries, b->part, &r, count,
	    &rows) == 0);
	store_abandon(t);
	sc_assert(rows == PAGE);
	return seconds() - begun;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* COLD: nothing of it is in memory, neither ours nor the system's. */
static void
pages(struct bench *b, bool cold, const char *what)
{
	double took[PAGES];

	for (int i = 0; i < PAGES; i++) {
		if (cold && i % 20 == 0) {
			store_close(b->store);
			open_store(b);
		}
		if (cold) {
			(void)files(b, "data", "entries");
			(void)files(b, "sealed", "");
		}
		took[i] = page(b);
	}
	qsort(took, PAGES, sizeof(took[0]), ascending);
	printf("%s page of %d: median %.2f ms, 99 %% %.2f ms, most %.2f ms\n",
	    what, PAGE, took[PAGES / 2] * 1e3, took[PAGES * 99 / 100] * 1e3,
	    took[PAGES - 1] * 1e3);
}

int
main(int argc, char **argv)
{
	struct bench b = {.dir = "/var/tmp/sealed-XXXXXX", .seed = 1};
	struct store_sealed sum;
	struct store_txn *t;
	char command[100];
	uint64_t hot, size;
	double begun, took;

	if (argc != 3 || mkdtemp(b.dir) == NULL) {
		fprintf(stderr, "usage: sealed WORDS ENTRIES\n");
		return 2;
	}
	read_words(&b, argv[1]);
	b.deflate = deflate_create();
	open_store(&b);
	fill(&b, strtoull(argv[2], NULL, 10));
	store_close(b.store);
	open_store(&b);
	hot = files(&b, "data", "entries.");
	pages(&b, false, "hot, in memory:");
	pages(&b, true, "hot, cold:");
	begun = seconds();
	seal(&b);
	took = seconds() - begun;
	t = store_begin_read(b.store);
	sc_assert(store_sealed(t, b.domain.entries, b.part, &sum) == 0);
	store_abandon(t);
	size = sum.size;
	pages(&b, false, "sealed, in memory:");
	pages(&b, true, "sealed, cold:");
	printf("%llu entries, %.1f bytes of keys and values each\n",
	    (unsigned long long)sum.rows,
	    (double)sum.bytes / (double)sum.rows);
	printf("tree %.1f bytes each, segment %.1f: 1 to %.2f\n",
	    (double)hot / (double)sum.rows, (double)size / (double)sum.rows,
	    (double)hot / (double)size);
	printf("sealed in %.2f s\n", took);
	store_close(b.store);
	deflate_destroy(b.deflate);
	snprintf(command, sizeof(command), "rm -r '%s'", b.dir);
	return system(command) == 0 ? 0 : 1;
}

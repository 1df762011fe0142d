/* SPDX-License-Identifier: ISC */
#include "tests/crash/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/crash/tree.h"

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	abort();
}

/* ---- names ---- */

static void
durable_path(char path[TREE_PATH], const char *image, const char *name)
{
	char dir[TREE_PATH];

	tree_path(dir, image, "durable");
	tree_path(path, dir, name);
}

static void
make_link(const char *image, const char *id, const char *name)
{
	char files[TREE_PATH], from[TREE_PATH], to[TREE_PATH];

	tree_path(files, image, "files");
	tree_path(from, files, id);
	durable_path(to, image, name);
	(void)unlink(to);
	if (link(from, to) != 0 && errno != ENOENT)
		fail(to);
}

/* rename(2) leaves two names of one file as they are; a repeat must not. */
static void
move(const char *image, const char *old, const char *new)
{
	char from[TREE_PATH], to[TREE_PATH];
	struct stat st;

	durable_path(from, image, old);
	durable_path(to, image, new);
	if (lstat(from, &st) != 0)
		return;
	if (rename(from, to) != 0)
		fail(to);
	(void)unlink(from);
}

static void
change(const char *image, char *line)
{
	char path[TREE_PATH];
	const char *verb = strtok(line, " \n"), *a = strtok(NULL, " \n");
	const char *b = strtok(NULL, " \n");

	if (verb == NULL || a == NULL)
		return;
	durable_path(path, image, a);
	if (strcmp(verb, "create") == 0 && b != NULL)
		make_link(image, b, a);
	else if (strcmp(verb, "rename") == 0 && b != NULL)
		move(image, a, b);
	else if (strcmp(verb, "unlink") == 0)
		(void)unlink(path);
	else if (strcmp(verb, "mkdir") == 0)
		(void)mkdir(path, 0700);
}

void
image_apply(const char *image, const char *list, uint64_t count)
{
	char path[TREE_PATH], line[3 * TREE_PATH];
	FILE *f;

	tree_path(path, image, list);
	f = fopen(path, "re");
	if (f == NULL)
		return;
	while (count-- > 0 && fgets(line, sizeof(line), f) != NULL)
		change(image, line);
	fclose(f);
}

/* ---- the loss ---- */

struct loss {
	const char *live, *now;
	unsigned chance;
	uint64_t random;
};

static uint64_t
next(struct loss *l)
{
	l->random ^= l->random << 13;
	l->random ^= l->random >> 7;
	l->random ^= l->random << 17;
	return l->random;
}

/* Some of the blocks that differ survive. */
static void
mix(struct loss *l, int from, int to)
{
	char new[IMAGE_BLOCK], old[IMAGE_BLOCK];
	struct stat st;
	ssize_t n, m;
	off_t at;

	for (at = 0; (n = pread(from, new, sizeof(new), at)) > 0;
	    at += IMAGE_BLOCK) {
		m = pread(to, old, (size_t)n, at);
		if (m == n && memcmp(new, old, (size_t)n) == 0)
			continue;
		if (next(l) % 100 < l->chance &&
		    pwrite(to, new, (size_t)n, at) != n)
			fail("image");
	}
	if (fstat(from, &st) == 0 && next(l) % 100 < l->chance &&
	    lseek(to, 0, SEEK_END) > st.st_size &&
	    ftruncate(to, st.st_size) != 0)
		fail("image");
}

static void
mix_file(void *arg, const char *name, bool directory)
{
	struct loss *l = arg;
	char path[TREE_PATH];
	int from, to;

	if (directory)
		return;
	tree_path(path, l->live, name);
	from = open(path, O_RDONLY | O_CLOEXEC);
	tree_path(path, l->now, name);
	to = open(path, O_RDWR | O_CLOEXEC);
	if (from >= 0 && to >= 0)
		mix(l, from, to);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
}

static uint64_t
count_lines(const char *path)
{
	FILE *f = fopen(path, "re");
	uint64_t n = 0;
	int c;

	while (f != NULL && (c = getc(f)) != EOF)
		n += c == '\n';
	if (f != NULL)
		fclose(f);
	return n;
}

void
image_lose(const char *image, const char *live, unsigned chance,
    uint64_t seed)
{
	char now[TREE_PATH], path[TREE_PATH];
	struct loss l = {live, now, chance, seed * 0x9e3779b97f4a7c15u | 1};

	tree_path(now, image, "now");
	/* a commit that had begun may count */
	image_apply(image, "committing", UINT64_MAX);
	if (chance > 0) {
		tree_path(path, image, "pending");
		image_apply(image, "pending",
		    next(&l) % (count_lines(path) + 1));
		tree_walk(live, mix_file, &l);
	}
	tree_remove(live);
	tree_path(path, image, "durable");
	tree_copy(path, live);
	tree_remove(image);
}

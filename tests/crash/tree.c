/* SPDX-License-Identifier: ISC */
#include "tests/crash/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	abort();
}

void
tree_path(char path[TREE_PATH], const char *dir, const char *name)
{
	int n = snprintf(path, TREE_PATH, "%s/%s", dir, name);

	errno = ENAMETOOLONG;
	if (n < 0 || n >= TREE_PATH)
		fail(name);
}

/* Below DIR/AT, where AT is empty or ends with a slash. */
static void
walk(const char *dir, const char *at,
    void (*fn)(void *arg, const char *path, bool directory), void *arg)
{
	char path[TREE_PATH], name[TREE_PATH];
	struct dirent *e;
	struct stat st;
	DIR *d;

	tree_path(path, dir, at);
	d = opendir(path);
	if (d == NULL)
		fail(path);
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0)
			continue;
		if (snprintf(name, sizeof(name) - 1, "%s%s", at,
		    e->d_name) >= (int)sizeof(name) - 1)
			fail(e->d_name);
		tree_path(path, dir, name);
		if (lstat(path, &st) != 0)
			fail(path);
		fn(arg, name, S_ISDIR(st.st_mode));
		if (S_ISDIR(st.st_mode)) {
			strcat(name, "/");
			walk(dir, name, fn, arg);
		}
	}
	closedir(d);
}

void
tree_walk(const char *dir,
    void (*fn)(void *arg, const char *path, bool directory), void *arg)
{
	walk(dir, "", fn, arg);
}

/* ---- copying ---- */

struct copy {
	const char *from, *to;
};

static void
copy_file(const char *from, const char *to)
{
	static const size_t size = 1 << 20;
	char *bytes = malloc(size);
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n;

	if (bytes == NULL || in < 0 || out < 0)
		fail(to);
	while ((n = read(in, bytes, size)) > 0)
		if (write(out, bytes, (size_t)n) != n)
			fail(to);
	close(in);
	close(out);
	free(bytes);
}

static void
copy_one(void *arg, const char *name, bool directory)
{
	const struct copy *c = arg;
	char from[TREE_PATH], to[TREE_PATH];

	tree_path(from, c->from, name);
	tree_path(to, c->to, name);
	if (!directory)
		copy_file(from, to);
	else if (mkdir(to, 0700) != 0)
		fail(to);
}

void
tree_copy(const char *from, const char *to)
{
	struct copy c = {from, to};

	if (mkdir(to, 0700) != 0)
		fail(to);
	tree_walk(from, copy_one, &c);
}

/* ---- removing ---- */

void
tree_remove(const char *dir)
{
	char path[TREE_PATH];
	struct dirent *e;
	struct stat st;
	DIR *d = opendir(dir);

	if (d == NULL) {
		if (errno != ENOENT)
			fail(dir);
		return;
	}
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0)
			continue;
		tree_path(path, dir, e->d_name);
		if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
			tree_remove(path);
		else if (unlink(path) != 0)
			fail(path);
	}
	closedir(d);
	if (rmdir(dir) != 0)
		fail(dir);
}

/* ---- comparing ---- */

struct comparison {
	const char *a, *b;
	bool equal;
};

static bool
same_bytes(const char *a, const char *b)
{
	FILE *f = fopen(a, "re"), *g = fopen(b, "re");
	int c = 0, d = 0;

	while (f != NULL && g != NULL && c == d && c != EOF) {
		c = getc(f);
		d = getc(g);
	}
	if (f != NULL)
		fclose(f);
	if (g != NULL)
		fclose(g);
	return f != NULL && g != NULL && c == d;
}

static void
compare_one(void *arg, const char *name, bool directory)
{
	struct comparison *c = arg;
	char a[TREE_PATH], b[TREE_PATH];

	tree_path(a, c->a, name);
	tree_path(b, c->b, name);
	if (directory || same_bytes(a, b))
		return;
	printf("# %s and %s differ\n", a, b);
	c->equal = false;
}

bool
tree_equal(const char *a, const char *b)
{
	struct comparison there = {a, b, true}, back = {b, a, true};

	tree_walk(a, compare_one, &there);
	tree_walk(b, compare_one, &back);
	return there.equal && back.equal;
}

/* SPDX-License-Identifier: ISC */
/*
 * A main for fuzz targets without a fuzzer: runs the target over the files
 * that are named, or over corpus/NAME below tests/fuzz for a program called
 * fuzz_NAME, and prints TAP.  A target that finds something wrong aborts.
 * FUZZER: there is one, and it has a main.
 */
#ifndef FUZZER
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static char **
list(const char *dir, size_t *n)
{
	DIR *d = opendir(dir);
	char **files = NULL, path[4096];
	struct dirent *e;

	*n = 0;
	while (d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir,
		    e->d_name) >= sizeof(path))
			continue;
		files = realloc(files, (*n + 1) * sizeof(*files));
		fuzz_check(files != NULL);
		files[*n] = strdup(path);
		fuzz_check(files[*n] != NULL);
		(*n)++;
	}
	if (d != NULL)
		closedir(d);
	return files;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
run(const char *file)
{
	enum { MOST = 1 << 20 };
	FILE *f = fopen(file, "rb");
	uint8_t *p = malloc(MOST), *exact;
	size_t n;

	if (f == NULL || p == NULL) {
		perror(file);
		free(p);
		return false;
	}
	n = fread(p, 1, MOST, f);
	fclose(f);
	/* of the very size, so that a sanitizer sees the end */
	exact = malloc(n == 0 ? 1 : n);
	fuzz_check(exact != NULL);
	memcpy(exact, p, n);
	free(p);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return true;
}

/* For mutators, which fall back on it: without a fuzzer bytes change. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

size_t
LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
{
	if (size == 0 && max > 0)
		data[size++] = 0;
	for (size_t i = 0; i < size; i += 16)
		data[i] ^= (uint8_t)(1 + i % 255);
	return size;
}

static size_t
replay(char **files, size_t n)
{
	size_t failed = 0;

	printf("1..%zu\n", n);
	for (size_t i = 0; i < n; i++) {
		const char *slash = strrchr(files[i], '/');
		bool ok;

		fflush(stdout);
		ok = run(files[i]);
		failed += !ok;
		printf("%s %zu - %s\n", ok ? "ok" : "not ok", i + 1,
		    slash == NULL ? files[i] : slash + 1);
	}
	return failed;
}

int
main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	const char *name = strstr(argv[0], "fuzz_");
	char dir[2048], **files;
	size_t n, failed;

	if (argc > 1)
		return replay(argv + 1, (size_t)argc - 1) == 0 ? 0 : 1;
	for (const char *p = name; p != NULL; p = strstr(p + 1, "fuzz_"))
		name = p;
	snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s",
	    top == NULL ? "." : top, name == NULL ? "" : name + 5);
	files = list(dir, &n);
	if (n == 0) {
		printf("1..1\nnot ok 1 - %s is empty\n", dir);
		return 1;
	}
	qsort(files, n, sizeof(*files), compare);
	failed = replay(files, n);
	for (size_t i = 0; i < n; i++)
		free(files[i]);
	free(files);
	return failed == 0 ? 0 : 1;
}
#endif

/* SPDX-License-Identifier: ISC */
#include "tests/conformance/dir.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/common/err.h"

void
dir_make(char path[DIR_SIZE])
{
	const char *tmp = getenv("TMPDIR");

	snprintf(path, DIR_SIZE, "%s/stonechat-store-XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	sc_assert(mkdtemp(path) != NULL);
}

static int
visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level == 0 ? 0 : remove(path);
}

void
dir_clear(const char *path)
{
	sc_assert(nftw(path, visit, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

void
dir_remove(const char *path)
{
	dir_clear(path);
	sc_assert(rmdir(path) == 0);
}

unsigned
dir_files(const char *path, const char *name, const char *prefix)
{
	char full[2 * DIR_SIZE];
	struct dirent *e;
	unsigned n = 0;
	DIR *d;

	snprintf(full, sizeof(full), "%s/%s", path, name);
	d = opendir(full);
	sc_assert(d != NULL);
	while ((e = readdir(d)) != NULL)
		n += strncmp(e->d_name, prefix, strlen(prefix)) == 0;
	closedir(d);
	return n;
}

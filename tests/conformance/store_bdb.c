/* SPDX-License-Identifier: ISC */
/*
 * The suite on the bdb engine, with a memtable so small that the write-back
 * runs all the time.
 */
#include "src/store/bdb/bdb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/conformance/dir.h"
#include "tests/conformance/suite.h"

static char dir[DIR_SIZE];

static void
on_log(void *arg, int level, const char *text)
{
	(void)arg;
	if (level <= 4)
		fprintf(stderr, "# %s\n", text);
}

static struct store *
open_store(bool fresh)
{
	struct bdb_conf conf;
	char why[256] = "";
	struct store *s;

	if (fresh)
		dir_clear(dir);
	bdb_conf_init(&conf, dir);
	conf.memtable_bytes = 16 << 10;
	conf.cache_bytes = 1 << 20;
	conf.checkpoint_ms = 20;
	conf.reserve_bytes = 0;
	conf.log = on_log;
	s = bdb_open(&conf, why, sizeof(why));
	if (s == NULL)
		fail_msg("%s", why);
	return s;
}

static void
cleanup(void)
{
	dir_remove(dir);
}

int
main(void)
{
	const struct suite_engine engine = {.name = "store_bdb",
	    .open = open_store, .keeps = true, .cleanup = cleanup};

	dir_make(dir);
	return suite_run(&engine);
}

/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/store/mem/mem.h"
#include "tests/conformance/suite.h"

static struct store *
open_store(bool fresh)
{
	struct store *s = mem_open(false);

	(void)fresh;
	assert_non_null(s);
	return s;
}

static void
pump(struct store *s)
{
	mem_sync(s, UINT32_MAX);
}

int
main(void)
{
	const struct suite_engine engine = {.name = "store_mem",
	    .open = open_store, .pump = pump};

	return suite_run(&engine);
}

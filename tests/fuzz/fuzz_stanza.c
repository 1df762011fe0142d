/* SPDX-License-Identifier: ISC */
#include "protocol/stanza.h"
#include "protocol/xmltext.h"
#include "src/common/err.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA = 1 << 24 };

static const struct stanza_ctx ctx = {.base_time = 1767225600000};

/* What can be printed can be read. */
static void
check_xml(const struct elem *e)
{
	struct arena arena;
	struct buf xml, again;
	struct elem back;
	char why[256];

	arena_init(&arena, 0);
	buf_init(&xml, 0);
	buf_init(&again, 0);
	if (xmltext_print(NULL, e, &xml) == 0) {
		fuzz_check(xmltext_parse(NULL, buf_slice(&xml), &arena, &back,
		    why, sizeof(why)) == 0);
		fuzz_check(xmltext_print(NULL, &back, &again) == 0);
		fuzz_check(slice_equal(buf_slice(&xml), buf_slice(&again)));
		buf_clear(&again);
		fuzz_check(stanza_encode(&ctx, &back, &again) == 0);
	}
	buf_fini(&xml);
	buf_fini(&again);
	arena_fini(&arena);
}

/* The body of a frame: what is accepted encodes to the same bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct elem e, copy;
	struct buf again;
	int rc;

	arena_init(&arena, ARENA);
	buf_init(&again, 0);
	rc = stanza_decode(&ctx, slice_of(data, size), &arena, &e);
	fuzz_check(rc == 0 || rc == SC_EMALFORMED || rc == SC_ETOOLARGE ||
	    rc == SC_ENOMEM);
	if (rc == 0) {
		fuzz_check(stanza_encode(&ctx, &e, &again) == 0);
		fuzz_check(slice_equal(buf_slice(&again),
		    slice_of(data, size)));
		if (elem_copy(&arena, &e, &copy) == 0)
			check_xml(&copy);
	}
	buf_fini(&again);
	arena_fini(&arena);
	return 0;
}

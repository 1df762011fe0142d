/* SPDX-License-Identifier: ISC */
#include "protocol/xmltext.h"
#include "src/common/err.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA = 1 << 24 };

static const struct stanza_ctx ctx = {.base_time = 1767225600000};

/* Text that a person typed: what is accepted has bytes and one layout. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf xml, again, bytes;
	struct arena arena;
	struct elem e, back;
	char why[256] = "";
	int rc;

	arena_init(&arena, ARENA);
	buf_init(&xml, 0);
	buf_init(&again, 0);
	buf_init(&bytes, 0);
	rc = xmltext_parse(NULL, slice_of(data, size), &arena, &e, why,
	    sizeof(why));
	fuzz_check(rc == 0 || rc == SC_EBADREQUEST || rc == SC_ENOMEM);
	fuzz_check((rc == SC_EBADREQUEST) == (why[0] != '\0'));
	if (rc == 0) {
		fuzz_check(stanza_encode(&ctx, &e, &bytes) == 0);
		fuzz_check(xmltext_print(NULL, &e, &xml) == 0);
		rc = xmltext_parse(NULL, buf_slice(&xml), &arena, &back, why,
		    sizeof(why));
		fuzz_check(rc == 0 || rc == SC_ENOMEM);
		if (rc == 0) {
			fuzz_check(xmltext_print(NULL, &back, &again) == 0);
			fuzz_check(slice_equal(buf_slice(&xml),
			    buf_slice(&again)));
		}
	}
	buf_fini(&xml);
	buf_fini(&again);
	buf_fini(&bytes);
	arena_fini(&arena);
	return 0;
}

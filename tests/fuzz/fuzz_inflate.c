/* SPDX-License-Identifier: ISC */
#include "protocol/payload.h"
#include "src/common/err.h"
#include "tests/fuzz/fuzz.h"

enum { CONTENT_MAX = 65536, ARENA = 1 << 24 };

static struct deflate *deflate;

/* The elements of CONTENT, written again, are CONTENT. */
static void
check_content(struct slice content)
{
	struct slice rest = content;
	struct arena arena;
	struct buf again;
	struct elem e;
	int rc;

	arena_init(&arena, ARENA);
	buf_init(&again, 0);
	while ((rc = payload_next(&rest, &arena, &e)) == 0)
		fuzz_check(payload_add(&again, &e) == 0);
	fuzz_check(rc == SC_EMORE || rc == SC_EMALFORMED ||
	    rc == SC_ETOOLARGE || rc == SC_ENOMEM);
	if (rc == SC_EMORE)
		fuzz_check(slice_equal(buf_slice(&again), content));
	buf_fini(&again);
	arena_fini(&arena);
}

static void
check_pack(struct slice content)
{
	uint8_t guesses[4];
	size_t n = payload_guess(content, guesses, 4);
	struct buf wire, scratch;
	struct slice in, back;
	struct payload p;

	buf_init(&wire, 0);
	buf_init(&scratch, 0);
	fuzz_check(payload_put(deflate, content, guesses, n, &wire) == 0);
	in = buf_slice(&wire);
	fuzz_check(payload_take(&in, &p) == 0 && in.len == 0);
	fuzz_check(payload_open(deflate, &p, &scratch, &back) == 0);
	fuzz_check(slice_equal(back, content));
	buf_fini(&wire);
	buf_fini(&scratch);
}

/* A payload as it comes from a peer. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size), content;
	struct buf scratch;
	struct payload p;
	int rc;

	if (deflate == NULL)
		deflate = deflate_create();
	fuzz_check(deflate != NULL);
	rc = payload_take(&in, &p);
	if (rc != 0) {
		fuzz_check(rc == SC_EMORE || rc == SC_EMALFORMED);
		fuzz_check(in.len == size);
		return 0;
	}
	fuzz_check(p.bytes.len + in.len < size);
	buf_init(&scratch, CONTENT_MAX);
	rc = payload_open(deflate, &p, &scratch, &content);
	fuzz_check(rc == 0 || rc == SC_EMALFORMED || rc == SC_ETOOLARGE ||
	    rc == SC_ENOTFOUND || rc == SC_ENOTACCEPTABLE);
	if (rc == 0) {
		check_content(content);
		check_pack(content);
	}
	buf_fini(&scratch);
	return 0;
}

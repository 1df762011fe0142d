/* SPDX-License-Identifier: ISC */
#include "protocol/deflate.h"
#include "protocol/frame.h"
#include "src/common/err.h"
#include "tests/fuzz/fuzz.h"

static void
check_inflate(const struct frame *f)
{
	static struct deflate *deflate;
	struct buf scratch;
	struct slice body;
	int rc;

	if (deflate == NULL)
		deflate = deflate_create();
	fuzz_check(deflate != NULL);
	buf_init(&scratch, FRAME_INFLATED_MAX);
	rc = frame_inflate(deflate, f, &scratch, &body);
	fuzz_check(rc == 0 || rc == SC_EMALFORMED || rc == SC_ETOOLARGE ||
	    rc == SC_ENOTFOUND);
	fuzz_check(rc != 0 || f->deflated || slice_equal(body, f->body));
	fuzz_check(scratch.len <= FRAME_INFLATED_MAX);
	buf_fini(&scratch);
}

/* A stream of frames: written again it is the same stream. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);
	struct buf again;
	int rc;

	buf_init(&again, 0);
	for (;;) {
		struct slice before = in;
		struct frame f;
		size_t mark;

		rc = frame_next(&in, FRAME_MAX, &f);
		if (rc != 0) {
			fuzz_check(slice_equal(in, before));
			break;
		}
		fuzz_check(f.body.len <= FRAME_MAX);
		frame_put(&again, f.body, f.deflated);
		fuzz_check(slice_equal(buf_slice(&again),
		    slice_of(data, size - in.len)));
		buf_truncate(&again, size - before.len);
		mark = frame_begin(&again);
		buf_put_slice(&again, f.body);
		frame_end(&again, mark, f.deflated);
		fuzz_check(slice_equal(buf_slice(&again),
		    slice_of(data, size - in.len)));
		check_inflate(&f);
	}
	fuzz_check(rc == SC_EMORE || rc == SC_EMALFORMED ||
	    rc == SC_ETOOLARGE);
	buf_fini(&again);
	return 0;
}

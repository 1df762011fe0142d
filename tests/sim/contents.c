/* SPDX-License-Identifier: ISC */
#include "tests/sim/contents.h"

#include "protocol/payload.h"

int
contents_each(struct deflate *deflate, struct slice wire,
    void (*fn)(void *, const struct elem *), void *arg)
{
	struct payload payload;
	struct slice content;
	struct arena arena;
	struct buf scratch;
	struct elem e;
	int rc;

	buf_init(&scratch, 1 << 17);
	arena_init(&arena, 1 << 20);
	rc = payload_take(&wire, &payload);
	if (rc == 0)
		rc = payload_open(deflate, &payload, &scratch, &content);
	while (rc == 0 && content.len > 0) {
		rc = payload_next(&content, &arena, &e);
		if (rc == 0)
			fn(arg, &e);
	}
	arena_fini(&arena);
	buf_fini(&scratch);
	return rc;
}

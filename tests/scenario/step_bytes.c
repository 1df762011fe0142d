/* SPDX-License-Identifier: ISC */
/* Bytes that are no stanzas. */
#include <ctype.h>
#include <stdlib.h>
#include <zlib.h>

#include "protocol/frame.h"
#include "tests/scenario/wire_step.h"

static bool
put_hex(struct buf *to, const char *hex)
{
	for (; *hex != '\0'; hex += 2) {
		char two[3] = {hex[0], hex[1], '\0'};

		if (!isxdigit((unsigned char)two[0]) ||
		    !isxdigit((unsigned char)two[1]))
			return false;
		buf_put_u8(to, (uint8_t)strtoul(two, NULL, 16));
	}
	return true;
}

static int
play_bytes(struct call *c)
{
	struct wire *w = call_wire(c, 0);
	struct buf bytes;
	int rc = w == NULL ? -1 : 0;

	buf_init(&bytes, 0);
	for (size_t i = 0; rc == 0 && i < c->nlist; i++) {
		char *hex = stage_expand(c->stage, c->list[i].text);

		if (hex == NULL)
			rc = -1;
		else if (!put_hex(&bytes, hex))
			rc = stage_fail(c->stage, "bytes are pairs of "
			    "hexadecimal digits");
		free(hex);
	}
	if (rc == 0)
		rc = wire_bytes(w, buf_slice(&bytes));
	if (rc == 0)
		stage_note(c->stage, w->name, "sends %zu bytes", bytes.len);
	buf_fini(&bytes);
	return rc;
}

/* The same in each run of a script. */
static int
play_random(struct call *c)
{
	struct wire *w = call_wire(c, 0);
	uint64_t n = call_number(c, 1), x = c->stage->seed;
	struct buf bytes;
	int rc;

	if (w == NULL)
		return -1;
	buf_init(&bytes, 0);
	for (uint64_t i = 0; i < n; i++) {
		x = x * UINT64_C(6364136223846793005) +
		    UINT64_C(1442695040888963407);
		buf_put_u8(&bytes, (uint8_t)(x >> 56));
	}
	c->stage->seed = x;
	rc = wire_bytes(w, buf_slice(&bytes));
	buf_fini(&bytes);
	return rc;
}

/* Raw deflate data of N zero bytes. */
static int
put_bomb(struct buf *to, uint64_t n)
{
	static const uint8_t zeros[65536];
	z_stream z = {0};
	uint8_t out[65536];
	int rc = deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);

	while (rc == Z_OK) {
		if (z.avail_in == 0 && n > 0) {
			z.next_in = (Bytef *)(uintptr_t)zeros;
			z.avail_in = n > sizeof(zeros) ? sizeof(zeros)
			    : (uInt)n;
			n -= z.avail_in;
		}
		z.next_out = out;
		z.avail_out = sizeof(out);
		rc = deflate(&z, n == 0 ? Z_FINISH : Z_NO_FLUSH);
		buf_put(to, out, sizeof(out) - z.avail_out);
	}
	(void)deflateEnd(&z);
	return rc == Z_STREAM_END ? 0 : -1;
}

static int
play_bomb(struct call *c)
{
	struct wire *w = call_wire(c, 0);
	struct buf body, frame;
	int rc;

	if (w == NULL)
		return -1;
	buf_init(&body, 0);
	buf_init(&frame, 0);
	buf_put_u8(&body, 0);	/* no dictionary */
	rc = put_bomb(&body, call_number(c, 1));
	frame_put(&frame, buf_slice(&body), true);
	stage_note(c->stage, w->name, "sends a frame of %zu bytes", frame.len);
	if (rc == 0)
		rc = wire_bytes(w, buf_slice(&frame));
	buf_fini(&body);
	buf_fini(&frame);
	return rc == 0 ? 0 : stage_fail(c->stage, "zlib does not deflate");
}

const struct step bytes_steps[] = {
	{"NAME sends bytes LIST...", play_bytes},
	{"NAME sends NUMBER random bytes", play_random},
	{"NAME sends a deflated frame of NUMBER zeros", play_bomb},
	{NULL, NULL},
};

/* SPDX-License-Identifier: ISC */
/*
 * What a client says to a connection with records of our own.  An input is a
 * suite, and steps: bytes as they are, or a record that is sealed as it must
 * be, with any type, content and padding; each cut anywhere.
 */
#include <string.h>

#include "src/common/err.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/record_peer.h"

enum { BYTES, RECORD, PADDED, UPDATE, WRITE, KINDS };

struct input {
	const uint8_t *p;
	size_t n;
};

static uint8_t
take(struct input *in)
{
	if (in->n == 0)
		return 0;
	in->n--;
	return *in->p++;
}

static struct slice
take_bytes(struct input *in, size_t most)
{
	struct slice s = slice_of(in->p, in->n < most ? in->n : most);

	in->p += s.len;
	in->n -= s.len;
	return s;
}

/* All that the server says can be opened; an alert is its last word.  Returns
 * whether there was one. */
static bool
hear(struct record_peer *p)
{
	struct slice content;
	bool ended = false;
	int type;

	while ((type = record_peer_hear(p, &content)) != 0) {
		fuzz_check(type != -1);
		fuzz_check(!ended);
		ended = type == RECORD_ALERT;
		fuzz_check(!ended || content.len == 2);
	}
	return ended;
}

/* Bytes come to the server in two pieces.  False: it has ended it. */
static bool
deliver(struct record_peer *p, size_t cut)
{
	struct slice all = buf_slice(&p->sent), got;
	enum transport_result result = TRANSPORT_MORE;

	cut = all.len == 0 ? 0 : cut % (all.len + 1);
	for (int i = 0; i < 2 && all.len > 0 && result == TRANSPORT_MORE; i++) {
		p->io.in = p->sent.p + p->sent.off + (i == 0 ? 0 : cut);
		p->io.inlen = i == 0 ? cut : all.len - cut;
		do {
			result = transport_read(&p->server, &p->io, &got);
			fuzz_check(result != TRANSPORT_OK || (got.len > 0 &&
			    got.len <= RECORD_PLAIN));
		} while (result == TRANSPORT_OK);
		fuzz_check(result != TRANSPORT_MORE || p->io.inlen == 0);
	}
	buf_clear(&p->sent);
	return result == TRANSPORT_MORE;
}

static void
step(struct record_peer *p, struct input *in)
{
	unsigned kind = take(in) % KINDS, type = take(in);
	struct slice s = take_bytes(in, take(in));
	static const uint8_t update[] = {24, 0, 0, 1};
	uint8_t inner[512] = {0};

	if (kind == BYTES) {
		buf_put(&p->sent, s.p, s.len);
	} else if (kind == RECORD) {
		record_peer_seal(p, type, s.p, s.len);
	} else if (kind == PADDED) {
		if (s.len > 0)
			memcpy(inner, s.p, s.len);
		record_peer_seal_inner(p, inner, s.len + 1 + type);
	} else if (kind == UPDATE) {
		memcpy(inner, update, sizeof(update));
		inner[4] = (uint8_t)(type & 1);
		record_peer_seal(p, RECORD_HANDSHAKE, inner, 5);
		fuzz_check(record_keys_update(&p->out) == 0);
	} else if (s.len > 0) {
		fuzz_check(transport_write(&p->server, &p->io, s.p, s.len) ==
		    0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct record_peer p;
	struct input in = {data, size};
	unsigned suite = 0x1301 + take(&in) % 3;
	bool open = true, alert;

	fuzz_check(record_peer_init(&p, suite, 0, 0) == 0);
	while (open && in.n > 0) {
		step(&p, &in);
		open = deliver(&p, take(&in));
		alert = hear(&p);
		fuzz_check(!open || !alert);
	}
	transport_close(&p.server, &p.io, true);
	(void)hear(&p);
	fuzz_check(p.io.counts.lean == 0);
	record_peer_fini(&p);
	return 0;
}

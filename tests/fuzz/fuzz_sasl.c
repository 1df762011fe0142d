/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "protocol/tables.h"
#include "src/common/err.h"
#include "src/daemon/sasl.h"
#include "tests/fuzz/fuzz.h"

enum { STEPS = 8 };

/* The next message: its length in two bytes, then as much as there is. */
static struct slice
message_take(struct slice *in)
{
	struct slice m;
	size_t n;

	n = (size_t)in->p[0] << 8 | in->p[1];
	*in = slice_of(in->p + 2, in->len - 2);
	if (n > in->len)
		n = in->len;
	m = slice_of(in->p, n);
	*in = slice_of(in->p + n, in->len - n);
	return m;
}

static void
play(struct sasl *s, struct slice in)
{
	struct buf out;
	int rc = SC_EMORE;

	for (int i = 0; i < STEPS && rc == SC_EMORE && in.len >= 2; i++) {
		buf_init(&out, 0);
		rc = sasl_step(s, message_take(&in), &out);
		/* without the password nobody gets in */
		fuzz_check(rc == SC_EMORE || rc == SC_ENOTAUTHORIZED ||
		    rc == SC_EBADREQUEST || rc == SC_ENOTACCEPTABLE);
		fuzz_check(rc == SC_EMORE || out.len == 0 || i > 0);
		buf_fini(&out);
	}
}

/* A login as the daemon receives it; the first byte says by what mechanism
 * and whether the channel can be bound. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned mechanisms[] = {MECHANISM_PLAIN,
	    MECHANISM_SCRAM_SHA_256, MECHANISM_SCRAM_SHA_256_PLUS,
	    MECHANISM_SCRAM_SHA_1};
	static const uint8_t binding[32] = {1, 2, 3};
	static Gsasl *gsasl;
	struct credential alice = {.iterations = 1};
	struct sasl_conf conf = {.credential = &alice, .name = "alice",
	    .domain = "example.org"};
	struct sasl *s;

	if (gsasl == NULL)
		gsasl = sasl_context();
	fuzz_check(gsasl != NULL);
	if (size == 0)
		return 0;
	memset(alice.stored_sha256, 7, sizeof(alice.stored_sha256));
	memset(alice.stored_sha1, 7, sizeof(alice.stored_sha1));
	conf.mechanism = mechanisms[data[0] & 3];
	if ((data[0] & 4) != 0 ||
	    conf.mechanism == MECHANISM_SCRAM_SHA_256_PLUS)
		conf.binding = slice_of(binding, sizeof(binding));
	s = sasl_create(gsasl, &conf);
	fuzz_check(s != NULL);
	play(s, slice_of(data + 1, size - 1));
	sasl_destroy(s);
	return 0;
}

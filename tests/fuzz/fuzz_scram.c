/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "src/client/scram.h"
#include "src/common/err.h"
#include "tests/fuzz/fuzz.h"

/* More rounds than this are for servers, not for a fuzzer. */
static bool
is_slow(struct slice challenge)
{
	const uint8_t *p = challenge.p, *end = p + challenge.len;
	int digits = 0;

	for (; p < end; p++) {
		digits = *p >= '0' && *p <= '9' ? digits + 1 : 0;
		if (digits > 4)
			return true;
	}
	return false;
}

/* What a server says to a client: two messages, apart by a NUL. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t binding[32] = {1};
	const uint8_t *end = memchr(data, '\0', size);
	struct slice challenge = slice_of(data, end == NULL ? size :
	    (size_t)(end - data));
	struct scram *s;
	struct buf out;
	int rc;

	if (is_slow(challenge))
		return 0;
	buf_init(&out, 0);
	fuzz_check(scram_create("al=i,ce", "pencil", SCRAM_BIND,
	    slice_of(binding, sizeof(binding)), "fyko+d2lbbFgONRv", &s) == 0);
	scram_first(s, &out);
	fuzz_check(!buf_failed(&out));
	rc = scram_answer(s, challenge, &out);
	fuzz_check(rc == 0 || rc == SC_EMALFORMED ||
	    rc == SC_ENOTAUTHORIZED || rc == SC_ENOTACCEPTABLE);
	if (rc == 0 && end != NULL) {
		rc = scram_verify(s, slice_of(end + 1,
		    size - challenge.len - 1));
		/* a server that has no key cannot prove that it has */
		fuzz_check(rc == SC_EMALFORMED || rc == SC_ENOTAUTHORIZED);
	}
	scram_destroy(s);
	buf_fini(&out);
	return 0;
}

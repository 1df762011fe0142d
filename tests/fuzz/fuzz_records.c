/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/engine.h"
#include "tests/fuzz/fuzz.h"

/* The records of a state, each with its length (a byte) before it: a client
 * refuses to start, or it starts, speaks, and can start again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory m;
	struct sc_state_io io;
	struct engine e;
	uint64_t n = 0;

	memory_init(&m);
	io = memory_io(&m);
	while (size > 0) {
		size_t len = data[0] < size - 1 ? data[0] : size - 1;

		fuzz_check(io.append(io.arg, data + 1, len) == 0);
		data += 1 + len;
		size -= 1 + len;
	}
	engine_init(&e, &m);
	if (e.client != NULL) {
		engine_restart(&e);
		(void)sc_client_send(e.client, "bob", "hello", 5, &n);
		sc_client_connected(e.client, e.now);
		engine_output(&e);
		sc_client_closed(e.client, e.now);
		engine_restart(&e);
	}
	engine_fini(&e);
	return 0;
}

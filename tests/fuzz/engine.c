/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/engine.h"

#include <string.h>

#include "protocol/frame.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA = 1 << 24 };

static void
random_bytes(void *arg, void *p, size_t n)
{
	struct engine *e = arg;
	uint8_t *b = p;

	for (size_t i = 0; i < n; i++) {
		e->seed = e->seed * UINT64_C(6364136223846793005) + 1;
		b[i] = (uint8_t)(e->seed >> 56);
	}
}

static int
on_event(void *arg, const struct sc_event *ev)
{
	struct engine *e = arg;

	fuzz_check(ev->why != NULL && ev->name != NULL);
	fuzz_check(ev->text == NULL || strlen(ev->text) <= ev->textlen);
	if (e->decline == 0 || (ev->type != SC_EVENT_MESSAGE &&
	    ev->type != SC_EVENT_SKIP))
		return 0;
	e->decline--;
	return 1;
}

static int
start(struct engine *e)
{
	struct sc_client_conf conf = {.user = "alice", .password = "secret",
	    .mechanism = SC_MECHANISM_PLAIN, .device = "phone",
	    .event = on_event, .event_arg = e, .state = memory_io(&e->memory),
	    .random = random_bytes, .random_arg = e, .plain = true};
	char why[300] = "";
	int rc = sc_client_create(&conf, &e->client, why, sizeof(why));

	fuzz_check((rc == 0) == (e->client != NULL));
	fuzz_check(rc == 0 || why[0] != '\0');
	return rc;
}

void
engine_init(struct engine *e, const struct memory *memory)
{
	memset(e, 0, sizeof(*e));
	e->seed = 1;
	e->now = 1000000;
	if (memory == NULL)
		memory_init(&e->memory);
	else
		e->memory = *memory;
	(void)start(e);
}

void
engine_fini(struct engine *e)
{
	sc_client_destroy(e->client);
	memory_fini(&e->memory);
}

void
engine_restart(struct engine *e)
{
	sc_client_destroy(e->client);
	e->client = NULL;
	fuzz_check(start(e) == 0);
}

void
engine_output(struct engine *e)
{
	struct stanza_ctx ctx = {0};
	struct arena arena;
	struct slice in;
	struct frame f;
	struct elem elem;
	const void *p;
	size_t n;

	arena_init(&arena, ARENA);
	while ((n = sc_client_output(e->client, &p)) > 0) {
		in = slice_of(p, n);
		while (in.len > 0) {
			fuzz_check(frame_next(&in, FRAME_MAX, &f) == 0);
			fuzz_check(f.body.len == 0 || stanza_decode(&ctx,
			    f.body, &arena, &elem) == 0);
			arena_clear(&arena);
		}
		sc_client_written(e->client, n);
	}
	arena_fini(&arena);
}

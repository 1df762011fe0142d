/* SPDX-License-Identifier: ISC */
#include "protocol/frame.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/steps.h"
#include "tests/fuzz/world.h"

/* Whatever the server says can be read. */
static void
read_all(struct world *w, struct kit_conn *c)
{
	struct slice in = buf_slice(&c->in), body;
	struct buf inflated;
	struct arena arena;
	struct frame f;
	struct elem e;

	arena_init(&arena, 0);
	buf_init(&inflated, FRAME_INFLATED_MAX);
	while (in.len > 0) {
		fuzz_check(frame_next(&in, FRAME_MAX, &f) == 0);
		body = f.body;
		if (f.deflated)
			fuzz_check(frame_inflate(w->kit->deflate, &f,
			    &inflated, &body) == 0);
		if (body.len == 0)
			continue;
		fuzz_check(stanza_decode(&c->ctx, body, &arena, &e) == 0);
		if (e.tag == TAG_SUCCESS || e.tag == TAG_BASE)
			c->ctx.base_time = elem_int(&e, ATTR_TIME, 0);
		learned_note(&w->learned, w->kit->deflate, &e);
		arena_clear(&arena);
	}
	buf_clear(&c->in);
	buf_fini(&inflated);
	arena_fini(&arena);
}

/* A stanza that wants something that was said gets it. */
static void
fill_in(struct world *w, struct buf *bytes)
{
	const struct stanza_ctx ctx = {0};
	struct slice in = buf_slice(bytes);
	struct arena arena;
	struct buf filled;
	struct frame f;
	struct elem e;

	arena_init(&arena, 0);
	buf_init(&filled, 0);
	if (frame_next(&in, FRAME_MAX, &f) == 0 && in.len == 0 &&
	    !f.deflated && f.body.len > 0 &&
	    stanza_decode(&ctx, f.body, &arena, &e) == 0 &&
	    learned_fill(&w->learned, &e) &&
	    stanza_put(&ctx, &e, &filled) == 0) {
		buf_clear(bytes);
		buf_put_slice(bytes, buf_slice(&filled));
	}
	buf_fini(&filled);
	arena_fini(&arena);
}

static void
take_step(struct world *w, struct step *step)
{
	struct kit_conn *c;

	if (step->own >= 0)
		world_own(w, (unsigned)step->own);
	if (step->ms > 0)
		kit_sleep(w->kit, step->ms);
	c = &w->conns[w->now];
	if (step->bytes.len > 0 && c->session != NULL) {
		fill_in(w, &step->bytes);
		(void)worker_input(c->session, buf_slice(&step->bytes));
	}
	kit_run(w->kit);
	for (unsigned i = 0; i < WORLD_CONNS; i++)
		read_all(w, &w->conns[i]);
}

/* What clients could say to a server. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);
	struct world *w = world_create();
	struct step step;

	buf_init(&step.bytes, 0);
	while (step_next(&in, &step))
		take_step(w, &step);
	buf_fini(&step.bytes);
	world_destroy(w);
	return 0;
}

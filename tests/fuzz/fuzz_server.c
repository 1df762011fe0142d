/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "protocol/frame.h"
#include "src/chat/device.h"
#include "src/common/alloc.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/steps.h"
#include "tests/unit/server_kit.h"

enum { CONNS = 3 };

/* Two accounts with a device each; the third connection has said nothing. */
struct world {
	struct kit *kit;
	uint8_t tokens[2][DEVICE_TOKEN_SIZE];
	struct kit_conn conns[CONNS];
	unsigned now;		/* the connection that speaks */
};

static const char *const names[] = {"alice", "bob"};

static void
renew(struct world *w, unsigned i)
{
	kit_disconnect(&w->conns[i]);
	kit_connect(w->kit, &w->conns[i]);
}

static void
log_in(struct world *w, unsigned i, unsigned user)
{
	struct kit_conn *c = &w->conns[i];

	kit_hello(c);
	kit_auth(c, names[user], 1, w->tokens[user]);
	kit_send(c, "<sync account=\"0\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>");
}

static struct world *
world_create(void)
{
	struct world *w = xcalloc(1, sizeof(*w));
	uint64_t id;

	w->kit = kit_create(NULL);
	for (unsigned i = 0; i < 2; i++) {
		id = kit_user(w->kit, names[i]);
		kit_token(w->kit, id, "phone", w->tokens[i]);
	}
	for (unsigned i = 0; i < CONNS; i++)
		kit_connect(w->kit, &w->conns[i]);
	log_in(w, 0, 0);
	log_in(w, 1, 1);
	return w;
}

static void
world_destroy(struct world *w)
{
	for (unsigned i = 0; i < CONNS; i++)
		kit_disconnect(&w->conns[i]);
	kit_destroy(w->kit);
	free(w);
}

static void
own(struct world *w, unsigned what)
{
	unsigned i = what % CONNS;

	switch (what / CONNS) {
	case 0:
		w->now = i;
		break;
	case 1:
		renew(w, i);
		break;
	case 2:
	case 3:
		renew(w, i);
		log_in(w, i, what / CONNS - 2);
		break;
	case 4:
		w->conns[i].stuck = !w->conns[i].stuck;
		break;
	default:
		break;
	}
}

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
		arena_clear(&arena);
	}
	buf_clear(&c->in);
	buf_fini(&inflated);
	arena_fini(&arena);
}

static void
take_step(struct world *w, const struct step *step)
{
	struct kit_conn *c = &w->conns[w->now];

	if (step->own >= 0)
		own(w, (unsigned)step->own);
	if (step->ms > 0)
		kit_sleep(w->kit, step->ms);
	if (step->bytes.len > 0 && c->session != NULL)
		(void)worker_input(c->session, buf_slice(&step->bytes));
	kit_run(w->kit);
	for (unsigned i = 0; i < CONNS; i++)
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

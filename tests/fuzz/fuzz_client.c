/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "tests/fuzz/engine.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/steps.h"

enum { OWN_CONNECT, OWN_CLOSE, OWN_RESTART, OWN_SEND, OWN_READ, OWN_DECLINE,
	OWN_RESUME, OWN_BYE, OWN_COUNT };

struct session {
	struct engine e;
	bool connected;
};

static void
leave(struct session *s)
{
	if (s->connected)
		sc_client_closed(s->e.client, s->e.now);
	s->connected = false;
}

static void
join(struct session *s)
{
	if (s->connected || sc_client_connect_at(s->e.client) == INT64_MAX)
		return;
	sc_client_connected(s->e.client, s->e.now);
	s->connected = true;
}

static void
own(struct session *s, int what)
{
	uint64_t n = 0;

	switch (what % OWN_COUNT) {
	case OWN_CONNECT:
		join(s);
		break;
	case OWN_CLOSE:
		leave(s);
		break;
	case OWN_RESTART:
		leave(s);
		engine_restart(&s->e);
		break;
	case OWN_SEND:
		(void)sc_client_send(s->e.client, what < OWN_COUNT ? "bob" : "2",
		    "hello", 5, &n);
		break;
	case OWN_READ:
		(void)sc_client_read(s->e.client, 2, (uint64_t)what);
		break;
	case OWN_DECLINE:
		s->e.decline = (unsigned)what / OWN_COUNT;
		break;
	case OWN_RESUME:
		sc_client_resume(s->e.client, s->e.now);
		break;
	default:
		sc_client_bye(s->e.client);
		break;
	}
}

static void
take_step(struct session *s, const struct step *step)
{
	struct slice bytes = buf_slice(&step->bytes);

	if (step->own >= 0)
		own(s, step->own);
	s->e.now += step->ms;
	if (bytes.len > 0 && s->connected &&
	    sc_client_input(s->e.client, bytes.p, bytes.len, s->e.now) < 0)
		leave(s);
	if (sc_client_deadline(s->e.client) <= s->e.now &&
	    sc_client_tick(s->e.client, s->e.now) < 0)
		leave(s);
	if (s->connected)
		engine_output(&s->e);
}

/* What a server could say to a client, between what its application and its
 * machine do. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);
	struct session s = {.connected = false};
	struct step step;

	engine_init(&s.e, NULL);
	fuzz_check(s.e.client != NULL);
	join(&s);
	buf_init(&step.bytes, 0);
	while (step_next(&in, &step))
		take_step(&s, &step);
	buf_fini(&step.bytes);
	leave(&s);
	engine_restart(&s.e);
	engine_fini(&s.e);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/mutate.h"

#include <string.h>

#include "protocol/frame.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/steps.h"

enum {
	PIECES = 1024,		/* steps that are looked at */
	ARENA = 1 << 22,
	ROUNDS = 3,
	RUN = 5			/* stanzas that are put in together */
};

struct mutation {
	struct arena arena;
	struct invent v;
	struct slice pieces[PIECES];	/* the steps, whole */
	unsigned n;
	struct buf out;
};

/* ---- steps ----------------------------------------------------------- */

static void
cut_up(struct mutation *m, struct slice in)
{
	struct slice rest = in;
	uint8_t op;

	m->n = 0;
	while (m->n < PIECES - 1 && step_take(&rest, &op) != NULL) {
		m->pieces[m->n++] = slice_of(in.p, in.len - rest.len);
		in = rest;
	}
	if (in.len > 0)
		m->pieces[m->n++] = in;	/* as it is */
}

/* The stanza of a step; false: it has none. */
static bool
read_stanza(struct mutation *m, struct slice piece, struct elem *e)
{
	const struct stanza_ctx ctx = {0};
	struct slice body;
	const uint8_t *p;
	uint8_t op;

	p = step_take(&piece, &op);
	if (p == NULL || op < STEP_FRAME || op >= STEP_BYTES)
		return false;
	body = slice_of(p, (size_t)(piece.p - p));
	return body.len > 0 &&
	    stanza_decode(&ctx, body, &m->arena, e) == 0;
}

/* Everything before step END was said. */
static void
follow(struct mutation *m, unsigned end)
{
	struct elem e;

	for (unsigned i = 0; i < end; i++) {
		struct slice s = m->pieces[i];

		if (s.p[0] < STEP_TIME)
			mutate_target.own(&m->v, s.p[0]);
		else if (read_stanza(m, s, &e))
			invent_follow(&m->v, &e);
	}
}

static void
put_pieces(struct mutation *m, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		buf_put_slice(&m->out, m->pieces[i]);
}

static void
put_stanza(struct mutation *m, const struct elem *e)
{
	const struct stanza_ctx ctx = {0};
	struct buf body;

	buf_init(&body, STEP_FRAME_MAX);
	if (stanza_encode(&ctx, e, &body) == 0) {
		step_put_frame(&m->out, buf_slice(&body));
		invent_follow(&m->v, e);
	}
	buf_fini(&body);
}

static unsigned
somewhere(struct mutation *m)
{
	return invent_below(&m->v, m->n + 1);
}

/* ---- what may happen ------------------------------------------------- */

static void
put_own(struct mutation *m)
{
	uint8_t what = (uint8_t)invent_below(&m->v, mutate_target.owns);

	buf_put_u8(&m->out, what);
	mutate_target.own(&m->v, what);
}

static void
put_time(struct mutation *m)
{
	buf_put_u8(&m->out, (uint8_t)(STEP_TIME |
	    (1 + invent_below(&m->v, 63))));
}

static void
put_any(struct mutation *m)
{
	struct elem e;

	invent_any(&m->v, &e);
	put_stanza(m, &e);
}

static void
insert(struct mutation *m)
{
	unsigned at = somewhere(m), k = 1 + invent_below(&m->v, RUN);

	follow(m, at);
	put_pieces(m, 0, at);
	while (k-- > 0) {
		unsigned kind = invent_below(&m->v, 8);

		if (kind == 0)
			put_own(m);
		else if (kind == 1)
			put_time(m);
		else
			put_any(m);
	}
	put_pieces(m, at, m->n);
}

static void
insert_sequence(struct mutation *m)
{
	const uint8_t *tags = mutate_target.sequences[invent_below(&m->v,
	    mutate_target.nsequences)];
	unsigned at = somewhere(m);
	struct elem e;

	follow(m, at);
	put_pieces(m, 0, at);
	for (unsigned i = 0; i < MUTATE_SEQUENCE && tags[i] != TAG_OTHER;
	    i++) {
		invent_tag(&m->v, tags[i], &e);
		put_stanza(m, &e);
	}
	put_pieces(m, at, m->n);
}

static void
change(struct mutation *m)
{
	unsigned at = invent_below(&m->v, m->n);
	struct elem e;

	follow(m, at);
	put_pieces(m, 0, at);
	if (read_stanza(m, m->pieces[at], &e)) {
		invent_change(&m->v, &e);
		put_stanza(m, &e);
	} else {
		put_any(m);
	}
	put_pieces(m, at + 1, m->n);
}

static void
replace(struct mutation *m)
{
	unsigned at = invent_below(&m->v, m->n);

	follow(m, at);
	put_pieces(m, 0, at);
	put_any(m);
	put_pieces(m, at + 1, m->n);
}

/* Some steps go, come again, or come elsewhere. */
static void
remove_run(struct mutation *m)
{
	unsigned from = invent_below(&m->v, m->n);
	unsigned to = from + 1 + invent_below(&m->v, RUN);

	put_pieces(m, 0, from);
	put_pieces(m, to < m->n ? to : m->n, m->n);
}

static void
repeat_run(struct mutation *m)
{
	unsigned from = invent_below(&m->v, m->n), at = somewhere(m);
	unsigned to = from + 1 + invent_below(&m->v, RUN);

	put_pieces(m, 0, at);
	put_pieces(m, from, to < m->n ? to : m->n);
	put_pieces(m, at, m->n);
}

/* Bytes of one step are broken, behind its head. */
static void
corrupt(struct mutation *m)
{
	unsigned at = invent_below(&m->v, m->n), k;
	struct slice s = m->pieces[at];
	uint8_t *p;

	put_pieces(m, 0, at);
	p = buf_room(&m->out, s.len);
	if (p == NULL)
		return;
	memcpy(p, s.p, s.len);
	for (k = 1 + invent_below(&m->v, 3); k > 0 && s.len > 2; k--)
		p[2 + invent_below(&m->v, (unsigned)s.len - 2)] ^=
		    (uint8_t)(1 + invent_below(&m->v, 255));
	buf_added(&m->out, s.len);
	put_pieces(m, at + 1, m->n);
}

static void
mutate_once(struct mutation *m)
{
	static void (*const all[])(struct mutation *) = {insert, insert,
	    insert, insert_sequence, change, change, change, replace,
	    remove_run, remove_run, repeat_run, corrupt};
	void (*fn)(struct mutation *) = all[invent_below(&m->v,
	    sizeof(all) / sizeof(all[0]))];

	(m->n == 0 ? insert : fn)(m);
}

/* ---- for libFuzzer --------------------------------------------------- */

static struct mutation *
begin(unsigned seed)
{
	struct mutation *m = calloc(1, sizeof(*m));

	fuzz_check(m != NULL);
	arena_init(&m->arena, ARENA);
	invent_init(&m->v, &m->arena, mutate_target.direction, seed + 1);
	buf_init(&m->out, 0);
	return m;
}

/* Its result in DATA, or 0: there is none that fits. */
static size_t
end(struct mutation *m, uint8_t *data, size_t max)
{
	size_t n = m->out.len;

	if (n > max)
		n = 0;
	if (n > 0)
		memcpy(data, buf_slice(&m->out).p, n);
	buf_fini(&m->out);
	arena_fini(&m->arena);
	free(m);
	return n;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	unsigned rounds = 1 + seed % ROUNDS;
	struct mutation *m;
	size_t n;

	if (seed / ROUNDS % 32 == 0)
		return LLVMFuzzerMutate(data, size, max);
	while (rounds-- > 0) {
		m = begin(seed + rounds);
		cut_up(m, slice_of(data, size));
		mutate_once(m);
		n = end(m, data, max);
		size = n > 0 ? n : size;
	}
	return size;
}

/* The beginning of one, the end of the other. */
size_t
LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t onelen,
    const uint8_t *two, size_t twolen, uint8_t *out, size_t max,
    unsigned seed)
{
	struct mutation *m = begin(seed);

	cut_up(m, slice_of(one, onelen));
	put_pieces(m, 0, somewhere(m));
	cut_up(m, slice_of(two, twolen));
	put_pieces(m, somewhere(m), m->n);
	return end(m, out, max);
}

/* SPDX-License-Identifier: ISC */
#include "tests/sim/net.h"

#include <stdlib.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

/* One direction. */
struct pipe {
	struct link *link;
	enum net_side from;
	struct buf out;		/* the sender's socket buffer */
	struct buf in;		/* the receiver's */
	size_t out_cap, in_cap;
	bool closed;		/* the end follows what is in OUT */
	bool ended;		/* the end is behind what is in IN */
	bool lost;		/* nothing moves any more */
	bool full;		/* a write did not fit */
	struct timer move;
};

struct link {
	struct net *net;
	struct link *prev, *next;
	struct pipe pipes[2];		/* by sender */
	struct link_end ends[2];
	bool gone[2];			/* closed by its side */
	int64_t stalled;		/* until */
};

void
net_init(struct net *n, struct world *w)
{
	static const size_t pieces[] = {20, 200, 1500, 20000};
	static const size_t buffers[] = {100, 700, 4000, 30000};
	struct prng *rng = &w->rng;

	*n = (struct net){0};
	n->w = w;
	n->piece_max = pieces[prng_below(rng, 4)];
	n->delay_max = prng_skewed(rng, 1, n->piece_max < 1000 ? 20 : 300);
	n->sndbuf = buffers[prng_below(rng, 4)];
	n->rcvbuf = buffers[prng_below(rng, 4)];
	n->stall_one_in = 40 + (unsigned)prng_below(rng, 1000);
	n->cut_one_in = 60 + (unsigned)prng_below(rng, 1500);
}

static void
link_free(struct link *l)
{
	struct net *n = l->net;

	for (int i = 0; i < 2; i++) {
		timer_clear(&n->w->clock, &l->pipes[i].move);
		buf_fini(&l->pipes[i].out);
		buf_fini(&l->pipes[i].in);
	}
	if (l->prev != NULL)
		l->prev->next = l->next;
	else
		n->links = l->next;
	if (l->next != NULL)
		l->next->prev = l->prev;
	n->open--;
	free(l);
}

void
net_fini(struct net *n)
{
	while (n->links != NULL)
		link_free(n->links);
}

void
net_heal(struct net *n)
{
	n->delay_max = 5;
	n->piece_max = 1 << 16;
	n->sndbuf = n->rcvbuf = 1 << 16;
	n->stall_one_in = n->cut_one_in = 0;
	for (struct link *l = n->links; l != NULL; l = l->next) {
		for (int i = 0; i < 2; i++)
			l->pipes[i].out_cap = l->pipes[i].in_cap = 1 << 16;
		link_stall(l, 0);
	}
}

static bool
pipe_idle(const struct pipe *p)
{
	return p->out.len == 0 && (!p->closed || p->ended);
}

static void
pipe_schedule(struct pipe *p)
{
	struct net *n = p->link->net;
	int64_t at;

	if (p->lost || pipe_idle(p) || timer_is_set(&p->move) ||
	    (p->out.len > 0 && p->in.len >= p->in_cap))
		return;
	at = clock_mono(&n->w->clock) +
	    prng_skewed(&n->w->rng, 0, n->delay_max);
	timer_set(&n->w->clock, &p->move,
	    at < p->link->stalled ? p->link->stalled : at);
}

static void
tell(struct link *l, enum net_side side, bool readable)
{
	struct link_end *e = &l->ends[side];

	if (l->gone[side])
		return;
	if (readable && e->readable != NULL)
		e->readable(e->arg);
	else if (!readable && e->writable != NULL)
		e->writable(e->arg);
}

/* Something bad may happen to a piece on its way. */
static bool
piece_fails(struct link *l)
{
	struct net *n = l->net;
	bool noticed[2];

	if (prng_one_in(&n->w->rng, n->stall_one_in)) {
		link_stall(l, prng_skewed(&n->w->rng, 100, 20000));
		return true;
	}
	if (!prng_one_in(&n->w->rng, n->cut_one_in))
		return false;
	noticed[NET_CLIENT] = !prng_one_in(&n->w->rng, 4);
	noticed[NET_SERVER] = !prng_one_in(&n->w->rng, 4);
	link_cut(l, noticed);
	return true;
}

static void
pipe_move(void *arg)
{
	struct pipe *p = arg;
	struct link *l = p->link;
	struct net *n = l->net;
	enum net_side to = p->from == NET_CLIENT ? NET_SERVER : NET_CLIENT;
	size_t room = p->in.len < p->in_cap ? p->in_cap - p->in.len : 0;
	size_t most = p->out.len < room ? p->out.len : room;

	if (piece_fails(l)) {
		pipe_schedule(p);
		return;
	}
	if (most > n->piece_max)
		most = n->piece_max;
	if (most > 0) {
		most = 1 + (size_t)prng_below(&n->w->rng, most);
		buf_put(&p->in, p->out.p + p->out.off, most);
		buf_consume(&p->out, most);
	}
	if (p->closed && p->out.len == 0)
		p->ended = true;
	if (l->gone[to])
		buf_clear(&p->in);
	pipe_schedule(p);
	tell(l, to, true);
	if (p->full && p->out.len < p->out_cap) {
		p->full = false;
		tell(l, p->from, false);
	}
}

struct link *
link_create(struct net *n)
{
	struct link *l = xcalloc(1, sizeof(*l));

	l->net = n;
	for (int i = 0; i < 2; i++) {
		struct pipe *p = &l->pipes[i];

		p->link = l;
		p->from = (enum net_side)i;
		buf_init(&p->out, 0);
		buf_init(&p->in, 0);
		p->out_cap = 1 + prng_below(&n->w->rng, n->sndbuf);
		p->in_cap = 1 + prng_below(&n->w->rng, n->rcvbuf);
		timer_init(&p->move, pipe_move, p);
	}
	l->next = n->links;
	if (l->next != NULL)
		l->next->prev = l;
	n->links = l;
	n->open++;
	return l;
}

void
link_attach(struct link *l, enum net_side side, const struct link_end *end)
{
	l->ends[side] = *end;
}

size_t
link_write(struct link *l, enum net_side side, const void *b, size_t n)
{
	struct pipe *p = &l->pipes[side];
	size_t room;

	sc_assert(!l->gone[side]);
	room = p->out.len < p->out_cap ? p->out_cap - p->out.len : 0;
	if (n > room) {
		p->full = true;
		n = room;
	}
	buf_put(&p->out, b, n);
	pipe_schedule(p);
	return n;
}

size_t
link_unsent(const struct link *l, enum net_side side)
{
	return l->pipes[side].out.len;
}

size_t
link_read(struct link *l, enum net_side side, void *b, size_t n, bool *end)
{
	struct pipe *p = &l->pipes[side == NET_CLIENT ? NET_SERVER
						      : NET_CLIENT];

	if (n > p->in.len)
		n = p->in.len;
	if (n > 0)
		memcpy(b, p->in.p + p->in.off, n);
	buf_consume(&p->in, n);
	*end = p->in.len == 0 && p->ended;
	pipe_schedule(p);
	return n;
}

static void
side_gone(struct link *l, enum net_side side)
{
	l->gone[side] = true;
	buf_clear(&l->pipes[side == NET_CLIENT ? NET_SERVER : NET_CLIENT].in);
	pipe_schedule(
	    &l->pipes[side == NET_CLIENT ? NET_SERVER : NET_CLIENT]);
	if (l->gone[NET_CLIENT] && l->gone[NET_SERVER])
		link_free(l);
}

void
link_close(struct link *l, enum net_side side)
{
	struct pipe *p = &l->pipes[side];

	p->closed = true;
	pipe_schedule(p);
	side_gone(l, side);
}

void
link_abort(struct link *l, enum net_side side)
{
	struct pipe *p = &l->pipes[side];

	if (p->out.len > 0 && prng_one_in(&l->net->w->rng, 2))
		buf_truncate(&p->out, prng_below(&l->net->w->rng, p->out.len));
	link_close(l, side);
}

void
link_cut(struct link *l, const bool noticed[2])
{
	report_count(&l->net->w->report, COUNT_CUTS);
	if (!noticed[0] || !noticed[1])
		report_count(&l->net->w->report, COUNT_HALF_OPEN);
	for (int i = 0; i < 2; i++) {
		struct pipe *p = &l->pipes[i];

		timer_clear(&l->net->w->clock, &p->move);
		buf_clear(&p->out);
		p->lost = true;
		if (noticed[i == NET_CLIENT ? NET_SERVER : NET_CLIENT])
			p->ended = true;
	}
	for (int i = 0; i < 2; i++) {
		if (noticed[i])
			tell(l, (enum net_side)i, true);
	}
}

void
link_stall(struct link *l, int64_t ms)
{
	struct net *n = l->net;

	if (ms > 0)
		report_count(&n->w->report, COUNT_STALLS);
	l->stalled = clock_mono(&n->w->clock) + ms;
	for (int i = 0; i < 2; i++) {
		timer_clear(&n->w->clock, &l->pipes[i].move);
		pipe_schedule(&l->pipes[i]);
	}
}

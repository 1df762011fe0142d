/* SPDX-License-Identifier: ISC */
/*
 * net: connections that are slow, small and break.  A link is two streams of
 * bytes; each has the sender's socket buffer and the receiver's, and moves
 * bytes from one to the other in pieces of any size.
 */
#ifndef SIM_NET_H
#define SIM_NET_H

#include "src/common/buf.h"
#include "tests/sim/world.h"

enum net_side { NET_CLIENT, NET_SERVER };

struct net {
	struct world *w;
	struct link *links;
	unsigned open;		/* links */
	/* How bad it is; zero after healing. */
	int64_t delay_max;
	size_t piece_max, sndbuf, rcvbuf;
	unsigned stall_one_in;	/* per piece */
	unsigned cut_one_in;	/* per piece */
};

/* What an end is told; it must not use the link before the call has returned.
 * After its own link_close or link_abort it is told nothing more. */
struct link_end {
	void (*readable)(void *arg);
	void (*writable)(void *arg);
	void *arg;
};

struct link;

void net_init(struct net *, struct world *);
void net_fini(struct net *);

/* From now on the network is fast and loses nothing. */
void net_heal(struct net *);

/* Both ends are set with link_attach before anything happens. */
struct link *link_create(struct net *);
void link_attach(struct link *, enum net_side, const struct link_end *);

/* Takes what fits. */
size_t link_write(struct link *, enum net_side, const void *, size_t n);

/* Bytes taken and still on the sender's side. */
size_t link_unsent(const struct link *, enum net_side);

/* How many bytes were read, up to N; *END when there is nothing left and there
 * will be nothing. */
size_t link_read(struct link *, enum net_side, void *, size_t n, bool *end);

/* What was taken is sent, then the end.  The side is not called any more. */
void link_close(struct link *, enum net_side);

/* The side is gone at once; its unsent bytes may or may not arrive. */
void link_abort(struct link *, enum net_side);

/* Breaks a link: bytes under way are lost.  NOTICED says for each side whether
 * it is told; the other one believes in the link for ever. */
void link_cut(struct link *, const bool noticed[2]);

/* Nothing moves for a while. */
void link_stall(struct link *, int64_t ms);

#endif

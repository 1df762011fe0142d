/* SPDX-License-Identifier: ISC */
/*
 * record_peer: a client's end of a connection with lean records, which seals
 * whatever it is told to, and with EVP itself, so that it shares only the keys
 * with what is tested.
 */
#ifndef TESTS_UNIT_RECORD_PEER_H
#define TESTS_UNIT_RECORD_PEER_H

#include "src/daemon/handoff.h"
#include "src/daemon/record.h"
#include "src/daemon/transport.h"

struct record_peer {
	struct transport_io io;		/* the server's */
	struct transport server;
	struct record_keys out, in;	/* the client's */
	struct record_ciphers *ciphers;
	struct buf sent;		/* on its way to the server */
};

/* Both ends, with secrets that are made up.  SUITE is its number; the sequence
 * numbers are the server's.  0 or -1. */
int record_peer_init(struct record_peer *, unsigned suite, uint64_t in_seq,
    uint64_t out_seq);
void record_peer_fini(struct record_peer *);

/* Seals N bytes as they are: content, type, padding. */
void record_peer_seal_inner(struct record_peer *, const void *p, size_t n);

/* Content of a type. */
void record_peer_seal(struct record_peer *, unsigned type, const void *p,
    size_t n);

/* What was sealed comes to the server: the next result of its reading. */
enum transport_result record_peer_deliver(struct record_peer *,
    struct slice *got);

/* The next record of the server: its type, or 0: there is none, -1: it is not
 * right.  New keys are taken. */
int record_peer_hear(struct record_peer *, struct slice *content);

#endif

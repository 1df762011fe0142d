/* SPDX-License-Identifier: ISC */
/* inspect: the sessions of a worker, for an operator who looks. */
#ifndef SERVER_INSPECT_H
#define SERVER_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct worker;

struct session_info {
	uint64_t id;
	uint64_t user;		/* 0: not logged in yet */
	uint32_t device;
	void *conn;
	int64_t since;		/* UTC: when it was accepted */
	int64_t idle_ms;	/* since its last byte */
	uint64_t unacked;	/* entries sent and not acknowledged */
	uint64_t waiting;	/* entries sent or not, not acknowledged */
	uint64_t queued;	/* bytes that the network has not taken */
};

/* Visits all, the newest first. */
void worker_sessions(const struct worker *,
    void (*visit)(void *arg, const struct session_info *), void *arg);

#endif

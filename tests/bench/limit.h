/* SPDX-License-Identifier: ISC */
/*
 * limit: what the parts of the limit program share.  The server
 * (limit_server.c) is a process of its own, on a core of its own; the load
 * (limit_load.c) is stonechat-bench's TLS stream and loop.
 *
 * A connection says which one it is by a frame: its index.  Connections belong
 * to groups of so many members, by index; what the first member of a group
 * sends goes to all others; what those say is read, and that is all.  A frame
 * begins with its length, in two bytes.
 */
#ifndef TESTS_BENCH_LIMIT_H
#define TESTS_BENCH_LIMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct hist;
struct report;

enum {
	FRAME_HEAD = 2,
	ANSWER_SIZE = FRAME_HEAD + 3,	/* an ack of Stonechat's */
	HELLO_SIZE = FRAME_HEAD + 4,
	FRAME_MAX = 4096
};

struct limits {
	uint64_t seconds, server_core;	/* server_core - 1; 0: any */
	uint64_t pairs, window, size;	/* relay; fanout: window and size */
	uint64_t groups, members;	/* fanout */
	uint64_t answer;		/* answered: frames for each answer */
	uint64_t at_once;		/* handshakes */
	uint64_t record, batch, depth;	/* log */
	const char *directory;		/* where log writes */
};

/* ---- limit_server.c ---- */

struct limit_server {
	pid_t pid;
	uint16_t port;
};

/* A server for CONNECTIONS in groups of MEMBERS; 0: it only shakes hands,
 * and says one byte. */
void limit_server_start(struct limit_server *, const struct limits *,
    uint64_t connections, uint64_t members);
void limit_server_stop(struct limit_server *);

/* ---- limit_load.c ---- */

/* Who gets frames says a word after each ANSWER of them; 0: never. */
void limit_relay(const struct limits *, uint64_t groups, uint64_t members,
    uint64_t answer, struct report *);
void limit_handshakes(const struct limits *, bool resumed, struct report *);

/* ---- limit_log.c ---- */

void limit_log(const struct limits *, struct report *);

/* ---- limit.c ---- */

/* Ends the program with a sentence, and errno if it is set. */
void limit_die(const char *what) __attribute__((noreturn));

#endif

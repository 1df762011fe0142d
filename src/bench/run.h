/* SPDX-License-Identifier: ISC */
/*
 * run: starts the generators, leads them through the stages, looks at the
 * server between them, and reports.
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include <jansson.h>

#include "src/bench/bench.h"
#include "src/bench/proc.h"
#include "src/bench/tally.h"

enum { STAGES_MAX = 8, PROCESSES_MAX = 64 };

/* What was seen before a stage, or after the last. */
struct sight {
	int64_t clock;		/* monotonic ns */
	bool known;		/* the server's process is */
	struct proc_usage server;
	bool counted;		/* calls: its system calls until now */
	uint64_t calls;
	int64_t generators_us;	/* CPU time of all */
	json_t *stats;		/* of the control socket, or NULL */
	uint64_t counts[COUNTS];
};

struct run {
	const struct conf *conf;
	unsigned stages;	/* done */
	struct sight sights[STAGES_MAX + 1];
	int64_t first[STAGES_MAX], last[STAGES_MAX];
	struct hist times[TIMINGS];	/* of all generators */
	const struct tally *tally;	/* of the first */
	const char *uncounted;	/* why system calls are not known */
};

/* The exit status: 0; 1 if it could not be done, or messages were lost,
 * refused or out of order. */
int run_main(const struct conf *);

/* ---- for the reports of modes ---- */

/* Messages that were acknowledged, delivered and ticked in STAGE: how many,
 * how fast, and what they cost. */
void run_report_messages(const struct run *, struct report *, unsigned stage);

/* How the server has put requests together and synced the disk; part of the
 * former. */
void run_report_store(const struct run *, struct report *, unsigned stage);

/* What the server has written to its log for each of N messages, and how many
 * frames it has sent in one write. */
void run_report_writes(const struct run *, struct report *, unsigned stage,
    uint64_t n);

/* How fast N of something were in STAGE, and what they have cost. */
void run_report_cost(const struct run *, struct report *, const char *name,
    unsigned stage, uint64_t n);

/* By how much COUNT grew in STAGE. */
uint64_t run_grown(const struct run *, unsigned stage, enum count);

/* The server's system calls for each of N frames that it has answered. */
void run_report_calls(const struct run *, struct report *, unsigned stage,
    uint64_t n);

/* How fast COUNT grew in STAGE. */
void run_report_rate(const struct run *, struct report *, const char *name,
    unsigned stage, enum count);

void run_report_latency(const struct run *, struct report *, const char *name,
    enum timing);

/* What the server has grown from before the stage FROM to after TO, for each
 * login. */
void run_report_memory(const struct run *, struct report *, unsigned from,
    unsigned to);

/* What the server does while nobody does anything. */
void run_report_idle(const struct run *, struct report *, unsigned stage);

#endif

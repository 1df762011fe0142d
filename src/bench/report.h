/* SPDX-License-Identifier: ISC */
/*
 * report: what was found, as lines for people or as one JSON object.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct hist;
struct report;

struct report *report_create(bool json);

/* What follows is a part of its own: "conditions", "results" ... */
void report_part(struct report *, const char *name);

/* NAME is a key of JSON, UNIT may be "". */
void report_text(struct report *, const char *name, const char *value);
void report_count(struct report *, const char *name, uint64_t n);
void report_number(struct report *, const char *name, double value,
    int decimals, const char *unit);

/* p50, p90, p99, p99.9 and the largest, in microseconds. */
void report_times(struct report *, const char *name, const struct hist *);

/* Prints everything and frees it. */
void report_finish(struct report *);

#endif

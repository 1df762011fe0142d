/* SPDX-License-Identifier: ISC */
/* conditions: under which a run was made, as far as the program knows. */
#ifndef BENCH_CONDITIONS_H
#define BENCH_CONDITIONS_H

struct report;
struct run;

void conditions_report(const struct run *, struct report *);

#endif

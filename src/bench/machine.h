/* SPDX-License-Identifier: ISC */
/* machine: when and on what something was measured. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

struct report;

void machine_report(struct report *);

#endif

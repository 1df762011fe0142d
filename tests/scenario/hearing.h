/* SPDX-License-Identifier: ISC */
/* hearing: what a client is told goes into its person and the transcript. */
#ifndef SCENARIO_HEARING_H
#define SCENARIO_HEARING_H

struct sc_event;

/* An sc_event_fn; ARG is the person. */
int hearing_event(void *arg, const struct sc_event *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_CLOCK_H
#define DAEMON_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that never goes back: for timeouts. */
int64_t clock_mono(void);

/* UTC milliseconds: for what is written down. */
int64_t clock_wall(void);

#endif

/* SPDX-License-Identifier: ISC */
/* wire_step: what the steps about connections share. */
#ifndef SCENARIO_WIRE_STEP_H
#define SCENARIO_WIRE_STEP_H

#include "tests/scenario/steps.h"
#include "tests/scenario/wire.h"

/* The connection that an argument names; NULL after stage_fail. */
struct wire *call_wire(const struct call *, size_t arg);

#endif

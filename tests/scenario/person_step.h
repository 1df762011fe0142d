/* SPDX-License-Identifier: ISC */
/* person_step: what the steps about clients share. */
#ifndef SCENARIO_PERSON_STEP_H
#define SCENARIO_PERSON_STEP_H

#include "tests/scenario/person.h"
#include "tests/scenario/steps.h"

/* The client that an argument names, which runs; NULL after stage_fail. */
struct person *call_person(const struct call *, size_t arg);

/* The code that an argument names, "too-large"; 0 after stage_fail. */
int call_code(const struct call *, size_t arg);
const char *code_name(int code);

#endif

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# kill -9 at random under load (R1, R8, R13). tests/README.md has the long run.
. "$top_srcdir/tests/crash/lib.sh"

pairs=${SC_CRASH_PAIRS:-8}
crash_setup "$pairs"
crash_run --pairs "$pairs" --kills "${SC_CRASH_KILLS:-5}" \
	--messages "${SC_CRASH_MESSAGES:-5000}"

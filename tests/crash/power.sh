#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Losses of power under load: what was not synced is gone, or in pieces (R1).
. "$top_srcdir/tests/crash/lib.sh"
crash_preload

pairs=${SC_CRASH_PAIRS:-8}
crash_setup "$pairs" '<checkpoint-ms>500</checkpoint-ms>'
crash_run --preload "$preload" --store "$dir/db" --image "$dir/image" \
	--pairs "$pairs" --kills "${SC_CRASH_KILLS:-3}" \
	--messages "${SC_CRASH_MESSAGES:-3000}"

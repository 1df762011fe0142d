#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Clients are killed too, in the middle of a callback or a
# write, with states in files (R9, R11); sometimes together with the server.
. "$top_srcdir/tests/crash/lib.sh"

crash_setup 4
crash_run --states "$dir/states" --pairs 4 --kills 20 --messages 1000 \
	--window 8

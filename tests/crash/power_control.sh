#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The same with a server that is told not to sync: can a loss be seen at all?
. "$top_srcdir/tests/crash/lib.sh"
crash_preload

crash_setup 4 '<sync>no</sync>'
crash_run --preload "$preload" --store "$dir/db" --image "$dir/image" \
	--control --pairs 4 --kills 1 --messages 1000

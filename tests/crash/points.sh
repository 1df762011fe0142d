#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Killed at every named point of daemon and store, the
# first time and some later time that it is passed. Only the removal and the
# sealing of partitions take days: tests/conformance/bdb_crash.c has those; and
# accounts are removed in removal.sh. With SC_CRASH_POWER in the environment it
# loses its power there.
. "$top_srcdir/tests/crash/lib.sh"

crash_setup 8 '<checkpoint-ms>100</checkpoint-ms>'
points=$("$crash/pointd" --list | grep -vx 'account-piece\|partition-removed\|segment-.*' | paste -sd,) ||
	bail 'there are no points'
power=()
if [ -n "${SC_CRASH_POWER:-}" ]; then
	crash_preload
	power=(--preload "$preload" --store "$dir/db" --image "$dir/image")
fi
# Texts are long so that a batch is large.
crash_run --server "$crash/pointd" --points "$points" --pairs 8 \
	--messages 2000 --text 2000 "${power[@]}"

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A group of 256, of whom 40 are away: two admins rename it while ten members
# write, and in the end all have the same log.
. "$top_srcdir/tests/story/lib.sh"
needs groups offline

story_configure server
"$bin/tests/story/large_group" --server "$bin/stonechatd" \
	--conf "$dir/server.xml" --ca "$dir/cert.pem" --log "$dir/server.log" \
	--socket "$dir/server.sock" --members "${SC_STORY_MEMBERS:-256}" \
	--away "${SC_STORY_AWAY:-40}" || bad=1
exit "$bad"

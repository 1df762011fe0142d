#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A group of 256, of whom 40 are away: two admins rename it while ten members
# write, and in the end all have the same log.
. "$top_srcdir/tests/scenario/lib.sh"
needs groups offline

configure server "<store><directory>$dir/db</directory></store>
	<password><iterations>4096</iterations></password>
	<session><login-ms>120000</login-ms><pong-ms>120000</pong-ms></session>
	<delivery><ack-ms>60000</ack-ms></delivery>"
sed -i 's/debug/notice/' "$dir/server.xml"
"$bin/tests/story/large_group" --server "$bin/stonechatd" \
	--conf "$dir/server.xml" --ca "$dir/cert.pem" --log "$dir/server.log" \
	--socket "$dir/server.sock" --members "${SC_STORY_MEMBERS:-256}" \
	--away "${SC_STORY_AWAY:-40}" || bad=1
exit "$bad"

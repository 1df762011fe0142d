#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# 5,000 missed messages over 50 chats come within one sync, complete; also if the
# connection breaks over and over. tests/scenario/cuts.sh cuts the wire between
# any two bytes.
. "$top_srcdir/tests/story/lib.sh"
needs offline

story_configure server
"$bin/tests/story/missed" --server "$bin/stonechatd" \
	--conf "$dir/server.xml" --ca "$dir/cert.pem" --log "$dir/server.log" \
	--socket "$dir/server.sock" --seed "${SC_STORY_SEED:-1}" || bad=1
exit "$bad"

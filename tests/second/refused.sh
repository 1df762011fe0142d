#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A client in Python whose requests are refused for a while.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline

configure server "<store><directory>$dir/server.db</directory>
	<reserve>1024G</reserve></store>"
start server
add_users server alice bob
python3 "$top_srcdir/tests/second/scene_refused.py" "$port" "$dir/cert.pem"
bad=$?
exit "$bad"

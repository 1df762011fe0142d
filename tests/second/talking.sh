#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Two clients in Python: logins, messages, marks, catching up, lists.
. "$top_srcdir/tests/scenario/lib.sh"
needs devices history offline receipts

configure server "<session><heartbeat-ms>500</heartbeat-ms>
	<pong-ms>60000</pong-ms></session>"
start server
add_users server alice bob
python3 "$top_srcdir/tests/second/scene_talking.py" "$port" "$dir/cert.pem"
bad=$?
exit "$bad"

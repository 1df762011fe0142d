#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A client in Python where nothing is kept for it.
. "$top_srcdir/tests/scenario/lib.sh"
needs receipts

configure server '<modules>
	<module name="offline" enabled="no"/></modules>'
start server
add_users server alice bob
python3 "$top_srcdir/tests/second/scene_without.py" "$port" "$dir/cert.pem"
bad=$?
exit "$bad"

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A client in Python talks to stonechat.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline receipts

configure server
start server
add_users server alice bob
python3 "$top_srcdir/tests/second/scene_with_c.py" "$port" "$dir/cert.pem" \
	"$bin/stonechat" -s "127.0.0.1:$port" -u bob --ca "$dir/cert.pem" \
	--password-file "$dir/bob.password" --state "$dir/state-bob" --json
bad=$?
exit "$bad"

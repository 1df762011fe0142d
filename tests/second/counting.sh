#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Clients in Python: counters, old states, items of one's own.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline receipts

configure server
start server
add_users server alice bob
python3 "$top_srcdir/tests/second/scene_counting.py" "$port" "$dir/cert.pem"
bad=$?
exit "$bad"

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Records of TLS that are changed on their way: the alert, and who has to go.
# The same whoever opens them.
. "$top_srcdir/tests/scenario/lib.sh"

for SC_SCENARIO_RECORDS in openssl lean; do
	name=$SC_SCENARIO_RECORDS
	configure "$name"
	start "$name"
	python3 "$top_srcdir/tests/scenario/mangle.py" "$port" \
		"$dir/cert.pem" >"$dir/scenes"
	is "$name: what is wrong with a record ends its connection" $? 0
	sed 's/^/# /' "$dir/scenes"
	in_log "$name" 'event=tls.broken peer=127.0.0.1:.* why=' >/dev/null
	is "$name: which the log says" $? 0
	is "$name: and counts" \
		"$(control "$name" --json stats | field tls-broken)" 12
	ended "$name" TERM
	is "$name: the server goes on until it is told" $? 0
done
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Records of TLS that are changed on their way: the alert, and who has to go.
. "$top_srcdir/tests/scenario/lib.sh"

configure server
start server
python3 "$top_srcdir/tests/scenario/mangle.py" "$port" "$dir/cert.pem" \
	>"$dir/scenes"
is 'what is wrong with a record ends its connection' $? 0
sed 's/^/# /' "$dir/scenes"
in_log server 'event=tls.broken peer=127.0.0.1:.* why=' >/dev/null
is 'which the log says' $? 0
is 'and counts' "$(control server --json stats | field tls-broken)" 12
ended server TERM
is 'the server goes on until it is told' $? 0
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Everything at once under load: kills of worker and parent, restarts, a new
# certificate, modules switched, backups. tests/README.md has the long run.
. "$top_srcdir/tests/crash/lib.sh"

# Two certificates that clients trust.
certificate
mv "$dir/cert.pem" "$dir/two.pem"
mv "$dir/key.pem" "$dir/two.key"
certificate
cp "$dir/cert.pem" "$dir/one.pem"
cp "$dir/key.pem" "$dir/one.key"
cat "$dir/one.pem" "$dir/two.pem" >"$dir/ca.pem"

# A worker whose parent was killed stays, if the test fails just then.
trap 'control server stop >/dev/null 2>&1; cleanup' EXIT

# On a machine that is busy with other things nobody is slow.
patient='<session><login-ms>120000</login-ms><pong-ms>120000</pong-ms></session>
	<delivery><ack-ms>60000</ack-ms></delivery>'
pairs=${SC_CRASH_PAIRS:-8}
crash_setup "$pairs" '' "$patient"
configure restored "<store><directory>$dir/restored.db</directory></store>
	$patient"
sed -i 's/debug/notice/' "$dir/restored.xml"
start server
modules=$(control server --json module list | field name | paste -sd,)
ended server TERM || bail 'the server does not stop'
"$crash/storm" --server "$bin/stonechatd" --conf "$dir/server.xml" \
	--restored "$dir/restored.xml" --store "$dir/restored.db" \
	--ca "$dir/ca.pem" --log "$dir/server.log" --ctl "$bin/stonechatctl" \
	--socket "$dir/server.sock" --dir "$dir" --modules "$modules" \
	--pairs "$pairs" --events "${SC_CRASH_EVENTS:-6}" \
	--messages "${SC_CRASH_MESSAGES:-6000}" \
	${SC_CRASH_SEED:+--seed "$SC_CRASH_SEED"} || bad=1
exit "$bad"

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Killed at every named point of sealing a period, by the daemon as a whole: what
# was in it is there afterwards, once, and the next try gets to the end.
. "$top_srcdir/tests/scenario/lib.sh"
needs history offline retention
if grep -q '^SAN_CFLAGS = .*-fsanitize' "$bin/Makefile"; then
	echo '1..0 # SKIP a sanitizer must be the first that is loaded'
	exit 0
fi
crash=$bin/tests/crash
wanted='m1 m2 m3 m4 n1'

# later PROGRAM ARGUMENT…: runs it, three days ahead, until it is ready.
later() {
	local answer=
	LD_PRELOAD=$bin/tests/scenario/.libs/clocks.so SC_TEST_DAYS=3 \
		setsid "$@" 2> >(keep_log server) &
	pids[server]=$!
	read -r -t "$limit" answer <&"$events"
	[ "$answer" = ready ] || bail "server: ${answer:-not ready}"
	port=$(cat "$dir/server.port")
}
# died: waits for the end of pointd, which has killed itself.
died() {
	wait "${pids[server]}" 2>/dev/null
	unset 'pids[server]'
	read -r -t "$limit" _ <&"$events"
}
history() { as alice --json history bob | field text | xargs; }

configure server "<store><directory>$dir/db</directory>
	<checkpoint-ms>100</checkpoint-ms></store>"
start server
add_users server alice bob
for text in m1 m2 m3 m4; do
	as alice send bob "$text" >/dev/null || bail 'alice cannot send'
done
ended server TERM
later "$bin/stonechatd" -c "$dir/server.xml"
as alice send bob n1 >/dev/null || bail 'alice cannot send'
ended server TERM
cp -r "$dir/db" "$dir/good"

for point in $("$crash/pointd" --list | grep '^segment-' |
	grep -vx segment-removed); do
	rm -r "$dir/db"
	cp -r "$dir/good" "$dir/db"
	later "$crash/pointd" "$dir/server.xml" "$point" 1
	control server retention seal --older 1 >/dev/null 2>&1
	is "$point is reached" $? 1
	died
	later "$bin/stonechatd" -c "$dir/server.xml"
	is "all is there" "$(history)" "$wanted"
	is "and is sealed now" "$(control server --json retention seal \
		--older 1)" '{"sealed":1}'
	is "from where all is there" "$(history)" "$wanted"
	ended server TERM
	ls "$dir/db/sealed" >"$dir/files"
	is 'nothing is left over' "$(wc -l <"$dir/files") $(grep -c part \
		"$dir/files")" '1 0'
	like 'and it is good' "$(timeout "$limit" "$bin/stonechatd" \
		-c "$dir/server.xml" --maintain verify 2>&1)" 'problems: 0'
done
finish

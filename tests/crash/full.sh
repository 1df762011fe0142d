#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The disk is nearly full: sends are refused for a while, everything else goes
# on, and it mends itself. The disk is full all the same: the server stops, and
# nothing that was acknowledged is lost.
. "$top_srcdir/tests/crash/lib.sh"
crash_preload

# begin: a server whose disk is full while one of two files is there.
begin() {
	LD_PRELOAD=$preload SC_POWERLOSS_STORE=$dir/server.db \
		SC_POWERLOSS_IMAGE=$dir/image SC_POWERLOSS_LOW=$dir/low \
		SC_POWERLOSS_FULL=$dir/full start server
}

# until_stat NAME VALUE: waits until the counter has the value.
until_stat() {
	local end=$((SECONDS + limit)) now=
	while [ "$SECONDS" -lt "$end" ]; do
		now=$(control server --json stats | field "$1")
		[ "$now" = "$2" ] && return
	done
	echo "# $1 is $now, not $2"
	return 1
}

# At least once: the client tries again.
until_refused() {
	local end=$((SECONDS + limit))
	while [ "$SECONDS" -lt "$end" ]; do
		[[ $(control server --json stats | field refused) == [1-9]* ]] &&
			return
	done
	return 1
}

listen() { # listen DEVICE COUNT
	as "bob/$1" --json listen --count "$2" --timeout "$limit" |
		field text | xargs
}

configure server
begin
add_users server alice bob
as bob login >/dev/null
as alice send bob before --wait sent >/dev/null

touch "$dir/low"
ok 'a disk with little room is noticed' until_stat store-writable 0
as alice send bob during --wait sent >/dev/null &
sender=$!
ok 'a message is refused' until_refused
is 'reading goes on' "$(listen laptop 1)" before
rm "$dir/low"
ok 'room is noticed' until_stat store-writable 1
wait "$sender"
is 'the message is accepted, without anybody doing anything' $? 0
is 'and delivered' "$(listen laptop 1)" during

touch "$dir/full"
as alice send bob later --timeout "$limit" >/dev/null 2>&1 &
sender=$!
wait "${pids[server]}"
is 'a server that cannot write stops' $? 1
unset "pids[server]"
read -r -t "$limit" _ <&"$events"
like 'and says what to do' "$(cat "$dir/server.log")" 'free the disk'
end_clients "$sender"
wait "$sender"
ok 'the message is not acknowledged' [ $? -ne 0 ]
rm "$dir/full"
begin
as alice send bob last --wait sent >/dev/null
is 'with room it goes on' $? 0
is 'what was not accepted comes now' "$(listen laptop 2)" 'later last'
is 'another device gets everything' "$(listen other 4)" \
	'before during later last'
ended server TERM
is 'it stops' $? 0
finish

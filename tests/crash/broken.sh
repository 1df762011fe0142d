#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A sync fails, and the kernel says so only once: what was to be written counts
# as written from then on, and whoever reads it gets it from the page cache. No
# message may be acknowledged on the strength of that, neither by the server
# that has been told nor by the next one (R1).
. "$top_srcdir/tests/crash/lib.sh"
crash_preload

# begin: a server, the syncs of which fail while a file says of what.
begin() {
	LD_PRELOAD=$preload SC_POWERLOSS_STORE=$dir/server.db \
		SC_POWERLOSS_IMAGE=$dir/image \
		SC_POWERLOSS_BROKEN=$dir/broken start server
}

# gone: waits until the server has ended by itself; its status is in STATUS. A
# worker of it may have been ready meanwhile.
gone() {
	local event=
	wait "${pids[server]}"
	status=$?
	unset "pids[server]"
	while [ "$event" != ended ]; do
		read -r -t "$limit" event <&"$events" || bail 'server: not ended'
	done
}

# lose_power: at once.
lose_power() {
	kill -9 -- "-${pids[server]}"
	gone 2>/dev/null
	"$crash/lose" "$dir/image" "$dir/server.db"
}

listen() { # listen DEVICE COUNT
	as "bob/$1" --json listen --count "$2" --timeout "$limit" |
		field text | xargs
}

configure server "<store><directory>$dir/server.db</directory>
	<checkpoint-ms>200</checkpoint-ms></store>"
begin
add_users server alice bob
as alice send bob before --wait sent >/dev/null

printf log/ >"$dir/broken"
as alice send bob during --wait sent --timeout 5 >/dev/null 2>&1
is 'what could not be synced is not acknowledged' $? 1
gone
is 'the server stops' "$status" 1
like 'and says why' "$(cat "$dir/server.log")" \
	'the store has failed: [^:]*: Input/output error'
rm "$dir/broken"

begin
as alice send bob after --wait sent >/dev/null
is 'the next server takes messages' $? 0
lose_power
begin
is 'and what it has shown or acknowledged is on the disk' "$(listen one 3)" \
	'before during after'

printf data/ >"$dir/broken"
as alice send bob later --wait sent --timeout 5 >/dev/null 2>&1
gone
is 'a server whose databases cannot be synced stops' "$status" 1
rm "$dir/broken"
begin
as alice send bob last --wait sent >/dev/null
ended server TERM
is 'the next one can write them' $? 0
"$crash/lose" "$dir/image" "$dir/server.db"
begin
is 'and has' "$(listen two 5)" 'before during after later last'
ended server TERM
finish

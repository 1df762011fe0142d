#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Who asks more than he may is not read for a while; that he has gone meanwhile
# is noticed, and what he had still sent is not done.
. "$top_srcdir/tests/scenario/lib.sh"

# A quarter of an hour for 2000 pings.
configure server '<threads><workers>1</workers></threads>
<limits><rate>1</rate><burst>1000</burst></limits>'
start server
add_users server finish finish-behind reset

# throttled_since N: waits until somebody is held more than when it was N.
throttled() { control server --json stats | field throttled; }
throttled_since() {
	local until=$((SECONDS + limit))
	while [ "$(throttled)" -le "$1" ]; do
		[ "$SECONDS" -lt "$until" ] || return 1
	done
}
sessions() { control server --json session list | field user | xargs; }

# The user is named after the way.
goes() {
	local way=$1 before id line from to
	before=$(throttled)
	mkfifo "$dir/$way"
	exec {to}<>"$dir/$way"
	exec {from}< <(exec python3 "$top_srcdir/tests/second/scene_held.py" "$port" \
		"$dir/cert.pem" "$way" "$way" <"$dir/$way")
	read -r -t "$limit" line <&"$from"
	is "$way: has asked for more than it may" "$line" asked
	ok 'and is held' throttled_since "$before"
	id=$(control server --json session list | field id)
	is 'its session is there' "$(sessions)" "$way"
	echo end >&"$to"
	ok 'its end is noticed meanwhile' \
		in_log server "event=session.lost session=$id "
	is 'it has no session any more' "$(sessions)" ''
	echo close >&"$to"
	cat <&"$from" >/dev/null
	exec {to}>&- {from}<&-
}
goes finish
goes finish-behind
goes reset
# Each frame that is done while it is held counts once more.
ok 'nothing was done for nobody' [ "$(throttled)" -le 30 ]
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What tests/bench/run --page measures besides the modes: sourced.  Each part is
# a function part_NAME; figures go to $results/alone, for reach.py.
# shellcheck disable=SC2154,SC2034 # variables of run, which sources this

# The server's system calls for a frame.
part_calls() {
	alone echo_1 echo 1 --window 1
	alone echo_8 echo 1 --window 8
}

# Memory after logins that come all at once: at most 2000 of them.
part_burst() {
	local i middle=
	for i in $sizes; do [ "$i" -gt 2000 ] || middle=$i; done
	[ -z "$middle" ] || alone burst memory "$middle" --logins 1024
}

# A send with little and with much in the store, in turn; 400 of the thousand
# users are those who send.
part_cost() {
	local i
	for i in $(seq "$turns"); do
		stored='600 1000'
		alone cost_small pairs "$i"
		stored='600 100000'
		alone cost_stored pairs "$i"
	done
	stored='0 0'
}

# One worker and two, with both cores; the generator shares the second.
part_workers() {
	local on_server i n configured=${CONFIGURE:-}
	if [ "$server_core" = none ]; then
		pin on_server none
	else
		pin on_server "$server_core,$bench_cores"
	fi
	for i in $(seq "$turns"); do
		for n in 1 2; do
			CONFIGURE="${configured/<threads>*<\/threads>/}
				<threads><workers>$n</workers></threads>"
			alone "workers_$n" pairs "$i"
		done
	done
	CONFIGURE=$configured
}

# All in one store: who sends is spread among all users, and is somebody else in
# each turn, who has nothing to fetch first.
part_large() {
	local i people=() large
	has_run cost_small || part_cost
	read -r -a large <<<"${LARGE:-1000000 10000000}"
	for i in $(seq "$turns"); do people+=("large$i=400"); done
	# a kilobyte a message, for a while
	if [ "$(df -k --output=avail "$dir" | tail -n 1)" -lt "${large[1]}" ]
	then
		say "large: needs ${large[1]} KB in $dir: name another \$TMPDIR"
		bad=1
		return
	fi
	say "large: ${large[1]} messages for ${large[0]} users"
	fill "${large[@]}" "${people[@]}" crash=82 >"$results/filled" ||
		fail 'no store can be made'
	kept=yes
	for i in $(seq "$turns"); do
		prefix=large$i
		alone cost_large pairs "$i"
	done
	prefix=
	alone crash_large crash 1 --seconds "$seconds"
	kept=no
	empty
}

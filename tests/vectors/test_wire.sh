#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# stonechat-wire as people use it, and the sizes that the design promises.
wire=${top_builddir:-.}/stonechat-wire
corpus=${top_srcdir:-.}/tests/corpus/stonechat.xml
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
n=0
failed=0

check() { # check NAME COMMAND...
	local name=$1
	shift
	n=$((n + 1))
	if "$@" >"$dir/log" 2>&1; then
		echo "ok $n - $name"
	else
		sed 's/^/# /' "$dir/log"
		echo "not ok $n - $name"
		failed=1
	fi
}

round_trip() { # round_trip OPTION...: XML, bytes, XML, bytes
	"$wire" --to-bytes "$@" "$corpus" >"$dir/hex" &&
		"$wire" --to-xml <"$dir/hex" >"$dir/xml" &&
		grep -v '^<?xml\|SPDX\|stanzas>$' "$corpus" |
			diff - "$dir/xml" &&
		"$wire" --to-bytes "$@" "$dir/xml" | diff "$dir/hex" -
}

refuses() { # refuses STATUS WORDS INPUT OPTION...: both on standard error
	local want=$1 words=$2 input=$3 status
	shift 3
	printf '%s' "$input" | "$wire" "$@" 2>"$dir/err" >/dev/null
	status=$?
	cat "$dir/err"
	[ $status = "$want" ] && grep -qF "$words" "$dir/err"
}

at_most() { # at_most STANZA BYTES
	local sent
	sent=$(sed -n "s/.*\"$1\".*\"sent\":\([0-9]*\)}/\1/p" "$dir/sizes")
	echo "$1: $sent bytes, at most $2 wanted"
	[ -n "$sent" ] && [ "$sent" -le "$2" ]
}

sizes_agree() { # the table and the JSON lines hold the same numbers
	"$wire" --sizes "$corpus" | awk 'NR > 1 && $1 != "total" {
		printf "{\"stanza\":\"%s\",\"xml\":%s,\"raw\":%s,\"sent\":%s}\n",
		    $1, $2, $3, $4 }' | diff - "$dir/sizes"
}

has_help() {
	"$wire" --help | grep -q -- --to-bytes
}

keepalive() {
	[ "$(printf '00\n' | "$wire" --to-xml)" = '<!-- keepalive -->' ]
}

guesses_direction() {
	[ "$(printf ' <ping/>' | "$wire" | "$wire")" = '<ping/>' ]
}

base_moves() { # a time right after base is a difference of 0
	printf '<base time="%s"/><ack n="1" seq="1" time="%s"/>' \
	    2026-01-01T00:00:00.000Z 2026-01-01T00:00:00.000Z |
		"$wire" | tail -n 1 | grep -q '00$'
}

base_option() {
	[ "$(printf '<base time="2026-01-01T00:00:00.001Z"/>' |
		"$wire" --base 2026-01-01T00:00:00.000Z | tail -c 3)" = 02 ]
}

"$wire" --sizes --json "$corpus" >"$dir/sizes"
echo 1..26
check 'round trip as sent' round_trip
check 'round trip without deflate' round_trip --raw
check 'sizes' sizes_agree
check 'text of 100 characters' at_most text-out-100-en 80
check 'receipt out' at_most receipt-out 7
check 'receipt in' at_most receipt-in 10
check 'read in' at_most read-in 10
check 'server ack' at_most ack-server 10
check 'client ack' at_most ack-client 5
check 'typing in a direct chat' at_most typing-out 5
check 'typing in a group' at_most typing-group 7
check 'heartbeat' at_most heartbeat 5
check 'heartbeat reply' at_most heartbeat-reply 2
check 'help' has_help
check 'keepalive' keepalive
check 'guesses the direction' guesses_direction
check 'base moves' base_moves
check 'base option' base_option
check 'bad XML' refuses 1 'line 2, column 3: ' $'<ping/>\n  <ping waiting="x"/>'
check 'bad hexadecimal' refuses 1 'line 2, column 2: ' $'00\n0g' --to-xml
check 'odd hexadecimal' refuses 1 'line 1, column 2: ' '0' --to-xml
check 'bad frame' refuses 1 'line 1, ' '02ff' --to-xml
check 'no file' refuses 1 'none/such' '' none/such
check 'unknown option' refuses 2 usage '' --nonsense
check 'two modes' refuses 2 'one mode' '' --to-xml --sizes
check 'two files' refuses 2 'one FILE' '' a b
exit $failed

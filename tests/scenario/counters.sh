#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Counters of stonechatctl stats, after a conversation of which they must tell.
. "$top_srcdir/tests/scenario/lib.sh"
needs devices history offline receipts retention

configure server '<threads><workers>1</workers></threads>
<limits><rate>500</rate><burst>10000</burst></limits>'
start server
add_users server alice bob

# counter NAME OPERATOR N: what it says now, or soon.
counter() {
	local got until=$((SECONDS + limit))
	while got=$(control server --json stats | field "$1"); do
		if [ "$got" "$2" "$3" ] || [ "$SECONDS" -ge "$until" ]; then
			break
		fi
	done
	ok "$1 ($got) $2 $3" [ "$got" "$2" "$3" ]
}

counter pid -eq "$(sed -n 's/.* event=ready .* worker=\([0-9]*\) .*/\1/p' \
	"$dir/server.log")"
counter uptime -ge 0
counter workers -eq 1
counter auth-derived -eq 2
counter connections -eq 0
counter handshakes -eq 0

# Three messages from alice to bob, who is there for the last one; history
# and devices are asked for; a wrong name; a wrong password.
as alice send bob one >/dev/null
as alice send bob two >/dev/null
exec {bob}< <(as bob --json listen --count 3 --timeout "$limit" --read)
read -r -t "$limit" line <&"$bob"
read -r -t "$limit" line <&"$bob"
as alice send bob three --wait read --timeout "$limit" >/dev/null
is 'the last one is read' $? 0
cat <&"$bob" >/dev/null
as alice history bob >/dev/null
as alice device list >/dev/null
as alice send nobody hello >/dev/null 2>&1
cp "$dir/bob.password" "$dir/wrong.password"
"$bin/stonechat" -s "127.0.0.1:$port" -u alice --ca "$dir/cert.pem" \
	--password-file "$dir/wrong.password" --state "$dir/state-wrong" \
	login >/dev/null 2>&1

counter connections -eq 0
counter sessions -eq 0
counter accepted -eq 8
counter crowded -eq 0
counter logins -eq 7
counter login-failures -eq 1
counter refused -eq 1
counter malformed -eq 0
counter slow-closed -eq 0
counter idle-closed -eq 0
counter throttled -eq 0
counter messages-in -eq 4
counter entries-out -ge 3
counter receipts-out -ge 1
counter signals-out -eq 0
counter signals-dropped -eq 0
counter frames-in -ge 20
counter frames-out -ge 20
counter writes -ge 10
counter bytes-in -ge 1000
counter bytes-out -ge 1000
counter auth-checked -ge 3
counter auth-queued -eq 0
counter readers-queued -eq 0
counter scribe-queued -eq 0
counter scribe-jobs -ge 10
counter scribe-batches -ge 1
counter scribe-reruns -ge 0
counter store-transactions -ge 10
counter store-reruns -ge 0
counter store-batches -ge 1
counter store-syncs -ge 1
counter store-stalls -ge 0
counter store-rows-written -ge 10
counter store-bytes-written -ge 1000
counter store-memory -ge 1
counter store-writable -eq 1
# the allocator of a sanitizer keeps no such count
grep -q '^SAN_CFLAGS = .*-fsanitize' "$bin/Makefile" ||
	counter heap-in-use -ge 1000
counter heap-free -ge 0
counter memory-pss -ge 1000
counter memory-anonymous -ge 1000
counter sweeps-stopped -eq 0
counter devices.listed -eq 1
counter devices.revoked -eq 0
counter history.requests -eq 1
counter history.entries -eq 3
counter history.lost -eq 0
counter offline.entries -ge 2
counter retention.periods_dropped -eq 0
counter retention.delivered_removed -eq 0
counter receipts.published -ge 1
counter receipts.synced -ge 0
echo '<receipts id="1" chat="bob" seq="1"/>' | as alice xml --until result \
	>/dev/null
counter receipts.requests -eq 1
as alice/phone login >/dev/null
as alice device revoke 2 >/dev/null
counter devices.revoked -eq 1
for i in {1..200}; do
	echo "<history id=\"$i\" chat=\"bob\"/>"
done | as alice xml --until page >/dev/null
counter throttled -ge 1
ended server TERM
finish

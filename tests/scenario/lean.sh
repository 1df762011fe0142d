#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Records of the server's own: with OpenSSL's client and GnuTLS's, which take
# new keys; and scenarios that other servers play with OpenSSL's records.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline receipts
export SC_SCENARIO_RECORDS=lean

configure server
start server
add_users server alice

# count COUNTER WANTED: waits until it is that.
count() {
	local end=$((SECONDS + limit)) got=
	until [ "$got" = "$2" ] || [ $SECONDS -gt $end ]; do
		got=$(control server --json stats | field "$1")
	done
	is "$1 is $2" "$got" "$2"
}

# by PROGRAM: it logs in, and has asked for new keys $came times in all, of
# which the server was to answer $went.
by() {
	local line
	coproc peer { exec timeout "$limit" python3 \
		"$top_srcdir/tests/scenario/other_peers.py" "$1" "$port" \
		"$dir/cert.pem" 2>"$dir/peer.err"; }
	local out=${peer[0]} in=${peer[1]} pid=$peer_PID ask=0
	while read -r -t "$limit" -u "$out" line && [ "$line" = rekey ]; do
		came=$((came + 1)) ask=$((1 - ask))
		went=$((went + 1 - ask))
		count key-updates-in $came
		count key-updates-out $went
		count lean 1
		echo go >&"$in"
	done
	is "$1 has logged in and left" "$line" 'closed 0'
	wait "$pid" 2>/dev/null
	count lean 0
}
came=0 went=0
by openssl
by gnutls-cli
is 'nobody was sent away' "$(control server --json stats |
	field tls-broken)" 0

# Old TLS stays with OpenSSL.  So does everything new after a reload.
sed -i 's|<tls>|<tls><min-version>1.2</min-version>|' "$dir/server.xml"
control server config reload >/dev/null
mkfifo "$dir/silence"
exec {silence}<>"$dir/silence"
openssl s_client -connect "127.0.0.1:$port" -alpn stonechat/1 -tls1_2 -quiet \
	<&"$silence" >/dev/null 2>&1 &
old=$!
count connections 1
count lean 0
like 'TLS 1.2 is served' "$(control server session list)" 'TLSv1\.2'
kill "$old"
count connections 0
sed -i 's|>lean<|>openssl<|' "$dir/server.xml"
control server config reload >/dev/null
exec {alice}< <(as alice --json listen --timeout "$limit")
read -r -t "$limit" line <&"$alice"
is 'alice listens' "$(field event <<<"$line")" synced
count lean 0
ended server TERM
is 'SIGTERM ends the server with 0' $? 0

# The plays.
play() {
	local play=$top_srcdir/tests/scenario/$1 said
	case $1 in
	*.sh) said=$(bash "$play" 2>&1) ;;
	*) said=$("$bin/tests/scenario/chat-run" "$play" 2>&1) ;;
	esac
	is "$1 with records of our own" $? 0
	[[ $said == *"not ok"* ]] && sed 's/^/# /' <<<"$said"
}
for scene in message.sh ticks.chat one-flight.chat scram.chat cut-off.chat \
	never-reads.chat reloaded.chat; do
	play "$scene"
done
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Devices and sessions: seen, ended, revoked; and the stanzas of a user, shown
# as they pass.
. "$top_srcdir/tests/scenario/lib.sh"

configure server
start server
add_users server alice bob carol

listen() { # listen USER[/DEVICE]: its events on $heard, after it is connected
	exec {heard}< <(as "$1" --json listen 2>&1)
	read -r -t "$limit" _ <&"$heard"
}
# watch USER: shows what the sessions of USER say, until the first goodbye.
watch() {
	exec {trace}< <(control server trace "$1" 2>&1)
	read -r -t "$limit" _ <&"$trace"
}
goodbye() {
	while read -r -t "$limit" line <&"$trace"; do
		[[ $line == *'<- <bye '* ]] && break
	done
	exec {trace}<&-
	echo "${line#*<- }"
}
listen alice/phone
listen bob
sessions() { control server --json session list "$@"; }
is 'sessions with their users and devices' \
	"$(sessions | field user | xargs) $(sessions | field device | xargs)" \
	'alice bob phone laptop'
is 'of one user' "$(sessions alice | field device)" phone
is 'of one who has none' "$(sessions carol)" ''
like 'where from' "$(sessions bob | field peer)" '^127\.0\.0\.1:[0-9]+$'
is 'by which TLS' "$(sessions bob | field tls)" TLSv1.3
is 'nothing is left to send' "$(sessions bob | field queued-bytes)" 0
like 'for people' "$(control server session list | head -n 1)" \
	'^ID  USER   DEVICE  PEER '
like 'of nobody' "$(control server session list dave 2>&1)" \
	'there is no user dave'

# Ending.
id=$(sessions bob | field id)
watch bob
is 'one session ends' "$(control server session kick "$id")" "ended $id"
is 'it is told' "$(goodbye)" '<bye why="shutdown" text="the operator has ended this session"/>'
said=$(control server session kick "$id" 2>&1)
is 'a session that is not there' "$?: $said" '1: stonechatctl: there is no such session: session list shows those there are'
is 'sessions of a device' "$(control server session kick alice/phone)" \
	'ended alice/phone'
for who in carol carol/phone dave 99999; do
	control server session kick "$who" >/dev/null 2>&1
	is "nothing to end: $who" $? 1
done

# Devices.
as alice login >/dev/null
devices() { control server --json device list "$@"; }
is 'devices' "$(devices alice | field name | xargs)" 'phone laptop'
like 'with their last login' "$(devices alice | head -n 1 | field last-login)" \
	'^20.*Z$'
like 'devices of nobody' "$(control server device list dave 2>&1)" \
	'there is no user dave'
listen alice/tablet
receipts=$(grep -c '&sc_module_receipts,' "$bin/src/daemon/modules_builtin.c")
wait=sent
[ "$receipts" -eq 0 ] || wait=delivered
as carol send alice hello --wait "$wait" >/dev/null
watch alice
is 'a device is revoked' "$(control server --json device revoke alice tablet |
	field name)" tablet
is 'its session ends at once' "$(goodbye)" \
	'<bye why="revoked" text="this device has been removed"/>'
is 'it is not listed' "$(devices alice | field name | xargs)" 'phone laptop'
as alice/tablet login >/dev/null 2>&1
is 'its token is none any more: its password makes it a new device' \
	"$(devices alice | field id | xargs)" '1 2 4'
is 'by its number' "$(control server --json device revoke alice 4 |
	field name)" tablet
if [ "$wait" = delivered ]; then
	is 'what it received stays received (R10)' \
		"$(control server --json chat show alice:2 | sed -E \
		's/.*"user":"alice"[^}]*"delivered":\{"seq":([0-9]+).*/\1/')" 1
fi
said=$(control server device revoke alice tablet 2>&1)
is 'a device that is not there' "$?: $said" '1: stonechatctl: there is no device "tablet": device list shows those there are'
for beyond in 4294967297 -4294967295 ' 1' +1; do
	like "device $beyond, which is not 1" \
		"$(control server device revoke -- alice "$beyond" 2>&1)" \
		'there is no device'
done
like 'of nobody' "$(control server device revoke dave tablet 2>&1)" \
	'there is no user dave'

# Trace.
exec {trace}< <(control server --json trace carol --count 6)
read -r -t "$limit" line <&"$trace"
is 'a trace begins' "$(field event <<<"$line")" tracing
as carol send bob 'nobody else may read this' >/dev/null
# one session may end before all of its six have come
as carol send bob 'nor may read this' >/dev/null
shown=
while read -r -t "$limit" line <&"$trace"; do
	shown+=$line$'\n'
done
is 'and ends after so many stanzas' "$(grep -c '"event":"stanza"' <<<"$shown")" 6
like 'a message is seen' "$shown" '"in","xml":"<message chat=..bob.. n=..[0-9].. payload-bytes.uint='
like 'and its ack' "$shown" '"out","xml":"<ack n='
is 'not what it says' "$(grep -c 'may read' <<<"$shown")" 0
is 'no body was asked for' \
	"$(grep -c control.shown "$dir/server.log")" 0
exec {trace}< <(control server trace carol --seconds 86400 --bodies 2>&1)
read -r -t "$limit" line <&"$trace"
is 'with bodies' "$line" 'stonechatctl: tracing carol; interrupt to end'
like 'it is logged first' "$(in_log server 'control\.shown')" \
	'command="trace" arguments="user=carol seconds=86400 bodies=yes"'
as carol send bob 'shown by request' >/dev/null
while read -r -t "$limit" line <&"$trace"; do
	[[ $line == *'shown by request'* ]] && break
done
like 'the message is seen with its body' "$line" \
	' -> <message .*<body>shown by request</body></message>$'
exec {trace}<&-
said=$(control server --json trace carol --seconds 1)
is 'a trace ends by its time' "$?: $(field event <<<"$said")" '0: tracing'
said=$(control server trace dave 2>&1)
like 'nobody to trace' "$?: $said" '^1: .*there is no user dave'

# A trace does not keep the server from stopping.
exec {trace}< <(control server trace bob 2>&1)
read -r -t "$limit" _ <&"$trace"
ended server TERM
is 'the server stops under a trace' $? 0
while read -r -t "$limit" line <&"$trace"; do
	last=$line
done
is 'which is told' "$last" 'stonechatctl: the server stops'
finish

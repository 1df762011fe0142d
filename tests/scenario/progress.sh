#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# ticks and history: pages of a chat by number, and how far one's own messages
# have come; also for a later process, and without the server. Then a long
# absence, and what it costs the server.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline receipts history devices

configure server '<modules><module name="history" most="50"/></modules>'
start server
add_users server alice bob carol

texts() { field text | xargs; }

for i in 1 2 3 4 5; do
	as alice send bob "m$i" >/dev/null || bail 'alice cannot send'
done
is 'the newest, oldest first' \
	"$(as alice --json history bob --limit 3 | texts)" 'm3 m4 m5'
is 'below a number' \
	"$(as alice --json history bob --before 3 | texts)" 'm1 m2'
is 'above one' \
	"$(as alice --json history bob --after 2 --limit 2 | texts)" 'm3 m4'
is 'between two' \
	"$(as alice --json history bob --after 1 --before 4 | texts)" 'm2 m3'
clock=$(as alice --json history bob --after 2 --limit 1 | field time)
is 'since a time' "$(as alice --json history bob --since "$clock" --limit 2 |
	texts)" 'm3 m4'
is 'before it' "$(as alice --json history bob --until "$clock" | texts)" 'm1 m2'
is 'between times and numbers' "$(as alice --json history bob --since 1h \
	--before 3 --limit 9 | texts)" 'm1 m2'
is 'nothing is from tomorrow' \
	"$(as alice --json history bob --since "$(date -d tomorrow +%F)")" ''
got=$(as alice history bob --limit 1)
like 'for people: number, time, who, what' "$got" \
	'^5 [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} alice: m5$'
is 'nothing is not an error' "$(as alice history bob --after 5; echo $?)" 0
is 'by number, too' "$(as alice --json history 2 --limit 1 | texts)" m5

# bob, who has taken nothing yet, asks by name; it delivers nothing.
is 'the other sees the same' \
	"$(as bob --json history alice | texts)" 'm1 m2 m3 m4 m5'
why=$(as carol history alice 2>&1)
is 'who is not in it does not' $? 1
is 'as if there were nothing' "$why" \
	'stonechat: no history of alice: there is no such chat'
as alice history 2>/dev/null
is 'without a chat it is wrong usage' $? 2
as alice history bob --limit 0 2>/dev/null
is 'and so is a limit of 0' $? 2
as alice history bob --since yesterday 2>/dev/null
is 'and a time that is none' $? 2

# Ticks.
ticks() { as alice --json ticks bob "$@"; }
is 'all are sent' "$(ticks | field sent | wc -l)" 5
is 'and, history or not, none delivered' \
	"$(ticks | grep -c delivered)" 0
as bob listen --count 3 >/dev/null
is 'three are delivered' "$(ticks | grep '"delivered"' | field seq | xargs)" \
	'1 2 3'
as bob listen --count 2 --read >/dev/null
is 'all are read' "$(ticks | grep '"read"' | field seq | xargs)" '1 2 3 4 5'
like 'one of them' "$(ticks 4)" \
	'"seq":4,"user":2,"name":"bob","sent":"[^"]*Z","delivered":"[^"]*Z","read":"[^"]*Z"}$'
like 'for people' "$(as alice ticks bob 4)" \
	'^4 bob: sent 20[0-9 :-]*, delivered 20[0-9 :-]*, read 20[0-9 :-]*$'
why=$(as alice ticks bob 99 2>&1)
is 'what is not there is an error' $? 1
like 'that says so' "$why" 'ticks bob 99: there is no such message$'
like 'and what is not hers' "$(as bob ticks alice 4 2>&1)" \
	'ticks alice 4: that is no message of yours$'
like 'here it is not known either' "$(as alice ticks bob 99 --offline 2>&1)" \
	'leave the number out'
like 'a device that has seen nothing asks the server' \
	"$(as alice/phone ticks bob 4)" \
	'^4 bob: delivered 20[0-9 :-]*, read 20[0-9 :-]*$'
# What bob reads now he does not tell, and is not told.
as bob presence privacy receipts off || bail 'bob cannot set receipts'
as bob --json presence privacy | grep -q '"receipts":"off"'
is 'receipts are off' $? 0
as alice send bob m6 >/dev/null
as bob listen --count 1 --read >/dev/null
told() { control server --json stats | field receipts.private; }
tries=0
until [ "$(told)" = 1 ] || [ $((++tries)) -eq 500 ]; do :; done
is 'his mark is counted' "$(told)" 1
like 'who does not tell has got it' "$(as alice ticks bob 6)" \
	'^6 bob: sent 20[0-9 :-]*, delivered 20[0-9 :-]*$'
as bob presence privacy receipts on
why=$(as alice ticks carol 2>&1)
is 'so is a chat that is not there' $? 1
is 'wrong usage ends with 2' "$(as alice ticks 2>/dev/null; echo $?)" 2

# With messages that wait for `listen', and from another device.
as bob send alice 'for later' >/dev/null
as alice/phone send bob m7 >/dev/null
is 'a second device knows them, the first one its' \
	"$(ticks | field seq | xargs)" '1 2 3 4 5 6'
is 'what waits still waits' "$(as alice --json listen --count 1 | texts)" \
	'for later'
as alice --json listen --count 1 >/dev/null
is 'then also that of the second device' "$(ticks | field seq | xargs)" \
	'1 2 3 4 5 6 8'

online=$(ticks)
stats=$(control server --json stats)
like 'questions are counted' "$(field history.requests <<<"$stats")" '^[1-9]'
ended server TERM
is 'SIGTERM ends the server with 0' $? 0
is 'without the server the state says the same' \
	"$(as alice --json ticks bob --offline)" "$online"
why=$(as alice history bob --timeout 1 2>&1)
is 'history needs the server' $? 1
like 'and says so' "$why" '^stonechat: no answer from 127.0.0.1 port'

# ---- Five thousand messages for one who is away.
configure absence '<limits><rate>0</rate></limits>'
start absence
add_users absence dave
memory() { sed -n "s/^$1:[^0-9]*\\([0-9]*\\) kB/\\1/p" \
	"/proc/${pids[absence]}/status"; }
as dave login >/dev/null || bail 'dave cannot log in'
before=$(memory VmRSS)
got=$(timeout 100 "$bin/stonechat-bench" offline --json \
	-s "127.0.0.1:$port" --ca "$dir/cert.pem" --create \
	--control "$dir/absence.sock" --password-file "$dir/dave.password" \
	--users 1 --senders 4 --messages 5000)
result() { python3 -c 'import json, sys
def find(o, key):
    if isinstance(o, dict):
        for k, v in o.items():
            if k == key: return v
            r = find(v, key)
            if r is not None: return r
print(find(json.loads(sys.argv[1]), sys.argv[2]))' "$got" "$1"; }
is 'five thousand wait' "$(result stored)" 5000
is 'and all come' "$(result drained)" 5000
is 'none is lost' "$(result lost)" 0
is 'in their order' "$(result out_of_order)" 0
peak=$(memory VmHWM)
if [ -n "$before" ] && [ -n "$peak" ]; then
	echo "# memory of the server: $before kB before, $peak kB at the most," \
		"$(memory VmRSS) kB after"
fi
ended absence TERM
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# stonechat presence and typing: one asks, one watches, one is away or hidden,
# and says who may know.
. "$top_srcdir/tests/scenario/lib.sh"
needs presence offline

configure server
start server
add_users server alice bob
as alice login >/dev/null || bail 'alice cannot log in'
as bob login >/dev/null || bail 'bob cannot log in'

# From a device of its own: the other one asks meanwhile.
exec {watch}< <(as alice/watch --json presence watch bob nobody --count 4 \
	--timeout "$limit")
lines=
for _ in 1 2; do
	read -r -t "$limit" line <&"$watch"
	lines+=$line$'\n'
done
is 'both are told of at once' "$(field user <<<"$lines" | sort | xargs)" \
	'bob nobody'
is 'nobody is offline' \
	"$(grep '"nobody"' <<<"$lines" | field show)" offline

exec {away}< <(exec "$bin/stonechat" -s "127.0.0.1:$port" -u bob \
	--ca "$dir/cert.pem" --password-file "$dir/bob.password" \
	--state "$dir/state-bob-laptop" --device laptop \
	--json presence set away --timeout "$limit")
pid=$!
while read -r -t "$limit" line <&"$watch"; do
	[ "$(field show <<<"$line")" = away ] && break
done
is 'he is away' "$(field user <<<"$line") $(field show <<<"$line")" 'bob away'
is 'and is, for who asks' "$(as alice presence bob)" 'bob: away'
said=$(as alice --json presence bob)
is 'in JSON' "$(field show <<<"$said")" away

as bob/phone presence privacy shared nobody
is 'he hides' $? 0
is 'and is not there' "$(as alice presence bob)" 'bob: offline'
as bob/phone presence privacy everyone everyone
like 'the switches are shown' "$(as bob/phone presence privacy)" \
	$'^last-seen everyone\nonline everyone(\nreceipts on)?$'
like 'in JSON' "$(as bob/phone --json presence privacy)" \
	'"event":"privacy","last-seen":"everyone","online":"everyone"'
kill "$pid"
cat <&"$away" >/dev/null

# Typing, as the other one sees it; the chat is there after a message.
as alice send bob hello >/dev/null
exec {wire}< <(echo | as bob xml --until typing --timeout "$limit")
while read -r -t "$limit" line <&"$wire"; do
	case $line in *'<synced '*) break ;; esac
done
as alice typing bob recording
is 'it is said' $? 0
line=$(cat <&"$wire" | grep '<typing')
like 'and heard' "$line" '<typing chat="2" activity="recording"/>'
as alice typing nobody-at-all 2>/dev/null
is 'to a stranger it goes nowhere, and nothing says so' $? 0
# A signal, for programs that are there.
exec {heard}< <(exec "$bin/stonechat" -s "127.0.0.1:$port" -u bob \
	--ca "$dir/cert.pem" --password-file "$dir/bob.password" \
	--state "$dir/state-bob-laptop" --device laptop \
	--json listen --timeout "$limit")
pid=$!
while read -r -t "$limit" line <&"$heard"; do
	case $line in *'"event":"synced"'*) break ;; esac
done
as alice signal bob ring
is 'a signal is sent' $? 0
while read -r -t "$limit" line <&"$heard"; do
	case $line in *'"event":"signal"'*) break ;; esac
done
like 'and heard' "$line" '"event":"signal","chat":2,.*"data":"cmluZw"'
kill "$pid"
cat <&"$heard" >/dev/null
as alice signal bob 2>/dev/null
is 'nothing is no signal' $? 2
as alice presence 2>/dev/null
is 'without a user it is no command' $? 2
as alice presence privacy receipts maybe 2>/dev/null
is 'receipts are on or off' $? 2
as alice typing bob shouting 2>/dev/null
is 'nor is another activity' $? 2
ended server TERM
finish

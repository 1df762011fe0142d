#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The devices of an account: what one does the others see; three and no more;
# one is removed, which ends its sessions and makes room.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline receipts devices

configure server
start server
add_users server alice bob

devices=(laptop phone tablet)
for device in "${devices[@]}"; do
	as "bob/$device" login >/dev/null || bail "bob/$device cannot log in"
done
list=$(as bob --json device list)
is 'the list has all three' "$(field name <<<"$list" | xargs)" \
	'laptop phone tablet'
is 'numbered' "$(field device <<<"$list" | xargs)" '1 2 3'
is 'and says which one asks' \
	"$(grep '"this":true' <<<"$list" | field name)" laptop
like 'for people' "$(as bob device list | head -n 1)" \
	'^1 laptop, added 20[0-9 :-]*, last login 20[0-9 :-]* \(this one\)$'

# Both ways.
as alice send bob 'to all of bob' >/dev/null
for device in "${devices[@]}"; do
	is "$device gets it" \
		"$(as "bob/$device" --json listen --count 1 | field text)" \
		'to all of bob'
done
as bob/phone send alice 'from the phone' >/dev/null
for device in laptop tablet; do
	got=$(as "bob/$device" --json listen --count 1)
	is "$device sees what the phone has sent" \
		"$(field text <<<"$got" | tail -n 1)" 'from the phone'
	is 'as its own' "$(field own <<<"$got" | tail -n 1)" true
done

# Full.
why=$(as bob/watch login 2>&1)
is 'a fourth device is refused' $? 1
like 'and told of the three' "$why" '\(laptop, phone, tablet\)'
like 'and what to do' "$why" 'remove one'
is 'in one line' "$(wc -l <<<"$why")" 1

# The phone is lost, while it listens; the tablet sees it go.
exec {phone}< <(as bob/phone --json listen --timeout "$limit" 2>&1; echo "status $?")
read -r -t "$limit" line <&"$phone"
is 'the phone is online' "$(field event <<<"$line")" synced
is 'the phone is removed' "$(as bob --json device revoke 2)" \
	'{"event":"revoked","device":2}'
ended_phone=$(cat <&"$phone")
exec {phone}<&-
like 'its session ends' "$ended_phone" 'revoked'
like 'which is a failure' "$ended_phone" 'status 1$'
timeout "$limit" "$bin/stonechat" -s "127.0.0.1:$port" -u bob \
	--ca "$dir/cert.pem" --device phone --state "$dir/state-bob-phone" \
	listen --timeout 5 >/dev/null 2>"$dir/why" </dev/null
is 'its token is worth nothing' $? 1
like 'as it is told' "$(cat "$dir/why")" 'login as bob refused'
is 'it is off the list' "$(as bob --json device list | field name | xargs)" \
	'laptop tablet'
why=$(as bob device revoke 2 2>&1)
is 'what is not there cannot be removed' $? 1
like 'which says where to look' "$why" 'list them'
as bob device revoke x 2>/dev/null
is 'wrong usage ends with 2' $? 2

# There is room, and the number is not used again.
as bob/watch login >/dev/null
is 'the fourth has the place' $? 0
is 'under a number of its own' \
	"$(as bob --json device list | field device | xargs)" '1 3 4'
as bob/watch --json listen --count 1 --timeout "$limit" >/dev/null
is 'and gets what was written before' $? 0

# The account log has told the tablet; it reads it like any chat.
got=$(as bob/tablet xml --until result <<<'<history id="77" chat="1" limit="30"/>' |
	grep -o '<device [^>]*/>' | xargs)
like 'the account log has who came' "$got" \
	'device=3 name=tablet action=add.*device=4 name=watch action=add'
like 'and who went' "$got" '<device device=2 action=revoke/>'

# One logs itself out.
is 'a device may remove itself' "$(as bob/watch --json device revoke 4)" \
	'{"event":"revoked","device":4}'
is 'it is gone' "$(as bob --json device list | field device | xargs)" '1 3'

stats=$(control server --json stats)
is 'it is counted' "$(field devices.revoked <<<"$stats")" 2
ended server TERM
is 'SIGTERM ends the server with 0' $? 0
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# mute, archive, pin, star, chats, unread: what one device sets, the others
# have; what is unread is the same for all of them.
. "$top_srcdir/tests/scenario/lib.sh"
needs settings

configure server '<modules><module name="settings" stars="2" unread="4"/></modules>'
start server
add_users server alice bob carol

for i in 1 2 3; do
	as bob send alice "b$i" >/dev/null || bail 'bob cannot send'
done
as carol send alice c1 >/dev/null || bail 'carol cannot send'

# Unread.
as bob send alice b4 >/dev/null
is 'the badge counts up to a limit' "$(as alice unread)" 4
is 'is the same on another device' "$(as alice/phone unread)" 4
is 'of one chat' "$(as alice unread carol)" 1
is 'as JSON' "$(as alice --json unread bob)" \
	'{"event":"unread","unread":4,"chat":2}'
is 'and in all' "$(as alice --json unread)" '{"event":"unread","unread":4}'
as alice listen --count 3 --read >/dev/null || bail 'alice cannot read'
got=$(as alice unread)
is 'what is read on one device is read' "$((got < 4))" 1
is 'on all' "$(as alice/phone unread)" "$got"
like 'as the protocol says it' "$(echo '<unread id="7"/>' |
	as alice xml --until result)" "<result id=\"7\"><unread total=\"$got\"/>"

# Settings.
is 'mute' "$(as alice mute bob 8h; echo $?)" 0
is 'is told to all devices' "$(as alice/phone unread)" \
	"$(as alice unread carol)"
is 'pin' "$(as alice/phone --json pin bob)" \
	'{"event":"result","of":"pin","to":"bob"}'
is 'archive' "$(as alice archive carol; echo $?)" 0
got=$(as alice/phone --json chats)
is 'the list has them' "$(field name <<<"$got" | xargs)" 'bob carol'
like 'with what is set' "$(head -1 <<<"$got")" \
	'^\{"event":"chat","chat":2,"kind":"direct","name":"bob","last":4,"read":[0-4],"unread":[0-4],"archived":false,"pinned":true,"muted":"20[0-9T:.-]*Z"\}$'
like 'for each' "$(tail -1 <<<"$got")" '"archived":true,"pinned":false\}$'
got=$(as alice chats)
like 'for people' "$(head -1 <<<"$got")" \
	'^2 bob: [0-4] unread, pinned, muted until 20[0-9 :-]*$'
like 'a line each' "$(tail -1 <<<"$got")" '^3 carol: [01] unread, archived$'
as alice mute bob >/dev/null
like 'mute for ever' "$(as alice chats | head -1)" ', muted$'
as alice/phone mute bob off
as alice/phone pin bob off
as alice/phone archive carol off
is 'and off' "$(as alice chats | grep -c 'muted\|pinned\|archived')" 0

# Stars.
is 'star' "$(as alice star bob 2; echo $?)" 0
as alice/phone star carol 1
is 'the list of stars' "$(as alice star | xargs -d '\n')" \
	'2 bob: 2 3 carol: 1'
is 'as JSON' "$(as alice/phone --json star | head -1)" \
	'{"event":"star","chat":2,"name":"bob","seq":2}'
why=$(as alice star bob 1 2>&1)
like 'there is a limit' "$why" 'as many stars as there may be: take some back$'
like 'as the protocol says it' "$(echo '<star id="7"/>' |
	as alice xml --until page)" '<star chat="2" seq="2"/>'
as alice/phone star bob 2 off
is 'taken back' "$(as alice star)" '3 carol: 1'

# Deleted for oneself.
is 'hide' "$(as alice hide carol 1; echo $?)" 0
like 'it is not in the history any more' "$(as alice/phone history carol)" \
	'^.messages 1 to 1 are not available: hidden.$'
like 'but in that of others' "$(as carol history alice)" ' carol: c1$'
is 'nor is it unread, or starred' \
	"$(as alice/phone unread carol) $(as alice star | xargs)" '0 '
as alice/tablet login >/dev/null || bail 'no third device'
as carol send alice c2 >/dev/null || bail 'carol cannot send again'
is 'a device that comes later does not get it' \
	"$(as alice/tablet --json listen --count 5 | field text | sort | xargs)" \
	'b1 b2 b3 b4 c2'

like 'it is a change, so it has a counter' "$(echo '<hide id="7"/>' |
	as alice xml --until error)" 'code="not-acceptable"'

# What is refused.
why=$(as alice star bob 9 2>&1)
is 'a message that is not there' $? 1
is 'is no star' "$why" \
	'stonechat: star bob: nothing is changed: there is no such entry in this chat'
why=$(as alice mute eve 2>&1)
is 'nor a chat' $? 1
is 'says so' "$why" \
	'stonechat: mute eve: nothing is changed: there is no such chat'
for wrong in 'mute' 'mute bob 8y' 'mute bob 0h' 'mute bob 1h 2h' 'pin' \
	'pin bob on' 'archive' 'archive bob no' 'star bob' 'star bob x' \
	'star bob 1 on' 'hide bob' 'hide bob x' 'chats bob' 'unread bob carol'; do
	# shellcheck disable=SC2086 # words
	as alice $wrong 2>/dev/null
	is "wrong usage: $wrong" $? 2
done

stats=$(control server --json stats)
counter() { like "counted: $1" "$(field "$1" <<<"$stats")" '^[1-9]'; }
counter settings.changed
counter settings.starred
counter settings.hidden
counter settings.listed
counter settings.unread
ended server TERM
is 'SIGTERM ends the server with 0' $? 0
finish

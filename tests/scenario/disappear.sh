#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# stonechat disappear: what is written while a chat has a timer is gone after
# it, also if the server was down when the time was over (R6).
. "$top_srcdir/tests/scenario/lib.sh"
. "$top_srcdir/tests/scenario/term.sh"
needs disappearing history offline groups

configure server '<modules><module name="disappearing" shortest="1" longest="8640000"/></modules>'
start server
add_users server alice bob

# A timer, before the first message.
is 'a timer' "$(as alice disappear bob 24h; echo $?)" 0
is 'what it is' "$(as alice disappear bob)" '1 day'
is 'the same for the other' "$(as bob disappear alice)" '1 day'
as alice send bob 'for a day' >/dev/null || bail 'alice cannot send'
got=$(as bob --json listen --count 1 2>&1)
like 'its entry' "$(sed -n 1p <<<"$got")" \
	'^\{"event":"changed","chat":2,"seq":1,"by":"alice","timer":86400\}$'
message=$(grep '"text":"for a day"' <<<"$got")
like 'a message says when it is gone' "$message" \
	'"time":"([0-9-]*)T([0-9:.]*)Z".*"expires":"([0-9-]*)T\2Z"'
like 'also when it is read later' \
	"$(as alice --json history bob | grep 'for a day')" \
	'"expires":"20[0-9T:.-]*Z"'
like 'people read it' "$(as alice history bob | head -1)" \
	'\(messages disappear after 1 day\)$'
is 'as JSON' "$(as bob --json disappear alice 90d)" \
	'{"event":"disappear","to":"alice","timer":7776000}'

# Wrong ones.
got=$(as alice disappear bob 101d 2>&1)
is 'too long' "$?" 1
like 'says what there may be' "$got" \
	'disappear bob: nothing is changed: a timer is from 1 to 8640000 seconds on this server, or 0: off$'
as alice disappear bob soon >/dev/null 2>&1
is 'no time at all' "$?" 2
got=$(as alice disappear '#aaisem2ekvthpcezvk54zxpo74' 1h 2>&1)
is 'no chat' "$?" 1

# The server is down when the time is over, or just before: then it is gone.
as bob disappear alice 1 || bail 'bob cannot set a timer'
as alice send bob 'for a second' >/dev/null || bail 'alice cannot send'
ended server KILL
start server
tries=0
until [ "$(as bob history alice | grep -c 'for a second')" = 0 ] ||
	[ $((++tries)) -eq 500 ]; do :; done
got=$(as bob history alice)
is 'a message that has stayed, and one that has not' \
	"$(grep -c 'for a day\|for a second' <<<"$got")" 1
like 'in its place' "$(tail -1 <<<"$got")" '^5 20[0-9 :-]* alice: \(deleted\)$'
is 'which is a kind of message' \
	"$(as bob --json history alice | tail -1 | field kind)" deleted

# Off: what was written before still goes.
as alice disappear bob off || bail 'alice cannot set a timer'
is 'off' "$(as bob disappear alice)" off
as alice send bob 'for good' >/dev/null || bail 'alice cannot send'
is 'what is said then stays' \
	"$(as bob --json history alice | tail -1 | field expires)" ''

# In a group.
as alice group create team bob >/dev/null || bail 'no group'
as alice disappear 3 7d || bail 'no timer for a group'
as bob chats >/dev/null || bail 'bob cannot list'
is 'of a group' "$(as bob disappear 3)" '7 days'
like 'its members see it' "$(as bob history 3)" \
	'\(messages disappear after 7 days\)'

# On the terminal it goes by itself, the one of the writer included.
as bob disappear alice 1 || bail 'bob cannot set a timer'
talks alice
term type alice '/chat bob\r'
term ends alice 'bob>'
term type alice 'a word in passing\r'
ok 'what was written goes' term row alice 'alice: (its time was over)'
ok 'and is not there any more' term misses alice 'a word in passing'
terminals_end

finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What every command of stonechat does alike: help, usage, errors, and that
# nothing of what others wrote reaches the terminal as it is.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline

# ---- Without a server.
for command in login send listen ticks history device; do
	help=$("$bin/stonechat" "$command" --help)
	is "$command --help ends with 0" $? 0
	like "$command --help has an example" "$help" "stonechat .*$command"
done
like '--help has examples' "$("$bin/stonechat" --help)" 'Examples:'
why=$("$bin/stonechat" no-such-command 2>&1)
is 'an unknown command is wrong usage' $? 2
is 'which says what to do, in one line' "$why" \
	'stonechat: there is no command no-such-command: stonechat --help lists commands and options'
why=$("$bin/stonechat" -u alice --json send bob 2>&1 >/dev/null)
is 'so is a missing argument' $? 2
is 'with --json the error is an object' "$(field event <<<"$why")" error
why=$("$bin/stonechat" -u alice --json --state "$dir/state-none" send bob hi \
	2>&1 >/dev/null </dev/null)
is 'no token and no password is a failure' $? 1
like 'that says what to do' "$(field text <<<"$why")" 'log in with the password'
is 'in one line' "$(wc -l <<<"$why")" 1

# ---- What others wrote.
configure server
start server
add_users server alice bob

evil=$'\e]0;owned\a\e[2J\r\xc2\x9b31m\xe2\x80\xaetxt\n10:00:00 alice: forged'
as alice send bob "$evil" >/dev/null
is 'a message may hold anything' $? 0
as bob --no-such-option 2>/dev/null
is 'an unknown option is wrong usage' $? 2
got=$(as bob listen --count 1 --no-ack)
is 'a terminal gets no control character' \
	"$(tr -d '\n' <<<"$got" | LC_ALL=C.UTF-8 grep -cP '[\x00-\x1f\x7f-\x{9f}\x{202a}-\x{202e}]')" 0
like 'they are shown instead' "$got" '\^\[\]0;owned\^G\^\[\[2J\^M<U\+009B>31m<U\+202E>txt'
is 'and a second line does not look like a message' \
	"$(tail -n 1 <<<"$got")" '    10:00:00 alice: forged'
got=$(as bob --json listen --count 1 | grep '"event":"message"')
is 'JSON has neither' \
	"$(LC_ALL=C.UTF-8 grep -cP '[\x00-\x1f\x7f-\x{9f}\x{202a}-\x{202e}]' <<<"$got")" 0
is 'and the text unchanged' "$(python3 -c 'import json,sys
print(json.loads(sys.argv[1])["text"])' "$got")" "$evil"

why=$(as alice send nobody hi 2>&1 >/dev/null)
is 'a message to nobody is refused' $? 1
is 'in one line' "$(wc -l <<<"$why")" 1
like 'that says why' "$why" 'to nobody: there is no such user or chat: check'
like 'nor is one without a text' "$(as alice send bob '' 2>&1)" \
	'cannot send to bob: expected a user, or .* a text'
like 'nor one to a chat that is none' "$(as alice send 99 hi 2>&1)" \
	'cannot send to 99: there is no such chat: .stonechat chats. lists'
like '--json behind the command is understood' \
	"$(as alice send bob hi --json)" '^\{"event":"sent",'
as alice send bob -- --json >/dev/null
got=$(as bob listen --count 2 --json | grep '"event":"message"' | tail -n 1)
like 'but not behind --' "$got" '"text":"--json"'
ended server TERM

# ---- A disk without room, which only the server knows of.
if [ "$(df --output=avail -k "$dir" | tail -n 1)" -lt 1000000000 ]; then
	configure server "<store><directory>$dir/server.db</directory>
		<reserve>1000G</reserve></store>"
	start server
	why=$(as alice send bob 'no room' --timeout 1 2>&1)
	is 'what the server has no room for is not sent' $? 1
	like 'and it is said why' "$why" "^stonechat: 127.0.0.1 does not take \
it now: the disk of the server is nearly full.* the message is kept"
	ended server TERM
fi
finish

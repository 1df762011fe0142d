#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Chats as an operator sees them: whose, with whom, how far; entries by their
# outside, and by what they say only if that is asked for and logged.
. "$top_srcdir/tests/scenario/lib.sh"

configure server '<password><iterations>4096</iterations></password>'
start server
add_users server alice bob carol

for i in 1 2 3 4 5; do
	as alice send bob "secret number $i" >/dev/null
done
as alice send alice 'a note' >/dev/null
as bob login >/dev/null
chats() { control server --json chat list "$@"; }
is 'chats of a user' "$(chats alice | field kind | xargs)" \
	'system direct direct'
is 'with whom' "$(chats alice | field with | xargs)" 'bob alice'
is 'how far' "$(chats alice | field head | tail -n 2 | xargs)" '5 1'
is 'one own entries are not unread' "$(chats alice | field unread | xargs)" \
	'0 0 0'
is 'those of others are (R15)' "$(chats bob | field unread | xargs)" '0 5'
is 'chats of one who has none' "$(chats carol | field kind)" system
like 'of nobody' "$(control server chat list dave 2>&1)" 'there is no user dave'

id=$(chats bob | tail -n 1 | field id)
is 'a chat by its id' "$(control server chat show "$id" | grep ^entries)" \
	'entries:        5'
is 'and by its number' "$(control server --json chat show alice:2 | field id)" \
	"$id"
is 'with its members' "$(control server chat show alice:2 |
	awk 'p { print $1 } $1 == "MEMBER" { p = 1 }' | xargs)" 'alice bob'
for wrong in 'alice:9' 'dave:1' "#${id:2}a"; do
	said=$(control server chat show "$wrong" 2>&1)
	like "no chat: $wrong" "$?: $said" '^1: .*there is no chat|^1: .*is no chat'
done
for wrong in alice alice: alice:x '#' ''; do
	said=$(control server chat show "$wrong" 2>&1)
	like "not a chat: \"$wrong\"" "$?: $said" '^1: .*expected'
done

history() { control server --json chat history "$@"; }
is 'entries in order' "$(history "$id" | field seq | xargs)" '1 2 3 4 5'
is 'the newest' "$(history "$id" --limit 2 | field seq | xargs)" '4 5'
is 'and those before' "$(history alice:2 --limit 2 --before 4 |
	field seq | xargs)" '2 3'
is 'before the first there are none' "$(history alice:2 --before 1)" ''
is 'who wrote them' "$(history alice:2 --limit 1 | field from)" alice
like 'for people' "$(control server chat history alice:2 | tail -n 1)" \
	'^  5  .*Z  alice  '
is 'not what they say' "$({ history "$id"; control server chat history "$id"; } |
	grep -c secret)" 0
is 'which is not in the log' "$(grep -c control.shown "$dir/server.log")" 0
is 'what they say, if it must be' \
	"$(history "$id" --bodies --limit 1 | field content)" \
	'<body>secret number 5</body>'
like 'is in the log' "$(in_log server 'control\.shown')" \
	"uid=$(id -u) .*command=\"chat history\" arguments=\"chat=$id limit=1 bodies=yes\""
like 'also for people' "$(control server chat history alice:2 --bodies)" \
	'secret number 1'
like 'the account log' "$(history alice:1 --bodies)" \
	'<chat number=.*name=..bob'
is 'the log of the server has none of it' \
	"$(grep -c 'secret number' "$dir/server.log")" 0

# Names that are meant for a terminal are not obeyed by it.
as carol/$'evil\e[2J' login >/dev/null
is 'control characters are not printed' \
	"$(control server device list carol | tail -n 1 | awk '{ print $2 }')" \
	'evil?[2J'

as carol/$'gnp\xe2\x80\xaegpj' login >/dev/null
is 'nor what turns the direction' \
	"$(control server device list carol | tail -n 1 | awk '{ print $2 }')" \
	'gnp???gpj'

# More than a page of anything.
python3 - "$dir" <<-'END'
	import json, socket, sys
	s = socket.socket(socket.AF_UNIX)
	s.connect(sys.argv[1] + "/server.sock")
	f = s.makefile("rw")
	for i in range(520):
	    print(json.dumps({"command": "user add", "name": f"many{i}",
	        "password": "x"}), file=f, flush=True)
	    assert json.loads(f.readline())["ok"]
END
is 'a list is read in pages' "$(control server --json user list many | wc -l)" \
	520
is 'each once' "$(control server --json user list many | field id | sort -u |
	wc -l)" 520
finish

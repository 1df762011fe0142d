#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The conversation client: who is there, who types, what is unread.
. "$top_srcdir/tests/scenario/lib.sh"
. "$top_srcdir/tests/scenario/term.sh"
needs devices groups offline presence receipts

configure server \
	'<modules><module name="presence" grace="0" update="0"/></modules>'
start server
add_users server alice bob carol

talks alice
ok 'without a chat the status says what to do' \
	term sees alice 'no chat is open: /chats, /open NAME'
term type alice '/chat bob\r'
ok 'who is away is' term sees alice 'bob · offline'
talks bob
ok 'who comes is online' term sees alice 'bob · online'
term type alice 'hello\r'
ok 'what waits is counted' term sees bob '/open NAME · 1 unread'
term type bob '/chat alice\r'
ok 'both see each other' term sees bob 'alice · online'
ok 'and nothing is unread' term misses bob ' · 1 unread'
term type bob 'I am t'
ok 'whoever types is seen typing' term sees alice 'bob · typing…'
term type bob '\x15'
ok 'until he takes it back' term sees alice 'bob · online'
term type bob '/cha'
term type bob '\x15and so on'
ok 'a command is not told' term sees alice 'bob · typing…'
term type bob '\r'
ok 'a message ends it' term sees alice 'bob · online'
typed() { control server --json stats | field presence.typing; }
before=$(typed)
term type bob 'a line that is pasted\r'
term sees alice 'a line that is pasted'
is 'of a line that is there whole nobody is told' "$(typed) typed" \
	"$((before)) typed"
as bob/phone typing alice recording >/dev/null
ok 'another device records' term sees alice 'bob · recording…'
as bob/phone typing alice paused >/dev/null
term sees alice 'bob · online'
term type alice '/chat carol\r'
ok 'another chat, another status' term sees alice 'carol · offline'
term type alice '/chat bob\r'
term sees alice 'bob · online'
term type bob '\x04'
term ended bob 0
ok 'when he was last seen' term sees alice 'bob · last seen '

# ---- Groups.
as alice/desktop group create team bob carol >/dev/null
term type alice '/chat team\r'
ok 'a group has members' term sees alice 'team · 3 members'
talks carol
ok 'some of whom are there' term sees alice \
	'team · 3 members, 2 of them online'
term type carol '/chat team\r'
term sees carol 'team · 3 members'
term type carol 'we'
ok 'or type' term sees alice 'team · carol typing…'
term type carol '\r'
ok 'and stop' term sees alice 'team · 3 members, 2 of them online'
ok 'ticks say how many' term row carol 'carol: we | ✓✓ read 1/2'
as alice/desktop group add team >/dev/null 2>&1
as alice/desktop group remove team bob >/dev/null
ok 'fewer members' term sees alice 'team · 2 members'

# ---- The connection.
ended server TERM
ok 'without a server' term sees alice 'team · offline, next attempt in'
terminals_end
finish

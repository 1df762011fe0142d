#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The conversation client: what is said about a message is shown in its place,
# commands about messages, older pages.
. "$top_srcdir/tests/scenario/lib.sh"
. "$top_srcdir/tests/scenario/term.sh"
needs devices groups history messages offline receipts settings

configure server
start server
add_users server alice bob carol

talks alice
talks bob
term type bob '/open alice\r'
ok 'a chat that is not there yet is told' term sees bob \
	'no chat with alice yet: the first message begins it'
term type bob '\x0c'
term type alice '/open bob\r'
term type alice 'frist\r'
ok 'a message has a number' term row bob '   1 | alice: frist'
term row alice 'alice: frist | ✓✓ read'

# ---- Edits.
term type alice '/edit\r'
ok '/edit brings the text into the line' term ends alice 'bob> /edit 1 frist'
term type alice '\x7f\x7f\x7f\x7first\r'
ok 'the message is edited' term sees bob 'alice: first (edited)'
ok 'in its place' term misses bob frist
ok 'here too' term row alice 'alice: first (edited) | ✓✓ read'
term type bob '/edit 1 mine\r'
ok 'not by others' term sees bob '! edit: message 1 is not yours'
term type bob '/edit\r'
ok 'who has sent nothing has nothing to edit' term sees bob \
	'! you have sent nothing here yet'

# ---- Reactions.
term type bob '/react 👍\r'
ok 'a reaction stands below its message' term row alice '     [👍]'
term type alice '/react 1 👍\r'
ok 'the same are counted' term row bob '     [👍 2]'
term type alice '/react 1 off\r'
ok 'and taken back' term misses bob '[👍 2]'
ok 'each for itself' term sees bob '[👍]'
term type bob '/react 9 x\r'
ok 'a message that is not there' term sees bob '! message 9 of alice is not here'
term type bob '/react\r'
ok 'a reaction that is missing' term sees bob \
	'! expected /react [N] EMOJI | [N] off'

# ---- Answers, polls, what is on top.
term type bob '/reply 1 an answer\r'
ok 'an answer quotes' term sees alice 'bob: > alice: first'
ok 'and says its text below' term sees alice '    an answer'
term type alice '/poll "Where to?" here "over there"\r'
ok 'a poll has options' term row bob '      2 over there'
term type bob '/vote . 2\r'
ok 'a vote is counted' term row alice '      2 over there  1 vote'
ok 'one sees which is his own' term row bob '      2 over there  1 vote, yours'
term type bob '/vote . 3\r'
ok 'an option that is not there' term sees bob '! vote: expected options from 1 to 2'
term type bob '/vote . off\r'
ok 'a vote is taken back' term misses alice '1 vote'
term type alice '/top 1\r'
ok 'a message is on top' term sees bob 'first (edited) (on top)'
term type bob '/top\r'
ok 'what is on top is listed' term sees bob '(on top)'
term type alice '/top 1 off\r'
ok 'and no more' term misses bob '(on top)'

# ---- Stars, and what is hidden; other chats.
term type alice '/star 1\r'
ok 'a star' term row alice 'first (edited) *'
term type alice '/stars\r'
ok 'the stars' term sees alice '  bob: 1 first'
term type alice '/forward 1 carol\r'
ok 'a message goes on' term sees alice 'forwarded to carol'
got=$(as carol --json listen --count 1 --timeout "$limit")
is 'it is marked' "$(grep -c '"forwarded":true' <<<"$got")" 1
term type alice '/hide .\r'
ok 'a message is hidden' term sees alice 'bob: (deleted for yourself)'
worker=$(worker server)
kill -STOP "$worker"
term type bob 'oh no\r/delete .\r'
ok 'what is on its way is not mistaken for the one before' term sees bob \
	'! your last message is still on its way: again when it has its tick'
kill -CONT "$worker"
term row bob 'oh no | ✓'
term type bob '/delete .\r'
ok 'a message is deleted' term sees alice 'bob: (deleted)'
ok 'its text is gone' term misses alice 'oh no'
term type alice '/delete .\r'
ok 'a poll too' term row bob 'alice: (deleted)'
ok 'with its options' term misses bob 'over there'
term type alice 'three words here\r'
term row alice 'three words here | ✓✓ read'
term type alice '/ticks .\r'
ok '/ticks of a message says who has read it' term row alice '  bob  ✓✓ | read '
term type alice '/search WORDS\r'
ok '/search says how many it finds' term sees alice '-- bob, 1 found --'
ok 'and where they end' term sees alice '-- now --'
term type alice '/search nothing of it\r'
ok 'or not' term sees alice 'not found in what is here of bob'

# ---- What is mistyped.
term type alice '/reakt x\r'
ok 'a command that is mistyped' term sees alice \
	'! there is no command /reakt: did you mean /react?'
term type alice '/help react\r'
ok 'help for one command' term sees alice '  /react [N] EMOJI | [N] off'
term type alice '/help all\r'
ok 'or for all' term sees alice '  /privacy [LAST-SEEN ONLINE |'
term type alice '/open bop\r'
ok 'a name that is mistyped' term sees alice 'Did you mean /open bob?'
term type alice '/open bob\r'
term ends alice 'bob>'

# ---- Older pages.
seq 60 | sed 's/^/line /' | { echo '/open bob'; cat; } | as alice/phone >/dev/null
term sees alice 'line 60'
term type alice '\x1b[5~'
ok 'Page Up shows older messages' term sees alice 'older messages: PgUp, PgDn'
ok 'those above what was there' term misses alice 'line 60'
as bob/phone send alice 'news below' >/dev/null
ok 'what comes is counted' term sees alice 'older messages, 1 new below'
ok 'and not shown' term misses alice 'news below'
term type alice '\x1b[5~\x1b[5~\x1b[5~\x1b[5~'
ok 'up to the first' term row alice '   1 | alice: first (edited)'
term type alice '\x1b[6~'
ok 'Page Down goes down again' term misses alice 'first (edited)'
term size alice 12 60
ok 'in a window of another size, too' term sees alice 'older messages, 1 new'
term type alice '\r'
ok 'Enter goes back' term sees alice 'bob: news below'
ok 'to the conversation' term misses alice 'older messages'
term size alice 24 80
on_terminal late carol
ready late
term type late '/open alice\r'
ok 'forwarded messages say so' term sees late 'alice: (forwarded) first'
term type late '\x04'
term ended late 0

# ---- What is quoted changes with it.
term type bob '/open alice\r\x0c'
as alice/phone send bob 'not for long' >/dev/null
term sees bob 'alice: not for long'
term type bob '/reply . how long?\r'
ok 'an answer quotes' term sees bob '> alice: not for long'
term type alice '/open bob\r/delete 77\r'
ok 'what is deleted is not quoted any more' term sees bob '> alice: (deleted)'

# ---- What has left the screen is told by a line.
term type bob '\x0c'
as alice/phone react bob 1 🎉 >/dev/null
ok 'a reaction to what has gone' term sees bob '* alice reacted to 1 (first): 🎉'
as alice/phone edit bob 1 'the first' >/dev/null
ok 'an edit' term sees bob '* alice edited 1: the first'

# ---- A terminal that can nothing.
got=$(printf '%s\n' '/open bob' '/react 1 x' '/edit 1 again' | as alice/phone)
is 'without a terminal commands work' $? 0
like 'each is a line' "$got" '\* alice edited 1: again'
got=$(printf '%s\n' '/open bob' '/react 1 y' '/star 1' '/stars' |
	as alice/phone --json)
is 'and an object' "$(grep -c '"event":"sent"' <<<"$got")" 1
is 'lists too' "$(grep '"event":"star"' <<<"$got" | field seq)" 1
terminals_end
ended server TERM
finish

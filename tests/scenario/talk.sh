#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The conversation client: on a terminal, and with a script of lines.
. "$top_srcdir/tests/scenario/lib.sh"
. "$top_srcdir/tests/scenario/term.sh"
needs devices history offline receipts

configure server
start server
add_users server alice bob carol

# ---- The password.
ok 'alice starts' on_terminal alice alice
ok 'and is asked for her password' term ends alice 'Password of alice:'
term type alice 'mistaken\r'
ok 'a wrong one is refused' term sees alice 'login as alice refused'
ok 'and asked for again' term ends alice 'Password of alice:'
ok 'it is not shown' term misses alice mistaken
term type alice 'alice-secre\x7f\x15alice-secrets\x7f\r'
ok 'keys that correct it work' term ends alice '>'
ok 'she is told what to type' term sees alice '/help lists commands'

# ---- A conversation.
on_terminal bob bob
term sees bob Password
term type bob 'bob-secret\r'
ready bob
term type alice 'hello?\r'
ok 'without a chat nothing can be sent' \
	term sees alice '! no chat is open: /open NAME opens one'
term type alice '/chat bob\r'
ok 'a chat is opened' term ends alice 'bob>'
term type alice 'hello bob, \xc3\xa9\xe6\x97\xa5\xf0\x9f\x99\x82\r'
ok 'a line is sent, and its ticks come behind it' \
	term row alice 'alice: hello bob, é日🙂 | ✓✓'
term type bob 'half a li'
ok 'bob gets a notice' term sees bob '* alice, 1 unread: hello bob, é日🙂'
ok 'and goes on with his line' term ends bob '> half a li'
term type alice 'are you there?\r'
ok 'the notice counts' term sees bob '* alice, 2 unread: are you there?'
ok 'in its place' term misses bob '1 unread'
ok 'not read is not read' term row alice 'are you there? | ✓✓'
ok 'so there is no such tick' term misses alice 'read'
term type bob '\x03'
ok 'Ctrl-C clears the line' term ends bob '>'
term type bob '/chat al\t'
ok 'Tab completes a name' term ends bob '> /chat alice'
term type bob '\r'
ok 'opening the chat shows what waits' term row bob 'alice: hello bob | é日🙂'
ok 'all of it' term sees bob 'alice: are you there?'
ok 'and alice sees that it was read' term row alice 'hello bob | ✓✓ read'
ok 'each of them' term row alice 'are you there? | ✓✓ read'
term type bob '/ch\t\t'
ok 'Tab lists what is possible' term sees bob '/chat  /chats'
term type bob '\x03'
term ends bob 'alice>'
term type bob 'yes, I am, and this is a line that needs more than one row of the terminal, so it is long'
ok 'a long line is edited in two rows' term ends bob \
	'l, so it is long'
term type alice 'while you type\r'
ok 'a message comes above it' term sees bob 'alice: while you type'
ok 'and the line stays' term ends bob 'l, so it is long'
term type bob '\x01No, \x05!\r'
ok 'it is sent as it was edited' term sees alice \
	'bob: No, yes, I am, and this is a line'
ok 'and broken between words' term row bob 'long! | ✓✓ read'
term type alice '\x1b'
term type bob 'no key is waited for\r'
ok 'a lone Escape stops nothing' term sees alice 'no key is waited for'

# ---- Others, and what is harmless.
as carol send bob $'carol \e[2Jsays\nhi' >/dev/null
ok 'another chat gives a notice' term sees bob \
	'* carol, 1 unread: carol ^[[2Jsays^Jhi'
term type bob '/chats\r'
ok 'the open chat is marked' term row bob '> alice | :'
ok 'unread messages are counted' term row bob '  carol | 1 unread'
term type bob '/who\r'
ok '/who says who' term sees bob 'you are bob, device laptop, at 127.0.0.1'
ok 'his last message was read' \
	term row bob 'no key is waited for | ✓✓ read'
term type bob '/ticks\r'
ok '/ticks gives times' term row bob 'no key is waited for | read '
term type bob '/nonsense\r'
ok 'an unknown command is an error' term sees bob '! there is no command /nonsense'
term type bob '//slash\r'
ok 'a slash can be sent' term sees alice 'bob: /slash'
term type bob '/help\r'
ok '/help lists the commands' term sees bob '/quit'

# ---- The window.
term size bob 12 40
term type alice 'in a small window a long line has rows of its own\r'
ok 'a smaller window' term sees bob 'alice: in a small window a'
ok 'breaks lines where it ends' term sees bob \
	'    long line has rows of its own'
term size bob 12 60
ok 'and again when it is larger' term sees bob \
	'alice: in a small window a long line has'
term type bob '\x0c'
ok 'Ctrl-L clears the screen' term misses bob 'small window'
ok 'but for the line' term ends bob 'alice>'

# ---- Ctrl-Z.
term type bob 'half'
term ends bob 'alice> half'
term type bob '\x1a'
ok 'Ctrl-Z stops, and gives the terminal back' term stopped bob
ok 'it goes on where it was' term ends bob 'alice> half'
term type bob '\x15'
term ends bob 'alice>'

# ---- The connection.
ended server TERM
ok 'the reason is told' term sees alice '* offline, trying again'
ok 'and the row above the prompt says so' \
	term sees alice 'bob · offline, next attempt in'
term type alice 'nobody is there\r'
ok 'what is typed is kept' term row alice 'nobody is there | …'
configure server "<listen><address>127.0.0.1</address><port>$port</port>
	<port-file>$dir/server.port</port-file></listen>"
start server
ok 'she is online again' term sees alice '* online'
ok 'and it is sent' term row alice 'nobody is there | ✓✓ read'

# ---- Leaving, and coming back.
term type bob '\x04'
ok 'Ctrl-D leaves' term ended bob 0
ok 'and the terminal is as it was' term restored bob
term type alice 'read this later\r'
ok 'bob is away' term row alice 'read this later | ✓'
on_terminal bob2 bob
ok 'no password is needed now' term ends bob2 '>'
ok 'unread messages wait again' term row bob2 '  alice | 1 unread'
ok 'all of them' term row bob2 '  carol | 1 unread'
term type bob2 '/to carol thank you\r'
ok 'lines of a message are indented' term sees bob2 '    hi'
ok 'a chat can be opened with a message' term row bob2 'bob: thank you | ✓'
term type bob2 '/chat alice\r'
ok 'what was read comes from the server, first' term sees bob2 \
	'alice: nobody is there'
ok 'with the ticks of own messages' term row bob2 'bob: /slash | ✓✓ read'
ok 'then what waits' term sees bob2 'alice: read this later'
term type bob2 '\x0c/history 2\r'
ok '/history shows what was said' term sees bob2 'alice: read this later'
ok 'as many as asked for' term misses bob2 'slash'
ok 'to the end' term sees bob2 '-- now --'
term type bob2 '/devices\r'
ok '/devices lists them' term row bob2 '  1  laptop, last login | (this one)'
as bob/phone login >/dev/null
ok 'a new device is told' term sees bob2 \
	'* device 2 (phone) was added to your account'
term type bob2 '/quit\r'
ok '/quit leaves' term ended bob2 0
term type alice '\x04'
term ended alice 0
got=$(as carol --json listen --count 1 --timeout "$limit" | field text)
is 'carol is thanked' "$got" 'thank you'

# ---- A script.
got=$(printf '%s\n' '/chat bob' 'from a script' 'and more' | as alice)
is 'a script of lines is sent' $? 0
is 'each line has its tick' "$got" $'  ✓ sent to bob: from a script
  ✓ sent to bob: and more'
got=$(printf '/chat alice' | as bob)
is 'another one reads' $? 0
like 'what waited' "$got" '[0-9:]+ alice: from a script'
like 'to the end' "$got" 'alice: and more$'
why=$(printf '%s\n' '/chat nobody' 'hi' '/chat bob' 'hi bob' | as alice 2>&1 \
	>"$dir/out")
is 'a message that is refused is a failure' $? 1
like 'which says why' "$why" '^stonechat: not sent to nobody: '
is 'the others are sent' "$(cat "$dir/out")" '  ✓ sent to bob: hi bob'
got=$(printf '%s\n' '/chat alice' 'hi alice' | as bob --json)
is 'with --json all are objects' "$(grep -vc '^{"event":"' <<<"$got")" 0
is 'messages too' "$(grep '"event":"message"' <<<"$got" | field text)" 'hi bob'
is 'and ticks' "$(grep '"event":"sent"' <<<"$got" | field to)" alice
got=$(printf '%s\n' '/chat bob' '/history 3' '/devices' '/ticks 1' |
	as alice --json)
is 'a script gets history' "$(grep -c '"event":"history"' <<<"$got")" 3
is 'devices' "$(grep '"event":"device"' <<<"$got" | field name)" laptop
is 'and an end of each answer' "$(grep -c '"event":"result"' <<<"$got")" 3
got=$(printf '%s\n' '/chat bob' 'a needle' 'more hay' '/search NEEDLE' |
	as alice --json)
is 'and what it looks for, without anything that is no object' \
	"$(grep '"event":"found"' <<<"$got" | field text):$(grep -c -v \
	'^{"event":"' <<<"$got"):$(grep -c '"of":"search"' <<<"$got")" \
	'a needle:0:1'
as bob send alice 'unread' >/dev/null
got=$(as alice </dev/null)
like 'an empty script shows what waits' "$got" '^  bob +1 unread  [0-9:]+$'
got=$({
	echo '/chat bob'
	seq 500
	echo /quit
	echo 'not this'
} | as alice --json)
is 'a long script is sent' $? 0
is 'all of it' "$(grep -c '"event":"sent"' <<<"$got")" 500
got=$(echo '/chat alice' | as bob --json | grep '"event":"message"' |
	field text | tail -n 500)
is 'in its order' "$got" "$(seq 500)"
term start dumb 24 80 env TERM=dumb "$bin/stonechat" -s \
	"127.0.0.1:$port" -u carol --ca "$dir/cert.pem" --device laptop \
	--state "$dir/state-carol-laptop"
term type dumb '/chat bob\rfrom a dumb terminal\r'
ok 'a dumb terminal gets lines' term sees dumb \
	'  ✓ sent to bob: from a dumb terminal'
term type dumb '\x04'
ok 'and its end of file' term ended dumb 0
# ---- A server that keeps no history to look at.
ended server TERM
configure server '<modules><module name="history" enabled="no"/></modules>'
start server
on_terminal late bob
term sees late 'carol'
term type late '/chat carol\r'
ok 'without history what waits is shown all the same' term sees late \
	'carol: from a dumb terminal'
term type late '/history\r'
ok 'asking for it is an error' term sees late '! no history of carol'
term type late '\x04'
ok 'that stops nothing' term ended late 0
terminals_end
ended server TERM
finish

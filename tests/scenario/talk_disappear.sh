#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The conversation client: messages that disappear.
. "$top_srcdir/tests/scenario/lib.sh"
. "$top_srcdir/tests/scenario/term.sh"
needs disappearing groups history offline receipts

configure server \
	'<modules><module name="disappearing" shortest="1"/></modules>'
start server
add_users server alice bob

talks alice
talks bob
term type alice '/open bob hello\r'
term row alice 'alice: hello | ✓'
term type alice '/disappear soon\r'
ok 'a time that is none' term sees alice '! expected /disappear [24h | 7d | off]'
term type alice '/disappear 2s\r'
ok '/disappear' term sees alice '(messages disappear after 2 seconds)'
term type alice '/disappear\r'
ok 'it is told' term sees alice 'messages of bob disappear after 2 seconds'
term type bob '/open alice\r'
ok 'to both' term sees bob '(messages disappear after 2 seconds)'
term type alice 'not for long\r'
ok 'a message is gone after its time' term sees bob 'alice: (its time was over)'
ok 'here too' term sees alice 'alice: (its time was over)'
ok 'nothing of it is left' term misses alice 'not for long'
ok 'for nobody' term misses bob 'not for long'
ok 'what was there before stays' term sees bob 'alice: hello'
terminals_end
ended server TERM
finish

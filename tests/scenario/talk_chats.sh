#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The conversation client: commands about chats, groups, channels, and the
# account.
. "$top_srcdir/tests/scenario/lib.sh"
. "$top_srcdir/tests/scenario/term.sh"
needs channels devices groups history offline presence receipts settings

configure server
start server
add_users server alice bob carol

talks alice
talks bob

# ---- What is set for a chat.
term type alice '/mute 8h\r'
ok 'a chat must be open' term sees alice '! no chat is open: /open NAME'
term type alice '/to bob hello\r'
term row alice 'alice: hello | ✓'
term type alice '/mute 8h\r'
ok '/mute' term sees alice '* bob is muted until'
term type alice '/mute never\r'
ok 'a time that is none' term sees alice '! expected /mute [8h | 7d | off]'
term type alice '/pin\r'
ok '/pin' term sees alice '* bob is pinned'
term type alice '/archive\r'
ok '/archive' term sees alice '* bob is archived'
term type alice '/chats\r'
ok '/chats says all of it' term row alice '> bob | pinned  muted  archived'
term type alice '/archive off\r'
ok 'and no more' term sees alice '* bob is archived no more'
as alice/phone mute bob off >/dev/null
ok 'another device changes it' term sees alice '* bob is muted no more'

# ---- Groups.
term type alice '/new "The team" bob carol\r'
ok '/new makes a group and opens it' term ends alice 'The team>'
term type alice 'welcome\r'
term type bob '/open The team\r'
ok 'a name may have spaces' term ends bob 'The team>'
ok 'its messages come' term sees bob 'alice: welcome'
ok 'who reads is counted' term row alice 'alice: welcome | ✓✓ read 1/2'
term type alice '/group role admin bob\r'
ok 'a role is given' term sees bob '(bob is an admin now)'
term type alice '/group info\r'
ok '/group info' term sees alice ': 3 members, you are owner'
ok 'and who is in it' term sees alice '  bob admin'
term type bob '/group set topic lunch\r'
ok 'a topic' term sees alice 'lunch'
term type alice '/group remove carol\r'
ok 'one is removed' term sees bob 'The team · 2 members'
as alice/phone group invite 'The team' 7d 1 >/dev/null
term type alice '/group invites\r'
ok 'an invitation' term sees alice 'used 0 of 1, expires'
term type alice '/group dance\r'
ok 'an action that there is not' term sees alice \
	'! group: expected one of list create'
term type alice '/group add\r'
ok 'something is missing' term sees alice '! group add: something is missing: expected /group add USER...'
term type bob '/group rename lunch\r'
ok 'another name' term sees alice 'lunch · 2 members'
term type bob '/group leave\r'
ok 'one leaves' term sees alice 'lunch · 1 member'
term type bob '/open alice\r'
term type bob '/group info\r'
ok 'a chat that is no group' term sees bob '! group info: no group is open'

# ---- Channels.
term type alice '/channel create news\r'
ok 'a channel is made and opened' term ends alice 'news>'
term type alice 'first news\r'
term row alice 'alice: first news | ✓'
term type alice '/channel info\r'
ok '/channel info' term sees alice 'id: #'
term type alice '/ticks .\r'
ok 'by how many it was read' term sees alice '  nobody has read it yet'

# ---- The account.
term type bob '/devices\r'
ok '/devices' term row bob '  1  laptop | (this one)'
as bob/phone login >/dev/null
term sees bob '* device 2 (phone) was added'
term type bob '/rename 2 pocket\r'
ok '/rename' term sees bob '* device 2 (pocket) has this name now'
term type bob '/revoke 1\r'
ok 'not this device' term sees bob '! revoke: 1 is this device'
term type bob '/revoke 2\r'
ok '/revoke' term sees bob '* device 2 was removed'
term type bob '/revoke x\r'
ok 'what is no number' term sees bob '! expected /revoke ID'
term type bob '/privacy me\r'
ok '/privacy' term sees bob '! expected /privacy [LAST-SEEN ONLINE'
as bob/phone presence privacy nobody shared >/dev/null
term type bob '/privacy receipts off\r'
term type bob '/privacy\r'
ok 'what is hidden is shown' term sees bob '  last seen: nobody'
ok 'from whom' term sees bob '  online: shared'
ok 'also what was read' term sees bob '  receipts, what you have read:'
term type bob '\x0c'
term size bob 50 100
term type bob '/link\r'
ok '/link shows a code' term sees bob 'good until'
exec {link}< <(as bob/tablet --json link)
read -r answer <&"$link"
code=$(field code <<<"$answer")
ok 'another device is let in' as bob/phone login --link "$code"
term sees bob '(phone) was added'
ok 'a code that may be used is not shown any more' \
	term sees bob '(a code has been used)'
term type bob '\x0c/open\t'
ok 'Tab' term ends bob 'alice> /open'
term type bob '\x15/group inv\t\t'
ok 'completes actions' term sees bob 'invite  invites'
term type bob '\x15/help op\t\r'
ok 'and commands' term sees bob 'open a chat with a user or a group'
term type bob '\x04'
term ended bob 0
terminals_end
ended server TERM
finish

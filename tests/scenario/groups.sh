#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# stonechat group: what one says, others see; with names, and as JSON.
. "$top_srcdir/tests/scenario/lib.sh"
needs groups offline history

configure server ''
start server
add_users server alice bob carol dave erin

# json KEY: of the first line of standard input.
key() { head -n 1 | field "$1"; }

# Making one, and what its members hear.
out=$(as alice group create 'The team' bob carol)
is 'a group is made' "$out" '2 The team'
is 'listed' "$(as bob group list)" '2 The team: 3 members, you are member'
as alice send 2 'hello, team' >/dev/null || bail 'alice cannot write'
out=$(as bob listen --count 1 --timeout "$limit" | cut -d' ' -f2-)
is 'who is added sees by whom, and messages by name' "$out" \
	'(alice named the group "The team"; alice made the group; alice added bob; alice added carol)
alice: hello, team'

# Names, roles, settings: by number, id and name.
is 'rename' "$(as alice group rename 'The team' crew)" ''
like 'the old name is nobody'"'"'s' "$(as alice group leave 'The team' 2>&1)" \
	'you are in no group called The team: group list shows yours$'
is 'the new name is known at once' \
	"$(as alice group role crew admin bob; echo $?)" 0
id=$(as alice --json group list | key chat)
is 'JSON has the number' "$id" 2
as bob group set crew topic 'what we do' || bail 'bob cannot set a topic'
as bob group set 2 picture cGlj
like 'JSON has the picture' "$(as bob --json group list)" \
	'"picture":"cGlj"'
as bob group set 2 picture ''
as bob group set 2 post admin
as bob group set 2 recent 1
out=$(as carol group info crew)
like 'info has the id' "$out" $'\nid: #[a-z2-7]{26}\n'
is 'and all the rest' "$(grep -v '^id: ' <<<"$out")" '2 crew: 3 members, you are member
topic: what we do
post admin, edit member, approval off, recent 1
alice owner
bob admin
carol member'
out=$(as carol send 2 hush 2>&1)
is 'who may not write' $? 1
like 'is told' "$out" 'only the admins of this group write in it'
as bob group set 2 post member
as bob group set 2 edit admin
out=$(as carol group rename 2 gang 2>&1)
like 'who may not rename is told' "$out" \
	'group rename: only the admins of the group may do this'

# Coming and going.
is 'add' "$(as bob group add crew dave; echo $?)" 0
as bob send 2 'hello dave' >/dev/null
out=$(as dave --json listen --count 1 --timeout "$limit")
like 'the joiner sees one of before' "$(grep -c '"event":"skip"' <<<"$out")" 1
like 'and who has let him in' "$(grep '"action":"added"' <<<"$out")" \
	'"by":"~2","user":4,"name":"dave","action":"added","role":"member"\}$'
is 'remove' "$(as bob group remove crew dave; echo $?)" 0
out=$(as dave group info 2 2>&1)
like 'who was removed is told so' "$out" 'you are not in this group any more'
is 'leave' "$(as alice group leave crew; echo $?)" 0
is 'the admin is the owner now' "$(as carol group info crew | sed -n '5,$p')" \
	'bob owner
carol member'
out=$(as carol history 2 --limit 1 | cut -d' ' -f4-)
is 'as history says' "$out" '(alice left; bob is an owner now)'

# Invitations.
token=$(as bob group invite crew 1h 2)
is 'a token' "${#token}" 32
like 'listed' "$(as bob group invites crew)" \
	"^$token used 0 of 2, expires 20[0-9: -]*$"
is 'join' "$(as dave group join "$token")" '2 crew'
as bob group set crew approval on
is 'approval' "$(as erin group join "$token")" 'an admin of the group decides'
like 'who waits' "$(as bob group requests crew)" '^erin, since 20'
is 'is let in' "$(as bob group approve crew erin; echo $?)" 0
is 'and in it' "$(as erin group list)" '2 crew: 4 members, you are member'
out=$(as alice group join "$token" 2>&1)
like 'a token that is used up' "$out" \
	'group join: there is no such invitation any more: ask for another one'
token=$(as bob --json group invite crew | key token)
as alice group join "$token" >/dev/null
is 'refuse' "$(as bob group refuse crew alice; echo $?)" 0
is 'revoke' "$(as bob group revoke crew "$token"; echo $?)" 0
is 'nobody waits' "$(as bob group requests crew)" ''
is 'no invitation is left' "$(as bob group invites crew)" ''

# The operator's view, and the account of an owner that goes.
like 'chat show' "$(control server --json chat show \
	"$(control server --json chat list bob | grep '"kind":"group"' |
	key id)")" '"kind":"group".*"role":"owner"'
control server user del bob --yes >/dev/null
is 'the oldest member is the owner' "$(as carol group list)" \
	'2 crew: 3 members, you are owner'

# A group that nobody is in any more, as those who were in it have it.
as erin group create Alone >/dev/null
ended=$(control server --json chat list erin | tail -n 1 | key id)
is 'one is a member' "$(as erin group list | tail -n 1)" \
	'3 Alone: 1 member, you are owner'
as erin group leave Alone || bail 'erin cannot leave'
is 'a group that has ended is listed' "$(control server --json chat list erin |
	tail -n 1 | key id)" "$ended"
like 'and shown' "$(control server --json chat show "$ended")" \
	'"kind":"group".*"members":\[\].*"total":0'

# Wrong usage.
for wrong in 'group' 'group dance' 'group add crew' 'group role crew king bob' \
	'group set crew post owner x' 'group set crew approval maybe' \
	'group set crew picture !' 'group invite crew soon' 'group leave' 'group list crew'; do
	as carol $wrong >/dev/null 2>&1
	is "$wrong: usage" $? 2
done
out=$(as erin group info 77 2>&1)
like 'a group that is not there' "$out" 'group info: '
ended server TERM
finish

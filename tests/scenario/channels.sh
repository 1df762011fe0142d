#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A channel, from its beginning to its end, with the real server.
. "$top_srcdir/tests/scenario/lib.sh"
needs channels history offline receipts

configure server '<limits><push-members>2</push-members></limits>
<modules><module name="channels" members="3" recent="1"/></modules>'
start server
add_users server alice bob carol dave

# counts COUNTER: what it says.
counts() { control server --json stats | field "$1"; }
# heard USER N: the texts of N messages that come to him.
heard() { as "$1" --json listen --count "$2" --read --timeout "$limit" | field text; }

# looks REGEX: the next line of what bob hears that matches.
looks() {
	local line
	while IFS= read -r -t "$limit" line <&"$bob"; do
		[[ $line =~ $1 ]] && echo "$line" && return
	done
	return 1
}

is 'alice makes a channel' "$(as alice channel create News)" '2 News'
id=$(as alice --json channel info News | field id)
like 'which has an id' "$id" '^#[a-z2-7]{26}$'
as alice send "$id" 'first news' >/dev/null
is 'she writes' $? 0
as alice send 2 'second news' >/dev/null

is 'bob subscribes by the id' "$(as bob channel join "$id")" '2 News'
is 'and reads what the channel lets him' "$(heard bob 1)" 'second news'
as carol channel join "$id" >/dev/null
out=$(as dave channel join "$id" 2>&1)
is 'there is no room for a fourth' $? 1
like 'who is told so' "$out" \
	'channel join: the channel has as many subscribers as it may have'
out=$(as bob send "$id" 'my news' 2>&1)
is 'bob does not write' "$?" 1
like 'and is told why' "$out" 'only those whom its owner has made admins'

# Who sees whom.
is 'listed' "$(as bob channel list)" '2 News: 3 members, you are member'
is 'a reader sees those who write' "$(as bob channel members News)" \
	'alice owner'
is 'who writes sees all' "$(as alice channel members News)" 'alice owner
bob member
carol member'

# It is large now: bob is told because he looks.
exec {bob}< <(as bob --json listen --count 1 --read --timeout "$limit")
looks '"event":"synced"' >/dev/null || bail 'bob does not look'
as alice send "$id" 'third news' >/dev/null
like 'who looks gets it' "$(looks '"event":"message"')" '"text":"third news"'
exec {bob}<&-
is 'readers know the channel' "$(as carol listen --no-ack --count 1 \
	--timeout "$limit" | tail -n 1 | cut -d' ' -f2-)" 'News: second news'
is 'who does not look gets it when he does' "$(heard carol 2)" 'second news
third news'
is 'so many have read it' "$(as alice channel views News 4 9)" '4 read by 2'
like 'as it is on the wire' "$(echo '<views id="5" chat="2" first="4"/>' |
	as alice xml --until result --timeout "$limit")" \
	'<page id="5"><views seq="4" total="2"/></page>'
like 'as JSON' "$(as alice --json channel views 2 4)" \
	'^\{"event":"views","chat":2,"seq":4,"views":2\}$'
is 'it can be read again' "$(as bob history 2 --limit 1 | cut -d' ' -f4-)" \
	'alice: third news'

# What is changed of it.
as alice channel set News topic 'What is new' || bail 'no topic'
as alice channel set News picture cGlj || bail 'no picture'
is 'info' "$(as bob channel info News)" "2 News: 3 members, you are member
id: $id
topic: What is new"
like 'JSON has the picture' "$(as bob --json channel info News)" \
	'"event":"channel".*"picture":"cGlj"'
out=$(as bob channel rename News Mine 2>&1)
like 'a reader changes nothing' "$out" \
	'channel rename: only those who write the channel may do this'
as alice channel role News admin bob
as bob send 2 'fourth news' >/dev/null
is 'an admin writes' $? 0
as bob channel rename News Olds
is 'and names it' "$(as carol channel list)" '2 Olds: 3 members, you are member'
is 'others read who has done what' "$(as carol listen --count 1 \
	--timeout "$limit" | cut -d' ' -f2-)" '(the topic is "What is new")
(the picture is another one)
(bob is an admin now)
bob: fourth news'
like 'also later' "$(as carol history 2 --limit 1)" \
	'\(bob named the channel "Olds"\)$'
as bob channel remove Olds carol
is 'and takes a reader out' $? 0
like 'who is told so' "$(as carol channel info 2 2>&1)" \
	'you have left this channel: join it again'
out=$(as alice channel leave 2)
is 'the owner leaves' $? 0
like 'an admin is owner now' "$(as bob channel members 2)" '^bob owner$'
is 'alice comes back' "$(as alice channel join "$id")" '2 Olds'
like 'there is no such channel' \
	"$(as dave channel join '#aaaaaaaaaaaaaaaaaaaaaaaaaa' 2>&1)" \
	'no such channel lets you in: ask for its id, which begins with #, or for'
for wrong in 'channel' 'channel dance' 'channel join' 'channel set 2 post admin' \
	'channel role 2 king bob' 'channel views 2 x' 'channel set 2 closed no' \
	'channel invite 2 soon' 'channel revoke 2'; do
	as bob $wrong >/dev/null 2>&1
	is "$wrong: usage" $? 2
done
like 'no id' "$(as bob channel join '#News' 2>&1)" \
	'expected names, ids and tokens'
like 'no token' "$(as bob channel join News 2>&1)" \
	'there is no such invitation any more: ask for another one'

# Invitations, which are all that lets in when it is closed.
as bob channel set Olds closed on || bail 'not closed'
like 'it is closed' "$(as bob channel info Olds)" \
	'closed: who joins needs an invitation'
like 'as JSON' "$(as bob --json channel info Olds)" '"closed":true'
like 'the id is of no use now' "$(as dave channel join "$id" 2>&1)" \
	'no such channel lets you in'
invite=$(as bob channel invite Olds 8h 1)
like 'a token' "$invite" '^[A-Za-z0-9_-]{32}$'
like 'listed' "$(as bob channel invites Olds)" "^$invite used 0 of 1, expires 20"
like 'a reader lists none' "$(as alice channel invites Olds 2>&1)" \
	'only those who write the channel'
is 'dave joins by it' "$(as dave channel join "$invite")" '2 Olds'
as dave channel leave Olds
like 'once' "$(as dave channel join "$invite" 2>&1)" 'no such invitation any more'
invite=$(as bob channel invite Olds)
as bob channel revoke Olds "$invite"
like 'taken back' "$(as dave channel join "$invite" 2>&1)" \
	'no such invitation any more'
is 'none is left' "$(as bob channel invites Olds)" ''
like 'readers are told' "$(as alice history 2 --limit 1)" \
	'\(who joins needs an invitation now\)$'
is 'two were made' "$(counts channels.invited)" 2

# Looking ends without a word.
printf '%s\n' '<watch chat="2" seq="0"/>' '<unwatch chat="2"/>' '<ping/>' |
	as bob xml --until pong --timeout "$limit" >/dev/null
is 'he looks no more' $? 0
is 'channels are counted' "$(counts channels.created)" 1
is 'and who came' "$(counts channels.subscribed)" 4
is 'who left' "$(counts channels.left)" 3
is 'what changed' "$(counts channels.changed)" 5
is 'and what was read' "$(counts channels.viewed)" 4
out=$(control server chat show "$id")
like 'the operator sees what it is called and about, and who owns it' "$out" \
	$'name: +Olds\ntopic: +What is new\nowner: +bob\nmembers: +2\n'
like 'in lists, too' "$(control server chat list bob)" \
	"$id +channel +- +Olds +2 "
like 'as JSON' "$(control server --json chat show "$id")" \
	'"owners":\["bob"\],"total":2,"name":"Olds","topic":"What is new"'
control server module unload channels >/dev/null
like 'and not while nobody knows' "$(control server chat show "$id")" \
	$'name: +-\ntopic: +-\nowner: +bob\nmembers: +2\n'
control server module load channels >/dev/null
control server user del bob --yes >/dev/null
control server --json chat show "$id" >"$dir/shown"
is 'who is gone is in it no more' "$(grep -c '"user":"bob"' "$dir/shown")" 0
ended server TERM
is 'the server stops' $? 0
"$bin/stonechatd" -c "$dir/server.xml" --maintain verify >"$dir/verified" 2>&1
is 'and its database is whole' $? 0
finish

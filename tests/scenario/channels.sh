#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A channel, from its beginning to its end, with the real server.
. "$top_srcdir/tests/scenario/lib.sh"
needs channels offline receipts

configure server '<limits><push-members>2</push-members></limits>
<modules><module name="channels" members="3" recent="1"/></modules>'
start server
add_users server alice bob carol dave

# asks USER XML: the answer to a request.
asks() { echo "$2" | as "$1" xml --until "${3:-result}" --timeout "$limit"; }
# counts COUNTER: what it says.
counts() { control server --json stats | field "$1"; }

got=$(asks alice '<chat n="1" action="create" kind="channel" name="News"/>')
like 'alice makes a channel' "$got" '<result n="1"><chat number="2" ref='
id=$(control server --json chat list alice | grep '"kind":"channel"' |
	field id)
like 'which has an id' "$id" '^#[a-z2-7]{26}$'
as alice send "$id" 'first news' >/dev/null
is 'she writes' $? 0
as alice send "$id" 'second news' >/dev/null

got=$(asks bob "<chat n=\"1\" action=\"join\" chat=\"$id\"/>")
like 'bob subscribes by the id' "$got" '<result n="1"><chat number="2" ref='
got=$(as bob --json listen --count 1 --read --timeout "$limit" | field text)
is 'and reads what the channel lets him' "$got" 'second news'
asks carol "<chat n=\"1\" action=\"join\" chat=\"$id\"/>" >/dev/null
got=$(asks dave "<chat n=\"1\" action=\"join\" chat=\"$id\"/>" error)
like 'there is no room for a fourth' "$got" \
	'code="resource-constraint" text="the channel has as many subscribers'
got=$(as bob send "$id" 'my news' 2>&1)
is 'bob does not write' "$?" 1
like 'and is told why' "$got" 'only those whom its owner has made admins'

# It is large now: bob gets what he looks at.
as alice send "$id" 'third news' >/dev/null
got=$(asks bob '<watch chat="2" seq="3"/>' message)
like 'who looks gets it' "$got" '<body>third news</body>'
got=$(asks alice '<views id="5" chat="2" first="1" last="9"/>')
like 'one has read it' "$got" '<page id="5"><views seq="3" total="1"/>'

asks carol '<chat n="2" action="leave" chat="2"/>' >/dev/null
is 'carol leaves' $? 0
got=$(asks alice '<chat n="5" action="set" chat="2" topic="Old"/>')
like 'alice says what it is about' "$got" '<result n="5"/>'
is 'channels are counted' "$(counts channels.created)" 1
is 'and who came' "$(counts channels.subscribed)" 2
is 'who left' "$(counts channels.left)" 1
is 'what changed' "$(counts channels.changed)" 1
is 'and what was read' "$(counts channels.viewed)" 1

# Looking ends without a word.
got=$(printf '%s\n' '<watch chat="2" seq="0"/>' '<unwatch chat="2"/>' '<ping/>' |
	as bob xml --until pong --timeout "$limit")
is 'he looks no more' $? 0
control server user del bob --yes >/dev/null
control server --json chat show "$id" >"$dir/shown"
is 'who is gone is in it no more' "$(grep -c '"user":"bob"' "$dir/shown")" 0
ended server TERM
is 'the server stops' $? 0
"$bin/stonechatd" -c "$dir/server.xml" --maintain verify >"$dir/verified" 2>&1
is 'and its database is whole' $? 0
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# How long entries are kept: for a chat by itself, until everybody has them, and
# what stonechatctl retention says of it and does.
. "$top_srcdir/tests/scenario/lib.sh"
needs history offline retention

configure server '<modules>
<module name="retention" direct="7" group="until-delivered" channel="forever" status="2"/>
</modules>'
start server
add_users server alice bob

listed=$(control server --json module list | grep '"name":"retention"')
like 'options are days, or words' "$listed" \
	'"direct":7,"group":"until-delivered","channel":"forever","status":2'

as bob login >/dev/null || bail 'bob cannot log in'
for i in 1 2 3; do
	as alice send bob "m$i" >/dev/null || bail 'alice cannot send'
done
kept() { control server --json chat retention "$@"; }
is 'as long as its kind' "$(kept alice:2)" \
	'{"own":"no","keep":"7","kind":"direct"}'
is 'for people' "$(control server chat retention alice:2 | xargs)" \
	'kind: direct kept for (days): 7 set for this chat: no'
is 'days of its own' "$(kept alice:2 90 | field keep)" 90
is 'which stay' "$(kept bob:2)" '{"own":"yes","keep":"90","kind":"direct"}'
is 'forever' "$(kept alice:2 forever | field keep)" forever
is 'and as before' "$(kept alice:2 default | field own)" no
id=$(control server --json chat list alice | field id | tail -n 1)
is 'until delivered, by the id of the chat' \
	"$(kept "$id" until-delivered | field keep)" until-delivered

refused() {
	local what=$1 why
	shift
	why=$(control server chat retention "$@" 2>&1)
	is "$what is refused" $? 1
	like 'and why is said' "$why" "$reason"
}
reason='expected a number of days from 1 to 36500, forever'
refused 'another word' alice:2 never
refused 'no day at all' alice:2 0
reason='there is no such chat'
refused 'a chat that is not there' alice:9
reason='expected #ID or USER:NUMBER'
refused 'what is no chat' alice
reason='log of an account'
refused 'an account log' alice:1 7

# What was written before stays with the kind; bob takes only some.
for i in 4 5 6; do
	as alice send bob "m$i" >/dev/null || bail 'alice cannot send'
done
as bob listen --count 5 >/dev/null || bail 'bob gets nothing'
as alice login >/dev/null
class() { control server --json retention --dry-run |
	grep "\"class\":\"$1\""; }
like 'direct chats: nothing is old' "$(class direct)" \
	'"keep":"7"'
like 'it says from when the oldest is' "$(class direct)" \
	'"oldest-kept":"20[0-9-]*T'
# The sweep, which comes by itself every ten seconds, may have been first.
like 'two of those that wait are delivered' \
	"$(class until-delivered | field entries)" '^[02]$'
like 'for people' "$(control server retention --dry-run)" \
	'CLASS +KEEP DAYS +PERIODS +ENTRIES +BYTES +TO SEAL +SEALED +ON DISK +OLDEST KEPT'
like 'a dry run takes nothing away' \
	"$(as alice --json history bob | grep -c '"text":"m')" '^[46]$'
is 'the other one does' "$(control server retention | tail -n 1)" \
	'0 periods are dropped'
is 'they are gone' "$(as alice --json history bob | field text | xargs)" \
	'm1 m2 m3 m6'
like 'which history says' "$(as alice history bob)" \
	'messages 4 to 5 are not available: pruned'
is 'and it is counted' "$(control server --json stats |
	field retention.delivered_removed)" 2
is 'who has not been given his is' \
	"$(as bob --json listen --count 1 | field text)" m6
ended server TERM

"$bin/stonechatd" -c "$dir/server.xml" --maintain verify >"$dir/verify" 2>&1
is 'nothing else is missing' $? 0

# Without the module.
configure off '<modules><module name="retention" enabled="no"/></modules>'
start off
why=$(control off retention 2>&1)
is 'switched off it drops nothing' $? 1
like 'and says so' "$why" 'the module is switched off'
ended off TERM
finish

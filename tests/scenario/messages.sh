#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Every kind of message between alice and bob: as it is sent, as it comes, and
# what is refused.
. "$top_srcdir/tests/scenario/lib.sh"
needs messages offline history

configure server '<modules>
<module name="messages" edit-minutes="30" delete-hours="1" live-hours="1"/>
</modules>'
start server
add_users server alice bob carol

seq_of() { # of what the command has sent
	field seq
}
text=$(as alice --json send bob helo | field seq | head -n 1)
is 'a text' "$text" 1
is 'an edit' "$(as alice --json edit bob "$text" hello | seq_of)" 2
is 'a reaction' "$(as bob --json react alice "$text" '❤' | seq_of)" 3
is 'it is taken back' "$(as bob --json react alice "$text" | seq_of)" 4
is 'an answer' "$(as bob --json send alice hi --reply "$text" |
	field seq | head -n 1)" 5
is 'a poll' "$(as alice --json poll --most 2 bob 'When?' now later never |
	seq_of)" 6
is 'a vote' "$(as bob --json vote alice 6 1 3 | seq_of)" 7
is 'a place' "$(as alice --json location bob 52.5163 -13.3777 'the gate' |
	seq_of)" 8
is 'a live one' "$(as alice --json location --live 30 bob 0.5 0 | seq_of)" 9
is 'one on top' "$(as alice --json top bob 8 | seq_of)" 10
is 'no longer' "$(as alice --json top bob 8 off | seq_of)" 11
is 'one that is sent on' "$(as alice --json forward bob 5 bob | seq_of)" 12

got=$(as bob --json listen --count 12 --timeout "$limit" |
	grep '"event":"message"')
is 'bob has them all' "$(field kind <<<"$got" | xargs)" \
	'text edit reaction reaction text poll vote location location pin unpin text'
is 'the edit says of what' "$(sed -n 2p <<<"$got" | field of)" 1
is 'the reaction, too' "$(sed -n 3p <<<"$got" | field text)" '❤'
is 'the answer' "$(sed -n 5p <<<"$got" | field reply)" 1
is 'the vote' "$(sed -n 7p <<<"$got" | field choices)" 5
like 'the place' "$(sed -n 8p <<<"$got")" \
	'"latitude":525163000,"longitude":-133777000'
is 'what was sent on' "$(sed -n 12p <<<"$got" | field text)" hi
like 'and by whom not' "$(sed -n 12p <<<"$got")" '"forwarded":true'
got=$(as alice history bob --limit 20)
like 'people read it' "$got" ': \(edits 1\) hello'
like 'a reaction' "$got" ': \(to 1: ❤\)'
like 'a poll' "$got" ': \(poll: When\? 1 now, 2 later, 3 never\)'
like 'a vote' "$got" ': \(votes in 6 for 1, 3\)'
like 'an answer' "$got" ': \(to 1\) hi'

# Refused.
said=$(as bob edit alice 1 mine 2>&1)
is 'others edit nothing' "$?: $said" \
	'1: stonechat: edit alice: refused: only who wrote a message may edit it'
said=$(as bob react alice 99 x 2>&1)
is 'what is not there' "$?: $said" '1: stonechat: react alice: refused: there is no such entry in this chat'
said=$(as bob vote alice 6 1 2 3 2>&1)
is 'too many' "$?: $said" '1: stonechat: vote alice: refused: the vote is for more options than the poll allows'
said=$(as alice location --live 61 bob 0 0 2>&1)
is 'too long' "$?: $said" '1: stonechat: location bob: refused: a live location ends in the past, or too late'
said=$(as bob vote alice 6 0 2>&1)
like 'options are numbers' "$?: $said" '^2: stonechat: usage: '
said=$(as bob forward alice 99 carol 2>&1)
like 'nothing is sent on' "$?: $said" '^1: stonechat: forward alice: there is no such message'

# Deleted for everyone: nobody can read it any more, edits included.
is 'a deletion' "$(as alice --json delete bob 1 | seq_of)" 13
got=$(as bob/phone --json listen --count 13 --timeout "$limit" |
	grep '"event":"message"')
is 'a new device gets what is left' \
	"$(head -n 2 <<<"$got" | field kind | xargs)" 'deleted deleted'
unlike() {
	if grep -qE "$3" <<<"$2"; then
		is "$1" "$2" "without $3"
	else
		is "$1" '' ''
	fi
}
unlike 'without the text' "$got" 'hell?o'
unlike 'history has it no more' "$(as alice history bob --limit 20)" 'hell?o'
said=$(as alice delete bob 1 2>&1)
is 'only once' "$?: $said" \
	'1: stonechat: delete bob: refused: that entry is deleted'

stats=$(control server --json stats)
counter() {
	is "$1 is counted" "$(field "$1" <<<"$stats")" "$2"
}
counter messages.edits 1
counter messages.deletions 1
counter messages.reactions 2
counter messages.votes 1
counter messages.pins 2
counter messages.refused 5

# Contacts and files, between others.
is 'a contact' "$(as bob --json card carol 'Alice A.' 'BEGIN:VCARD' |
	seq_of)" 1
is 'a picture' "$(as bob --json media --key AQID carol cGlj image/png 2048 \
	qrs 'the gate' | seq_of)" 2
is 'a sticker' "$(as bob --json media --sticker carol cGlj image/webp 512 qrs |
	seq_of)" 3
got=$(as carol --json history bob)
like 'a contact comes' "$(sed -n 1p <<<"$got")" \
	'"kind":"card","title":"Alice A.","text":"BEGIN:VCARD"'
like 'a picture does' "$(sed -n 2p <<<"$got")" \
	'"kind":"media","ref":"cGlj","type":"image/png","size":2048,"hash":"qrs","key":"AQID","text":"the gate"'
like 'and a sticker' "$(sed -n 3p <<<"$got")" '"kind":"sticker","ref":"cGlj"'
for wrong in 'card carol' 'media carol cGlj image/png x qrs' \
	'media carol !! image/png 1 qrs' \
	'media --sticker carol cGlj image/png 1 qrs caption'; do
	as bob $wrong >/dev/null 2>&1
	is "$wrong: usage" $? 2
done
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What was acknowledged survives kill -9 and comes exactly once; a repeated
# send is sent once (R1, R8).
. "$top_srcdir/tests/scenario/lib.sh"
needs offline receipts

configure server
start server
add_users server alice bob
as bob login >/dev/null
is 'bob logs in and leaves' $? 0

for i in 1 2 3; do
	as alice send bob "message $i" --wait sent >/dev/null
	is "message $i is acknowledged" $? 0
	ended server KILL
	start server
done
as alice send bob last >/dev/null
got=$(as bob --json listen --count 4 --timeout "$limit" | field text | xargs)
is 'after three kills bob gets everything once, in order' "$got" \
	'message 1 message 2 message 3 last'

ended server KILL
start server
as alice send bob after >/dev/null
got=$(as bob --json listen --count 1 --timeout "$limit" | field text | xargs)
is 'and nothing again after the next' "$got" after

# Not acknowledged: it comes again.
as alice send bob again >/dev/null
got=$(as bob --json listen --count 1 --timeout "$limit" --no-ack | field text)
is 'without an acknowledgement' "$got" again
got=$(as bob --json listen --count 1 --timeout "$limit" | field text)
is 'a message comes again' "$got" again

# One counter, one message.
n=$(as alice --json send bob 'only once' | field n)
first=$(as alice --json send bob 'next' --id $((n + 1)))
is 'the next number may be named' $? 0
for i in 1 2; do
	second=$(as alice --json send bob 'next' --id $((n + 1)))
	is "a repeated --id is acknowledged ($i)" $? 0
	is "as the same entry ($i)" "$(field seq <<<"$second")" \
		"$(field seq <<<"$first")"
done
conflict="neither the next number nor that of the same message"
for id in $((n + 1)) $((n + 7)); do
	said=$(as alice send bob 'something else' --id "$id" 2>&1)
	is "another text as number n + $((id - n)) is refused" "$?: $said" \
		"1: stonechat: --id $id is $conflict: leave it out"
done
as alice send bob end >/dev/null
got=$(as bob --json listen --timeout "$limit" --count 3 | field text | xargs)
is 'bob gets it once' "$got" 'only once next end'
ended server TERM
finish

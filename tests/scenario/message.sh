#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A message from alice to bob: its ticks, several devices, wrong passwords.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline receipts

configure server
start server
add_users server alice bob

# bob listens; alice waits for both ticks.
exec {bob}< <(as bob --json listen --count 1 --timeout "$limit" --read)
read -r -t "$limit" line <&"$bob"
is 'bob hears that he is up to date' "$(field event <<<"$line")" synced
sent=$(as alice --json send bob 'hello bob' --wait read --timeout "$limit")
is 'the message is read' $? 0
is 'its ticks come in order' "$(field event <<<"$sent" | xargs)" \
	'sent delivered read'
received=$(grep '"event":"message"' <&"$bob")
is 'bob has the text' "$(field text <<<"$received")" 'hello bob'
is 'from alice' "$(field name <<<"$received")" alice
is 'as the entry that alice was told' "$(field seq <<<"$received")" \
	"$(field seq <<<"$sent" | head -n 1)"

# The other way, while bob is not there for the answer's first tick.
as bob send alice 'hello alice' >/dev/null
is 'bob answers' $? 0
# Once more, and for longer, if it was not even sent in that time.
for wait in 1 4 16 64; do
	as alice send bob 'nobody reads this yet' --id 2 --wait delivered \
		--timeout "$wait" >/dev/null 2>"$dir/why"
	status=$?
	grep -q '^stonechat: sent,' "$dir/why" && break
done
is 'an absent reader gives no tick' "$status" 1
like 'which is said in one line' "$(cat "$dir/why")" \
	"^stonechat: sent, but not delivered by bob within $wait s\$"

# A second device of bob's gets what the first got.
got=$(as bob/phone --json listen --count 3 --timeout "$limit" | field text)
is 'a second device gets all messages' "$(xargs <<<"$got")" \
	'hello bob hello alice nobody reads this yet'
said=$(as bob listen --count 1 --timeout "$limit" --read 2>&1 >/dev/full)
is 'what cannot be printed is left where it is' "$?: $said" \
	'1: stonechat: what comes cannot be printed'
got=$(as bob --json listen --count 1 --timeout "$limit" | field text)
is 'the first one only what is new' "$got" 'nobody reads this yet'

# Who one is not.
echo wrong >"$dir/mallory.password"
cp "$dir/mallory.password" "$dir/wrong.password"
refused() {
	timeout "$limit" "$bin/stonechat" -s "127.0.0.1:$port" -u "$1" \
		--password-file "$dir/wrong.password" --ca "$dir/cert.pem" \
		--state "$dir/state-refused-$1" login 2>&1
}
known=$(refused alice)
is 'a wrong password is refused' $? 1
unknown=$(refused mallory)
is 'an unknown user is refused' $? 1
is 'in the same words' "${unknown//mallory/X}" "${known//alice/X}"

# Texts that are hard.
for text in 'ünï¢ödé 日本語 🙂' '<body attr="x">&amp;</body>' ' ' '
'; do
	as alice send bob "$text" >/dev/null || break
	got=$(as bob --json listen --count 1 --timeout "$limit" |
		grep '"event":"message"' | tail -n 1)
	is "the text comes as it was ($(printf %q "$text"))" \
		"$(python3 -c 'import json,sys
print(json.loads(sys.argv[1])["text"], end=".")' "$got")" "$text."
done

stats=$(control server --json stats)
is 'two logins failed' "$(field login-failures <<<"$stats")" 2
ended server TERM
is 'SIGTERM ends the server with 0' $? 0
finish

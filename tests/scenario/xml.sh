#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# stonechat xml: stanzas typed and seen, with an engine and without.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline

configure server
start server
add_users server alice bob
as alice login >/dev/null

# ---- With an engine.
got=$(echo '<ping/>' | as alice xml --until pong --timeout "$limit")
is 'a ping is answered' $? 0
like 'what the client sends is marked' "$got" $'(^|\n)> <hello version="1" '
like 'so is what is typed' "$got" $'\n> <ping/>\n'
like 'and what comes' "$got" $'\n< <pong/>'
like 'the login is seen' "$got" $'\n< <success user="~1" '
like 'but not its secret' "$got" $'\n> <auth [^\n]*data=""'
got=$(as alice/phone xml --until success --timeout "$limit" </dev/null)
like 'nor a password' "$got" $'\n> <auth [^\n]*data=""'
like 'nor a token' "$got" $'\n< <success [^\n]*token=""'

got=$(echo '<ping/>' | as alice --json xml --until pong --timeout "$limit")
is 'with --json each is an object' "$(grep -c '"event":"stanza"' <<<"$got")" \
	"$(wc -l <<<"$got")"
is 'which says its direction' \
	"$(grep '<pong/>' <<<"$got" | field sent)" false

# A message by hand; its ack comes back.
got=$(echo '<message chat="bob" n="1"><body>by hand</body></message>' |
	as alice xml --until ack --timeout "$limit")
is 'a message can be typed' $? 0
like 'and is acknowledged' "$got" $'\n< <ack n="1" '
got=$(as bob --json listen --count 1 --timeout "$limit" | field text)
is 'and comes' "$got" 'by hand'
as alice send bob 'by the engine' >/dev/null
is 'the engine goes on after that' $? 0

# A direct chat is told anyway, so watching it changes nothing.
got=$(printf '%s\n' '<watch chat="2" seq="2"/>' '<unwatch chat="2"/>' '<ping/>' |
	as alice xml --until pong --timeout "$limit")
is 'a direct chat may be watched' $? 0
is 'and nothing comes twice' \
	"$(grep '^< <message chat="2"' <<<"$got" | sort | uniq -d)" ''

# ---- What is no stanza.
as alice xml --until pong --timeout "$limit" >"$dir/out" 2>"$dir/why" <<-'EOT'
	# a remark

	<ping/
	<message chat="bob" n="x"/>
	<!DOCTYPE a><a/>
	<ping/><ping/>
	no stanza
	<made-up a="1"/>
	<ping/>
EOT
is 'after bad lines the good ones are sent' $? 0
is 'each bad line gets one line' "$(wc -l <"$dir/why")" 5
like 'with its place' "$(head -n 1 "$dir/why")" \
	'^stonechat: not sent: line 3, column [0-9]+: '
like 'and what was expected' "$(sed -n 2p "$dir/why")" \
	'attribute n: expected a number'
is 'only the good ones' "$(grep -c '^> <\(made-up\|ping\|message\)' \
	"$dir/out")" 2
like 'an unknown name is a stanza too' "$(cat "$dir/out")" \
	$'\n> <made-up a="1"/>\n'
echo 'no stanza' | as alice xml >/dev/null 2>&1
is 'at the end of the input a bad line is a failure' $? 1
as alice xml --no-such-option 2>/dev/null
is 'wrong usage is 2' $? 2

# ---- Without an engine: a login by hand.
plain=$(printf '\0bob\0bob-secret' | base64 | tr '+/' '-_' | tr -d '=')
hash=$(as alice xml </dev/null --until success --timeout "$limit" |
	sed -n 's/^> <hello .*hash="\([^"]*\)".*/\1/p')
raw() {
	timeout "$limit" "$bin/stonechat" -s "127.0.0.1:$port" \
		--ca "$dir/cert.pem" -u nobody --state "$dir/no-state" \
		"$@"
}
got=$(raw xml --raw --until synced --timeout "$limit" <<-EOT
	<hello version="1" hash="$hash"/>
	<auth mechanism="plain" user="bob" name="by-hand" data="$plain"/>
	<sync account="0" stamp="0" sum="AAAAAAAAAAA"/>
EOT
)
is 'a login by hand' $? 0
like 'succeeds' "$got" $'\n< <success '
is 'only what is typed is sent' "$(grep -c '^>' <<<"$got")" 3
ok 'no state is kept' [ ! -e "$dir/no-state" ]
like 'secrets that are typed are not printed' "$got" 'name="by-hand" data=""'
got=$(echo '<hello version="0"/>' | raw xml --raw --until bye \
	--timeout "$limit")
is 'so the server can be teased' $? 0
like 'and says why it leaves' "$got" $'\n< <bye why="version"'
got=$(echo '<ping/>' | raw xml --raw --until pong --timeout "$limit" 2>&1)
is 'a connection that the server ends is a failure' $? 1
ended server TERM
finish

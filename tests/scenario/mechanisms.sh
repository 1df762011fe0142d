#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Logins by each mechanism, those that are not offered, and what the server logs
# of them (R25).
. "$top_srcdir/tests/scenario/lib.sh"

logins=0	# of the server that runs, by `by'

# The mechanism of the last of these, as the log of server $1 says, which may
# come later than the client's success.
last() {
	local line count=0 log tail
	exec {log}< <(exec tail -n +1 -f "$dir/$1.log")
	tail=$!
	while [ "$count" -lt "$logins" ]; do
		read -r -t "$limit" line <&"$log" || break
		[[ $line == *' event=session.login '* ]] && count=$((count + 1))
	done
	exec {log}<&-
	kill "$tail"
	sed -nE 's/.* mechanism=([^ ]*).*/\1/p' <<<"$line"
}
# How USER[/DEVICE] logs in for the first time: --mechanism M, or nothing.
by() {
	local who=$1
	shift
	options=("$@")
	as "$who" login 2>"$dir/why" >/dev/null
	local status=$?
	options=()
	[ "$status" -eq 0 ] && logins=$((logins + 1))
	return "$status"
}
stranger() {
	timeout "$limit" python3 "$top_srcdir/tests/scenario/stranger.py" \
		"$port" "$dir/cert.pem" "$@" 2>&1
}

configure server '<limits><devices>10</devices></limits>
	<login><guesses>100</guesses></login>'
start server
add_users server alice

by alice/any
is 'a login' "$? $(last server)" '0 scram-sha-256-plus'
by alice/any
is 'the next one needs no password' "$? $(last server)" '0 token'
for mechanism in plain scram-sha-256 scram-sha-256-plus; do
	by "alice/$mechanism" --mechanism "$mechanism"
	is "$mechanism" "$? $(last server)" "0 $mechanism"
done
is 'a stranger' "$(stranger alice alice-secret scram-sha-256)" success
is 'who has not heard of -PLUS has been deceived' \
	"$(stranger alice alice-secret scram-sha-256 y)" \
	'not-acceptable: this server binds channels: use scram-sha-256-plus with tls-exporter'

# Wrong, unknown: alike, whatever the mechanism.
said=
for user in alice mallory; do
	echo wrong >"$dir/$user.password"
	for mechanism in plain scram-sha-256 scram-sha-256-plus; do
		by "$user/wrong-$mechanism" --mechanism "$mechanism"
		said+="$? $(sed "s/$user/X/g" "$dir/why")"$'\n'
	done
	said+="$(stranger "$user" wrong scram-sha-256)"$'\n'
done
is 'wrong passwords and unknown users are refused alike' \
	"$(sort -u <<<"$said" | grep -c .)" 2
like 'with a reason' "$said" '^1 stonechat: login as X refused: .*password'
salt=$(stranger mallory - scram-sha-256)
like 'an unknown user has a salt' "$salt" '^[A-Za-z0-9+/]{22}== 10000$'
ok 'which is nobody'"'"'s but his' [ "$salt" != \
	"$(stranger trudy - scram-sha-256)" ]
# Many at once, in all threads of the pool; every third goes in the middle.
for i in {1..18}; do
	secrets=(- wrong alice-secret)
	stranger alice "${secrets[i % 3]}" scram-sha-256 >"$dir/said.$i" &
	strangers[i]=$!
done
wait "${strangers[@]}"
# All have one device: who is let in may be replaced before he is told so.
is 'many at once get what is theirs' \
	"$(sed -E 's/^[^ ]+== /salt /; s/:.*//; s/^bye replaced$/success/' \
	"$dir"/said.* | sort | uniq -c | xargs)" \
	'6 not-authorized 6 salt 10000 6 success'
"$bin/stonechat" --mechanism rot13 login >/dev/null 2>"$dir/why"
is 'an unknown mechanism is wrong usage' "$? $(cat "$dir/why")" \
	'2 stonechat: --mechanism rot13: expected automatic, plain, scram-sha-256 or scram-sha-256-plus'
ended server TERM
is 'the server ends' $? 0
is 'its log has no password' "$(grep -c 'alice-secret' "$dir/server.log")" 0

# Without -PLUS; with the old one.
configure few "<store><directory>$dir/server.db</directory></store><login>
	<plain>no</plain><scram-sha-256-plus>no</scram-sha-256-plus>
	<scram-sha-1>yes</scram-sha-1></login>
	<limits><devices>20</devices></limits>"
start few
logins=0
is 'the salt of an unknown user outlives the server' \
	"$(stranger mallory - scram-sha-256)" "$salt"
echo alice-secret >"$dir/alice.password"
by alice/few
is 'without -PLUS it is not bound' "$? $(last few)" '0 scram-sha-256'
offers='this server offers token, scram-sha-256, scram-sha-1, link'
for mechanism in plain scram-sha-256-plus; do
	by "alice/no-$mechanism" --mechanism "$mechanism"
	like "$mechanism is refused, with what is offered" \
		"$? $(cat "$dir/why")" "^1 stonechat: login as alice refused: .*$offers"
done
is 'a stranger with SHA-1' "$(stranger alice alice-secret scram-sha-1)" \
	success
is 'who rightly says that -PLUS is not offered' \
	"$(stranger alice alice-secret scram-sha-256 y)" success
ended few TERM
is 'so does that' $? 0

# TLS 1.2 has nothing to bind to.
configure old "<store><directory>$dir/server.db</directory></store>
	<limits><devices>20</devices></limits>"
sed -i 's|<tls>|<tls><min-version>1.2</min-version>|' "$dir/old.xml"
start old
is 'over TLS 1.2' "$(stranger alice alice-secret scram-sha-256 y 1.2)" success
is 'it cannot be bound' \
	"$(stranger alice alice-secret scram-sha-256-plus n 1.2)" \
	'not-acceptable: this server offers token, plain, scram-sha-256, link'
is 'nor is SHA-1 offered' "$(stranger alice alice-secret scram-sha-1)" \
	'not-acceptable: this server offers token, plain, scram-sha-256, scram-sha-256-plus, link'
ended old TERM
is 'and that' $? 0

# Challenges that were fetched beforehand are worth no guess.
configure guess "<store><directory>$dir/server.db</directory></store>
	<login><guesses>2</guesses><guess-ms>86400000</guess-ms></login>"
start guess
is 'guesses are counted when they are made' "$(stranger alice wrong \
	scram-sha-256 n 1.3 6 | sed 's/:.*//' | uniq -c | xargs)" \
	'2 not-authorized 4 rate-limited'
ended guess TERM
is 'and this' $? 0
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# An account is removed in pieces, and the server killed behind each of them:
# nobody finds the account any more, the database is good, and the next start
# removes what is left.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline
crash=$bin/tests/crash

configure server '<limits><rate>0</rate></limits>
	<password><iterations>4096</iterations></password>'
start server
add_users server witness
timeout 100 "$bin/stonechat-bench" offline --json -s "127.0.0.1:$port" \
	--ca "$dir/cert.pem" --create --control "$dir/server.sock" \
	--password-file "$dir/witness.password" --users 1 --senders 1 \
	--messages 1200 >/dev/null || bail 'there are no messages'
# What the last of two has written goes with him.
names=($(control server --json user list | field name | grep -vx witness))
control server user del "${names[0]}" --yes >/dev/null
last=${names[1]}
ended server TERM
cp -a "$dir/server.db" "$dir/before"
sums() {
	timeout "$limit" "$bin/stonechatctl" verify --config "$dir/server.xml" \
		2>&1
}
like 'there is much to remove' "$(sums)" 'entries: 1[2-9][0-9][0-9]'

# dying TIMES: the server kills itself there; it passes the point once when it
# starts.
dying() {
	local answer
	setsid "$crash/pointd" "$dir/server.xml" account-piece "$1" \
		2> >(keep_log server) &
	pids[server]=$!
	read -r -t "$limit" answer <&"$events"
	[ "$answer" = ready ] || bail "the server: ${answer:-not ready}"
}
died() {
	wait "${pids[server]}" 2>/dev/null
	unset "pids[server]"
	read -r -t "$limit" _ <&"$events"
}

# Behind the account itself, its groups, and a part of its entries.
for piece in 1 2 4 5; do
	rm -rf "$dir/server.db" "$dir/server.log"
	cp -a "$dir/before" "$dir/server.db"
	dying $((piece + 1))
	control server user del "$last" --yes >/dev/null 2>&1
	died
	like "killed behind piece $piece, the database is good" "$(sums)" \
		'users: 1, .* entries: [1-9].* problems: 0'
	start server
	is 'the account is gone' \
		"$(control server --json user list | field name)" witness
	ok 'and what it had goes' in_log server 'event=removal.done'
	add_users server "$last"
	ended server TERM
	like 'all of it' "$(sums)" 'users: 2, .* chats: 2, entries: 0, .* problems: 0'
done
rm -rf "$dir/server.db"
mv "$dir/before" "$dir/server.db"
start server
is 'undisturbed it is the same' \
	"$(control server user del "$last" --yes)" "removed $last"
ended server TERM
like 'at once' "$(sums)" 'users: 1, .* chats: 1, entries: 0, .* problems: 0'
finish

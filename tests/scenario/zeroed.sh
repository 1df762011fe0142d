#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A disk that gives zeroes instead of a page: that is damage, and not a past
# that was pruned. The server gives up and says what to do, verify finds it.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline

configure server '<limits><rate>0</rate></limits>
	<password><iterations>4096</iterations></password>'
start server
add_users server alice bob
as bob login >/dev/null || bail 'bob cannot log in'
timeout 100 "$bin/stonechat-bench" offline --json -s "127.0.0.1:$port" \
	--ca "$dir/cert.pem" --create --control "$dir/server.sock" \
	--password-file "$dir/bob.password" --users 1 --senders 1 \
	--messages 400 >/dev/null || bail 'there are no messages'
chat=$(control server --json user list | field name | grep -v 'alice\|bob' |
	head -n 1):2
shows() { # how many entries
	timeout "$limit" "$bin/stonechatctl" -S "$dir/server.sock" --json \
		chat history "$chat" --limit 500 2>/dev/null | grep -c '"seq"'
}
is 'the entries are there' "$(shows)" 400
ended server TERM

# Of the tree of entries, a leaf (type 5) in the middle.
zeroed=$(python3 - "$dir"/server.db/data/entries.* <<'END'
import sys
PAGE, TYPE, LEAF = 4096, 25, 5
for name in sys.argv[1:]:
    with open(name, "r+b") as file:
        data = file.read()
        leaves = [at for at in range(PAGE, len(data), PAGE)
            if data[at + TYPE] == LEAF]
        if len(leaves) < 3:
            continue
        file.seek(leaves[len(leaves) // 2])
        file.write(bytes(PAGE))
        print(name)
END
)
like 'a page of them is zeroed' "$zeroed" 'entries\.[0-9a-f]+$'
verified=$(timeout "$limit" "$bin/stonechatctl" verify \
	--config "$dir/server.xml" 2>&1)
like 'verify finds it' "$?: $verified" \
	"^1: .*checksum error.*$(basename "$zeroed"): .*restore a backup"

# Whoever reads it ends the worker, three times; then the parent gives up.
# Berkeley DB gives nothing back after that, and nobody is to count leaks.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
start server
server=${pids[server]}
until ! kill -0 "$server" 2>/dev/null; do
	shows >/dev/null
done
wait "$server"
is 'the server gives up' $? 1
read -r -t "$limit" _ <&"$events"
unset 'pids[server]'
ok 'and says what to do' in_log server \
	'event=store.given-up why="the database in .*stonechatctl verify.*stonechatctl restore DIR'
finish

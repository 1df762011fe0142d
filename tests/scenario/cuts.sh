#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Thousands of missed messages over many chats come within a sync, complete,
# however often the connection is cut, and wherever.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline

chats=50 each=100 total=5000
configure server '<login><guesses>0</guesses></login>'
start server
mapfile -t writers < <(seq -f 'u%02g' "$chats")
add_users server bob "${writers[@]}"
as bob login >/dev/null
for writer in "${writers[@]}"; do
	{ echo '/chat bob'; seq -f "$writer %g" "$each"; } |
		as "$writer" >/dev/null || bail "$writer could not send"
done
is 'all is there' "$(control server --json chat list bob |
	grep '"kind":"direct"' | field head | sort | uniq -c | xargs)" \
	"$chats $each"

# ---- bob takes them through a wire that is cut.
cuts=$(timeout 120 python3 "$top_srcdir/tests/scenario/cut_wire.py" "$port" 7 \
	"$total" "$dir/got" "$bin/stonechat" -s '127.0.0.1:@PORT@' -u bob \
	--ca "$dir/cert.pem" --device laptop --state "$dir/state-bob-laptop" \
	--password-file "$dir/bob.password" --json listen --count @LEFT@ \
	--timeout "$limit")
is 'through a wire that is cut again and again all comes' $? 0
echo "# it was cut $cuts times"
ok 'it was cut many times' test "$cuts" -ge 10
# Who is ended while he prints a message may print it again (R11).
again=$(sort "$dir/got" | uniq -d | wc -l)
ok "no more comes again ($again) than it was cut" test "$again" -le "$cuts"
field text <"$dir/got" | sort -s -k1,1 | uniq >"$dir/came"
for writer in "${writers[@]}"; do
	seq -f "$writer %g" "$each"
done >"$dir/sent"
ok 'each message, in order within its chat' \
	cmp "$dir/sent" "$dir/came"
got=$(as bob --json listen --count 1 --timeout 1 2>/dev/null | field text)
is 'and nothing comes again' "$got" ''
ended server TERM
is 'the server is well' $? 0
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# stonechat-bench does what it says; how fast is not judged here.
. "$top_srcdir/tests/bench/lib.sh"

said=$(made pairs --prefix pairs --pairs 3 --window 4 --messages 90)
is 'pairs' $? 0
is 'every message is acknowledged' "$(field acknowledged <<<"$said")" 90
is 'and delivered' "$(field delivered <<<"$said")" 90
is 'and its tick comes' "$(field ticked <<<"$said")" 90
is 'none is lost' "$(field lost <<<"$said")" 0
like 'latencies' "$said" '"tick":\{"count":90,'
like 'conditions' "$said" '"conditions":\{"date":"20'

said=$(bench pairs --prefix pairs --pairs 3 --messages 30 --processes 2)
is 'again, by two generators, with the same users' $? 0
is 'what they have from before is no message of this run' \
	"$(field delivered <<<"$said")" 30
is 'but counted' "$(field of_earlier_runs <<<"$said")" 90

said=$(made pairs --prefix compressed --pairs 2 --messages 8 --seconds 1 \
	--compress --size 300)
is 'bodies that are compressed' "$?$(field delivered <<<"$said")" 08
said=$(made pairs --prefix timed --pairs 2 --window 1 --seconds 1)
is 'for a time' $? 0
is 'all that was sent in it' "$(field delivered <<<"$said")" \
	"$(field sent <<<"$said")"

said=$(made receipts --prefix read --pairs 2 --messages 20)
is 'receipts' "$?$(field delivered <<<"$said")" 020
is 'all is read' "$(field marked_read <<<"$said")" 20
like 'which is timed, too' "$said" '"read":\{"count":20,'

said=$(made rate --prefix rate --pairs 2 --rate 200 --messages 50 \
	--processes 2)
is 'rate' "$?$(field delivered <<<"$said")" 050
like 'with how late the generator was' "$said" '"sent-late":\{"count":50,'

said=$(made offline --prefix offline --users 5 --senders 2 --messages 200)
is 'offline' $? 0
is 'stored' "$(field stored <<<"$said")" 200
is 'and drained' "$(field drained <<<"$said")" 200

if grep -q '&sc_module_groups,' "$bin/src/daemon/modules_builtin.c"; then
	said=$(made group --prefix group --groups 2 --members 6 --posters 3 \
		--window 2 --messages 30 --processes 2)
	is 'group' $? 0
	is 'posts' "$(field messages <<<"$said")" 30
	is 'all others get each' "$(field deliveries <<<"$said")" 150
	is 'a post is one entry, whatever the size' \
		"$(field entries_per_message <<<"$said")" 1
	like 'the last to have it is timed' "$said" '"last":\{"count":30,'
	like 'frames go together' "$said" \
		'"frames_per_write":(0\.0*)?[1-9]'
	like 'and those that come back' "$said" '"frames_in":[1-9]'
	like 'as the limits do' "$(python3 "$top_srcdir/tests/bench/compare.py" \
		--limit <(echo "$said"))" '^--members 6 --window [0-9]+ --answer '\
'[0-9]+ --size 120 fanout answered$'
	said=$(made group --prefix large --members 204 --posters 1 --messages 2)
	is 'more members than a request names' \
		"$?$(field deliveries <<<"$said")" 0406
fi

said=$(made idle --prefix idle --users 6 --seconds 1 --logins 2 \
	--server-pid "$(worker server)")
is 'idle' $? 0
is 'logins' "$(field logins <<<"$said")" 6
like 'memory' "$said" '"memory_per_connection":-?[0-9]'
like 'and CPU time' "$said" '"server_cpu_idle":[0-9]'

said=$(made echo --prefix echo --users 4 --window 3 --messages 24 \
	--server-pid "$(worker server)")
is 'echo' $? 0
is 'all is answered' "$(field echoes <<<"$said")" 24
like 'system calls are counted, or why not' "$said" \
	'"system_calls_per_frame":[0-9]|"system_calls":".*(root|mount)'
said=$(bench echo --prefix echo --users 2 --seconds 1 --processes 2)
like 'for a time' "$?$(field echoes <<<"$said")" '^0[1-9]'
like 'whose system calls' "$said" '"system_calls":".*--server-pid'

said=$(made storm --prefix storm --users 6 --logins 4)
is 'storm' $? 0
is 'all come back' "$(field returned <<<"$said")" 6
checked() { control server --json stats | field auth-checked; }
before=$(checked)
bench storm --prefix storm --users 6 >/dev/null
twice=$(checked)
bench idle --prefix idle --users 6 --seconds 1 >/dev/null
is 'by tokens' "$((twice - before))" "$(($(checked) - twice))"

if grep -q '&sc_module_presence,' "$bin/src/daemon/modules_builtin.c"; then
	said=$(made storm --prefix storm --users 6 --watch 2)
	# what comes when a stage is over is counted in none
	first=$(field first_updates <<<"$said") again=$(field updates <<<"$said")
	like 'updates are counted' "$first $again" '^[0-9]+ [0-9]+$'
	is 'who watches is told' "$((first + again > 0))" 1
fi

has() { grep -q "&sc_module_$1," "$bin/src/daemon/modules_builtin.c"; }
if has presence; then
	said=$(made wire --prefix wire --messages 2)
	is 'wire' "$?$(field lost <<<"$said")" 00
	like 'bytes of a message' "$said" \
		'"message_bytes":[1-9].*"message_bytes_tls":[1-9]'
	like 'and of its frames' "$said" \
		'"stanza_message_out":1[0-9][0-9]\..*"stanza_read_out":'
	like 'typing' "$said" '"typing_sender_sends":4'
	raw=${said#*\"message_sender_sends\":}
	said=$(made wire --prefix wire --messages 2 --compress)
	packed=${said#*\"message_sender_sends\":}
	is 'which are fewer when it is compressed' \
		"$((${packed%%.*} < ${raw%%.*}))" 1
fi
if has presence && has groups && has history; then
	# Who has sent something and not been told may not leave, and so on: if
	# all is late, because the machine is busy, hardly anybody can do
	# anything else than send.  Another day, then.
	for day in {1..8}; do
		said=$(made mixed --prefix "mixed$day-" --users 12 --rate 400 \
			--messages 200)
		status=$?
		[[ $said =~ \"(pages|leaves|returns)\":0 ]] || break
	done
	is 'mixed' "$status" 0
	is 'everything arrives' "$(field lost <<<"$said")" 0
	for what in messages posts typings presences pages leaves returns; do
		like "$what" "$(field "$what" <<<"$said")" '^[1-9]'
	done
fi
said=$(bench mixed --protocol mqtt 2>&1)
like 'mixed is for no other protocol' "$?: $said" '^2: .*own protocol'
said=$(bench wire --processes 2 2>&1)
like 'one process only' "$?: $said" '^2: .*one process'

# The parent starts another worker.
cat >"$dir/strike" <<-EOF
	old=$(worker server)
	now=\$old
	kill -KILL "\$old"
	while [ "\$now" = "\$old" ] || [ -z "\$now" ]; do
		now=\$("$bin/stonechatctl" -S "$dir/server.sock" --json stats \\
			2>/dev/null | tr , '\n' | sed -n 's/.*"pid": *//p')
	done
EOF
said=$(made crash --prefix crash --users 4 --senders 2 --seconds 1 \
	--crash "sh '$dir/strike'")
is 'crash' $? 0
read -r -t "$limit" _ <&"$events"	# it is ready once more
is 'nothing that was acknowledged is lost' "$(field lost <<<"$said")" 0
like 'much was acknowledged' "$(field acknowledged <<<"$said")" '^[1-9]'
like 'and arrives, once' "$(field out_of_order <<<"$said") $(field arrived \
	<<<"$said")" '^0 [1-9]'
said=$(made crash --prefix crash --users 1 --senders 1 --seconds 1 \
	--crash false 2>&1)
like 'a command that fails' "$?: $said" '^1: .*the command failed'
said=$(bench crash 2>&1)
like 'a crash needs a command' "$?: $said" '^2: .*--crash'

# What cannot be done.
said=$(bench pairs --prefix nobody --pairs 1 --messages 1 2>&1)
like 'users that are not there' "$?: $said" \
	'^1: stonechat-bench: login as nobody. refused: '
said=$("$bin/stonechat-bench" idle -s 127.0.0.1:1 --insecure --users 1 \
	--patience 1 --password-file "$dir/bench.password" 2>&1)
like 'a server that is not there' "$?: $said" '^1: .*cannot connect'
said=$(bench none 2>&1)
like 'a mode that is not there' "$?: $said" '^2: .*there is no mode none'
said=$(bench pairs --window 65 2>&1)
like 'a number that cannot be' "$?: $said" \
	'^2: .*--window: expected a number from 1 to 64, got "65"'
for protocol in xmpp mqtt; do
	said=$("$bin/stonechat-bench" pairs -s 127.0.0.1:1 --insecure \
		--protocol "$protocol" --password-file "$dir/bench.password" 2>&1)
	like "$protocol: a server that is not there" "$?: $said" \
		'^1: .*bench[0-9]+: Connection refused'
	said=$(bench pairs --protocol "$protocol" 2>&1)
	like "$protocol: not that protocol" "$?: $said" \
		'^1: .*bench[0-9]+: .'
	said=$(bench pairs --protocol "$protocol" --domain example.org 2>&1)
	like "$protocol: another server's certificate" "$?: $said" \
		'^1: .*certificate is not one of example.org .*--domain'
	said=$(made pairs --protocol "$protocol" 2>&1)
	like "$protocol: no control socket" "$?: $said" '^2: .*own tools'
done
said=$(bench pairs --protocol smtp 2>&1)
like 'a protocol that is not there' "$?: $said" \
	'^2: .*expected stonechat, xmpp or mqtt, got "smtp"'
said=$("$bin/stonechat-bench" pairs 2>&1)
like 'no password' "$?: $said" '^2: .*--password-file'

# The limits.
said=$(limit_of --json --seconds 1 --pairs 3 --members 5 --groups 2 \
	--at-once 4 --depth 2 --directory "$dir")
is 'limits' $? 0
for what in '"relay":{"groups":3,' '"fanout":{"groups":2,"members":5,' \
	'"answered":{"groups":2,"members":5,' \
	'"handshake":{"at_once":4,' '"resume":{"at_once":4,' \
	'"log":{"record_bytes":200,"records_per_sync":64,"in_flight":2,'; do
	like "$what" "$said" "${what//\{/\\{}"
done
is 'nothing is resumed, or everything' "$(grep -o '"resumed":[0-9]*' \
	<<<"$said" | head -n 1)" '"resumed":0'
like 'each resumed handshake is' "$said" \
	'"handshakes":([0-9]+),.*"resume":.*"handshakes":([0-9]+),.*"resumed":\2,'
said=$(limit_of --batch 0)
like 'a number that cannot be' "$?: $said" \
	'^2: limit: --batch: expected a number from 1 to 65536, got "0"'
said=$(limit_of none)
like 'a limit that is not there' "$?: $said" '^2: .*no limit of none'

# What a server does not take is told and is a failure.
configure small '<password><iterations>4096</iterations></password>
	<limits><text>64</text></limits>'
start small
said=$(bench pairs --prefix pairs --pairs 1 --messages 4 --create \
	--control "$dir/small.sock" 2>&1)
like 'texts that the server does not take' "$?: $said" \
	'^1: .*cannot send to pairs1: too large'
finish

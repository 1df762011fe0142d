#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Every element of the configuration with another value than its default: it is
# taken, and told by config diff against a file that has the defaults.
. "$top_srcdir/tests/scenario/lib.sh"
certificate

# ELEMENT VALUE: what the server runs with.
elements=(
	domain example.org
	log/sink file
	log/file "$dir/server.log"
	log/level debug
	process/user ''
	process/pid-file "$dir/server.pid"
	process/stop-ms 20000
	process/drain-rate 50
	listen/address 127.0.0.1
	listen/port 0
	listen/port-file "$dir/server.port"
	listen/backlog 100
	listen/reserve-files 200
	tls/certificate "$dir/cert.pem"
	tls/key "$dir/key.pem"
	tls/min-version 1.2
	tls/records lean
	tls/ticket-s 100
	tls/handshakes 10
	tls/handshake-ms 20000
	tls/linger-ms 500
	control/socket "$dir/server.sock"
	control/idle-ms 50000
	threads/workers 3
	threads/readers 1
	threads/authenticators 1
	password/iterations 4096
	login/token no
	login/plain no
	login/scram-sha-256 no
	login/scram-sha-256-plus no
	login/scram-sha-1 yes
	login/token-days 7
	limits/text 100
	limits/devices 4
	limits/push-members 500
	limits/sessions 1000
	limits/rate 10000
	limits/burst 20000
	limits/per-address 900
	delivery/window-entries 100
	delivery/window-bytes 65536
	delivery/page-entries 50
	delivery/tail-entries 100
	delivery/ack-ms 3000
	delivery/mark-delay-ms 10
	session/login-ms 5000
	session/heartbeat-ms 20000
	session/pong-ms 4000
	store/directory "$dir/server.db"
	store/cache 32M
	store/memtable 16M
	store/checkpoint-ms 30000
	store/reserve 1M
	store/sync no
	store/period-s 3600
	store/batch-jobs 32
	store/batch-depth 2
)
# The four that a test cannot do without are in both files.
both="<tls><certificate>$dir/cert.pem</certificate><key>$dir/key.pem</key></tls>
<control><socket>$dir/server.sock</socket></control>
<store><directory>$dir/server.db</directory></store>"
{
	echo '<stonechat>'
	section=
	for ((i = 0; i < ${#elements[@]}; i += 2)); do
		path=${elements[i]}
		[[ $path == */* ]] || path=/$path
		if [ "$section" != "${path%/*}" ]; then
			[ -z "$section" ] || echo "</$section>"
			section=${path%/*}
			[ -z "$section" ] || echo "<$section>"
		fi
		echo "<${path##*/}>${elements[i + 1]}</${path##*/}>"
	done
	echo "</$section></stonechat>"
} >"$dir/server.xml"

"$bin/stonechatd" -c "$dir/server.xml" 2>"$dir/early.log" &
pids[server]=$!
like 'it starts, and logs to the file' "$(in_log server event=ready)" \
	event=ready
is 'its process id is in the file' "$(cat "$dir/server.pid")" "${pids[server]}"
is 'nothing differs' "$(control server --json config diff)" ''

# Against the defaults.
echo "<stonechat>$both</stonechat>" >"$dir/server.xml"
control server --json config diff >"$dir/diff"
missing=
for ((i = 0; i < ${#elements[@]}; i += 2)); do
	path=${elements[i]}
	case $path in
	# the same in both, or as it is by itself
	tls/certificate | tls/key | control/socket | store/directory) continue ;;
	log/sink | process/user) continue ;;
	esac
	value=${elements[i + 1]}
	grep -qF "\"element\":\"$path\",\"running\":\"$value\"," "$dir/diff" ||
		missing+=" $path=$value"
done
is 'each element is told with its value' "$missing" ''
is 'and no other' "$(grep -c '"element"' "$dir/diff")" \
	$((${#elements[@]} / 2 - 6))
kill -TERM "${pids[server]}"
wait "${pids[server]}"
is 'it stops' $? 0
unset 'pids[server]'

# Attributes: units of the log, and modules.
configure server '<modules><module name="history" limit="5" most="50"/>
<module name="retention" undelivered="3" seal-days="9"/></modules>'
if grep -q '&sc_module_history,' "$bin/src/daemon/modules_builtin.c" &&
	grep -q '&sc_module_retention,' "$bin/src/daemon/modules_builtin.c"; then
	start server
	listed=$(control server --json module list)
	like 'history has its options' "$listed" '"limit":5'
	like 'both' "$listed" '"most":50'
	like 'and so has retention' "$listed" '"undelivered":3,"seal-days":9'
	ended server TERM
fi
finish

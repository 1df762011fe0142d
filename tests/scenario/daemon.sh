#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The server as a process: what it refuses, what it survives, how it stops.
. "$top_srcdir/tests/scenario/lib.sh"

configure server "<process><pid-file>$dir/server.pid</pid-file></process>"
start server
is 'the pid file holds the process' "$(cat "$dir/server.pid")" \
	"${pids[server]}"
add_users server alice bob

# refused NAME: what a server that does not start says.
refused() {
	timeout "$limit" "$bin/stonechatd" -c "$dir/$1.xml" 2>&1 |
		grep -v '^time='
	return "${PIPESTATUS[0]}"
}
configure second "<store><directory>$dir/server.db</directory></store>"
said=$(refused second)
is 'two servers on one database: refused' $? 1
like 'with the directory' "$said" "^stonechatd: .*$dir/server.db"
configure third "<listen><address>127.0.0.1</address><port>$port</port>
	</listen>"
said=$(refused third)
is 'a port in use: refused' "$?: $said" "1: stonechatd: cannot listen on \
127.0.0.1 port $port: Address already in use: stop what uses it, or choose \
another <listen><port>"
sed "s|third.sock|server.sock|" "$dir/third.xml" >"$dir/fourth.xml"
said=$(refused fourth)
is 'the control socket of another: refused' $? 1
like 'with what to do' "$said" 'another server answers there: stop it'
is 'none of them took a file of the first' "$(cat "$dir/server.pid")" \
	"${pids[server]}"

# Users that cannot be.
said=$(echo secret | control server user add alice 2>&1)
is 'a user twice' "$?: $said" \
	'1: stonechatctl: user alice already exists: choose another name'
said=$(echo secret | control server user add 'no name' 2>&1)
like 'a name that is none' "$?: $said" '^1: stonechatctl: "no name" is not'
said=$(echo | control server user add carol 2>&1)
like 'an empty password' "$?: $said" '^1: stonechatctl: the password cannot'
is 'two users there are' \
	"$(control server --json user list | field name | xargs)" 'alice bob'

# Bytes that no client sends.
peer=/dev/tcp/127.0.0.1/$port
for i in 1 2 3 4 5; do
	head -c $((i * 7777)) /dev/urandom 2>/dev/null >"$peer"
done 2>/dev/null
: >"$peer"
tls() {
	timeout "$limit" openssl s_client -connect "127.0.0.1:$port" -quiet \
		"$@" 2>/dev/null
}
for i in 1 2 3; do
	head -c 20000 /dev/urandom | tls -alpn stonechat/1 >/dev/null
done
printf '\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01' |
	tls -alpn stonechat/1 >/dev/null
failures() { control server --json stats | field tls-failures; }
before=$(failures)
tls </dev/null >/dev/null
is 'without ALPN there is no connection' "$(failures)" $((before + 1))
tls -alpn h2 </dev/null >/dev/null
is 'nor with another protocol' "$(failures)" $((before + 2))
tls -tls1_2 -alpn stonechat/1 </dev/null >/dev/null
is 'nor with TLS 1.2' "$(failures)" $((before + 3))
{
	printf 'not json\n{"command":"nothing"}\n[]\n{"command":7}\n'
	head -c 100000 /dev/zero
} | timeout "$limit" python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
try:
    s.sendall(sys.stdin.buffer.read())
    s.shutdown(socket.SHUT_WR)
    while s.recv(4096): pass
except OSError: pass' "$dir/server.sock"
as bob login >/dev/null
is 'after all of that a client logs in' $? 0
as alice send bob 'still there' >/dev/null
is 'and sends' $? 0
is 'malformed streams were counted' \
	"$([ "$(control server --json stats | field malformed)" -ge 1 ] &&
		echo yes)" yes

# Stopping, with a client connected.
exec {bob}< <(as bob --json listen)
read -r -t "$limit" _ <&"$bob"
before=$EPOCHREALTIME
ended server TERM
is 'SIGTERM: exit status 0' $? 0
after=$EPOCHREALTIME
took=$(((${after/./} - ${before/./}) / 1000))
ok "within five seconds ($took ms)" [ "$took" -lt 5000 ]
ok 'the pid file is gone' [ ! -e "$dir/server.pid" ]
ok 'the socket is gone' [ ! -e "$dir/server.sock" ]
ok 'the port file is gone' [ ! -e "$dir/server.port" ]

start server
said=$(control server stop)
is 'stonechatctl stop' "$?: $said" '0: stopped'
wait "${pids[server]}"
is 'stops with status 0' $? 0
unset 'pids[server]'
read -r -t "$limit" _ <&"$events"

start server
ended server KILL
ok 'after a kill the socket is left behind' [ -S "$dir/server.sock" ]
start server
is 'which stops nobody' \
	"$(control server --json user list | field name | xargs)" 'alice bob'

# Started as root, it may become somebody else.
title='started as root, the server becomes the user of the configuration'
if [ "$(id -u)" -eq 0 ] && id nobody >/dev/null 2>&1; then
	chmod 711 "$dir"
	# a leak checker cannot work without /proc
	export ASAN_OPTIONS=detect_leaks=0
	configure dropped "<process><user>nobody</user>
		<pid-file>$dir/dropped.pid</pid-file></process>"
	start dropped
	inside=/proc/$(worker dropped)
	# owner NAME: the four ids of a process, once if they are one
	owner() { sed -n "s/^$1:\t//p" "$inside/status" | tr '\t' '\n' | uniq; }
	is "$title" "$(owner Uid):$(owner Gid)" "$(id -u nobody):$(id -g nobody)"
	is 'its root is the database' "$(stat -Lc %i "$inside/root")" \
		"$(stat -c %i "$dir/dropped.db")"
	is 'nothing there is wrong for it' \
		"$(grep -c 'level=\(error\|crit\)' "$dir/dropped.log")" 0
	is 'it has no capability, and gets none' "$(sed -n \
		's/^\(CapPrm\|CapEff\|NoNewPrivs\):\t0*//p' "$inside/status" |
		xargs)" 1
	is 'no directory is open' \
		"$(find -L "$inside/fd" -mindepth 1 -maxdepth 1 -type d)" ''
	is 'its parent is root' "$(stat -c %U "/proc/${pids[dropped]}")" root
	is 'and keeps the pid file' "$(cat "$dir/dropped.pid")" \
		"${pids[dropped]}"
	like 'its memory is measured' "$(control dropped --json stats |
		field memory-pss)" '^[1-9]'
	is 'and serves' "$(control dropped user list)" ''
	ended dropped TERM
	is 'and stops' "$?$(cat "$dir/dropped.pid")" 0

	# What an operator has copied there as root is not the server's.
	theirs="it belongs to somebody else: give the database to the server's \
user (chown -R nobody: $dir/dropped.db)"
	for file in lock data log/log.0000000001; do
		chown root "$dir/dropped.db/$file"
		chmod go= "$dir/dropped.db/$file"
		is "it does not start with a $file of somebody else's" \
			"$(timeout "$limit" "$bin/stonechatd" \
				-c "$dir/dropped.xml" 2>&1)" \
			"stonechatd: $dir/dropped.db/$file: Permission denied: $theirs"
		is 'nor is that verified' \
			"$("$bin/stonechatd" -c "$dir/dropped.xml" \
				--maintain verify 2>&1)" \
			"stonechatd: $dir/dropped.db/$file: Permission denied: $theirs"
		chown nobody "$dir/dropped.db/$file"
	done
	start dropped
	ended dropped TERM
	is 'given back it serves' "$?" 0
else
	number=$((number + 1))
	echo "ok $number - $title # SKIP not root"
fi
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Getting rid of clients: drain, stop, the signals, and what the service manager
# is told.
. "$top_srcdir/tests/scenario/lib.sh"

clients=()
quit() { # ends clients that would connect again
	kill -9 "${clients[@]}" 2>/dev/null
	wait "${clients[@]}" 2>/dev/null
	clients=()
}
trap 'quit; cleanup' EXIT
# listens USER/DEVICE: a client that is connected when this returns.
listens() {
	local line
	exec {fd}< <(exec "$bin/stonechat" -s "127.0.0.1:$port" -u "${1%/*}" \
		--password-file "$dir/${1%/*}.password" --ca "$dir/cert.pem" \
		--device "${1#*/}" --state "$dir/state-${1%/*}-${1#*/}" \
		--json listen --timeout $((limit * 10)) 2>/dev/null)
	clients+=("$!")
	read -r -t "$limit" line <&"$fd"
	[[ $line == *synced* ]] || bail "$1 does not listen: $line"
}

# ---- stonechatctl drain: one goodbye at a time.
configure server "<process><drain-rate>10</drain-rate></process>"
start server
add_users server alice bob
listens bob/three
listens bob/two
listens alice/one
as alice send bob 'before the drain' >/dev/null
is 'three listen, one has sent' "$?:$(control server --json stats |
	field sessions)" 0:3
out=$(control server --json drain)
is 'the server drains' $? 0
is 'and tells how it goes' \
	"$(field sessions <<<"$out" | uniq | xargs)" '3 2 1 0'
is 'to the end' "$(tail -n 1 <<<"$out")" '{"ok":true}'
is 'nobody is connected' \
	"$(control server --json stats | field connections)" 0
(: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null
is 'nobody can connect' $? 1
is 'again: it is drained' "$(control server drain)" drained
is 'it can still be asked' "$(control server user list | grep -c bob)" 1
is 'and reloaded' "$(control server config reload)" \
	'reloaded: 0 elements have changed'
quit
is 'and stopped' "$(control server stop)" stopped
wait "${pids[server]}"
is 'with status 0' $? 0
unset 'pids[server]'
read -r -t "$limit" _ <&"$events"

# ---- drain --stop
start server
listens bob/two
is 'drain --stop stops, too' "$(control server drain --stop | tail -n 1)" \
	'drained and stopped'
wait "${pids[server]}"
is 'with status 0 again' $? 0
unset 'pids[server]'
read -r -t "$limit" _ <&"$events"
quit

# ---- The pace gives way to <stop-ms>.
sed -i 's|<drain-rate>10<|<drain-rate>1<|' "$dir/server.xml"
start server
listens bob/two
listens bob/three
listens alice/one
sed -i 's|</process>|<stop-ms>2000</stop-ms></process>|' "$dir/server.xml"
control server config reload >/dev/null
ended server TERM
is 'SIGTERM is not late, however slow the pace' $? 0
quit

# ---- A client that does not go: it is waited for, but not for ever.
linger='<tls><linger-ms>600000</linger-ms>'
sed -i "s|<tls>|$linger|; s|<stop-ms>2000<|<stop-ms>500<|" "$dir/server.xml"
start server
listens bob/two
kill -STOP "${clients[@]}"
ended server TERM
is 'stopping takes <stop-ms> at most' $? 1
ok 'and says that it was late' \
	in_log server 'level=error unit=daemon event=stop.late ms=500'
quit
sed -i "s|<stop-ms>500<|<stop-ms>600000<|" "$dir/server.xml"
start server
listens bob/two
kill -STOP "${clients[@]}"
# The log goes to a pipe, where it is awaited.
mkfifo "$dir/pipe"
exec {pipe}<>"$dir/pipe"
sed -i "s|<level>debug|<file>$dir/pipe</file>&|" "$dir/server.xml"
control server config reload >/dev/null
await() {
	local line
	while read -r -t "$limit" line <&"$pipe"; do
		[[ $line == *"$1"* ]] && return
	done
	return 1
}
kill -INT "${pids[server]}"
ok 'SIGINT begins to stop' await event=stopping
ended server INT
is 'a second SIGINT ends it at once' $? 1
ok 'and says so' await event=stop.at-once
quit
sed -i "s|<file>$dir/pipe</file>||" "$dir/server.xml"

# Nothing of that was a loss.
sed -i "s|<stop-ms>600000<|<stop-ms>10000<|" "$dir/server.xml"
start server
if grep -q '&sc_module_offline,' "$bin/src/daemon/modules_builtin.c"; then
	got=$(as bob/one --json listen --count 1 --timeout "$limit" |
		field text)
	is 'what was sent before is there' "$got" 'before the drain'
fi
as alice send bob 'after all' >/dev/null
is 'it serves as before' $? 0

# ---- Who asks and does not listen to the answer holds up no stop.
{
	echo '/chat bob'
	for _ in {1..120}; do
		printf ' %s\n' "$(head -c 3000 /dev/urandom | base64 -w 0)"
	done
} | as alice >/dev/null
# Reads a backup up to the first piece that is more than a socket takes.
coproc deaf { exec python3 -c '
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"{\"command\":\"backup\"}\n")
f = s.makefile("rb")
size = 0
while size < 1 << 18:
    f.read(size)
    size = json.loads(f.readline())["item"]["bytes"]
print("enough", flush=True)
sys.stdin.read()' "$dir/server.sock"; }
deaf_pid=$deaf_PID
read -r -t "$limit" said <&"${deaf[0]}"
is 'a backup that nobody takes' "$said" enough
ended server TERM
is 'does not hold up the stop' $? 0
eval "exec ${deaf[1]}>&-"
wait "$deaf_pid" 2>/dev/null

# ---- What the service manager is told.
if ! grep -q '^#define HAVE_SYSTEMD 1' "$bin/config.h"; then
	number=$((number + 1))
	echo "ok $number - the service manager # SKIP built without libsystemd"
	finish
fi
coproc manager { python3 "$top_srcdir/tests/scenario/notified.py" \
	"$dir/notify.sock"; }
manager_pid=$manager_PID
# told REGEX: reads what is sent until a line matches.
told() {
	local line
	while read -r -t "$limit" line <&"${manager[0]}"; do
		[[ $line =~ $1 ]] && return
	done
	return 1
}
told '^ready$'
export NOTIFY_SOCKET=$dir/notify.sock WATCHDOG_USEC=40000
start server
unset WATCHDOG_USEC
ok 'it is ready' told '^READY=1$'
ok 'with a status' told "^STATUS=serving clients on port $port\$"
ok 'it is alive' told '^WATCHDOG=1$'
ok 'and stays alive' told '^WATCHDOG=1$'
control server config reload >/dev/null
ok 'it reloads' told '^RELOADING=1$'
ok 'and says when that began' told '^MONOTONIC_USEC=[0-9]+$'
ok 'and is ready again' told '^READY=1$'
ok 'with another status' told '^STATUS=reloaded$'
echo x >>"$dir/server.xml"
control server config reload >/dev/null 2>&1
ok 'a refused reload ends, too' told '^RELOADING=1$'
ok 'it is ready' told '^READY=1$'
ok 'and tells that it was refused' told '^STATUS=the reload was refused'
control server drain >/dev/null
ok 'it drains' told '^STATUS=drained'
ended server TERM
ok 'it stops' told '^STOPPING=1$'
unset NOTIFY_SOCKET
python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"END", sys.argv[1])' \
	"$dir/notify.sock"
wait "$manager_pid" 2>/dev/null
finish

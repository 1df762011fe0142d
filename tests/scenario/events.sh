#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Lines of the log that other tests do not wait for: each event, made to happen.
. "$top_srcdir/tests/scenario/lib.sh"
needs devices history offline

# logged NAME REGEX: waits until the log of a server has such a line.
logged() { in_log "$@" >/dev/null; }
# has EVENT FIELDS: the log of the server at hand has it, now or soon.
server=server
has() {
	ok "event=$1" logged "$server" \
		"(^| )event=$1 (.* )?${2:-}"
}

# ---- What clients do.
configure server
start server
add_users server alice bob
has user.added 'user=1 name=alice'
as alice login >/dev/null
has session.open 'peer=127\.0\.0\.1:'
has session.login 'user=1 device=1 mechanism=scram-sha-256-plus'
cp "$dir/bob.password" "$dir/other.password"
"$bin/stonechat" -s "127.0.0.1:$port" -u alice --ca "$dir/cert.pem" \
	--password-file "$dir/other.password" --state "$dir/state-other" \
	login >/dev/null 2>&1
has session.login-refused 'peer=127\.0\.0\.1:[0-9]* code=-2'
as alice send nobody hello >/dev/null 2>&1
has session.request 'verb=message n=1'
has session.answered 'n=1'
has session.refused 'user=1 device=1 n=1 code=-4'
timeout "$limit" openssl s_client -connect "127.0.0.1:$port" \
	</dev/null >/dev/null 2>&1
has tls.failed 'peer=.* why='
exec {listener}< <(exec "$bin/stonechat" -s "127.0.0.1:$port" -u bob \
	--ca "$dir/cert.pem" --password-file "$dir/bob.password" \
	--state "$dir/state-bob-laptop" --device laptop --json listen)
client=$!
read -r -t "$limit" line <&"$listener"
is 'bob listens' "$(field event <<<"$line")" synced
kill -9 "$client"
has session.lost 'user=2 device=1'

# ---- What the operator does.
configure server '<limits><devices>7</devices></limits>'
control server config reload >/dev/null
has config.changed 'element="limits/devices" from="3" to="7"'
has config.reloaded 'changes=1'
# A copy that nobody takes: it is more than fits into the socket.
{
	echo '/chat bob'
	for ((i = 0; i < 250; i++)); do
		printf ' %s\n' "$(head -c 3000 /dev/urandom | base64 -w 0)"
	done
} | as alice >/dev/null
python3 - "$dir/server.sock" <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b'{"command":"backup"}\n')
s.recv(1000)
s.close()
END
has backup.failed 'files=[0-9]+ bytes='
# connects N TEXT: N connections to the control socket, which say TEXT (and a
# newline) and read one piece at most; ends when all have been closed.
connects() {
	timeout "$limit" python3 - "$dir/server.sock" "$@" <<'END'
import select, socket, sys
all = []
for i in range(int(sys.argv[2])):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    if sys.argv[3]:
        s.sendall(sys.argv[3].encode() + b"\n")
        s.recv(1)
    all.append(s)
print("connected", flush=True)
for s in all:
    closed = select.poll()
    closed.register(s, 0)
    closed.poll()
END
}
# As many as there may be, all silent.
exec {silent}< <(connects 16 '')
read -r -t "$limit" line <&"$silent"
is 'silent connections keep nobody out' \
	"$(control server user list | grep -c alice)" 1
has control.idle 'unsent=0 why="another one came"'
before=$(grep -c event=backup.failed "$dir/server.log")
sed 's|<control>|<control><idle-ms>200</idle-ms>|' "$dir/server.xml" \
	>"$dir/idle.xml"
mv "$dir/idle.xml" "$dir/server.xml"
control server config reload >/dev/null
read -r -t "$limit" line <&"$silent"
is 'nor do they stay' $? 1
has control.idle 'unsent=0 why="it is idle"'
exec {silent}< <(connects 1 '{"command":"backup"}')
has control.idle 'unsent=[1-9][0-9]* why="it is idle"'
until [ "$(grep -c event=backup.failed "$dir/server.log")" -gt "$before" ]
do :; done
is 'a backup that nobody takes is given up' $? 0
exec {silent}<&-
mkdir "$dir/logs"
sed "s|<log>|<log><file>$dir/logs/server.log</file>|" "$dir/server.xml" \
	>"$dir/with-log.xml"
mv "$dir/with-log.xml" "$dir/server.xml"
control server config reload >/dev/null
mv "$dir/logs" "$dir/old-logs"
kill -HUP "${pids[server]}"
logged old-logs/server ' event=config\.refused .*server\.log'
in_log old-logs/server 'event=log\.kept why=' >/dev/null
is 'event=log.kept' $? 0
mkdir "$dir/logs"
kill -HUP "${pids[server]}"
logged logs/server ' event=config\.reloaded '
is 'and goes on when there is a place for it' $? 0
control server drain >/dev/null
in_log logs/server 'event=draining' >/dev/null
is 'event=draining' $? 0
ended server TERM
is 'the server stops' $? 0

# ---- What the machine does.
configure server
start server
limit_files() { # limit_files N: what the server may open from now on
	python3 -c 'import resource, sys
pid, soft = map(int, sys.argv[1:])
hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))' \
		"$serving" "$1"
}
serving=$(worker server)
limit_files 3
exec {waiting}<>"/dev/tcp/127.0.0.1/$port"
has accept.failed 'why="Too many open files"'
limit_files 1024
as alice send bob 'there is room again' >/dev/null
is 'accepting goes on' $? 0
exec {waiting}<&-
ended server TERM

# damage TABLE: the second page of each of its files.
damage() {
	local file
	for file in "$dir/server.db/data/$1".*; do
		head -c 4096 "$bin/stonechatd" |
			dd of="$file" bs=4096 seek=1 conv=notrunc 2>/dev/null
	done
}
# fails COMMAND…: what makes the database fail, until the server gives up; its
# exit status. Workers that were ready have said so.
fails() {
	local status answer
	while kill -0 "${pids[server]}" 2>/dev/null; do
		"$@" >/dev/null 2>&1
	done
	wait "${pids[server]}"
	status=$?
	unset "pids[server]"
	while read -r -t "$limit" answer <&"$events" &&
		[ "$answer" != ended ]; do :; done
	return "$status"
}
# After a panic Berkeley DB gives its memory not back, and a worker must end
# with the status that says so, not with that of the leak checker.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
cp -r "$dir/server.db" "$dir/good.db"
: >"$dir/server.log"
damage entries
start server
as bob history alice >/dev/null 2>&1
has read.failed 'user=2 .*code=-'
has store.says 'text='
has store.failed 'why=.* do='
fails as bob history --timeout 1 alice
is 'a damaged database ends the server with status 1' $? 1
"$bin/stonechatd" -c "$dir/server.xml" --maintain verify >/dev/null 2>&1
is 'and verify finds it' $? 1
rm -r "$dir/server.db"
cp -r "$dir/good.db" "$dir/server.db"
: >"$dir/server.log"
damage slots
start server
as alice send bob hello --timeout 1 >/dev/null 2>&1
has job.failed 'code=-'
has store.failed
fails as alice send bob hello --timeout 1
has store.given-up 'why='
rm -r "$dir/server.db"
cp -r "$dir/good.db" "$dir/server.db"

# A wall clock that goes another way than time does.
if grep -q '^SAN_CFLAGS = .*-fsanitize' "$bin/Makefile"; then
	is 'event=sweeps.stopped # SKIP a sanitizer must be loaded first' 1 1
else
	: >"$dir/server.log"
	export LD_PRELOAD=$bin/tests/scenario/.libs/clocks.so
	export SC_TEST_CLOCKS=$dir/hours-later
	start server
	unset LD_PRELOAD
	touch "$dir/hours-later"
	control server stats >/dev/null	# it looks at its clock
	has sweeps.stopped 'why=.* do='
	is 'which is counted' \
		"$(control server --json stats | field sweeps-stopped)" 1
	ended server TERM
fi

# Not as root, a user to become is not obeyed.
configure server '<process><user>nobody</user></process>'
: >"$dir/server.log"
if [ "$(id -u)" -ne 0 ]; then
	start server
	has user.kept 'user=nobody'
	ended server TERM
else
	chmod 755 "$dir"
	chown -R 65534 "$dir/server.db" "$dir/key.pem"
	mkdir "$dir/run"
	chown 65534 "$dir/run"
	sed -i "s|$dir/server.sock|$dir/run/server.sock|
		s|$dir/server.port|$dir/run/server.port|" "$dir/server.xml"
	setpriv --reuid=65534 --clear-groups "$bin/stonechatd" \
		-c "$dir/server.xml" 2>"$dir/server.log" &
	pids[server]=$!
	has user.kept 'user=nobody'
	logged server ' event=ready '
	kill -TERM "${pids[server]}"
	wait "${pids[server]}"
	is 'the server stops as another user, too' $? 0
	unset 'pids[server]'
fi
finish

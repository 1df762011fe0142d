#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Parent and worker: either is killed, the worker is replaced, the configuration
# and the sockets come from outside.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline receipts

clients=()
quit() { # ends clients that would connect again
	kill -9 "${clients[@]}" 2>/dev/null
	wait "${clients[@]}" 2>/dev/null
	clients=()
}
trap 'quit; cleanup' EXIT
# listens USER: a client that is connected when this returns; its lines come
# from $heard.
listens() {
	local line
	exec {heard}< <(exec "$bin/stonechat" -s "127.0.0.1:$port" -u "$1" \
		--password-file "$dir/$1.password" --ca "$dir/cert.pem" \
		--device laptop --state "$dir/state-$1-laptop" \
		--json listen --timeout $((limit * 10)) 2>/dev/null)
	clients+=("$!")
	read -r -t "$limit" line <&"$heard"
	[[ $line == *synced* ]] || bail "$1 does not listen: $line"
}
# hears: the next text.
hears() {
	local line
	while read -r -t "$limit" line <&"$heard"; do
		[[ $line == *'"text"'* ]] || continue
		field text <<<"$line"
		return
	done
	return 1
}
# ready_again: waits until some worker is ready.
ready_again() {
	local answer=
	read -r -t "$limit" answer <&"$events"
	[ "$answer" = ready ] || bail "no worker is ready: $answer"
}
# logged REGEX [NAME]: a line of the log; the server has written it by now.
logged() { grep -qE "$1" "$dir/${2:-server}.log"; }

configure server "<process><pid-file>$dir/server.pid</pid-file></process>"
start server
add_users server alice bob
parent=${pids[server]}
first=$(worker server)
is 'the parent is another process' "$(ps -o ppid= -p "$first" | xargs)" \
	"$parent"
ok 'the log names both' logged \
	"event=ready port=$port pid=$parent worker=$first "
is 'the parent has one thread' "$(ls "/proc/$parent/task" | wc -l)" 1
is 'the pid file has the parent' "$(cat "$dir/server.pid")" "$parent"

# ---- The worker is killed, over and over, while messages flow.
listens bob
mkfifo "$dir/sent"
exec {sent}<>"$dir/sent"
sender() {
	local i
	for i in $(seq 30); do
		as alice send bob "m$i" --wait delivered >/dev/null 2>&1
		echo "$? m$i"
	done >&"$sent"
	echo end >&"$sent"
}
sender &
sending=$!
acknowledged=() kills=0
while read -r -t "$limit" status text <&"$sent" && [ "$status" != end ]; do
	[ "$status" -eq 0 ] && acknowledged+=("$text")
	case $text in m5 | m12 | m20)
		kill -KILL "$(worker server)"
		ready_again
		kills=$((kills + 1))
		;;
	esac
done
wait "$sending"
is 'the worker was killed' "$kills" 3
ok "most messages were delivered (${#acknowledged[@]})" \
	[ "${#acknowledged[@]}" -ge 20 ]
as alice send bob last --wait delivered >/dev/null
is 'and ticks go on' $? 0
got=()
while text=$(hears); do
	[ "$text" = last ] && break
	got+=("$text")
done
missing=
for text in "${acknowledged[@]}"; do
	[[ " ${got[*]} " == *" $text "* ]] || missing+=" $text"
done
is 'nothing that was acknowledged is lost' "$missing" ''
is 'nothing came twice' "$(printf '%s\n' "${got[@]}" | sort | uniq -d)" ''
ok 'the log says how it died' logged \
	'level=error unit=daemon event=worker.died how="killed by signal 9" why="" again-ms=[0-9]+$'
is 'the parent is the same' "$(ps -o ppid= -p "$(worker server)" | xargs)" \
	"$parent"

# ---- Another worker on request.
before=$(worker server)
said=$(control server restart | tail -n 1)
after=$(worker server)
is 'restart says who serves' "$said" "restarted: process $after serves now"
ready_again
ok 'the log says so' logged 'level=notice unit=daemon event=restarting'
ok 'it is another process' [ "$before" != "$after" ]
is 'of the same parent' "$(ps -o ppid= -p "$after" | xargs)" "$parent"
as alice send bob 'after the restart' --wait delivered >/dev/null
is 'the client has come back' "$?:$(hears)" '0:after the restart'
sed -i "s|<listen>|<threads><readers>3</readers></threads>&|" \
	"$dir/server.xml"
said=$(control server config reload 2>&1)
like 'what no reload takes' "$said" '<readers>: .*: this needs a restart'
control server restart >/dev/null
ready_again
is 'is taken by a restart' "$(control server config diff)" ''
sed -i "s|<port>0</port>|<port>5</port>|" "$dir/server.xml"
said=$(control server restart 2>&1)
like 'but nothing that is the parent'"'"'s' "$?: $said" \
	'^1: .*<port>: "0" runs, "5" is in the file: this needs a stop and a start'
sed -i "s|<port>5</port>|<port>0</port>|" "$dir/server.xml"
mv "$dir/key.pem" "$dir/key.away"
said=$(control server restart 2>&1)
like 'and not without a key' "$?: $said" "^1: .*$dir/key.pem: No such file"
mv "$dir/key.away" "$dir/key.pem"
as alice send bob 'still the same' --wait delivered >/dev/null
is 'the worker was left alone' "$?:$(hears)" '0:still the same'

# ---- SIGHUP to the parent: a new certificate.
shown() {
	timeout "$limit" openssl s_client -connect "127.0.0.1:$port" \
		-alpn stonechat/1 </dev/null 2>/dev/null |
		openssl x509 -noout -fingerprint
}
mkfifo "$dir/pipe"
exec {pipe}<>"$dir/pipe"
sed -i "s|<log>|&<file>$dir/pipe</file>|" "$dir/server.xml"
control server config reload >/dev/null
await() {
	local line
	while read -r -t "$limit" line <&"$pipe"; do
		[[ $line =~ $1 ]] && return
	done
	return 1
}
await event=config.reloaded
old=$(shown)
certificate
kill -HUP "$parent"
ok 'SIGHUP to the parent reloads' await event=config.reloaded
ok 'new clients see a new certificate' [ "$old" != "$(shown)" ]
kill -KILL "$(worker server)"
ok 'the next worker' await event=ready
is 'has it, too' "$(shown)" "$(openssl x509 -noout -fingerprint \
	-in "$dir/cert.pem")"
quit
ended server TERM
is 'SIGTERM to the parent stops both' $? 0
is 'and removes its files' \
	"$(ls "$dir/server.pid" "$dir/server.sock" 2>/dev/null)" ''
sed -i "s|<file>$dir/pipe</file>||" "$dir/server.xml"

# ---- The parent is killed: the worker serves on.
start server
worker=$(worker server)
listens bob
kill -KILL "${pids[server]}"
wait "${pids[server]}" 2>/dev/null
as alice send bob 'without a parent' --wait delivered >/dev/null
is 'without a parent messages flow' "$?:$(hears)" '0:without a parent'
said=$(control server config reload 2>&1)
like 'nothing is reloaded' "$?: $said" '^1: .*the parent process is gone: stop'
said=$(control server restart 2>&1)
like 'nothing is restarted' "$?: $said" '^1: .*the parent process is gone: stop'
is 'the log says so once' \
	"$(grep -c 'level=error unit=daemon event=monitor.gone' "$dir/server.log")" 1
is 'the worker can be stopped' "$(control server stop)" stopped
read -r -t "$limit" answer <&"$events"
is 'and ends' "$answer" ended
gone "$worker"
unset 'pids[server]'
quit

start server
kill -KILL "${pids[server]}"
wait "${pids[server]}" 2>/dev/null
worker=$(worker server)
kill -TERM "$worker"
read -r -t "$limit" answer <&"$events"
is 'SIGTERM stops it, too' "$answer" ended
gone "$worker"
unset 'pids[server]'

# ---- The database is damaged: three times, then the parent gives up.
start server
worker=$(worker server)
kill -STOP "$worker"
for file in "$dir"/server.db/data/*; do
	head -c 8192 /dev/urandom |
		dd of="$file" conv=notrunc status=none
done
kill -KILL "$worker"
wait "${pids[server]}"
is 'with a damaged database it gives up' $? 1
read -r -t "$limit" _ <&"$events"
unset 'pids[server]'
is 'after three tries' "$(grep -c 'event=worker.died how="exit status 3"' \
	"$dir/server.log")" 2
ok 'the log says what to do' logged \
	'level=crit unit=store event=store.given-up why="the database in .*stonechatctl verify.*stonechatctl recover.*stonechatctl restore DIR'
ok 'and standard error' logged '^stonechatd: the database in .* has failed 3 times'

# ---- Sockets from the service manager.
configure given '<listen><address>127.0.0.1</address><port>1</port></listen>'
cat >"$dir/activate.py" <<'END'
import os, socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(64)
with open(sys.argv[1], "w") as f:
    print(s.getsockname()[1], file=f)
if s.fileno() != 3:
    os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
END
setsid python3 "$dir/activate.py" "$dir/given.port" "$bin/stonechatd" \
	-c "$dir/given.xml" 2> >(keep_log given) &
pids[given]=$!
ready_again
port=$(cat "$dir/given.port")
add_users given alice bob
rm -rf "$dir"/state-*
as alice send bob 'by a socket that was given' >/dev/null
is 'a socket of the service manager is used' $? 0
ok 'instead of the address' logged "event=ready port=$port " given
ended given TERM
is 'and the server stops' $? 0

# ---- As others: an ordinary user; root that becomes one.
if [ "$(id -u)" -ne 0 ] || ! id nobody >/dev/null 2>&1; then
	number=$((number + 1))
	echo "ok $number - as others # SKIP not root"
	finish
fi
chmod 711 "$dir"
configure jailed '<process><user>nobody</user></process>'
export ASAN_OPTIONS=detect_leaks=0
start jailed
add_users jailed alice
kill -KILL "$(worker jailed)"
ready_again
is 'a worker in a jail is replaced' "$(control jailed user list | grep -c alice)" 1
is 'can be reloaded' "$(control jailed config reload)" \
	'reloaded: 0 elements have changed'
control jailed restart >/dev/null
ready_again
is 'and restarted' "$(control jailed user list | grep -c alice)" 1
ended jailed TERM
is 'and stops' $? 0

mkdir "$dir/own"
configure own "<store><directory>$dir/own/db</directory></store>
	<listen><address>127.0.0.1</address><port>0</port>
	<port-file>$dir/own/port</port-file></listen>"
sed -i "s|$dir/own.sock|$dir/own/socket|" "$dir/own.xml"
chmod 644 "$dir/key.pem"
chown -R nobody "$dir/own"
setsid setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups \
	"$bin/stonechatd" -c "$dir/own.xml" 2> >(keep_log own) &
pids[own]=$!
ready_again
ok 'an ordinary user has no jail' logged \
	'level=warning unit=daemon event=jail.none' own
ln -s own/socket "$dir/own.sock"
kill -KILL "$(worker own)"
ready_again
is 'and a worker that is replaced' \
	"$(control own --json stats | field connections)" 0
ended own TERM
is 'and stops as it should' $? 0
finish

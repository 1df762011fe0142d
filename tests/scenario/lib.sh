# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# lib.sh: for scenarios: a private directory, servers, users and clients in it,
# and TAP. A script sources it, and ends with `finish'.
set -u
export LC_ALL=C
bin=$top_builddir
limit=60	# seconds that anything may take
patience=120000	# milliseconds that servers give clients on a busy machine

dir=$(mktemp -d) || exit 1
mkfifo "$dir/events"
exec {events}<>"$dir/events"
declare -A pids=()	# of servers, by name
number=0 bad=0

# end_clients PID: what clients and questions there still are below it; all of
# them run under timeout(1), which passes the signal on.
end_clients() {
	local pid
	for pid in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
		end_clients "$pid"
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = timeout ] &&
			kill "$pid" 2>/dev/null
	done
}

cleanup() {
	local name
	end_clients $$
	for name in "${!pids[@]}"; do
		kill -9 -- "-${pids[$name]}" 2>/dev/null
	done
	wait 2>/dev/null
	if [ "$bad" -ne 0 ]; then
		tail -n 40 "$dir"/*.log 2>/dev/null | sed 's/^/# /'
	fi
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# ---- TAP

# needs MODULE…: the rest of the script tests what these modules do; a build
# without one of them skips it.
needs() {
	local module
	for module in "$@"; do
		grep -q "&sc_module_$module," \
			"$bin/src/daemon/modules_builtin.c" && continue
		echo "1..0 # SKIP this build has no module $module"
		exit 0
	done
}

# ok TITLE COMMAND…: passes if the command succeeds.
ok() {
	local title=$1
	shift
	number=$((number + 1))
	if "$@"; then
		echo "ok $number - $title"
	else
		echo "not ok $number - $title"
		echo "# failed: $*"
		bad=1
	fi
}

# is TITLE GOT WANTED
is() {
	number=$((number + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		printf 'got:    %s\nwanted: %s\n' "$2" "$3" | sed 's/^/# /'
		bad=1
	fi
}

# like TITLE GOT REGEX
like() {
	number=$((number + 1))
	if [[ $2 =~ $3 ]]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		printf 'got: %s\nnot: %s\n' "$2" "$3" | sed 's/^/# /'
		bad=1
	fi
}

finish() {
	echo "1..$number"
	exit "$bad"
}

bail() {
	echo "Bail out! $*"
	bad=1
	exit 1
}

# ---- Servers

certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$dir/key.pem" -out "$dir/cert.pem" -days 2 \
		-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
		2>/dev/null || bail 'openssl makes no certificate'
}

# configure NAME [ELEMENTS]: writes NAME.xml; ELEMENTS go before the others, so
# the directory of the database may be another server's.  Who is slow, because
# the machine is busy, is not cut off.
configure() {
	[ -s "$dir/cert.pem" ] || certificate
	local name=$1 more=${2:-}
	[[ $more == *"<store>"* ]] ||
		more+="<store><directory>$dir/$name.db</directory></store>"
	local here="<directory>$bin/modules/.libs</directory>"
	case $more in
	*"<modules><directory>"*) ;;
	*"<modules>"*) more=${more/<modules>/<modules>$here} ;;
	*) more+="<modules>$here</modules>" ;;
	esac
	[[ $more == *"<session>"* ]] ||
		more+="<session><login-ms>$patience</login-ms>
		<pong-ms>$patience</pong-ms></session>"
	[[ $more == *"<listen>"* ]] ||
		more+="<listen><address>127.0.0.1</address><port>0</port>
		<port-file>$dir/$name.port</port-file></listen>"
	cat >"$dir/$name.xml" <<-EOF
		<stonechat>
		$more
		<log><level>debug</level></log>
		<tls>
		<certificate>$dir/cert.pem</certificate>
		<key>$dir/key.pem</key>
		<handshake-ms>$patience</handshake-ms>
		<records>${SC_SCENARIO_RECORDS:-openssl}</records>
		</tls>
		<control><socket>$dir/$name.sock</socket></control>
		</stonechat>
	EOF
}

# keep_log NAME: standard input to NAME.log; says "ready" or "ended".
keep_log() {
	local line
	while IFS= read -r line; do
		printf '%s\n' "$line" >>"$dir/$1.log"
		[[ $line == *" event=ready "* ]] && echo ready >&"$events"
	done
	echo ended >&"$events"
}

# start NAME: runs the server of NAME.xml until it is ready; port is its port.
# Parent and worker have a process group of their own, that of the parent.
start() {
	local name=$1 answer=
	setsid "$bin/stonechatd" -c "$dir/$name.xml" 2> >(keep_log "$name") &
	pids[$name]=$!
	read -r -t "$limit" answer <&"$events"
	[ "$answer" = ready ] || bail "server $name: ${answer:-not ready}"
	port=$(cat "$dir/$name.port")
}

# ended NAME SIGNAL: sends it; the exit status of the server.  KILL ends parent
# and worker, as if the machine had gone.
ended() {
	local name=$1 status worker=
	if [ "$2" = KILL ]; then
		worker=$(<"/proc/${pids[$name]}/task/${pids[$name]}/children")
		kill -KILL -- "-${pids[$name]}"
	else
		kill -"$2" "${pids[$name]}"
	fi
	wait "${pids[$name]}" 2>/dev/null
	status=$?
	gone $worker
	unset "pids[$name]"
	read -r -t "$limit" _ <&"$events"
	return "$status"
}

# gone PID…: waits for the end of processes that are not ours.
gone() { [ $# -eq 0 ] || python3 "$top_srcdir/tests/scenario/gone.py" "$@"; }

# worker NAME: the process that serves.
worker() { control "$1" --json stats | field pid; }

# in_log NAME REGEX: the first line of the log that matches, now or soon.
in_log() {
	local line reader found=1
	exec {log}< <(exec timeout "$limit" tail -n +1 -F "$dir/$1.log" \
		2>/dev/null)
	reader=$!
	while IFS= read -r line <&"$log"; do
		[[ $line =~ $2 ]] && echo "$line" && found=0 && break
	done
	kill "$reader" 2>/dev/null
	exec {log}<&-
	return "$found"
}

control() {
	local name=$1
	shift
	timeout "$limit" "$bin/stonechatctl" -S "$dir/$name.sock" "$@"
}

# add_users NAME USER…: the password of each is USER-secret.
add_users() {
	local name=$1 user
	shift
	for user in "$@"; do
		echo "$user-secret" >"$dir/$user.password"
		control "$name" user add "$user" <"$dir/$user.password" \
			>/dev/null || bail "$user was not added"
	done
}

# ---- Clients

# as USER[/DEVICE] COMMAND…: the client of a device, of the server at $port.  Some
# listen as long as the whole script takes.
as() {
	local user=${1%%/*} device=${1#*/}
	shift
	[ "$device" = "$user" ] && device=laptop
	timeout $((limit * 10)) "$bin/stonechat" -s "127.0.0.1:$port" \
		-u "$user" --password-file "$dir/$user.password" \
		--ca "$dir/cert.pem" --device "$device" \
		--state "$dir/state-$user-$device" "${options[@]}" "$@"
}
options=()

# field NAME: of JSON objects on standard input, one a line.
field() {
	sed -nE 's/.*"'"$1"'":("([^"]*)"|([0-9a-z]+)).*/\2\3/p'
}

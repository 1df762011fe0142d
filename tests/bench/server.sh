#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What tests/bench/run and tests/bench/compare have in common: sourced; a fresh
# stonechatd with a self-made certificate, in $dir.  See there for the variables.
bin=${top_builddir:-$PWD}
server_core=${SERVER_CORE:-0} bench_cores=${BENCH_CORES:-1}
seconds=${SECONDS_EACH:-10} loads=${LOADS:-500 1000 2000 4000 8000 16000}
sizes=${SIZES:-2000 5000 10000 19000}
if [ ! -x "$bin/stonechat-bench" ]; then
	echo "${0##*/}: no stonechat-bench in $bin: build first, and run in the" \
		"build directory" >&2
	exit 1
fi
if [ "$(nproc)" -lt 2 ]; then
	server_core=none bench_cores=none
fi

server=
if [ -n "${KEEP:-}" ]; then
	dir=$KEEP
	mkdir -p "$dir" || exit 1
else
	dir=$(mktemp -d) || exit 1
fi
end_server() {
	[ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server"
}
cleanup() {
	end_server
	[ -n "${KEEP:-}" ] || rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# pin NAME CORES: NAME becomes an array, what to put before a command.
pin() {
	local -n prefix=$1
	prefix=()
	[ "$2" = none ] || ! command -v taskset >/dev/null ||
		prefix=(taskset -c "$2")
}
pin on_server "$server_core"
pin on_bench "$bench_cores"

fail() {
	echo "${0##*/}: $*" >&2
	[ ! -s "$dir/server.log" ] || tail -n 20 "$dir/server.log" >&2
	exit 1
}

# mode_options MODE [RUN]: the array options, what is measured, $bench_mode and
# $users.  load and memory are rate and idle with RUN as the load and the users.
mode_options() {
	bench_mode=$1
	case $1 in
	load)
		bench_mode=rate
		options=(--pairs 200 --rate "${2:-1}" --seconds "$seconds")
		;;
	memory)
		bench_mode=idle
		options=(--users "${2:-1}" --seconds 1 --patience 120)
		;;
	echo) options=(--users 400 --seconds "$seconds") ;;
	idle) options=(--users "$connections" --seconds "$seconds") ;;
	pairs | receipts) options=(--pairs 200 --window 8 --seconds "$seconds") ;;
	rate) options=(--pairs 200 --rate 2000 --seconds "$seconds") ;;
	offline) options=(--users 200 --messages 20000) ;;
	group) options=(--members 256 --posters 8 --window 4
		--seconds "$seconds") ;;
	crash) options=(--users 50 --senders 32 --patience 6
		--seconds $((seconds < 3 ? seconds : 3))) ;;
	wire) options=() ;;
	mixed) options=(--users 200 --rate 1000 --seconds "$seconds") ;;
	storm) options=(--users "$storm_users" --logins 64) ;;
	*)
		echo "${0##*/}: there is no mode $1" >&2
		exit 2
		;;
	esac
	# shellcheck disable=SC2034 # for those who source this
	case $1 in
	idle | storm | echo) users=${options[1]} ;;
	group) users=256 ;;
	crash) users=82 ;;
	wire) users=2 ;;
	mixed) users=200 ;;
	offline) users=232 ;;	# and 32 senders
	memory) users=${2:-1} ;;
	*) users=400 ;;
	esac
}

# The runs of a mode by their numbers, in turn.
mode_runs() { # mode_runs MODE RUNS
	case $1 in
	load) echo $loads ;;
	memory) echo $sizes ;;
	*) seq "$2" ;;
	esac
}

certificate() {
	[ -s "$dir/cert.pem" ] ||
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
			-keyout "$dir/key.pem" -out "$dir/cert.pem" -days 2 \
			-subj /CN=localhost \
			-addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null ||
			fail 'openssl makes no certificate'
}

# Descriptors for so many connections, here and in all that is started.
files_for() { # files_for CONNECTIONS
	local most=$(($1 + 500))
	[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge "$most" ] ||
		ulimit -Hn "$most" 2>/dev/null || return 1
	ulimit -n "$(ulimit -Hn)"
}

# fill USERS MESSAGES [PREFIX=COUNT]…: the store that the server starts with.
fill() {
	echo bench-secret >"$dir/password"
	"${on_bench[@]}" "$bin/tests/bench/fill" "$dir/db" "$dir/password" "$@"
}

start() {
	certificate
	cat >"$dir/server.xml" <<-EOF
		<stonechat>
		<listen><address>127.0.0.1</address><port>0</port>
		<port-file>$dir/port</port-file></listen>
		<tls><certificate>$dir/cert.pem</certificate>
		<key>$dir/key.pem</key>
		<records>${RECORDS:-openssl}</records></tls>
		<control><socket>$dir/control</socket></control>
		<password><iterations>4096</iterations></password>
		<store><directory>$dir/db</directory>${STORE:-}</store>
		<modules><directory>$bin/modules/.libs</directory></modules>
		<limits><per-address>0</per-address></limits>
		${CONFIGURE:-}
		</stonechat>
	EOF
	: >"$dir/server.log"
	"${on_server[@]}" "$bin/stonechatd" -c "$dir/server.xml" \
		2>>"$dir/server.log" &
	server=$!
	exec {lines}< <(exec tail -n +1 -f --pid="$server" "$dir/server.log")
	follower=$!
	grep -q 'event=ready' <&"$lines"
	started=$?
	kill "$follower" 2>/dev/null
	wait "$follower" 2>/dev/null
	exec {lines}<&-
	[ "$started" -eq 0 ] || fail 'the server does not start'
	# what serves, and is measured; $server is its parent
	worker=$(sed -n 's/.*event=ready .* worker=\([0-9]*\).*/\1/p' \
		"$dir/server.log" | tail -n 1)
	echo bench-secret >"$dir/password"
}

# bench MODE OPTION…: users are called as the mode, or $prefix.  $OPTIONS may
# need more of them than there are.
bench() {
	"${on_bench[@]}" "$bin/stonechat-bench" "$@" \
		-s "127.0.0.1:$(cat "$dir/port")" --ca "$dir/cert.pem" \
		--control "$dir/control" --server-pid "$worker" \
		--prefix "${prefix:-$1}" ${OPTIONS:+--create} \
		--password-file "$dir/password" ${OPTIONS:-}
}

# crash_stonechat: kills what serves; its parent starts it again.
crash_stonechat() {
	local old=$worker
	kill -KILL "$old"
	while [ "$worker" = "$old" ]; do
		sleep 0.05
		worker=$(sed -n 's/.*event=ready .* worker=\([0-9]*\).*/\1/p' \
			"$dir/server.log" | tail -n 1)
	done
}

# with_crashes HOW COMMAND…: runs COMMAND, with --crash behind it: when it asks
# for a crash HOW does that here.
with_crashes() {
	local how=$1 status=129 child me=$BASHPID
	shift
	trap '"$how" </dev/null; : >"$dir/again"' USR1
	"$@" --crash "rm -f '$dir/again'; kill -USR1 $me
		while [ ! -e '$dir/again' ]; do sleep 0.05; done" &
	child=$!
	while [ "$status" -gt 128 ]; do
		wait "$child"
		status=$?
	done
	trap - USR1
	return "$status"
}

stop() {
	kill "$server"
	wait "$server"
	server=
}

empty() { rm -rf "$dir/db"; }

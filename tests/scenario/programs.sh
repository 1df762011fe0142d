#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What all programs do alike: help, version, usage; and options that no other
# test has a use for.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline

version=$(sed -n 's/^VERSION = //p' "$bin/Makefile")
# says TITLE REGEX COMMAND…: status 0, and that on standard output.
says() {
	local title=$1 want=$2 said
	shift 2
	said=$("$@" 2>/dev/null </dev/null)
	like "$title" "$?: $said" "^0: $want"
}
says 'stonechatd -V' "stonechatd $version\$" "$bin/stonechatd" -V
says 'stonechatd -h' 'usage: stonechatd ' "$bin/stonechatd" -h
says 'stonechatctl -V' "stonechatctl $version\$" "$bin/stonechatctl" -V
says 'stonechatctl --version' "stonechatctl $version\$" \
	"$bin/stonechatctl" --version
says 'stonechatctl -h' 'usage: stonechatctl ' "$bin/stonechatctl" -h
says 'stonechatctl --help' 'usage: stonechatctl ' "$bin/stonechatctl" --help
says 'stonechat -V' "stonechat $version\$" "$bin/stonechat" -V
says 'stonechat --version' "stonechat $version\$" "$bin/stonechat" --version
says 'stonechat -h' 'usage: stonechat ' "$bin/stonechat" -h
says 'stonechat --help' 'usage: stonechat ' "$bin/stonechat" --help
says 'stonechat help' 'usage: stonechat ' "$bin/stonechat" help
says 'stonechat help send' 'usage: stonechat .* send TO TEXT' \
	"$bin/stonechat" help send
says 'stonechatctl help' 'usage: stonechatctl ' "$bin/stonechatctl" help
says 'stonechat-wire --help' 'usage: stonechat-wire ' \
	"$bin/stonechat-wire" --help
says 'stonechat-bench --help' 'usage: stonechat-bench ' \
	"$bin/stonechat-bench" --help
for program in stonechatd stonechatctl stonechat stonechat-wire \
	stonechat-bench; do
	said=$("$bin/$program" --frobnicate 2>&1 >/dev/null </dev/null)
	like "$program: wrong usage" "$?: $said" '^2: .'
done

configure server
start server
add_users server alice bob
says 'stonechatctl --socket' '.*alice' "$bin/stonechatctl" \
	--socket "$dir/server.sock" --json user list alice
says 'stonechat --server, --user' '' "$bin/stonechat" \
	--server "127.0.0.1:$port" --user alice --ca "$dir/cert.pem" \
	--password-file "$dir/alice.password" --state "$dir/state-long" login
for text in one two three; do
	as alice send bob "$text" >/dev/null
done
is 'chat history --before' "$(control server --json chat history alice:2 \
	--before 3 | field seq | xargs)" '1 2'
as bob listen --count 3 --timeout "$limit" >/dev/null
like 'ticks --timeout' "$(as alice ticks bob --timeout "$limit")" sent
got=$(as bob/xml xml --no-ack --until synced --timeout "$limit" </dev/null)
is 'xml --no-ack is not acknowledged' "$(grep -c '^> <ack' <<<"$got")" 0
like 'xml --raw says nothing by itself' "$(echo '<ping/>' |
	as bob/raw xml --raw --until bye --timeout "$limit")" \
	'^> <ping/>'$'\n''< <bye why="malformed"'
said=$(control server module unload nothing 2>&1)
like 'module unload of none' "$?: $said" '^1: .*no module nothing'

# Maintenance, with the file named.
control server backup "$dir/copy" >/dev/null
ended server TERM
says 'stonechatctl verify --config' '.*problems: 0' "$bin/stonechatctl" \
	verify --config "$dir/server.xml"
says 'stonechatd --maintain --json' '.*"problems":0' "$bin/stonechatd" \
	-c "$dir/server.xml" --json --maintain verify
says 'stonechatctl recover --config' '' "$bin/stonechatctl" recover \
	--config "$dir/server.xml"
rm -r "$dir/server.db"
says 'stonechatctl restore --config' 'restored: ' "$bin/stonechatctl" \
	restore "$dir/copy" --config "$dir/server.xml"
finish

# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# lib.sh: for the scripts here: a server, stonechat-bench and limit.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline receipts

configure server '<password><iterations>4096</iterations></password>'
start server
echo bench-secret >"$dir/bench.password"

bench() { # bench MODE OPTION…
	timeout $((2 * limit)) "$bin/stonechat-bench" "$@" \
		-s "127.0.0.1:$port" --ca "$dir/cert.pem" --json \
		--password-file "$dir/bench.password"
}
made() { bench "$@" --control "$dir/server.sock" --create; }
limit_of() { timeout $((2 * limit)) "$bin/tests/bench/limit" "$@" 2>&1; }

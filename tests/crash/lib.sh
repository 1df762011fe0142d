# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# lib.sh: for the scripts here: a server with accounts for N pairs, as
# tests/scenario/lib.sh makes it, and then the program `run'.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline receipts

crash=$bin/tests/crash

# crash_setup PAIRS [ELEMENTS OF STORE [OTHERS]]: a server that has stopped
# again.
crash_setup() {
	local i users=()
	configure server "<store><directory>$dir/db</directory>${2:-}</store>
		<listen><address>127.0.0.1</address><port>0</port>
		<port-file>$dir/server.port</port-file></listen>
		<password><iterations>4096</iterations></password>${3:-}"
	sed -i 's/debug/notice/' "$dir/server.xml"
	start server
	for ((i = 0; i < $1; i++)); do
		users+=("a$i" "b$i")
	done
	add_users server "${users[@]}"
	ended server TERM || bail 'the server does not stop'
}

# crash_run OPTION…: of the program; its TAP is the script's.
crash_run() {
	"$crash/run" --server "$bin/stonechatd" --conf "$dir/server.xml" \
		--ca "$dir/cert.pem" --log "$dir/server.log" \
		${SC_CRASH_SEED:+--seed "$SC_CRASH_SEED"} "$@" || bad=1
	exit "$bad"
}

# crash_preload: preload is the shared object with the model of the disk, which
# sanitizers do not go with.
crash_preload() {
	if grep -q '^SAN_CFLAGS = .*-fsanitize' "$bin/Makefile"; then
		echo '1..0 # SKIP a sanitizer must be the first that is loaded'
		exit 0
	fi
	preload=$crash/.libs/powerloss.so
}

# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# lib.sh: for the scripts here: a server for a story, and the program tale.
. "$top_srcdir/tests/scenario/lib.sh"

# story_configure NAME: with a database of its own; on a machine that is busy
# with other things nobody is slow.
story_configure() {
	configure "$1" "<store><directory>$dir/$1.db</directory></store>
		<password><iterations>4096</iterations></password>
		<session><login-ms>120000</login-ms>
		<pong-ms>120000</pong-ms></session>
		<delivery><ack-ms>60000</ack-ms></delivery>
		${2:-}"
	sed -i 's/debug/notice/' "$dir/$1.xml"
}

# tale NAME OPTION…: tells the long story; what is the same however it went is in
# NAME.end.
tale() {
	local name=$1 without=
	shift
	grep -q '&sc_module_channels,' "$bin/src/daemon/modules_builtin.c" ||
		without=--no-channels
	story_configure "$name" "<modules>
		<module name='presence' update='10'/></modules>"
	"$bin/tests/story/tale" --server "$bin/stonechatd" \
		--conf "$dir/$name.xml" --ca "$dir/cert.pem" \
		--log "$dir/$name.log" --socket "$dir/$name.sock" \
		--end "$dir/$name.end" \
		--tables "$dir/$name.db/data" ${without:+"$without"} "$@"
}

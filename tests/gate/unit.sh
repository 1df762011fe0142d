#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The unit of the service manager, as far as it can be judged from outside.
set -u
unit=$top_srcdir/packaging/systemd/stonechat.service
number=0 bad=0
ok() {
	local title=$1
	shift
	number=$((number + 1))
	if "$@"; then
		echo "ok $number - $title"
	else
		echo "not ok $number - $title"
		bad=1
	fi
}
has() { grep -q "^$1" "$unit"; }
hasnt() { ! has "$1"; }

# Directories of the manager are given to User= anew before each command of the
# unit, also before a reload: here to root, while the worker, which is another
# user, has its database there.
ok 'the unit has no user, the server changes by itself' hasnt User=
ok 'so the manager owns no directory of it' \
	hasnt '\(State\|Runtime\|Logs\|Cache\|Configuration\)Directory='
ok 'the directory comes from tmpfiles' grep -q \
	'^d /var/lib/stonechat 0700 stonechat stonechat' \
	"$top_srcdir/packaging/systemd/stonechat.tmpfiles"
ok 'what tells the manager is the parent' has NotifyAccess=main
ok 'and it stops the worker itself' has KillMode=mixed
if ! command -v systemd-analyze >/dev/null; then
	number=$((number + 1))
	echo "ok $number - systemd-analyze # SKIP it is not here"
else
	dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
	# The programs are those of this build.
	sed "s|/usr/sbin/|$top_builddir/|" "$unit" >"$dir/stonechat.service"
	cp "$top_srcdir/packaging/systemd/stonechat.socket" "$dir"
	systemd-analyze verify --man=no "$dir"/stonechat.{service,socket} \
		2>&1 | grep -F "$dir/stonechat" >"$dir/said"
	sed 's/^/# /' "$dir/said"
	ok 'systemd finds nothing wrong' test ! -s "$dir/said"
	# 10 is a service that may do everything; 3.0 is what a parent that is
	# root and opens sockets and files comes to.
	systemd-analyze security --offline=yes --threshold=31 \
		"$dir/stonechat.service" >"$dir/said" 2>&1
	exposed=$?
	[ "$exposed" -eq 0 ] || sed 's/^/# /' "$dir/said"
	ok 'and little exposed' test "$exposed" -eq 0
fi
echo "1..$number"
exit "$bad"

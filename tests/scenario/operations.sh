#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# doc/operations.md: its commands, in their order, on a machine that is a
# directory: paths lead there, the server listens on a port of its own, and
# systemctl, chgrp and the name of the host are stood in for.
. "$top_srcdir/tests/scenario/lib.sh"
needs devices history offline receipts

root=$dir/root
mkdir -p "$root"/{etc/stonechat,etc/logrotate.d,etc/cron.daily,var/lib} \
	"$root"/var/{log,backups} "$root/run" "$root/home" "$root/bin"
export XDG_STATE_HOME=$root/state

sed "s|>/[^<]*/stonechat.sock<|>$root/run/stonechat.sock<|
	s|>/[^<]*/cert.pem<|>$root/etc/stonechat/cert.pem<|
	s|>/[^<]*/key.pem<|>$root/etc/stonechat/key.pem<|
	/<store>/,/<cache>/s|<directory>.*<|<directory>$root/var/lib/stonechat<|
	/<modules>/,\$s|<directory>.*<|<directory>$bin/modules/.libs<|
	s|<address>\*<|<address>127.0.0.1<|; s|<port>5290<|<port>0<|
	s|<port-file><|<port-file>$root/run/port<|" \
	"$bin/doc/stonechat.xml" >"$root/etc/stonechat/stonechat.xml"

# The machine: a server under systemd, programs in the path.
{
	cat <<END
#!/usr/bin/env bash
root=$root
END
	cat <<'END'
pid=$(cat "$root/run/pid" 2>/dev/null)
case $* in
'start stonechat')
	stonechatd 2>>"$root/var/log/journal" &
	pid=$!
	echo "$pid" >"$root/run/pid"
	until stonechatctl stats >/dev/null 2>&1; do
		kill -0 "$pid" || exit 1
	done
	;;
'stop stonechat') # as a supervisor: until it has ended
	kill -TERM "$pid" && tail --pid="$pid" -f /dev/null
	rm "$root/run/pid"
	;;
'kill --kill-whom=main --signal=HUP stonechat') kill -HUP "$pid" ;;
*) exit 2 ;;
esac
END
} >"$root/bin/systemctl"
printf '#!/bin/sh\n' >"$root/bin/chgrp"
cat >"$root/bin/stonechatd" <<END
#!/bin/sh
exec "$bin/stonechatd" -c $root/etc/stonechat/stonechat.xml "\$@"
END
# --config for what works without a server, which finds stonechatd beside it.
cat >"$root/bin/stonechatctl" <<END
#!/bin/sh
case \$1 in
verify | restore | recover)
	exec "$bin/stonechatctl" "\$@" \
		--config $root/etc/stonechat/stonechat.xml ;;
'config check') ;;
esac
exec "$bin/stonechatctl" -S $root/run/stonechat.sock "\$@"
END
cat >"$root/bin/stonechat" <<END
#!/bin/sh
[ "\$2" = localhost ] || exit 2
shift 2
exec "$bin/stonechat" -s "localhost:\$(cat $root/run/port)" "\$@"
END
chmod 755 "$root"/bin/*
finish_server() {
	[ ! -e "$root/run/pid" ] || kill -9 "$(cat "$root/run/pid")" 2>/dev/null
	cleanup
}
trap finish_server EXIT

# What an ACME client has renewed.
lineage=$root/etc/letsencrypt/live/localhost
mkdir -p "$lineage"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	-days 90 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
	-keyout "$lineage/privkey.pem" -out "$lineage/fullchain.pem" 2>/dev/null

# Blocks, each with the line where it begins.
blocks=()
block='' at=0 line=0
while IFS= read -r text; do
	line=$((line + 1))
	case $text in
	'```sh') block='' at=$((line + 1)) ;;
	'```')
		[ "$at" -eq 0 ] || blocks+=("$at" "$block")
		at=0
		;;
	*) [ "$at" -eq 0 ] || block+=$text$'\n' ;;
	esac
done <"$top_srcdir/doc/operations.md"

# here TEXT: with the paths and the name of this machine.
here() {
	sed -E "s,(^|[^A-Za-z0-9_./-])/(etc|var|run)/,\1$root/\2/,g
		s|chat\.example\.org|localhost|g
		s|localhost:5290|localhost:$(cat "$root/run/port" 2>/dev/null)|g" \
		<<<"$1"
}
cd "$root/home" || exit 1
export PATH=$root/bin:$PATH
for ((i = 0; i < ${#blocks[@]}; i += 2)); do
	here "${blocks[i + 1]}" >"$dir/block"
	if grep -qE '(^|[^A-Za-z0-9_./-])/(etc|var|run|usr|root|home)/' \
		"$dir/block"; then
		bail "the block at line ${blocks[i]} would leave the directory"
	fi
	timeout "$limit" bash -eu -o pipefail "$dir/block" \
		>"$dir/said.log" 2>&1 </dev/null
	is "the block at line ${blocks[i]}" \
		"$?$([ $? -eq 0 ] || tail -n 5 "$dir/said.log")" 0
	case ${blocks[i + 1]} in
	*--count\ 1*)
		like 'bob is welcome' "$(<"$dir/said.log")" 'Welcome'
		;;
	RENEWED_LINEAGE=*)
		like 'the renewed certificate is taken' \
			"$(<"$dir/said.log")" 'reloaded: [1-9]'
		ok 'it is the one that was renewed' cmp -s \
			"$lineage/fullchain.pem" "$root/etc/stonechat/cert.pem"
		;;
	openssl\ s_client*)
		like 'it is shown to clients' "$(<"$dir/said.log")" \
			'CN ?= ?localhost.*will not expire'
		;;
	mv\ /var/log*)
		stonechatctl user add carol <alice.password >/dev/null
		until grep -q user.added "$root/var/log/stonechat/stonechat.log"; do
			stonechatctl stats >/dev/null || break
		done
		ok 'the log goes on in a new file' \
			grep -q 'event=control.changed' \
			"$root/var/log/stonechat/stonechat.log"
		;;
	*systemctl\ stop*restore*)
		got=$(stonechat -s localhost \
			--ca "$root/etc/stonechat/cert.pem" -u bob \
			--password-file bob.password --device new \
			listen --count 1 --timeout "$limit" 2>&1)
		like 'bob has his message from the backup' "$got" 'Welcome'
		;;
	esac
done
is 'there are blocks' $((${#blocks[@]} > 30)) 1

# logrotate does what is said, where it is installed.
if command -v logrotate >/dev/null; then
	here "$(<"$root/etc/logrotate.d/stonechat")" >"$dir/rotate"
	logrotate -f -s "$dir/rotate.state" "$dir/rotate" >"$dir/said.log" 2>&1
	is 'logrotate' "$?:$(ls "$root/var/log/stonechat" | grep -c log.1)" 0:1
fi

# The oldest backups go.
for day in 1 2 3 4 5 6 7 8 9; do
	mkdir "$root/var/backups/stonechat/2020-01-0$day"
done
"$root/etc/cron.daily/stonechat-backup"
is 'seven backups stay' \
	"$?:$(ls -d "$root"/var/backups/stonechat/2* | wc -l)" 0:7
systemctl stop stonechat
is 'the server stops' $? 0
finish

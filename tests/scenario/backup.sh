#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# backup, verify, restore and recover: a copy made while messages flow, tried,
# damaged, and put in the place of a lost database.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline

# texts FILE: the texts of the messages in JSON lines, one a line.
texts() {
	sed -nE 's/.*"text":"([^"]*)".*/\1/p' "$1"
}

maintain() {
	local name=$1
	shift
	timeout "$limit" "$bin/stonechatd" -c "$dir/$name.xml" --maintain "$@" 2>&1
}
# The same by the operator's tool.
offline() {
	local name=$1
	shift
	timeout "$limit" "$bin/stonechatctl" "$@" --config "$dir/$name.xml" 2>&1
}

# Small memtables and log files of one kind only: the copy meets write-backs.
configure one "<store><directory>$dir/one.db</directory>
	<memtable>1M</memtable><checkpoint-ms>100</checkpoint-ms></store>"
start one
add_users one alice bob
for ((i = 1; i <= 20; i++)); do
	as alice send bob "before $i" >/dev/null || bail 'no message was sent'
done

# What is acknowledged after this point may or may not be in the copy.
(
	i=0
	while [ ! -e "$dir/enough" ]; do
		i=$((i + 1))
		as alice send bob "during $i" >/dev/null || exit 1
	done
) &
sender=$!
like 'a backup is made while messages flow' \
	"$(control one backup "$dir/copy" 2>&1)" 'copy: [0-9]+ files, [0-9]+ bytes'
touch "$dir/enough"
wait "$sender"
ok 'the sender noticed nothing' test $? -eq 0
ok 'the manifest is one of sha256sum' \
	env -C "$dir/copy" sha256sum --quiet -c MANIFEST
ok 'nobody else may read it' \
	test "$(stat -c %a "$dir/copy" "$dir/copy/MANIFEST" | tr '\n' ' ')" = '700 600 '
like 'a directory that is there is not overwritten' \
	"$(control one backup "$dir/copy" 2>&1)" 'File exists: name a directory'
like 'nor made in a directory that is not there' \
	"$(control one backup "$dir/no/copy" 2>&1)" \
	'No such file or directory: make the directory that it is to be in'
said=$(trap '' XFSZ; ulimit -f 16; control one backup "$dir/half" 2>&1)
like 'one that cannot be written is told' "$?: $said" \
	"^1: stonechatctl: $dir/half/.*: File too large"
ok 'and leaves nothing behind' test ! -e "$dir/half"
for action in verify recover; do
	is "no $action while the server runs" "$(maintain one $action 2>&1)" \
		"stonechatd: $dir/one.db: a server has this database open: \
stop it first (stonechatctl stop)"
done
as alice send bob after >/dev/null || bail 'no message was sent'
as bob listen --count 21 --timeout "$limit" >/dev/null
ended one TERM

like 'the database is good' "$(maintain one verify)" \
	'pages: good.*users: 2, devices: 2, .* problems: 0'
like 'the backup is good' "$(maintain one verify "$dir/copy")" \
	'sums: good.*pages: good.*users: 2, .* problems: 0'
like 'stonechatctl says it in JSON' \
	"$(offline one verify "$dir/copy" --json | tail -n 1)" \
	'^\{"users":2,.*"problems":0\}$'
ok 'trying it leaves nothing behind' test ! -e "$dir/copy.verify"
ok 'and does not touch it' env -C "$dir/copy" sha256sum --quiet -c MANIFEST

# A lost database, and another machine.
configure two
like 'a backup is restored' "$(offline two restore "$dir/copy")" \
	"restored: $dir/two.db, files: [0-9]+"
like 'not over a database' "$(maintain two restore "$dir/copy")" \
	'is not empty'
start two
as carl/phone listen --timeout "$limit" >"$dir/none" 2>&1
ok 'an unknown user stays one' test $? -eq 1
# everything USER/DEVICE has, in JSON: until the server says that this was all
everything() {
	mkfifo "$dir/pipe"
	options=(--json)
	as "$1" listen >"$dir/pipe" &
	options=()
	sed '/"event":"synced"/q' <"$dir/pipe"
	pkill -P $! # timeout hands it on
	wait $! 2>/dev/null
	rm "$dir/pipe"
}
everything bob/other >"$dir/heard"
texts "$dir/heard" >"$dir/got"
for ((i = 1; i <= 20; i++)); do echo "before $i"; done >"$dir/wanted"
head -n 20 "$dir/got" >"$dir/first"
ok 'everything acknowledged before the backup is there, in order, once' \
	cmp -s "$dir/wanted" "$dir/first"
sed -n '21,$p' "$dir/got" >"$dir/rest"
for ((i = 1; i <= $(wc -l <"$dir/rest"); i++)); do
	echo "during $i"
done >"$dir/wanted"
ok 'of what came during it, a beginning without holes' \
	cmp -s "$dir/wanted" "$dir/rest"
like 'a client that knows the lost database goes on' \
	"$(as alice send bob 'from now on' 2>&1)" ' sent$'
ended two TERM
like 'the restored database is good' "$(maintain two verify)" 'problems: 0'

# A backup that is damaged or not complete.
cp "$dir/copy/MANIFEST" "$dir/manifest"
for lines in 3 "$(($(wc -l <"$dir/manifest") - 1))"; do
	head -n "$lines" "$dir/manifest" >"$dir/copy/MANIFEST"
	like "a manifest that is cut behind line $lines is noticed" \
		"$(maintain one verify "$dir/copy")" \
		'MANIFEST has [0-9]+ files and no end that says so'
done
sed 2d "$dir/manifest" >"$dir/copy/MANIFEST"
configure cut
like 'nor is one restored that lacks a line' \
	"$(maintain cut restore "$dir/copy")" 'no end that says so'
like 'of which nothing is written' "$(ls "$dir/cut.db")" '^(lock)?$'
head -c 500 "$dir/manifest" >"$dir/copy/MANIFEST"
like 'a line that is cut is none' "$(maintain one verify "$dir/copy")" \
	'MANIFEST .*take another'
cp "$dir/manifest" "$dir/copy/MANIFEST"
victim=$(cd "$dir/copy" && ls data/chats.*)
printf x | dd of="$dir/copy/$victim" bs=1 seek=5000 conv=notrunc 2>/dev/null
like 'a damaged backup is not taken' "$(maintain one verify "$dir/copy")" \
	"$victim: it is not what MANIFEST says"
configure three
like 'nor restored' "$(maintain three restore "$dir/copy")" \
	'this backup is damaged, take another one'
like 'a restore that did not end is no database' \
	"$("$bin/stonechatd" -c "$dir/three.xml" 2>&1)" \
	'a restore did not end: empty the directory'
like 'and cannot be recovered' "$(maintain three recover)" \
	'a restore did not end'
rm "$dir/copy/MANIFEST"
like 'a backup without its manifest is none' \
	"$(maintain one verify "$dir/copy")" \
	'name the directory of a backup that is complete'

# A server that was killed, and a database that is damaged.
start one
as alice send bob 'last words' >/dev/null || bail 'no message was sent'
ended one KILL
like 'a killed server is recovered' "$(maintain one recover)" \
	"recovered: $dir/one.db, from: the last checkpoint"
like 'and good' "$(maintain one verify)" 'problems: 0'

# The log is damaged in the middle: the end of a newer record is behind it.
sed -i 's/<checkpoint-ms>100</<checkpoint-ms>60000</' "$dir/one.xml"
start one
for ((i = 1; i <= 5; i++)); do
	as alice send bob "newest $i" >/dev/null || bail 'no message was sent'
done
ended one KILL
log=$(find "$dir/one.db/log" -name 'log.*' | sort | tail -n 1)
at=$(grep -obUaP '\x12\x27\x00\x00\x00{12}' "$log" | tail -n 3 | head -n 1)
printf xxxx | dd of="$log" bs=1 seek=$((${at%%:*} + 40)) conv=notrunc 2>/dev/null
like 'a log that is damaged in the middle is not taken for a shorter one' \
	"$(timeout "$limit" "$bin/stonechatd" -c "$dir/one.xml" 2>&1)" \
	'log is damaged: it ends at byte .* acknowledged are lost'
like 'nor by verify' "$(maintain one verify)" 'log is damaged: it ends at'
like 'what is lost can be given up' "$(maintain one recover)" \
	"given up: .*recovered: $dir/one.db, from: what is left of the log"
like 'and the rest is good' "$(maintain one verify)" 'problems: 0'
start one
like 'a client that knows what is lost goes on' \
	"$(as alice send bob 'and now' 2>&1)" ' sent$'
ended one TERM
printf xxxx | dd of="$dir/one.db/$victim" bs=1 seek=6000 conv=notrunc 2>/dev/null
like 'damage is found' "$(maintain one verify)" "restore a backup"

ok 'an unknown action is refused' \
	test "$(maintain one polish >/dev/null; echo $?)" = 2
ok 'and a restore from nowhere' \
	test "$(maintain one restore >/dev/null; echo $?)" = 2
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Old periods in compressed files: pages across the seam, changes in what is
# sealed, a copy of it, damage, and the end of its time.
. "$top_srcdir/tests/scenario/lib.sh"
needs history messages offline retention
if grep -q '^SAN_CFLAGS = .*-fsanitize' "$bin/Makefile"; then
	echo '1..0 # SKIP a sanitizer must be the first that is loaded'
	exit 0
fi

# later DAYS NAME: starts a server whose clock is so many days ahead.
later() {
	export LD_PRELOAD=$bin/tests/scenario/.libs/clocks.so SC_TEST_DAYS=$1
	start "$2"
	unset LD_PRELOAD SC_TEST_DAYS
}
# with NAME DIRECT SEAL: its configuration; direct chats are kept for so long,
# and sealed after so many days.
with() {
	configure "$1" "<store><directory>$dir/$1.db</directory>
		<checkpoint-ms>100</checkpoint-ms></store>
		<modules><module name=\"retention\" direct=\"$2\" seal-days=\"$3\"/>
		<module name=\"messages\" delete-hours=\"720\"/></modules>"
}
maintain() {
	local name=$1
	shift
	timeout "$limit" "$bin/stonechatd" -c "$dir/$name.xml" --maintain "$@" 2>&1
}
texts() { field text | xargs; }
say() {
	local to=$1 text
	shift
	for text; do
		as alice send "$to" "$text" >/dev/null || bail 'alice cannot send'
	done
}

with one 365 0
later 0 one
add_users one alice bob carol
say bob m1 m2 m3 m4 m5 m6
ended one TERM
later 3 one
say bob n1 n2 n3 n4
say carol hello

# Sealing.
dry() { control one --json retention --dry-run | grep '"class":"direct"'; }
is 'nothing is sealed by itself' "$(dry | field sealed)" 0
why=$(control one retention seal 2>&1)
is 'nor without saying how old' $? 1
like 'which is said' "$why" 'seal-days is 0.*with older'
is 'nothing is so old' "$(control one retention seal --older 30)" \
	'0 periods are sealed'
is 'what is over is sealed' "$(control one --json retention seal --older 1)" \
	'{"sealed":1}'
is 'once' "$(control one retention seal --older 1)" '0 periods are sealed'
is 'retention says so' "$(dry | field sealed)" 1
like 'and how much it takes' "$(dry | field sealed-bytes)" '^[1-9][0-9]+$'
is 'it is counted' \
	"$(control one --json stats | field retention.periods_sealed)" 1
like 'and in the log' "$(in_log one event=period.sealed)" \
	'level=info .*class=0 begin=[0-9]+$'
ok 'there is a file' test -n "$(ls "$dir/one.db/sealed")"

# Pages over the seam: numbers 1 to 6 are sealed, 7 to 10 are not.
history() { as "${who:-alice}" --json history "${with:-bob}" "$@"; }
is 'all of it' "$(history | texts)" 'm1 m2 m3 m4 m5 m6 n1 n2 n3 n4'
is 'forwards over the seam' "$(history --after 4 --limit 4 | texts)" \
	'm5 m6 n1 n2'
is 'backwards over it' "$(history --before 9 --limit 4 | texts)" 'm5 m6 n1 n2'
is 'in the old part' "$(history --before 4 --limit 2 | texts)" 'm2 m3'
clock=$(history --after 6 --limit 1 | field time)
is 'before a time at the seam' \
	"$(history --until "$clock" --limit 2 | texts)" 'm5 m6'
is 'since it' "$(history --since "$clock" --limit 2 | texts)" 'n1 n2'
clock=$(history --after 4 --limit 1 | field time)
is 'since a time in the old part' \
	"$(history --since "$clock" --limit 3 | texts)" 'm5 m6 n1'

# A deletion for everyone in what is sealed, and a device that was long away.
ok 'an old message is deleted' \
	test "$(as alice delete bob 3 >/dev/null 2>&1; echo $?)" = 0
is 'it is gone for who asks' "$(history --before 5 | texts)" 'm1 m2 m4'
as bob --json listen --count 10 >"$dir/heard"
is 'and for who comes now' \
	"$(as bob --json history alice --before 11 | texts)" \
	'm1 m2 m4 m5 m6 n1 n2 n3 n4'
is 'who gets all others over the seam' "$(texts <"$dir/heard")" \
	'm1 m2 m4 m5 m6 n1 n2 n3 n4'

# A copy, with the server in use.
like 'a backup' "$(control one backup "$dir/copy" 2>&1)" 'copy: [0-9]+ files'
ok 'has the file' test -n "$(ls "$dir/copy/sealed")"
ended one TERM
like 'the database is good' "$(maintain one verify)" 'problems: 0'
like 'and so is the backup' "$(maintain one verify "$dir/copy")" 'problems: 0'
with two 365 3
like 'it is restored' "$(maintain two restore "$dir/copy")" 'restored: '
later 3 two
is 'with what was sealed, and what was deleted' \
	"$(as bob/new --json history alice --before 11 | texts)" \
	'm1 m2 m4 m5 m6 n1 n2 n3 n4'
listed=$(control two --json retention --dry-run | grep '"class":"direct"')
is 'nothing is as old as is configured' "$(field to-seal <<<"$listed")" 0
is 'so nothing is sealed' "$(control two retention seal)" \
	'0 periods are sealed'
ended two TERM
later 8 two
listed=$(control two --json retention --dry-run | grep '"class":"direct"')
like 'later something will be' "$(field to-seal <<<"$listed")" '^[01]$'
like 'by the sweep or now' "$(control two retention seal)" 'sealed$'
listed=$(control two --json retention --dry-run | grep '"class":"direct"')
is 'until all is' "$(field to-seal <<<"$listed"), $(field sealed <<<"$listed")" \
	'0, 2'
ended two TERM

# A disk that forgets.
sealed=$(ls "$dir/two.db/sealed" | head -n 1)
cp "$dir/two.db/sealed/$sealed" "$dir/good"
printf xxxxxxxx | dd of="$dir/two.db/sealed/$sealed" bs=1 seek=40 conv=notrunc \
	2>/dev/null
like 'damage is found and named' "$(maintain two verify)" \
	"sealed/$sealed: the file is damaged .* restore a backup"
later 8 two
answer=$(as bob/new --json history alice --limit 20)
is 'who asks for it is given what can be read' "$? $(texts <<<"$answer")" \
	'0 n1 n2 n3 n4'
like 'and told what cannot' "$answer" '"undeliverable"'
like 'which is logged as well' "$(in_log two event=history.damaged)" \
	' module=history .* chat=#[a-z2-7]+ seq=[0-9]+ do='
like 'it is logged' "$(in_log two "sealed/$sealed is damaged")" \
	'level=error unit=store'
is 'the rest is there' \
	"$(as bob/new --json history alice --after 6 --limit 4 | texts)" \
	'n1 n2 n3 n4'
is 'in other chats all' \
	"$(who=alice/new with=carol history | texts)" 'hello'
as bob/third --json listen --count 4 --timeout "$limit" >"$dir/heard"
like 'a new device gets what can be read' "$(texts <"$dir/heard")" \
	'n1 n2 n3 n4'
like 'it passes the rest by, and the log says so' \
	"$(in_log two event=entry.damaged)" ' chat=#[a-z2-7]+ seq=1 do='
ended two TERM
cp "$dir/good" "$dir/two.db/sealed/$sealed"
like 'put right it is good' "$(maintain two verify)" 'problems: 0'

# What is too old goes, sealed or not.
with one 2 0
later 9 one
control one retention >"$dir/answer" || bail 'no retention'
like 'its time is over' "$(cat "$dir/answer")" '[1-9] periods? (is|are) dropped'
like 'history says so' "$(as alice/late history bob 2>&1)" 'pruned'
ended one TERM
is 'the disk has the room again' "$(ls "$dir/one.db/sealed")" ''
like 'and nothing else is missing' "$(maintain one verify)" 'problems: 0'
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# link: a device lets another one in by a code, which is good once and for a
# short time; wrong codes are limited as wrong passwords are.
. "$top_srcdir/tests/scenario/lib.sh"
needs devices

configure server '<modules><module name="devices" link="3600"/></modules>
	<login><guesses>2</guesses><guess-ms>3600000</guess-ms></login>'
start server
add_users server alice bob
as alice login >/dev/null || bail 'alice cannot log in'

# A new device has no password.
bare() { # bare DEVICE ARGUMENT...
	local device=$1
	shift
	"$bin/stonechat" -s "127.0.0.1:$port" -u alice --ca "$dir/cert.pem" \
		--device "$device" --state "$dir/bare.$device" "$@" </dev/null
}
# make ARGUMENT...: asks for a code; its first line is in `first'.
make() {
	exec {asked}< <(as alice "$@" 2>&1)
	asking=$!
	read -r first <&"$asked"
	code=$(field code <<<"$first")
}
# used: waits for the end of that; what it has said besides.
used() {
	rest=$(cat <&"$asked")
	exec {asked}<&-
	wait "$asking"
}

make --json link
like 'a code can be typed' "$code" '^([a-z2-7]{4}-){7}[a-z2-7]{4}$'
is 'a camera gets all that is needed' "$(field uri <<<"$first")" \
	"stonechat://alice@127.0.0.1:$port/?link=$code"
is 'the new device is let in' "$(bare tablet login --link "$code")" \
	'logged in as alice'
used
is 'the one that made the code ends' $? 0
is 'and says who came' "$rest" \
	'{"event":"linked","device":2,"name":"tablet"}'
is 'from now on it has a token' "$(bare tablet device list | grep -c '^2 tablet.*this one')" 1
in_log server 'session.login .*mechanism=link'

why=$(bare watch login --link "$code" 2>&1)
is 'the code is good once' $? 1
like 'and that is said' "$why" 'login as alice refused: .*: the code is good once'
why=$(bare watch login --link 'aaaa-bbbb' 2>&1)
is 'half a code is none' $? 1
like 'and says what a code is' "$why" 'a code of 32 letters and digits'
why=$(bare watch login --link 'stonechat://alice' 2>&1)
like 'nor is half an address' "$why" 'give what .stonechat link. shows$'

# By standard input, in capitals; and of somebody else's account.
make --json link
why=$("$bin/stonechat" -s "127.0.0.1:$port" -u bob --ca "$dir/cert.pem" \
	--state "$dir/bare.bob" login --link "$code" 2>&1)
is 'for another user it is no code' $? 1
wrong=${code%????}aaaa
[ "$wrong" != "$code" ] || wrong=${code%????}bbbb
bare watch login --link "$wrong" 2>/dev/null
is 'neither is one with a typing error' $? 1
got=$(tr a-z- 'A-Z ' <<<"$code" | "$bin/stonechat" \
	-s "127.0.0.1:$port" -u alice --ca "$dir/cert.pem" \
	--device watch --state "$dir/bare.watch" login --link -)
is 'typed in capitals, with spaces' "$got" 'logged in as alice'
used
is 'that one ends as well' $? 0

# An account that is full, and guesses.
make --json link
why=$(bare fourth login --link "$code" 2>&1)
like 'there is a limit of devices' "$why" 'full number of devices \(.*tablet'
bare watch device revoke 2 || bail 'the tablet is not removed'
why=$(bare tablet login --link "$wrong" 2>&1)
for i in 1 2; do
	bare fourth login --link "${code%????}aaaa" 2>/dev/null
done
why=$(bare fourth login --link "$code" 2>&1)
like 'who guesses has to wait' "$why" 'wrong codes: wait a while'
kill "$asking"
used
make --json link
is 'that is about one code' "$(bare fourth --json login --link "$code" |
	field user)" alice
used

# A picture, and the text below it, where a low window still shows it.
make link --qr
picture=
while [[ $first != code:* ]] && [ "${#picture}" -lt 10000 ]; do
	picture+=$first$'\n'
	read -r first <&"$asked"
done
like 'for people' "$first" '^code: [a-z2-7-]{39}$'
bare fourth login --link "${first#code: }" >/dev/null
used
like 'with what to do' "$(sed -n 2p <<<"$rest")" \
	"^  stonechat -s 127.0.0.1:$port -u alice --ca $dir/cert.pem login --link "
like 'and who came' "$(tail -1 <<<"$rest")" 'device [0-9]* \(fourth\) has been added'
if grep -q '^#define HAVE_QRENCODE 1' "$bin/config.h"; then
	printf '%s' "$picture" >"$dir/text"
	python3 - "$dir/text" <<'P' && got=0 || got=1
import sys
rows = []
for line in open(sys.argv[1], encoding="utf-8"):
    line = line.rstrip("\n")
    if not set(line) <= set("█▀▄ ") or not line:
        continue
    rows.append([c in "▄ " for c in line])	# dark above
    rows.append([c in "▀ " for c in line])	# dark below
size = len(rows[0]) - 8
code = [row[4:4 + size] for row in rows[4:4 + size]]
assert size % 4 == 1 and size >= 29, size
finder = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001",
          "1111111"]
def at(x, y):
    return ["".join("01"[m] for m in row[x:x + 7]) for row in code[y:y + 7]]
assert at(0, 0) == at(size - 7, 0) == at(0, size - 7) == finder
assert all(code[6][i] == (i % 2 == 0) for i in range(8, size - 8))
assert not any(rows[0]) and not any(row[0] for row in rows)
P
	is 'the picture is a QR code' "$got" 0
fi

# Wrong usage.
for wrong in 'link now' 'link --code' 'login --link' 'login now' \
	'device rename' 'device rename 1' 'device rename x y'; do
	# shellcheck disable=SC2086 # words
	as alice $wrong 2>/dev/null
	is "wrong usage: $wrong" $? 2
done

# Another name.
is 'a device gets another name' "$(as alice device rename 1 desk; echo $?)" 0
like 'which the list has' "$(as alice device list)" '^1 desk, '
is 'as JSON' "$(as alice --json device rename 1 'the desk')" \
	'{"event":"renamed","device":1,"name":"the desk"}'
why=$(as alice device rename 1 "$(printf 'x%.0s' {1..65})" 2>&1)
is 'too long a name is refused' $? 1
why=$(as alice device rename 3 'the desk' 2>&1)
is 'and so is that of another device' $? 1
like 'with the reason' "$why" 'another device of the account has this name$'

# Codes can be switched off.
why=$(as alice link --qr now 2>&1)
is 'it takes no arguments' $? 2
sed -i 's|<guesses>|<link>no</link><guesses>|' "$dir/server.xml"
control server config reload >/dev/null || bail 'no reload'
why=$(bare sixth login --link "${first#code: }" 2>&1)
is 'a server may offer no codes' $? 1
like 'and says what it offers' "$why" 'this server offers token, '

stats=$(control server --json stats)
counter() { like "counted: $1" "$(field "$1" <<<"$stats")" '^[1-9]'; }
counter devices.links
counter devices.renamed
ended server TERM
is 'SIGTERM ends the server with 0' $? 0
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A new configuration under connected clients: what is taken, what is refused,
# the certificate, the log and its levels.
. "$top_srcdir/tests/scenario/lib.sh"

# rewrite FROM TO: in the file of the server, which must have it.
rewrite() {
	local text
	text=$(<"$dir/server.xml")
	[[ $text == *"$1"* ]] || bail "$1 is not in the configuration"
	printf '%s\n' "${text/"$1"/"$2"}" >"$dir/new.xml"
	mv "$dir/new.xml" "$dir/server.xml"
}
# refused TITLE REGEX: a reload, with the reason.
refused() {
	said=$(control server config reload 2>&1)
	like "$1" "$?: $said" "^1: stonechatctl: $2"
}

# The log goes to a pipe: what is awaited is a line in it.
mkfifo "$dir/pipe"
exec {pipe}<>"$dir/pipe"
# await REGEX: reads the log until a line matches; others are in $before.
await() {
	local line
	before=()
	while read -r -t "$limit" line <&"$pipe"; do
		[[ $line =~ $1 ]] && return
		before+=("$line")
	done
	return 1
}

configure server "<limits><text>20</text></limits>
<log><file></file><level>error</level></log>"
# lib.sh has a <log> of its own
rewrite '<log><level>debug</level></log>' ''
rewrite '<level>error</level>' '<level>notice</level>'
start server
add_users server alice bob
as alice login >/dev/null

# ---- Nothing has changed.
is 'the file is what runs' "$(control server config diff)" ''
is 'it can be checked' "$(control server config check)" \
	"$dir/server.xml: the configuration is good"
is 'and reloaded' "$(control server config reload)" \
	'reloaded: 0 elements have changed'

# ---- What a reload takes, with bob connected all the time.
exec {bob}< <(as bob --json listen --timeout $((limit * 10)))
listener=$!
read -r -t "$limit" line <&"$bob"
is 'bob listens' "$(field event <<<"$line")" synced
hears() { # hears TEXT: the next that bob gets
	read -r -t "$limit" line <&"$bob"
	field text <<<"$line"
}
logins() { control server --json stats | field logins; }
rewrite '<text>20</text>' '<text>5</text><devices>1</devices>'
got=$(control server --json config diff | tr -d '\n')
like 'a difference is told with both values' "$got" \
	'"element":"limits/text","running":"20","file":"5","line":2,"reload":true'
like 'also of what was left out' "$got" \
	'"element":"limits/devices","running":"3","file":"1"'
as alice send bob '0123456789' >/dev/null
is 'which is not in use yet' "$?:$(hears)" 0:0123456789
is 'two elements change' "$(control server config reload)" \
	'reloaded: 2 elements have changed'
as alice send bob 'six...' >/dev/null 2>&1
is 'a text that is too long now is refused' $? 1
as alice send bob five5 >/dev/null
is 'a shorter one is taken' "$?:$(hears)" 0:five5
said=$(as alice/phone login 2>&1)
like 'a second device is refused now' "$?: $said" '^1: .*\(laptop\)'
rewrite '<devices>1</devices>' ''
control server config reload >/dev/null
as alice/phone login >/dev/null
is 'and taken after the next reload' $? 0

# ---- What it does not take, and then nothing at all.
rewrite '<text>5</text>' '<text>50</text>'
rewrite '</stonechat>' '<threads>
<readers>3</readers></threads>
</stonechat>'
line=$(grep -n '<readers>' "$dir/server.xml" | cut -d: -f1)
refused 'an element that needs a restart' \
	"$dir/server.xml:$line: <readers>: \"2\" runs, \"3\" is in the file: this needs a restart"
like 'which diff says, too' "$(control server config diff)" \
	"threads/readers  2  *3  *$line  no"
as alice send bob 'six...' >/dev/null 2>&1
is 'what else was in the file is not in use' $? 1
rewrite '<readers>3</readers>' '<readers>2</readers>'
rewrite "<key>$dir/key.pem" "<key>$dir/nowhere.pem"
refused 'a key that is not there' \
	"$dir/nowhere.pem: No such file or directory: name a file in <tls><key>"
rewrite "$dir/nowhere.pem" "$dir/cert.pem"
refused 'a key that is none' "$dir/cert.pem: not the private key of"
rewrite "<key>$dir/cert.pem" "<key>$dir/key.pem"
rewrite '<file></file>' "<file>$dir</file>"
refused 'a log that cannot be opened' "$dir: Is a directory: choose another"
rewrite "<file>$dir</file>" '<file></file>'
rewrite '<threads>' '<threads><'
refused 'a file that is no XML' \
	"$dir/server.xml:[0-9]*: <threads>: expected well-formed XML"
said=$(control server config check 2>&1)
like 'check says the same' "$?: $said" '^1: .* <threads>: expected well'
rewrite '<threads><' '<threads>'
as alice send bob 'six...' >/dev/null 2>&1
is 'none of them has changed anything' $? 1
control server config reload >/dev/null
as alice send bob 'six...' >/dev/null
is 'and without a mistake all is taken' "$?:$(hears)" 0:six...

# ---- The certificate: new clients see the new one, old ones stay.
shown() {
	timeout "$limit" openssl s_client -connect "127.0.0.1:$port" \
		-alpn stonechat/1 </dev/null 2>/dev/null |
		openssl x509 -noout -fingerprint -sha256
}
of_file() { openssl x509 -noout -fingerprint -sha256 -in "$dir/cert.pem"; }
coproc resume { python3 "$top_srcdir/tests/scenario/resume.py" "$port"; }
resumes() { # whether a session from before is resumed
	echo >&"${resume[1]}"
	read -r -t "$limit" line <&"${resume[0]}"
	echo "$line"
}
read -r -t "$limit" line <&"${resume[0]}"
is 'a client has a ticket' "$line" ready
is 'which is good' "$(resumes)" resumed
control server config reload >/dev/null
is 'also after a reload' "$(resumes)" resumed
first=$(shown)
is 'the server shows its certificate' "$first" "$(of_file)"
cp "$dir/cert.pem" "$dir/old.pem"
certificate
like 'that the file has another one is told' \
	"$(control server --json config diff)" \
	'"element":"tls/certificate contents","running":"[0-9a-f]*","file":"'
is 'it is not in use yet' "$(shown)" "$first"
is 'a reload takes it' "$(control server config reload)" \
	'reloaded: 1 element has changed'
is 'a new client sees the new one' "$(shown)" "$(of_file)"
is 'tickets for the old one are not good any more' "$(resumes)" new
ok 'which is another' [ "$first" != "$(of_file)" ]
before=$(logins)
as alice send bob 'hi bob' >/dev/null
is 'alice trusts it; bob is still there' "$?:$(hears)" '0:hi bob'
is 'and has not logged in again' "$(logins)" $((before + 1))
said=$(timeout "$limit" "$bin/stonechat" -s "127.0.0.1:$port" -u alice \
	--password-file "$dir/alice.password" --ca "$dir/old.pem" \
	--state "$dir/state-alice-laptop" login 2>&1)
is 'who trusts the old one only is told so' $? 1

# ---- The log, and the levels of its units.
rewrite '<file></file>' "<file>$dir/pipe</file>"
control server config reload >/dev/null
ok 'the log moves' await 'event=config.reloaded'
rewrite '</log>' '<unit name="session" level="debug"/></log>'
control server config reload >/dev/null
ok 'a unit gets a level of its own' await 'event=config.reloaded'
as alice send bob loud >/dev/null
hears >/dev/null
ok 'the session tells of the request' await 'event=session.request .*verb=message'

ok 'others are as quiet as before' \
	[ "$(printf '%s\n' "${before[@]}" |
		grep -cvE ' unit=(session|control) ')" = 0 ]
ok 'and of its answer' await 'event=session.answered .* n=[0-9]* code=0'
ok 'no line has the text' \
	[ "$(printf '%s\n' "${before[@]}" | grep -c loud)" = 0 ]
rewrite '<unit name="session" level="debug"/>' ''
control server config reload >/dev/null
ok 'the level goes' await 'event=config.reloaded'
as alice send bob quiet >/dev/null
is 'after a message' "$(hears)" quiet

# ---- SIGHUP does the same, and says so in the log.
rewrite '<text>50</text>' '<text>60</text>'
kill -HUP "${pids[server]}"
ok 'SIGHUP reloads' await 'event=config.reloaded changes=1'
is 'nothing was logged before that' \
	"$(printf '%s\n' "${before[@]}" | grep -c 'session')" 0
rewrite '<text>60</text>' '<text>0</text>'
kill -HUP "${pids[server]}"
ok 'a refusal is in the log, with file, line and element' await \
	"level=error unit=config event=config.refused why=\"$dir/server.xml:2: <text>: expected"
rewrite '<text>0</text>' '<text>60</text>'
rewrite "<file>$dir/pipe</file>" "<file>$dir/file.log</file>"
control server config reload >/dev/null
ok 'a log file is made' [ -s "$dir/file.log" ]
mv "$dir/file.log" "$dir/moved.log"
kill -HUP "${pids[server]}"
for ((i = 0; i < 1000; i++)); do
	[ -s "$dir/file.log" ] && break
	control server stats >/dev/null
done
ok 'and again, after it was moved away' \
	in_log file 'event=config.reloaded'

as alice send bob end >/dev/null
is 'bob was there all the time' "$(hears)" end
kill "$listener"
exec {resume[1]}>&-
if [ "$(id -u)" -ne 0 ] || ! id nobody >/dev/null 2>&1; then
	ended server TERM
	is 'the server ends' $? 0
	finish
fi
ended server TERM
is 'the server ends' $? 0

# ---- What was read as root is read by the parent, which still is.
chmod 711 "$dir"
configure dropped "<process><user>nobody</user></process>
	<limits><text>20</text></limits>"
chmod 600 "$dir"/key.pem "$dir"/dropped.xml
# what runs then has no way to its files
export ASAN_OPTIONS=detect_leaks=0
start dropped
sed -i 's|<text>20<|<text>21<|' "$dir/dropped.xml"
is 'it reloads what its user may not read' \
	"$(control dropped config reload)" 'reloaded: 1 element has changed'
sed -i "s|<log>|&<file>$dir/dropped.file</file>|" "$dir/dropped.xml"
control dropped config reload >/dev/null
mv "$dir/dropped.file" "$dir/dropped.old"
kill -HUP "${pids[dropped]}"
until [ -s "$dir/dropped.file" ]; do
	control dropped stats >/dev/null
done
is 'and opens the log that its user may not open' \
	"$(stat -c %u "$dir/dropped.file")" 0
rm "$dir/key.pem"
said=$(control dropped config reload 2>&1)
like 'it refuses for a key that is gone' "$?: $said" \
	"^1: .*key.pem: No such file or directory: name a file"
ended dropped TERM
is 'and ends' $? 0
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The control socket: its requests, the counters and the modules.
. "$top_srcdir/tests/scenario/lib.sh"

configure server
start server
add_users server alice

# say TEXT: sends it to the socket, says no more, and prints all answers.
say() {
	printf '%s' "$1" | timeout "$limit" python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(sys.stdin.buffer.read())
s.shutdown(socket.SHUT_WR)
while True:
    got = s.recv(65536)
    if not got: break
    sys.stdout.write(got.decode())' "$dir/server.sock"
}

# refused TITLE REQUEST CODE ERROR
refused() {
	is "$1" "$(say "$2"$'\n')" \
		"{\"ok\":false,\"code\":\"$3\",\"error\":\"$4\"}"
}
like 'what is no JSON' "$(say $'hello\n')" \
	'^\{"ok":false,"code":"bad-request","error":"expected a JSON object on one line: column 5: '
for wrong in '[]' '{}' '{"command":7}'; do
	refused "a request that is $wrong" "$wrong" bad-request \
		'expected a JSON object with a string \"command\"'
done
like 'a field twice' "$(say '{"command":"stats","command":"stop"}
')" 'bad-request.*duplicate'
refused 'an unknown command' '{"command":"user"}' bad-request \
	'unknown command \"user\"'
refused 'a field that is missing' '{"command":"user add","name":"x"}' \
	bad-request '\"user add\" needs the field \"password\"'
refused 'a field too many' '{"command":"user show","name":"x","id":1}' \
	bad-request 'unknown field \"id\": expected one of name'
refused 'a field where there is none' '{"command":"stop","now":true}' \
	bad-request 'unknown field \"now\": \"stop\" has none'
refused 'a number for a string' '{"command":"user show","name":1}' \
	bad-request '\"name\": expected a string'
like 'a string with a NUL' "$(say '{"command":"user show","name":"a\u0000b"}
')" 'bad-request.*u0000 is not allowed'
refused 'a number out of range' \
	'{"command":"chat history","chat":"alice:1","limit":1001}' \
	bad-request '\"limit\": expected a number from 1 to 1000'
refused 'a flag that is none' \
	'{"command":"chat history","chat":"alice:1","bodies":1}' \
	bad-request '\"bodies\": expected true or false'
# Errors quote what was said, cut, and the cut may hit a letter.
wide=x$(printf 'é%.0s' {1..300})
for request in "{\"command\":\"$wide\"}" \
	"{\"command\":\"user list\",\"$wide\":1}" \
	"{\"command\":\"user show\",\"name\":\"$wide\"}" \
	"{\"command\":\"chat show\",\"chat\":\"$wide\"}" \
	"{\"command\":\"device list\",\"user\":\"$wide\"}" \
	"{\"command\":\"module load\",\"name\":\"$wide\"}"; do
	is 'an error that quotes a part of a word' \
		"$(say "$request"$'\n' | field ok)" false
done
long=$(printf '%017000d' 0)
is 'a line that is too long is answered, the next one as well' \
	"$(say "{\"command\":\"$long\"}
{\"command\":\"user list\",\"prefix\":\"nobody\"}
")" '{"ok":false,"code":"too-large","error":"the request is too long: a line has at most 16383 bytes"}
{"ok":true}'
is 'a line without an end is no request' "$(say '{"command":"stop"}')" ''
is 'several at once are answered in order' \
	"$(say '{"command":"user list","prefix":"b"}
{"command":"user show"}
{"command":"user list","prefix":"b"}
' | field ok | xargs)" 'true false true'

# Command lines.
usage() {
	local said
	said=$(control server "$@" 2>&1)
	like "$*: wrong usage" "$?: $said" "^2: .*stonechatctl ${1:-}"
}
usage user
usage user show
usage user show a b
usage user list --loud
for limited in 0 ten 1001; do
	said=$(control server chat history alice:1 --limit "$limited" 2>&1)
	is "--limit $limited" "$?: $said" "2: stonechatctl: --limit: \
expected a number from 1 to 1000, found \"$limited\""
done
is 'no such command' "$(control server frobnicate 2>&1; echo $?)" \
	'stonechatctl: there is no command frobnicate: stonechatctl help lists '"\
those there are
2"
like 'no command at all' "$(control server 2>&1; echo $?)" \
	'^usage: .*stonechatctl help.*2$'
like 'nor such a user' "$(control server user frobnicate 2>&1)" \
	'^stonechatctl: there is no command user frobnicate'
like 'half a command' "$(control server user 2>&1)" \
	'^stonechatctl: user: expected one of its commands'
like 'too few arguments' "$(control server user add 2>&1)" \
	'^stonechatctl: user add: expected NAME, found 0 arguments'
like 'too many' "$(control server config reload now 2>&1)" \
	'^stonechatctl: config reload: expected no argument'
like 'a file of the configuration that is not there' \
	"$(control server config check "$dir/none.xml" 2>&1)" \
	'No such file or directory: name the file of a configuration'
# What a list of commands has: WORD to count them, whatever else it says.
helped() { control server "$@" | grep -c '^  [a-z]'; }
is 'help: all commands, with what they do' \
	"$(helped help): $(control server help | grep -A 1 '^  user add ')" \
	"$(helped --help):   user add NAME
        add a user; standard input has the password"
is 'help for one command' "$(helped user show --help)$(helped help user show)" 11
is 'and for some' "$(helped help user)$(helped user --help)$(helped user -h)" 555
is 'none for what is not there' "$(control server help user frob 2>&1 |
	head -n 1)" 'stonechatctl: there is no command user frob'
is 'a name is said as it is kept' \
	"$(control server user add Carol <<<secret)" 'added carol'

said=$(control server user list 2>&1 >/dev/full)
is 'an answer that cannot be printed' "$?: $said" '1: stonechatctl: the '"\
answer cannot be printed: it is not complete"

# Counters.
names() { control server --json stats | grep -oE '"[a-z._-]+":' | tr -d '":'; }
described=$(control server stats)
missing=
while read -r name; do
	grep -qE "^  $name +[0-9]+  .{4}" <<<"$described" ||
		missing+=" $name"
done < <(names)
is 'each has a line that says what it is' "$missing" ''
is 'they count' "$(control server --json stats | field auth-derived)" 2
exec {watch}< <(control server --json stats --watch 1)
read -r -t "$limit" one <&"$watch"
read -r -t "$limit" two <&"$watch"
is 'and again after a second' "$(field pid <<<"$one") $(field pid <<<"$two")" \
	"$(worker server) $(worker server)"
exec {watch}<&-

# Modules.
is 'modules are listed' \
	"$(control server --json module list | field name | xargs)" \
	"$(sed -n 's/^\t&sc_module_\(.*\),$/\1/p' \
		"$bin/src/daemon/modules_builtin.c" | xargs)"
control server module list >/dev/null
is 'also for people' $? 0
said=$(control server module load nothing 2>&1)
is 'a module that is not there' "$?: $said" '1: stonechatctl: there is no module nothing in this server: module list shows those there are'
first=$(control server --json module list | field name | head -n 1)
if [ -n "$first" ]; then
	for verb in unload:off load:on; do
		said=$(control server module "${verb%:*}" "$first" 2>&1)
		is "module ${verb%:*}" "$?: $said" \
			"0: module $first is switched ${verb#*:}"
	done
fi

# What is listed is what runs, also after a reload.
days() {
	control server --json module list |
		sed -n 's/^{"name":"retention".*"undelivered":\([0-9]*\),.*/\1/p'
}
if grep -q '&sc_module_retention,' "$bin/src/daemon/modules_builtin.c"; then
	is 'options of a module' "$(days)" 30
	configure server '<modules><module name="retention" undelivered="7"/></modules>'
	control server config reload >/dev/null
	is 'after a reload' "$(days)" 7
fi

# A server that ends while stonechatctl waits for a password.
mkfifo "$dir/typed"
exec {typed}<>"$dir/typed"
exec {gone}< <(exec python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
print("listens", flush=True)
s.accept()[0].close()
print("closed", flush=True)' "$dir/gone.sock")
read -r -t "$limit" _ <&"$gone"
control gone user add eve <"$dir/typed" >"$dir/said" 2>&1 &
asking=$!
read -r -t "$limit" line <&"$gone"
is 'another server has closed the connection' "$line" closed
echo eve-secret >&"$typed"
wait "$asking"
is 'which is an error' "$?: $(<"$dir/said")" \
	"1: stonechatctl: $dir/gone.sock: the server has closed the connection"
exec {gone}<&- {typed}>&-

is 'stop' "$(control server stop)" stopped
wait "${pids[server]}"
is 'ends the server' $? 0
unset 'pids[server]'
like 'and is logged' "$(in_log server 'command="stop"')" \
	"uid=$(id -u) pid=[0-9]* command=\"stop\" arguments=\"\" result=ok"
is 'the log has no password' "$(grep -c alice-secret "$dir/server.log")" 0
finish

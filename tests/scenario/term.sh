# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# term.sh: for scenarios of the conversation client, beside lib.sh: programs on
# terminals.

coproc python3 "$top_srcdir/tests/scenario/terminal.py" "$limit"

# term COMMAND…: of terminal.py.  What is waited for in vain is a failure, also
# outside of a check.
term() {
	local answer
	printf '%s\n' "$*" >&"$terminals"
	read -r answer <&"${COPROC[0]}" || answer='terminal.py has ended'
	[ "$answer" = ok ] && return
	sed 's/^/# /' <<<"$answer"
	bad=1
	return 1
}

# on_terminal NAME USER [OPTION…]: starts the client there.
on_terminal() {
	local name=$1 user=$2
	shift 2
	term start "$name" 24 80 "$bin/stonechat" -s "127.0.0.1:$port" \
		-u "$user" --ca "$dir/cert.pem" --device laptop \
		--state "$dir/state-$user-laptop" "$@"
}

# talks USER: logs a user in, and starts the client as a terminal of that name.
talks() {
	as "$1" login >/dev/null
	on_terminal "$1" "$1"
	ready "$1"
}

# ready NAME: waits until the client has all that waited.
ready() { term rests "$1" '>'; }

# terminals_end: of all of them; also when the script ends.
terminals_end() {
	[ -n "$terminals" ] && exec {terminals}>&-
	terminals=
}
terminals=${COPROC[1]}
trap 'terminals_end; cleanup' EXIT

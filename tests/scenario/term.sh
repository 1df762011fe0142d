# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# term.sh: for scenarios of the conversation client, beside lib.sh: programs on
# terminals.

coproc python3 "$top_srcdir/tests/scenario/terminal.py" "$limit"

# term COMMAND…: of terminal.py.
term() {
	local answer
	printf '%s\n' "$*" >&"${COPROC[1]}"
	read -r answer <&"${COPROC[0]}" || answer='terminal.py has ended'
	[ "$answer" = ok ] && return
	sed 's/^/# /' <<<"$answer"
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
ready() {
	term ends "$1" '>' && term misses "$1" 'connecting…' &&
		term misses "$1" 'syncing…'
}

terminals_end() { [ -n "${COPROC[1]:-}" ] && exec {COPROC[1]}>&-; }
trap 'terminals_end; cleanup' EXIT

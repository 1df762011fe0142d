#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# chat-run: how a scenario fails. That README.md has each step is for tests/gate.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline receipts

# plays TITLE STATUS REGEX: the script on standard input ends like that.
plays() {
	local said status
	{
		echo '# A scenario.'
		cat
	} >"$dir/some.chat"
	said=$(SC_SCENARIO_LIMIT=4 "$bin/tests/scenario/chat-run" \
		"$dir/some.chat")
	status=$?
	is "$1: status" "$status" "$2"
	like "$1" "$said" "$3"
}

plays 'what cannot come is waited for' 1 $'\nnot ok 1 - A scenario\\.\n'\
$'# some.chat:5: bob receives "hi" from alice\n# waited 4 s for bob '\
'to receive "hi"' <<'END'
user alice, bob
alice connects
bob connects
bob receives "hi" from alice
END
plays 'what comes instead is told' 1 \
	'# bob receives "no"'$'\n# What came since:\n''.* bob  message 2:1 from'\
' alice "no"' <<'END'
user alice, bob
alice connects
bob connects
alice sends bob "no"
bob receives "yes" from alice
END
plays 'what nobody asked for is told' 1 \
	'# some.chat: at its end'$'\n''# bob has been given more: "two"' <<'END'
user alice, bob
alice connects
bob connects
alice sends bob "one"
alice sends bob "two"
alice sees delivered
bob receives "one" from alice
END
plays 'a line that is no step' 1 \
	'# some.chat:2: alice dances'$'\n''# no step reads like this' <<'END'
alice dances
END
plays 'a text without an end' 1 'some.chat:2: a text or a stanza has no end' \
	<<'END'
user "alice
END
plays 'a module that is not there' 0 '^1..0 # SKIP .* no module nothing' <<'END'
needs nothing
END
plays 'another stanza' 1 'the next stanza of mallory is another one' <<'END'
user alice
mallory opens a connection
mallory says <hello version="0" hash=""/>
mallory gets <hello/>
END
plays 'a server that does not start' 1 'the server ended with status 1' <<'END'
server with session/nothing 7
user alice
END
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Two users on three devices each, who write, read, mute, archive, pin, star and
# delete on any of them: in the end all devices of a user say the same, also one
# that comes later, and one that is removed says nothing any more (R15, R18).
. "$top_srcdir/tests/scenario/lib.sh"
needs devices history offline receipts settings

configure server
start server
add_users server alice bob carol
devices=(laptop phone tablet)

for device in "${devices[@]}"; do
	as "alice/$device" send bob "alice from her $device" >/dev/null &&
		as "bob/$device" send alice "bob from his $device" >/dev/null &&
		as carol send alice "for alice, $device" >/dev/null &&
		as carol send bob "for bob, $device" >/dev/null ||
		bail "$device cannot send"
done

# What a user sees on a device, without what is the device's own.
seen() {
	as "$1" --json chats
	as "$1" unread
	as "$1" --json star
	as "$1" --json history "$2" --limit 50
	as "$1" --json history carol --limit 50
}
# agree USER PEER DEVICE…
agree() {
	local user=$1 peer=$2 device first=
	shift 2
	for device in "$@"; do
		seen "$user/$device" "$peer" >"$dir/$user.$device" ||
			bail "$user's $device sees nothing"
		[ -n "$first" ] && is "$user: $device sees what $first does" \
			"$(cat "$dir/$user.$device")" \
			"$(cat "$dir/$user.$first")"
		first=${first:-$device}
	done
}

agree alice bob "${devices[@]}"
agree bob alice "${devices[@]}"
is 'six are unread' "$(as alice/tablet unread)" 6

as alice/phone listen --count 9 --read >/dev/null || bail 'alice cannot read'
as alice/laptop mute carol 8h &&
	as alice/tablet pin bob &&
	as alice/phone archive carol &&
	as alice/laptop star bob 2 &&
	as alice/tablet star carol 3 &&
	as alice/phone hide carol 1 || bail 'alice cannot set'
as bob/tablet pin alice &&
	as bob/phone pin alice off &&
	as bob/phone mute alice 1w &&
	as bob/laptop star alice 1 &&
	as bob/laptop star alice 1 off &&
	as bob/tablet hide alice 2 || bail 'bob cannot set'
as carol send alice 'for alice, muted' >/dev/null
as alice/laptop send bob 'the last one' >/dev/null

agree alice bob "${devices[@]}"
agree bob alice "${devices[@]}"
is 'what she has read is read everywhere' "$(as alice/laptop unread)" 0
is 'but for what is muted' "$(as alice/tablet unread carol)" 1
is 'with all that was set' "$(as alice/laptop chats | sed 's/ until.*//' |
	xargs -d '\n')" \
	'2 bob: 0 unread, pinned 3 carol: 1 unread, archived, muted'
is 'and starred' "$(as alice/phone star | xargs -d '\n')" '2 bob: 2 3 carol: 3'
is 'for bob there is no star' "$(as bob/tablet star)" ''
is 'and what he has deleted alice still has' \
	"$(as alice/tablet --json history bob --after 1 --limit 1 | field text)" \
	'bob from his laptop'

# A device that goes while it listens, and one that comes.
as alice/tablet listen >/dev/null 2>"$dir/tablet" &
listening=$!
tablet=$(as alice/laptop device list | sed -n 's/^\([0-9]*\) tablet,.*/\1/p')
as alice/laptop device revoke "$tablet" || bail 'the tablet is not removed'
wait "$listening"
is 'a device that is removed is out' $? 1
as alice/watch login >/dev/null || bail 'the watch cannot log in'
as bob/phone send alice 'to the watch, too' >/dev/null
agree alice bob laptop phone watch
is 'it knows what came before it' "$(as alice/watch unread)" 1
ended server TERM
is 'SIGTERM ends the server with 0' $? 0
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Accounts: adding, listing, a new password, removing (R2), with their clients
# connected.
. "$top_srcdir/tests/scenario/lib.sh"

configure server
start server
add_users server alice bob bonnie carol

list() { control server --json user list "$@" | field name | xargs; }
is 'all users' "$(list)" 'alice bob bonnie carol'
is 'those that begin so' "$(list bo)" 'bob bonnie'
is 'nobody does' "$(list x)" ''
is 'for people' "$(control server user list car | awk '{ print $1, $2 }')" \
	'ID NAME
4 carol'
is 'one user' "$(control server user show alice | grep '^devices: ')" \
	'devices:         0'
is 'who is not there' "$(control server user show dave 2>&1)" \
	'stonechatctl: there is no user dave: user list shows those there are'

# listen USER[/DEVICE]: a client that stays connected.
listen() {
	exec {heard}< <(as "$1" --json listen 2>&1)
	read -r -t "$limit" _ <&"$heard"
}
# watch USER: shows what the sessions of USER say, until the first goodbye.
watch() {
	exec {trace}< <(control server trace "$1" 2>&1)
	read -r -t "$limit" _ <&"$trace"
}
goodbye() {
	while read -r -t "$limit" line <&"$trace"; do
		[[ $line == *'<- <bye '* ]] && break
	done
	exec {trace}<&-
	echo "${line#*<- }"
}

# A new password.
as alice login >/dev/null
listen alice/phone
echo fresh >"$dir/fresh"
said=$(control server user passwd alice <"$dir/fresh")
is 'a new password' "$?: $said" '0: changed the password of alice'
as alice send bob 'by my token' >/dev/null
is 'devices go on with their tokens' $? 0
as alice/tablet login >/dev/null 2>&1
is 'the old password is none any more' $? 1
mv "$dir/fresh" "$dir/alice.password"
as alice/tablet login >/dev/null
is 'the new one is' $? 0
watch alice
echo third >"$dir/third"
control server user passwd alice --logout <"$dir/third" >/dev/null
is 'a new password that logs out' $? 0
is 'ends the sessions at once' "$(goodbye)" \
	'<bye why="revoked" text="the password has been changed: log in again"/>'
as alice send bob 'by my token' >/dev/null 2>&1
is 'and the tokens' $? 1
mv "$dir/third" "$dir/alice.password"
as alice send bob 'hello' >/dev/null
is 'with the new one the same device logs in' $? 0
is 'no device was lost' \
	"$(control server --json device list alice | field name | xargs)" \
	'laptop phone tablet'
said=$(echo x | control server user passwd dave 2>&1)
like 'a password for nobody' "$?: $said" '^1: .*there is no user dave'
said=$(echo | control server user passwd alice 2>&1)
like 'an empty password' "$?: $said" '^1: .*the password cannot be used'
said=$(control server user passwd alice </dev/null 2>&1)
like 'none at all' "$?: $said" '^1: .*no password: give it on standard input'

# Removing.
as alice send bob 'we have talked' --wait sent >/dev/null
said=$(control server user del alice </dev/null 2>&1)
is 'removing asks first' "$?: $said" \
	'1: stonechatctl: nothing was done: confirm it with --yes'
listen alice/phone
watch alice
said=$(control server user del alice --yes)
is 'an account is removed' "$?: $said" '0: removed alice'
is 'its session ends at once' "$(goodbye)" \
	'<bye why="revoked" text="this account has been removed"/>'
is 'it is not listed' "$(list)" 'bob bonnie carol'
as alice login >/dev/null 2>&1
is 'nobody logs in' $? 1
said=$(as bob send alice 'are you there' 2>&1)
like 'and nobody can write' "$?: $said" '^1: .*there is no such user'
said=$(control server user del alice --yes 2>&1)
like 'nor remove it again' "$?: $said" '^1: .*there is no user alice'
is 'the other one keeps the chat' \
	"$(control server --json chat list bob | field kind | xargs)" \
	'system direct'
is 'without a name' "$(control server chat list bob | awk '$1 == 2 { print $4 }')" -
is 'closed' "$(control server --json chat show bob:2 | field open)" false
as bob send carol 'goes on' >/dev/null
is 'the others go on' $? 0

# The name is free, and inherits nothing (R2).
rm -r "$dir/state-alice-laptop"
add_users server alice
is 'the name can be had again' "$(control server --json user show alice |
	field id)" 5
is 'with no chat' "$(control server --json user show alice | field chats)" 0
as alice send bob 'I am new here' >/dev/null
is 'and another one is made' \
	"$(control server --json chat list bob | field with | xargs)" \
	'null carol alice'

# On a terminal the name is typed.
confirm() {
	printf '%s\n' "$1" | timeout "$limit" script -qec \
		"'$bin/stonechatctl' -S '$dir/server.sock' user del carol" \
		/dev/null 2>&1 | tr -d '\r' | tail -n 1 |
		sed 's/^Type its name to confirm: //'
}
if command -v script >/dev/null; then
	is 'another name is typed' "$(confirm bob)" \
		'stonechatctl: nothing was done: the names differ'
	is 'the name is typed' "$(confirm carol)" 'removed carol'
fi
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The program in libstonechat(3): it compiles as it stands there, with the
# installed header only, and does what is said of it. And those of
# doc/examples.
. "$top_srcdir/tests/scenario/lib.sh"
needs offline receipts

# what VARIABLE: as configure has decided.
what() {
	sed -n "s/^$1 = //p" "$bin/Makefile"
}

sed -n '/^#include <stdio.h>$/,/^\.Ed$/p' "$top_srcdir/man/libstonechat.3" |
	sed 's/\\e/\\/g; /^\.Ed$/d' >"$dir/example.c"
mkdir "$dir/include"
cp "$top_srcdir/src/client/stonechat.h" "$dir/include/"
read -r -a cc <<<"$(what CC) $(what SAN_CFLAGS)"
compile() {
	"${cc[@]}" -Wall -Wextra -Werror -I"$dir/include" -c \
		-o "$dir/example.o" "$dir/example.c" &&
		"$bin/libtool" --silent --mode=link --tag=CC "${cc[@]}" \
			-o "$dir/example" "$dir/example.o" \
			"$bin/libstonechat.la"
}
ok 'the example of libstonechat(3) compiles' compile

configure server
start server
add_users server alice bob

exec {bob}< <(as bob --json listen --count 2 --timeout "$limit" --read)
read -r -t "$limit" line <&"$bob"
is 'bob listens' "$(field event <<<"$line")" synced
cd "$dir" || exit 1
example() { # example PASSWORD TO TEXT
	PASSWORD=$1 timeout "$limit" "$dir/example" 127.0.0.1 "$port" \
		"$dir/cert.pem" alice "$2" "$3" 2>&1
}
said=$(example wrong bob 'never')
is 'a wrong password is said and the status 1' "$?: $said" \
	'1: not logged in, or wrong credentials'
rm -r "$dir/example.state"
said=$(example alice-secret bob 'from the manual')
is 'the message is read' "$?: $said" '0: read'
said=$(example '' nobody 'to nobody')
is 'an unknown user is said, and the token is enough' "$?: $said" \
	'1: not found'

# doc/examples: send.
said=$(CAFILE=$dir/cert.pem PORT=$port PASSWORD=alice-secret timeout "$limit" \
	"$bin/doc/examples/send" 127.0.0.1 alice bob 'from send' 2>&1)
like 'doc/examples/send sends' "$?: $said" '^0: sent: chat [0-9]+, number 2$'
is 'bob has both' "$(grep '"event":"message"' <&"$bob" | field text | xargs)" \
	'from the manual from send'
finish

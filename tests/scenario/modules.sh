#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Modules as files: what is installed suffices to build one; the installed
# server loads it and serves it; it is switched while clients are connected; what
# is no module is refused with a reason.
. "$top_srcdir/tests/scenario/lib.sh"
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR

# ---- The list, the headers and the files agree.
syms=$top_srcdir/src/server/module.syms
listed=$(sed -n 's/^\t\(scm_[a-z_]*\);$/\1/p' "$syms")
is 'the list is sorted, without repeats' "$listed" "$(sort -u <<<"$listed")"
is 'every function of the headers is in it, and no other' "$listed" "$(
	cat "$top_srcdir"/src/server/module{,_chat,_command,_entry,_expiry,_live,_request,_retention,_table}.h |
		grep -oE '\<scm_[a-z_]+\(' | tr -d '(' | sort -u)"
missing=
for function in $listed; do
	[ "$(grep -c "^\.Fn $function\( \|\$\)" \
		"$top_srcdir/man/stonechat-module.3")" -ge 2 ] ||
		missing+=" $function"
done
is 'all of them are declared and described in the manual' "$missing" ''
exports() { # of a program or file, by kinds of symbols
	nm -D "$1" | awk -v kinds="$2" 'index(kinds, $(NF - 1)) { print $NF }'
}
case $(file -L "$bin/stonechatd" 2>/dev/null)$(ldd "$bin/stonechatd") in
*libasan* | *libtsan* | *libubsan* | *clang_rt*) sanitized=1 ;;
*) sanitized= ;;
esac
if [ -z "$sanitized" ]; then
	is 'stonechatd exports these' \
		"$(exports "$bin/stonechatd" T | sort)" "$listed"
fi
for file in "$bin"/modules/.libs/*.so; do
	[ -e "$file" ] || continue
	name=${file##*/}
	is "$name exports the module only" \
		"$(exports "$file" BDRTVW)" sc_module
	is "$name imports what is in the list, and the C library's" "$(
		exports "$file" U | grep -v '@' | grep -vxF "$listed")" ''
done

# ---- Installed, and a module built with nothing else.
root=$dir/root
if [ -n "$sanitized" ] || ! command -v pkg-config >/dev/null; then
	finish
fi
make -s -C "$bin" install DESTDIR="$root" >"$dir/install.log" 2>&1 ||
	bail "make install: $(tail -n 3 "$dir/install.log")"
pc=$(find "$root" -name stonechat-module.pc)
export PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$root
cp "$top_srcdir"/doc/examples/module/{Makefile,motd.c} "$dir"
chmod u+w "$dir/Makefile" "$dir/motd.c"
said=$(make -s -C "$dir" CFLAGS='-Wall -Wextra -Werror' motd.so 2>&1)
is 'the example is built' "$?: $said" '0: '
said=$(make -s -C "$dir" install DESTDIR="$root" 2>&1)
is 'and installed' "$?: $said" '0: '
file=$(find "$root" -name motd.so)
directory=${file%/*}
is 'it imports what is in the list, and the C library'"'"'s' "$(
	exports "$file" U | grep -v '@' | grep -vxF "$listed")" ''
like 'it is beside those of the server' "$directory" "/stonechat$"
for header in "$root"/*/*/include/stonechat/*.h "$root"/*/include/stonechat/*.h \
	"$root"/*/*/*/*/include/stonechat/*.h; do
	[ -e "$header" ] || continue
	cc -I"${header%/stonechat/*}" -Wall -Werror -fsyntax-only "$header" \
		2>"$dir/header.log" || bail "$header: $(cat "$dir/header.log")"
done

# ---- The installed server serves it.
variant() { # NAME SED-SCRIPT: another module from the example
	sed "$2" "$dir/motd.c" >"$dir/variant.c"
	# shellcheck disable=SC2046
	cc $(pkg-config --cflags stonechat-module) -fPIC -shared \
		-o "$directory/$1.so" "$dir/variant.c" \
		$(pkg-config --libs stonechat-module) || bail "cc: $1"
}
# one that never starts
variant sulky 's/\.name = "motd"/.name = "sulky"/; s/"motd\./"sulky./
	s/"motd-/"sulky-/; s/^SC_MODULE(/static int\
no(struct sc_module *m, struct tx *tx)\
{\
	(void)m, (void)tx;\
	return SC_ERESOURCE;\
}\
&/; s/\.abi = /.start = no, &/; s/TAG_STATUS/TAG_CONTACT/'
bin=$(dirname "$(find "$root" -name stonechatd -type f)")
built=$top_builddir
start_installed() {
	bin=$(dirname "$(find "$root" -name stonechatd -type f)")
	start "$1"
	bin=$built
}
configure server "<modules><directory>$directory</directory>
<module name=\"motd\" days=\"3\"/>
<module name=\"sulky\" enabled=\"no\"/></modules>"
start_installed server
add_users server alice
as alice login >/dev/null
ask() { # USER ID TAG: asks for the line; the answer has that tag
	echo "<status id=\"$2\"/>" |
		as "$1" xml --until "$3" --timeout "$limit" 2>&1 | grep "^< <$3 "
}
like 'it is listed' "$(control server module list)" \
	'motd: a line for everybody
  options: days=3
  verbs: status
  tables: motd-lines
  sweeps: expire
  commands: set text= show'
like 'a client asks' "$(ask alice 1 error)" \
	'< <error id="1" code="not-found" text="nobody has said anything"/>'
said=$(control server module run motd set 2>&1)
is 'an argument is missing' "$?: $said" '1: stonechatctl: an argument is missing: module list shows those there are'
said=$(control server module run motd set text=x at=noon 2>&1)
is 'an argument that there is not' "$?: $said" '1: stonechatctl: there is no such argument: module list shows those there are'
said=$(control server module run motd set text= 2>&1)
is 'what the module refuses' "$?: $said" '1: stonechatctl: expected a text of 1 to 200 bytes'
said=$(control server module run motd sing 2>&1)
is 'a command that there is not' "$?: $said" '1: stonechatctl: module motd has no command sing: module list shows those there are'
said=$(control server module run motd set 'text=tea = at four' 2>&1)
is 'the operator says something' "$?: $said" '0: '
like 'the client asks again' "$(ask alice 2 result)" \
	'< <result id="2"><body>tea = at four</body></result>'
like 'the operator sees it' "$(control server module run motd show)" \
	'text: tea = at four'
like 'the log does, too, not the text' "$(in_log server motd.set)" \
	'unit=module event=motd.set module=motd bytes=13$'
is 'the text is in no line' "$(grep -c 'tea = at four' "$dir/server.log")" 0
counter() { control server --json stats | field motd.shown; }
is 'it counts' "$(counter)" 1

# ---- Switched, with a client connected all the time.
exec {alice}< <(as alice --json listen --timeout $((limit * 10)))
listener=$!
read -r -t "$limit" line <&"$alice"
is 'alice listens' "$(field event <<<"$line")" synced
is 'it is switched off' "$(control server module unload motd)" \
	'module motd is switched off'
is 'once more is no mistake' "$(control server module unload motd)" \
	'module motd is switched off'
add_users server bob
as bob login >/dev/null
like 'its requests are refused' "$(ask bob 3 error)" \
	'< <error id="3" code="unavailable" text="this is switched off: try again later"/>'
said=$(control server module run motd show 2>&1)
is 'and its commands' "$?: $said" '1: stonechatctl: the module is switched off: load it first'
is 'its counters stay' "$(counter)" 1
like 'module list says so' "$(control server module list)" \
	'motd \(switched off\): a line'
as bob send alice one >/dev/null
while read -r -t "$limit" line <&"$alice"; do
	[[ $line == *'"event":"message"'* ]] && break
done
is 'messages go on' "$(field text <<<"$line")" one
is 'it is switched on' "$(control server module load motd)" \
	'module motd is switched on'
like 'and has what it had' "$(ask bob 4 result)" \
	'< <result id="4"><body>tea = at four</body></result>'
logged() { in_log server "event=$1 " | grep -o "event=.*"; }
is 'the log says both' "$(logged module.off; logged module.on)" \
	'event=module.off module=motd
event=module.on module=motd'
said=$(control server module load sulky 2>&1)
is 'one that does not start stays off' "$?: $said" '1: stonechatctl: module sulky does not start: a limit is reached'
is 'and the log says why' "$(logged module.refused)" 'event=module.refused module=sulky why="module sulky does not start: a limit is reached"'
# a reload brings it to what the file says
sed -i 's|days="3"|days="5" enabled="no"|' "$dir/server.xml"
is 'a reload switches it off' "$(control server config reload)" \
	'reloaded: 2 elements have changed'
like 'that is done' "$(control server module list)" 'motd \(switched off\)'
is 'and on by hand' "$(control server module load motd)" \
	'module motd is switched on'
control server config reload >/dev/null
like 'until the next reload' "$(control server module list)" \
	'motd \(switched off\)'
kill "$listener" 2>/dev/null
exec {alice}<&-
ended server TERM

# ---- What is refused.
rm "$directory/sulky.so"
sed -i 's| enabled="no"||; s|<module name="sulky"/>||' "$dir/server.xml"
refused() { # TITLE REGEX: by -t, with the directory as it is
	said=$("$built/stonechatd" -t -c "$dir/server.xml" 2>&1)
	like "$1" "$?: $said" "^1: stonechatd: $dir/server.xml:[0-9]+: <[a-z]*>: $2"
}
variant other 's/\.abi = SC_MODULE_ABI/.abi = 99/'
refused 'another ABI' "$directory/other.so: built for module ABI 99, this \
server has [0-9]+: build it again with the headers of this server, or remove it"
variant other ''
refused 'two modules of one name' "$directory/other.so: the module motd is in \
$directory/motd.so already: remove one of the files"
variant other 's/\.name = "motd"/.name = "other"/; s/"motd\./"other./
	s/"motd-/"other-/'
refused 'two that serve the same' "expected one of motd and other to be \
switched off: both serve status"
variant other 's/\.name = "motd"/.name = "Motd"/'
refused 'a name that is none' "$directory/other.so: the module \"Motd\" \
expected a name of a-z, 0-9 and -, up to 32, and a summary"
variant other 's/\.name = "motd"/.name = "other"/'
refused 'a counter with a name of another' "$directory/other.so: module other: \
counter motd.shown: expected a name that begins with \"other.\", and a help text"
variant other 's/1, 365, 7,/1, 365, 700,/'
refused 'a default out of range' "$directory/other.so: module motd: option \
days: expected a default from min to max"
variant other 's/TAG_STATUS/TAG_COUNT/'
refused 'a verb without a tag' "$directory/other.so: module motd: verb status: \
expected a tag of the dictionary, a kind and a function"
variant other 's/3600, motd_expire/0, motd_expire/'
refused 'a sweep that never rests' "$directory/other.so: module motd: sweep \
expire: expected a number of seconds and a function"
variant other 's/scm_now/scm_yesterday/'
refused 'a function that there is not' "cannot be loaded as a module: \
$directory/other.so: undefined symbol: scm_yesterday: build it for this server, \
or remove it"
echo 'int x;' >"$dir/variant.c"
cc -fPIC -shared -o "$directory/other.so" "$dir/variant.c"
refused 'a library that is no module' "$directory/other.so: is no module: \
expected the symbol sc_module, which SC_MODULE in stonechat/module.h makes: \
remove the file"
echo 'not a library' >"$directory/other.so"
refused 'a file that is no library' "cannot be loaded as a module: \
$directory/other.so: .*: build it for this server, or remove it"
rm "$directory/other.so"
sed -i "s|<directory>$directory<|<directory>$dir/nowhere<|" "$dir/server.xml"
refused 'a directory that is not there' "$dir/nowhere: No such file or \
directory: expected the directory of the modules"
sed -i "s|<directory>$dir/nowhere<|<directory>$directory<|" "$dir/server.xml"
said=$("$built/stonechatd" -t -c "$dir/server.xml" 2>&1)
is 'and all is well again' $? 0
finish

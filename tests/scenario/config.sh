#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The configuration: the sample is good; mistakes are named. That it is complete,
# and the manual, is for tests/gate.
. "$top_srcdir/tests/scenario/lib.sh"
certificate

# As it is installed: without the modules that are not compiled in.
sed "s|>/[^<]*/|>$dir/|
	/<modules>/,\$s|<directory>.*<|<directory>$bin/modules/.libs<|" \
	"$bin/doc/stonechat.xml" >"$dir/sample.xml"
out=$("$bin/stonechatd" -t -c "$dir/sample.xml" 2>&1)
is 'the sample is good' $? 0
is 'and -t says so' "$out" "$dir/sample.xml: the configuration is good"

# wrong TITLE TEXT LINE ELEMENT EXPECTATION: what -t says of a file.
here="<directory>$bin/modules/.libs</directory>"
wrong() {
	local said status
	printf '%s' "${2/<modules>/<modules>$here}" >"$dir/wrong.xml"
	said=$("$bin/stonechatd" -t -c "$dir/wrong.xml" 2>&1)
	status=$?
	is "$1" "$status: ${said:0:300}" \
		"1: stonechatd: $dir/wrong.xml:$3: <$4>: $5"
}
wrong 'a number that is too large' '<stonechat>
<listen>
<port>65536</port></listen></stonechat>' 3 port \
	'expected a number from 0 to 65535, found "65536"'
wrong 'a number that is none' '<stonechat><tls>
<ticket-s>soon</ticket-s></tls></stonechat>' 2 ticket-s \
	'expected a number from 0 to 604800, found "soon"'
wrong 'an unknown element' '<stonechat>
  <control>
    <sokcet>/tmp/x</sokcet>
  </control>
</stonechat>' 3 sokcet 'unknown here: expected one of <socket> <idle-ms>'
wrong 'an element twice' '<stonechat>
<domain>a.example</domain>
<domain>b.example</domain>
</stonechat>' 3 domain 'expected once only; it is already on line 2'
wrong 'an element in a value' '<stonechat><listen>
<port><number>1</number></port></listen></stonechat>' 2 number \
	'unknown here: <listen/port> holds a value, no elements'
wrong 'text among elements' '<stonechat>
<log>debug</log></stonechat>' 2 log 'expected elements, found text'
wrong 'a path that is not absolute' '<stonechat><store>
<directory>data</directory></store></stonechat>' 2 directory \
	'expected an absolute path, found "data"'
wrong 'a word that is none of the choices' '<stonechat><log>
<level>loud</level></log></stonechat>' 2 level \
	'expected one of error, warning, notice, info, debug, found "loud"'
wrong 'an amount of bytes' '<stonechat><store>
<cache>64X</cache></store></stonechat>' 2 cache \
	'expected bytes from 1048576 to 1099511627776 (K, M or G may follow the number), found "64X"'
wrong 'an address that is a name' '<stonechat><listen>
<address>localhost</address></listen></stonechat>' 2 address \
	'expected a numeric IPv4 or IPv6 address or *, at most 8 of them, found "localhost"'
wrong 'a rate of none' '<stonechat><process>
<drain-rate>0</drain-rate></process></stonechat>' 2 drain-rate \
	'expected a number from 1 to 1000000, found "0"'
wrong 'yes or no' '<stonechat><store>
<sync>maybe</sync></store></stonechat>' 2 sync \
	'expected yes or no, found "maybe"'
wrong 'an attribute' '<stonechat>
<listen port="5290"/></stonechat>' 2 listen \
	'expected no attributes, found "port"'

wrong 'an unknown unit of the log' '<stonechat><log>
<unit name="sessions" level="debug"/></log></stonechat>' 2 unit \
	'expected name to be one of daemon, config, control, listener, tls, session, scribe, reader, store, module, found "sessions"'
wrong 'a unit without a name' '<stonechat><log>
<unit level="debug"/></log></stonechat>' 2 unit \
	'expected name, one of daemon, config, control, listener, tls, session, scribe, reader, store, module'
wrong 'a unit without a level' '<stonechat><log>

<unit name="tls"/></log></stonechat>' 3 unit \
	'expected level, one of error, warning, notice, info, debug'
wrong 'a level that is none' '<stonechat><log>
<unit name="tls" level="all"/></log></stonechat>' 2 unit \
	'expected level to be one of error, warning, notice, info, debug, found "all"'
wrong 'an attribute that units do not have' '<stonechat><log>
<unit name="tls" file="/tmp/x"/></log></stonechat>' 2 unit \
	'expected attributes name, level, found "file"'
wrong 'a unit twice' '<stonechat><log>
<unit name="tls" level="info"/>
<unit name="tls" level="debug"/></log></stonechat>' 3 unit \
	'expected tls once only; it is already on line 2'
if grep -q '^#define HAVE_SYSTEMD 1' "$bin/config.h"; then
	wrong 'a sink that is none' '<stonechat><log>
<sink>syslog</sink></log></stonechat>' 2 sink \
		'expected one of file, journal, found "syslog"'
else
	wrong 'a sink that is not built in' '<stonechat><log>
<sink>journal</sink></log></stonechat>' 2 sink \
		'expected one of file, found "journal": this server is built without it (configure --with-systemd)'
fi

# Modules: those of this build.
mapfile -t modules < <(sed -n 's/^\t&sc_module_\(.*\),$/\1/p' \
	"$bin/src/daemon/modules_builtin.c")
has() { [[ " ${modules[*]} " == *" $1 "* ]]; }
all=$(printf ', %s' "${modules[@]}")
one_of="name to be one of ${all:2}, found"
if [ "${#modules[@]}" -eq 0 ]; then
	wrong 'a module, where there are none' '<stonechat><modules>
<module name="offline"/></modules></stonechat>' 2 module \
		"expected no module: there are none in this server and in $bin/modules/.libs"
else
	wrong 'an unknown module' '<stonechat><modules>
<module name="ofline"/></modules></stonechat>' 2 module \
		"expected $one_of \"ofline\""
	wrong 'a module without a name' '<stonechat><modules>
<module enabled="no"/></modules></stonechat>' 2 module \
		"expected name, one of ${all:2}"
	first=${modules[0]}
	wrong 'a module twice' "<stonechat><modules>
<module name=\"$first\"/>
<module name=\"$first\"/></modules></stonechat>" 3 module \
		"expected $first once only; it is already on line 2"
	wrong 'a module that is enabled or not' "<stonechat><modules>
<module name=\"$first\" enabled=\"1\"/></modules></stonechat>" 2 module \
		'expected enabled to be yes or no, found "1"'
	wrong 'text in a module' "<stonechat><modules>
<module name=\"$first\">no</module></modules></stonechat>" 2 module \
		'expected attributes only, found "no"'
fi
if has retention; then
	wrong 'an unknown option' '<stonechat><modules>
<module name="retention" weeks="2"/></modules></stonechat>' 2 module \
		'expected attributes name, enabled, direct, group, channel, status, undelivered, seal-days, found "weeks"'
	wrong 'an option that is out of range' '<stonechat><modules>

<module undelivered="0" name="retention"/></modules></stonechat>' 3 module \
		'expected undelivered to be a number from 1 to 36500, found "0"'
	wrong 'an option that is no number' '<stonechat><modules>
<module name="retention" undelivered="30d"/></modules></stonechat>' 2 module \
		'expected undelivered to be a number from 1 to 36500, found "30d"'
	wrong 'a time to keep that is none' '<stonechat><modules>
<module name="retention" group="forever" direct="never"/></modules></stonechat>' 2 module \
		'expected direct to be a number of days from 1 to 36500, until-delivered or forever, found "never"'
	wrong 'a channel does not wait' '<stonechat><modules>
<module name="retention" channel="until-delivered"/></modules></stonechat>' 2 module \
		'expected channel to be a number of days from 1 to 36500 or forever, found "until-delivered"'
	wrong 'also when it is switched off' '<stonechat><modules>
<module name="retention" undelivered="" enabled="no"/></modules></stonechat>' 2 module \
		'expected undelivered to be a number from 1 to 36500, found ""'
fi
if has receipts; then
	wrong 'an option of receipts' '<stonechat><modules>
<module name="receipts" max="x"/></modules></stonechat>' 2 module \
		'expected max to be a number from 0 to 1000000, found "x"'
	wrong 'an option of another module' '<stonechat><modules>
<module name="receipts" days="2"/></modules></stonechat>' 2 module \
		'expected attributes name, enabled, max, found "days"'
fi

wrong 'a document type' '<!DOCTYPE stonechat [
<!ENTITY x "y">]>
<stonechat/>' 1 stonechat \
	'expected no document type (<!DOCTYPE ...>) and no entities'
wrong 'another root' '<server/>' 1 server \
	'expected <stonechat> as the outermost element'
wrong 'an end tag that does not match' '<stonechat><listen>
</stonechat>' 2 listen \
	'expected well-formed XML, found an error in column 3: mismatched tag'

said=$("$bin/stonechatd" -t -c "$dir/none.xml" 2>&1)
is 'a file that is not there' "$?: $said" "1: stonechatd: $dir/none.xml: \
No such file or directory: put the configuration there, or name another file \
(stonechatd -c, stonechatctl --config)"
if [ "$(id -u)" -eq 0 ]; then
	sed 's|<user></user>|<user>nobody-such</user>|' "$dir/sample.xml" \
		>"$dir/user.xml"
	is 'a user that is not there' \
		"$("$bin/stonechatd" -t -c "$dir/user.xml" 2>&1)" \
		'stonechatd: there is no user nobody-such: create it, or correct <process><user>'
fi
sed "s|$dir/cert.pem|$dir/nowhere.pem|" "$dir/sample.xml" >"$dir/cert.xml"
said=$("$bin/stonechatd" -t -c "$dir/cert.xml" 2>&1)
is 'a certificate that is not there' "$?: $said" "1: stonechatd: \
$dir/nowhere.pem: No such file or directory: name a file in \
<tls><certificate> that the server may read"
sed "s|$dir/key.pem|$dir/cert.pem|" "$dir/sample.xml" >"$dir/key.xml"
said=$("$bin/stonechatd" -t -c "$dir/key.xml" 2>&1)
like 'a key that is none' "$?: $said" \
	"^1: stonechatd: $dir/cert.pem: not the private key of "

# counters NAME: the modules that count in server NAME.
counters() {
	control "$1" stats | sed -n 's/^  \([a-z]*\)\..*/\1/p' | sort -u | xargs
}
configure defaults
start defaults
sorted=$(printf '%s\n' "${modules[@]}" | sort | xargs)
is 'modules that are not configured run' "$(counters defaults)" "$sorted"
is 'sweeps are not stopped' \
	"$(control defaults --json stats | field sweeps-stopped)" 0
if has offline; then
	is 'counters have their names' \
		"$(control defaults --json stats | field offline.entries)" 0
fi
ended defaults TERM
off=
for name in "${modules[@]}"; do
	off+="<module name=\"$name\" enabled=\"no\"/>"
done
configure off "<modules>$off</modules>"
start off
is 'modules that are switched off do not' "$(counters off)" ''
ended off TERM
if has retention; then
	configure days '<modules><module name="retention" undelivered="7"/></modules>'
	start days
	is 'the others run with their options' "$(counters days)" "$sorted"
	ended days TERM
fi
"$bin/stonechatd" -x >/dev/null 2>&1
is 'an unknown option is wrong usage' $? 2
finish

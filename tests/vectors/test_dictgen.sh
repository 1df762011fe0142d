#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The generator refuses a dictionary that cannot be meant, and its hash does
# not depend on layout.
gen=${top_builddir:-.}/protocol/gen/dictgen
real=${top_srcdir:-.}/protocol/dictionary.xml
deflate=${top_srcdir:-.}/protocol/deflate
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
n=0
failed=0

ok() { # ok NAME: says whether the last command succeeded
	local status=$?
	n=$((n + 1))
	if [ $status = 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		failed=1
	fi
}

attrs='<enum name="e">one two</enum><attr name="a" type="uint"/>
<attr name="b" type="uint"/><attr name="c" type="enum" enum="e"/>'

refuses() { # refuses WORDS ROWS: after the rows above
	printf '<dictionary version="1">%s\n%s</dictionary>' "$attrs" "$2" \
	    >"$dir/bad.xml"
	"$gen" names "$dir/bad.xml" . >/dev/null 2>"$dir/err"
	[ $? = 1 ] && grep -q "^$dir/bad.xml:[0-9]*: .*$1" "$dir/err"
	ok "refuses: $1" || cat "$dir/err"
}

hash_of() {
	"$gen" spec "$1" "$deflate" | sed -n 's/^| 1 | `\(.*\)` |$/\1/p'
}

shape() { # shape TAG ATTRS [REST]
	echo "<shape tag=\"$1\" attrs=\"$2\" $3/>"
}

echo 1..24
refuses 'unknown attribute name "z"' "$(shape t z)"
refuses 'unknown attribute color' "$(shape t a 'color="x"')"
refuses 'unknown row' '<row/>'
refuses 'unknown content' "$(shape t a 'content="x"')"
refuses 'unknown type' '<attr name="x" type="float"/>'
refuses 'unknown enum' '<attr name="x" type="enum" enum="none"/>'
refuses 'enum= goes with' '<attr name="x" type="uint" enum="e"/>'
refuses 'is missing' '<shape tag="t"/>'
refuses 'bad name' '<attr name="X" type="uint"/>'
refuses 'attr a twice' '<attr name="a" type="uint"/>'
refuses 'enum e twice' '<enum name="e">one</enum>'
refuses 'one twice' '<enum name="f">one one</enum>'
refuses 'without values' '<enum name="f"> </enum>'
refuses 'a twice' "$(shape t 'a a')"
refuses 'never used' "$(shape t 'a b')$(shape t 'b a')"
refuses 'never used' "$(shape t 'a?')$(shape t a)"
refuses 'never used' "$(shape t a)$(shape t '')$(shape t 'a?')"
refuses 'never used' "$(shape t a 'content="text"')$(shape t a)"
refuses 'has payloads' \
    "$(shape t a 'content="payload"')$(shape t b 'content="children"')"
refuses 'is not yet' "$(shape t a 'since="2"')"
refuses 'direction' "$(shape t a 'direction="X"')"
refuses 'unexpected text' 'text'

sed -e 's/<!--[^-]*-->//' -e 's/  */ /g' -e 's/ direction="[CS]*"//' \
    "$real" >"$dir/layout.xml"
[ -n "$(hash_of "$real")" ] &&
	[ "$(hash_of "$real")" = "$(hash_of "$dir/layout.xml")" ]
ok 'the hash does not depend on layout'
sed 's/name="age" type="uint"/name="age" type="int"/' "$real" >"$dir/type.xml"
[ "$(hash_of "$real")" != "$(hash_of "$dir/type.xml")" ]
ok 'the hash depends on types'
exit $failed

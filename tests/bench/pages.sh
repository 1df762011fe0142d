#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What becomes of what was measured: tests/bench/compare and tests/bench/run.
. "$top_srcdir/tests/bench/lib.sh"

# The table beside another server, from figures of this one.
said=$("$top_srcdir/tests/bench/compare" none 2>&1)
like 'a server that compare does not know' "$?: $said" \
	'^2: .*mosquitto, ejabberd or ejabberd-archive'
table() { python3 "$top_srcdir/tests/bench/compare.py" "$@"; }
mkdir "$dir/results"
made pairs --prefix table --pairs 2 --messages 40 \
	--server-pid "${pids[server]}" >"$dir/results/pairs.stonechat.1"
cp "$dir/results/pairs.stonechat.1" "$dir/results/pairs.other.1"
limit_of --json --seconds 1 --pairs 2 --directory "$dir" relay log \
	>"$dir/results/pairs.limit.1"
echo 'the = configuration' >"$dir/other.conf"
like 'the records of a sync' "$(table --limit \
	"$dir/results/pairs.stonechat.1")" '^--batch [1-9][0-9]* relay log$'
said=$(table other "$dir/other.conf" "$dir/results" pairs)
like 'a ratio' "$?: $said" '^0: .* pairs: messages/s \|[^|]*\|[^|]*\| 1\.00 '
like 'a part of the limit' "$said" '\(limit\) \| [0-9]+\.[0-9][0-9] '
like 'conditions' "$said" 'other: 1 runs, 4 users, window 8, 100-byte'
like 'the configuration of the other' "$said" '    the = configuration'

sed 's/_cpu_s":[0-9]*/_cpu_s":0/' "$dir/results/pairs.limit.1" \
	>"$dir/none.limit"
mkdir "$dir/little"
cp "$dir"/results/pairs.{stonechat,other}.1 "$dir/little"
mv "$dir/none.limit" "$dir/little/pairs.limit.1"
like 'what took no time that a clock shows' "$(table other "$dir/other.conf" \
	"$dir/little" pairs)" 'limit 1/\(4/R \+ 1/B\) \| too little'
ok 'a plot of zeroes' timeout "$limit" python3 -B -c 'import sys
sys.path.insert(0, sys.argv[1])
import svg
assert len(svg.plot("", "", "", [("", [(2, 0.0), (4, 0.0)])])) < 4096' \
	"$top_srcdir/tests/bench"

# The script that makes the figures.
configured='<threads><workers>1</workers></threads>'
measure() {
	SERVER_CORE=none BENCH_CORES=none CONFIGURE=$configured CONNECTIONS=4 \
		SECONDS_EACH=1 \
		OPTIONS="--pairs 2 --messages 40 --patience $limit $options" \
		timeout $((4 * limit)) bash "$top_srcdir/tests/bench/run" "$@"
}
export top_builddir
options=--json
said=$(measure pairs)
is 'tests/bench/run' $? 0
is 'measures' "$(field ticked <<<"$said")" 40
options=
LOADS='100 300' SIZES='2 4' LARGE='20 50' measure --page "$dir/page" \
	pairs load memory burst calls cost workers large 2>&1
is 'and writes the page' $? 0
said=$(cat "$dir/page/benchmarks.md")
like 'of what it has measured' "$said" \
	'2 pairs.*4 idle.*out of order.* \| 0 \|.*Conditions: 20'
like 'what is to be reached' "$said" \
	'memory of an idle connection.*<= 15.5.*KiB, at 4'
like 'and what was not measured' "$said" \
	'against Mosquitto.*not measured: needs mosquitto'
# four connections may take less than what else the machine does gives back
like 'after a burst' "$said" \
	'1,024 logins at a time \|[^|]*\|[^|]*\| (\*\*-?[0-9]|- \| too little)'
like 'system calls' "$said" \
	'nothing stored, one[^*]*(\*\*[0-9]|not measured: needs root)'
like 'a start with much in the store' "$said" \
	'the same, ten million stored \| <= 10 \| <= 3 \| \*\*[0-9]'
like 'which is told' "$said" '[0-9]+ users in .* 50 messages in 10 chats'
ok 'plots' python3 - "$dir/page/latency.svg" "$dir/page/memory.svg" <<-EOF
	import sys, xml.dom.minidom as xml
	for name in sys.argv[1:]:
	    found = xml.parse(name).getElementsByTagName("circle")
	    assert len(found) in (2, 4), len(found)
EOF
# Stopped in the second of two parts, it writes what the first has found.  By
# one signal: timeout(1) passes on two.
coproc stopped {
	SERVER_CORE=none BENCH_CORES=none CONFIGURE=$configured \
		OPTIONS='--pairs 2 --messages 40 --users 2 --seconds 600' \
		exec bash "$top_srcdir/tests/bench/run" \
		--page "$dir/stopped" pairs idle 2>&1
}
pid=$stopped_PID
while read -r -t $((2 * limit)) line; do
	[[ $line != *': idle: 1' ]] || kill "$pid"
done <&"${stopped[0]}"
wait "$pid"
said=$(cat "$dir/stopped/benchmarks.md")
like 'stopped' "$said" 'pairs idle`.*\*\*stopped.* 2 pairs, window'
mkdir -p "$dir/all/mosquitto"
cp "$dir"/results/* "$dir/all/mosquitto"
cp "$dir/results/pairs.other.1" "$dir/all/mosquitto/pairs.mosquitto.1"
mkdir "$dir/all/alone"
for what in cost_small=10 cost_stored=12 cost_large=14 workers_1=10 \
	workers_2=11; do
	sed "s/\(server_cpu_per_1000_messages\":\)[0-9.]*/\1${what#*=}/" \
		"$dir/results/pairs.stonechat.1" \
		>"$dir/all/alone/${what%=*}.stonechat.1"
done
said=$(python3 "$top_srcdir/tests/bench/page.py" "$dir/all" "$dir/page" \
	'--page here' 1 no)
like 'a ratio that falls short of its goal' "$said" \
	'messages/s, against Mosquitto \| >= 2 \| >= 3 \| \*\*1.00\*\* \|[^|]*\| short'
like 'one that reaches it, and the limit' "$said" 'part of the limit.*[0-9] : [0-9]'
like 'a send with more stored' "$said" ' 100,000 stored[^*]*\*\*1.20.*goal'
like 'and with much, and many users' "$said" 'a million users[^*]*\*\*1.40.*short'
like 'two workers' "$said" 'two workers against one[^*]*\*\*1.10.*goal'
finish

#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Prints doc/benchmarks.md and writes its plots: page.py RESULTS DIR OPTIONS
MINUTES STOPPED, where RESULTS/WHERE/MODE.WHO.RUN are what stonechat-bench and
limit printed, RESULTS/PEER/table is what compare did, and RESULTS/filled what
fill did; DIR is where latency.svg and memory.svg go, OPTIONS are those of run,
which took MINUTES, and was STOPPED (yes) or not."""
import json
import os
import statistics
import sys

sys.dont_write_bytecode = True
import reach  # noqa: E402
import svg  # noqa: E402


def number(value, digits=0):
    return f"{value:,.{digits}f}"


def latency(times):
    return " / ".join(number(times[k] / 1000, 2) for k in
                      ("p50_us", "p90_us", "p99_us", "p99_9_us", "max_us"))


def row(*cells):
    print("| " + " | ".join(cells) + " |")


def cost(r, what):
    """CPU milliseconds of the server for 1,000 of something."""
    return number(r.get(f"server_cpu_per_1000_{what}", 0), 1) + " ms"


def pairs(c, r):
    row(f"{c['users'] // 2} pairs, window {c['window']}: messages/s, each "
        "acknowledged, delivered and ticked",
        "**" + number(r["messages_per_s"]) + "**")
    row("CPU of the server per 1,000 messages", cost(r, "messages"))
    row("requests per sync of the disk",
        number(r["sent"] / max(1, r.get("disk_syncs", 0)), 1))
    row("acknowledgement, ms: p50 / p90 / p99 / p99.9 / max",
        latency(r["ack"]))


def receipts(c, r):
    row("the same, and all is read, which comes back: messages/s, CPU per "
        "1,000", "**" + number(r["messages_per_s"]) + "**, " +
        cost(r, "messages"))


def rate(c, r):
    title = number(r["messages_per_s"]) + " messages/s, open loop: "
    row(title + "acknowledgement, ms: p50 / p90 / p99 / p99.9 / max",
        latency(r["ack"]))
    row("delivery, ms", latency(r["delivery"]))
    row("delivered tick, ms", latency(r["tick"]))
    row("how late the generator itself was, ms", latency(r["sent-late"]))
    row("CPU of the server per 1,000 messages", cost(r, "messages"))


def offline(c, r):
    row("messages for users who are away: stored (synced)/s",
        "**" + number(r["stored_per_s"]) + "**")
    row("and drained by them when they are back/s",
        "**" + number(r["drained_per_s"]) + "**")
    row("CPU of the server per 1,000 stored / drained",
        cost(r, "stored") + " / " + cost(r, "drained"))


def group(c, r):
    row(f"group of {r['members']}, {r['posters']} post: deliveries/s, CPU of "
        "the server per 1,000", "**" + number(r["deliveries_per_s"]) + "**, " +
        number(r.get("server_cpu_per_1000_deliveries", 0), 2) + " ms")
    if "entries_per_message" in r:
        row("entries / records of the log / bytes written for a message",
            number(r["entries_per_message"], 2) + " / " +
            number(r.get("log_records_per_message", 0), 2) + " / " +
            number(r.get("bytes_per_message", 0)))
    row("the last of them has it, ms: p50 / p90 / p99 / p99.9 / max",
        latency(r["last"]))


def storm(c, r):
    row(number(c["users"]) + " users cut off, back with tokens and resumed TLS: "
        "returns/s, CPU of the server for each",
        "**" + number(r["returned_per_s"]) + "**, " +
        number(r.get("server_cpu_per_1000_returned", 0) / 1000, 2) + " ms")


def memory(c, r):
    row(number(c["users"]) + " idle connections, logged in: the server's "
        "memory for each",
        "**" + number(r["memory_per_connection"], 1) + " KiB**")
    row("CPU of the server meanwhile",
        number(r["server_cpu_idle"], 1) + " % of a core")
    row("logins/s (full handshake, SCRAM-SHA-256), CPU of the server for each",
        number(r["logins_per_s"]) + ", " +
        number(r["server_cpu_per_1000_logins"] / 1000, 2) + " ms")


MODES = {"pairs": pairs, "receipts": receipts, "rate": rate,
         "offline": offline, "group": group, "storm": storm,
         "memory": memory}

HEAD = """# What a server manages

Written by one command, in a build directory, as root if ejabberd is to be
there; the server has one core, the generator another:

    ../../tests/bench/run --page ../../doc --large

It measures Stonechat and, if they are installed, Mosquitto and ejabberd beside
it (Debian packages; their own services need not run), each with a fresh server
and in turn; --quick measures less, in some eight minutes, and --large takes four
more.  Stonechat has its standard configuration but for 4096 rounds of PBKDF2.
Every run checks that every message came once and in order.  stonechat-bench(1)
says what is measured.  Compare figures of one machine, and of one run: neighbours
move them by a third.
"""

WHAT = """
Ratios are those of medians.  R: frames of a bare relay over TLS in a second of its
CPU time; B: records/s of a bare log with as many records in a sync as Stonechat had
requests: a message is four frames and one record.  `short` is what falls short of
the goal.

- System calls: 400 users ask whether the server is there (`ping`) and are answered,
  a frame in, a frame out, with one and with eight questions under way; nothing is
  stored.  The kernel counts what all threads of the server call, for root only, and
  with tracefs: `mount -t tracefs none /sys/kernel/tracing`.
- What is stored before a send is measured is written by tests/bench/fill, with the
  functions of the server, into the period of time that is written to then; who sends
  is spread among all users, whose verifiers are all there.
- Two workers and one have both cores, and the generator shares one of them: the CPU
  time of a message is what can be compared then, not how many there are.
- Memory is the growth of the proportional set size from before the first login, for
  each connection; 19,000 need as many descriptors (root raises the limit itself,
  others set it, limits.conf(5)); the generator needs 30 KB for each.
"""

BESIDE = """
## Beside other servers

Also alone, and with other work than above:

    ../../tests/bench/compare --runs 5 mosquitto
    ../../tests/bench/compare --quick ejabberd-archive pairs offline storm

ejabberd-archive keeps every message, as Stonechat does.  What is compared:

- The users, windows, texts and the arithmetic are the same; what an
  acknowledgement, a tick and a group is with MQTT and XMPP says
  stonechat-bench(1).
- Stonechat syncs every message before it acknowledges it, keeps it and tells
  ticks.  Mosquitto and ejabberd, as configured here, sync nothing.
- The limits are those of tests/bench/limit, measured in the same turn.

Mind the least and the most beside each median: a ratio is worth what they leave
of it.
"""


def load(directory):
    runs = {}
    for where in sorted(os.listdir(directory)):
        if not os.path.isdir(os.path.join(directory, where)):
            continue
        for name in sorted(os.listdir(os.path.join(directory, where))):
            path = os.path.join(directory, where, name)
            parts = name.split(".")
            if len(parts) != 3 or os.path.getsize(path) == 0:
                continue
            mode, who, run = parts
            with open(path, encoding="ascii") as f:
                runs.setdefault((where, mode, who), {})[int(run)] = \
                    json.load(f)
    return runs


def middle(runs, mode):
    """The run of Stonechat that is the median, or the largest in memory."""
    if mode == "memory":
        return runs[max(runs)]
    key = {"offline": "stored_per_s", "group": "deliveries_per_s",
           "storm": "returned_per_s"}.get(mode, "messages_per_s")
    ordered = sorted(runs.values(), key=lambda r: r["results"][key])
    return ordered[(len(ordered) - 1) // 2]


def own_table(measured):
    row("", "")
    row("---", "---")
    for mode, show in MODES.items():
        try:
            run = middle(measured.anywhere(mode), mode)
        except KeyError:
            continue
        show(run["conditions"], run["results"])
    ours = [r["results"] for (_, mode, who), runs in measured.runs.items()
            if who == "stonechat" for r in runs.values()]
    row("messages lost, refused or out of order, in all runs",
        str(sum(r.get(k, 0) for r in ours
                for k in ("lost", "refused", "out_of_order"))))


def conditions(measured):
    c = next(next(iter(runs.values()))["conditions"]
             for (_, _, who), runs in measured.runs.items()
             if who == "stonechat")
    loads = [r["conditions"]["load_average"]
             for runs in measured.runs.values() for r in runs.values()]
    print(f"""
Conditions: {c['date'][:10]}, Stonechat {c['version']}, {c['kernel']},
{c['processor']}, {c['cores']} cores (server on {c['server_cores']}, generator \
on {c['generator_cores']}),
{c['openssl']}, loopback, TLS 1.3, {c['body_bytes']}-byte texts,
congestion control {c.get('tcp_congestion_control', 'unknown')}, every \
acknowledgement after fdatasync, {c['server_workers']} worker.
Load average of the machine in {len(loads)} runs: \
{statistics.median(loads):.1f} ({min(loads):.1f} - {max(loads):.1f}).""")


def series(measured, mode, value):
    """(who, points) of everybody who was measured."""
    found = {}
    for (_, m, who), runs in measured.runs.items():
        if m == mode and who not in found:
            found[who] = [(n, value(r["results"]))
                          for n, r in runs.items()]
    return sorted(found.items(), key=lambda x: (x[0] != "stonechat", x[0]))


def plots(measured, directory):
    """What there is; the names of the files."""
    lines = [(f"{who}, {percent}", points)
             for percent, key in (("p99", "p99_us"), ("p50", "p50_us"))
             for who, points in series(
                 measured, "load", lambda r, k=key: r["delivery"][k] / 1000)]
    names = []
    if lines:
        names.append("latency.svg")
        write(directory, names[-1], svg.plot(
            "Delivery against load, 200 pairs, open loop", "messages/s",
            "ms", lines, (True, True)))
    lines = [(who, points) for who, points in series(
        measured, "memory",
        lambda r: r["memory_after"] - r["memory_before"])]
    if lines:
        names.append("memory.svg")
        write(directory, names[-1], svg.plot(
            "Memory of idle connections, logged in", "connections", "MiB",
            lines))
    return names


def write(directory, name, text):
    with open(os.path.join(directory, name), "w", encoding="utf-8") as f:
        f.write(text)


def tables(directory):
    for where in sorted(os.listdir(directory)):
        path = os.path.join(directory, where, "table")
        if not os.path.exists(path) or os.path.getsize(path) == 0:
            continue
        print(f"\n### {where}\n")
        with open(path, encoding="utf-8") as f:
            print(f.read().rstrip())


def made_by(directory, options, minutes, stopped):
    print(f"Made by `run {options}`, some {minutes} minutes" +
          (", **stopped before its end**" if stopped == "yes" else "") + ".")
    path = os.path.join(directory, "filled")
    if os.path.exists(path) and os.path.getsize(path) > 0:
        with open(path, encoding="ascii") as f:
            print(f"The store of --large: {f.read().strip()}.")
    print()


def main():
    directory, out, *made = sys.argv[1:]
    measured = reach.Measured(load(directory))
    if not measured.runs:
        sys.exit("page.py: nothing was measured")
    print(HEAD)
    made_by(directory, *made)
    for cells in reach.table(measured):
        row(*cells)
    print(WHAT)
    for name in plots(measured, out):
        print(f"![{name.split('.')[0]}]({name})\n")
    print("## Alone\n")
    own_table(measured)
    conditions(measured)
    print(BESIDE, end="")
    tables(directory)


main()

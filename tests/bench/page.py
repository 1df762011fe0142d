#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Writes doc/benchmarks.md: reads what `stonechat-bench --json' printed, one
object a line, from standard input."""
import json
import sys


def number(value, digits=0):
    return f"{value:,.{digits}f}"


def ms(times, key):
    return number(times[key] / 1000, 2)


def latency(times):
    return " / ".join(ms(times, k) for k in
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


def rate(c, r):
    title = number(r["messages_per_s"]) + " messages/s, open loop: "
    row(title + "acknowledgement, ms: p50 / p90 / p99 / p99.9 / max",
        latency(r["ack"]))
    row("delivery, ms", latency(r["delivery"]))
    row("delivered tick, ms", latency(r["tick"]))
    row("how late the generator itself was, ms", latency(r["sent-late"]))


def offline(c, r):
    row("messages for users who are away: stored (synced)/s",
        "**" + number(r["stored_per_s"]) + "**")
    row("and drained by them when they are back/s",
        "**" + number(r["drained_per_s"]) + "**")
    row("CPU of the server per 1,000 stored / drained",
        cost(r, "stored") + " / " + cost(r, "drained"))


def idle(c, r):
    row(number(c["users"]) + " idle connections, logged in: the server's "
        "memory for each",
        "**" + number(r["memory_per_connection"], 1) + " KiB**")
    row("CPU of the server meanwhile",
        number(r["server_cpu_idle"], 1) + " % of a core")
    row("logins/s (full handshake, SCRAM-SHA-256), CPU of the server for each",
        number(r["logins_per_s"]) + ", " +
        number(r["server_cpu_per_1000_logins"] / 1000, 2) + " ms")


def storm(c, r):
    row(number(c["users"]) + " users cut off, back with tokens and resumed TLS: "
        "returns/s, CPU of the server for each",
        "**" + number(r["returned_per_s"]) + "**, " +
        number(r["server_cpu_per_1000_returned"] / 1000, 2) + " ms")


MODES = {"pairs": pairs, "rate": rate, "offline": offline, "idle": idle,
         "storm": storm}

HEAD = """# What a server manages

Written by one command, in a build directory; the server has one core, the
generator another:

    ../../tests/bench/run --page >../../doc/benchmarks.md

Each measurement has a fresh server with the standard configuration but for
4096 rounds of PBKDF2, and checks that every message came once and in order.
stonechat-bench(1) says what is measured.  Compare figures of one machine, and
of one run: neighbours move them by a third.
"""


BESIDE = """
## Beside other servers

One command measures Stonechat, another server and the limits of the machine
in turn, on the same cores and by the same work, and prints a table of medians
and ratios with the conditions and the other server's configuration:

    ../../tests/bench/compare mosquitto
    ../../tests/bench/compare ejabberd-archive pairs offline storm

mosquitto, ejabberd and ejabberd-archive (which keeps every message, as Stonechat
does) are known: the Debian packages mosquitto and ejabberd, whose own services
need not run.  ejabberd is started by root only.  RUNS says how many of each
(5); tests/bench/compare has the other variables.  What is compared:

- The users, windows, texts and the arithmetic are the same; what an
  acknowledgement and a tick is with MQTT and XMPP says stonechat-bench(1).
- Stonechat syncs every message before it acknowledges it, keeps it and tells
  ticks.  Mosquitto and ejabberd, as configured here, sync nothing.
- The limit of pairs is 1/(4/R + 1/B): a message, its acknowledgement and its
  ticks are four frames of a bare relay over TLS, of which R go through in a second
  of CPU time; and one record of a bare log of which B are synced in a second, as
  many at a time as Stonechat has synced.  tests/bench/limit prints them alone,
  with fan-out and handshakes, too.

Run it while nothing else runs, and mind the least and the most beside each
median: a ratio is worth what they leave of it.
"""


def main():
    runs = [json.loads(line) for line in sys.stdin if line.strip()]
    if not runs:
        sys.exit("page.py: nothing was measured")
    print(HEAD)
    row("", "")
    row("---", "---")
    for run in runs:
        MODES[run["conditions"]["mode"]](run["conditions"], run["results"])
    faults = sum(run["results"][k] for run in runs
                 for k in ("lost", "refused", "out_of_order"))
    row("messages lost, refused or out of order", str(faults))
    c = runs[0]["conditions"]
    loads = ", ".join(f"{r['conditions']['load_average']:.1f}" for r in runs)
    print(f"""
Conditions: {c['date'][:10]}, Stonechat {c['version']}, {c['kernel']},
{c['processor']}, {c['cores']} cores (server on {c['server_cores']}, generator \
on {c['generator_cores']}),
{c['openssl']}, loopback, TLS 1.3, {c['body_bytes']}-byte texts,
every acknowledgement after fdatasync, {c['server_workers']} worker.  Load \
average after each
measurement: {loads}.""")
    print(BESIDE, end="")


main()

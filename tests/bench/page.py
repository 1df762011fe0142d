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


main()

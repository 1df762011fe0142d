#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The table of tests/bench/compare.

compare.py PEER CONFIGURATION DIRECTORY MODE...: DIRECTORY has the JSON that
stonechat-bench and limit printed, as MODE.WHO.RUN.
compare.py --limit FILE: how the limits of that run are measured."""
import json
import os
import statistics
import sys


def number(value):
    return f"{value:,.{0 if value >= 100 else 2}f}"


def latency(name, percentile):
    return lambda r: r[name][percentile] / 1000


def plain(name):
    return lambda r: r[name]


PAIRS = [("messages/s", plain("messages_per_s")),
         ("CPU of the server, ms per 1,000 messages",
          plain("server_cpu_per_1000_messages"))]
TIMES = [(f"{what}, {percent}, ms", latency(name, key))
         for name, what in (("ack", "acknowledgement"),
                            ("delivery", "delivery"), ("tick", "tick"))
         for percent, key in (("p50", "p50_us"), ("p99", "p99_us"))]
ROWS = {
    "pairs": PAIRS + TIMES,
    "rate": PAIRS + TIMES,
    "receipts": PAIRS + TIMES + [
        (f"read, {percent}, ms", latency("read", key))
        for percent, key in (("p50", "p50_us"), ("p99", "p99_us"))],
    "offline": [
        ("stored/s", plain("stored_per_s")),
        ("CPU of the server, ms per 1,000 stored",
         plain("server_cpu_per_1000_stored")),
        ("drained/s", plain("drained_per_s")),
        ("CPU of the server, ms per 1,000 drained",
         plain("server_cpu_per_1000_drained"))],
    "group": [
        ("deliveries/s", plain("deliveries_per_s")),
        ("messages/s", plain("messages_per_s")),
        ("CPU of the server, ms per 1,000 deliveries",
         plain("server_cpu_per_1000_deliveries"))] +
    [(f"{what}, {percent}, ms", latency(name, key))
     for name, what in (("ack", "acknowledgement"),
                        ("delivery", "delivery"), ("last", "the last has it"))
     for percent, key in (("p50", "p50_us"), ("p99", "p99_us"))],
    "wire": [
        (f"bytes of a {what}, both users, {how}", plain(key + end))
        for key, what in (("message_bytes", "message and its ticks"),
                          ("read_bytes", "message's being read"),
                          ("typing_bytes", "user's typing"))
        for end, how in (("", "inside TLS"), ("_tls", "with TLS"))],
    "crash": [
        ("acknowledged before the server was killed", plain("acknowledged")),
        ("lost of these, %", plain("lost_of_acknowledged")),
        ("serves again after, s", plain("restart_seconds"))],
    "load": PAIRS[1:] + TIMES[2:4],
    "memory": [
        ("memory of a connection, KiB", plain("memory_per_connection"))],
    "idle": [
        ("memory of a connection, KiB", plain("memory_per_connection")),
        ("CPU of the server, % of a core", plain("server_cpu_idle")),
        ("logins/s", plain("logins_per_s")),
        ("CPU of the server, ms per 1,000 logins",
         plain("server_cpu_per_1000_logins"))],
    "storm": [
        ("returns/s", plain("returned_per_s")),
        ("CPU of the server, ms per 1,000 returns",
         plain("server_cpu_per_1000_returned"))],
}


def pairs_limit(limit):
    """A message is four frames and a record."""
    return 1 / (4 / limit["relay"]["frames_per_server_cpu_s"] +
                1 / limit["log"]["records_per_s"])


def deliveries(results):
    return 1e6 / results["server_cpu_per_1000_deliveries"]


# What Stonechat's figure is a part of.
LIMITS = {
    "pairs": [("messages/s, limit 1/(4/R + 1/B)", plain("messages_per_s"),
               pairs_limit)],
    "offline": [("stored/s, limit B", plain("stored_per_s"),
                 lambda x: x["log"]["records_per_s"])],
    "group": [("deliveries in a second of CPU time, limit of a bare relay",
               deliveries, lambda x: x["fanout"]["frames_per_server_cpu_s"]),
              ("the same, of one that is answered as often", deliveries,
               lambda x: x["answered"]["frames_per_server_cpu_s"])],
    "storm": [("returns in a second of CPU time, limit of resumed handshakes",
               lambda r: 1e6 / r["server_cpu_per_1000_returned"],
               lambda x: x["resume"]["handshakes_per_server_cpu_s"])],
}


def answered_together(results):
    """Deliveries for each frame that is no post: it is an acknowledgement."""
    answers = max(1, results["frames_in"] - results["messages"])
    return min(65536, max(1, round(results["deliveries"] / answers)))


def how_limits(path):
    with open(path, encoding="ascii") as f:
        run = json.load(f)
    results, mode = run["results"], run["conditions"]["mode"]
    if mode == "group":
        frames = min(64, max(1, round(results["frames_per_write"])))
        return (f"--members {results['members']} --window {frames} "
                f"--answer {answered_together(results)} "
                "--size 120 fanout answered")
    stored = results.get("acknowledged", results.get("stored", 64))
    batch = max(1, round(stored / max(1, results.get("disk_syncs", 1))))
    return {"storm": "resume", "idle": "handshake"}.get(
        mode, f"--batch {batch} relay log")


def load(directory, mode, who):
    """The runs of it, by their numbers; not one that was stopped."""
    runs = {}
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        if name.startswith(f"{mode}.{who}.") and os.path.getsize(path) > 0:
            with open(path, encoding="ascii") as f:
                runs[int(name.rsplit(".", 1)[1])] = json.load(f)
    return runs


def spread(values):
    return (f"{number(statistics.median(values))} "
            f"({number(min(values))} - {number(max(values))})")


def row(*cells):
    print("| " + " | ".join(cells) + " |")


SERIES = {"load": "messages/s", "memory": "connections"}


def compare(mode, ours, theirs):
    if mode in SERIES:
        for i in sorted(ours.keys() & theirs.keys()):
            ROWS[f"{i} {SERIES[mode]}"] = ROWS[mode]
            compare(f"{i} {SERIES[mode]}", {i: ours[i]}, {i: theirs[i]})
        return
    for title, value in ROWS[mode]:
        a = [value(r["results"]) for r in ours.values()]
        b = [value(r["results"]) for r in theirs.values()]
        below = statistics.median(b)
        row(f"{mode}: {title}", spread(a), spread(b),
            f"{statistics.median(a) / below:.2f}" if below else "-")


def part_of_limit(mode, ours, limits):
    both = sorted(ours.keys() & limits.keys())
    if mode not in LIMITS or not both:
        return
    for title, mine, value in LIMITS[mode]:
        try:
            parts = [mine(ours[i]["results"]) / value(limits[i])
                     for i in both]
        except ZeroDivisionError:
            row(f"{mode}: {title}", "too little to be measured", "", "-")
            continue
        row(f"{mode}: {title}",
            spread([mine(ours[i]["results"]) for i in both]),
            spread([value(limits[i]) for i in both]) + " (limit)",
            f"{statistics.median(parts):.2f}")


def conditions(mode, who, runs):
    c = next(iter(runs.values()))["conditions"]
    loads = ", ".join(f"{runs[i]['conditions']['load_average']:.1f}"
                      for i in sorted(runs))
    print(f"- {mode}, {who}: {len(runs)} runs, {c['users']} users, window "
          f"{c['window']}, {c['body_bytes']}-byte texts, server on core "
          f"{c['server_cores']}, generator on {c['generator_cores']}, load "
          f"average {loads}")


def main():
    if sys.argv[1] == "--limit":
        print(how_limits(sys.argv[2]))
        return
    peer, configuration, directory, *modes = sys.argv[1:]
    found = {mode: [load(directory, mode, who)
                    for who in ("stonechat", peer, "limit")]
             for mode in modes}
    modes = [m for m in modes if found[m][0] and found[m][1]]
    if not modes:
        sys.exit("compare.py: nothing was measured")
    row("median (least - most)", "Stonechat", peer, "ratio")
    row("---", "---", "---", "---")
    for mode in modes:
        ours, theirs, limits = found[mode]
        compare(mode, ours, theirs)
        part_of_limit(mode, ours, limits)
    c = next(iter(found[modes[0]][0].values()))["conditions"]
    print(f"\nR: frames of the bare relay in a second of its CPU time; B: "
          f"records/s of the bare\nlog with as many records in a sync as "
          f"Stonechat had requests; handshakes, and\nfan-out at as many "
          f"frames in a write as Stonechat had, in a second of CPU time, too;"
          f"\nanswered by as many frames for a delivery as Stonechat got."
          f"\n\n"
          f"{c['date'][:10]}, Stonechat {c['version']}, {c['kernel']}, "
          f"{c['processor']}, {c['cores']} cores,\n{c['openssl']}, loopback, "
          f"congestion control {c.get('tcp_congestion_control', 'unknown')}."
          f"  Stonechat syncs every\nmessage before it is acknowledged.\n")
    for mode in modes:
        conditions(mode, "Stonechat", found[mode][0])
        conditions(mode, peer, found[mode][1])
    print(f"\nConfiguration of {peer}:\n")
    with open(configuration, encoding="ascii") as f:
        for line in f:
            print(("    " + line.expandtabs(4)).rstrip())


main()

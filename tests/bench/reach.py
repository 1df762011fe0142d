# SPDX-License-Identifier: ISC
"""What is to be reached, and what was: the first table of doc/benchmarks.md.
Each row has a title, a goal and a stretch, and a function of what was measured
that gives the figure, and a text, or raises KeyError if it was not."""
import statistics


def number(value):
    return f"{value:,.{0 if abs(value) >= 100 else 2}f}"


class Measured:
    """All runs, by directory, mode and who: {number: what was printed}."""

    def __init__(self, runs):
        self.runs = runs

    def of(self, where, mode, who="stonechat"):
        found = self.runs.get((where, mode, who))
        if not found:
            raise KeyError(mode)
        return found

    def anywhere(self, mode):
        """Stonechat's, wherever it was measured."""
        for (_, m, who), found in self.runs.items():
            if (m, who) == (mode, "stonechat"):
                return found
        raise KeyError(mode)

    def median(self, where, mode, who, value):
        return statistics.median(value(r["results"]) for r in
                                 self.of(where, mode, who).values())


def beside(peer, mode, value):
    """Stonechat's median divided by that of PEER."""
    def measure(m):
        ours = m.median(peer, mode, "stonechat", value)
        theirs = m.median(peer, mode, peer, value)
        return ours / theirs, f"{number(ours)} : {number(theirs)}"
    return measure


def of_limit(mode, value, limit):
    """The median of the parts of the limit that was measured with each."""
    def measure(m):
        for (where, name, who), limits in sorted(m.runs.items(),
                                                 reverse=True):
            if (name, who) != (mode, "limit"):
                continue
            ours = m.of(where, mode)
            both = [(value(ours[i]["results"]), limit(limits[i]))
                    for i in ours.keys() & limits.keys()]
            if both:
                a, b = (statistics.median(x) for x in zip(*both))
                part = statistics.median(x / y for x, y in both)
                return part, f"{number(a)} : {number(b)}"
        raise KeyError(mode)
    return measure


def key(name):
    return lambda r: r[name]


def p99(name):
    return lambda r: r[name]["p99_us"] / 1000


def per_cpu_second(name):
    return lambda r: 1e6 / r[f"server_cpu_per_1000_{name}"]


def pairs_limit(limit):
    return 1 / (4 / limit["relay"]["frames_per_server_cpu_s"] +
                1 / limit["log"]["records_per_s"])


def entries(m):
    found = m.anywhere("group")
    value = max(r["results"]["entries_per_message"] for r in found.values())
    return value, "entries in the log"


def memory_of(m, mode, at):
    return m.of("alone", mode)[at]["results"]["memory_per_connection"]


def memory(m):
    most = max(n for n in m.of("alone", "memory") if n <= 10000)
    return memory_of(m, "memory", most), f"KiB, at {most:,}"


def growth(m):
    sizes = sorted(n for n in m.of("alone", "memory"))
    start = 2000 if 2000 in sizes else sizes[0]
    first, last = (memory_of(m, "memory", n) for n in (start, sizes[-1]))
    return last / first, (f"{number(last)} KiB at {sizes[-1]:,} : "
                          f"{number(first)} at {start:,}")


def calls(window):
    def measure(m):
        results = m.of("alone", f"echo_{window}")[1]["results"]
        return (results["system_calls_per_frame"],
                f"{number(results['echoes_per_s'])} echoes/s")
    return measure


def cost(mode, what):
    """CPU of a message with much in the store, against a thousand of both."""
    def measure(m):
        much, little = (m.median("alone", name, "stonechat", key(CPU))
                        for name in (mode, "cost_small"))
        return (much / little, f"{number(much)} : {number(little)} ms for "
                f"1,000, {what}")
    return measure


def burst(m):
    at = next(iter(m.of("alone", "burst")))
    calm, after = memory_of(m, "memory", at), memory_of(m, "burst", at)
    return after / calm, f"{number(after)} KiB : {number(calm)}, at {at:,}"


def restart(mode):
    def measure(m):
        found = m.anywhere(mode).values()
        stored = min(r["results"]["acknowledged"] for r in found)
        seconds = statistics.median(r["results"]["restart_seconds"]
                                    for r in found)
        return seconds, f"s, {stored:,} stored since the start"
    return measure


def lost(m):
    found = [r for (_, mode, who), runs in m.runs.items()
             if mode.startswith("crash") and who == "stonechat"
             for r in runs.values()]
    if not found:
        raise KeyError("crash")
    return (max(r["results"]["lost_of_acknowledged"] for r in found),
            "% of what was acknowledged")


def workers(m):
    two, one = (m.median("alone", f"workers_{n}", "stonechat", key(CPU))
                for n in (2, 1))
    return two / one, f"{number(two)} : {number(one)} ms for 1,000"


CPU = "server_cpu_per_1000_messages"
CALLS = "needs root, and mount -t tracefs none /sys/kernel/tracing"
LARGE = "--large does it"
MOSQUITTO = "needs mosquitto"
EJABBERD = "needs ejabberd, and root"
# goal and stretch: at most (negative: at least); what it needs, if it needs
# more than the others
ROWS = [
    ("200 pairs, window 8: CPU of a message, against Mosquitto with receipts "
     "of the application", 0.50, 0.33, beside("mosquitto", "pairs", key(CPU)),
     MOSQUITTO),
    ("the same: messages/s, against Mosquitto", -2, -3,
     beside("mosquitto", "pairs", key("messages_per_s")), MOSQUITTO),
    ("the same: messages/s, against ejabberd with its archive", -20, -40,
     beside("ejabberd-archive", "pairs", key("messages_per_s")), EJABBERD),
    ("the same: messages/s, part of the limit 1/(4/R + 1/B)", -0.4, -0.6,
     of_limit("pairs", key("messages_per_s"), pairs_limit)),
    ("2,000/s, open loop: p99 of the delivery, ms, against ejabberd without "
     "archive", 1.0, 0.5, beside("ejabberd", "rate", p99("delivery")), EJABBERD),
    ("the same: p99 of the acknowledgement, ms", 1.0, 0.5,
     beside("ejabberd", "rate", p99("ack")), EJABBERD),
    ("20,000 messages for 200 users who are away: stored/s, against Mosquitto",
     -0.8, -1.2, beside("mosquitto", "offline", key("stored_per_s")), MOSQUITTO),
    ("the same: drained/s, against Mosquitto", -2, -4,
     beside("mosquitto", "offline", key("drained_per_s")), MOSQUITTO),
    ("group of 256: deliveries/s, against Mosquitto", -2, -4,
     beside("mosquitto", "group", key("deliveries_per_s")), MOSQUITTO),
    ("the same: deliveries in a second of CPU, part of the bare relay's with as "
     "many frames in a write", -0.75, -0.9,
     of_limit("group", per_cpu_second("deliveries"),
              lambda x: x["fanout"]["frames_per_server_cpu_s"])),
    ("group of 256: durable writes for a message", 1, 1, entries),
    ("storm: returns in a second of CPU, part of bare resumed handshakes",
     -0.7, -0.85, of_limit("storm", per_cpu_second("returned"),
                           lambda x: x["resume"]["handshakes_per_server_cpu_s"])),
    ("memory of an idle connection, logged in", 15.5, 2.5, memory),
    ("growth of that with the number of connections", 1.03, None, growth,
     "needs a limit of descriptors (ulimit -n) above SIZES"),
    ("the same after 1,024 logins at a time", 1.10, None, burst),
    ("system calls for a frame, nothing stored, one at a time", 2.2, None,
     calls(1), CALLS),
    ("the same, eight at a time", 0.4, None, calls(8), CALLS),
    ("CPU of a message, 100,000 stored against 1,000", 1.3, None,
     cost("cost_stored", "1,000 users")),
    ("the same, ten million stored, a million users", 1.3, None,
     cost("cost_large", "against 1,000 of both"), LARGE),
    ("killed under load: serves again after", 10, 3, restart("crash")),
    ("the same, ten million stored", 10, 3, restart("crash_large"), LARGE),
    ("the same: lost", 0, 0, lost),
    ("CPU of a message, two workers against one", 1.15, 1.0, workers),
]


def reached(value, goal):
    return value <= goal + 1e-9 if goal >= 0 else value >= -goal


def bound(goal):
    if goal is None:
        return ""
    return f"<= {goal:g}" if goal >= 0 else f">= {-goal:g}"


def verdict(value, goal, stretch):
    if stretch is not None and reached(value, stretch):
        return "stretch"
    return "goal" if reached(value, goal) else "short"


def table(m):
    yield ("what", "goal", "stretch", "measured", "", "")
    yield ("---",) * 6
    for title, goal, stretch, measure, *needs in ROWS:
        head = (title, bound(goal), bound(stretch))
        try:
            value, how = measure(m)
        except KeyError:
            yield head + ("-", ": ".join(["not measured"] + needs), "")
            continue
        except ZeroDivisionError:
            yield head + ("-", "too little to be measured", "")
            continue
        yield head + (f"**{number(value)}**", how,
                      verdict(value, goal, stretch))

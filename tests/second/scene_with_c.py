# SPDX-License-Identifier: ISC
"""scene_with_c.py PORT CA COMMAND...: COMMAND is stonechat for bob, with --json."""

import json
import subprocess
import sys

import tap
from people import arrive, run
from stonechat_client import text_of, user


def stonechat(*words):
    return subprocess.Popen([*sys.argv[3:], *words], stdout=subprocess.PIPE,
        text=True)


def texts(output):
    events = map(json.loads, output.splitlines())
    return [event["text"] for event in events if event["event"] == "message"]


def from_python():
    alice = arrive("alice", "scram")
    n = alice.message(user("bob"), "from Python: ½ & <ok>")
    seq = alice.answer(n)["seq"]
    other = stonechat("listen", "--count", "1", "--read")
    alice.until(lambda: any(kind == "read" and value == seq
        for (_, _, kind), value in alice.state.receipts.items()))
    tap.ok("stonechat has read it", True)
    tap.same("and shown it", texts(other.communicate()[0]),
        ["from Python: ½ & <ok>"])
    alice.leave()


def from_c():
    alice = arrive("alice", "scram")
    other = stonechat("send", "alice", "from C", "--wait", "delivered")
    alice.next(lambda e: e.tag == "message" and text_of(e) == "from C")
    alice.acknowledge()
    tap.ok("a message of stonechat has come", True)
    other.communicate()
    tap.same("stonechat has seen its delivery", other.returncode, 0)
    alice.leave()


run(from_python, from_c)

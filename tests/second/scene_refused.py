# SPDX-License-Identifier: ISC
"""scene_refused.py PORT CA: a server that has no room takes no messages."""

import tap
from codec import Element
from people import arrive, run
from stonechat_client import user


def no_room():
    alice = arrive("alice")
    first = alice.message(user("bob"), "one")
    later = alice.message(user("bob"), "two")
    tap.same("a temporary refusal", alice.answer(first)["code"],
        "unavailable")
    conflict = alice.answer(later)
    tap.same("the next counter: conflict without high, which is 0",
        (conflict["code"], conflict["high"]), ("conflict", None))
    alice.state.answers.clear()
    alice.repeat()
    tap.same("sent again: tried again", alice.answer(first)["code"],
        "unavailable")
    tap.same("and so is the next", alice.answer(later)["code"], "conflict")
    alice.state.answers.clear()
    alice.send(Element("void", {"n": first}))
    tap.same("to give it up needs room, too", alice.answer(first)["code"],
        "unavailable")


run(no_room)

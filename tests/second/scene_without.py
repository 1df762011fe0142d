# SPDX-License-Identifier: ISC
"""scene_without.py PORT CA: a server without the module offline skips what is
older than a login."""

import tap
from people import again, arrive, pair, run
from stonechat_client import number, text_of


def skipped():
    alice, bob = arrive("alice"), arrive("bob")
    chat, other = pair(alice, bob)
    bob.until(lambda: bob.state.cursor(other) == 1)
    bob.leave()
    for text in ("away", "still away"):
        alice.answer(alice.message(number(chat), text))
    bob = again(bob.state)
    skip = bob.next_tag("skip")
    tap.same("a skip of what was not kept", (skip["first"], skip["last"],
        skip["reason"]), (2, 3, "not-kept"))
    tap.same("moves the cursor", bob.state.cursor(other), 3)
    alice.answer(alice.message(number(chat), "back"))
    bob.next(lambda e: e.tag == "message" and text_of(e) == "back")
    tap.same("and the next is the next", bob.state.cursor(other), 4)
    bob.acknowledge()
    alice.until(lambda: alice.state.receipts.get((chat, None, "delivered"))
        == 4)
    tap.ok("the acknowledgement of both counts", True)


run(skipped)

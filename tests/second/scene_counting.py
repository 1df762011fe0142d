# SPDX-License-Identifier: ISC
"""scene_counting.py PORT CA: counters, old states, items of one's own."""

import codec
import tap
from codec import Element
from people import SERVER, again, arrive, pair, run, why
from stonechat_client import Client, number, say, text_of, user

state = {}


def repeats():
    alice, bob = arrive("alice"), arrive("bob")
    state["alice"], state["bob"] = alice, bob
    state["chats"] = chat, _ = pair(alice, bob)
    n = alice.message(number(chat), "once")
    first = alice.answer(n)
    again_same = send_again(alice, n, chat, "once")
    tap.same("repeated: the same answer",
        (again_same.tag, again_same.attributes), ("ack", first.attributes))
    other = send_again(alice, n, chat, "twice")
    tap.same("with other content: conflict", other["code"], "conflict")
    tap.same("and high", other["high"], n)
    gap = send_again(alice, n + 2, chat, "too far")
    tap.same("neither high + 1 nor known: conflict, and high",
        (gap["code"], gap["high"]), ("conflict", n))


def send_again(client, n, chat, text):
    client.state.answers.pop(n, None)
    client.send(Element("message", {"n": n, "chat": number(chat)}, say(text)))
    answer = client.answer(n)
    client.state.answers.pop(n)
    return answer


def refusals():
    alice = state["alice"]
    n = alice.message(user("nobody-at-all"), "hello?")
    tap.same("a refusal", alice.answer(n)["code"], "not-found")
    n = alice.message(number(state["chats"][0]), "after it")
    tap.same("has settled its counter", alice.answer(n).tag, "ack")
    n = alice.message(number(state["chats"][0]), "x" * 4097)
    tap.same("a text above max-text", alice.answer(n)["code"], "too-large")


def given_up():
    alice = state["alice"]
    n = alice.queue("message", say("never mind"), chat=number(2))
    alice.send(Element("void", {"n": n}))
    tap.same("given up", alice.answer(n).tag, "void")
    late = send_again(alice, n, 2, "never mind")
    tap.same("and then sent: conflict", late["code"], "conflict")
    n = alice.message(number(2), "the next")
    tap.same("the one after it is the next", alice.answer(n).tag, "ack")


def replaced():
    alice = state["alice"]
    newer = again(alice.state.copy())
    tap.same("a new session ends the older", why(alice.receive), "replaced")
    state["alice"] = newer


def old_state():
    """Sends from a copy of a state that has gone on elsewhere."""
    alice, (chat, _) = state["alice"], state["chats"]
    old = alice.state.copy()
    common = alice.message(number(chat), "sent by both")
    alice.answer(common)
    alice.answer(alice.message(number(chat), "not known to the copy"))
    alice.leave()
    client = Client(SERVER, old)
    client.queue("message", say("sent by both"), chat=number(chat))
    client.login("token")
    tap.ok("high tells that the state is old", client.is_old)
    client.catch_up()
    tap.same("what the log has is not sent again", old.unsettled, {})
    n = client.message(number(chat), "new again")
    tap.same("new counters are above high", client.answer(n).tag, "ack")
    state["alice"] = client


def looks_current():
    """As above, but the copy has as many sends waiting."""
    alice, (chat, _) = state["alice"], state["chats"]
    old = alice.state.copy()
    alice.answer(alice.message(number(chat), "by the original"))
    alice.leave()
    client = Client(SERVER, old)
    n = client.queue("message", say("by the copy"), chat=number(chat))
    client.login("token")
    tap.ok("high does not tell", not client.is_old)
    client.catch_up()
    tap.same("but a conflict does", client.answer(n)["code"], "conflict")
    tap.same("then it goes out under another counter",
        client.answer(n + 1).tag, "ack")
    state["alice"] = client


def own_items():
    """A message that is sent before the chat has come."""
    chat, _ = state["chats"]
    tablet = Client(SERVER, type(state["alice"].state)("alice"))
    tablet.queue("message", say("at once"), chat=user("bob"))
    tablet.login("plain", "alice-secret", "tablet")
    tablet.repeat()
    ack = tablet.answer(1)
    tablet.until(lambda: tablet.synced)
    tablet.until(lambda: tablet.state.cursor(chat) >= ack["seq"])
    entry = tablet.state.log[chat, ack["seq"]]
    tap.ok("one's own message has its place in the chat",
        entry["n"] == 1)
    tap.same("and all before it is there", sorted(
        seq for c, seq in tablet.state.log if c == chat),
        list(range(1, tablet.state.cursor(chat) + 1)))
    tablet.leave()


def malformed():
    bob = state["bob"]
    bob.connection.send_bytes(bytes.fromhex("0200"))
    tap.same("a malformed stanza", why(bob.receive), "malformed")
    bob = state["bob"] = again(bob.state)
    bob.connection.send_bytes(codec.varint(65537 << 1))
    tap.same("a frame that is too long", why(bob.receive), "limit")


run(repeats, refusals, given_up, replaced, old_state, looks_current, own_items,
    malformed)

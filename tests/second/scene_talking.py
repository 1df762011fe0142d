# SPDX-License-Identifier: ISC
"""scene_talking.py PORT CA: logins, messages, marks, catching up, lists."""

import codec
import connection
import tap
from codec import Element
from people import SERVER, again, arrive, pair, run, why
from stonechat_client import Client, State, number, text_of, user

state = {}


def logins():
    for way in ("plain", "scram"):
        client = arrive("alice", way)
        tap.ok(f"{way}: success has a token", client.state.token)
    token = client.state.token
    client.leave()
    client = again(client.state)
    tap.same("token: one flight, and the token stays", client.state.token,
        token)
    tap.same("the server closes after bye", client.leave(), None)
    tap.same("a wrong password", refusal("scram", "wrong"), "not-authorized")
    tap.same("a wrong token", refusal("token", ""), "not-authorized")


def refusal(way, password):
    wrong = State("alice")
    wrong.device, wrong.token = 1, b"wrong"
    try:
        Client(SERVER, wrong).login(way, password)
    except connection.Refusal as refused:
        return refused.code
    return "success"


def versions():
    link = connection.Connection(SERVER)
    link.send(Element("hello", {"version": 1, "hash": b"8 wrong."}))
    tap.same("another hash", why(link.receive), "version")
    link = connection.Connection(SERVER)
    link.send(Element("hello", {"version": 7, "hash": b"8 wrong."}))
    tap.same("a later version: the common one is answered",
        link.expect("hello")["version"], 1)
    link.close()


def next_text(client, text):
    return client.next(lambda e: e.tag == "message" and text_of(e) == text)


def messages():
    alice, bob = arrive("alice"), arrive("bob")
    alice.acks = bob.acks = False
    state["alice"], state["bob"] = alice, bob
    state["chats"] = chat, other = pair(alice, bob)
    message = next_text(bob, "the first")
    tap.same("the message names its sender", message["from"].value,
        alice.state.user)
    tap.ok("its ack was its delivery", alice.state.cursor(chat) == 1)
    acks = bob.acknowledge()
    tap.ok("acknowledged in the short form", any(ack["low"] for ack in acks))
    alice.until(lambda: alice.state.receipts.get((chat, None, "delivered")))
    bob.send(Element("read", {"chat": number(other), "seq": 1}))
    bob.until(lambda: bob.state.read.get(other) == 1)
    tap.ok("a read mark comes back", True)
    alice.until(lambda: alice.state.receipts.get((chat, None, "read")) == 1)
    tap.ok("a receipt says read", True)
    n = bob.message(user("alice"), "by name")
    tap.same("an ack says the number of a chat by name",
        bob.answer(n)["chat"], number(other))
    n = bob.message(number(other), "by number")
    tap.same("but not by number", bob.answer(n)["chat"], None)
    alice.until(lambda: alice.state.cursor(chat) == 3)
    alice.send(Element("ack", {"chat": number(chat), "seq": 3}))
    bob.until(lambda: bob.state.receipts.get((other, None, "delivered")) == 3)
    tap.ok("acknowledged in the long form", True)
    alice.acks = bob.acks = True


def payloads():
    alice, bob = state["alice"], state["bob"]
    chat, _ = state["chats"]
    body = Element("body", {}, "I will be there in about ten minutes")
    odd = Element("gesture", {"xmlns": "urn:x", "force": 3},
        [Element("wave")], {"force": "uint"})
    for title, payload in (
            ("deflated with a dictionary", codec.deflated_payload([body], 1)),
            ("deflated without", codec.deflated_payload([body] * 9, 0)),
            ("opaque", codec.Payload(codec.OPAQUE, bytes(range(256)))),
            ("generic content", codec.payload_of([odd, body]))):
        alice.answer(alice.request("message", payload, chat=number(chat)))
        got = bob.next(lambda e: e.tag == "message" and e.content == payload)
        tap.ok(f"a payload: {title}", got.content.data == payload.data)
    tail = Element("body", {}, "with a tail")
    n = alice.request("message", codec.payload_of([tail]), chat=number(chat),
        **{"client-id": "my own", "seq": 5})
    tap.same("a request with a tail", alice.answer(n).tag, "ack")
    tap.same("reaches the other without it", sorted(
        next_text(bob, "with a tail").attributes),
        ["chat", "from", "seq", "time"])
    bob.acknowledge()


def heartbeats():
    alice = state["alice"]
    alice.send(Element("ping"))
    alice.next_tag("pong")
    tap.ok("a ping gets a pong", True)
    alice.next_tag("ping")
    tap.ok("the server pings, too, and gets a pong", True)


def unknown():
    alice = state["alice"]
    n = alice.request("dance", None)
    tap.same("an unknown request with n", alice.answer(n)["code"],
        "not-acceptable")
    _, error = alice.ask("dance")
    tap.same("an unknown request with id", error["code"], "not-acceptable")
    known = dict(alice.state.cursors)
    link, alice.connection = alice.connection, Script(Element("news"),
        Element("pong"))
    alice.next_tag("pong")
    tap.same("an unknown event means nothing", alice.state.cursors, known)
    alice.connection = link


class Script:
    """Stands in for a connection; says some elements."""

    def __init__(self, *elements):
        self.elements = list(elements)

    def is_ready(self):
        return True

    def receive(self):
        return self.elements.pop(0)


def catching_up():
    alice, bob = state["alice"], state["bob"]
    chat, other = state["chats"]
    bob.leave()
    last = alice.message(number(chat), "while you were out")
    seq = alice.answer(last)["seq"]
    bob = state["bob"] = again(bob.state)
    tap.same("what was missed has come", bob.state.cursor(other), seq)
    tap.same("by the sum", asked(bob), False)
    bob.acknowledge()
    bob.leave()
    bob.state.cursors[other] = 2
    bob.state.acknowledged[other] = 2
    bob = state["bob"] = again(bob.state)
    tap.same("by all cursors", asked(bob), True)
    tap.same("all comes again", bob.state.cursor(other), seq)
    bob.acknowledge()
    bob.leave()
    bob = state["bob"] = again(bob.state)
    tap.same("and then by the sum", asked(bob), False)


def asked(client):
    return any(e.tag == "sync" for e in client.events)


def broken():
    """A request whose answer got lost with the connection."""
    alice = state["alice"]
    chat, _ = state["chats"]
    n = alice.message(number(chat), "lost?")
    alice.drop()
    alice = state["alice"] = again(alice.state)
    seq = alice.answer(n)["seq"]
    alice.until(lambda: alice.state.cursor(chat) >= seq)
    entries = [e for e in alice.state.log.values() if e["n"] == n
        and e["device"] == alice.state.device]
    tap.ok("repeated after a reconnect: there once", len(entries) <= 1)


def histories():
    alice = state["alice"]
    chat, _ = state["chats"]
    for start in range(0, 120, 60):
        numbers = [alice.queue("message", codec.payload_of([Element("body",
            {}, f"some words to be found again, number {start + i}")]),
            chat=number(chat)) for i in range(60)]
        alice.send(*(alice.state.unsettled[n] for n in numbers))
        seqs = [alice.answer(n)["seq"] for n in numbers]
    tap.same("many at once, in order", seqs, sorted(seqs))
    before = alice.connection.deflated
    pages, result = alice.ask("history", chat=number(chat), limit=100)
    tap.same("history ends with a result", result.tag, "result")
    got = [e["seq"] for page in pages for e in page.content]
    tap.same("the newest 100", got, list(range(seqs[-1] - 99, seqs[-1] + 1)))
    tap.ok("in deflated frames", alice.connection.deflated > before)
    tap.ok("pages say the chat", all(p["chat"] == number(chat)
        for p in pages))
    for attributes, wanted in (({"before": 5}, [2, 3, 4]),
            ({"after": 5}, [6, 7, 8]), ({"after": 1, "before": 4}, [2, 3])):
        pages, _ = alice.ask("history", chat=user("bob"), limit=3,
            **attributes)
        got = [e["seq"] for page in pages for e in page.content]
        tap.same(f"history {attributes}", got, wanted)
    def times(**attributes):
        pages, _ = alice.ask("history", chat=user("bob"), limit=3,
            **attributes)
        return [(e["seq"], e["time"]) for page in pages
            for e in page.content]
    noon = times(after=59)[0][1]
    tap.ok("since a time: none is older",
        all(time >= noon for _, time in times(since=noon)))
    seqs = [seq for seq, _ in times(since=noon)]
    tap.same("the oldest of them",
        [seq for seq, _ in times(before=seqs[0], until=noon)],
        list(range(seqs[0] - 3, seqs[0])))
    tap.ok("a chat by name: pages without it",
        all(page["chat"] is None for page in pages))


def devices():
    alice, tablet = state["alice"], arrive("alice", "scram", "tablet")
    pages, _ = alice.ask("device", action="list")
    names = [d["name"] for page in pages for d in page.content]
    tap.same("a list of devices", sorted(names), ["python", "tablet"])
    n = alice.request("device", action="revoke", device=tablet.state.device)
    tap.same("revoked", alice.answer(n).tag, "result")
    tap.same("its session ends", why(tablet.receive), "revoked")
    alice.next(lambda e: e.tag == "message" and e["chat"].value == 1 and
        any(c["action"] == "revoke" for c in e.content.elements()))
    tap.ok("the account log says so", True)
    try:
        again(tablet.state)
        tap.ok("its token is dead", False)
    except connection.Refusal as refused:
        tap.same("its token is dead", refused.code, "not-authorized")


run(logins, versions, messages, payloads, heartbeats, unknown, catching_up,
    broken, histories, devices)

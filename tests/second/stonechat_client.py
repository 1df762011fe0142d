# SPDX-License-Identifier: ISC
"""stonechat_client.py: a client made from protocol/SPEC.md and
protocol/dictionary.xml alone ("Sessions and delivery")."""

import copy

import codec
import connection
from codec import Element, Name
from dictionary import MASK, fnv

ACCOUNT = 1	# the number of the account log
CURSORS_LIMIT = 500
TEMPORARY = ("unavailable", "rate-limited", "internal")


class Broken(Exception):
    """The server left a hole, or answered what was not asked."""


class Server:
    def __init__(self, port, ca):
        self.port = port
        self.ca = ca


class State:
    """What a client keeps, for as long as it exists."""

    def __init__(self, name):
        self.name = name
        self.device = self.token = self.epoch = self.user = None
        self.issued = 0		# the highest n
        self.unsettled = {}	# requests by n
        self.answers = {}	# ack, result or error, by n
        self.chats = {ACCOUNT: None}	# contents of introductions
        self.cursors = {}
        self.stamp = 0
        self.log = {}		# entries by (chat, seq)
        self.acknowledged = {}
        self.read = {}
        self.receipts = {}	# (chat, user, kind): seq

    def copy(self):
        return copy.deepcopy(self)

    def cursor(self, chat):
        return self.cursors.get(chat, 0)

    def sum(self):
        return sum(term(self.chats[chat]["ref"], cursor)
            for chat, cursor in self.cursors.items()
            if self.is_counted(chat) and cursor > 0) & MASK

    def is_counted(self, chat):
        """In sum and cursors: all chats that are introduced but the log."""
        return self.chats.get(chat) is not None

    def sync(self):
        return Element("sync", {"account": self.cursor(ACCOUNT),
            "stamp": self.stamp, "sum": self.sum().to_bytes(8, "big")})

    def forget_chats(self):
        """The server is another one than it was (R3)."""
        self.chats, self.cursors, self.stamp = {ACCOUNT: None}, {}, 0
        self.acknowledged, self.read, self.receipts = {}, {}, {}


def term(ref, cursor):
    """Of a chat in the sum of sync."""
    value = fnv(ref + cursor.to_bytes(8, "big"))
    for factor in (0xff51afd7ed558ccd, 0xc4ceb9fe1a85ec53):
        value ^= value >> 33
        value = value * factor & MASK
    return value ^ value >> 33


class Client:
    """events holds what came.  acks: what came is acknowledged before the
    client waits for more."""

    acks = True

    def __init__(self, server, state):
        self.server = server
        self.state = state
        self.events = []
        self.connection = None

    # ---- Coming and going

    def login(self, way, password=None, device="python"):
        """By token, plain or scram; sync goes with it.  Does not wait for
        what follows."""
        self.connection = connection.Connection(self.server)
        self.shown = {}		# highest item by chat since the last sync
        self.synced = False
        sync = self.state.sync()
        if way == "token":
            answer, success = connection.by_token(self.connection, self.state,
                sync)
        else:
            login = {"plain": connection.by_plain,
                "scram": connection.by_scram}[way]
            answer, success = login(self.connection, self.state.name, password,
                device, sync)
        self.take_success(answer, success)
        return success

    def take_success(self, answer, success):
        state = self.state
        if state.epoch not in (None, answer["epoch"]):
            state.forget_chats()
        state.epoch = answer["epoch"]
        state.user, state.device = success["user"].value, success["device"]
        state.token = success["token"] or state.token
        self.is_old = success["high"] > state.issued
        self.high = success["high"]

    def catch_up(self):
        """Until synced; then what is unsettled goes out again."""
        self.until(lambda: self.synced)
        if self.is_old:
            self.renumber()
        self.repeat()

    def renumber(self):
        """R9: what the log has is settled, the rest gets new counters."""
        state, waiting = self.state, self.state.unsettled
        state.unsettled = {}
        state.issued = max(state.issued, self.high)
        for n, request in sorted(waiting.items()):
            entry = self.own_entry(n)
            if entry is None or entry.content != request.content:
                state.issued += 1
                request.attributes["n"] = state.issued
                state.unsettled[state.issued] = request
        self.is_old = False

    def own_entry(self, n):
        for entry in self.state.log.values():
            if entry["device"] == self.state.device and entry["n"] == n:
                return entry
        return None

    def repeat(self):
        """The oldest first.  A conflict at or below high is news of another
        state of this device, so those are settled one by one (R9)."""
        for n, request in sorted(self.state.unsettled.items()):
            self.state.answers.pop(n, None)
            self.send(request)
            if n <= self.high and self.answer(n)["code"] == "conflict":
                self.renumber()
                self.repeat()
                return

    def leave(self):
        self.send(Element("bye", {"why": "shutdown"}))
        try:
            while True:
                self.receive()
        except connection.Closed as closed:
            self.connection.close()
            return closed.why

    def drop(self):
        """The connection breaks."""
        self.connection.close()

    # ---- Requests

    def send(self, *elements):
        self.connection.send(*elements)

    def request(self, tag, content=None, **attributes):
        """One that changes a log; kept until it is settled."""
        n = self.queue(tag, content, **attributes)
        self.send(self.state.unsettled[n])
        return n

    def queue(self, tag, content=None, **attributes):
        self.state.issued += 1
        n = self.state.issued
        self.state.unsettled[n] = Element(tag, {"n": n, **attributes}, content)
        return n

    def message(self, chat, text, **attributes):
        return self.request("message", say(text), chat=chat, **attributes)

    def answer(self, n):
        """Waits until n is settled."""
        self.until(lambda: n in self.state.answers)
        return self.state.answers[n]

    def ask(self, tag, **attributes):
        """A request with an id; (pages, result or error)"""
        self.ids = getattr(self, "ids", 0) + 1
        id = self.ids
        self.send(Element(tag, {"id": id, **attributes}))
        pages = []
        while True:
            element = self.next(lambda element: element["id"] == id)
            if element.tag != "page":
                return pages, element
            pages.append(element)

    def acknowledge(self):
        """All that is new, in the short form where that is allowed."""
        stanzas = []
        for chat, cursor in self.state.cursors.items():
            if self.state.acknowledged.get(chat, 0) < cursor:
                self.state.acknowledged[chat] = cursor
                stanzas.append(self.acknowledgement(chat, cursor))
        if stanzas:
            self.send(*stanzas)
        return stanzas

    def acknowledgement(self, chat, seq):
        number = Name("number", chat)
        if seq <= self.shown.get(chat, 0):
            return Element("ack", {"chat": number, "low": seq % 16384})
        return Element("ack", {"chat": number, "seq": seq})

    # ---- What comes

    def receive(self):
        if self.acks and not self.connection.is_ready():
            self.acknowledge()
        element = self.connection.receive()
        handler = getattr(self, "on_" + element.tag, None)
        if handler:
            handler(element)
        self.events.append(element)
        return element

    def until(self, condition):
        while not condition():
            self.receive()

    def next(self, matches):
        """The oldest event that matches, taken out; waits for it."""
        at = 0
        while True:
            while at < len(self.events):
                if matches(self.events[at]):
                    return self.events.pop(at)
                at += 1
            self.receive()

    def next_tag(self, tag):
        return self.next(lambda element: element.tag == tag)

    def item(self, chat, first, last):
        """An item of a chat: whether it is new."""
        if chat not in self.state.chats:
            raise Broken(f"chat {chat} is not introduced")
        self.shown[chat] = max(self.shown.get(chat, 0), last)
        return self.advance(chat, first, last)

    def advance(self, chat, first, last):
        cursor = self.state.cursor(chat)
        if last <= cursor:
            self.state.acknowledged.pop(chat, None)
            return False
        if first > cursor + 1:
            raise Broken(f"a hole in chat {chat} before {first}")
        self.state.cursors[chat] = last
        return True

    def on_message(self, element):
        chat, seq = element["chat"].value, element["seq"]
        if self.item(chat, seq, seq):
            self.state.log[chat, seq] = element
            if chat == ACCOUNT:
                self.account_log(element)

    def account_log(self, entry):
        for content in entry.content.elements() if entry.content else ():
            if content.tag == "chat":
                self.state.chats[content["number"]] = content

    def on_stub(self, element):
        chat, seq = element["chat"].value, element["seq"]
        if self.item(chat, seq, seq):
            self.state.log[chat, seq] = element

    def on_skip(self, element):
        self.item(element["chat"].value, element["first"], element["last"])

    def on_ack(self, element):
        request = self.settle(element)
        if request is None:
            return
        chat = (element["chat"] or request["chat"]).value
        if element["seq"] == self.state.cursor(chat) + 1:
            self.advance(chat, element["seq"], element["seq"])
            self.state.log[chat, element["seq"]] = Element("message",
                {"device": self.state.device, "n": element["n"]},
                request.content)

    def settle(self, element):
        n = element["n"]
        self.state.answers[n] = element
        return self.state.unsettled.pop(n, None)

    def on_result(self, element):
        if element["n"] is not None:
            self.settle(element)

    def on_void(self, element):
        self.settle(element)

    def on_error(self, element):
        n = element["n"]
        if n is None:
            return
        self.state.answers[n] = element
        if element["code"] not in (*TEMPORARY, "conflict"):
            self.state.unsettled.pop(n, None)

    def on_read(self, element):
        self.state.read[element["chat"].value] = element["seq"]

    def on_receipt(self, element):
        for kind in ("delivered", "read"):
            if element[kind] is not None:
                self.state.receipts[element["chat"].value, element["user"],
                    kind] = element[kind]

    def on_sync(self, _):
        """The sum did not agree."""
        cursors = [Element("cursor", {"chat": Name("number", chat),
            "seq": seq}) for chat, seq in self.state.cursors.items()
            if self.state.is_counted(chat) and seq > 0]
        while len(cursors) > CURSORS_LIMIT:
            self.send(Element("cursors", {}, cursors[:CURSORS_LIMIT]))
            cursors = cursors[CURSORS_LIMIT:]
        self.send(Element("cursors", {"final": True}, cursors))
        self.restate()

    def restate(self):
        """Cursors move no marks: acknowledges again (R10)."""
        self.send(*(Element("ack", {"chat": Name("number", chat), "seq": seq,
            "age": 0}) for chat, seq in self.state.acknowledged.items()
            if seq <= self.state.cursor(chat)))

    def on_synced(self, element):
        self.state.stamp = element["stamp"]
        self.synced = True

    def on_ping(self, _):
        self.send(Element("pong"))


def say(text):
    return codec.payload_of([Element("body", {}, text)])


def text_of(element):
    """The text of a message."""
    for content in element.content.elements() if element.content else ():
        if content.tag == "body":
            return content.content
    return None


def user(name):
    return Name("name", name)


def number(chat):
    return Name("number", chat)

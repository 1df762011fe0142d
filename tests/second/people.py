# SPDX-License-Identifier: ISC
"""people.py: who is in the scenarios, and how a test is run."""

import sys
import traceback

import connection
import tap
from stonechat_client import Client, Server, State, user

SERVER = Server(int(sys.argv[1]), sys.argv[2])


def arrive(name, way="plain", device="python"):
    """A new client, caught up."""
    client = Client(SERVER, State(name))
    client.login(way, name + "-secret", device)
    client.catch_up()
    client.acknowledge()
    return client


def again(state):
    """A device logs in once more, by its token."""
    client = Client(SERVER, state)
    client.login("token")
    client.catch_up()
    return client


def introduced(client, ref):
    """The number of a chat, once it is introduced."""
    def known():
        return [number for number, chat in client.state.chats.items()
            if chat and chat["ref"] == ref]
    client.until(known)
    return known()[0]


def pair(first, second, text="the first"):
    """The direct chat of two clients, with a message in it, and its number
    for each."""
    n = first.message(user(second.state.name), text)
    chat = first.answer(n)["chat"].value
    first.until(lambda: first.state.chats.get(chat))
    other = introduced(second, first.state.chats[chat]["ref"])
    return chat, other


def why(function):
    """What the server's bye says, when it comes."""
    try:
        while True:
            function()
    except connection.Closed as closed:
        return closed.why


def run(*tests):
    for test in tests:
        try:
            test()
        except Exception:
            tap.ok(test.__name__, False)
            print("# " + traceback.format_exc().replace("\n", "\n# "))
    tap.finish()

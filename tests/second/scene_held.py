# SPDX-License-Identifier: ISC
"""scene_held.py PORT CA USER WAY: asks more than it may, so that it is read no
more for a quarter of an hour; says so, and when a line comes ends its connection in
that way: with what it sends (finish), and more of that unread (finish-behind),
or all at once (reset)."""

import socket
import struct
import sys

from codec import Element
from connection import Connection, by_plain
from stonechat_client import Server

port, ca, user, way = sys.argv[1:]
PINGS = [Element("ping")] * 2000

wire = Connection(Server(int(port), ca))
by_plain(wire, user, user + "-secret", "python")
wire.send(*PINGS)
print("asked", flush=True)
sys.stdin.readline()
if way == "finish-behind":
    wire.send(*PINGS)
if way == "reset":
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
        struct.pack("ii", 1, 0))
else:
    wire.socket.shutdown(socket.SHUT_WR)
    print("finished", flush=True)
    sys.stdin.readline()
wire.close()

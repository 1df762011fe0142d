# SPDX-License-Identifier: ISC
"""A wire between client and server that is cut again and again.

    cut_wire.py SERVER-PORT SEED TOTAL OUT COMMAND...

Runs COMMAND, with @PORT@ in it replaced by the port of the wire and @LEFT@ by
how many different lines of TOTAL are not in the file OUT yet, to which it adds its
output, until all are there.  The wire carries a number of bytes to the client,
then it is cut, and so is the command, which would wait longer and longer
before it connects again.  The numbers come from the seed, and grow.  Prints
how often the wire was cut."""
import random
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading

PIECE = 4096


class Wire:
    def __init__(self, client, server, budget):
        self.ends = {client: server, server: client}
        self.client, self.server = client, server
        self.left = budget          # bytes to the client

    def carry(self, source):
        """Moves what has come; False: the connection is over."""
        size = PIECE
        if source is self.server:
            size = min(size, self.left)
        try:
            data = source.recv(size)
            self.ends[source].sendall(data)
        except OSError:
            return False
        if source is self.server:
            self.left -= len(data)
            if self.left == 0:
                return False
        return bool(data)

    def close(self):
        for end in self.ends:
            # a reset, as nothing more comes of a cable that is out
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                           struct.pack("ii", 1, 0))
            end.close()


class Cutter(threading.Thread):
    """Carries what comes to the listener; calls CUT when a wire is cut."""

    def __init__(self, port, seed, cut):
        super().__init__(daemon=True)
        self.port, self.cut = port, cut
        self.chance = random.Random(seed)
        self.select = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.select.register(self.listener, selectors.EVENT_READ)
        self.count = self.cuts = 0

    def accept(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(("127.0.0.1", self.port))
        self.count += 1
        wire = Wire(client, server,
                    1 + self.chance.randrange(3000 * self.count))
        for end in wire.ends:
            self.select.register(end, selectors.EVENT_READ, wire)

    def over(self, wire):
        for end in wire.ends:
            self.select.unregister(end)
        wire.close()
        if wire.left == 0:
            self.cuts += 1
            self.cut()

    def run(self):
        while True:
            for key, _ in self.select.select():
                if key.fileobj is self.listener:
                    self.accept()
                elif key.data.client.fileno() != -1 and \
                        not key.data.carry(key.fileobj):
                    self.over(key.data)


def main():
    port, seed, total = map(int, sys.argv[1:4])
    out, command = sys.argv[4], sys.argv[5:]
    process = None

    def cut():
        if process is not None:
            process.send_signal(signal.SIGTERM)

    wire = Cutter(port, seed, cut)
    wire.start()
    there = str(wire.listener.getsockname()[1])
    open(out, "w").close()
    while wire.cuts < 500:
        # what came twice (R11) is one of what it has counted
        with open(out) as f:
            left = total - len(set(f))
        if left <= 0:
            break
        with open(out, "a") as f:
            process = subprocess.Popen(
                [a.replace("@PORT@", there).replace("@LEFT@", str(left))
                 for a in command], stdout=f, stderr=subprocess.DEVNULL)
            process.wait()
    print(wire.cuts)
    sys.exit(0 if left <= 0 else 1)


main()

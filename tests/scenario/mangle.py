# SPDX-License-Identifier: ISC
"""mangle.py PORT CA: what is done to the records of TLS on their way, and
what the server says of it.  Each scene ends its own connection only.  TAP."""
import os
import socket
import ssl
import sys

sys.path.insert(0, os.environ["top_srcdir"] + "/tests/second")
import codec
import connection

WAIT = 30	# seconds that anything may take
HEAD = 5	# of a record
number = failures = 0


class Peer:
    """A client of TLS in memory: its records pass through our hands."""

    def __init__(self):
        context = ssl.create_default_context(cafile=sys.argv[2])
        context.set_alpn_protocols(["stonechat/1"])
        self.came, self.goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.came, self.goes,
            server_hostname="localhost")
        self.raw = socket.create_connection(("127.0.0.1", int(sys.argv[1])),
            WAIT)
        self.until(self.tls.do_handshake)
        self.bytes = b""

    def until(self, step):
        """Its result, when enough has come."""
        while True:
            try:
                result = step()
                self.put(self.goes.read())
                return result
            except ssl.SSLWantReadError:
                self.put(self.goes.read())
                data = self.raw.recv(65536)
                if not data:
                    raise EOFError("the connection is closed")
                self.came.write(data)

    def put(self, data):
        """Beneath TLS."""
        if data:
            self.raw.sendall(data)

    def sealed(self, data):
        """Records that are not sent."""
        self.tls.write(data)
        return self.goes.read()

    def says(self, element):
        self.put(self.sealed(codec.frame(codec.encode_stanza(element, 0))))

    def hears(self, tag):
        while True:
            try:
                body, _, length = codec.split_frame(self.bytes)
                self.bytes = self.bytes[length:]
                if body and codec.decode_stanza(body, 0).tag == tag:
                    return
            except codec.Incomplete:
                self.bytes += self.until(lambda: self.tls.read(65536))

    def end(self):
        """How the server ends it: the alert, or "goodbye", or "silence"."""
        try:
            while self.until(lambda: self.tls.read(65536)):
                pass
            return "goodbye"
        except (EOFError, ssl.SSLEOFError):
            return "silence"
        except ssl.SSLError as error:
            return error.reason.lower().partition("_alert_")[2]


def check(title, got, *wanted):
    global number, failures
    number += 1
    good = got in wanted
    failures += not good
    print(f"{'ok' if good else 'not ok'} {number} - {title}")
    if not good:
        print(f"# got {got!r}, wanted {wanted}")


def talks(peer):
    try:
        peer.says(connection.hello())
        peer.hears("hello")
        return True
    except (OSError, EOFError) as error:
        return str(error)


def flip(at, bit=1):
    def mangle(record):
        changed = bytearray(record)
        changed[at] ^= bit
        return bytes(changed)
    return mangle


def head(kind, length):
    return bytes([kind, 3, 3]) + length.to_bytes(2, "big")


HELLO = codec.frame(codec.encode_stanza(connection.hello(), 0))

MANGLED = (
    ("a flipped bit of the text", flip(HEAD), "bad_record_mac"),
    ("a flipped bit of the tag", flip(-1), "bad_record_mac"),
    ("a record that comes twice", lambda r: r + r, "bad_record_mac"),
    ("a record that is left out", lambda r: None, "bad_record_mac"),
    ("a tag of its own", lambda r: r[:-16] + bytes(16), "bad_record_mac"),
    ("a record that is too short", lambda r: head(23, 8) + r[HEAD:HEAD + 8],
        "bad_record_mac", "decode_error"),
    ("an empty record", lambda r: head(23, 0),
        "bad_record_mac", "decode_error", "unexpected_message"),
    ("a record that is too long",
        lambda r: head(23, 16384 + 257) + bytes(16384 + 257),
        "record_overflow"),
    ("a handshake in the clear", lambda r: head(22, 4) + bytes([1, 0, 0, 0]),
        "unexpected_message"),
    ("an alert in the clear", lambda r: head(21, 2) + bytes([2, 40]),
        "unexpected_message"),
    ("a change of ciphers", lambda r: head(20, 1) + bytes([1]),
        "unexpected_message"),
    ("a record of no type", lambda r: head(99, 20) + bytes(20),
        "unexpected_message"),
)


def mangled(title, mangle, *alerts):
    peer, other = Peer(), Peer()
    record = peer.sealed(HELLO)
    changed = mangle(record)
    if changed is None:
        changed = peer.sealed(HELLO)
    peer.put(changed)
    check(f"{title} is an alert", peer.end(), *alerts)
    check("and ends that connection only", talks(other), True)


for scene in MANGLED:
    mangled(*scene)

# In pieces, and several at once.
peer = Peer()
record = peer.sealed(HELLO)
for i in range(len(record) - 1):
    peer.put(record[i:i + 1])
peer.put(record[-1:])
peer.hears("hello")
check("a record that comes byte by byte is a record", True, True)
peer = Peer()
first, second = peer.sealed(HELLO[:3]), peer.sealed(HELLO[3:])
peer.put(first + second[:7])
peer.put(second[7:])
peer.hears("hello")
check("a record in a half is waited for", True, True)

# Half a record, and the end.
peer, other = Peer(), Peer()
peer.put(peer.sealed(HELLO)[:-1])
peer.raw.shutdown(socket.SHUT_WR)
check("of a truncated record nothing is taken", peer.end(), "silence")
check("and only its connection ends", talks(other), True)

# The two goodbyes.
peer = Peer()
talks(peer)
peer.until(peer.tls.unwrap)
check("a goodbye is answered by a goodbye", peer.raw.recv(1), b"")

print(f"1..{number}")
sys.exit(failures > 0)

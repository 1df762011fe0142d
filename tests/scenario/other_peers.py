# SPDX-License-Identifier: ISC
"""other_peers.py PROGRAM PORT CA: logs in as alice through openssl s_client or
gnutls-cli, with new keys from time to time; says what it waits for new keys
for, a line at a time, and goes on after a line of standard input."""
import os
import subprocess
import sys

sys.path.insert(0, os.environ["top_srcdir"] + "/tests/second")
import codec
import connection

program, port, ca = sys.argv[1:]
COMMANDS = {
    "openssl": ["openssl", "s_client", "-connect", "127.0.0.1:" + port,
        "-alpn", "stonechat/1", "-CAfile", ca, "-verify_return_error",
        "-servername", "localhost", "-brief", "-tls1_3"],
    "gnutls-cli": ["gnutls-cli", "--alpn=stonechat/1", "--x509cafile=" + ca,
        "--sni-hostname=localhost", "--verify-hostname=localhost",
        "--logfile=/dev/null", "--inline-commands", "--port=" + port,
        "127.0.0.1"],
}
# New keys; new keys, and the server is to take some, too.  For gnutls-cli a
# command stands at the beginning of a line, and stanzas have none.
REKEY = {"openssl": (b"k\n", b"K\n"),
    "gnutls-cli": (b"^rekey1^\n", b"^rekey^\n")}


class Through(connection.Connection):
    """The program has the socket, and we its pipes."""

    def __init__(self):
        self.child = subprocess.Popen(COMMANDS[program], bufsize=0,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.bytes = b""
        self.base = self.said = self.deflated = 0

    def send(self, *elements):
        self.child.stdin.write(b"".join(
            codec.frame(codec.encode_stanza(element, self.said))
            for element in elements))

    def more(self):
        data = self.child.stdout.read(65536)
        if not data:
            raise connection.Closed()
        self.bytes += data

    def close(self):
        self.child.stdin.close()
        while self.child.stdout.read(65536):
            pass


def new_keys(peer):
    for command in REKEY[program]:
        peer.child.stdin.write(command)
        print("rekey", flush=True)
        sys.stdin.readline()


peer = Through()
new_keys(peer)
peer.send(connection.hello())
peer.expect("hello")
peer.send(connection.auth("plain", "alice", b"\0alice\0alice-secret",
    name=program))
peer.expect("success")
peer.send(codec.Element("ping", {}))
peer.expect("pong")
peer.close()
print("closed", peer.child.wait(), flush=True)

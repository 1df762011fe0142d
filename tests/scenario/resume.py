# SPDX-License-Identifier: ISC
"""resume.py PORT: gets a ticket; then, for each line of standard input,
connects with it again and prints whether the session was resumed."""
import socket
import ssl
import sys

context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.set_alpn_protocols(["stonechat/1"])


def connect(session=None):
    raw = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 30)
    with context.wrap_socket(raw, session=session) as s:
        reused = s.session_reused
        # No frame: the server says bye. Before that comes the ticket.
        s.sendall(b"\xff" * 16)
        while s.recv(4096):
            pass
        return s.session, reused


ticket, _ = connect()
print("ready", flush=True)
for _ in sys.stdin:
    print("resumed" if connect(ticket)[1] else "new", flush=True)

# SPDX-License-Identifier: ISC
"""connection.py: stanzas over TLS (SPEC.md, "Transport" and "Frames"), and
logins (SPEC.md, "Opening").

The ssl module of Python does not export keying material, so there is no
tls-exporter binding and no SCRAM-SHA-256-PLUS here: gs2 is "n"."""

import base64
import hashlib
import hmac
import os
import socket
import ssl

import codec
from codec import ROWS, Element, Name

WAIT = 30	# seconds that anything may take
LEAST_ITERATIONS, MOST_ITERATIONS = 4096, 1000000


class Closed(Exception):
    """The connection is at its end; why is that of the server's bye."""

    def __init__(self, why=None):
        super().__init__(why)
        self.why = why


class Refusal(Exception):
    """A login that failed."""

    def __init__(self, failure):
        super().__init__(failure["code"])
        self.code = failure["code"]
        self.text = failure["text"]


class Connection:
    """base is that of the times that come, said of those that leave;
    deflated counts frames."""

    def __init__(self, server):
        context = ssl.create_default_context(cafile=server.ca)
        context.set_alpn_protocols(["stonechat/1"])
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        raw = socket.create_connection(("127.0.0.1", server.port), WAIT)
        self.socket = context.wrap_socket(raw, server_hostname="localhost")
        self.bytes = b""
        self.base = self.said = 0
        self.deflated = 0

    def send(self, *elements):
        """All in one write."""
        self.socket.sendall(b"".join(
            codec.frame(codec.encode_stanza(element, self.said))
            for element in elements))

    def send_bytes(self, data):
        self.socket.sendall(data)

    def receive(self):
        """The next stanza."""
        while True:
            body, deflated = self.frame()
            if not body:
                continue
            self.deflated += deflated
            element = codec.decode_stanza(codec.open_body(body, deflated),
                self.base)
            if element.tag in ("base", "success"):
                self.base = element["time"]
            if element.tag == "success":
                self.said = self.base
            if element.tag == "bye":
                self.close()
                raise Closed(element["why"])
            return element

    def is_ready(self):
        """Whether a whole frame is here."""
        try:
            return codec.split_frame(self.bytes)[2] > 0
        except codec.Incomplete:
            return False

    def frame(self):
        while True:
            try:
                body, deflated, length = codec.split_frame(self.bytes)
                self.bytes = self.bytes[length:]
                return body, deflated
            except codec.Incomplete:
                self.more()

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise Closed()
        self.bytes += data

    def close(self):
        self.socket.close()

    def expect(self, tag):
        element = self.receive()
        if element.tag == "failure":
            self.close()
            raise Refusal(element)
        if element.tag != tag:
            raise codec.Malformed(f"{element.tag} where {tag} was due")
        return element


# ---- Logins

def hello():
    return Element("hello", {"version": ROWS.version, "hash": ROWS.hash()})


def auth(mechanism, user, data, **more):
    return Element("auth", {"mechanism": mechanism,
        "user": Name("name", user), "data": data, **more})


def by_token(connection, state, *behind):
    """Everything in one flight; (hello, success)"""
    connection.send(hello(), auth("token", state.name, state.token,
        device=state.device), *behind)
    return connection.expect("hello"), connection.expect("success")


def by_plain(connection, name, password, device, *behind):
    data = b"\0" + name.encode() + b"\0" + password.encode()
    connection.send(hello(), auth("plain", name, data, name=device), *behind)
    return connection.expect("hello"), connection.expect("success")


def by_scram(connection, name, password, device, *behind):
    client = Scram(name, password)
    connection.send(hello(),
        auth("scram-sha-256", name, client.first(), name=device))
    answer = connection.expect("hello")
    final = client.final(connection.expect("challenge")["data"])
    connection.send(Element("response", {"data": final}), *behind)
    success = connection.expect("success")
    client.verify(success["data"])
    return answer, success


def mac(key, data):
    return hmac.new(key, data, "sha256").digest()


class Scram:
    """SCRAM-SHA-256 (RFC 7677) without channel binding.  Names and passwords
    here are ASCII, which SASLprep does not change."""

    GS2 = b"n,,"

    def __init__(self, name, password):
        self.name = name.replace("=", "=3D").replace(",", "=2C").encode()
        self.password = password.encode()
        self.nonce = base64.b64encode(os.urandom(18))

    def first(self):
        self.bare = b"n=" + self.name + b",r=" + self.nonce
        return self.GS2 + self.bare

    def final(self, challenge):
        fields = dict(field.split(b"=", 1) for field in challenge.split(b","))
        iterations = int(fields[b"i"])
        if not fields[b"r"].startswith(self.nonce) or \
                not LEAST_ITERATIONS <= iterations <= MOST_ITERATIONS:
            raise codec.Malformed("a challenge that is not to be trusted")
        self.salted = hashlib.pbkdf2_hmac("sha256", self.password,
            base64.b64decode(fields[b"s"]), iterations, 32)
        without = b"c=" + base64.b64encode(self.GS2) + b",r=" + fields[b"r"]
        self.message = self.bare + b"," + challenge + b"," + without
        key = mac(self.salted, b"Client Key")
        signature = mac(hashlib.sha256(key).digest(), self.message)
        proof = bytes(a ^ b for a, b in zip(key, signature))
        return without + b",p=" + base64.b64encode(proof)

    def verify(self, final):
        key = mac(self.salted, b"Server Key")
        wanted = b"v=" + base64.b64encode(mac(key, self.message))
        if final is None or not hmac.compare_digest(final, wanted):
            raise codec.Malformed("the server does not know the password")

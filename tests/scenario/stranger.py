#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""stranger.py: a login by SCRAM, written from protocol/SPEC.md ("Opening") and
the RFCs alone; only frames and stanzas are made by stonechat-wire.

    stranger.py PORT CA USER PASSWORD MECHANISM [FLAG [TLS [COUNT]]]

FLAG is n or y, TLS is 1.3 or 1.2; COUNT logins are all challenged before the
first of them answers.  Prints "success", or "CODE: TEXT" of the
failure, and exits with 0 for both; "bye WHY" with 1.  If PASSWORD is - it
prints the salt and goes away in the middle."""

import base64
import hashlib
import hmac
import os
import re
import ssl
import socket
import subprocess
import sys

WIRE = os.path.join(os.environ["top_builddir"], "stonechat-wire")


def wire(option, text):
    return subprocess.run([WIRE, option], input=text, text=True,
        capture_output=True, check=True).stdout


def url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unurl(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Ended(Exception):
    def __init__(self, status):
        super().__init__()
        self.status = status


class Connection:
    def __init__(self, port, ca, version):
        context = ssl.create_default_context(cafile=ca)
        context.set_alpn_protocols(["stonechat/1"])
        context.minimum_version = context.maximum_version = version
        self.socket = context.wrap_socket(
            socket.create_connection(("127.0.0.1", port)),
            server_hostname="localhost")
        self.bytes = b""

    def say(self, *stanzas):
        lines = wire("--to-bytes", "".join(stanzas)).split("\n")
        self.socket.sendall(b"".join(
            bytes.fromhex(line) for line in lines
            if line and not line.startswith("#")))

    def frame(self):
        """The next whole frame, head included."""
        while True:
            head = shift = at = 0
            for at, byte in enumerate(self.bytes):
                head |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            else:
                at = None
            if at is not None:
                end = at + 1 + (head >> 1)
                if len(self.bytes) >= end:
                    frame, self.bytes = self.bytes[:end], self.bytes[end:]
                    return frame
            more = self.socket.recv(4096)
            if not more:
                sys.exit("the server has closed the connection")
            self.bytes += more

    def hear(self, tag):
        """The next stanza, which must be TAG or an end: its attributes."""
        xml = wire("--to-xml", self.frame().hex() + "\n").strip()
        name = re.match(r"<([a-z]+)", xml).group(1)
        attributes = dict(re.findall(r' ([a-z-]+)="([^"]*)"', xml))
        if name == "failure":
            print(attributes["code"] + ": " + attributes.get("text", ""))
            raise Ended(0)
        if name == "bye":
            print("bye", attributes["why"])
            raise Ended(1)
        assert name == tag, xml
        return attributes


def dictionary_hash():
    spec = os.path.join(os.environ["top_srcdir"], "protocol", "SPEC.md")
    with open(spec, encoding="utf-8") as f:
        return bytes.fromhex(
            re.search(r"^\| 1 \| `?([0-9a-f]{16})`? \|", f.read(), re.M)[1])


class Login:
    def __init__(self, port, ca, user, mechanism, flag, version):
        self.hash = "sha1" if mechanism == "scram-sha-1" else "sha256"
        self.header = flag + ",,"
        nonce = base64.b64encode(os.urandom(18)).decode()
        self.bare = "n=%s,r=%s" % (user, nonce)
        self.connection = c = Connection(port, ca, version)
        c.say('<hello version="1" hash="%s"/>' % url(dictionary_hash()),
            '<auth mechanism="%s" user="%s" name="stranger" data="%s"/>' %
            (mechanism, user, url((self.header + self.bare).encode())))
        c.hear("hello")
        self.first = unurl(c.hear("challenge")["data"]).decode()
        self.both, self.salt, self.rounds = re.fullmatch(
            r"r=([^,]+),s=([^,]+),i=(\d+)", self.first).groups()
        assert self.both.startswith(nonce) and self.both != nonce
        assert int(self.rounds) >= 4096

    def mac(self, key, text):
        return hmac.new(key, text, self.hash).digest()

    def answer(self, password):
        salted = hashlib.pbkdf2_hmac(self.hash, password.encode(),
            base64.b64decode(self.salt), int(self.rounds))
        client = self.mac(salted, b"Client Key")
        without = "c=%s,r=%s" % (
            base64.b64encode(self.header.encode()).decode(), self.both)
        message = ",".join((self.bare, self.first, without)).encode()
        signature = self.mac(hashlib.new(self.hash, client).digest(), message)
        proof = bytes(a ^ b for a, b in zip(client, signature))
        self.connection.say('<response data="%s"/>' % url(
            (without + ",p=" + base64.b64encode(proof).decode()).encode()),
            '<sync account="0" stamp="0" sum="AAAAAAAAAAA"/>')
        success = self.connection.hear("success")
        want = b"v=" + base64.b64encode(
            self.mac(self.mac(salted, b"Server Key"), message))
        assert unurl(success["data"]) == want, "the server has proved nothing"
        assert "token" in success
        print("success")


def main():
    port, ca, user, password, mechanism = sys.argv[1:6]
    flag, tls, count = (sys.argv[6:] + ["n", "1.3", "1"][len(sys.argv) - 6:])
    version = ssl.TLSVersion.TLSv1_2 if tls == "1.2" \
        else ssl.TLSVersion.TLSv1_3
    status = 0
    try:
        logins = [Login(int(port), ca, user, mechanism, flag, version)
            for _ in range(int(count))]
    except Ended as end:
        sys.exit(end.status)
    if password == "-":
        print(logins[0].salt, logins[0].rounds)
        return
    for login in logins:
        try:
            login.answer(password)
        except Ended as end:
            status = max(status, end.status)
    sys.exit(status)


main()

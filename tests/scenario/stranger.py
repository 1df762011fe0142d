#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""stranger.py: a login by SCRAM, written from protocol/SPEC.md ("Opening") and
the RFCs alone; only frames and stanzas are made by stonechat-wire.

    stranger.py PORT CA USER PASSWORD MECHANISM [FLAG [TLS]]

FLAG is n or y, TLS is 1.3 or 1.2.  Prints "success", or "CODE: TEXT" of the
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
            sys.exit(0)
        if name == "bye":
            print("bye", attributes["why"])
            sys.exit(1)
        assert name == tag, xml
        return attributes


def dictionary_hash():
    spec = os.path.join(os.environ["top_srcdir"], "protocol", "SPEC.md")
    with open(spec, encoding="utf-8") as f:
        return bytes.fromhex(
            re.search(r"^\| 1 \| `?([0-9a-f]{16})`? \|", f.read(), re.M)[1])


def main():
    port, ca, user, password, mechanism = sys.argv[1:6]
    flag = (sys.argv[6:] + ["n"])[0]
    version = ssl.TLSVersion.TLSv1_2 if "1.2" in sys.argv[7:] \
        else ssl.TLSVersion.TLSv1_3
    name = "sha1" if mechanism == "scram-sha-1" else "sha256"

    def mac(key, text):
        return hmac.new(key, text, name).digest()

    header = flag + ",,"
    nonce = base64.b64encode(os.urandom(18)).decode()
    bare = "n=%s,r=%s" % (user, nonce)
    c = Connection(int(port), ca, version)
    c.say('<hello version="1" hash="%s"/>' % url(dictionary_hash()),
        '<auth mechanism="%s" user="%s" name="stranger" data="%s"/>' %
        (mechanism, user, url((header + bare).encode())))
    c.hear("hello")
    first = unurl(c.hear("challenge")["data"]).decode()
    both, salt, rounds = re.fullmatch(r"r=([^,]+),s=([^,]+),i=(\d+)",
        first).groups()
    assert both.startswith(nonce) and both != nonce and int(rounds) >= 4096
    if password == "-":
        print(salt, rounds)
        return
    salted = hashlib.pbkdf2_hmac(name, password.encode(),
        base64.b64decode(salt), int(rounds))
    client = mac(salted, b"Client Key")
    without = "c=%s,r=%s" % (
        base64.b64encode(header.encode()).decode(), both)
    message = ",".join((bare, first, without)).encode()
    signature = mac(hashlib.new(name, client).digest(), message)
    proof = bytes(a ^ b for a, b in zip(client, signature))
    c.say('<response data="%s"/>' % url(
        (without + ",p=" + base64.b64encode(proof).decode()).encode()),
        '<sync account="0" stamp="0" sum="AAAAAAAAAAA"/>')
    success = c.hear("success")
    want = b"v=" + base64.b64encode(mac(mac(salted, b"Server Key"), message))
    assert unurl(success["data"]) == want, "the server has proved nothing"
    assert "token" in success
    print("success")


main()

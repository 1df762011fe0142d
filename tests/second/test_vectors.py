#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The vectors of tests/vectors, read and written by a codec that was made from
protocol/SPEC.md and protocol/dictionary.xml alone."""

import os

import codec
import tap
import xmlform

BASE = xmlform.parse_time("2026-01-01T00:00:00.000Z")
ERRORS = {"incomplete": codec.Incomplete, "malformed": codec.Malformed,
    "too-large": codec.TooLarge, "not-found": codec.NotFound}


def rows(name):
    path = os.path.join(os.environ["top_srcdir"], "tests", "vectors", name)
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file:
            if not line.startswith("#") and line != "\n":
                yield line.rstrip("\n").split("\t")


def decode(data):
    body, deflated, length = codec.split_frame(data)
    if length != len(data):
        raise codec.Malformed("bytes after the frame")
    return codec.decode_stanza(codec.open_body(body, deflated), BASE)


def encode(element):
    return codec.frame(codec.encode_stanza(element, BASE))


def both_ways(xml, data):
    tap.same(f"{xml[:60]} to bytes", encode(xmlform.from_xml(xml)).hex(),
        data.hex())
    tap.same(f"{xml[:60]} from bytes", xmlform.to_xml(decode(data)), xml)
    tap.same(f"{xml[:60]} and again", encode(decode(data)).hex(), data.hex())


def refused(data, error, why):
    got = "taken"
    try:
        element = decode(data)
        if isinstance(element.content, codec.Payload):
            element.content.elements()
    except codec.Refused as caught:
        got = type(caught).__name__
    tap.same(f"refused: {why}", got, ERRORS[error].__name__)


def main():
    tap.same("the hash of version 1", codec.ROWS.hash().hex(), stated_hash())
    for name in ("shapes.txt", "generic.txt", "tails.txt", "values.txt"):
        for xml, data in rows(name):
            both_ways(xml, bytes.fromhex(data))
    for xml, data in rows("deflated.txt"):
        tap.same(f"{xml[:60]} inflated",
            xmlform.to_xml(decode(bytes.fromhex(data))), xml)
    for data, error, why in rows("bad.txt"):
        refused(bytes.fromhex(data), error, why)
    tap.finish()


def stated_hash():
    path = os.path.join(os.environ["top_srcdir"], "protocol", "SPEC.md")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return text.split("### Hashes")[1].split("`")[1]


main()

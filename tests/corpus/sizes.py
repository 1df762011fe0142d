#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""sizes.py STONECHAT-WIRE: the tables of doc/sizes.md, on standard output."""
import json
import os
import subprocess
import sys
from xml.sax.saxutils import escape

here = os.path.dirname(os.path.abspath(__file__))
LANGUAGES = "en es pt de fr id ru hi ar zh".split()


def sizes(wire, xml):
    out = subprocess.run([wire, "--sizes", "--json"], input=xml.encode(),
                         stdout=subprocess.PIPE, check=True).stdout
    rows = [json.loads(line) for line in out.decode().splitlines()]
    return [r for r in rows if r.get("stanza") != "total"]


def message(text):
    return ('<message chat="7" n="1700"><body>%s</body></message>'
            % escape(text))


def texts(wire):
    print("| unseen text | lines | characters | XML | raw | sent, mean | most |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for language in LANGUAGES:
        with open(os.path.join(here, "unseen-%s.txt" % language),
                  encoding="utf-8") as f:
            lines = [line.rstrip("\n") for line in f if line.strip()]
        sets = [(language, lines)]
        if language == "en":
            sets.insert(0, ("**en, 100 characters**",
                            [s for s in lines if len(s) == 100]))
        for name, chosen in sets:
            rows = sizes(wire, "\n".join(message(s) for s in chosen))
            n = len(rows)
            print("| %s | %d | %.0f | %.0f | %.1f | %.1f | %d |" % (
                name, n, sum(map(len, chosen)) / n,
                sum(r["xml"] for r in rows) / n,
                sum(r["raw"] for r in rows) / n,
                sum(r["sent"] for r in rows) / n,
                max(r["sent"] for r in rows)))


def samples(wire):
    with open(os.path.join(here, "stonechat.xml"), encoding="utf-8") as f:
        rows = sizes(wire, f.read())
    print("| stanza | XML | raw | sent |")
    print("|---|---:|---:|---:|")
    for r in rows:
        print("| %s | %d | %d | %d |" % (
            r["stanza"], r["xml"], r["raw"], r["sent"]))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: sizes.py STONECHAT-WIRE")
    texts(sys.argv[1])
    print()
    samples(sys.argv[1])

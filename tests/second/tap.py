# SPDX-License-Identifier: ISC
"""tap.py: results in TAP."""

import sys

number = 0
bad = 0


def ok(title, passed):
    global number, bad
    number += 1
    bad += not passed
    print("ok" if passed else "not ok", number, "-", title.replace("#", "\\#"),
        flush=True)
    return passed


def same(title, got, wanted):
    if not ok(title, got == wanted):
        print(f"# got:    {got!r}\n# wanted: {wanted!r}", flush=True)


def finish():
    print(f"1..{number}", flush=True)
    sys.exit(bad > 0)

#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Check that no unseen line shares 18 characters in a row with the training
corpus of any language. Prints each offender; exits 1 if there is one."""
import pathlib
import sys

RUN = 18
HERE = pathlib.Path(__file__).resolve().parent
TRAIN = HERE.parent.parent / "protocol" / "deflate" / "corpus"


def main():
    seen = {}
    for path in sorted(TRAIN.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            for i in range(len(line) - RUN + 1):
                seen.setdefault(line[i:i + RUN], path.name)
    unseen = sorted(HERE.glob("unseen-*.txt"))
    if not seen or not unseen:
        sys.exit("check-disjoint: no corpus found")
    bad = lines = 0
    for path in unseen:
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            lines += 1
            for i in range(len(line) - RUN + 1):
                run = line[i:i + RUN]
                if run in seen:
                    print(f"{path.name}:{n}: {run!r} is also in {seen[run]}")
                    bad += 1
                    break
    print(f"{lines} unseen lines, {len(seen)} training runs of {RUN}, {bad} shared")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

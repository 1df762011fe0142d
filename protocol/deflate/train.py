#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Build the preset deflate dictionaries LANG.dict from corpus/LANG.txt.

    train.py             write all dictionaries
    train.py LANG ...    write these
    train.py --check     exit 1 if a committed dictionary is not what would be made
    train.py --cv [LANG] hold out every tenth line and print the mean size

Needs only the Python standard library. The result depends on nothing but the
corpus: no clock, no hash order, no zlib version.
"""
import argparse
import heapq
import pathlib
import re
import sys
import zlib

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE / "corpus"
LANGS = ["en", "es", "pt", "de", "fr", "id", "ru", "hi", "ar", "zh"]

# zlib looks back at most 32768 - 262 bytes (MAX_DIST).
LIMIT = 32768 - 262

# Chosen by --cv; the optimum is flat.
GRAM = 8         # bytes in the pieces whose repetition is counted
PRIOR = 0.5      # weight of a piece that only one line has
MAX_WORDS = 14   # longest candidate, in words
COST = 24.0      # a segment's fixed cost in bytes when scores are compared
ROUNDS = 6       # passes of ordering by use
ENGLISH = 8192   # bytes of the English dictionary in front of the others


def read_lines(path):
    return [l for l in path.read_text(encoding="utf-8").split("\n") if l]


def starts(text):
    """Offsets at which a segment may start or end: words, or, in scripts
    without spaces, every character."""
    raw = text.encode()
    if " " not in text.strip() or re.search("[\u3400-\u9fff]", text):
        out = [i for i in range(len(raw)) if raw[i] & 0xC0 != 0x80]
    else:
        out = [0] + [i for i in range(1, len(raw)) if raw[i] == 0x20]
    return raw, out + [len(raw)]


def select(lines, room):
    """Greedy cover: segments of lines whose pieces are common elsewhere and
    not yet in the dictionary. Returns (bytes, line number, score)."""
    count = {}
    split = []
    for line in lines:
        raw, cuts = starts(line)
        split.append((raw, cuts))
        for g in {raw[i:i + GRAM] for i in range(len(raw) - GRAM + 1)}:
            count[g] = count.get(g, 0) + 1
    weight = {g: c - 1 + PRIOR for g, c in count.items()}

    def score(n, a, b):
        raw = split[n][0]
        got = sum(weight[g] for g in {raw[i:i + GRAM] for i in range(a, b - GRAM + 1)})
        return got / (b - a + COST)

    heap = []
    for n, (raw, cuts) in enumerate(split):
        for i in range(len(cuts) - 1):
            for j in range(i + 1, min(i + MAX_WORDS, len(cuts) - 1) + 1):
                if cuts[j] - cuts[i] >= GRAM:
                    heap.append((-score(n, cuts[i], cuts[j]), n, cuts[i], cuts[j]))
    heapq.heapify(heap)
    chosen, used = [], 0
    while heap and used < room:
        old, n, a, b = heapq.heappop(heap)
        now = -score(n, a, b)
        if heap and now > heap[0][0]:
            if now < 0:
                heapq.heappush(heap, (now, n, a, b))
            continue
        raw = split[n][0]
        seg = raw[a:b]
        if used + len(seg) + 1 > room:
            continue
        for i in range(a, b - GRAM + 1):
            weight[raw[i:i + GRAM]] = 0.0
        chosen.append((seg, n, -old))
        used += len(seg) + 1
    return chosen


def join(segments):
    """Concatenate; a space parts segments that do not begin with one."""
    out = bytearray()
    where = []
    for k, (seg, _, _) in enumerate(segments):
        if out and not seg.startswith(b" ") and not out.endswith(b" "):
            out += b" "
        where += [k] * (len(out) + len(seg) - len(where))
        out += seg
    return bytes(out), where


def order(segments, lines):
    """Most used last. Every training line is parsed as deflate would do it,
    without the segments that come from the line itself."""
    for _ in range(ROUNDS):
        data, where = join(segments)
        index = {}
        for i in range(len(data) - 3):
            index.setdefault(data[i:i + 4], []).append(i)
        use = [0.0] * len(segments)
        origin = [s[1] for s in segments]
        for n, line in enumerate(lines):
            raw = line.encode()
            i = 0
            while i < len(raw) - 3:
                best, at = 0, -1
                for p in reversed(index.get(raw[i:i + 4], ())):
                    if origin[where[p]] == n:
                        continue
                    if best and data[p:p + best + 1] != raw[i:i + best + 1]:
                        continue
                    k = max(best, 4)
                    while i + k < len(raw) and p + k < len(data) and data[p + k] == raw[i + k]:
                        k += 1
                    if k > best:
                        best, at = k, p
                        if best >= 32:
                            break
                if best:
                    use[where[at]] += 1
                    i += best
                else:
                    i += 1
        key = [(use[k] / (len(s[0]) + 4), k) for k, s in enumerate(segments)]
        segments = [segments[k] for _, k in sorted(key)]
    return segments


def missing(words, body, room):
    """Words that the text does not have, the commonest last."""
    out = []
    for w in words:
        raw = w.encode()
        if raw.startswith(b"-"):
            raw = raw[1:]
        if raw not in body and len(raw) <= room:
            out.append(raw)
            room -= len(raw)
    return b"".join(reversed(out))


def build(lang, lines, english=b""):
    path = CORPUS / f"words-{lang}.txt"
    words = read_lines(path) if path.exists() else []
    room, body, front = LIMIT, b"", b""
    for _ in range(3):
        # The text makes room for the words that it lacks.
        segments = order(select(lines, room), lines)
        body, _ = join(segments)
        front = missing(words, body, LIMIT)
        if len(front) + len(body) <= LIMIT:
            break
        room = LIMIT - len(front)
    front = missing(words, body, LIMIT - len(body))
    spare = min(ENGLISH, LIMIT - len(body) - len(front))
    if english and spare > 0:
        cut = english.find(b" ", len(english) - spare)
        front = english[cut:] + front
    return front + body


def size(raw, data, strategy=zlib.Z_DEFAULT_STRATEGY):
    c = zlib.compressobj(9, zlib.DEFLATED, -15, 9, strategy, data)
    return len(c.compress(raw) + c.flush())


def cross_validate(lang):
    lines = read_lines(CORPUS / f"{lang}.txt")
    tot = [0, 0, 0, 0]
    long = [0, 0]
    for fold in (3, 7):
        held = lines[fold::10]
        data = build(lang, [l for k, l in enumerate(lines) if k % 10 != fold])
        for l in held:
            raw = l.encode()
            tot[0] += 1
            tot[1] += len(raw)
            tot[2] += size(raw, data)
            tot[3] += size(raw, data, zlib.Z_FIXED)
            if len(l) >= 60:
                long[0] += len(raw)
                long[1] += size(raw, data)
    print(f"{lang}: {tot[0]} held-out lines, mean {tot[1] / tot[0]:.2f} bytes, "
          f"default {tot[2] / tot[0]:.2f}, fixed {tot[3] / tot[0]:.2f}; "
          f"lines from 60 characters up: {100 * long[1] / max(1, long[0]):.1f} %", flush=True)


def main():
    ap = argparse.ArgumentParser(description="build the preset deflate dictionaries")
    ap.add_argument("--check", action="store_true", help="compare, write nothing")
    ap.add_argument("--cv", action="store_true", help="cross-validate inside the corpus")
    ap.add_argument("lang", nargs="*", help="languages (all if none)")
    args = ap.parse_args()
    bad = 0
    english = b""
    if not args.cv:
        english = build("en", read_lines(CORPUS / "en.txt"))
    for lang in args.lang or LANGS:
        if args.cv:
            cross_validate(lang)
            continue
        data = english
        if lang != "en":
            data = build(lang, read_lines(CORPUS / f"{lang}.txt"), english)
        path = HERE / f"{lang}.dict"
        if args.check:
            same = path.exists() and path.read_bytes() == data
            print(f"{path.name}: {'ok' if same else 'DIFFERS'}")
            bad |= not same
        else:
            path.write_bytes(data)
            print(f"{path.name}: {len(data)} bytes")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())

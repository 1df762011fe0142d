#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Measure the dictionaries on texts that they were not trained on.

    report.py           print the tables as Markdown
    report.py --write   put them into README.md
    report.py --check   exit 1 if README.md has other tables, or if English
                        lines of 100 characters need more than 60 bytes
Sizes are those of a raw deflate body, without the frame around it.
"""
import html
import pathlib
import re
import sys
import zlib

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent.parent / "tests" / "corpus"
LANGS = ["en", "es", "pt", "de", "fr", "id", "ru", "hi", "ar", "zh"]
GOAL = 60.0
BEGIN, END = "<!-- report.py -->\n", "<!-- end -->\n"


def size(raw, data=b"", level=9, mem=9, strategy=zlib.Z_DEFAULT_STRATEGY):
    c = zlib.compressobj(level, zlib.DEFLATED, -15, mem, strategy, data)
    return len(c.compress(raw) + c.flush())


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def texts_of_samples():
    """(name, body) of every sample with a <b> element, in order."""
    xml = (TESTS / "native.xml").read_text(encoding="utf-8")
    name = ""
    for m in re.finditer(r"<!-- ([\w-]+) -->|<b>([^<]*)</b>", xml):
        if m[1]:
            name = m[1]
        else:
            yield name, html.unescape(m[2]).encode()


def tables():
    dicts = {l: (HERE / f"{l}.dict").read_bytes() for l in LANGS}
    english = dicts["en"]
    lines = {l: [x.encode() for x in (TESTS / f"unseen-{l}.txt").read_text(encoding="utf-8").splitlines()]
             for l in LANGS}
    hundred = [x for x in lines["en"] if len(x.decode()) == 100]
    out = ["Unseen lines, mean bytes:", "",
           "| text | lines | raw | no dictionary | own dictionary | English dictionary |",
           "|---|---:|---:|---:|---:|---:|"]
    rows = [(l, l, lines[l]) for l in LANGS] + [("en, 100 characters", "en", hundred)]
    for name, lang, texts in rows:
        out.append(f"| {name} | {len(texts)} | {mean(map(len, texts)):.1f} | "
                   f"{mean(size(t) for t in texts):.1f} | "
                   f"{mean(size(t, dicts[lang]) for t in texts):.1f} | "
                   f"{mean(size(t, english) for t in texts):.1f} |")
    sizes = sorted(size(t, english) for t in hundred)
    out += ["", f"English lines of 100 characters: smallest {sizes[0]}, median "
            f"{sizes[len(sizes) // 2]}, largest {sizes[-1]} bytes.", "",
            "The message texts of `tests/corpus/native.xml`, mean bytes; \"best\" is the smallest of all dictionaries:", "",
            "| sample | texts | raw | no dictionary | English dictionary | best dictionary |",
            "|---|---:|---:|---:|---:|---:|"]
    samples = {}
    for name, raw in texts_of_samples():
        samples.setdefault(name, []).append(raw)
    for name, texts in samples.items():
        best = [min((size(t, dicts[l]), l) for l in LANGS) for t in texts]
        which = f" ({best[0][1]})" if len(texts) == 1 else ""
        out.append(f"| {name} | {len(texts)} | {mean(map(len, texts)):.1f} | "
                   f"{mean(size(t) for t in texts):.1f} | {mean(size(t, english) for t in texts):.1f} | "
                   f"{mean(b for b, _ in best):.1f}{which} |")
    out += ["", "zlib settings, English lines of 100 characters and all English lines, mean bytes:", "",
            "| level | memLevel | strategy | 100 characters | all |", "|---:|---:|---|---:|---:|"]
    for level, mem, name in ((9, 9, "default"), (9, 9, "fixed"), (9, 8, "default"), (9, 1, "default"),
                             (6, 8, "default"), (4, 8, "default"), (1, 8, "default")):
        strategy = zlib.Z_FIXED if name == "fixed" else zlib.Z_DEFAULT_STRATEGY
        got = [mean(size(t, english, level, mem, strategy) for t in group) for group in (hundred, lines["en"])]
        out.append(f"| {level} | {mem} | {name} | {got[0]:.2f} | {got[1]:.2f} |")
    return "\n".join(out) + "\n", mean(sizes)


def main():
    text, figure = tables()
    readme = HERE / "README.md"
    if "--write" in sys.argv or "--check" in sys.argv:
        page = readme.read_text(encoding="utf-8")
        head, rest = page.split(BEGIN)
        new = head + BEGIN + text + END + rest.split(END)[1]
        if "--write" in sys.argv:
            readme.write_text(new, encoding="utf-8")
        elif new != page:
            print("README.md: the tables differ; run report.py --write")
            return 1
    else:
        print(text, end="")
    if figure > GOAL:
        print(f"100 English characters need {figure:.1f} bytes, more than {GOAL:.0f}", file=sys.stderr)
        return 1 if "--check" in sys.argv else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

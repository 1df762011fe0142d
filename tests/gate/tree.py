# SPDX-License-Identifier: ISC
"""The sources, the programs of a build, and what the tests say, as the gate
sees them. A tree may differ from what lies there: `edits' are changes that
were not made, so that the gate can be shown to see them."""
import os
import re
import subprocess

TESTS = (".sh", ".py", ".c", ".h", ".chat")


class Tree:
    def __init__(self, source, build, edits=()):
        self.source, self.build = source, build
        self.edits = list(edits)  # (path or program, pattern, replacement)
        self.server = ""  # what `stats' of a running server has said
        self.memory = {}

    def like(self, *edits):
        """The same with other edits. What these do not touch is known."""
        other = Tree(self.source, self.build, edits)
        other.server = self.server
        touched = [where for where, _, _ in edits]
        for key, value in self.memory.items():
            if isinstance(key, tuple) and key[0] in ("tests", "named"):
                known = not any(w.startswith("tests/") for w in touched)
            else:
                known = not any(key == w or (w.endswith("/") and
                                str(key).startswith(w)) or
                                (isinstance(key, tuple) and key[0] == w)
                                for w in touched)
            if known:
                other.memory[key] = value
        return other

    def edited(self, name, text):
        for where, pattern, replacement in self.edits:
            if where == name or (where.endswith("/") and
                                 name.startswith(where)):
                text = re.sub(pattern, replacement, text, flags=re.M)
        return text

    def remembered(self, key, make):
        if key not in self.memory:
            self.memory[key] = make()
        return self.memory[key]

    def read(self, path):
        """A file of the sources."""
        def make():
            with open(os.path.join(self.source, path),
                      encoding="utf-8") as f:
                return self.edited(path, f.read())
        return self.remembered(path, make)

    def files(self, folder, endings):
        top = os.path.join(self.source, folder)
        for where, folders, names in sorted(os.walk(top)):
            folders.sort()
            for name in sorted(names):
                if name.endswith(endings):
                    yield os.path.relpath(os.path.join(where, name),
                                          self.source)

    def sources(self, *folders):
        """The text of all C files of these folders."""
        return "\n".join(self.read(path) for folder in folders
                         for path in self.files(folder, (".c", ".h")))

    def run(self, *words):
        """What a program of the build prints."""
        def make():
            done = subprocess.run(
                [os.path.join(self.build, words[0]), *words[1:]],
                stdin=subprocess.DEVNULL, capture_output=True, text=True,
                check=False, timeout=60)
            return self.edited(words[0], done.stdout)
        return self.remembered(words, make)

    def lint(self, path):
        """What mandoc has against a page."""
        def make():
            try:
                done = subprocess.run(
                    ["mandoc", "-Tlint", "-W", "warning"],
                    input=self.read(path), capture_output=True, text=True,
                    check=False)
            except FileNotFoundError:
                return ["mandoc is missing: build-aux/install-packages test"]
            return [line.replace("<stdin>", path).replace("mandoc: ", "")
                    for line in done.stdout.split("\n") if line]
        return self.remembered((path, "lint"), make)

    def symbols(self, library):
        """What a library of the build exports; None: it is not there."""
        path = os.path.join(self.build, library)
        if not os.path.exists(path):
            return None
        said = subprocess.run(["nm", "-D", "--defined-only", path],
                              capture_output=True, text=True, check=True)
        text = self.edited(library, said.stdout)
        return sorted(set(re.findall(r" [TDBR] (\w+)", text)))

    def stats(self):
        """The names of the counters of a running server."""
        return self.remembered("stats", lambda: re.findall(
            r'"([a-z._-]+)":[0-9]', self.edited("stats", self.server)))

    def tests(self, kinds):
        """The text of the tests but the gate's, with lines that go on
        joined."""
        def make():
            return "\n".join(
                re.sub(r"\\\n\s*", " ", self.read(path))
                for path in self.files("tests", kinds)
                if not path.startswith("tests/gate/"))
        return self.remembered(("tests", kinds), make)

    def named(self, pattern, kinds=TESTS, beside=None):
        """Whether a line of the tests has PATTERN, and BESIDE, if given."""
        def search():
            text = self.tests(kinds)
            for m in re.finditer(pattern, text):
                start = text.rfind("\n", 0, m.start()) + 1
                end = text.find("\n", m.end())
                line = text[start:end if end >= 0 else len(text)]
                if beside is None or re.search(beside, line):
                    return True
            return False
        return self.remembered(("named", pattern, kinds, beside), search)


def items(page):
    """(head, body) of each .It of a manual page. A head that opens a block
    (Xo) goes on to its end; the body ends with the next .It or the section."""
    found, head, body, open_head = [], None, [], False
    for line in page.split("\n"):
        if open_head:
            open_head = not line.startswith(".Xc")
            head += " " + line.lstrip(".")
            continue
        if re.match(r"\.(It|Ss|Sh)\b", line) and head is not None:
            found.append((head, "\n".join(body)))
            head, body = None, []
        if line.startswith(".It "):
            head, open_head = line, line.startswith(".It Xo")
        elif head is not None:
            body.append(line)
    if head is not None:
        found.append((head, "\n".join(body)))
    return found


def section(page, name):
    """From .Sh or .Ss NAME to the next of its kind."""
    m = re.search(r"^\.(S[hs]) %s\n(.*?)(?=^\.Sh |^\.\1 |\Z)" %
                  re.escape(name), page, re.M | re.S)
    return m.group(2) if m else ""


class Tap:
    def __init__(self):
        self.number, self.good = 0, True

    def verdict(self, title, problems):
        self.number += 1
        problems = list(problems)
        print(f"{'not ok' if problems else 'ok'} {self.number} - {title}")
        for problem in problems:
            print(f"# {problem}")
        self.good &= not problems

    def finish(self):
        print(f"1..{self.number}")
        return 0 if self.good else 1

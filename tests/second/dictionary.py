# SPDX-License-Identifier: ISC
"""dictionary.py: the rows of protocol/dictionary.xml, and their hash
(SPEC.md, "The dictionary")."""

import os
import xml.etree.ElementTree as tree

TYPES = ["uint", "int", "time", "chat", "user", "enum", "bytes", "text", "flag"]
FNV_START = 0xcbf29ce484222325
FNV_PRIME = 0x100000001b3
MASK = (1 << 64) - 1


def fnv(data, value=FNV_START):
    """FNV-1a with 64 bits."""
    for byte in data:
        value = (value ^ byte) * FNV_PRIME & MASK
    return value


class Shape:
    """A row of the table of shapes."""

    def __init__(self, number, row):
        self.number = number
        self.tag = row.get("tag")
        words = row.get("attrs").split()
        self.words = words
        self.names = [word.rstrip("?") for word in words]
        self.optional = [word[:-1] for word in words if word.endswith("?")]
        self.required = [word for word in words if not word.endswith("?")]
        self.content = row.get("content", "none")

    def line(self):
        return " ".join(["shape", self.tag, *self.words, self.content])


class Dictionary:
    def __init__(self, folder):
        root = tree.parse(os.path.join(folder, "dictionary.xml")).getroot()
        self.version = int(root.get("version"))
        self.enums = {row.get("name"): row.text.split()
            for row in root.iter("enum")}
        self.attributes = list(root.iter("attr"))
        self.types = {row.get("name"): row.get("type")
            for row in self.attributes}
        self.enum_of = {row.get("name"): row.get("enum")
            for row in self.attributes}
        self.shapes = [Shape(number, row)
            for number, row in enumerate(root.iter("shape"), 1)]
        self.number_names()
        self.load_deflate(folder, root)

    def number_names(self):
        self.attribute_names = [None, *self.types]
        self.attribute_tokens = {name: token
            for token, name in enumerate(self.attribute_names) if name}
        self.by_tag = {}
        for shape in self.shapes:
            self.by_tag.setdefault(shape.tag, []).append(shape)
        self.tag_names = [None, *self.by_tag]
        self.tag_tokens = {name: token
            for token, name in enumerate(self.tag_names) if name}
        self.payload_tags = {shape.tag for shape in self.shapes
            if shape.content == "payload"}

    def load_deflate(self, folder, root):
        self.deflate = {0: b""}
        self.languages = {}
        for row in root.iter("deflate"):
            number, language = int(row.get("id")), row.get("language")
            path = os.path.join(folder, "deflate", language + ".dict")
            with open(path, "rb") as file:
                self.deflate[number] = file.read()
            self.languages[number] = language

    def lines(self):
        """What the hash of the version is made of."""
        for number, language in self.languages.items():
            data = self.deflate[number]
            yield f"deflate {number} {language} {len(data)} {fnv(data):016x}"
        for name, values in self.enums.items():
            yield " ".join(["enum", name, *values])
        for name, kind in self.types.items():
            enum = self.enum_of[name]
            yield f"attr {name} {kind}" + (f" {enum}" if enum else "")
        for shape in self.shapes:
            yield shape.line()

    def hash(self):
        text = "".join(line + "\n" for line in self.lines())
        return fnv(text.encode()).to_bytes(8, "big")


def load():
    """The dictionary of the source tree that the tests run in."""
    return Dictionary(os.path.join(os.environ["top_srcdir"], "protocol"))

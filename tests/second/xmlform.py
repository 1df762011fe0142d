# SPDX-License-Identifier: ISC
"""xmlform.py: elements as XML and back (SPEC.md, "XML form")."""

import base64
import re
from xml.parsers import expat

from codec import ROWS, Element, Malformed, Name, Payload, payload_of, signed
from dictionary import MASK, TYPES

DAY = 86400000
FORM = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})Z")


# ---- Time

def days_of(year, month, day):
    """Days since 1970 of a date of the proleptic Gregorian calendar."""
    year -= month <= 2
    month = (month + 9) % 12
    return year * 365 + year // 4 - year // 100 + year // 400 + \
        (153 * month + 2) // 5 + day - 1 - 719468


def date_of(days):
    year = 1969 + days // (366 if days > 0 else 365)
    while days_of(year + 1, 1, 1) <= days:
        year += 1
    month = 12
    while days_of(year, month, 1) > days:
        month -= 1
    return year, month, days - days_of(year, month, 1) + 1


def print_time(time):
    if not days_of(0, 1, 1) * DAY <= time < days_of(10000, 1, 1) * DAY:
        return str(time)
    year, month, day = date_of(time // DAY)
    seconds, milliseconds = divmod(time % DAY, 1000)
    return f"{year:04}-{month:02}-{day:02}T{seconds // 3600:02}:" \
        f"{seconds // 60 % 60:02}:{seconds % 60:02}.{milliseconds:03}Z"


def parse_time(text):
    match = FORM.fullmatch(text)
    if not match:
        return int(text)
    year, month, day, hour, minute, second, milliseconds = map(int,
        match.groups())
    return days_of(year, month, day) * DAY + milliseconds + \
        1000 * (second + 60 * (minute + 60 * hour))


# ---- Other values

def print_bytes(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def parse_bytes(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def print_id(data):
    return "#" + base64.b32encode(data).rstrip(b"=").decode().lower()


def parse_id(text):
    return base64.b32decode(text[1:].upper() + "=" * (-(len(text) - 1) % 8))


def print_name(name, is_chat):
    if name.kind == "number":
        return str(name.value)
    if name.kind == "id":
        return print_id(name.value)
    if name.kind == "user":
        return f"~{name.value}"
    text = name.value
    escape = text[0] in "#~@" or is_chat and re.fullmatch("[0-9]+", text)
    return "@" + text if escape else text


def parse_name(text, is_chat):
    if text.startswith("@"):
        return Name("name", text[1:])
    if text.startswith("~"):
        return Name("user", int(text[1:]))
    if is_chat and text.startswith("#"):
        return Name("id", parse_id(text))
    if is_chat and re.fullmatch("[0-9]+", text):
        return Name("number", int(text))
    return Name("name", text)


def print_value(kind, value):
    if kind in ("uint", "int"):
        return str(value)
    if kind == "time":
        return print_time(value)
    if kind in ("chat", "user"):
        return print_name(value, kind == "chat")
    if kind == "bytes":
        return print_bytes(value)
    return "true" if kind == "flag" else value


def parse_number(kind, text):
    number = int(text)
    least, most = (0, MASK) if kind == "uint" else (-1 << 63, (1 << 63) - 1)
    if not least <= number <= most:
        raise Malformed(f"{text} has more than 64 bits")
    return number


def parse_value(kind, text):
    if kind in ("uint", "int"):
        return parse_number(kind, text)
    if kind == "time":
        return signed(parse_time(text))
    if kind in ("chat", "user"):
        return parse_name(text, kind == "chat")
    if kind == "bytes":
        return parse_bytes(text)
    return True if kind == "flag" else text


# ---- Elements to XML

def escape(text, quoted=False):
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if quoted:
        text = text.replace('"', "&quot;")
    return re.sub("[\0-\x1f]", lambda match: f"&#{ord(match[0])};", text)


def to_xml(element):
    words = [element.tag]
    for name, value in element.attributes.items():
        kind = element.type_of(name)
        text = escape(print_value(kind, value), True)
        typed = name in ROWS.types or kind == "text"
        words.append(f'{name}="{text}"' if typed else
            f'{name}.{kind}="{text}"')
    start, inside = " ".join(words), content_to_xml(element.content)
    return f"<{start}>{inside}</{element.tag}>" if inside else f"<{start}/>"


def content_to_xml(content):
    if content is None:
        return ""
    if isinstance(content, str):
        return escape(content)
    if isinstance(content, Payload):
        content = content.elements()
    return "".join(map(to_xml, content))


# ---- XML to elements

class Node:
    def __init__(self, element):
        self.element = element
        self.children = []
        self.text = ""


class Parser:
    def __init__(self):
        self.open = [Node(None)]
        self.expat = expat.ParserCreate()
        self.expat.ordered_attributes = True
        self.expat.buffer_text = True
        self.expat.StartElementHandler = self.start
        self.expat.EndElementHandler = self.end
        self.expat.CharacterDataHandler = self.text
        self.expat.StartDoctypeDeclHandler = self.refuse
        self.expat.ProcessingInstructionHandler = self.refuse
        self.expat.StartCdataSectionHandler = self.refuse

    def refuse(self, *_):
        raise Malformed("not in stanzas")

    def text(self, data):
        self.open[-1].text += data

    def start(self, tag, pairs):
        element = Element(tag)
        for name, text in zip(pairs[::2], pairs[1::2]):
            name, _, kind = name.partition(".")
            if kind:
                if name in ROWS.types or kind not in TYPES or kind == "enum":
                    raise Malformed(f"{name} is not a {kind}")
            kind = ROWS.types.get(name) or kind or "text"
            if name not in ROWS.types:
                element.types[name] = kind
            element.attributes[name] = parse_value(kind, text)
        self.open.append(Node(element))

    def end(self, _):
        node = self.open.pop()
        element = node.element
        if node.children and node.text.strip(" \t\r\n"):
            raise Malformed("text between elements")
        content = node.children or node.text
        if element.tag in ROWS.payload_tags and isinstance(content, list):
            content = payload_of(content)
        if content:
            element.content = content
        self.open[-1].children.append(element)


def from_xml(text):
    parser = Parser()
    parser.expat.Parse(text, True)
    return parser.open[0].children[0]

# SPDX-License-Identifier: ISC
"""codec.py: elements to bytes and back (SPEC.md, "Varints" to "Payloads").

Values in Python: uint, int and time are int, flag is True, enum and text are
str, bytes are bytes; chat and user are a Name."""

import re
import zlib
from typing import NamedTuple

import dictionary
from dictionary import MASK, TYPES

ROWS = dictionary.load()

BODY_LIMIT = 65536
INFLATED_LIMIT = 1048576
PAYLOAD_LIMIT = 65536
RATIO = 100
RATIO_FROM = 65536
DEPTH_LIMIT = 8
ATTRIBUTES_LIMIT = 32
CHILDREN_LIMIT = 1024

RAW, DEFLATE, OPAQUE = range(3)
GENERIC = 0
SPELT = re.compile(r"[A-Za-z_][A-Za-z0-9_:-]{0,63}")


class Refused(Exception):
    """Bytes, or an element, that the protocol does not allow."""


class Malformed(Refused):
    pass


class TooLarge(Refused):
    pass


class Incomplete(Refused):
    """The frame goes on after the bytes that are there."""


class NotFound(Refused):
    """A deflate dictionary that is not here."""


class Name(NamedTuple):
    """Of a chat or a user; kind is "number", "id", "user" or "name"."""

    kind: str
    value: object


class Element:
    """content is None, a str, a list of elements, or a Payload.  types has
    the types of attributes that are not in the dictionary."""

    def __init__(self, tag, attributes=None, content=None, types=None):
        self.tag = tag
        self.attributes = dict(attributes or {})
        self.content = content if has_content(content) else None
        self.types = dict(types or {})

    def __getitem__(self, name):
        return self.attributes.get(name)

    def type_of(self, name):
        return ROWS.types.get(name) or self.types[name]

    def kind(self):
        return kind_of(self.content)


class Payload:
    """What a message carries, as it is on the wire."""

    def __init__(self, encoding, data, number=0):
        self.encoding = encoding
        self.data = data
        self.number = number

    def __eq__(self, other):
        return isinstance(other, Payload) and encode_payload(self) == \
            encode_payload(other)

    def elements(self):
        """Its content elements."""
        if self.encoding == OPAQUE:
            return [Element("opaque", {"data": self.data})]
        data = self.data
        if self.encoding == DEFLATE:
            data = inflate(data, self.number, PAYLOAD_LIMIT)
        return decode_contents(data)


def has_content(content):
    if isinstance(content, Payload):
        return content.encoding != RAW or content.data != b""
    return content is not None and len(content) > 0


def kind_of(content):
    if content is None:
        return "none"
    if isinstance(content, Payload):
        return "payload"
    return "text" if isinstance(content, str) else "children"


# ---- Varints

def varint(number):
    if not 0 <= number <= MASK:
        raise Malformed(f"{number} has more than 64 bits")
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def fold(number):
    """A signed number as an unsigned one; modulo 2^64."""
    number &= MASK
    if number >> 63:
        number -= 1 << 64
    return (number << 1 ^ number >> 63) & MASK


def unfold(number):
    return number >> 1 ^ -(number & 1)


def signed(number):
    number &= MASK
    return number - (1 << 64) if number >> 63 else number


class Reader:
    def __init__(self, data, base=0):
        self.data = data
        self.at = 0
        self.base = base

    def left(self):
        return len(self.data) - self.at

    def take(self, length):
        if length > self.left():
            raise Malformed("cut off")
        self.at += length
        return self.data[self.at - length:self.at]

    def byte(self):
        return self.take(1)[0]

    def varint(self):
        number = shift = 0
        while True:
            byte = self.byte()
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
            if shift == 70:
                raise Malformed("a varint of more than 10 bytes")
        if number > MASK or byte == 0 and shift > 7:
            raise Malformed("a varint that is too long")
        return number

    def bytes(self):
        return self.take(self.varint())

    def text(self):
        try:
            return self.bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("not UTF-8") from error

    def count(self, limit, least):
        """A count of things of at least so many bytes each."""
        number = self.varint()
        if number > limit:
            raise TooLarge(f"{number} are too many")
        if number * least > self.left():
            raise Malformed("more declared than there is")
        return number


class Writer:
    def __init__(self, base=0):
        self.out = bytearray()
        self.base = base

    def varint(self, number):
        self.out += varint(number)

    def bytes(self, data):
        self.out += varint(len(data)) + data

    def text(self, text):
        try:
            self.bytes(text.encode("utf-8"))
        except UnicodeEncodeError as error:
            raise Malformed("not UTF-8") from error


# ---- Values

def read_number_above_0(reader):
    number = reader.varint()
    if number == 0:
        raise Malformed("a number that is 0")
    return number


def read_name(reader):
    text = reader.text()
    if text == "":
        raise Malformed("an empty name")
    return Name("name", text)


def read_chat(reader):
    number = reader.varint()
    if number > 0:
        return Name("number", number)
    kind = reader.byte()
    if kind == 1:
        return Name("id", reader.take(16))
    if kind == 2:
        return Name("user", read_number_above_0(reader))
    if kind == 3:
        return read_name(reader)
    raise Malformed("no such kind of chat")


def read_user(reader):
    number = reader.varint()
    return Name("user", number) if number > 0 else read_name(reader)


def read_time(reader):
    reader.base = signed(reader.base + unfold(reader.varint()))
    return reader.base


def read_enum(reader, name):
    values = ROWS.enums[ROWS.enum_of[name]]
    number = reader.varint()
    if number >= len(values):
        raise Malformed("no such value of an enum")
    return values[number]


READERS = {
    "uint": Reader.varint,
    "int": lambda reader: unfold(reader.varint()),
    "time": read_time,
    "chat": read_chat,
    "user": read_user,
    "bytes": Reader.bytes,
    "text": Reader.text,
    "flag": lambda reader: True,
}


def read_value(reader, kind, name):
    if kind == "enum":
        return read_enum(reader, name)
    return READERS[kind](reader)


def write_chat(writer, chat):
    if chat.kind == "number":
        writer.varint(chat.value)
    elif chat.kind == "id":
        writer.out += b"\0\1" + chat.value
    elif chat.kind == "user":
        writer.out += b"\0\2" + varint(chat.value)
    else:
        writer.out += b"\0\3"
        writer.text(chat.value)


def write_user(writer, user):
    if user.kind == "user":
        writer.varint(user.value)
    else:
        writer.out += b"\0"
        writer.text(user.value)


def write_time(writer, time):
    writer.varint(fold(time - writer.base))
    writer.base = time


def write_enum(writer, name, value):
    writer.varint(ROWS.enums[ROWS.enum_of[name]].index(value))


WRITERS = {
    "uint": Writer.varint,
    "int": lambda writer, number: writer.varint(fold(number)),
    "time": write_time,
    "chat": write_chat,
    "user": write_user,
    "bytes": Writer.bytes,
    "text": Writer.text,
    "flag": lambda writer, value: None,
}


def write_value(writer, kind, name, value):
    if kind == "enum":
        write_enum(writer, name, value)
    else:
        WRITERS[kind](writer, value)


# ---- Which form

def fits(shape, element):
    return all(name in element.attributes for name in shape.required) and \
        element.kind() in ("none", shape.content)


def listed(shape, element):
    return sum(name in shape.names for name in element.attributes)


def form(element, is_root):
    """The shape, or None for the generic form, and whether it has a tail."""
    fitting = [shape for shape in ROWS.by_tag.get(element.tag, ())
        if fits(shape, element)]
    for shape in fitting:
        if listed(shape, element) == len(element.attributes):
            return shape, False
    if is_root and fitting:
        return max(fitting, key=lambda shape: listed(shape, element)), True
    return None, False


# ---- Attributes of the generic form and of tails

def read_token_or_name(reader, names, tokens):
    token = reader.varint()
    if token > 0:
        if token >= len(names):
            raise Malformed("an unknown token")
        return names[token]
    name = reader.text()
    if not SPELT.fullmatch(name):
        raise Malformed("not a name")
    if name in tokens:
        raise Malformed("spelt out, but in the dictionary")
    return name


def write_token_or_name(writer, name, tokens):
    writer.varint(tokens.get(name, 0))
    if name not in tokens:
        if not SPELT.fullmatch(name):
            raise Malformed(f"{name} is no name")
        writer.text(name)


def read_attribute(reader, element):
    name = read_token_or_name(reader, ROWS.attribute_names,
        ROWS.attribute_tokens)
    number = reader.byte()
    if number >= len(TYPES):
        raise Malformed("no such type")
    kind = TYPES[number]
    if ROWS.types.get(name, kind) != kind:
        raise Malformed("another type than in the dictionary")
    if name in element.attributes:
        raise Malformed("an attribute twice")
    if name not in ROWS.types:
        if kind == "enum":
            raise Malformed("an enum spelt out")
        element.types[name] = kind
    element.attributes[name] = read_value(reader, kind, name)


def write_attribute(writer, element, name):
    kind = element.type_of(name)
    write_token_or_name(writer, name, ROWS.attribute_tokens)
    writer.out.append(TYPES.index(kind))
    write_value(writer, kind, name, element.attributes[name])


def read_attributes(reader, element):
    count = reader.count(ATTRIBUTES_LIMIT - len(element.attributes), 2)
    for _ in range(count):
        read_attribute(reader, element)
    return count


# ---- Content

def read_children(reader, depth):
    return [read_element(reader, depth + 1)
        for _ in range(reader.count(CHILDREN_LIMIT, 1))]


def read_payload(reader):
    head = reader.varint()
    encoding = head & 3
    if encoding > OPAQUE:
        raise Malformed("no such encoding")
    number = reader.byte() if encoding == DEFLATE else 0
    return Payload(encoding, reader.take(head >> 2), number)


def read_content(reader, kind, depth):
    if kind == "text":
        return reader.text()
    if kind == "children":
        return read_children(reader, depth)
    return read_payload(reader) if kind == "payload" else None


def encode_payload(payload):
    head = varint(len(payload.data) << 2 | payload.encoding)
    number = [payload.number] if payload.encoding == DEFLATE else []
    return head + bytes(number) + payload.data


def write_content(writer, kind, content):
    if kind == "text":
        writer.text(content or "")
    elif kind == "children":
        if len(content or ()) > CHILDREN_LIMIT:
            raise TooLarge("too many children")
        writer.varint(len(content or ()))
        for child in content or ():
            write_element(writer, child, False)
    elif kind == "payload":
        writer.out += encode_payload(content or Payload(RAW, b""))


# ---- Elements

KINDS = ["none", "text", "children", "payload"]


def read_shape(reader, shape, depth):
    element = Element(shape.tag)
    presence = reader.byte() if shape.optional else 0
    if presence >> len(shape.optional):
        raise Malformed("presence of nothing")
    for name in shape.names:
        if name in shape.optional and \
                not presence >> shape.optional.index(name) & 1:
            continue
        element.attributes[name] = read_value(reader, ROWS.types[name], name)
    content = read_content(reader, shape.content, depth)
    element.content = content if has_content(content) else None
    return element


def read_generic(reader, depth):
    element = Element(read_token_or_name(reader, ROWS.tag_names,
        ROWS.tag_tokens))
    read_attributes(reader, element)
    number = reader.byte()
    if number >= len(KINDS):
        raise Malformed("no such kind of content")
    kind = KINDS[number]
    check_kind(element.tag, kind)
    element.content = read_content(reader, kind, depth)
    if kind != "none" and not has_content(element.content):
        raise Malformed("empty content")
    return element


def check_kind(tag, kind):
    if kind == "payload" and tag not in ROWS.payload_tags:
        raise Malformed("a payload where the tag has none")
    if kind == "children" and tag in ROWS.payload_tags:
        raise Malformed("children where the tag has a payload")


def read_element(reader, depth=1, is_root=False):
    if depth > DEPTH_LIMIT:
        raise TooLarge("too many elements inside each other")
    number = reader.byte()
    if number > len(ROWS.shapes):
        raise Malformed("an unknown shape")
    shape = ROWS.shapes[number - 1] if number > 0 else None
    element = read_shape(reader, shape, depth) if shape else \
        read_generic(reader, depth)
    tail = False
    if is_root and shape and reader.left() > 0:
        tail = True
        if read_attributes(reader, element) == 0:
            raise Malformed("an empty tail")
    if form(element, is_root) != (shape, tail):
        raise Malformed("another form than the one to use")
    return element


def write_shape(writer, element, shape):
    writer.out.append(shape.number)
    if shape.optional:
        writer.out.append(sum(1 << bit
            for bit, name in enumerate(shape.optional)
            if name in element.attributes))
    for name in shape.names:
        if name in element.attributes:
            write_value(writer, ROWS.types[name], name,
                element.attributes[name])
    write_content(writer, shape.content, element.content)


def write_generic(writer, element):
    writer.out.append(GENERIC)
    write_token_or_name(writer, element.tag, ROWS.tag_tokens)
    writer.varint(len(element.attributes))
    for name in element.attributes:
        write_attribute(writer, element, name)
    check_kind(element.tag, element.kind())
    writer.out.append(KINDS.index(element.kind()))
    write_content(writer, element.kind(), element.content)


def write_element(writer, element, is_root):
    shape, tail = form(element, is_root)
    if shape is None:
        write_generic(writer, element)
        return
    write_shape(writer, element, shape)
    if tail:
        rest = [name for name in element.attributes if name not in shape.names]
        writer.varint(len(rest))
        for name in rest:
            write_attribute(writer, element, name)


def decode_stanza(body, base):
    reader = Reader(body, base)
    element = read_element(reader, is_root=True)
    if reader.left() > 0:
        raise Malformed("bytes after the stanza")
    return element


def encode_stanza(element, base):
    writer = Writer(base)
    write_element(writer, element, True)
    return bytes(writer.out)


# ---- Contents of payloads

def decode_contents(data):
    reader = Reader(data)
    elements = []
    while reader.left() > 0:
        reader.base = 0
        elements.append(read_element(reader))
    if any(element.tag == "opaque" for element in elements):
        raise Malformed("opaque inside of a payload")
    return elements


def encode_contents(elements):
    out = bytearray()
    for element in elements:
        writer = Writer(0)
        write_element(writer, element, False)
        out += writer.out
    return bytes(out)


def payload_of(elements):
    """A raw one, or, for a single <opaque/>, an opaque one."""
    if len(elements) == 1 and elements[0].tag == "opaque":
        return Payload(OPAQUE, elements[0]["data"])
    return Payload(RAW, encode_contents(elements))


def deflated_payload(elements, number):
    return Payload(DEFLATE, deflate(encode_contents(elements), number), number)


# ---- Deflate

def deflate_dictionary(number):
    if number not in ROWS.deflate:
        raise NotFound(f"no deflate dictionary {number}")
    return ROWS.deflate[number]


def inflate(data, number, limit):
    machine = zlib.decompressobj(-15, zdict=deflate_dictionary(number))
    try:
        out = machine.decompress(data, limit + 1)
    except zlib.error as error:
        raise Malformed("damaged deflate data") from error
    if len(out) > limit:
        raise TooLarge("inflates to too much")
    if len(out) > RATIO_FROM and len(out) > RATIO * len(data):
        raise TooLarge("inflates too far")
    if not machine.eof or machine.unused_data:
        raise Malformed("deflate data that ends elsewhere")
    return out


def deflate(data, number):
    machine = zlib.compressobj(9, zlib.DEFLATED, -15, 9,
        zlib.Z_DEFAULT_STRATEGY, zdict=deflate_dictionary(number))
    return machine.compress(data) + machine.flush()


# ---- Frames

def read_head(data):
    """(length, deflated, bytes of the head)"""
    reader = Reader(data[:10])
    try:
        head = reader.varint()
    except Malformed:
        if len(data) < 10 and all(byte > 127 for byte in data):
            raise Incomplete("half a head") from None
        raise
    if head == 1:
        raise Malformed("a deflated frame of length 0")
    if head >> 1 > BODY_LIMIT:
        raise TooLarge("a frame that is too long")
    return head >> 1, bool(head & 1), reader.at


def split_frame(data):
    """(body, deflated, bytes of the frame); the body of a keepalive is empty"""
    length, deflated, at = read_head(data)
    if len(data) < at + length:
        raise Incomplete("a frame that goes on")
    return data[at:at + length], deflated, at + length


def frame(body):
    if len(body) > BODY_LIMIT:
        raise TooLarge("a frame that is too long")
    return varint(len(body) << 1) + body


def open_body(body, deflated):
    return inflate(body[1:], body[0], INFLATED_LIMIT) if deflated else body

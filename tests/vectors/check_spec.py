#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Holds SPEC.md to its word, and prints TAP: its tables are those of the
dictionary, each MUST names a test that exists, and a decoder that knows only
the tables of SPEC.md reads the vectors."""
import base64
import datetime
import os
import re
import subprocess
import sys
import zlib

TOP = os.environ.get('top_srcdir', '.')
BUILD = os.environ.get('top_builddir', '.')
BASE = 1767225600000            # 2026-01-01T00:00:00.000Z
TYPES = 'uint int time chat user enum bytes text flag'.split()
U64 = (1 << 64) - 1


class Bad(Exception):
    pass


def read(path):
    with open(os.path.join(TOP, path), encoding='utf-8') as f:
        return f.read()


class Tables:
    def __init__(self, spec):
        part = {name: body for name, body in re.findall(
            r'### (.*?)\n\n(.*?)(?=\n### |\n<!-- end)', spec, re.S)}
        self.shapes = {}
        for n, tag, attrs, content, _ in self.rows(part['Shapes']):
            self.shapes[int(n)] = (tag, attrs.split(), content)
        words = part['Tag tokens'].replace('\n', ' ').rstrip('. ').split(', ')
        self.tags = dict((int(w.split()[0]), w.split()[1]) for w in words)
        self.attrs, self.types, self.enums = {}, {}, {}
        for token, name, kind in self.rows(part['Attributes']):
            self.attrs[int(token)] = name
            self.types[name] = kind
        for name, values in self.rows(part['Enums']):
            self.enums[name] = [v.split()[1] for v in values.split(', ')]
        self.dicts = {0: b''}
        for n, name, size in self.rows(part['Deflate dictionaries']):
            with open(os.path.join(TOP, 'protocol', name), 'rb') as f:
                self.dicts[int(n)] = f.read()
            assert len(self.dicts[int(n)]) == int(size)

    @staticmethod
    def rows(text):
        lines = [ln for ln in text.split('\n') if ln.startswith('|')][2:]
        return [[c.strip() for c in ln.strip('|').split('|')] for ln in lines]


class Reader:
    def __init__(self, tables, data):
        self.t, self.data, self.at = tables, data, 0

    def left(self):
        return len(self.data) - self.at

    def take(self, n):
        if n > self.left():
            raise Bad('ends too early')
        self.at += n
        return self.data[self.at - n:self.at]

    def byte(self):
        return self.take(1)[0]

    def varint(self):
        v = shift = 0
        while True:
            b = self.byte()
            v |= (b & 127) << shift
            shift += 7
            if b < 128:
                break
        if (b == 0 and shift > 7) or v > U64:
            raise Bad('varint')
        return v

    def sized(self):
        return self.take(self.varint())

    def text(self):
        try:
            return self.sized().decode('utf-8')
        except UnicodeDecodeError:
            raise Bad('UTF-8')


def signed(v):
    return -((v + 1) >> 1) if v & 1 else v >> 1


def escape(s, attribute):
    out = ''
    for c in s:
        if c in '&<>' or (c == '"' and attribute):
            out += {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'}[c]
        else:
            out += f'&#{ord(c)};' if c < ' ' else c
    return out


def named(name, digits_too):
    if not name:
        raise Bad('empty name')
    mark = name[0] in '#~@' or (digits_too and re.fullmatch('[0-9]+', name))
    return ('@' if mark else '') + escape(name, True)


def time_text(ms):
    ms = (ms + (1 << 63) & U64) - (1 << 63)
    if not -62167219200000 <= ms <= 253402300799999:
        return str(ms), ms
    # datetime has no year 0, which like 2000 is a leap year of 400
    shift = 2000 if ms < -62135596800000 else 0
    at = datetime.datetime(1970, 1, 1) + datetime.timedelta(
        days=730485 if shift else 0, milliseconds=ms)
    return (f'{at.year - shift:04}-{at.month:02}-{at.day:02}T{at:%H:%M:%S}.'
            f'{ms % 1000:03}Z'), ms


class Decoder:
    """Bytes to XML, from the words of SPEC.md."""

    def __init__(self, tables):
        self.t = tables

    def chat(self, r):
        v = r.varint()
        if v:
            return str(v)
        kind = r.byte()
        if kind == 1:
            digits = base64.b32encode(r.take(16)).decode().lower()
            return '#' + digits.rstrip('=')
        if kind == 2:
            v = r.varint()
            if not v:
                raise Bad('user 0')
            return f'~{v}'
        if kind == 3:
            return named(r.text(), True)
        raise Bad('kind of chat')

    def user(self, r):
        v = r.varint()
        return f'~{v}' if v else named(r.text(), False)

    def value(self, r, name, kind):
        if kind == 'uint':
            return str(r.varint())
        if kind == 'int':
            return str(signed(r.varint()))
        if kind == 'time':
            out, self.base = time_text(self.base + signed(r.varint()))
            return out
        if kind in ('chat', 'user'):
            return getattr(self, kind)(r)
        if kind.startswith('enum'):
            values = self.t.enums[self.t.types[name].split()[1]]
            v = r.varint()
            if v >= len(values):
                raise Bad('enum')
            return values[v]
        if kind == 'bytes':
            return base64.urlsafe_b64encode(r.sized()).decode().rstrip('=')
        return escape(r.text(), True) if kind == 'text' else 'true'

    def generic_attr(self, r):
        token = r.varint()
        if token > len(self.t.attrs):
            raise Bad('attribute token')
        name = self.t.attrs[token] if token else self.name(r, self.t.types)
        kind = r.byte()
        if kind >= len(TYPES) or (not token and TYPES[kind] == 'enum'):
            raise Bad('type')
        kind = TYPES[kind]
        if token and kind != self.t.types[name].split()[0]:
            raise Bad('type of a known attribute')
        text = self.value(r, name, kind)
        return name, (name if token or kind == 'text' else f'{name}.{kind}',
                      text)

    @staticmethod
    def name(r, known):
        name = r.text()
        if not re.fullmatch('[A-Za-z_][A-Za-z0-9_:-]{0,63}', name) or \
                name in known:
            raise Bad('name')
        return name

    def payload(self, r):
        start = r.at
        head = r.varint()
        if head & 3 == 3:
            raise Bad('encoding')
        which = r.byte() if head & 3 == 1 else 0
        data = r.take(head >> 2)
        if r.data[start:r.at] == b'\0':
            return ''
        if head & 3 == 2:
            text = base64.urlsafe_b64encode(data).decode().rstrip('=')
            return f'<opaque data="{text}"/>'
        if head & 3 == 1:
            data = inflate(self.t.dicts[which], data)
        out, inner, base = '', Reader(self.t, data), self.base
        while inner.left():
            self.base = 0
            out += self.element(inner, False, 1)
        self.base = base
        return out

    def content(self, r, kind, depth):
        if kind == 'none':
            return ''
        if kind == 'text':
            return escape(r.text(), False)
        if kind == 'payload':
            return self.payload(r)
        n = r.varint()
        if n > 1024 or n > r.left() or (n and depth == 8):
            raise Bad('children')
        return ''.join(self.element(r, False, depth + 1) for _ in range(n))

    def generic(self, r, depth):
        token = r.varint()
        if token > len(self.t.tags):
            raise Bad('tag token')
        tag = self.t.tags[token] if token else \
            self.name(r, self.t.tags.values())
        n = r.varint()
        if n > 32 or 2 * n > r.left():
            raise Bad('attributes')
        attrs = [self.generic_attr(r) for _ in range(n)]
        kind = r.byte()
        if kind > 3:
            raise Bad('content')
        kind = ('none', 'text', 'children', 'payload')[kind]
        text = self.content(r, kind, depth)
        if kind != 'none' and not text:
            raise Bad('empty content')
        return tag, attrs, kind, text

    def shaped(self, r, form, depth):
        tag, listed, kind = self.t.shapes[form]
        bits = r.byte() if any(a.endswith('?') for a in listed) else 0
        attrs = []
        for a in listed:
            name = a.rstrip('?')
            if a.endswith('?'):
                present, bits = bits & 1, bits >> 1
                if not present:
                    continue
            text = self.value(r, name, self.t.types[name])
            attrs.append((name, (name, text)))
        if bits:
            raise Bad('presence')
        return tag, attrs, kind, self.content(r, kind, depth)

    def choose(self, tag, names, kind, text, root):
        best = (0, -1)
        for form, (shape_tag, listed, content) in self.t.shapes.items():
            must = {a for a in listed if not a.endswith('?')}
            every = {a.rstrip('?') for a in listed}
            if shape_tag != tag or not must <= names or \
                    (text and content != kind):
                continue
            if names <= every:
                return form
            if root and len(names & every) > best[1]:
                best = (form, len(names & every))
        return best[0]

    def element(self, r, root, depth):
        form = r.byte()
        if form == 0:
            tag, attrs, kind, text = self.generic(r, depth)
        elif form in self.t.shapes:
            tag, attrs, kind, text = self.shaped(r, form, depth)
        else:
            raise Bad('form')
        if root and form and r.left():
            n = r.varint()
            if not n or n + len(attrs) > 32:
                raise Bad('tail')
            listed = {a.rstrip('?') for a in self.t.shapes[form][1]}
            for _ in range(n):
                attrs.append(self.generic_attr(r))
                if attrs[-1][0] in listed:
                    raise Bad('tail')
        names = {a[0] for a in attrs}
        payload = any(s[0] == tag and s[2] == 'payload'
                      for s in self.t.shapes.values())
        if len(names) < len(attrs) or (text and (
                (kind == 'payload') > payload or
                (kind == 'children' and payload))):
            raise Bad('attribute twice, or content that may not be')
        if self.choose(tag, names, kind, text, root) != form:
            raise Bad('another form')
        out = '<' + tag + ''.join(f' {n}="{v}"' for _, (n, v) in attrs)
        return f'{out}>{text}</{tag}>' if text else out + '/>'

    def frame(self, data):
        r = Reader(self.t, data)
        head = r.varint()
        if head == 1 or head >> 1 > 65536:
            raise Bad('head')
        body = r.take(head >> 1)
        if head & 1:
            if len(body) < 2 or body[0] not in self.t.dicts:
                raise Bad('deflated')
            body = inflate(self.t.dicts[body[0]], body[1:])
        r, self.base = Reader(self.t, body), BASE
        out = self.element(r, True, 1)
        if r.left():
            raise Bad('bytes after the end')
        return out


def inflate(dictionary, data):
    z = zlib.decompressobj(-15, zdict=dictionary) if dictionary else \
        zlib.decompressobj(-15)
    most = min(1 << 20, max(65536, 100 * len(data)))
    try:
        out = z.decompress(data, most + 1)
    except zlib.error:
        raise Bad('deflate')
    if len(out) > most or not z.eof or z.unused_data:
        raise Bad('deflate')
    return out


def vectors(name):
    for i, line in enumerate(read(f'tests/vectors/{name}').split('\n'), 1):
        if line and line[0] != '#':
            yield i, line.split('\t')


def check_good(tables, name):
    wrong = []
    for i, (xml, data) in vectors(name):
        try:
            got = Decoder(tables).frame(bytes.fromhex(data))
        except Bad as e:
            got = f'refused: {e}'
        if got != xml:
            wrong.append(f'{name}:{i}: {got}')
    return wrong


def check_bad(tables):
    wrong = []
    for i, row in vectors('bad.txt'):
        try:
            got = Decoder(tables).frame(bytes.fromhex(row[0]))
            wrong.append(f'bad.txt:{i}: {row[2]}: accepted as {got}')
        except Bad:
            pass
    return wrong


def check_tests(spec):
    """In the part before "Sessions and delivery", which has its own table."""
    wrong = []
    spec = spec.split('## Sessions and delivery')[0]
    text = '\n'.join(ln for ln in spec.split('\n') if not ln.startswith('|'))
    for part in re.split(r'\n\n|\n- |\n\d\. ', text.split('\n\n', 2)[2]):
        musts = len(re.findall(r'\bMUST\b', part))
        tests = re.findall(r'\((test_\w+): (\w+)\)', part)
        if musts > len(tests):
            wrong.append('a MUST without a test: ' + part.split('\n')[0])
    for program, test in re.findall(r'\b(test_\w+): (\w+)', spec):
        path = 'vectors' if program == 'test_vectors' else 'unit'
        try:
            source = read(f'tests/{path}/{program}.c')
        except FileNotFoundError:
            source = ''
        if not re.search(rf'cmocka_unit_test\w*\(\s*{test}\b', source):
            wrong.append(f'no test {program}: {test}')
    return wrong


def check_tables():
    gen = os.path.join(BUILD, 'protocol/gen/dictgen')
    tables = os.path.join(BUILD, 'protocol/spec-tables.md')
    with open(tables, 'w', encoding='utf-8') as f:
        subprocess.run([gen, 'spec',
                        os.path.join(TOP, 'protocol/dictionary.xml'),
                        os.path.join(TOP, 'protocol/deflate')],
                       stdout=f, check=True)
    done = subprocess.run([sys.executable,
                           os.path.join(TOP, 'protocol/gen/spec-tables'),
                           os.path.join(TOP, 'protocol/SPEC.md'), tables],
                          capture_output=True, text=True)
    os.remove(tables)
    return done.stdout.split('\n')[:1] if done.returncode else []


def main():
    spec = read('protocol/SPEC.md')
    tables = Tables(spec)
    checks = [('tables are current', check_tables),
              ('each MUST names a test', lambda: check_tests(spec)),
              ('bad.txt', lambda: check_bad(tables))]
    for name in ('shapes', 'generic', 'tails', 'values', 'deflated'):
        checks.append((f'{name}.txt', lambda name=name:
                       check_good(tables, name + '.txt')))
    print(f'1..{len(checks)}')
    failed = 0
    for i, (name, check) in enumerate(checks, 1):
        wrong = check()
        for line in wrong:
            print('# ' + line)
        failed += bool(wrong)
        print(f'{"not ok" if wrong else "ok"} {i} - {name}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

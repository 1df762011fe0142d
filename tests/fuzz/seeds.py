#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""seeds.py BUILD: writes the seeds of the fuzz targets that are made of other
things of this tree to tests/fuzz/corpus, with the programs in BUILD. Inputs
that a fuzzer found stay as they are."""
import base64
import pathlib
import re
import subprocess
import sys
import zlib

top = pathlib.Path(__file__).resolve().parents[2]
build = pathlib.Path(sys.argv[1]).resolve()
corpus = top / 'tests/fuzz/corpus'


def put(target, name, data):
    directory = corpus / target
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_bytes(data)


# ---- texts

put('config', 'sample', (top / 'doc/stonechat.xml.in').read_bytes())
for i, text in enumerate([
        '<stonechat/>', '<stonechat><port>1</port></stonechat>',
        '<stonechat><listen><port>65536</port></listen></stonechat>',
        '<stonechat><store><cache>4G</cache><sync>no</sync></store></stonechat>',
        '<stonechat><modules><module name="retention" undelivered="7"/>'
        '<module name="receipts" enabled="no"/></modules></stonechat>',
        '<!DOCTYPE a [<!ENTITY b "c">]><stonechat>&b;</stonechat>',
        '<stonechat><listen><address>::1</address><address>*</address>'
        '</listen></stonechat>',
        '<stonechat><domain>example.org</domain><log><level>debug</level>'
        '</log></stonechat>', '\xef\xbb\xbf<stonechat>', '<a><b></a>']):
    put('config', f'text-{i:02}', text.encode('latin-1'))
for i, text in enumerate([
        'bob', 'Bob@example.org', '@', 'bob@', 'a' * 64, 'a' * 65, 'a b',
        '#aebagbafaydqqcikbmga2dqpca', '#aebagbafaydqqcikbmga2dqpc7',
        'b\u00f6b@example.org', '~17']):
    put('address', f'text-{i:02}', text.encode())

for i, text in enumerate([
        '{"command":"user add","name":"alice","password":"secret"}',
        '{"command":"user add","name":"Alice","password":""}',
        '{"command":"user list"}\n{"command":"stats"}',
        '{"command":"user show","name":"alice"}',
        '{"command":"user passwd","name":"alice","password":"pass\\u0000word"}',
        '{"command":"user add","name":"bob","password":"b"}\n'
        '{"command":"user del","name":"bob"}',
        '{"command":"device list","user":"alice"}\n'
        '{"command":"device revoke","user":"alice","device":1}',
        '{"command":"session list"}\n{"command":"session kick","session":1}',
        '{"command":"chat list","user":"alice"}\n'
        '{"command":"chat show","chat":"#aebagbafaydqqcikbmga2dqpca"}',
        '{"command":"chat history","chat":"x","count":-1}',
        '{"command":"module list"}\n'
        '{"command":"module unload","module":"offline"}\n'
        '{"command":"module load","module":"offline"}',
        '{"command":"config check","file":"/no/such"}',
        '{"command":"config reload"}\n{"command":"config diff"}',
        '{"command":"no such äö"}', '[]', '{"command":7}', 'null',
        '{"command":"user list","command":"stats"}', '{"command":"user list"',
        '', '\n\n{}\n']):
    put('control', f'text-{i:02}', text.encode())

# ---- records of TLS: a suite, and steps: kind, type, length, content, cut


def step(kind, of_type, content=b'', cut=0):
    return bytes([kind, of_type, len(content)]) + content + bytes([cut])


BYTES, RECORD, PADDED, UPDATE, WRITE = range(5)
DATA = step(RECORD, 23, b'hello', 9)
for i, steps in enumerate([
        DATA + step(WRITE, 0, b'answer') + DATA, DATA * 3,
        step(RECORD, 21, b'\1\0'), step(RECORD, 21, b'\2\x14'),
        step(RECORD, 21, b'\1\x5a') + DATA, step(RECORD, 23) * 33,
        step(PADDED, 200, b'hello\x17', 100) + DATA,
        step(PADDED, 15), step(UPDATE, 0) + DATA + step(WRITE, 0, b'x'),
        step(UPDATE, 1) + step(UPDATE, 1) + DATA + step(WRITE, 0, b'x'),
        step(RECORD, 22, b'\x18\0') + step(RECORD, 22, b'\0\1\7'),
        step(RECORD, 22, b'\1\0\0\0'), step(RECORD, 20, b'\1'),
        step(BYTES, 0, b'\x17\3\3\0\x20' + bytes(32), 3),
        step(BYTES, 0, b'\x17\3\3\xff\xff'), step(BYTES, 0, b'\x16\3\3'),
        step(BYTES, 0, b'\x17\3\3') + step(BYTES, 0, b'\0\x10'),
        step(UPDATE, 0) * 33]):
    put('lean', f'steps-{i:02}', bytes([i % 3]) + steps)

# ---- the wire program

lines = [line for line in (top / 'tests/vectors/shapes.txt').read_text()
         .splitlines() if '\t' in line]
xml = '\n'.join(line.split('\t')[0] for line in lines[::9])
frames = '\n'.join(line.split('\t')[1] for line in lines[::9])
for i, first in enumerate(b'\x00\x04\x02\x0a'):
    put('wire', f'xml-{i}', bytes([first]) + xml.encode())
put('wire', 'wrapped', b'\x00<?xml version="1.0"?><stanzas><!-- one -->'
    b'<ping/><!-- two --><message chat="bob" n="1"><body>hi</body></message>'
    b'</stanzas>')
put('wire', 'unfinished', b'\x02<stanzas><a><![CDATA[x]]><b c="d')
put('wire', 'frames', b'\x01# a comment\n' + frames.encode())

# ---- logins


def sasl(first, *messages):
    data = bytes([first])
    for m in messages:
        data += len(m).to_bytes(2, 'big') + m
    return data


put('sasl', 'plain', sasl(0, b'\0alice\0secret'))
put('sasl', 'plain-as', sasl(0, b'bob\0alice@example.org\0secret'))
put('sasl', 'plain-short', sasl(0, b'alice'))
put('sasl', 'plain-many', sasl(0, b'\0\0\0\0\0'))
proof = b'p=' + base64.b64encode(bytes(32))
for first, name, header in ((1, '256', b'n,,'), (5, '256-y', b'y,,'),
                            (2, 'plus', b'p=tls-exporter,,'),
                            (2, 'unique', b'p=tls-unique,,'),
                            (3, 'sha-1', b'n,,'), (1, 'as', b'n,a=bob,')):
    bound = header + (b'\1\2\3' + bytes(29) if first == 2 else b'')
    put('sasl', 'scram-' + name, sasl(
        first, header + b'n=alice,r=fyko+d2lbbFgONRv',
        b'c=' + base64.b64encode(bound) + b',r=fyko+d2lbbFgONRv,' + proof))
nonce = b'r=fyko+d2lbbFgONRv3rfcNHYJY1ZVvWVs7j'
salt = b's=' + base64.b64encode(bytes(range(16)))
put('scram', 'good', nonce + b',' + salt + b',i=4096\0v=' +
    base64.b64encode(bytes(32)))
put('scram', 'error', nonce + b',' + salt + b',i=4096\0e=other-error')
put('scram', 'few', nonce + b',' + salt + b',i=1')
put('scram', 'mandatory', b'm=x,' + nonce + b',' + salt + b',i=4096')
put('scram', 'other-nonce', b'r=abc,' + salt + b',i=4096')
put('scram', 'order', salt + b',' + nonce + b',i=4096')

# ---- conversations


def bodies(text):
    """Of the frames that the stanzas in TEXT are."""
    run = subprocess.run(
        [build / 'stonechat-wire', '--to-bytes', '--raw', '--base',
         '2026-01-01T00:00:00.000Z'], input=text, text=True, check=True,
        stdout=subprocess.PIPE)
    for line in run.stdout.split():
        yield body_of(bytes.fromhex(line))


def body_of(frame):
    n = 1
    while frame[n - 1] & 0x80:
        n += 1
    return frame[n:]


def step(body):
    return bytes([0x80 | len(body) >> 8, len(body) & 0xff]) + body


def talk(*parts):
    """Numbers are steps, texts are stanzas."""
    data = b''
    for part in parts:
        if isinstance(part, int):
            data += bytes([part])
        else:
            data += b''.join(step(b) for b in bodies(part))
    return data


every = [body_of(bytes.fromhex(line.split('\t')[1])) for line in lines]
login = ('<hello version="1" epoch="AAAAAAAAAAE" domain="example.org"/>\n'
         '<success user="~1" device="3" high="0" '
         'time="2026-01-01T00:00:00.000Z" heartbeat="30000" '
         'max-text="4096" token="dG9rZW4"/>')
chat = ('<message chat="1" seq="1" time="2026-01-01T00:00:00.000Z"><chat '
        'number="2" ref="AQIDBAUGBwgJCgsMDQ4PEA" kind="direct" peer="~2" '
        'name="bob"/></message>')
says = ''.join(f'<message chat="2" seq="{seq}" '
               'time="2026-01-01T00:00:00.000Z" from="~2"><body>hello</body>'
               '</message>\n' for seq in (1, 2, 3))
synced = '<synced stamp="9" time="2026-01-01T00:00:00.000Z"/>'
SEND, CLOSE, CONNECT, RESTART, READ, DECLINE, RESUME, BYE = (
    3, 1, 0, 2, 12, 13, 6, 7)

put('client', 'login', talk(login, chat, says, synced))
put('client', 'sends', talk(
    SEND, login, synced, SEND, SEND, '<ack n="1" chat="2" seq="1" '
    'time="2026-01-01T00:00:00.000Z"/>\n<error n="2" code="unavailable"/>',
    0x70, '<error n="2" code="conflict" high="7"/>', CLOSE, 0x7f, CONNECT))
put('client', 'again', talk(
    login, chat, says, DECLINE, says, RESUME, READ, CLOSE, RESTART, 0x7f,
    CONNECT, login, '<sync/>', synced, '<ping waiting="3"/>', 0x7e, BYE))
put('client', 'refused', talk('<failure code="not-authorized" text="no"/>'))
put('client', 'bye', talk(login, '<bye why="replaced"/>'))
put('client', 'skips', talk(
    login, chat, '<skip chat="2" first="1" last="9" reason="pruned"/>\n'
    '<stub chat="2" seq="10"/>\n<receipt chat="2" delivered="3" '
    'time="2026-01-01T00:00:00.000Z"/>\n<read chat="2" seq="4"/>', synced))
for i in range(0, len(every), 12):
    part = b''.join(step(b) for b in every[i:i + 12])
    put('client', f'shapes-{i:03}', talk(login, chat) + part)
    put('server', f'shapes-{i:03}', part)
    put('server', f'first-{i:03}', b'\x02' + part)
sends = ''.join(f'<message chat="{to}" n="{n}"><body>hello</body></message>\n'
                for n, to in ((1, 'bob'), (2, 'bob'), (3, 'alice'),
                              (4, '2'), (2, 'bob'), (9, 'bob')))
put('server', 'sends', talk(sends, 0x60))
put('server', 'marks', talk(
    sends, 1, '<ack chat="2" seq="2"/>\n<read chat="2" seq="2"/>\n'
    '<ack chat="2" seq="77"/>', 0x60))
put('server', 'syncs', talk(
    sends, 1, '<sync account="0" stamp="0" sum="AAAAAAAAAAE"/>\n<cursors>'
    '<cursor chat="2" seq="1"/></cursors>\n<cursors final="true"><cursor '
    'chat="1" seq="1"/></cursors>', 0x60))
put('server', 'away', talk(sends, 4, 0x70, 9, 0x60, 12, 1, sends, 0x7f))
put('server', 'replaced', talk(6, 0, sends, 0x40, '<bye why="shutdown"/>'))
put('server', 'login', talk(
    2, '<hello version="1" hash="_-8"/>\n<auth mechanism="plain" user="alice" '
    'data="AGFsaWNlAHNlY3JldA" name="desk"/>', 0x60))

# ---- the client's state


def varint(n):
    out = b''
    while n >= 0x80:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def record(kind, numbers, texts=()):
    data = bytes([kind]) + b''.join(varint(n) for n in numbers)
    for text in texts:
        data += varint(len(text)) + text
    return data


chat_id = bytes(range(1, 17))
records = [
    record(1, [1], [b'alice']), record(2, [], [b'\0\0\0\0\0\0\0\1']),
    record(3, [1, 3], [b'token']), record(4, [1]),
    record(9, [2, 0, 2], [chat_id, b'bob']),
    record(5, [2, 2, 0, 99, 3, 2], [b'', b'\x04\x01']), record(6, [2]),
    record(7, [1, 1, 0, 9, 9, 2, 1, 1767225600000]), record(8, [7]),
    record(10, [2, 4]), record(11, [2, 3]), record(12, [2, 3]),
    record(13, [9])]
for n in range(1, len(records) + 1):
    put('records', f'first-{n:02}', b''.join(
        bytes([len(r)]) + r for r in records[:n]))


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def journal(durable):
    out = b'SCSTATE1'
    for i, r in enumerate(records):
        rest = varint(len(r)) + varint(0 if durable else len(out) - 8) + r
        out += crc32c(rest).to_bytes(4, 'big') + rest
    return out


whole = journal(True)
put('journal', 'durable', whole)
put('journal', 'not-durable', journal(False))
put('journal', 'cut', whole[:-3])
put('journal', 'torn', whole[:30] + bytes(8) + whole[38:])
put('journal', 'torn-not-durable', journal(False)[:-9] + bytes(9))
put('journal', 'empty', b'')
put('journal', 'magic', b'SCSTATE1')
put('journal', 'other', b'SCSTATE2' + whole[8:])

# ---- files of sealed partitions


def segment(rows, deflated, per_block=3):
    """A file of these rows, as src/store/segment.h says."""
    out = bytearray(b'scseal\r\n' + bytes([0, 0, 0, 1]) + bytes(4))

    def block(rows):
        body = b''.join(varint(len(k)) + varint(len(v)) + k + v
                        for k, v in rows)
        stored = body
        if deflated:
            z = zlib.compressobj(6, zlib.DEFLATED, -15)
            stored = min(z.compress(body) + z.flush(), body, key=len)
        place = (len(out).to_bytes(8, 'big') +
                 len(stored).to_bytes(4, 'big') +
                 len(body).to_bytes(4, 'big') +
                 zlib.crc32(stored).to_bytes(4, 'big'))
        out.extend(stored)
        return place

    def level(rows):
        return [(rows[i][0], block(rows[i:i + per_block]))
                for i in range(0, len(rows), per_block)]

    root = block(level(level(rows)))
    tail = (len(rows).to_bytes(8, 'big') +
            sum(len(k) + len(v) for k, v in rows).to_bytes(8, 'big') +
            root + bytes([0, 0, 0, 1]))
    return bytes(out) + tail + zlib.crc32(tail).to_bytes(4, 'big') + \
        b'scseal\r\n'


rows = [(b'%04d' % i, b'value %d ' % i * (i % 7)) for i in range(40)]
put('segment', 'plain', segment(rows, False))
put('segment', 'deflated', segment(rows, True))
put('segment', 'few', segment(rows[:1], False))
put('segment', 'none', segment([], False))
put('segment', 'many', segment(rows, False, 40))
put('segment', 'cut', segment(rows, False)[:-40])
put('segment', 'backwards', segment(rows[::-1], False))
put('segment', 'twice', segment(rows[:5] + rows[4:9], False))

# SPDX-License-Identifier: ISC
"""A screen: what a terminal shows after the bytes that a program wrote.

Knows what libedit and stonechat use of TERM=xterm; anything else that begins
with an escape is an error, so that a test notices.
"""
import codecs
import re
import unicodedata

CSI = re.compile(r'\x1b\[([?>]?)([0-9;]*)([@A-Za-z])')
OTHER = re.compile(r'\x1b(?:[=>78]|[()][A-Z0-9])|\x1b\][^\x07]*\x07')


def width(character):
    if unicodedata.combining(character) or character == '\u200d':
        return 0
    return 2 if unicodedata.east_asian_width(character) in 'WF' else 1


class Screen:
    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.cells = [[' '] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.rest = ''
        self.decoder = codecs.getincrementaldecoder('utf-8')('replace')

    def resize(self, rows, columns):
        """As xterm: lines are cut or filled, not broken anew."""
        cells = [(line + [' '] * columns)[:columns] for line in self.cells]
        drop = max(0, self.row + 1 - rows)
        cells = cells[drop:drop + rows]
        cells += [[' '] * columns for _ in range(rows - len(cells))]
        self.cells, self.rows, self.columns = cells, rows, columns
        self.row -= drop
        self.column = min(self.column, columns - 1)

    def lines(self):
        text = [''.join(line).rstrip() for line in self.cells]
        while text and not text[-1]:
            text.pop()
        return text

    def feed(self, data):
        text = self.rest + self.decoder.decode(data)
        self.rest = ''
        at = 0
        while at < len(text):
            if text[at] != '\x1b':
                self.put(text[at])
                at += 1
                continue
            found = CSI.match(text, at)
            if found:
                self.control(*found.groups())
            else:
                found = OTHER.match(text, at)
            if not found:
                if len(text) - at > 32:
                    raise ValueError('unknown escape %r' % text[at:at + 32])
                self.rest = text[at:]
                return
            at = found.end()

    def line_feed(self):
        if self.row + 1 < self.rows:
            self.row += 1
        else:
            self.cells.pop(0)
            self.cells.append([' '] * self.columns)

    def put(self, c):
        if c == '\r':
            self.column = 0
        elif c == '\n':
            self.line_feed()
        elif c == '\b':
            self.column = max(0, min(self.column, self.columns) - 1)
        elif c >= ' ':
            self.put_printable(c)

    def put_printable(self, c):
        n = width(c)
        if n == 0:
            before = max(0, self.column - 1)
            self.cells[self.row][before] += c
            return
        if self.column + n > self.columns:
            self.column = 0
            self.line_feed()
        self.cells[self.row][self.column] = c
        if n == 2:
            self.cells[self.row][self.column + 1] = ''
        self.column += n

    def control(self, private, parameters, final):
        if private or final in 'mhlt':
            return
        numbers = [int(n or 0) for n in parameters.split(';')]
        n = max(1, numbers[0])
        line = self.cells[self.row]
        self.column = min(self.column, self.columns - 1)
        if final == 'A':
            self.row = max(0, self.row - n)
        elif final == 'B':
            self.row = min(self.rows - 1, self.row + n)
        elif final == 'C':
            self.column = min(self.columns - 1, self.column + n)
        elif final == 'D':
            self.column = max(0, self.column - n)
        elif final == 'G':
            self.column = min(self.columns, n) - 1
        elif final == 'H':
            numbers += [1]
            self.row = min(self.rows, n) - 1
            self.column = min(self.columns, max(1, numbers[1])) - 1
        elif final == 'K':
            line[self.column:] = [' '] * (self.columns - self.column)
        elif final == 'J' and numbers[0] == 0:
            line[self.column:] = [' '] * (self.columns - self.column)
            for i in range(self.row + 1, self.rows):
                self.cells[i] = [' '] * self.columns
        elif final == 'J' and numbers[0] == 2:
            self.cells = [[' '] * self.columns for _ in range(self.rows)]
        elif final == 'P':
            del line[self.column:self.column + n]
            line += [' '] * n
        elif final == '@':
            line[self.column:self.column] = [' '] * n
            del line[self.columns:]
        else:
            raise ValueError('unknown control %s%s' % (parameters, final))

#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""terminal.py LIMIT: programs on terminals, for a scenario script.

Commands come on standard input, one a line; each is answered by a line: "ok",
or what is wrong.  Nothing sleeps: to wait is to read from the terminals until
the screen is as it should be, or LIMIT seconds are over.

  start NAME ROWS COLUMNS WORD...   a program (words as in a shell)
  type NAME TEXT                    with \\r, \\x03 and the like as in Python
  sees NAME TEXT                    a row holds TEXT
  misses NAME TEXT                  no row does
  row NAME A | B                    a row holds both
  ends NAME TEXT                    the last row is TEXT
  rests NAME TEXT                   and the row above it waits for nothing
  size NAME ROWS COLUMNS            the window changes
  stopped NAME                      it stops, as for Ctrl-Z; it goes on then
  restored NAME                     the terminal is as it was before it
  ended NAME STATUS                 it ends with this status
"""
import fcntl
import os
import pty
import select
import shlex
import signal
import struct
import sys
import termios
import time

sys.dont_write_bytecode = True  # the sources may be read-only
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from screen import Screen  # noqa: E402


class Program:
    def __init__(self, rows, columns, words):
        self.screen = Screen(rows, columns)
        self.status = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ,
                        struct.pack('HHHH', rows, columns, 0, 0))
            os.environ.update(TERM='xterm', LC_ALL='C.UTF-8', TZ='UTC',
                              EDITRC='/dev/null')
            os.environ.pop('NO_COLOR', None)
            os.execvp(words[0], words)
        # a window with a size before the program looks at it
        self.size(rows, columns)
        self.modes = termios.tcgetattr(self.fd)[:4]

    def size(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ,
                    struct.pack('HHHH', rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def read(self):
        try:
            data = os.read(self.fd, 65536)
        except OSError:     # nobody has the terminal open any more
            data = b''
        if data:
            self.screen.feed(data)
        else:
            self.status = os.waitstatus_to_exitcode(
                os.waitpid(self.pid, 0)[1])

    def write(self, data):
        while data:
            data = data[os.write(self.fd, data):]


class Terminals:
    def __init__(self, limit):
        self.limit = limit
        self.programs = {}

    def wait(self, name, good):
        """Until GOOD(screen); the answer."""
        program = self.programs[name]
        end = time.monotonic() + self.limit
        while not good(program):
            live = {p.fd: p for p in self.programs.values()
                    if p.status is None}
            left = end - time.monotonic()
            if left <= 0 or program.status is not None:
                return 'the screen of %s: %s (status %s)' % (
                    name, ' / '.join(program.screen.lines()), program.status)
            for fd in select.select(list(live), [], [], left)[0]:
                live[fd].read()
        return 'ok'

    def start(self, name, rows, columns, *words):
        self.programs[name] = Program(int(rows), int(columns), words)
        return 'ok'

    def do_type(self, name, text):
        data = text.encode('utf-8').decode('unicode_escape')
        self.programs[name].write(data.encode('latin-1'))
        return 'ok'

    def sees(self, name, text):
        return self.wait(name, lambda p: any(
            text in line for line in p.screen.lines()))

    def misses(self, name, text):
        return self.wait(name, lambda p: not any(
            text in line for line in p.screen.lines()))

    def row(self, name, both):
        one, _, two = both.partition(' | ')
        return self.wait(name, lambda p: any(
            one in line and two in line for line in p.screen.lines()))

    def ends(self, name, text):
        return self.wait(name, lambda p: p.screen.lines()[-1:] == [text])

    def rests(self, name, text):
        def good(program):
            rows = program.screen.lines()[-2:]
            return (len(rows) == 2 and rows[1] == text and
                    not rows[0].endswith('…'))
        return self.wait(name, good)

    def resize(self, name, rows, columns):
        self.programs[name].size(int(rows), int(columns))
        return 'ok'

    def stopped(self, name):
        program = self.programs[name]
        os.waitpid(program.pid, os.WUNTRACED)
        modes = termios.tcgetattr(program.fd)[:4]
        os.kill(program.pid, signal.SIGCONT)
        if modes != program.modes:
            return 'the terminal is raw'
        # before that the terminal itself would take what is typed
        return self.wait(name, lambda p: termios.tcgetattr(p.fd)[:4] != modes)

    def restored(self, name):
        program = self.programs[name]
        modes = termios.tcgetattr(program.fd)[:4]
        return 'ok' if modes == program.modes else 'the terminal is raw'

    def ended(self, name, status):
        answer = self.wait(name, lambda p: p.status is not None)
        if answer != 'ok' or self.programs[name].status == int(status):
            return answer
        return 'it ended with %d' % self.programs[name].status

    def run(self, line):
        verb, _, rest = line.partition(' ')
        if verb == 'start':
            return self.start(*shlex.split(rest))
        if verb in ('size', 'ended', 'stopped', 'restored'):
            return {'size': self.resize, 'ended': self.ended,
                    'stopped': self.stopped,
                    'restored': self.restored}[verb](*rest.split())
        name, _, text = rest.partition(' ')
        return {'type': self.do_type, 'sees': self.sees, 'row': self.row,
                'misses': self.misses, 'ends': self.ends,
                'rests': self.rests}[verb](name, text)

    def stop(self):
        for program in self.programs.values():
            if program.status is None:
                os.kill(program.pid, signal.SIGKILL)
                os.waitpid(program.pid, 0)


def main():
    terminals = Terminals(float(sys.argv[1]))
    try:
        for line in sys.stdin:
            print(terminals.run(line.rstrip('\n')), flush=True)
    finally:
        terminals.stop()


main()

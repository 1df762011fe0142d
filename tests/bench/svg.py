# SPDX-License-Identifier: ISC
"""Plots: lines through points, on a linear or a logarithmic axis each."""
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 50
COLOURS = ("#0b6e4f", "#b5442d", "#3c5a99", "#8a6d1d", "#6b3f87", "#444444")


class Axis:
    def __init__(self, values, begin, end, logarithmic):
        self.begin, self.end, self.log = begin, end, logarithmic
        low, high = min(values), max(values)
        if logarithmic:
            self.low = math.floor(math.log10(low))
            self.high = max(self.low + 1, math.ceil(math.log10(high)))
        else:
            self.step = self.choose_step(high)
            self.low = 0
            self.high = self.step * max(1, math.ceil(high / self.step))

    @staticmethod
    def choose_step(high):
        rough = (high if high > 0 else 1) / 5
        power = 10 ** math.floor(math.log10(rough))
        return next(power * k for k in (1, 2, 5, 10) if rough <= power * k)

    def at(self, value):
        v = math.log10(value) if self.log else value
        return (self.begin + (v - self.low) / (self.high - self.low) *
                (self.end - self.begin))

    def ticks(self):
        if self.log:
            return [10.0 ** e for e in range(self.low, self.high + 1)]
        n = round(self.high / self.step)
        return [self.step * i for i in range(n + 1)]


def text(x, y, what, anchor="middle", more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>'
            f'{escape(what)}</text>')


def frame(x, y):
    """The grid and its numbers."""
    for v in x.ticks():
        yield (f'<path d="M{x.at(v):.1f} {TOP}V{HEIGHT - BOTTOM}" '
               'class="g"/>')
        yield text(x.at(v), HEIGHT - BOTTOM + 18, f"{v:,.10g}")
    for v in y.ticks():
        yield f'<path d="M{LEFT} {y.at(v):.1f}H{WIDTH - RIGHT}" class="g"/>'
        yield text(LEFT - 8, y.at(v) + 4, f"{v:,.10g}", "end")


def line(number, name, points, x, y):
    colour = COLOURS[number % len(COLOURS)]
    at = [(x.at(a), y.at(b)) for a, b in sorted(points)]
    path = "L".join(f"{a:.1f} {b:.1f}" for a, b in at)
    yield f'<path d="M{path}" class="l" stroke="{colour}"/>'
    for a, b in at:
        yield f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>'
    row = TOP + 16 + 17 * number
    yield (f'<path d="M{LEFT + 12} {row - 4}h20" class="l" '
           f'stroke="{colour}"/>')
    yield text(LEFT + 38, row, name, "start")


def plot(title, across, up, lines, logarithmic=(False, False)):
    """The text of an SVG.  LINES: (name, [(x, y)]), none without points."""
    xs = [a for _, points in lines for a, _ in points]
    ys = [b for _, points in lines for _, b in points]
    x = Axis(xs, LEFT, WIDTH - RIGHT, logarithmic[0])
    y = Axis(ys, HEIGHT - BOTTOM, TOP, logarithmic[1])
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" '
           f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
           f'font-size="12">',
           "<!-- SPDX-License-Identifier: ISC -->",
           "<style>.g{stroke:#ddd;fill:none}"
           ".l{fill:none;stroke-width:2}</style>",
           f'<path d="M0 0H{WIDTH}V{HEIGHT}H0Z" fill="#fff"/>',
           text(WIDTH / 2, 20, title, more=' font-size="14"')]
    out += frame(x, y)
    for i, (name, points) in enumerate(lines):
        out += line(i, name, points, x, y)
    out.append(text(WIDTH / 2, HEIGHT - 12, across))
    out.append(text(16, HEIGHT / 2, up,
                    more=f' transform="rotate(-90 16 {HEIGHT / 2})"'))
    return "\n".join(out) + "\n</svg>\n"

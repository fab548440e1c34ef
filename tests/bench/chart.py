# SPDX-License-Identifier: GPL-3.0-or-later
"""chart: scaling curves as SVG, both axes logarithmic, no package needed."""

import html
import math

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 44, 52
INKS = ("#0b6e4f", "#c0392b", "#2c5aa0", "#b7791f", "#6b3fa0", "#444444")


def decades(values):
    """The whole decades around ${values}, at least one."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


class Axis:
    def __init__(self, values, begin, end):
        self.low, self.high = decades(values)
        self.begin, self.end = begin, end

    def at(self, value):
        return self.begin + (math.log10(value) - self.low) / (self.high - self.low) * (self.end - self.begin)

    def ticks(self):
        return [10.0 ** power for power in range(self.low, self.high + 1)]


def tick_label(value):
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g} {letter}"
    return f"{value:g}"


def text(x, y, words, anchor="middle", size=12, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{more}>{html.escape(words)}</text>'


def axes(across, up, across_name, up_name):
    parts = []
    for value in across.ticks():
        x = across.at(value)
        parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        parts.append(text(x, HEIGHT - BOTTOM + 18, tick_label(value)))
    for value in up.ticks():
        y = up.at(value)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(text(LEFT - 8, y + 4, tick_label(value), "end"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, across_name))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(text(18, middle, up_name, more=f' transform="rotate(-90 18 {middle:.1f})"'))
    return parts


def curve(points, across, up, ink):
    places = [(across.at(x), up.at(y)) for x, y in points]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{ink}"/>' for x, y in places)
    return f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="2"/>{dots}'


def draw(title, across_name, up_name, curves):
    """An SVG document of ${curves}, {label: [(x, y), …]}, or None where nothing above zero is to be drawn."""
    curves = {label: [(x, y) for x, y in points if x > 0 and y > 0] for label, points in curves.items()}
    curves = {label: points for label, points in curves.items() if points}
    if not curves:
        return None
    across = Axis([x for points in curves.values() for x, _ in points], LEFT, WIDTH - RIGHT)
    up = Axis([y for points in curves.values() for _, y in points], HEIGHT - BOTTOM, TOP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
             'font-family="sans-serif">', f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
             text(LEFT, 20, title, "start", 15), *axes(across, up, across_name, up_name)]
    for place, (label, points) in enumerate(curves.items()):
        ink = INKS[place % len(INKS)]
        parts.append(curve(points, across, up, ink))
        parts.append(text(LEFT + 10, TOP + 16 + 16 * place, label, "start", 12, f' fill="{ink}"'))
    return "\n".join(parts) + "\n</svg>\n"

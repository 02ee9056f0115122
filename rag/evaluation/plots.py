"""Points in, inline SVG out. Colours are left to the style sheet; knows nothing of what is plotted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 420, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 14, 14, 44
_INNER_WIDTH, _INNER_HEIGHT = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
_MARKS = ("circle", "square", "diamond")


@dataclass(frozen=True, slots=True)
class Line:
    """A named line through ``points``, x and y from 0 to 1. ``marked``: every point has its mark."""

    name: str
    points: Sequence[tuple[float, float]]
    marked: bool = True


@dataclass(frozen=True, slots=True)
class Axis:
    """A label, and ticks: (place from 0 to 1, text)."""

    label: str
    ticks: Sequence[tuple[float, str]]


def share_axis(label: str, low: float = 0.0, high: float = 1.0) -> Axis:
    """Five steps from ``low`` to ``high``."""
    steps = [low + (high - low) * step / 5 for step in range(6)]
    return Axis(label, [(step / 5, f"{value:.2f}") for step, value in enumerate(steps)])


def line_plot(
    title: str,
    lines: Sequence[Line],
    x: Axis,
    y: Axis,
    *,
    diagonal: bool = False,
    spots: Sequence[tuple[float, float, str]] = (),
) -> str:
    """Lines over two axes. ``spots`` are single points (x, y, text), such as a working point."""
    body = [_axes(x, y)]
    if diagonal:
        body.append(f'<line class="diagonal" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>')
    for number, line in enumerate(lines):
        path = " ".join(f"{_x(across)},{_y(up)}" for across, up in line.points)
        body.append(f'<polyline class="line c{number}" points="{path}"/>')
        if line.marked:
            body += [
                _mark(_MARKS[number % 3], _x(across), _y(up), f"c{number}") for across, up in line.points
            ]
    for across, up, text in spots:
        body.append(_mark("circle", _x(across), _y(up), "spot", size=6, text=text))
    return _figure(title, "".join(body), _HEIGHT)


def bar_plot(title: str, rows: Sequence[tuple[str, float, float]], unit: str) -> str:
    """A bar (first value) and a whisker to the second for each row, on a scale of its own per plot."""
    step, left, right = 30, 86, 120
    top = max((value for row in rows for value in row[1:]), default=0) or 1.0
    inner = _WIDTH - left - right
    body = []
    for number, (name, middle, high) in enumerate(rows):
        y = 10 + number * step
        wide, far = inner * middle / top, inner * high / top
        body.append(f'<text class="tick end" x="{left - 8}" y="{y + 14}">{escape(name)}</text>')
        body.append(f'<rect class="bar" x="{left}" y="{y + 2}" width="{wide:.1f}" height="16" rx="2"/>')
        body.append(f'<path class="whisker" d="M{left + wide:.1f} {y + 10}H{left + far:.1f}m0 -5v10"/>')
        body.append(
            f'<text class="tick" x="{left + far + 6:.1f}" y="{y + 14}">{_amount(middle)} / {_amount(high)}'
            f"<title>{escape(unit)}</title></text>"
        )
    return _figure(title, "".join(body), 16 + step * len(rows))


def _amount(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def _axes(x: Axis, y: Axis) -> str:
    parts = []
    for up, text in y.ticks:
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{_y(up)}" y2="{_y(up)}"/>')
        parts.append(f'<text class="tick end" x="{_LEFT - 6}" y="{_y(up) + 4:.1f}">{escape(text)}</text>')
    for across, text in x.ticks:
        below = _HEIGHT - _BOTTOM + 16
        parts.append(f'<text class="tick middle" x="{_x(across)}" y="{below}">{escape(text)}</text>')
    middle = _LEFT + _INNER_WIDTH / 2
    parts.append(f'<text class="label middle" x="{middle}" y="{_HEIGHT - 8}">{escape(x.label)}</text>')
    height = _TOP + _INNER_HEIGHT / 2
    turned = f'transform="rotate(-90 11 {height})"'
    parts.append(f'<text class="label middle" x="11" y="{height}" {turned}>{escape(y.label)}</text>')
    return "".join(parts)


def _mark(shape: str, x: float, y: float, kind: str, *, size: float = 4, text: str = "") -> str:
    told = f"<title>{escape(text)}</title>" if text else ""
    if shape == "circle":
        return f'<circle class="mark {kind}" cx="{x}" cy="{y}" r="{size}">{told}</circle>'
    turned = f' transform="rotate(45 {x} {y})"' if shape == "diamond" else ""
    side = 2 * size - 1
    corner = f'x="{x - side / 2:.1f}" y="{y - side / 2:.1f}" width="{side}" height="{side}"'
    return f'<rect class="mark {kind}" {corner}{turned}>{told}</rect>'


def _figure(title: str, body: str, height: float) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{body}</svg>"
    )


def _x(across: float) -> float:
    return round(_LEFT + _INNER_WIDTH * across, 1)


def _y(up: float) -> float:
    return round(_TOP + _INNER_HEIGHT * (1 - up), 1)

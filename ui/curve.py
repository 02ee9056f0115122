"""The refusal's curve, and where on it a question stands, to HTML. Knows no gradio."""

from __future__ import annotations

import math

from rag.evaluation.plots import Axis, Line, line_plot, share_axis
from rag.refusal import CURVE, LEAST_PROBABILITY
from ui.text import Text

_TICKS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99)


def curve_html(likelihood: float, text: Text) -> str:
    """How many answerable and unanswerable questions would be refused below each likelihood.

    The threshold and ``likelihood``, 0 to 1, are pointed out.
    """
    kinds = [[(_across(least), row[kind]) for least, *row in CURVE] for kind in (0, 1)]
    lines = [Line(name, points, marked=False) for name, points in zip(text.CURVE_LINES, kinds, strict=True)]
    here, least = _across(likelihood), _across(LEAST_PROBABILITY)
    spots = [
        (least, _height(kinds[1], least), text.CURVE_LEAST.format(percent=100 * LEAST_PROBABILITY)),
        (here, 0.0, text.CURVE_HERE.format(percent=100 * likelihood)),
    ]
    x = Axis(text.CURVE_X, [(_across(tick), f"{100 * tick:g}%") for tick in _TICKS])
    plot = line_plot(text.CURVE, lines, x, share_axis(text.CURVE_Y), spots=spots)
    legend = "".join(f'<span class="key k{n}">{line.name}</span>' for n, line in enumerate(lines))
    told = "".join(f'<span class="point">{said}</span>' for _, _, said in spots)
    return f'<figure class="curve">{plot}<figcaption>{legend}{told}</figcaption></figure>'


def _across(probability: float) -> float:
    """0 to 1: the log odds between those of the first and of the last point of the curve."""
    low, high = (_log_odds(CURVE[end][0]) for end in (0, -1))
    return min(max((_log_odds(probability) - low) / (high - low), 0.0), 1.0)


def _log_odds(probability: float) -> float:
    probability = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(probability / (1 - probability))


def _height(points: list[tuple[float, float]], across: float) -> float:
    """The height of the line at its last point up to there."""
    return max((up for place, up in points if place <= across), default=0.0)

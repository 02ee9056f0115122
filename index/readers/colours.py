"""Whether text has the colour of what lies behind it, as far as inline styles tell. Knows no stylesheets."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from PIL import ImageColor

Rgb = tuple[int, int, int]

_COLOUR = re.compile(r"(?:^|[;\s])color\s*:\s*([^;!]+)")
_BACKGROUND = re.compile(r"(?:^|[;\s])background(?:-color)?\s*:\s*([^;!]+)")
_BEHIND = re.compile(r"(?:^|[;\s])background-image\s*:")
# Nobody can read text that differs from its background by less, of 255 in each of red, green and blue.
_LEAST_CONTRAST = 12
_WHITE: Rgb = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Colours:
    """The colour of text and of what lies behind it; None where a stylesheet or a picture may say."""

    text: Rgb | None = None
    background: Rgb | None = None
    styled: bool = False  # the page has a stylesheet, which may speak of every element with a class or an id

    @property
    def readable(self) -> bool:
        """Whether the text can be told from its background, or might be."""
        if self.text is None or self.background is None:
            return True
        return max(abs(one - other) for one, other in zip(self.text, self.background, strict=True)) >= (
            _LEAST_CONTRAST
        )

    def within(self, element: Any, css: str) -> Colours:
        """The colours inside ``element``, whose style is ``css``, in lower case."""
        found = self
        if self.styled and (element.get("class") or element.get("id")):
            found = Colours(styled=True)
        for name, pattern, value in (
            ("text", _COLOUR, element.get("color")),
            ("background", _BACKGROUND, element.get("bgcolor")),
        ):
            stated = pattern.findall(css)
            if stated or value:
                colour = _rgb(stated[-1] if stated else value)
                found = replace(found, text=colour) if name == "text" else replace(found, background=colour)
        if _BEHIND.search(css) or element.get("background"):
            found = replace(found, background=None)
        return found


UNKNOWN = Colours(styled=True)
ON_WHITE = Colours(background=_WHITE)  # what a page without a stylesheet begins with


def _rgb(value: str) -> Rgb | None:
    """``#fff``, ``white`` or ``rgb(255, 255, 255)``; None for what is no plain colour."""
    try:
        red, green, blue, *alpha = ImageColor.getrgb(value.strip())
    except ValueError:
        return None
    return (red, green, blue) if alpha in ([], [255]) else None

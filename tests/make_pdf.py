"""Small PDFs for tests: lines of Chinese or Latin text at given places. Knows no reader."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))

WIDTH, HEIGHT = A4
LEFT, SIZE, PITCH = 72.0, 12.0, 20.0


class PdfMaker:
    """Writes pages; ``y`` counts points from the upper end of the page.

    >>> maker = PdfMaker()
    >>> maker.text(72, 100, "一、概况", size=18)
    >>> maker.page()
    >>> maker.data()[:5]
    b'%PDF-'
    """

    def __init__(self, **settings: Any) -> None:
        self._buffer = io.BytesIO()
        self.canvas: Any = Canvas(self._buffer, pagesize=A4, invariant=True, **settings)

    def text(self, x: float, y: float, text: str, *, size: float = SIZE, font: str = "STSong-Light") -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, HEIGHT - y, text)

    def lines(self, y: float, lines: Sequence[str], *, x: float = LEFT, font: str = "STSong-Light") -> float:
        """The lines one below the other; the first two characters' width is left free for "　　"."""
        for line in lines:
            bare = line.lstrip("　")
            self.text(x + SIZE * (len(line) - len(bare)), y, bare, font=font)
            y += PITCH
        return y

    def picture(self, image: Image.Image) -> None:
        """``image`` over the whole page."""
        self.canvas.drawImage(ImageReader(image), 0, 0, WIDTH, HEIGHT)

    def rule(self, x: float, y: float, to_x: float, to_y: float) -> None:
        self.canvas.line(x, HEIGHT - y, to_x, HEIGHT - to_y)

    def page(self) -> None:
        self.canvas.showPage()

    def data(self) -> bytes:
        self.canvas.save()
        return self._buffer.getvalue()

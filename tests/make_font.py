"""Writes index/readers/squares.ttf: one square, which draws nothing, for every character of full width.

python -m tests.make_font
"""

from __future__ import annotations

import io

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

from index.readers.pdf_fonts import SQUARES

# Radicals to Yi, compatibility forms, full width, the further planes of characters; dashes, quotes, ①.
WIDE = (
    *range(0x2E80, 0xA000),
    *range(0xF900, 0xFB00),
    *range(0xFE30, 0xFE70),
    *range(0xFF00, 0xFFF0),
    *range(0x20000, 0x32000),
    *range(0x2010, 0x2070),
    *range(0x2460, 0x2500),
)
_CODE_PAGES = sum(1 << bit for bit in (17, 18, 19, 20, 21))  # Japanese, Chinese, Korean: how PDFium finds it
_UNITS, _ASCENT, _DESCENT = 1000, 880, -120


def font() -> bytes:
    """The file, the same on every machine."""
    builder = FontBuilder(_UNITS, isTTF=True)
    builder.font.recalcTimestamp = False
    builder.updateHead(created=0, modified=0)
    builder.setupGlyphOrder([".notdef", "square"])
    # From one corner to the other and back: as large as a square, without an area.
    pen = TTGlyphPen(None)
    pen.moveTo((0, _DESCENT))
    pen.lineTo((_UNITS, _ASCENT))
    pen.closePath()
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "square": pen.glyph()})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", "square"), (_UNITS, 0)))
    builder.setupHorizontalHeader(ascent=_ASCENT, descent=_DESCENT)
    # The last of all names, so that a real font of the machine goes before.
    builder.setupNameTable({"familyName": "zz Judian Squares", "styleName": "Regular"})
    builder.setupCharacterMap({WIDE[0]: "square"})
    builder.setupOS2(
        sTypoAscender=_ASCENT,
        sTypoDescender=_DESCENT,
        usWinAscent=_ASCENT,
        usWinDescent=-_DESCENT,
        ulCodePageRange1=_CODE_PAGES,
    )
    builder.setupPost()
    table = CmapSubtable.newSubtable(13)  # many characters, one glyph
    table.platformID, table.platEncID, table.language = 3, 10, 0
    table.cmap = dict.fromkeys(WIDE, "square")
    builder.font["cmap"].tables = [table]
    file = io.BytesIO()
    builder.font.save(file)
    return file.getvalue()


if __name__ == "__main__":
    SQUARES.write_bytes(font())

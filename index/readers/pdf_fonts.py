"""What PDFium measures characters with whose fonts a PDF names but does not bring. Knows no PDF.

Without a Chinese font on the machine PDFium holds such characters to be of no height, and drops text without
a word: lines on a page's side, and equal lines one below the other. ``squares.ttf`` gives each a full square,
which is what Chinese fonts give them; it draws nothing. Made by tests/make_font.py.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from pathlib import Path

import pypdfium2.raw as pdfium

SQUARES = Path(__file__).parent / "squares.ttf"

# Where PDFium looks by itself on Linux (its CLinuxPlatform). Other systems bring Chinese fonts.
_OF_THE_MACHINE = (
    "/usr/share/fonts",
    "/usr/share/X11/fonts/Type1",
    "/usr/share/X11/fonts/TTF",
    "/usr/local/share/fonts",
)


@cache
def prepare() -> None:
    """Let PDFium find the squares behind the machine's own fonts. To be called while no PDF is open."""
    if not sys.platform.startswith("linux"):
        return
    folders = [name.encode() for name in (*_OF_THE_MACHINE, str(SQUARES.parent))]
    texts = [ctypes.create_string_buffer(name) for name in folders]
    character = ctypes.POINTER(ctypes.c_char)
    paths = (character * (len(texts) + 1))(*(ctypes.cast(text, character) for text in texts))
    pdfium.FPDF_DestroyLibrary()
    pdfium.FPDF_InitLibraryWithConfig(pdfium.FPDF_LIBRARY_CONFIG(version=2, m_pUserFontPaths=paths))

"""Headings, answers and their footnotes to a Word document. python-docx writes no footnotes by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from io import BytesIO
from typing import Any

import docx
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"

# A heading, and what stands below it: texts with the numbers of their notes.
Section = tuple[str, Sequence[tuple[str, Sequence[int]]]]


def word_document(title: str, sections: Sequence[Section], notes: Mapping[int, str]) -> bytes:
    """A .docx with ``notes``, by number, as footnotes."""
    document = docx.Document()
    document.add_heading(_plain(title), 1)
    for heading, said in sections:
        document.add_heading(_plain(heading), 2)
        paragraph = document.add_paragraph()
        for text, numbers in said:
            paragraph.add_run(_plain(text))
            for number in numbers:
                _refer(paragraph.add_run(), number)
    if notes:
        part = Part(PackURI("/word/footnotes.xml"), _TYPE, _footnotes(notes), document.part.package)
        document.part.relate_to(part, _RELATION)
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def _refer(run: Any, number: int) -> None:
    """Make ``run`` the sign of a footnote."""
    run.font.superscript = True
    sign = OxmlElement("w:footnoteReference")
    sign.set(qn("w:id"), str(number))
    run._r.append(sign)


def _footnotes(notes: Mapping[int, str]) -> bytes:
    """Word's own part for footnotes; -1 and 0 are the lines that part them from the text."""
    lines = "".join(
        f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:r><w:{kind}/></w:r></w:p></w:footnote>'
        for kind, number in (("separator", -1), ("continuationSeparator", 0))
    )
    raised = '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
    for number, note in notes.items():
        lines += (
            f'<w:footnote w:id="{number}"><w:p><w:r>{raised}<w:footnoteRef/></w:r>'
            f'<w:r><w:t xml:space="preserve"> {escape(_plain(note))}</w:t></w:r></w:p></w:footnote>'
        )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return f'{head}<w:footnotes xmlns:w="{_WORD}">{lines}</w:footnotes>'.encode()


def _plain(value: str) -> str:
    """``value`` without the characters that XML cannot hold."""
    return "".join(
        character
        for character in value
        if character in "\t\n" or (character >= " " and not "\ud800" <= character <= "\udfff")
        if character not in "\ufffe\uffff"
    )

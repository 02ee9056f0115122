"""A document's text to sentences, and sentences to passages, every span exact. Knows no files, no models."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.normalize import is_han
from index.tokens import cut, tagged
from index.types import Block, Document, Passage, Span

# Characters. e5-small reads 512 tokens, about 750 Chinese characters; smaller passages are found more
# sharply.
TARGET_LENGTH = 320
MOST_LENGTH = 480
LONGEST_SENTENCE = 200
LONGEST_HEADING = 40
LONGEST_HEADER = 2_000  # of a table; it stands again with every row

_LINE = re.compile(r"([^\r\n\f\u2028\u2029]*)(\r\n|[\r\n\f\u2028\u2029]|$)")
_MARKDOWN_HEADING = re.compile(r"[ ]{0,3}(#{1,6})[ \t]+(\S.*)")
_NUMBERED_HEADING = (
    re.compile(r"第[一二三四五六七八九十百零〇\d]+[编篇]"),
    re.compile(r"第[一二三四五六七八九十百零〇\d]+章"),
    re.compile(r"第[一二三四五六七八九十百零〇\d]+节|[一二三四五六七八九十]+、"),
    re.compile(r"[（(][一二三四五六七八九十]+[）)]|\d+(?:\.\d+)+[ 　、]?(?=\D)"),
)
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*+•·●○■]|\d+[.)、](?!\d)|[（(]\d+[）)])[ \t　]*(?=\S)")
_NUMBERED_ITEM = re.compile(r"[ \t]*\d+[.、]")
_TABLE_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*|[^|\t]*\t[^\t]*\t.*")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*")
_CLOSERS = "”’」』）)】》〉］\\]"
_SENTENCE_END = re.compile(
    rf"(?:[。！？!?…]+|(?<![\d.])\.(?=\s|$|[\u3400-\u9fff])|(?<=[\u3400-\u9fff])\.(?!\d))[{_CLOSERS}]*"
)
_ENDS_SENTENCE = re.compile(rf"[。！？!?；;：:….][{_CLOSERS}\"']*\s*$")
_INNER_PUNCTUATION = re.compile(r"[，,。！？!?；;…]")
_SOFT_CUTS = (re.compile(r"[；;]"), re.compile(r"[，,：:]"), re.compile(r"[、\s]"))


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    kind: str  # blank, heading, row, rule, item or text
    level: int = 0


@dataclass(frozen=True, slots=True)
class _Piece:
    """A span with what chunking needs to know of it: ``level`` is 0 unless it is a heading.

    ``numbered`` starts a numbered item, a good place to begin a passage.
    """

    span: Span
    level: int = 0
    numbered: bool = False


def split_passages(document: Document) -> list[Passage]:
    """``document`` in passages of about 320 and at most 480 characters, cut at sentence ends and headings.

    They are in order and do not overlap; together they hold every character that is not white space.
    """
    passages: list[Passage] = []
    told = document.blocks is not None
    found = _told_pieces(document.text, document.blocks or ()) if told else _pieces(document.text)
    for pieces, headings in _sections(document.text, found):
        for group in _packed(pieces):
            start, end = group[0].span.start, group[-1].span.end
            passages.append(
                Passage(
                    doc_id=document.id,
                    number=len(passages),
                    start=start,
                    end=end,
                    text=document.text[start:end],
                    headings=headings,
                    sentences=tuple(piece.span for piece in group),
                )
            )
    return passages


def split_sentences(text: str) -> list[Span]:
    """The sentences, headings and table rows of ``text``, trimmed of white space, in order."""
    return [piece.span for piece in _pieces(text)]


def _pieces(text: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    header: str | None = None  # None outside of a table, "" where it is too long to stand with every row
    for block in _blocks(_classified(text)):
        first = block[0]
        if first.kind == "row":
            if header is None:
                header = text[first.start : first.end].strip()
                header = header if len(header) <= LONGEST_HEADER else ""
                pieces.extend(_Piece(span) for span in _cut_long(text, first.start, first.end))
                continue
            pieces.extend(_Piece(Span(a, b, header)) for a, b in _bounds(text, first.start, first.end))
        elif first.kind == "rule" and header is not None:
            pieces.extend(_Piece(span) for span in _cut_long(text, first.start, first.end))
        else:
            header = None
            spans = _sentences_in(text, first.start, block[-1].end)
            numbered = first.kind == "item" and bool(_NUMBERED_ITEM.match(text, first.start))
            pieces.extend(_Piece(span, first.level, numbered and span is spans[0]) for span in spans)
    return pieces


def _told_pieces(text: str, blocks: Sequence[Block]) -> list[_Piece]:
    """The pieces of a document whose file tells its headings, rows and paragraphs."""
    pieces: list[_Piece] = []
    for block in blocks:
        header = text[slice(*block.header)] if block.header else ""
        if block.kind in ("text", "item"):
            bounds = [(span.start, span.end) for span in _sentences_in(text, block.start, block.end)]
        else:
            bounds = _bounds(text, block.start, block.end)
        numbered = block.kind == "item" and bool(_NUMBERED_ITEM.match(text, block.start))
        for index, (start, end) in enumerate(bounds):
            pieces.append(_Piece(Span(start, end, header), block.level, numbered and index == 0))
    return pieces


def _classified(text: str) -> list[_Line]:
    bounds = [(match.start(1), match.end(1)) for match in _LINE.finditer(text)]
    contents = [text[start:end] for start, end in bounds]
    filled = [content for content in contents if content.strip()]
    ended = sum(bool(_ENDS_SENTENCE.search(content)) for content in filled)
    # Where nearly every line ends a sentence, a line break ends a paragraph, and a short line without an end
    # is a heading. In hard-wrapped text it is only the next part of a sentence.
    breaks_end_paragraphs = len(filled) >= 4 and ended >= 0.6 * len(filled)
    lines: list[_Line] = []
    before = ""
    for index, (start, end) in enumerate(bounds):
        blank_before = index == 0 or not contents[index - 1].strip()
        after = contents[index + 1] if index + 1 < len(contents) else ""
        kind, level = _kind(contents[index])
        if kind == "text" and (
            blank_before or not before or _ENDS_SENTENCE.search(before) or (lines and lines[-1].level)
        ):
            isolated = blank_before and not after.strip()
            if _titles(contents[index], after) and (isolated or breaks_end_paragraphs):
                kind, level = "heading", 7
        lines.append(_Line(start, end, kind, level))
        before = contents[index] if contents[index].strip() else before
    return lines


def _kind(content: str) -> tuple[str, int]:
    stripped = content.strip()
    if not stripped:
        return "blank", 0
    heading = _MARKDOWN_HEADING.match(content)
    if heading:
        return "heading", len(heading.group(1))
    if _TABLE_RULE.fullmatch(content) and "-" in content:
        return "rule", 0
    if _TABLE_ROW.fullmatch(content):
        return "row", 0
    if len(stripped) <= LONGEST_HEADING and not _INNER_PUNCTUATION.search(stripped):
        for level, pattern in enumerate(_NUMBERED_HEADING, start=2):
            if pattern.match(stripped):
                return "heading", level
    return ("item" if _LIST_ITEM.match(content) else "text"), 0


def _titles(content: str, after: str) -> bool:
    """Whether ``content`` can be a heading: short, no punctuation, not the start of a wrapped sentence."""
    stripped = content.strip()
    if (
        not 2 <= len(stripped) <= LONGEST_HEADING
        or _INNER_PUNCTUATION.search(stripped)
        or stripped[-1] in "、：:的）)"
    ):
        return False
    if not any(map(is_han, stripped)):
        return False
    if tagged(stripped)[-1][1] in ("p", "c", "u", "uj", "ul", "d") or stripped.endswith(("是", "为")):
        return False
    return not _word_crosses(stripped, after.strip())


def _word_crosses(left: str, right: str) -> bool:
    """Whether a word runs over the line break between ``left`` and ``right`` (网 / 络)."""
    if not right or not is_han(left[-1]) or not is_han(right[0]):
        return False
    position = 0
    for word in cut(left[-4:] + right[:4]):
        if position < len(left[-4:]) < position + len(word):
            return True
        position += len(word)
    return False


def _blocks(lines: list[_Line]) -> Iterator[list[_Line]]:
    """Lines that are read as one: a paragraph with its wrapped lines, or a single heading or table row."""
    block: list[_Line] = []
    for line in lines:
        continues = line.kind == "text" and block and block[-1].kind in ("text", "item")
        if not continues and block:
            yield block
            block = []
        if line.kind != "blank":
            block.append(line)
    if block:
        yield block


def _sentences_in(text: str, start: int, end: int) -> list[Span]:
    spans: list[Span] = []
    position = start
    for match in _SENTENCE_END.finditer(text, start, end):
        if match.start() < position:
            continue
        stop = _with_straight_quote(text, position, match.end(), end)
        spans.extend(_cut_long(text, position, stop))
        position = stop
    spans.extend(_cut_long(text, position, end))
    return spans


def _with_straight_quote(text: str, start: int, stop: int, end: int) -> int:
    """A straight quote after the sentence end closes it when one was opened inside the sentence."""
    if stop < end and text[stop] in "\"'" and text.count(text[stop], start, stop) % 2 == 1:
        return stop + 1
    return stop


def _cut_long(text: str, start: int, end: int) -> list[Span]:
    return [Span(a, b) for a, b in _bounds(text, start, end)]


def _bounds(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """``start`` to ``end`` in parts of at most LONGEST_SENTENCE characters, cut at the best punctuation."""
    parts: list[tuple[int, int]] = []
    start, end = _trimmed(text, start, end)
    while end - start > LONGEST_SENTENCE:
        stop = start + LONGEST_SENTENCE
        for soft in _SOFT_CUTS:
            cuts = [match.end() for match in soft.finditer(text, start + LONGEST_SENTENCE // 4, stop)]
            if cuts:
                stop = cuts[-1]
                break
        parts.append(_trimmed(text, start, stop))
        start, end = _trimmed(text, stop, end)
    if start < end:
        parts.append((start, end))
    return parts


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _sections(text: str, pieces: list[_Piece]) -> Iterator[tuple[list[_Piece], tuple[str, ...]]]:
    """Pieces under one heading path. Headings with nothing between them start one section together."""
    path: list[tuple[int, str]] = []
    section: list[_Piece] = []
    body = False
    for piece in pieces:
        if piece.level:
            if body:
                yield section, tuple(title for _, title in path)
                section, body = [], False
            while path and path[-1][0] >= piece.level:
                path.pop()
            path.append((piece.level, text[piece.span.start : piece.span.end].lstrip("#").strip()))
        else:
            body = True
        section.append(piece)
    if section:
        yield section, tuple(title for _, title in path)


def _packed(pieces: list[_Piece]) -> Iterator[list[_Piece]]:
    group: list[_Piece] = []
    for piece in pieces:
        if group:
            length = piece.span.end - group[0].span.start
            held = group[-1].span.end - group[0].span.start
            if length > MOST_LENGTH or held >= (TARGET_LENGTH // 2 if piece.numbered else TARGET_LENGTH):
                yield group
                group = []
        group.append(piece)
    if group:
        yield group

"""Answer, Sentence, Citation: what the user gets, and its one JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from index.types import DocumentInfo, Place


@dataclass(frozen=True, slots=True)
class Citation:
    """The characters that prove a sentence: ``quote`` is the document's text from ``start`` to ``end``.

    ``score`` is the share (0 to 1) of the sentence's own words that stand in the quote. ``place`` is the
    page, slide, row or chapter it begins on, None for formats that have none. ``marked`` is where in the
    document the very words of the answer stand, None where nobody knows.
    """

    number: int
    document: DocumentInfo
    start: int
    end: int
    quote: str
    score: float
    place: Place | None = None
    marked: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer: ``answer.text[start:end]``, with the numbers of its citations.

    ``lacks`` are the numbers and names of one that is not supported that stand nowhere in what was read; in
    JSON only where there are some.
    """

    text: str
    start: int
    end: int
    supported: bool
    citations: tuple[int, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Nearest:
    """A passage that came close to a question that was refused. ``score`` is the search score."""

    document: DocumentInfo
    start: int
    end: int
    quote: str
    score: float
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A cited answer, or a refusal: then there are no citations, and ``nearest`` shows what came closest."""

    question: str
    understood_as: str
    refused: bool
    text: str
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Nearest, ...] = ()
    timings_ms: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The form that the command line, scripts and pages share."""
        found: dict[str, Any] = {
            "question": self.question,
            "understood_as": self.understood_as,
            "refused": self.refused,
            "text": self.text,
            "sentences": [
                {
                    "text": sentence.text,
                    "start": sentence.start,
                    "end": sentence.end,
                    "supported": sentence.supported,
                    "citations": list(sentence.citations),
                    **({"lacks": list(sentence.lacks)} if sentence.lacks else {}),
                }
                for sentence in self.sentences
            ],
            "citations": [
                {
                    "number": citation.number,
                    **_place(citation),
                    "marked": list(citation.marked) if citation.marked else None,
                }
                for citation in self.citations
            ],
        }
        if self.refused:
            found["nearest"] = [_place(nearest) for nearest in self.nearest]
        found["timings_ms"] = dict(self.timings_ms)
        return found

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Answer:
        """What ``to_json`` gave. Of documents only id, title and path come back.

        Raises KeyError and TypeError for anything else.
        """
        return cls(
            found["question"],
            found["understood_as"],
            found["refused"],
            found["text"],
            tuple(
                Sentence(
                    each["text"],
                    each["start"],
                    each["end"],
                    each["supported"],
                    tuple(each["citations"]),
                    tuple(each.get("lacks", ())),
                )
                for each in found["sentences"]
            ),
            tuple(
                Citation(each["number"], *_placed(each), tuple(each["marked"]) if each["marked"] else None)
                for each in found["citations"]
            ),
            tuple(Nearest(*_placed(each)) for each in found.get("nearest", ())),
            dict(found["timings_ms"]),
        )


def document_json(document: DocumentInfo) -> dict[str, str]:
    """A document as citations and hits name it."""
    return {"id": document.id, "title": document.title, "path": document.path}


def place_json(place: Place | None) -> dict[str, Any]:
    """``page`` for who only wants pages, ``place`` for every kind; both null where the file has none."""
    if place is None:
        return {"page": None, "place": None}
    found = {"kind": place.kind, "number": place.number, "name": place.name}
    return {"page": place.number if place.kind == "page" else None, "place": found}


def place_text(place: Place | None) -> str:
    """A place as a reader looks it up, "" for none."""
    if place is None:
        return ""
    return _PLACES.get(place.kind, "{name} {number}").format(number=place.number, name=place.name).strip()


_PLACES = {
    "page": "第 {number} 页",
    "slide": "第 {number} 张幻灯片",
    "row": "{name} 第 {number} 行",
    "line": "第 {number} 行",
    "chapter": "第 {number} 章 {name}",
}


def _place(item: Citation | Nearest) -> dict[str, Any]:
    return {
        "document": document_json(item.document),
        **place_json(item.place),
        "start": item.start,
        "end": item.end,
        "quote": item.quote,
        "score": round(item.score, 4),
    }


def _placed(item: Mapping[str, Any]) -> tuple[DocumentInfo, int, int, str, float, Place | None]:
    named, place = item["document"], item["place"]
    document = DocumentInfo(named["id"], named["title"], (named["path"],), "", 1.0, 0, 0, "")
    start = item["start"]
    where = Place(start, place["kind"], place["number"], place["name"]) if place else None
    return document, start, item["end"], item["quote"], item["score"], where

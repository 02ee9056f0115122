"""A tokenizer of 250,000 pieces in all languages to the ones that Chinese documents need."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from index.normalize import is_han, simplified
from index.tokens import cut as words_of

_SPECIAL = 4  # <s>, <pad>, </s>, <unk>, in this order at the front
_LATIN = re.compile(r"▁?(?:[A-Za-z]{2,}|[0-9]{2,})")
_MOST_LATIN = 9_000  # they stand in the order of their frequency


def cut(tokenizer: str) -> tuple[str, list[int]]:
    """``tokenizer`` (JSON, Unigram) with fewer pieces, and the old id of each piece that is left.

    Left are the special pieces, the most frequent runs of Latin letters or of digits, single characters that
    are Chinese, punctuation or signs, and of the longer Chinese pieces those that are one word: 日在 is left
    out, for an answer may end between the two.
    """
    parsed: dict[str, Any] = json.loads(tokenizer)
    pieces: list[list[Any]] = parsed["model"]["vocab"]
    kept: list[int] = []
    latin = 0
    for number, (piece, _score) in enumerate(pieces):
        is_latin = _LATIN.fullmatch(piece) is not None
        latin += is_latin
        if number < _SPECIAL or (latin <= _MOST_LATIN if is_latin else _is_needed(piece)):
            kept.append(number)
    parsed["model"]["vocab"] = [pieces[number] for number in kept]
    added = {item["content"]: item for item in parsed["added_tokens"]}
    parsed["added_tokens"] = [
        {**added[pieces[number][0]], "id": place}
        for place, number in enumerate(kept)
        if pieces[number][0] in added
    ]
    parsed["post_processor"] = None  # the reader puts its three texts together itself
    return json.dumps(parsed, ensure_ascii=False), kept


def _is_needed(piece: str) -> bool:
    text = piece.removeprefix("▁")
    if simplified(text) != text:
        return False  # whatever is read is turned into Simplified before
    if len(text) <= 1:
        return not text or is_han(text) or unicodedata.category(text)[0] in "PSN" or _is_letter(text)
    return all(map(is_han, text)) and len(words_of(text)) == 1


def _is_letter(character: str) -> bool:
    """Latin, also with accents, Greek, Cyrillic, kana."""
    return (
        (character.isascii() and character.isalpha())
        or "\u00c0" <= character <= "\u04ff"
        or "\u3041" <= character <= "\u30ff"
    )

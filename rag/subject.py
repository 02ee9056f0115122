"""What a question is about, and which of the documents found speak of it. Runs no model."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from index.normalize import fold
from index.tokens import nouns
from index.types import Hit

# 文章里说…, 报告认为…: what is asked about stands in it; that it calls itself so is not needed.
_SAYS = "说|提到|提及|写|讲|认为|指出|介绍|点名|称"
_WHAT_IS_READ = re.compile(
    f"(?:文章|报告|资料|材料|文件|文档|纪要|原文|全文|简报|年报)(?:[里中](?:{_SAYS})?|{_SAYS})"
)


def subjects(question: str) -> list[str]:
    """The nouns of ``question`` in normal form, without the words for the text that it is asked of."""
    return nouns(_WHAT_IS_READ.sub(",", fold(question)))


def mentioning(
    named: Sequence[str], hits: Sequence[Hit], mentions: Callable[[str, str], bool]
) -> frozenset[str]:
    """The ids of the documents that an answer may come from.

    ``named`` are the library's titles that stand in the question. Where the best hit's document is called
    like one of them, only the documents that mention one count: the next best of the kind (another fish,
    another year's report) is no source for this one. Else all do.
    """
    documents = dict.fromkeys(hit.document.id for hit in hits)
    best = fold(hits[0].document.title) if hits else ""
    if not any(fold(title) in best for title in named):
        return frozenset(documents)
    about = {doc_id for doc_id in documents if any(mentions(doc_id, title) for title in named)}
    return frozenset({hits[0].document.id, *about})


def strays(
    question: str,
    best: str,
    cited: Sequence[str],
    rarity: Callable[[Sequence[str]], Sequence[float]],
    mentions: Callable[[str, str], bool],
) -> bool:
    """Whether an answer's sources are about another thing than the rarest of what ``question`` names.

    ``best`` and ``cited`` are ids of documents. They are when none of ``cited`` mentions it and the best hit
    does: a noun that the best hit can do without is a word for a kind (朝代, 车型), no subject.
    """
    if best in cited or not (asked := subjects(question)):
        return False
    rarest = max(zip(rarity(asked), asked, strict=True), key=lambda each: each[0])[1]
    return mentions(best, rarest) and not any(mentions(document, rarest) for document in set(cited))

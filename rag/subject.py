"""Which of the documents found speak of the subject of a question. Runs no model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from index.normalize import fold
from index.types import Hit


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
    nouns: Sequence[str],
    best: str,
    cited: Sequence[str],
    rarity: Callable[[Sequence[str]], Sequence[float]],
    mentions: Callable[[str, str], bool],
) -> bool:
    """Whether an answer's sources are about another thing than the question's rarest noun.

    ``best`` and ``cited`` are ids of documents. They are when none of ``cited`` mentions it and the best hit
    does: a noun that the best hit can do without is a word for a kind (朝代, 车型), no subject.
    """
    if not nouns or best in cited:
        return False
    rarest = max(zip(rarity(nouns), nouns, strict=True), key=lambda each: each[0])[1]
    return mentions(best, rarest) and not any(mentions(document, rarest) for document in set(cited))

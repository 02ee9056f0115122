"""Cuts and encodes documents of a store again where that changes anything. Knows no files and no search."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from index.chunking import split_passages
from index.context import Reading, reading
from index.encoder import Encoder
from index.intake import encode_missing
from index.store import Store
from index.types import Passage

_TOGETHER = 512  # passages

Target = tuple[str, list[Passage], dict[bytes, Reading], list[bytes]]


def mend(store: Store, encoder: Encoder, progress: Callable[[int, int], None] | None = None) -> None:
    """Give every document the passages and embeddings that it should have by today's rules and ``encoder``.

    Embeddings are kept as they are made, so a process that is stopped goes on where it was; what answers
    changes at once when all are there.
    """
    total, done = store.passage_count(), 0
    waiting: dict[bytes, Reading] = {}
    for _, passages, readings, _ in _targets(store, encoder):
        waiting.update(readings)
        done += len(passages)
        if len(waiting) >= _TOGETHER:
            encode_missing(store, lambda: encoder, waiting)
            waiting.clear()
            if progress is not None:
                progress(done, max(done, total))
    encode_missing(store, lambda: encoder, waiting)
    changed = ((doc_id, passages, keys) for doc_id, passages, _, keys in _targets(store, encoder))
    store.split_again(changed, encoder.mark)


def _targets(store: Store, encoder: Encoder) -> Iterator[Target]:
    """The documents that are not as they should be: id, passages, readings by key, key of each passage."""
    for doc_id in store.document_ids():
        document = store.document(doc_id)
        if document is None:
            continue
        passages = split_passages(document)
        readings = [reading(document.title, passage) for passage in passages]
        keys = [each.key(encoder.mark) for each in readings]
        if passages != store.passages_of(doc_id) or keys != store.hashes_of(doc_id):
            yield doc_id, passages, dict(zip(keys, readings, strict=True)), keys

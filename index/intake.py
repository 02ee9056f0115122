"""Files to stored documents: read ahead, cut, encoded together, committed in groups. Knows no search.

A file is reported when it is committed, so what was reported is there after any interruption.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from index.chunking import split_passages
from index.context import Reading, reading
from index.embedding import Embedding
from index.encoder import Encoder
from index.errors import Problem, printable
from index.readers import SUFFIXES, Part
from index.reading import FileReader, FoundFile, ReadFile, document_of, sha256_of
from index.store import Prepared, Source, Store
from index.types import AddProgress, Document, FileOutcome, Passage

Progress = Callable[[AddProgress], None]

# Passages that are encoded together. The longest stand together, so that little is padded; and a process that
# is stopped loses at most these.
_ENCODED_TOGETHER = 512
# A group is committed when it has so many passages, or is so many seconds old.
_COMMITTED_TOGETHER = 512
_LONGEST_WAIT = 2.0
_READ_AHEAD = 2


@dataclass(slots=True)
class _Group:
    """Documents that were read and wait to be committed, with what is to be reported of them."""

    prepared: list[Prepared] = field(default_factory=list)
    outcomes: list[tuple[FileOutcome, bool]] = field(default_factory=list)  # and whether its file is done
    sources: dict[str, Source] = field(default_factory=dict)
    readings: dict[bytes, Reading] = field(default_factory=dict)
    since: float = field(default_factory=time.monotonic)


class Intake:
    """Takes files into ``store``. ``encoder`` is called when the first passage is to be encoded."""

    def __init__(
        self,
        store: Store,
        encoder: Callable[[], Encoder],
        reader: FileReader,
        *,
        progress: Progress | None = None,
        committed: Callable[[int], None] | None = None,
    ) -> None:
        """``progress`` hears of each file and in between; ``committed`` of passages after each commit."""
        self._store = store
        self._encoder = encoder
        self._reader = reader
        self._progress = progress
        self._committed = committed
        self._outcomes: list[FileOutcome] = []
        self._files = self._total = self._passages = 0
        self._started = time.monotonic()
        self._group = _Group()

    def run(self, files: Sequence[FoundFile], encoding: str | None = None) -> list[FileOutcome]:
        """Take in ``files``, each with what is inside it; the outcomes are in their order."""
        self._total = len(files)
        for file, found in self._ahead(files, encoding):
            if isinstance(found, FileOutcome):
                self._group.outcomes.append((found, True))
            else:
                self._read(str(file.path), found)
            if self._is_due():
                self._commit()
        self._commit()
        self._store.drop_unused_embeddings()
        return self._outcomes

    def _ahead(
        self, files: Sequence[FoundFile], encoding: str | None
    ) -> Iterator[tuple[FoundFile, FileOutcome | Source]]:
        """Each file with its outcome if that is plain, else its mark; the reader reads the next ones."""
        waiting: deque[tuple[FoundFile, FileOutcome | Source]] = deque()
        reading = 0
        for file in files:
            found = self._without_reading(file, encoding)
            if isinstance(found, Source):
                self._reader.ask(file.path, encoding)
                reading += 1
            waiting.append((file, found))
            while reading > _READ_AHEAD or not isinstance(waiting[0][1], Source):
                reading -= isinstance(waiting[0][1], Source)
                yield waiting.popleft()
                if not waiting:
                    break
        yield from waiting

    def _without_reading(self, file: FoundFile, encoding: str | None) -> FileOutcome | Source:
        path = str(file.path)
        if file.problem:
            return FileOutcome(path, "skipped", message=printable(f"{path} {file.problem}"))
        if file.path.suffix.lower() not in SUFFIXES:
            return FileOutcome(
                path, "skipped", message=printable(f"{file.path.suffix or 'no suffix'} is not read")
            )
        try:
            modified = _modified(file.path)  # before the bytes: later ones are read again
            source = Source(sha256_of(file.path), modified)
        except OSError as error:
            reason = error.strerror or str(error)
            line = f"cannot be read ({reason}). Check its permissions and add it again"
            return _failed(path, Problem(line, "closed", reason=reason))
        if encoding is not None:
            return source
        if self._store.source(path) == source.sha256:
            return FileOutcome(path, "unchanged", doc_id=self._store.file(path))
        return self._renamed(path, source.sha256) or source

    def _renamed(self, path: str, sha256: str) -> FileOutcome | None:
        """The same bytes were there under a name that is gone: the file was renamed or moved."""
        if self._store.source(path) is not None:
            return None
        for old in self._store.sources(sha256):
            if not Path(old).exists() and Path(old).suffix.lower() == Path(path).suffix.lower():
                self._store.rename(old, path)
                return FileOutcome(
                    path, "renamed", doc_id=self._store.file(path), message=printable(f"it was {old}")
                )
        return None

    def _read(self, path: str, source: Source) -> None:
        def tick(done: int, total: int) -> None:
            self._tell(
                message=f"{Path(path).name}: {done}/{total}" if total else f"{Path(path).name}: {done}"
            )

        sound, seen = True, set()
        last: FileOutcome | None = None
        for part in self._reader.parts(tick):
            if last is not None:
                self._group.outcomes.append((last, False))
            name = f"{path}/{part.name}" if part.name else path
            seen.add(name)
            last = self._take(part, name, path)
            sound = sound and last.status not in ("failed", "doubtful")
            if self._is_due():
                self._commit()
        if last is None:
            last = _failed(path, Problem("holds no file that can be read. Add others", "no_files"))
            sound = False
        self._group.outcomes.append((last, True))
        if sound:
            self._group.sources[path] = source
            self._leave_out([name for name in self._store.names_under(path) if name not in seen])

    def _leave_out(self, names: list[str]) -> None:
        """Members that are not in the file any more."""
        if names:
            self._commit()
            self._store.remove_names(names)

    def _take(self, part: Part, name: str, source: str) -> FileOutcome:
        if part.choices:
            choices = [(each.encoding, each.confidence, each.preview) for each in part.choices]
            self._store.doubt(name, source, choices)
            best = part.choices[0]
            return FileOutcome(
                name,
                "doubtful",
                message=Problem(
                    f"{name} may be {' or '.join(each.encoding for each in part.choices)}. Choose with: "
                    f"judian add {source} --encoding {best.encoding}",
                    "doubtful",
                    name=name,
                ),
            )
        if part.parsed is None:
            return _failed(name, part.problem, "skipped" if part.skipped else "failed")
        document = document_of(part.parsed, name)
        before = self._store.file(name)
        known = self._store.is_current(document.id) or any(
            each.read.document.id == document.id for each in self._group.prepared
        )
        passages = () if known else tuple(split_passages(document))
        hashes = self._hashes(document, passages)
        read = ReadFile(document, source, part.parsed.encoding, part.parsed.confidence)
        self._group.prepared.append(Prepared(read, passages, hashes))
        if before == document.id:
            status = "unchanged"
        elif before is not None:
            status = "updated"
        else:
            status = "duplicate" if known else "added"
        return FileOutcome(name, status, doc_id=document.id, passages=len(passages))

    def _hashes(self, document: Document, passages: Sequence[Passage]) -> tuple[bytes, ...]:
        if not passages:
            return ()
        mark = self._encoder().mark
        hashes = []
        for passage in passages:
            read = reading(document.title, passage)
            hashes.append(read.key(mark))
            self._group.readings[hashes[-1]] = read
        return tuple(hashes)

    def _is_due(self) -> bool:
        group = self._group
        return len(group.readings) >= _COMMITTED_TOGETHER or (
            bool(group.outcomes) and time.monotonic() - group.since > _LONGEST_WAIT
        )

    def _commit(self) -> None:
        group, self._group = self._group, _Group()
        encode_missing(self._store, self._encoder, group.readings, self._encoded)
        if group.prepared or group.sources:
            self._store.put(group.prepared, group.sources)
        for outcome, is_whole in group.outcomes:
            self._outcomes.append(outcome)
            self._files += is_whole
            self._tell(outcome)
        if self._committed is not None:
            self._committed(len(group.readings))

    def _encoded(self, passages: int) -> None:
        self._passages += passages
        self._tell()

    def _tell(self, outcome: FileOutcome | None = None, message: str = "") -> None:
        if self._progress is not None:
            seconds = time.monotonic() - self._started
            self._progress(AddProgress(self._files, self._total, self._passages, seconds, outcome, message))


def _failed(name: str, problem: Problem, status: str = "failed") -> FileOutcome:
    """What is told of the file ``name``; ``problem`` goes on from its name."""
    return FileOutcome(name, status, message=Problem(f"{name} {problem}.", "file", name=name, reason=problem))


def _modified(path: Path) -> str | None:
    """When a file was last modified (ISO, UTC); None where its system says no date of years 1 to 9999."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return None


def encode_missing(
    store: Store,
    encoder: Callable[[], Encoder],
    readings: dict[bytes, Reading],
    encoded: Callable[[int], None] | None = None,
) -> None:
    """Encode those of ``readings``, by their keys, whose embedding is not kept yet, and keep it.

    ``encoded`` hears how many were done after each part.
    """
    known = store.encoded(list(readings))
    missing = sorted((key for key in readings if key not in known), key=lambda key: -len(readings[key].text))
    for first in range(0, len(missing), _ENCODED_TOGETHER):
        keys = missing[first : first + _ENCODED_TOGETHER]
        embeddings = _encoded(encoder(), [readings[key] for key in keys])
        store.keep_embeddings(keys, embeddings, encoder().mark)
        if encoded is not None:
            encoded(len(keys))


def _encoded(encoder: Encoder, readings: Sequence[Reading]) -> list[Embedding]:
    """What stands twice, such as the header of a table, is encoded once."""
    texts = dict.fromkeys(text for each in readings for text in (each.text, *each.sentences))
    vectors = encoder.encode_passages(list(texts))
    place = {text: number for number, text in enumerate(texts)}
    return [
        Embedding.of(vectors[place[each.text]], vectors[[place[text] for text in each.sentences]])
        for each in readings
    ]

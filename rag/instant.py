"""Hits that the reader has read: in which order they answer, and the answer that needs no language model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from index.normalize import fold
from index.types import Hit, Place
from rag.answer import Answer, Citation, Sentence
from rag.evidence import Evidence, around, one_line
from rag.reader import Reading, log_odds

# Added to the score of search for every unit of the relevance's log odds. Fitted: see bench/LOG.md.
RELEVANCE_WEIGHT = 0.01
# Below this probability that a passage answers the reader has found nothing. About a thing that no document
# mentions it must be surer. Figures: bench/LOG.md.
LEAST_SURE = 0.05
LEAST_SURE_UNMENTIONED = 0.5
# A language model's answer is beside the point when it lacks the reader's words, which have this score at
# least, and the reader takes it for an answer with less than that probability. Figures: bench/LOG.md.
LEAST_SCORE_SURE = 0.5
LEAST_SAID = 0.2


class Reads(Protocol):
    """What reads passages, given as (title, text): the shipped reader, or another for a test."""

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]: ...


@dataclass(frozen=True, slots=True)
class ReadHit:
    """A hit with what the reader made of it."""

    hit: Hit
    reading: Reading

    @property
    def start(self) -> int:
        """Where in the document the reader's words begin."""
        return self.hit.passage.start + self.reading.start

    @property
    def end(self) -> int:
        return self.hit.passage.start + self.reading.end

    @property
    def rank_score(self) -> float:
        """What search and the reader say together; bigger is better."""
        return self.hit.score + RELEVANCE_WEIGHT * log_odds(self.reading.relevance)


def read_hits(question: str, hits: Sequence[Hit], reader: Reads) -> list[ReadHit]:
    """All ``hits`` read, those first that are about what is asked."""
    readings = reader.read(question, [(about(hit), hit.passage.text) for hit in hits])
    found = [ReadHit(hit, reading) for hit, reading in zip(hits, readings, strict=True)]
    return sorted(found, key=lambda each: -each.rank_score)


def answering(read: Sequence[ReadHit], least: float = LEAST_SURE) -> list[ReadHit]:
    """The hits that answer with a probability of at least ``least``, the best answer first."""
    found = [each for each in read if each.reading.answers >= least and each.reading.start < each.reading.end]
    return sorted(found, key=lambda each: -each.reading.preference)


def quoted(chosen: ReadHit) -> Evidence:
    """The sentences in which the reader's words stand."""
    passage = chosen.hit.passage
    spans = [span for span in passage.sentences if span.start < chosen.end and span.end > chosen.start]
    start = min([chosen.start, *(span.start for span in spans)])
    end = max([chosen.end, *(span.end for span in spans)])
    text = passage.slice(start, end)
    return Evidence(chosen.hit.document, start, end, text, chosen.reading.score, around=around(chosen.hit))


def misses(said: Answer, chosen: ReadHit, reader: Reads) -> bool:
    """Whether ``said`` answers nothing in the reader's eyes, while it is sure of the words of ``chosen``."""
    words = chosen.hit.passage.slice(chosen.start, chosen.end)
    if chosen.reading.score < LEAST_SCORE_SURE or _bare(words) in _bare(said.text):
        return False
    title = said.citations[0].document.title
    return reader.read(said.understood_as, [(title, said.text)])[0].answers < LEAST_SAID


def instant_answer(
    answer: Answer, chosen: ReadHit, place: Place | None, *, whole_sentences: bool = False
) -> Answer:
    """``answer`` with the reader's words, citing the sentences they stand in, these words marked.

    With ``whole_sentences`` all that is cited is said.
    """
    source = quoted(chosen)
    words = chosen.hit.passage.slice(chosen.start, chosen.end)
    text = one_line(source.text if whole_sentences else words)
    citation = Citation(
        1,
        source.document,
        source.start,
        source.end,
        source.text,
        1.0,
        place,
        marked=(chosen.start, chosen.end),
    )
    return replace(
        answer, text=text, sentences=(Sentence(text, 0, len(text), True, (1,)),), citations=(citation,)
    )


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, fold(text)))


def about(hit: Hit) -> str:
    """Title, headings and what stands above the columns of a table: what a passage cannot say itself."""
    headers = dict.fromkeys(span.header for span in hit.passage.sentences)
    needed = [header for header in headers if header and header not in hit.passage.text]
    return one_line(" ".join([hit.document.title, *hit.passage.headings, *needed]))

"""Assistant: understand, search, select, generate, prove. Knows no concrete engine, no files and no page."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.chunking import split_sentences
from index.filters import Filter
from index.library import LONGEST_QUESTION, Library, checked_question
from index.normalize import is_han
from index.types import Hit
from rag.answer import Answer, Citation, Nearest, Sentence
from rag.citations import Run, prove
from rag.disagreement import disagreeing
from rag.evidence import Evidence, one_line, select
from rag.followup import Turn, understand
from rag.form import AS_ASKED, BUDGET, Form, Length, Script, questions_in, wants_more, written
from rag.generators import Copied, Generator
from rag.instant import (
    LEAST_SURE,
    LEAST_SURE_UNMENTIONED,
    ReadHit,
    Reads,
    answering,
    instant_answer,
    misses,
    quoted,
    read_hits,
)
from rag.prompts import Prompt, Task
from rag.refusal import (
    LEAST_PROBABILITY,
    OTHER_TEXT,
    REFUSAL_TEXT,
    STOPPED_TEXT,
    UNPROVEN_TEXT,
    Refusal,
    declines,
)
from rag.subject import mentioning, strays, subjects
from rag.yes_no import asks_yes_or_no, reason_for

PASSAGES = 8
READ = 12  # passages that the reader reads, of which the best are kept
_NEAREST = 3
_WARMING = "这些资料里讲到的 loading 一共用了多少时间？"  # Latin words are looked up in a dictionary
OTHER_FIGURE = "另一份资料的数字不同：《{title}》（{date}）写的是“{quote}”"


@dataclass(frozen=True, slots=True)
class Searched:
    """The passages as search ranks them, before the reader has read them."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The passages are there, read and in their order; the answer is not yet.

    ``asked`` is the question as it was searched, with the user's synonyms; ``likelihood`` the probability
    that the passages answer it.
    """

    understood_as: str
    hits: tuple[Hit, ...]
    asked: str = ""
    likelihood: float = 1.0


@dataclass(frozen=True, slots=True)
class Instant:
    """The reader's answer: words of a document, before the language model has begun."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Selected:
    """The evidence that the model reads. ``left_out`` sentences did not fit into its input."""

    evidence: tuple[Evidence, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Piece:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Proven:
    """The sentences that have ended so far, with their citations, while the rest is still to come."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Done:
    answer: Answer


@dataclass(frozen=True, slots=True)
class _Sought:
    """An empty answer, the question spelled out, and what search finds for it."""

    answer: Answer
    asked: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """What stands before an answer: an empty one, the question spelled out, and the hits, read or not.

    ``probability`` is that the hits hold the answer. Answers come from the hits that are ``about`` the
    subject, by their documents' ids.
    """

    answer: Answer
    asked: str
    probability: float
    hits: tuple[Hit, ...]
    read: tuple[ReadHit, ...]
    about: frozenset[str]

    @property
    def to_the_point(self) -> tuple[Hit, ...]:
        return tuple(hit for hit in self.hits if hit.document.id in self.about)


Event = Searched | Found | Instant | Selected | Piece | Proven | Done


class Assistant:
    """Answers questions from one library: with a reader, at once; with a generator, in its own words.

    One of both must be there.
    """

    def __init__(self, library: Library, generator: Generator | None, reader: Reads | None = None) -> None:
        self.library = library
        self.generator = generator
        self._reader = reader
        self._refusal = Refusal(library.rarity, lambda term: library.terms.spellings_with(term))

    def with_library(self, library: Library) -> Assistant:
        """The same models for another library."""
        return Assistant(library, self.generator, self._reader)

    def with_generator(self, generator: Generator | None) -> Assistant:
        """The same library and reader with another language model, or none."""
        return Assistant(self.library, generator, self._reader)

    @property
    def name(self) -> str:
        """The generator's name, or ``reader`` where there is none."""
        return self.generator.name if self.generator else "reader"

    def load(self) -> None:
        """Load what a question needs now instead of with the first one, by one that nobody asked."""
        hits = self.library.search(_WARMING, READ) if self.library.is_there else []
        if not hits:
            self.library.encoder.encode_questions([_WARMING])
        # The reader's engine prepares for every size of input when it sees it first.
        if self._reader is not None and not self.read(_WARMING, hits):
            self._reader.read(_WARMING, [("", "载入。")])
        if self.generator is not None:
            self.generator.load()

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        within: Filter | None = None,
        instant: bool = False,
        form: Form = AS_ASKED,
    ) -> Answer:
        """The whole answer, from the documents that ``within`` allows; with ``instant`` the reader's alone.

        Raises JudianError for a question, a filter or a library that cannot be used.
        """
        for event in self.stream(question, history, within=within, instant=instant, form=form):
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("stream ends with Done")

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        stop: threading.Event | None = None,
        *,
        within: Filter | None = None,
        instant: bool = False,
        form: Form = AS_ASKED,
    ) -> Iterator[Event]:
        """The answer as it comes about: Searched, Found, Instant, Selected, Pieces, Done.

        ``stop`` ends the text early.

        After a sentence comes what is Proven by then. A refusal before generation is Done after Found. The
        text of Done may differ from the Pieces: it is in the script that ``form`` wants, and when nothing of
        it can be proven, or it is beside the point, it is withdrawn in favour of the sentences in which the
        reader found the answer, where the reader is sure. Instant comes only with a reader that found an
        answer; with ``instant``, without a language model, or where a short answer is wanted and the reader
        has one, that is Done.
        """
        for event in self._events(question, history, stop or threading.Event(), within, instant, form):
            yield _in_script(event, form.script) if isinstance(event, Done) else event

    def _events(
        self,
        question: str,
        history: Sequence[Turn],
        stop: threading.Event,
        within: Filter | None,
        instant: bool,
        form: Form,
    ) -> Iterator[Event]:
        clock = _Clock()
        sought = self._search(question, history, within, clock)
        yield Searched(sought.hits)
        found = self._judged(sought, clock)
        yield Found(found.answer.understood_as, found.hits, found.asked, found.probability)
        if not found.hits or found.probability < LEAST_PROBABILITY:
            yield Done(self._refused(found.answer, REFUSAL_TEXT, found.hits, clock))
            return
        chosen, why = self._chosen(found)
        quick, generator = self._instantly(found, chosen, why, clock), self.generator
        if instant or generator is None or (form.length is Length.SHORT and not quick.refused):
            yield Done(quick)
            return
        if not quick.refused:
            yield Instant(quick)
        budget = form.budget(found.answer.understood_as, chosen.reading.score if chosen else 0.0)
        evidence = self._selected(found, chosen, budget)
        clock.mark("evidence")
        prompt, read = _fitted(generator, found, evidence, form.length)
        yield Selected(read, len(evidence) - len(read))
        if self._asks_of_something_else(generator, question, prompt, found, stop):
            yield Done(self._refused(found.answer, OTHER_TEXT, found.hits, clock))
            return
        said, ended = _Said(), 0
        for piece in () if stop.is_set() else generator.stream(prompt, stop):
            if not said.text:
                clock.mark("first_token")
            said.add(piece)
            yield Piece(piece)
            if said.ended > ended:
                if said.repeats:  # a small model may go on like this to its last token
                    said = said.until(ended)
                    break
                ended = said.ended
                so_far = self._proven(found, said.until(ended), read, form.script, clock)
                if not so_far.refused:
                    yield Proven(so_far)
        answer = self._proven(found, said, read, form.script, clock)
        if stop.is_set() and not said.text:
            yield Done(quick if not quick.refused else replace(answer, text=STOPPED_TEXT))
            return
        if answer.refused or (not stop.is_set() and self._misses(answer, chosen)):
            answer = self._else_read(answer, found, clock)
        if not answer.refused:
            # What contradicts the answer need not have been read by the model.
            beside = self._selected(found, chosen, BUDGET) if budget < BUDGET else evidence
            answer = self._with_other_figures(answer, read, beside, form.script)
        yield Done(answer)

    def read(self, question: str, hits: Sequence[Hit]) -> list[ReadHit]:
        """``hits`` of ``question`` as the reader reads them and puts them in order; none without a reader."""
        if self._reader is None:
            return []
        return read_hits(self.library.terms.spelled_out(checked_question(question)), hits, self._reader)

    def likelihood(self, question: str, history: Sequence[Turn] = (), within: Filter | None = None) -> float:
        """The probability, 0 to 1, that the library answers ``question``, before a language model reads."""
        clock = _Clock()
        return self._judged(self._search(question, history, within, clock), clock).probability

    def _search(
        self, question: str, history: Sequence[Turn], within: Filter | None, clock: _Clock
    ) -> _Sought:
        question = checked_question(question)
        understood = understand(question, history, self.library.titles_in)
        understood = understood[-LONGEST_QUESTION:]  # what was said before may have made it too long
        asked = self.library.terms.spelled_out(understood)
        clock.mark("understand")
        hits = self.library.search(understood, READ if self._reader else PASSAGES, within=within)
        clock.mark("search")
        return _Sought(Answer(question, understood, refused=False, text=""), asked, tuple(hits))

    def _judged(self, sought: _Sought, clock: _Clock) -> _Read:
        answer, asked, hits = sought.answer, sought.asked, sought.hits
        read: list[ReadHit] = []
        if self._reader is not None:
            read = read_hits(asked, hits, self._reader)[:PASSAGES]
            hits = tuple(each.hit for each in read)
            clock.mark("read")
        answers = max((each.reading.answers for each in read), default=None)
        probability = self._refusal.probability(answer.understood_as, hits, answers)
        about = mentioning(self.library.titles_in(asked), hits, self.library.mentions)
        return _Read(answer, asked, probability, hits, tuple(read), about)

    def _selected(self, found: _Read, chosen: ReadHit | None, budget: int) -> tuple[Evidence, ...]:
        first = None if chosen is None else quoted(chosen)
        rarity = self.library.rarity
        return select(found.asked, found.to_the_point, rarity=rarity, budget=budget, first=first)

    def _chosen(self, found: _Read, least: float = LEAST_SURE) -> tuple[ReadHit | None, str]:
        """The hit whose words answer best, if the reader is ``least`` sure; else None, and why in words."""
        asked = found.answer.understood_as
        if self.library.unmentioned(subjects(asked)):
            least = max(least, LEAST_SURE_UNMENTIONED)
        read = [each for each in found.read if each.hit.document.id in found.about]
        candidates = answering(read, least)
        for candidate in candidates:
            if not self._speaks_of_another(found, [quoted(candidate)]):
                return candidate, ""
        return None, OTHER_TEXT if candidates else REFUSAL_TEXT

    def _speaks_of_another(self, found: _Read, cited: Sequence[Evidence]) -> bool:
        """Whether the cited sentences speak of another year, place or subject than the question."""
        asked, documents = found.answer.understood_as, [each.document.id for each in cited]
        return self._refusal.speaks_of_another(asked, cited) or strays(
            asked, found.hits[0].document.id, documents, self.library.rarity, self.library.mentions
        )

    def _instantly(self, found: _Read, chosen: ReadHit | None, why: str, clock: _Clock) -> Answer:
        """What the reader answers with the words of ``chosen``; without it a refusal that says ``why``."""
        if chosen is None:
            return self._refused(found.answer, why, found.hits, clock)
        return self._quoting(found, chosen, clock)

    def _quoting(
        self, found: _Read, chosen: ReadHit, clock: _Clock, *, whole_sentences: bool = False
    ) -> Answer:
        place = self.library.place(chosen.hit.document.id, chosen.start)
        answer = instant_answer(found.answer, chosen, place, whole_sentences=whole_sentences)
        return replace(answer, timings_ms=clock.timings())

    def _misses(self, answer: Answer, chosen: ReadHit | None) -> bool:
        """Whether a language model's answer is beside the point, by the reader.

        Where more is asked for than one run of words, or yes or no, the reader is no judge.
        """
        asked = answer.understood_as
        if chosen is None or self._reader is None or wants_more(asked) or asks_yes_or_no(asked):
            return False
        return misses(answer, chosen, self._reader)

    def _else_read(self, answer: Answer, found: _Read, clock: _Clock) -> Answer:
        """``answer``, or where the reader is sure the sentences in which it found the answer.

        What a language model says may be wrong or beside the point while a document's own words are right.
        """
        chosen, _ = self._chosen(found, LEAST_SURE_UNMENTIONED)
        return answer if chosen is None else self._quoting(found, chosen, clock, whole_sentences=True)

    def _asks_of_something_else(
        self, generator: Generator, question: str, prompt: Prompt, found: _Read, stop: threading.Event
    ) -> bool:
        """Whether the question is about a thing that no document mentions.

        People also ask with other words than the documents, so the model is asked whether the evidence fits.
        That is rare, and cheap: what it reads for this it need not read again for the answer. Of a model that
        cannot be asked, the reader is.
        """
        if not self.library.unmentioned(subjects(question)):
            return False
        if not generator.follows_instructions:
            return not answering(found.read, LEAST_SURE_UNMENTIONED)
        judged = "".join(generator.stream(replace(prompt, task=Task.JUDGE), stop))
        return judged.strip().startswith("不")

    def _proven(
        self, found: _Read, said: _Said, evidence: Sequence[Evidence], script: Script, clock: _Clock
    ) -> Answer:
        """What was said, in the script that is wanted, with its proof; a refusal where there is none."""
        raw, answer = said.text.rstrip(), found.answer
        reason = reason_for(raw, answer.understood_as, evidence, self.library.rarity)
        # Before a character that it hardly knows (白䲟) a model may end.
        broken_off = (
            len(raw) == 1 and is_han(raw) and raw in answer.question and "还是" not in answer.question
        )
        if reason is None and (not raw or broken_off or declines(raw, evidence)):
            return self._refused(answer, REFUSAL_TEXT, found.hits, clock)
        wanted = raw if reason is None else one_line(evidence[reason].text)
        text = written(wanted, script, answer.question, [each.text for each in evidence])
        copied = tuple(said.copied) if len(text) == len(raw) else ()
        copied = copied if reason is None else (Run(0, len(text), reason),)
        proof = prove(text, answer.understood_as, evidence, self.library.rarity, copied)
        if reason is not None:
            lead = f"{written(raw.rstrip('。.！!'), script, answer.question)}："
            text, proof = lead + text, proof.led_by(lead)
        if not proof.supported:
            return self._refused(answer, UNPROVEN_TEXT, found.hits, clock)
        if self._speaks_of_another(found, proof.cited):
            return self._refused(answer, OTHER_TEXT, found.hits, clock)
        return replace(
            answer,
            text=text,
            sentences=proof.sentences,
            citations=tuple(
                replace(each, place=self.library.place(each.document.id, each.start))
                for each in proof.citations
            ),
            timings_ms=clock.timings(),
        )

    def _with_other_figures(
        self, answer: Answer, read: Sequence[Evidence], beside: Sequence[Evidence], script: Script
    ) -> Answer:
        """``answer`` and, where another document says the same with another figure, what that one says.

        ``read`` is what the model answered from, ``beside`` where the others are looked for.
        """
        spans = {(each.document.id, each.start) for each in answer.citations}
        cited = [each for each in read if (each.document.id, each.start) in spans]
        wording = written(OTHER_FIGURE, script, answer.question)
        for other in disagreeing(answer.text, cited, beside, self.library.rarity):
            date = (other.document.modified_at or other.document.added_at)[:10]
            said = wording.format(title=other.document.title, date=date, quote=one_line(other.text))
            number, start = len(answer.citations) + 1, len(answer.text) + 1
            place = self.library.place(other.document.id, other.start)
            citation = Citation(number, other.document, other.start, other.end, other.text, 1.0, place)
            answer = replace(
                answer,
                text=f"{answer.text}\n{said}",
                sentences=(*answer.sentences, Sentence(said, start, start + len(said), True, (number,))),
                citations=(*answer.citations, citation),
            )
        return answer

    def _refused(self, answer: Answer, text: str, hits: Sequence[Hit], clock: _Clock) -> Answer:
        nearest = tuple(
            Nearest(hit.document, hit.passage.start, hit.passage.end, hit.passage.text, hit.score, hit.place)
            for hit in hits[:_NEAREST]
        )
        return replace(answer, refused=True, text=text, nearest=nearest, timings_ms=clock.timings())


def _in_script(done: Done, script: Script) -> Done:
    """A refusal in the script that is wanted; what documents say is in it already."""
    answer = done.answer
    if not answer.refused:
        return done
    return Done(replace(answer, text=written(answer.text, script, answer.question)))


def _fitted(
    generator: Generator, found: _Read, evidence: tuple[Evidence, ...], length: Length
) -> tuple[Prompt, tuple[Evidence, ...]]:
    """The prompt that the model can read, and the evidence in it: only what was read can be cited."""
    importance = tuple(sorted(range(len(evidence)), key=lambda index: -evidence[index].score))
    texts = tuple(item.readable for item in evidence)
    # What a follow-up was asked after has been answered.
    is_follow_up = found.answer.understood_as != found.answer.question
    questions = () if is_follow_up else tuple(questions_in(found.asked))
    asked = questions if len(questions) > 1 else ()
    prompt = generator.fit(Prompt(found.asked, texts, importance, length=length, questions=asked))
    read = set(importance[: len(prompt.evidence)])
    return prompt, tuple(item for index, item in enumerate(evidence) if index in read)


class _Said:
    """What a model has said so far, and which of it was copied. White space before it is left out."""

    def __init__(self) -> None:
        self.text = ""
        self.copied: list[Run] = []

    @property
    def ended(self) -> int:
        """Where the last sentence ends after which another has begun; 0 while the first goes on."""
        return ([0] + [span.end for span in split_sentences(self.text)])[-2]

    @property
    def repeats(self) -> bool:
        """Whether the last sentence that has ended was said before, word for word."""
        spans = split_sentences(self.text)[:-1]
        said = [self.text[span.start : span.end].strip() for span in spans]
        return bool(said) and said[-1] in said[:-1]

    def until(self, end: int) -> _Said:
        """What was said up to there."""
        part = _Said()
        part.text = self.text[:end]
        part.copied = [replace(run, end=min(run.end, end)) for run in self.copied if run.start < end]
        return part

    def add(self, piece: str) -> None:
        start = len(self.text)
        self.text = (self.text + piece).lstrip()
        if isinstance(piece, Copied):
            run = Run(start, len(self.text), piece.source)
            last = self.copied[-1] if self.copied else None
            if last is not None and (last.end, last.source) == (run.start, run.source):
                run = replace(self.copied.pop(), end=run.end)
            self.copied.append(run)


class _Clock:
    """Milliseconds: of each stage by itself, of the first token and of the whole since the question."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._marks: dict[str, int] = {}

    def mark(self, stage: str) -> None:
        now = time.perf_counter()
        since = self._start if stage == "first_token" else self._last
        self._marks[stage] = round(1000 * (now - since))
        self._last = now

    def timings(self) -> dict[str, int]:
        return {**self._marks, "total": round(1000 * (time.perf_counter() - self._start))}

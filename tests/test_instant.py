"""The reader beside the language model: the order of hits, the answer at once, and standing alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import WeightsError
from index.library import Library
from rag.assistant import Assistant, Done, Found, Instant, Piece, Searched
from rag.form import BUDGET, Form, Length
from rag.instant import LEAST_SURE, ReadHit, answering, read_hits
from rag.reader import CHECKSUMS, FOLDER, Reader, Reading, verify
from rag.refusal import Refusal
from rag.settings import Settings
from rag.wiring import Assistant as WiredAssistant
from tests.conftest import SayingGenerator

Writer = Callable[..., Path]

TEXT = (
    "长沙工程机械集群\n\n2020年，长沙工程机械的省内配套率超过36%，零部件配套率超过50%。另有一句无关的话。\n"
)
OTHER = "株洲轨道交通\n\n2020年，株洲轨道交通的省内配套率有多高，这里没有写。\n"
QUESTION = "2020年长沙工程机械的省内配套率是多少？"


class PercentReader:
    """Finds the first percentage; a text without one is not about the question."""

    def __init__(self, percentage: str = r"\d+%") -> None:
        self.asked: list[str] = []
        self._percentage = percentage

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        self.asked.append(question)
        readings = []
        for _title, text in passages:
            found = re.search(self._percentage, text)
            start, end = found.span() if found else (0, 1)
            sure = 0.9 if found else 0.001
            readings.append(Reading(start, end, sure, sure, sure))
        return readings


@pytest.fixture
def filled(library: Library, write: Writer) -> Library:
    library.add(write("a.txt", TEXT))
    library.add(write("b.txt", OTHER))
    return library


def test_the_words_of_an_instant_answer_are_marked_in_their_sentence(filled: Library) -> None:
    answer = Assistant(filled, None, PercentReader()).ask(QUESTION)
    assert (answer.refused, answer.text) == (False, "36%")
    (citation,) = answer.citations
    assert citation.quote == TEXT[citation.start : citation.end]
    assert citation.quote == "2020年，长沙工程机械的省内配套率超过36%，零部件配套率超过50%。"
    assert citation.marked is not None
    assert TEXT[slice(*citation.marked)] == "36%"
    assert answer.to_json()["citations"][0]["marked"] == list(citation.marked)
    assert {"understand", "search", "read", "total"} == set(answer.timings_ms)


def test_it_comes_before_the_language_model_speaks(filled: Library) -> None:
    events = list(Assistant(filled, SayingGenerator("超过36%。"), PercentReader()).stream(QUESTION))
    kinds = [type(event) for event in events]
    assert kinds[:3] == [Searched, Found, Instant]
    assert kinds.index(Instant) < kinds.index(Piece)
    assert isinstance(events[-1], Done)
    assert events[-1].answer.text == "超过36%。"


SENTENCE = "2020年，长沙工程机械的省内配套率超过36%，零部件配套率超过50%。"


def test_the_readers_sentence_stands_in_for_what_cannot_be_proven(filled: Library) -> None:
    answer = Assistant(filled, SayingGenerator("超过99%。"), PercentReader()).ask(QUESTION)
    assert (answer.refused, answer.text) == (False, SENTENCE)
    assert answer.citations[0].quote == SENTENCE
    assert answer.citations[0].marked is not None
    assert TEXT[slice(*answer.citations[0].marked)] == "36%"
    assert "first_token" in answer.timings_ms
    declined = Assistant(filled, SayingGenerator("资料里没有提到。"), PercentReader()).ask(QUESTION)
    assert (declined.refused, declined.text) == (False, SENTENCE), "a small model says so too often"


def test_the_readers_sentence_stands_in_for_what_is_beside_the_point(filled: Library) -> None:
    generator = SayingGenerator("长沙工程机械的省内配套率另有一句话。")
    assert Assistant(filled, generator).ask(QUESTION).text == "长沙工程机械的省内配套率另有一句话。"
    answer = Assistant(filled, generator, PercentReader()).ask(QUESTION)
    assert (answer.text, answer.citations[0].quote) == (SENTENCE, SENTENCE)


def test_where_the_reader_is_no_judge_the_answer_stays(filled: Library) -> None:
    said = "长沙工程机械的省内配套率另有一句话。"
    for question in (f"{QUESTION}为什么？", "2020年长沙工程机械的省内配套率是否超过36%？"):
        assert Assistant(filled, SayingGenerator(said), PercentReader()).ask(question).text == said

    class Unsure(PercentReader):
        def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
            return [replace(each, certainty=0.2) for each in super().read(question, passages)]

    assert Assistant(filled, SayingGenerator(said), Unsure()).ask(QUESTION).text == said


def test_a_reader_that_is_not_sure_stands_in_for_nothing(filled: Library) -> None:
    class Unsure(PercentReader):
        def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
            return [replace(each, answers=0.3) for each in super().read(question, passages)]

    assert Assistant(filled, SayingGenerator("超过99%。"), Unsure()).ask(QUESTION).refused


def test_the_surer_the_reader_the_less_is_read_and_its_sentence_first(
    library: Library, write: Writer
) -> None:
    beside = "".join(
        f"2020年长沙工程机械的第{n}家企业也谈到了省内配套率是多少这件事，这里不细说。" for n in range(30)
    )
    library.add(write("a.txt", f"{beside}\n\n它超过36%。\n"))

    class Certain(PercentReader):
        def __init__(self, certainty: float) -> None:
            super().__init__()
            self.certainty = certainty

        def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
            found = super().read(question, passages)
            return [replace(each, certainty=self.certainty) for each in found]

    read = []
    for certainty in (1.0, 0.01):
        generator = SayingGenerator("超过36%。")
        Assistant(library, generator, Certain(certainty)).ask(QUESTION)
        (prompt,) = generator.prompts
        assert "它超过36%。" in prompt.evidence
        assert prompt.evidence[prompt.importance[0]] == "它超过36%。"
        read.append(sum(map(len, prompt.evidence)))
    assert read[0] <= Form().budget(QUESTION, 0.9) < read[1] <= BUDGET


def test_a_contradiction_is_told_though_it_was_not_read(library: Library, write: Writer) -> None:
    library.add(write("甲.txt", "长沙工程机械的省内配套率超过36%。"))
    library.add(write("乙.txt", "长沙工程机械的省内配套率超过52%。"))
    generator = SayingGenerator("长沙工程机械的省内配套率超过36%。")
    assistant = Assistant(library, generator, PercentReader("36%"))
    answer = assistant.ask(QUESTION[5:], form=Form(evidence=10))
    (prompt,) = generator.prompts
    assert prompt.evidence == ("长沙工程机械的省内配套率超过36%。",)
    assert [citation.document.title for citation in answer.citations] == ["甲", "乙"]
    assert "52%" in answer.text.splitlines()[-1]


def test_a_contradiction_beyond_the_usual_budget_is_told_of_a_long_answer(
    library: Library, write: Writer
) -> None:
    said = "长沙工程机械的省内配套率超过36%。"
    aside = "".join(f"长沙工程机械的省内配套率是多少，第{n}份材料没有说。" for n in range(11, 26))
    library.add(write("甲.txt", said))
    library.add(write("乙.txt", said.replace("36", "52")))
    library.add(write("丙.txt", aside))
    assistant = Assistant(library, SayingGenerator(said), PercentReader("36%"))
    answer = assistant.ask(QUESTION[5:], form=Form(length=Length.LONG))
    assert [citation.document.title for citation in answer.citations] == ["甲", "乙"]


def test_a_short_answer_is_the_readers(filled: Library) -> None:
    generator = SayingGenerator("超过36%。")
    answer = Assistant(filled, generator, PercentReader()).ask(QUESTION, form=Form(length=Length.SHORT))
    assert answer.text == "36%"
    assert generator.prompts == []


def test_only_the_instant_answer_asks_no_language_model(filled: Library) -> None:
    generator = SayingGenerator("超过36%。")
    answer = Assistant(filled, generator, PercentReader()).ask(QUESTION, instant=True)
    assert answer.text == "36%"
    assert generator.prompts == []


def test_what_the_reader_does_not_find_is_refused(library: Library, write: Writer) -> None:
    library.add(write("b.txt", OTHER))
    answer = Assistant(library, None, PercentReader()).ask("2020年株洲轨道交通的省内配套率是多少？")
    assert answer.refused
    assert answer.nearest


def test_what_the_reader_says_counts_in_the_refusal(filled: Library) -> None:
    assistant = Assistant(filled, SayingGenerator("36%。"), PercentReader())
    assert assistant.likelihood(QUESTION) > 0.5
    question = "株洲轨道交通在哪一年通车？"
    hits, refusal = filled.search(question), Refusal(filled.rarity)
    sure = [refusal.probability(question, hits, answers) for answers in (0.001, 0.5, 0.99)]
    assert sure == sorted(sure)
    assert sure[0] < 0.1 < 0.5 < sure[2]
    assert refusal.probability(question, [], 0.99) == 0


def test_another_year_is_no_instant_answer(filled: Library) -> None:
    assert Assistant(filled, None, PercentReader()).ask(QUESTION.replace("2020", "2019")).refused


def test_what_the_reader_finds_relevant_comes_first(filled: Library) -> None:
    hits = filled.search("省内配套率", 5)
    read = read_hits("省内配套率", hits, PercentReader())
    assert read[0].hit.document.title == "长沙工程机械集群"
    assert sorted(each.hit.score for each in read) == sorted(hit.score for hit in hits)
    assert read[0].reading.answers > LEAST_SURE > read[-1].reading.answers
    assert answering(read) == read[:1]


def test_a_passage_that_answers_more_surely_is_preferred_to_surer_words(filled: Library) -> None:
    one, two = filled.search("省内配套率", 2)
    read = [
        ReadHit(one, Reading(0, 3, certainty=0.8, answers=0.98, relevance=0.9)),
        ReadHit(two, Reading(0, 3, certainty=0.5, answers=0.999, relevance=0.9)),
    ]
    assert read[0].reading.score > read[1].reading.score
    assert answering(read) == read[::-1]
    nothing, found = (Reading(0, 3, sure, 0.9, 0.9).preference for sure in (0.0, 0.5))
    assert nothing < found


def test_no_hits_are_no_readings() -> None:
    assert read_hits("问", [], PercentReader()) == []


def test_a_synonym_is_spelled_out_for_the_reader(filled: Library) -> None:
    (filled.folder / "synonyms.txt").write_text("小配率 = 省内配套率\n", encoding="utf-8")
    reader = PercentReader()
    Assistant(filled, None, reader).ask("2020年长沙工程机械的小配率是多少？")
    assert "省内配套率" in reader.asked[0]


def test_without_weights_of_a_language_model_the_reader_answers_alone(
    filled: Library, tmp_path: Path
) -> None:
    settings = Settings(weights=tmp_path / "none")
    assert WiredAssistant(filled, settings=settings).generator is None
    assert WiredAssistant(filled, settings=replace(settings, generator="reader")).name == "reader"
    with pytest.raises(WeightsError, match="judian models pull"):
        WiredAssistant(filled, settings=replace(settings, generator="qwen2.5-coder-1.5b"))


@pytest.mark.parametrize("damage", ["missing", "changed", "no sums"])
def test_a_damaged_reader_is_told_in_one_line(tmp_path: Path, damage: str) -> None:
    for file in FOLDER.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    verify(tmp_path)
    if damage == "missing":
        (tmp_path / "openvino_model.bin").unlink()
    elif damage == "changed":
        data = bytearray((tmp_path / "openvino_model.bin").read_bytes())
        data[1000] ^= 1
        (tmp_path / "openvino_model.bin").write_bytes(data)
    else:
        (tmp_path / CHECKSUMS).unlink()
    with pytest.raises(WeightsError, match=r"damaged\. Install again: pip install"):
        Reader(tmp_path).read("问", [("", "文")])


def test_the_shipped_reader_reads() -> None:
    reader = Reader(FOLDER)
    title, text = "长沙工程机械集群", TEXT.partition("\n\n")[2].strip()
    right, wrong = reader.read(
        QUESTION, [(title, text), ("青山图书馆", "青山图书馆1998年建成，藏书320万册。")]
    )
    assert "36%" in text[right.start : right.end]
    assert len(text[right.start : right.end]) <= 6
    assert right.answers > 0.5 > wrong.answers
    assert right.relevance > 0.5 > wrong.relevance
    assert reader.read(QUESTION, []) == []
    traditional = reader.read("2020年長沙工程機械的省內配套率是多少？", [(title, text)])[0]
    assert (traditional.start, traditional.end) == (right.start, right.end)


@pytest.mark.parametrize("text", ["", " ", "。", "\u200b", "字" * 3000, "🎈" * 50])
def test_odd_passages_are_read(text: str) -> None:
    (reading,) = Reader(FOLDER).read("什么？", [("", text)])
    assert 0 <= reading.start <= reading.end <= len(text)
    assert 0 <= reading.score <= 1

"""How the reader is made: shortened references, made questions, a cut tokenizer, steps down the loss."""

from __future__ import annotations

import json
import random
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.weights import WeightStore
from tests.conftest import SHARED

torch = pytest.importorskip("torch")

from tokenizers import Tokenizer  # noqa: E402

from index.compiled import TOKENIZER  # noqa: E402
from rag.reader import FOLDER, Reader, joined  # noqa: E402
from rag.reader import _reading as reading_of  # noqa: E402
from train import changing, cloze, vocabulary  # noqa: E402
from train.batches import Encoded, collate, encode  # noqa: E402
from train.examples import Example, occurrences, read, write  # noqa: E402
from train.export import export  # noqa: E402
from train.facts import facts  # noqa: E402
from train.network import ReaderNetwork, empty  # noqa: E402
from train.reading import Reading, best_span  # noqa: E402
from train.rewording import reworded, synonyms, typed  # noqa: E402
from train.shipped import shipped  # noqa: E402
from train.training import CURVE, Schedule, batches, train  # noqa: E402
from train.trimming import trimmed  # noqa: E402

TINY = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}
COLOURS = "红橙黄绿青蓝紫黑白灰"
ANIMALS = "猫狗马牛羊鸡鸭鱼鸟虫"


@pytest.fixture(scope="session")
def cut_tokenizer(weights: WeightStore) -> tuple[str, list[int]]:
    folder = weights.require("multilingual-e5-small")
    return vocabulary.cut((folder / "tokenizer.json").read_text(encoding="utf-8"))


def examples(count: int) -> list[Example]:
    """Each text names the colour of two animals; the question asks for one of them, or for a third's."""
    chance = random.Random(0)
    made = []
    for _ in range(count):
        one, two, three = chance.sample(ANIMALS, 3)
        first, second = chance.sample(COLOURS, 2)
        text = f"{one}是{first}色。{two}是{second}色。"
        asked = chance.choice((one, two, three))
        answer = {one: first, two: second}.get(asked)
        spans = occurrences(text, answer) if answer else ()
        made.append(Example(f"{asked}是什么色？", "动物", text, spans, bool(answer), "made"))
    return made


def network(vocabulary_size: int) -> ReaderNetwork:
    torch.manual_seed(0)
    return empty({**TINY, "vocab_size": vocabulary_size})


@pytest.mark.parametrize(
    ("question", "answer", "kept"),
    [
        ("馆长哪一年出生？", "于1919年6月15日", "1919年6月15日"),
        ("日照计是什么？", "日照计是一种测量光度的仪器。", "一种测量光度的仪器"),
        ("展览馆有多少件藏品？", "藏品约3500件", "约3500件"),
        ("他为什么被免职？", "因为违反规定。", "违反规定"),
        ("他得了第几名？", "获得第七名", "第七名"),
        ("镇上有多少人口？", "人口为11,214人", "11,214人"),
        ("它使用到什么时候？", "1980~1984年", "1980~1984年"),
        ("他毕业于哪所大学？", "湖南师范大学", "湖南师范大学"),
        ("成立和结束的时间？", "成立于1922年9月，结束于11月", "1922年9月，结束于11月"),
    ],
)
def test_what_the_question_has_said_is_not_the_answer(question: str, answer: str, kept: str) -> None:
    start, end = trimmed(question, answer)
    assert answer[start:end] == kept


def test_made_questions_do_not_say_their_answer() -> None:
    text = (
        "青山图书馆于1998年6月在长沙建成，由李明设计，藏书320万册。"
        "由于地基下沉，工程停了两年。馆内设有阅览室、报告厅、儿童馆和咖啡厅等。"
    )
    made = [
        (each.kind, text[each.start : each.end], each.question)
        for seed in range(20)
        for each in cloze.questions("青山图书馆", text, random.Random(seed))
    ]
    assert {"1998年6月", "320万册", "阅览室、报告厅、儿童馆和咖啡厅", "地基下沉"} <= {
        answer for _, answer, _ in made
    }
    assert all(answer not in question for _, answer, question in made)


def test_a_made_question_asks_for_what_its_answer_is() -> None:
    """A whole name, a person as 谁, what it is called as 哪位; 叶子 is nobody, though jieba says so."""
    text = (
        "这部电影由日本导演黑泽明在东京拍摄。2003年，克劳斯·施拉普纳离开了青山队。山上的叶子在秋天变红。"
        "歌手周小红在北京发行了专辑《蓝天》。"
    )
    asked: dict[str, set[str]] = {}
    for seed in range(60):
        for each in cloze.questions("青山志", text, random.Random(seed)):
            asked.setdefault(text[each.start : each.end], set()).add(each.question)
    for answer, wanted, unwanted in (
        ("黑泽明", "(哪位|哪个|哪名)导演", "什么"),
        ("克劳斯·施拉普纳", "谁|哪位|何人", "哪里|什么"),
        ("周小红", "(哪位|哪个|哪名)歌手", "什么(?!地方)"),
        ("《蓝天》", "(哪张|什么)专辑", "哪部"),
    ):
        wrong = [said for said in asked[answer] if not re.search(wanted, said) or re.search(unwanted, said)]
        assert wrong == []
    assert not {"克劳斯", "施拉普纳", "叶子"} & set(asked)


def test_facts_are_asked_for_in_other_words() -> None:
    text = (
        "青山图书馆（英文：Qingshan Library，简称青图）位于湖南省长沙市，始建于1998年6月，由李明设计，"
        "占地面积3.2万平方米。"
    )
    asked = {
        text[fact.start : fact.end]: fact.question
        for fact in facts("青山图书馆", text, random.Random(1), first=True)
    }
    assert set(asked) == {"Qingshan Library", "青图", "湖南省长沙市", "1998年6月", "李明", "3.2万平方米"}
    assert all("青山图书馆" in question and "位于湖南" not in question for question in asked.values())
    assert not list(facts("青山图书馆", "隔壁的剧院位于湖南省长沙市。", random.Random(1), first=False))


def test_a_question_is_asked_in_other_words() -> None:
    text = "青山图书馆由李明创建，收藏《建立》一书。"
    said = {reworded("谁创建了《青山》？", text, random.Random(seed)) for seed in range(99)}
    assert {"谁创建了《青山》？", "谁设立了《青山》？", "哪位创办了《青山》？"} <= said
    assert "谁建立了《青山》？" not in said  # the text has it as well
    titled = {reworded("《创建》是谁写的？", text, random.Random(seed)) for seed in range(30)}
    assert titled == {"《创建》是谁写的？", "《创建》是哪位写的？", "《创建》是什么人写的？"}


def test_a_question_as_a_search_box_gets_it() -> None:
    said = {typed("《天空的城》的导演是什么？", random.Random(seed)) for seed in range(9)}
    assert said == {"《天空的城》导演", "《天空的城》 导演"}
    assert typed("谁？", random.Random(0)) == "谁"
    assert typed("是吗？", random.Random(0)) == "是吗？"  # nothing would be left


def test_words_mean_the_same_where_they_are_explained_alike() -> None:
    assert {"创建", "设立"} <= set(synonyms("建立"))
    assert "建立" not in synonyms("建立")
    assert synonyms("没有这个词") == ()


def test_the_one_item_of_a_list_that_a_question_leaves_out_is_its_answer() -> None:
    text = "馆内设有阅览室、报告厅、儿童馆、咖啡厅等。"
    found = {
        (text[fact.start : fact.end], fact.question)
        for seed in range(20)
        for fact in facts("青山图书馆", text, random.Random(seed), first=False)
    }
    assert {answer for answer, _ in found} == {"报告厅", "儿童馆"}
    assert all(answer not in question for answer, question in found)


def test_a_changed_question_asks_for_what_the_text_does_not_say() -> None:
    text = "青山图书馆1998年在长沙建成。"
    found = changing.changed(
        "青山图书馆1998年建在哪里？", "青山图书馆", text, ("碧水剧院",), random.Random(1)
    )
    assert found is not None
    assert found != "青山图书馆1998年建在哪里？"
    assert ("1998" not in found) != ("碧水剧院" in found)


def test_examples_come_back_as_they_were_written(tmp_path: Path) -> None:
    made = examples(5)
    assert write(tmp_path / "examples.jsonl", made) == 5
    assert list(read(tmp_path / "examples.jsonl")) == made


def test_the_cut_tokenizer_keeps_chinese_and_breaks_at_words(cut_tokenizer: tuple[str, list[int]]) -> None:
    tokenizer = Tokenizer.from_str(cut_tokenizer[0])
    assert 15_000 < len(cut_tokenizer[1]) < 30_000
    assert [tokenizer.token_to_id(piece) for piece in ("<s>", "<pad>", "</s>", "<unk>")] == [0, 1, 2, 3]
    tokens = tokenizer.encode("生于1919年6月15日在越南宁平省，OpenVINO。").tokens
    assert "<unk>" not in tokens
    assert {"日", "在", "越南"} <= set(tokens)
    assert "<unk>" not in tokenizer.encode("a|b\\c{d}~e^f_g`").tokens


def test_an_answer_is_the_tokens_that_hold_its_characters(cut_tokenizer: tuple[str, list[int]]) -> None:
    tokenizer = Tokenizer.from_str(cut_tokenizer[0])
    example = Example("何时出生？", "传记", "他于1919年6月15日在越南出生。", ((2, 12),), True, "")
    encoded = encode(tokenizer, example)
    ((start, end),) = encoded.spans
    parts = joined(tokenizer, example.question, example.title, example.text)
    first, last = parts.offsets[start - parts.text_start], parts.offsets[end - parts.text_start]
    assert example.text[first[0] : last[1]] == "1919年6月15日"


def test_batches_hold_every_example_once() -> None:
    encoded = [Encoded((0,) * length, 1, 2, (), None) for length in range(5, 200)]
    lengths = [len(each.ids) for each in encoded]
    made = batches(lengths, 600, seed=3)
    assert sorted(number for batch in made for number in batch) == list(range(len(encoded)))
    assert made == batches(lengths, 600, seed=3) != batches(lengths, 600, seed=4)
    assert all(collate([encoded[n] for n in batch]).ids.shape[1] % 16 == 0 for batch in made)


def test_an_answer_begins_after_the_line_break(cut_tokenizer: tuple[str, list[int]]) -> None:
    text = "成立于2024。\n1919年6月15日生。"
    parts = joined(Tokenizer.from_str(cut_tokenizer[0]), "何时生？", "", text)
    first = next(n for n, (_, end) in enumerate(parts.offsets) if end > text.index("1919"))
    last = next(n for n, (_, end) in enumerate(parts.offsets) if end >= text.index("日生") + 1)
    logits = np.full((len(parts.ids), len(parts.ids)), -9.0, dtype=np.float32)
    logits[parts.text_start + first, parts.text_start + last] = 9.0
    reading = reading_of("何时？", parts, text, logits, np.zeros(2, dtype=np.float32))
    assert text[reading.start : reading.end] == "1919年6月15日"
    assert reading.certainty > 0.99


def test_words_that_stand_twice_are_as_sure_as_words_that_stand_once(
    cut_tokenizer: tuple[str, list[int]],
) -> None:
    text = "他生于瑞典。后来他离开了瑞典。"
    parts = joined(Tokenizer.from_str(cut_tokenizer[0]), "他生于哪里？", "", text)
    tokens = [n for n, (start, end) in enumerate(parts.offsets) if text[start:end] == "瑞典"]
    assert len(tokens) == 2
    logits = np.full((len(parts.ids), len(parts.ids)), -9.0, dtype=np.float32)
    for token in tokens:
        logits[parts.text_start + token, parts.text_start + token] = 9.0
    reading = reading_of("哪里？", parts, text, logits, np.zeros(2, dtype=np.float32))
    assert text[reading.start : reading.end] == "瑞典"
    assert reading.certainty > 0.99


def test_the_end_of_a_long_question_is_what_is_asked(cut_tokenizer: tuple[str, list[int]]) -> None:
    tokenizer = Tokenizer.from_str(cut_tokenizer[0])
    parts = joined(tokenizer, "说来话长，" * 60 + "那书库的面积是多少？", "", "文")
    read = tokenizer.decode(parts.ids[: parts.text_start]).replace(" ", "")
    assert read.endswith("那书库的面积是多少?")
    assert len(parts.ids) < 80


def test_the_best_span_starts_before_it_ends() -> None:
    logits = torch.full((5, 5), -5.0)
    logits[3, 1], logits[3, 4], logits[0, 4] = 5.0, 3.0, 4.0
    possible = torch.ones(5, 5, dtype=torch.bool).triu()
    assert best_span(logits, possible) == (0, 4)
    assert best_span(logits, possible, longest=1) == (3, 4)


def test_the_loss_falls_and_a_checkpoint_goes_on_to_the_same_numbers(
    cut_tokenizer: tuple[str, list[int]], tmp_path: Path
) -> None:
    tokenizer = Tokenizer.from_str(cut_tokenizer[0])
    encoded = [encode(tokenizer, each) for each in examples(400)]
    schedule = Schedule(steps=60, tokens=1_000, rate=3e-3, warmup=3, measured_every=20, saved_every=30)

    def trained(folder: str, stop: Callable[[], bool] = lambda: False) -> ReaderNetwork:
        made = network(len(cut_tokenizer[1]))
        train(made, Reading(encoded), schedule, tmp_path / folder, report=lambda _line: None, stop=stop)
        return made

    whole = trained("whole")
    steps = iter(range(100))
    trained("halved", stop=lambda: next(steps) == 30)
    halved = trained("halved")
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, halved.state_dict()[name]), name
    with pytest.raises(ValueError, match="name another --run"):
        train(network(len(cut_tokenizer[1])), Reading(encoded[1:]), schedule, tmp_path / "whole")
    losses = [json.loads(line)["loss"] for line in (tmp_path / "whole" / CURVE).read_text().splitlines()]
    assert losses[-1] < 0.8 * losses[0]


def test_words_are_moved_to_where_the_loss_grows(cut_tokenizer: tuple[str, list[int]]) -> None:
    tokenizer = Tokenizer.from_str(cut_tokenizer[0])
    encoded = [encode(tokenizer, each) for each in examples(16)]
    made = network(len(cut_tokenizer[1]))
    (plain,) = Reading(encoded).losses(made, range(16))
    halves = []
    for half in Reading(encoded, adverse=0.5).losses(made, range(16)):
        half.backward()  # type: ignore[no-untyped-call]
        halves.append(float(half.detach()))
    assert halves[0] == pytest.approx(float(plain.detach()) / 2, rel=1e-2)
    assert halves[1] > 1.01 * halves[0]
    # A checkpoint made without is not gone on with.
    assert Reading(encoded, adverse=0.5).digest != Reading(encoded).digest


def test_what_is_exported_reads_as_the_network_does(
    cut_tokenizer: tuple[str, list[int]], tmp_path: Path
) -> None:
    made = network(len(cut_tokenizer[1]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openvino's own, of what it traces
        export(made, cut_tokenizer[0], tmp_path / "reader")
    tokenizer = Tokenizer.from_str(cut_tokenizer[0])
    short = examples(1)[0]
    long = Example(short.question, short.title, short.text * 4, (), None, "")
    readings = Reader(tmp_path / "reader").read(
        short.question, [(each.title, each.text) for each in (long, short)]
    )
    for example, reading in zip((long, short), readings, strict=True):
        encoded = encode(tokenizer, example)
        with torch.no_grad():
            spans, judged, _ = made(*(getattr(collate([encoded]), name) for name in ("ids", "mask")))
        assert (reading.answers, reading.relevance) == pytest.approx(
            torch.sigmoid(judged[0]).tolist(), abs=0.01
        )
        parts = joined(tokenizer, example.question, example.title, example.text)
        text = slice(encoded.text_start, encoded.text_end)
        inside = spans[0, text, text]
        scored = {
            (first, last): float(inside[first, last]) - 0.02 * (last - first)
            for first in range(len(inside))
            for last in range(first, len(inside))
        }
        best = max(scored.values())
        found = max(
            score
            for (first, last), score in scored.items()
            if (parts.offsets[first][0], parts.offsets[last][1]) == (reading.start, reading.end)
        )
        assert found == pytest.approx(best, abs=0.05)


def test_a_finished_reader_gives_its_weights_back(
    cut_tokenizer: tuple[str, list[int]], tmp_path: Path
) -> None:
    made = network(len(cut_tokenizer[1]))
    with torch.no_grad():
        for weight in made.parameters():  # zeros and ones would not be written
            weight.add_(0.1 * torch.randn_like(weight))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export(made, cut_tokenizer[0], tmp_path / "reader")
    state = shipped(tmp_path / "reader", made)
    assert set(state) == {name for name, _ in made.named_parameters()}
    for name, weight in made.named_parameters():
        assert torch.allclose(state[name], weight, atol=2e-3), name
    with pytest.raises(ValueError, match="another network"):
        shipped(tmp_path / "reader", network(7))


def test_the_weights_that_ship_read_as_the_reader_does() -> None:
    reader = Reader(FOLDER)
    text = "青禾大桥全长约35公里，两端各有一座收费站。"
    (reading,) = reader.read("青禾大桥总长多少公里？", [("青禾大桥", text)])
    tokenizer = Tokenizer.from_file(str(FOLDER / TOKENIZER))
    sizes = {
        "hidden_size": 384,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "intermediate_size": 1536,
    }
    made = empty({**sizes, "vocab_size": tokenizer.get_vocab_size()}).eval()
    made.load_state_dict(shipped(FOLDER, made), strict=False)
    parts = joined(tokenizer, "青禾大桥总长多少公里？", "青禾大桥", text)
    with torch.no_grad():
        spans, judged, _ = made(torch.tensor([parts.ids]), torch.ones(1, len(parts.ids), dtype=torch.int64))
    inside = slice(parts.text_start, parts.text_start + len(parts.offsets))
    first, last = best_span(
        spans[0, inside, inside], torch.ones(len(parts.offsets), len(parts.offsets)).triu() > 0
    )
    assert (parts.offsets[first][0], parts.offsets[last][1]) == (reading.start, reading.end)
    assert torch.sigmoid(judged[0]).tolist() == pytest.approx([reading.answers, reading.relevance], abs=0.05)


@pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="the public question sets are not here")
def test_nothing_of_the_development_sets_is_trained_on() -> None:
    from train import prepare

    known = prepare.paragraphs(SHARED / "data")
    assert len(known) > 2_000
    assert all(each.id.startswith(("cmrc2018_train", "cmrc2018_trial", "law-")) for each in known)

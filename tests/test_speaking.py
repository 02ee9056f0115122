"""Judian's own seq2seq: what it is trained on, how, and what it says of whose characters."""

from __future__ import annotations

import json
import random
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.errors import WeightsError
from index.library import Library
from index.types import DocumentInfo
from index.weights import WeightStore
from rag.assistant import Assistant
from rag.citations import Run, prove
from rag.evidence import Evidence
from rag.generators import Copied
from rag.generators.judian import JudianGenerator
from rag.prompts import Prompt
from rag.reader import FOLDER, Reader
from rag.refusal import declines
from rag.settings import Settings
from rag.wiring import choose, make_generator

torch = pytest.importorskip("torch")

from tokenizers import Tokenizer  # noqa: E402
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer  # noqa: E402

from index.compiled import CompiledModel  # noqa: E402
from rag.generators.copying import EOS, CopyingModel  # noqa: E402
from train import vocabulary  # noqa: E402
from train.answering import Answering, EncodedToSay, encode, own_pieces, source, spoken  # noqa: E402
from train.answers import ToSay  # noqa: E402
from train.export import export  # noqa: E402
from train.network import empty  # noqa: E402
from train.saying import NO_ANSWER, sentence  # noqa: E402
from train.seq2seq import begun, state_of  # noqa: E402
from train.seq2seq import export as export_decoder  # noqa: E402
from train.training import CHECKPOINT, CURVE, Schedule, train  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

Writer = Callable[..., Path]

TINY = {
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 128,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}
PROMPT = Prompt(
    "德国OWL集群有多少个成员？",
    ("德国OWL集群位于德国西部，拥有成员196个，其中大企业53家。", "长沙工程机械的省内配套率超过36%。"),
    (0, 1),
)


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("馆长哪一年出生？", "1919年", "馆长1919年出生。"),
        ("鬼怒川全长多少公里", "176.7公里", "鬼怒川全长176.7公里。"),
        ("共有多少家？", "25", "共有25家。"),
        ("书库在哪里？", "在长沙", "书库在长沙。"),
        ("兔子四部曲是谁的作品？", "厄普代克", "兔子四部曲是厄普代克的作品。"),
        ("它叫什么名字？", "青图", "它叫青图。"),
        ("他为什么改名？", "因避清讳", "他改名，是因为避清讳。"),
        ("工程是为何而建？", "防洪", "防洪。"),
        ("有哪些成员？", "甲、乙", "有甲、乙。"),
        ("徽章颁布的时间是？", "此徽颁布于1911年", "此徽颁布于1911年。"),
        ("徽章颁布于什么时候？", "此徽章颁布于1911年", "此徽章颁布于1911年。"),
        ("分数怎样得到？", "按下按键", "按下按键。"),
    ],
)
def test_question_and_answer_make_a_sentence(question: str, answer: str, said: str) -> None:
    assert sentence(question, answer) == said


def test_saying_that_nothing_is_there_is_understood() -> None:
    assert declines(NO_ANSWER)


COLOURS = "红橙黄绿青蓝紫黑白灰"
ANIMALS = "猫狗马牛羊鸡鸭鱼鸟虫"


def rows(count: int, seed: int = 0) -> list[ToSay]:
    """Each evidence names the colour of two animals; one of them is asked for."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        one, two = chance.sample(ANIMALS, 2)
        first, second = chance.sample(COLOURS, 2)
        asked, colour = chance.choice(((one, first), (two, second)))
        evidence = (f"{one}是{first}色。", f"{two}是{second}色。")
        made.append(ToSay(f"{asked}是什么色？", evidence, f"答曰{asked}是{colour}色。", "made"))
    return made


@pytest.fixture(scope="module")
def tiny(weights: WeightStore, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Tokenizer]:
    """A reader that has learnt nothing: its folder, its checkpoint, its tokenizer."""
    folder = tmp_path_factory.mktemp("tiny")
    text = (weights.require("multilingual-e5-small") / "tokenizer.json").read_text(encoding="utf-8")
    tokenizer, kept = vocabulary.cut(text)
    torch.manual_seed(0)
    network = empty({**TINY, "vocab_size": len(kept)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export(network, tokenizer, folder / "reader")
    torch.save({"network": network.state_dict()}, folder / CHECKPOINT)
    return folder / "reader", folder / CHECKPOINT, Tokenizer.from_str(tokenizer)


def started(tiny: tuple[Path, Path, Tokenizer], encoded: list[EncodedToSay]) -> CopyingModel:
    torch.manual_seed(0)
    network = begun(tiny[1])
    pieces = own_pieces(encoded, network.config.own)
    network.own_pieces[: len(pieces)] = torch.tensor(pieces)
    return network


def test_the_loss_falls_and_a_checkpoint_goes_on_to_the_same_numbers(
    tiny: tuple[Path, Path, Tokenizer], tmp_path: Path
) -> None:
    encoded = list(encode(tiny[2], rows(200), CompiledModel(tiny[0])))
    schedule = Schedule(steps=60, tokens=600, rate=3e-3, warmup=3, measured_every=20, saved_every=30)

    def trained(folder: str, stop: Callable[[], bool] = lambda: False) -> CopyingModel:
        made = started(tiny, encoded)
        train(made, Answering(encoded), schedule, tmp_path / folder, report=lambda _line: None, stop=stop)
        return made

    whole = trained("whole")
    steps = iter(range(100))
    trained("halved", stop=lambda: next(steps) == 30)
    halved = trained("halved")
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, halved.state_dict()[name]), name
    losses = [json.loads(line)["loss"] for line in (tmp_path / "whole" / CURVE).read_text().splitlines()]
    assert losses[-1] < 0.6 * losses[0]

    # What is shipped says what was trained, however it is loaded.
    export_decoder(whole.eval(), tiny[0])
    said = JudianGenerator(tiny[0])
    for row in rows(5, seed=1):
        prompt = Prompt(row.question, row.evidence, (0, 1))
        (each,) = encode(tiny[2], [row], CompiledModel(tiny[0]))
        assert "".join(said.stream(prompt, threading.Event())) == spoken(whole, each, tiny[2])

    # And another training can begin with it.
    shipped, kept = state_of(tmp_path, str(tiny[0])), state_of(tmp_path, "whole")
    for name, weight in shipped.items():
        assert torch.allclose(weight, kept[name], atol=2e-3), name


def test_what_can_be_copied_is_cut_as_it_stands_in_the_source(tiny: tuple[Path, Path, Tokenizer]) -> None:
    row = ToSay("馆藏多少万册？", ("青山图书馆藏书320万册，另有报纸。",), "馆藏是320万册。", "")
    (each,) = encode(tiny[2], [row], CompiledModel(tiny[0]))
    assert tiny[2].decode(list(each.said)).replace(" ", "") == row.said
    missing = set(each.said) - set(each.parts.ids)
    assert {tiny[2].id_to_token(piece) for piece in missing} <= {"是", "。"}
    assert each.said[-1] == EOS


def test_the_likelihood_is_that_of_the_pieces(tiny: tuple[Path, Path, Tokenizer]) -> None:
    """What is trained is what is said: two ways to the same probability."""
    encoded = list(encode(tiny[2], rows(3), CompiledModel(tiny[0])))
    network = started(tiny, encoded).eval()
    (loss,) = Answering(encoded).losses(network, [0])
    from train.answering import read_of

    read, mask = read_of(encoded[:1])
    labels = torch.tensor([encoded[0].said])
    with torch.no_grad():
        out = network(attention_mask=mask, encoder_outputs=(read,), labels=labels)
    assert out.logits.exp().sum(-1).allclose(torch.ones(labels.shape), atol=1e-3)
    assert float(out.loss) == pytest.approx(float(loss.detach()), rel=0.02)


@pytest.fixture(scope="module")
def speaker() -> JudianGenerator:
    generator = make_generator(Settings(generator="judian-s2s"))
    assert isinstance(generator, JudianGenerator)
    return generator


def test_it_is_chosen_by_its_name() -> None:
    assert choose(Settings(generator="judian-s2s")).engine == "judian-s2s"


def test_transformers_loads_the_folder_and_generates_the_same(speaker: JudianGenerator) -> None:
    model = AutoModelForSeq2SeqLM.from_pretrained(FOLDER, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    ids = torch.tensor([source(tokenizer.backend_tokenizer, PROMPT.question, PROMPT.evidence).ids])
    made = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=60, do_sample=False)
    said = tokenizer.decode(made[0], skip_special_tokens=True).replace(" ", "")
    assert said == "".join(speaker.stream(PROMPT, threading.Event())).replace(" ", "")


def test_it_answers_from_the_evidence_and_knows_from_which_sentence(speaker: JudianGenerator) -> None:
    pieces = list(speaker.stream(speaker.fit(PROMPT), threading.Event()))
    assert "196" in "".join(pieces)
    assert len(pieces) > 1
    copied = [piece for piece in pieces if isinstance(piece, Copied)]
    assert "196" in "".join(piece for piece in copied if piece.source == 0)
    assert all(piece.strip() in PROMPT.evidence[piece.source] for piece in copied)


def test_it_stops_when_it_is_told(speaker: JudianGenerator) -> None:
    stop = threading.Event()
    pieces = []
    for piece in speaker.stream(PROMPT, stop):
        pieces.append(piece)
        stop.set()
    assert len(pieces) == 1


def test_what_it_copies_stays_in_the_script_of_the_source(speaker: JudianGenerator) -> None:
    prompt = Prompt("德國OWL集群有多少個成員？", ("德國OWL集群位於德國西部，擁有成員196個。",), (0,))
    said = "".join(speaker.stream(prompt, threading.Event()))
    assert "196" in said
    assert not set(said) & set("国个员拥于")


def test_what_does_not_fit_is_left_out_by_whole_sentences(speaker: JudianGenerator) -> None:
    sentences = tuple(
        f"第{number}条规定了一件很长很长的事情，要说上许多许多的话才能说完。" for number in range(60)
    )
    fitted = speaker.fit(Prompt("规定了什么？", sentences, tuple(range(60))))
    assert 5 < len(fitted.evidence) < 60
    assert fitted.evidence == sentences[: len(fitted.evidence)]


def test_a_question_is_answered_with_the_sentence_it_was_copied_from(
    library: Library, write: Writer, speaker: JudianGenerator
) -> None:
    library.add(write("a.txt", "\n\n".join(PROMPT.evidence)))
    answer = Assistant(library, speaker, Reader(FOLDER)).ask(PROMPT.question)
    assert not answer.refused
    assert "196" in answer.text
    assert answer.citations[0].quote.startswith("德国OWL集群")
    text = library.document(answer.citations[0].document.id).text
    marked = answer.citations[0].marked
    assert marked is not None
    assert "196" in text[slice(*marked)]


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_damaged_decoder_is_told(tmp_path: Path, name: str) -> None:
    for file in FOLDER.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with (tmp_path / name).open("ab") as damaged:
        damaged.write(b" ")
    with pytest.raises(WeightsError, match=name):
        JudianGenerator(tmp_path).load()


DOCUMENT = DocumentInfo("d1", "标题", ("/d1.txt",), "utf-8", 1.0, 100, 1, "")


def evidence(*texts: str) -> list[Evidence]:
    return [Evidence(DOCUMENT, 100 * n, 100 * n + len(text), text, 1.0) for n, text in enumerate(texts)]


def test_of_two_sentences_that_say_it_the_one_that_was_copied_is_cited() -> None:
    sources = evidence("馆内藏书320万册。", "据介绍，馆内藏书320万册。")
    said = "馆内藏书320万册。"
    for origin in (0, 1):
        proof = prove(said, "藏书多少？", sources, lambda w: [1.0] * len(w), [Run(0, len(said), origin)])
        assert [each.start for each in proof.citations] == [100 * origin]
        marked = proof.citations[0].marked
        assert marked is not None
        assert sources[origin].text[slice(*(np.array(marked) - 100 * origin))] == said


def test_being_copied_proves_nothing() -> None:
    sources = evidence("馆内藏书320万册。", "另一处的藏书有50万册。")
    other = prove("馆内藏书50万册。", "藏书多少？", sources, lambda w: [1.0] * len(w), [Run(0, 4, 0)])
    assert [each.start for each in other.citations] in ([], [100])
    nowhere = prove("馆内藏书99万册。", "藏书多少？", sources, lambda w: [1.0] * len(w), [Run(0, 8, 0)])
    assert not nowhere.supported

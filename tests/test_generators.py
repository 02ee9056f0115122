"""Four engines behind one Protocol, each run for real."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from index.weights import CATALOGUE, WeightStore
from rag.errors import GeneratorUnavailableError, QuestionTooLongError
from rag.generators import Generator
from rag.generators.llamacpp import LlamaCppGenerator
from rag.generators.openvino import OpenVinoGenerator, streamer
from rag.generators.seq2seq import Seq2SeqGenerator
from rag.generators.server import ServerGenerator
from rag.generators.streaming import iterate
from rag.prompts import Prompt, seq2seq_input
from rag.settings import Settings
from rag.wiring import choose, make_generator
from tests.tiny_t5 import KNOWN, ROLES, UNKNOWN, prompt_of, train

pytestmark = pytest.mark.filterwarnings("ignore")

PROMPT = Prompt(
    "德国OWL集群有多少个成员？",
    ("德国OWL集群位于德国西部，拥有成员196个，其中大企业53家。", "长沙工程机械的省内配套率超过36%。"),
    (0, 1),
)


def said(generator: Generator, prompt: Prompt = PROMPT) -> list[str]:
    return list(generator.stream(generator.fit(prompt), threading.Event()))


def stops(generator: Generator) -> bool:
    """Whether an answer that would be long ends soon after the stop is asked for."""
    long = Prompt("请把资料一字不差地抄写十遍。", PROMPT.evidence, (0, 1))
    stop = threading.Event()
    pieces = []
    for piece in generator.stream(generator.fit(long), stop):
        pieces.append(piece)
        stop.set()
    return len(pieces) <= 3


@pytest.mark.model
@pytest.mark.skipif(
    "not __import__('rag.wiring', fromlist=['x'])._engine_for('qwen2.5-coder-1.5b').engine == 'openvino'"
)
def test_openvino_reads_the_real_weights_and_streams(weights: WeightStore) -> None:
    name = "qwen2.5-coder-1.5b"
    generator = OpenVinoGenerator(name, weights.require(name) / CATALOGUE[name].files[0].name, weights)
    pieces = said(generator)
    assert "196" in "".join(pieces)
    assert len(pieces) > 1
    assert stops(generator)


def test_text_is_streamed_with_its_token_and_characters_whole() -> None:
    class Bytes:
        def decode(self, tokens: list[int]) -> str:
            return bytes(tokens).decode(errors="replace")

    genai = pytest.importorskip("openvino_genai")
    pieces: list[str] = []
    going_on = [True, True, False]

    def emit(piece: str) -> bool:
        pieces.append(piece)
        return not piece or going_on.pop(0)

    made = streamer(Bytes(), emit)
    *most, last = "a集群".encode()
    statuses = [made.write(token) for token in most[:-1]] + [made.write([most[-1], last])]
    assert pieces == ["a", "", "", "集", "", "群"]
    assert statuses[:-1] == [genai.StreamingStatus.RUNNING] * 5
    assert statuses[-1] == genai.StreamingStatus.STOP
    made.end()
    assert "".join(pieces) == "a集群"


@pytest.fixture(scope="module")
def llamacpp(weights: WeightStore) -> LlamaCppGenerator:
    name = "qwen2.5-coder-0.5b"
    return LlamaCppGenerator(name, weights.require(name) / CATALOGUE[name].files[0].name)


@pytest.mark.model
def test_llamacpp_reads_the_real_weights_and_streams(llamacpp: LlamaCppGenerator) -> None:
    pieces = said(llamacpp)
    assert "196" in "".join(pieces)
    assert len(pieces) > 1
    assert stops(llamacpp)


@pytest.mark.model
def test_a_server_is_asked_over_http(llamacpp: LlamaCppGenerator) -> None:
    generator = ServerGenerator(f"{llamacpp.address}/v1")
    pieces = said(generator)
    assert "196" in "".join(pieces)
    assert len(pieces) > 1
    assert stops(generator)


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(GeneratorUnavailableError, match="judian models list"):
        ServerGenerator("http://127.0.0.1:9/v1").load()


@pytest.mark.model
def test_an_encoder_decoder_answers_from_its_input(tmp_path: Path) -> None:
    """A small T5, trained here, that has to copy the right name, one it has never seen, from its evidence."""
    generator = Seq2SeqGenerator(str(train(tmp_path)))
    right = 0
    for index, (first, second) in enumerate(zip(UNKNOWN[:10], UNKNOWN[10:], strict=True)):
        asked = ROLES[index % 2]
        roles = list(ROLES) if index % 4 < 2 else list(reversed(ROLES))
        prompt = prompt_of([first, second], roles, asked)
        right += "".join(said(generator, prompt)) == (first, second)[roles.index(asked)]
    assert right >= 8


@pytest.mark.model
def test_input_is_fitted_by_whole_sentences_never_cut(tmp_path: Path) -> None:
    folder = train(tmp_path, steps=1)
    generator = Seq2SeqGenerator(str(folder))
    sentences = tuple(f"主任{name}。" for name in KNOWN[:30])
    fitted = generator.fit(Prompt("谁？", sentences, tuple(range(30))))
    assert 0 < len(fitted.evidence) < 30
    assert fitted.evidence == sentences[: len(fitted.evidence)]
    assert seq2seq_input(fitted).endswith("。")
    with pytest.raises(QuestionTooLongError, match="fewer words"):
        generator.fit(Prompt("谁" * 500, sentences, tuple(range(30))))


def test_a_folder_that_is_no_seq2seq_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(GeneratorUnavailableError):
        Seq2SeqGenerator(str(tmp_path)).load()


def test_errors_inside_an_engine_reach_the_caller() -> None:
    def fail(_emit: object) -> None:
        raise GeneratorUnavailableError("x", "no")

    with pytest.raises(GeneratorUnavailableError):
        list(iterate(fail, threading.Event()))


def test_the_default_is_picked_by_what_the_machine_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(weights=tmp_path)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert (choose(settings).engine, choose(settings).model) == ("openvino", "qwen2.5-coder-1.5b")
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    assert choose(settings).engine == "llama.cpp"
    monkeypatch.setattr("rag.wiring._memory", lambda: 4 * 1024**3)
    assert choose(settings).model == "qwen2.5-coder-0.5b"
    assert "memory" in choose(settings).reason


@pytest.mark.parametrize(
    ("asked", "engine", "model"),
    [
        ("llama.cpp:qwen2.5-coder-1.5b", "llama.cpp", "qwen2.5-coder-1.5b"),
        ("qwen2.5-coder-0.5b", "llama.cpp", "qwen2.5-coder-0.5b"),
        ("http://127.0.0.1:11434/v1#qwen3", "server", "http://127.0.0.1:11434/v1#qwen3"),
        ("google/mt5-small", "seq2seq", "google/mt5-small"),
    ],
)
def test_generators_are_named_in_many_ways(tmp_path: Path, asked: str, engine: str, model: str) -> None:
    choice = choose(Settings(weights=tmp_path, generator=asked))
    assert (choice.engine, choice.model) == (engine, model)


def test_paths_decide_by_what_lies_there(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    (tmp_path / "ov").mkdir()
    (tmp_path / "ov" / "openvino_model.xml").touch()
    (tmp_path / "t5").mkdir()
    (tmp_path / "t5" / "config.json").touch()
    for name, engine in (("model.gguf", "llama.cpp"), ("ov", "openvino"), ("t5", "seq2seq")):
        assert choose(Settings(weights=tmp_path, generator=str(tmp_path / name))).engine == engine
    for wrong in (str(tmp_path), str(tmp_path / "none.gguf"), "multilingual-e5-small", "no-such-model"):
        with pytest.raises(GeneratorUnavailableError):
            make_generator(Settings(weights=tmp_path, generator=wrong))

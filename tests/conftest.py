"""What tests share: small real stand-ins for models, and the real models where a test asks for them."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from index.embedding import Vectors
from index.library import Library
from index.normalize import fold
from index.readers import parts_of
from index.reading import document_of
from index.types import Document, EncoderMark
from index.weights import WeightStore
from rag.prompts import Prompt, Task
from rag.settings import Settings
from tests.browser import EVIL, Server, chromium, open_page

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
SHARED = ROOT.parent / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=200, help="how often the crash test kills a writer (200)")


def document_in(path: Path) -> Document:
    """The document in a plain text file, without a child process."""
    (part,) = parts_of(path.read_bytes(), path.suffix, lambda _done, _total: None)
    assert part.parsed is not None
    return document_of(part.parsed, str(path))


class HashingEncoder:
    """Counts pairs of characters in 256 places: texts that share pairs really are near."""

    def __init__(self, name: str = "hashing", dimension: int = 256) -> None:
        self.mark = EncoderMark(name, f"pairs-{dimension}", dimension)
        self.encoded: list[str] = []

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.encoded.extend(texts)
        return self.encode_questions(texts)

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.mark.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            squeezed = re.sub(r"\s", "", fold(text)) + "。"
            for first, second in itertools.pairwise(squeezed):
                vectors[row, (ord(first) * 31 + ord(second)) % self.mark.dimension] += 1
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        result: Vectors = (vectors / np.maximum(norms, 1e-9)).astype(np.float32)
        return result


class SayingGenerator:
    """Says a fixed text piece by piece, another one when asked to judge, and remembers its prompts."""

    name = "saying"
    follows_instructions = True

    def __init__(self, text: str, judgement: str = "能") -> None:
        self.text = text
        self.judgement = judgement
        self.prompts: list[Prompt] = []

    def prepare(self) -> None:
        return None

    def load(self) -> None:
        return None

    def fit(self, prompt: Prompt) -> Prompt:
        return prompt

    def stream(self, prompt: Prompt, stop: Event) -> Iterator[str]:
        self.prompts.append(prompt)
        said = self.judgement if prompt.task is Task.JUDGE else self.text
        for piece in re.findall(r".{1,3}", said, re.DOTALL):
            if stop.is_set():
                return
            yield piece


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def open_library(tmp_path: Path, encoder: HashingEncoder) -> Iterator[Callable[..., Library]]:
    """Opens the library in ``tmp_path``/library, as often as wanted; all are closed at the end."""
    opened: list[Library] = []

    def open_one(folder: Path | None = None) -> Library:
        opened.append(Library(folder or tmp_path / "library", open_encoder=lambda _: encoder))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def library(open_library: Callable[..., Library]) -> Library:
    return open_library()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file below ``tmp_path``/files and returns its path."""

    def write_one(name: str, content: str | bytes) -> Path:
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_one


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings.read()


@pytest.fixture(scope="session")
def weights(settings: Settings) -> WeightStore:
    """The real weights, fetched if they are not here; from then on nothing goes to the network."""
    store = WeightStore(settings.weights)
    wanted = ["multilingual-e5-small", "qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b"]
    store.pull(wanted, progress=lambda _name, _done, _total: None)
    os.environ["HF_HUB_OFFLINE"] = "1"
    return store


@pytest.fixture(scope="session")
def shared_seeds() -> Path:
    folder = SHARED / "seeds"
    if not folder.exists():
        pytest.skip("the five real documents (../shared/seeds) are not here")
    return folder


# -- the page ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def page_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="session")
def cases(page_folder: Path) -> Path:
    """Where the page's library keeps what was found bad."""
    return page_folder / "library" / "cases.jsonl"


@pytest.fixture(scope="session")
def address(page_folder: Path, weights: WeightStore) -> Iterator[str]:
    """``judian ui`` on a library of the seeds and one hostile document."""
    from rag import Library as JudianLibrary

    assert weights.folder.exists()
    evil = page_folder / f"攻击{'<img src=x onerror=alert(1)>'}.txt"
    evil.write_text(f"攻击文档{EVIL}\n\n紫水晶工厂{EVIL}的产能是每年七百二十吨。\n", encoding="utf-8")
    library = JudianLibrary(page_folder / "library")
    library.add(SEEDS, evil)
    library.close()
    server = Server(page_folder / "library", 7960)
    server.start()
    yield server.address
    server.kill()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with chromium() as launched:
        yield launched


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    opened = open_page(browser, address)
    yield opened
    opened.close()

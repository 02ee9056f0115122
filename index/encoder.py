"""Texts to unit vectors. The home of sentence-transformers; knows nothing of passages or of FAISS."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from index.compiled import CompiledModel, sentence_transformer_module
from index.e5_weights import compile_e5
from index.embedding import Vectors
from index.errors import EncoderUnavailableError
from index.normalize import simplified
from index.types import EncoderMark
from index.weights import CATALOGUE, WeightStore

DEFAULT_ENCODER = "multilingual-e5-small"

_BATCH = 8
_E5_PROMPTS = {"query": "query: ", "document": "passage: "}

# Models whose folders do not say how a question is to be introduced. Source: their model cards.
_QUERY_PROMPTS = (
    ("bge-", "-zh", "为这个句子生成表示以用于检索相关文章：", ""),
    ("e5-", "", "query: ", "passage: "),
)


class Encoder(Protocol):
    """Turns texts into vectors: (n, dimension) float32, unit length, so that an inner product is a cosine."""

    @property
    def mark(self) -> EncoderMark:
        """Name, fingerprint and dimension; vectors of encoders with other marks cannot be compared."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors: ...

    def encode_questions(self, texts: Sequence[str]) -> Vectors: ...


class SentenceTransformerEncoder:
    """Any sentence-transformers model.

    Texts are turned into Simplified first, so that a question finds passages of either script alike. ``load``
    makes the SentenceTransformer when the first passage is encoded: importing torch takes seconds. With
    ``compiled`` questions do not wait for that, they go straight to the module inside it.
    """

    def __init__(
        self, name: str, fingerprint: str, load: Callable[[], Any], compiled: CompiledModel | None = None
    ) -> None:
        self.name = name
        self._fingerprint = fingerprint
        self._load = load
        self._compiled = compiled
        self._model: Any = None
        self._lock = threading.Lock()
        self._mark: EncoderMark | None = None

    @property
    def mark(self) -> EncoderMark:
        if self._mark is None:
            dimension = self._compiled.dimension if self._compiled else self.model.get_embedding_dimension()
            self._mark = EncoderMark(self.name, self._fingerprint, int(dimension))
        return self._mark

    @property
    def model(self) -> Any:
        """The ``SentenceTransformer``. Raises EncoderUnavailableError."""
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, self._prompt("document", "passage"))

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        if self._compiled is not None:
            return self._compiled.encode([_E5_PROMPTS["query"] + simplified(text) for text in texts])
        return self._encode(texts, self._prompt("query"))

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        vectors = self.model.encode(
            [simplified(text) for text in texts],
            prompt=prompt,
            batch_size=_BATCH,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), -1)

    def _prompt(self, *names: str) -> str:
        """The model's own prompt, else the one its family was trained with, else none."""
        for name in names:
            if prompt := self.model.prompts.get(name):
                return str(prompt)
        short = Path(self.name).name.lower()  # of a folder or of a hub name
        for begins, holds, query, passage in _QUERY_PROMPTS:
            if begins in short and holds in short:
                return query if names[0] == "query" else passage
        return ""


def open_encoder(name: str, weights: WeightStore) -> SentenceTransformerEncoder:
    """The encoder ``name``: a name from the catalogue, a sentence-transformers folder, or a name on a hub.

    Raises WeightsError when weights are missing and EncoderUnavailableError when a model cannot be loaded.
    """
    if name in CATALOGUE:
        return _open_e5(name, weights)
    folder = Path(name).expanduser()
    if not folder.is_dir():
        return SentenceTransformerEncoder(name, "", partial(_load_sentence_transformer, name, name))
    if not (folder / "modules.json").exists() and not (folder / "config.json").exists():
        raise EncoderUnavailableError(name, "the folder holds no modules.json or config.json")
    path = str(folder.resolve())
    return SentenceTransformerEncoder(
        path, _fingerprint(folder), partial(_load_sentence_transformer, name, path)
    )


def _open_e5(name: str, weights: WeightStore) -> SentenceTransformerEncoder:
    if CATALOGUE[name].kind != "encoder":
        raise EncoderUnavailableError(name, "it is a generator")
    source = weights.require(name)
    quantised, tokenizer = (source / file.name for file in CATALOGUE[name].files)
    fingerprint = CATALOGUE[name].files[0].sha256[:16]
    folder = weights.derived(
        f"{name}-{fingerprint[:8]}", lambda target: compile_e5(quantised, tokenizer, target)
    )
    compiled = CompiledModel(folder)

    def load() -> Any:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(
            modules=[sentence_transformer_module(compiled)], prompts=_E5_PROMPTS, device="cpu"
        )

    return SentenceTransformerEncoder(name, fingerprint, load, compiled)


def _load_sentence_transformer(name: str, folder: str) -> Any:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        return SentenceTransformer(folder, device="cpu", local_files_only=Path(folder).is_dir())
    except (OSError, ValueError, RuntimeError, KeyError, ImportError) as error:
        raise EncoderUnavailableError(name, str(error).splitlines()[0]) from error


def _fingerprint(folder: Path) -> str:
    """A digest of the model's files: names, lengths and sixteen samples of each."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".json", ".safetensors", ".bin"):
            continue
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()} {size}\n".encode())
        with path.open("rb") as file:
            for sample in range(16):
                file.seek(size * sample // 16)
                digest.update(file.read(4096))
    return digest.hexdigest()[:16]

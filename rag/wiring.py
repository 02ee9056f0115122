"""The one place that picks concrete classes, from Settings and from what the machine has."""

from __future__ import annotations

import importlib.util
import os
import platform
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import rag.assistant
from index import library as index_library
from index.encoder import open_encoder
from index.weights import CATALOGUE, WeightStore
from rag.errors import GeneratorUnavailableError
from rag.generators import Generator
from rag.reader import FOLDER, Reader
from rag.settings import Settings

DEFAULT_GENERATOR = "qwen2.5-coder-1.5b"
SMALL_GENERATOR = "qwen2.5-coder-0.5b"
ALONE = "No language model is here: the reader answers alone. Fetch one: judian models pull"
READER = "reader"  # in place of a generator: no language model
SPEAKER = "judian-s2s"  # the decoder that ships with the reader
ENGINES = ("openvino", "llama.cpp", "seq2seq", "server")

# The 1.5B model takes 3 GB with OpenVINO; below this the machine would swap.
_LEAST_MEMORY = 6 * 1024**3


@dataclass(frozen=True, slots=True)
class Choice:
    """A generator that was picked: its engine, the name or path of the model, and why."""

    engine: str
    model: str
    reason: str


class Library(index_library.Library):
    """A library with the encoder that Settings name: ``Library("my-library")`` is all a script needs."""

    def __init__(
        self, folder: str | Path, *, encoder: str | None = None, settings: Settings | None = None
    ) -> None:
        settings = settings or Settings.read()
        opener = partial(open_encoder, weights=WeightStore(settings.weights))
        super().__init__(folder, open_encoder=opener, encoder=encoder or settings.encoder)


class Assistant(rag.assistant.Assistant):
    """An assistant with the shipped reader and the generator that Settings name, else the one that fits.

    Without a language model (``--generator reader``, or no weights of one are here) the reader answers alone.
    """

    def __init__(
        self,
        library: index_library.Library,
        generator: Generator | None = None,
        *,
        settings: Settings | None = None,
    ) -> None:
        reader = Reader(FOLDER)
        settings = settings or Settings.read()
        super().__init__(library, generator or generator_if_any(settings), reader)
        self.notice = ALONE if self.generator is None and settings.generator != READER else ""


def encoders_here(settings: Settings) -> list[str]:
    """Names of the encoders to choose from: those of the catalogue that are here, and that of Settings."""
    store = WeightStore(settings.weights)
    encoders = [name for name, each in CATALOGUE.items() if each.kind == "encoder"]
    here = [name for name in encoders if store.state(name) != "missing"]
    if settings.encoder is not None:
        here.append(settings.encoder)
    return list(dict.fromkeys(here))


def generator_if_any(settings: Settings) -> Generator | None:
    """The generator that Settings name; None for the reader alone, and where ``auto`` finds no weights."""
    if settings.generator == READER:
        return None
    if (
        settings.generator == "auto"
        and WeightStore(settings.weights).state(choose(settings).model) == "missing"
    ):
        return None
    return make_generator(settings)


def make_generator(settings: Settings) -> Generator:
    """The generator that ``choose`` picks, not loaded yet. Raises GeneratorUnavailableError, WeightsError."""
    choice = choose(settings)
    weights = WeightStore(settings.weights)
    if choice.engine == "server":
        from rag.generators.server import ServerGenerator

        address, _, model = choice.model.partition("#")
        return ServerGenerator(address, model)
    if choice.engine == SPEAKER:
        from rag.generators.judian import JudianGenerator

        return JudianGenerator(FOLDER)
    if choice.engine == "seq2seq":
        from rag.generators.seq2seq import Seq2SeqGenerator

        return Seq2SeqGenerator(choice.model)
    path = model_path(choice.model, weights)
    if choice.engine == "openvino":
        from rag.generators.openvino import OpenVinoGenerator

        return OpenVinoGenerator(choice.model, path, weights)
    from rag.generators.llamacpp import LlamaCppGenerator

    return LlamaCppGenerator(choice.model, path)


def choose(settings: Settings) -> Choice:
    """Which engine runs which model.

    ``settings.generator`` is ``auto``, a catalogue name, a path, a hub name or an address, with an engine and
    a colon in front of it or not (``llama.cpp:qwen2.5-coder-1.5b``).
    """
    asked = settings.generator
    if asked == READER:
        return Choice(READER, READER, "the reader was asked for")
    if asked == SPEAKER:
        return Choice(SPEAKER, SPEAKER, "it was asked for")
    engine, colon, rest = asked.partition(":")
    if colon and engine in ENGINES:
        return Choice(engine, rest if rest != "auto" else DEFAULT_GENERATOR, f"{engine} was asked for")
    if asked == "auto":
        return _automatic(WeightStore(settings.weights))
    if asked.startswith(("http://", "https://")):
        return Choice("server", asked, "an address was given")
    if asked in CATALOGUE:
        if CATALOGUE[asked].kind != "generator":
            raise GeneratorUnavailableError(asked, "it is an encoder")
        return _engine_for(asked)
    path = Path(asked).expanduser()
    if path.is_file() and path.suffix == ".gguf":
        return Choice("llama.cpp", str(path), "llama.cpp reads every GGUF file")
    if (path / "openvino_model.xml").exists():
        return Choice("openvino", str(path), "the folder holds an OpenVINO model")
    if path.exists() and not (path / "config.json").exists():
        raise GeneratorUnavailableError(asked, "it is no GGUF file and no model folder with a config.json")
    if not path.exists() and (asked.count("/") != 1 or asked.startswith((".", "/", "~"))):
        raise GeneratorUnavailableError(asked, "there is no such file, and it is no known name")
    return Choice("seq2seq", str(path) if path.exists() else asked, "a transformers model was given")


def _automatic(weights: WeightStore) -> Choice:
    memory = _memory()
    if memory is not None and memory < _LEAST_MEMORY:
        picked = _engine_for(SMALL_GENERATOR)
        return Choice(
            picked.engine, picked.model, f"{memory / 1024**3:.0f} GB of memory are too few for the 1.5B model"
        )
    if weights.state(DEFAULT_GENERATOR) == "missing" and weights.state(SMALL_GENERATOR) != "missing":
        picked = _engine_for(SMALL_GENERATOR)
        return Choice(picked.engine, picked.model, "only its weights are here")
    return _engine_for(DEFAULT_GENERATOR)


def _engine_for(name: str) -> Choice:
    if name == SMALL_GENERATOR:
        return Choice("llama.cpp", name, "only llama.cpp reads this file")
    if platform.machine().lower() in ("x86_64", "amd64") and importlib.util.find_spec("openvino_genai"):
        return Choice("openvino", name, "OpenVINO reads a prompt fastest on x86")
    return Choice("llama.cpp", name, "llama.cpp runs on every processor")


def model_path(model: str, weights: WeightStore) -> Path:
    """The file of a model that the catalogue knows, or of one given by its path."""
    if model in CATALOGUE:
        return weights.require(model) / CATALOGUE[model].files[0].name
    path = Path(model).expanduser()
    if not path.exists():
        raise GeneratorUnavailableError(model, "there is no such file")
    return path.resolve()


def _memory() -> int | None:
    """The machine's memory in bytes, None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None

"""The index at size: encoding, taking in, searching, opening, memory, and a million simulated passages.

    python -m bench.index [DATA]        all of it
    python -m bench.index encoder|memory|search|million [DATA]

DATA holds the question sets (by default ../shared/data). The library of ``distractors`` is encoded once,
which takes about half an hour, and kept in bench/.cache; a run that was stopped goes on. Run nothing else
meanwhile.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding import Vectors
from index.encoder import DEFAULT_ENCODER, open_encoder
from index.lexical import LexicalIndex
from index.library import Library
from index.normalize import simplified
from index.query import groups_of
from index.store import Store
from index.types import EncoderMark
from index.vectors import VectorIndex
from index.weights import CATALOGUE, WeightStore
from rag.evaluation.corpora import library_of
from rag.evaluation.sets import questions, rows_of
from rag.settings import Settings

ROOT = Path(__file__).parent.parent
CACHE = ROOT / "bench" / ".cache"
SETS = ("cmrc2018_dev", "drcd_dev")

_ENCODED = 1024  # passages of which throughput is measured
_ASKED = 200  # questions of each set
_WIDTH = 384
_FLOPS_PER_TOKEN = 2 * 12 * (4 * 384 * 384 + 2 * 384 * 1536)  # of e5-small's matrices; attention not counted


class RememberingEncoder:
    """Questions encoded beforehand, so that a search can be timed without its encoding."""

    def __init__(self, mark: EncoderMark, vectors: dict[str, Vectors]) -> None:
        self.mark = mark
        self._vectors = vectors

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError(f"{len(texts)} passages to encode in a search")

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vectors[text] for text in texts])


# -- encoding ------------------------------------------------------------------------------------------------


def encoder(data: Path) -> None:
    """Tokens per second of the compiled encoder and of plain sentence-transformers, turn by turn."""
    import torch

    rows = rows_of(data / "distractors" / "corpus.jsonl.gz")
    step = len(rows) // _ENCODED
    texts = [simplified(row["text"][:480]) for row in rows[::step]][:_ENCODED]  # as ours would turn them
    weights = WeightStore(Settings.read().weights)
    ours = open_encoder(DEFAULT_ENCODER, weights)
    plain = _plain_sentence_transformer(weights)
    tokens = sum(len(ids) for ids in plain.tokenizer([f"passage: {text}" for text in texts])["input_ids"])
    rates: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(3):
        rates["ours"].append(tokens / _seconds(lambda: ours.encode_passages(texts)))
        rates["plain"].append(
            tokens / _seconds(lambda: plain.encode([f"passage: {text}" for text in texts], batch_size=32))
        )
    best = {name: max(each) for name, each in rates.items()}
    peak = _matrix_limit(torch)
    used = best["ours"] * _FLOPS_PER_TOKEN
    _row("encoder: plain sentence-transformers, fp32", f"{best['plain']:,.0f} tokens/s")
    _row("encoder: compiled, bf16", f"{best['ours']:,.0f} tokens/s, {best['ours'] / best['plain']:.1f} times")
    _row(
        "machine's matrix limit, bf16",
        f"{peak / 1e9:,.0f} GFLOP/s; the encoder uses {used / 1e9:,.0f}, {used / peak:.0%}",
    )
    vectors = ours.encode_passages(texts[:256])
    reference = plain.encode([f"passage: {text}" for text in texts[:256]], normalize_embeddings=True)
    _row("encoder: least cosine with fp32", f"{float((vectors * reference).sum(1).min()):.4f}")


def _plain_sentence_transformer(weights: WeightStore) -> Any:
    """The same weights as anyone would load them: transformers in float32, mean pooling."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import PreTrainedTokenizerFast
    from transformers.utils import logging

    from index.e5_weights import bert_model

    logging.disable_progress_bar()
    folder = Path(tempfile.mkdtemp(prefix="judian-bench-"))
    source = weights.require(DEFAULT_ENCODER)
    quantised, tokenizer = (source / file.name for file in CATALOGUE[DEFAULT_ENCODER].files)
    bert_model(quantised).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_file=str(tokenizer), pad_token="<pad>", cls_token="<s>", sep_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)
    words = Transformer(str(folder), max_seq_length=512)
    return SentenceTransformer(modules=[words, Pooling(_WIDTH, "mean")], device="cpu")


def _matrix_limit(torch: Any) -> float:
    """The most operations a second that a large bf16 product reaches here."""
    left = torch.randn(2048, 1536, dtype=torch.bfloat16)
    right = torch.randn(1536, 1536, dtype=torch.bfloat16)
    best = min(_seconds(lambda: left @ right) for _ in range(30))
    return float(2 * 2048 * 1536 * 1536 / best)


# -- taking in -----------------------------------------------------------------------------------------------


def memory(data: Path) -> None:
    """Peak memory of ``judian add`` over folders of growing size, each in a process of its own."""
    rows = rows_of(data / "distractors" / "corpus.jsonl.gz")[: 8 * 1000]
    for count in (0, 1000, 8000):
        with tempfile.TemporaryDirectory(prefix="judian-bench-") as folder:
            files = Path(folder, "files")
            files.mkdir()
            for number, row in enumerate(rows[: max(count, 1)]):
                (files / f"{number:05}.txt").write_text(
                    f"{row['title']}\n\n{row['text']}\n", encoding="utf-8"
                )
            said = _alone("taking in", str(files), str(Path(folder, "library")))
        what = f"add of {count:,} files" if count else "add of one file (the encoder alone)"
        _row(what, f"{said['passages']:,} passages, {said['rate']:.0f}/s, peak {said['peak'] / 1e9:.2f} GB")


def _taking_in(files: str, folder: str) -> dict[str, float]:
    settings = Settings.read()
    library = Library(folder, open_encoder=partial(open_encoder, weights=WeightStore(settings.weights)))
    library.encoder.encode_passages(["载入"])
    started = time.perf_counter()
    report = library.add(files)
    passages = sum(outcome.passages for outcome in report.outcomes)
    return {"passages": passages, "rate": passages / (time.perf_counter() - started), "peak": _peak()}


# -- searching -----------------------------------------------------------------------------------------------


def search(data: Path) -> None:
    """Opening, searching and recall over the passages of ``distractors``, and their index built anew."""
    library = library_of(data / "distractors" / "corpus.jsonl.gz", cache=CACHE)
    _, passages = library.size()
    seconds = _seconds(library.rebuild)
    _row(f"postings and vectors of {passages:,} passages built anew", f"{seconds:.0f} s")
    for name, size in _sizes(library.folder).items():
        _row(f"size: {name}", f"{size / 1e6:,.0f} MB, {size / passages:,.0f} bytes a passage")
    asked = [each.text for name in SETS for each in questions(data / name / "questions.jsonl", _ASKED)]
    vectors = library.encoder.encode_questions(asked)
    with tempfile.TemporaryDirectory(prefix="judian-bench-") as folder:
        np.savez(Path(folder, "questions.npz"), asked=np.array(asked), vectors=vectors)
        said = _alone("searching", str(library.folder), str(Path(folder, "questions.npz")))
    _row("opening the library, first search ready", f"{said['open']:.2f} s")
    _row("search after encoding, p50 / p95", f"{said['p50']:.1f} / {said['p95']:.1f} ms")
    _row("memory of the open library after the searches", f"{said['memory'] / passages:,.0f} bytes a passage")
    store = Store(library.folder)
    index = VectorIndex.load(_derived(library.folder) / "vectors.faiss")
    recall = _recall(index, *_all_vectors(store), vectors)
    _row("recall@50 of the vector index against exact search", f"{recall:.4f}")
    store.close()


def _searching(folder: str, file: str) -> dict[str, float]:
    loaded = np.load(file)
    asked = [str(text) for text in loaded["asked"]]
    remembered = dict(zip(asked, loaded["vectors"], strict=True))
    store = Store(Path(folder))
    mark = store.encoder
    assert mark is not None
    store.close()
    _tiny_search()  # what every process loads before its first search counts neither as time nor as memory
    gc.collect()
    before = _resident()
    started = time.perf_counter()
    first = Library(folder, open_encoder=lambda _: RememberingEncoder(mark, remembered))
    first.search(asked[0])
    opened = time.perf_counter() - started
    times = sorted(1000 * _seconds(partial(first.search, text)) for text in asked)
    return {
        "open": opened,
        "p50": times[len(times) // 2],
        "p95": times[int(0.95 * len(times))],
        "memory": _resident() - before,
    }


def _tiny_search() -> None:
    from tests.conftest import HashingEncoder

    with tempfile.TemporaryDirectory(prefix="judian-bench-") as folder:
        file = Path(folder, "a.txt")
        file.write_text("长沙的省内配套率超过三成。", encoding="utf-8")
        library = Library(Path(folder, "library"), open_encoder=lambda _: HashingEncoder())
        library.add(file)
        library.search("配套率")
        library.close()


def _all_vectors(store: Store) -> tuple[list[int], Vectors]:
    found = store.vectors(store.change_since(0).added)
    return list(found), np.stack(list(found.values()))


def _recall(index: VectorIndex, ids: list[int], stored: Vectors, questions: Vectors) -> float:
    """The share of the 50 nearest that are among the best 50 of the index's 100, ranked as a search does."""
    held = 0
    for vector in questions:
        cosines = stored @ vector
        wanted = {ids[row] for row in np.argpartition(-cosines, 50)[:50]}
        near = [hit.passage_id for hit in index.search(vector, 100)]
        best = np.argsort(-cosines[np.searchsorted(ids, near)])[:50]
        held += len(wanted.intersection(near[row] for row in best))
    return held / (50 * len(questions))


# -- a million -----------------------------------------------------------------------------------------------


def million(data: Path) -> None:
    """How vectors and postings grow: vectors near real ones, postings of texts drawn from real sentences."""
    for count in (125_000, 250_000, 500_000, 1_000_000):
        said = _alone("growing", str(CACHE / "distractors-corpus"), str(count), str(data))
        _row(
            f"{count:,} simulated passages",
            f"vectors {said['vectors'] / 1e6:,.0f} MB, p95 {said['vectors_p95']:.1f} ms; "
            f"postings {said['postings'] / 1e6:,.0f} MB, p95 {said['postings_p95']:.1f} ms; "
            f"built in {said['built']:.0f} s, opened in {said['opened']:.2f} s, "
            f"{said['memory'] / count:,.0f} bytes of memory a passage",
        )


def _growing(folder: str, count: str, data: str) -> dict[str, float]:
    most = int(count)
    store = Store(Path(folder))
    real_ids, real = _all_vectors(store)
    texts = [passage.text for passage in store.passages(real_ids[:20_000:2]).values()]
    sentences = [line for text in texts for line in text.replace("。", "。\n").splitlines() if len(line) > 10]
    chance = np.random.default_rng(1)
    asked = [each.text for each in questions(Path(data) / SETS[0] / "questions.jsonl", 100)]
    with tempfile.TemporaryDirectory(prefix="judian-bench-") as target:
        started = time.perf_counter()
        vectors = VectorIndex(_WIDTH)
        vectors.update((), _near(real, most, chance))
        vectors.save(Path(target, "vectors.faiss"))
        lexical = LexicalIndex(Path(target, "postings"))
        lexical.update(
            (),
            (
                (n, "", "".join(sentences[i] for i in chance.integers(0, len(sentences), 4)))
                for n in range(most)
            ),
        )
        built = time.perf_counter() - started
        del lexical, vectors
        gc.collect()
        before, started = _resident(), time.perf_counter()
        vectors = VectorIndex.load(Path(target, "vectors.faiss"))
        lexical = LexicalIndex(Path(target, "postings"), create=False)
        opened = time.perf_counter() - started
        near = sorted(1000 * _seconds(partial(vectors.search, v, 100)) for v in real[::1500])
        worded = sorted(
            1000 * _seconds(partial(lexical.search, groups, 50)) for groups in map(groups_of, asked)
        )
        return {
            "vectors": Path(target, "vectors.faiss").stat().st_size,
            "postings": sum(path.stat().st_size for path in Path(target, "postings").iterdir()),
            "vectors_p95": near[int(0.95 * len(near))],
            "postings_p95": worded[int(0.95 * len(worded))],
            "built": built,
            "opened": opened,
            "memory": _resident() - before,
        }


def _near(real: Vectors, most: int, chance: Any) -> Any:
    for first in range(0, most, 5_000):
        some = real[chance.integers(0, len(real), 5_000)] + 0.02 * chance.normal(size=(5_000, _WIDTH))
        some /= np.linalg.norm(some, axis=1, keepdims=True)
        yield range(first, first + 5_000), some.astype(np.float32)


# -- measuring -----------------------------------------------------------------------------------------------


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _resident() -> int:
    """Bytes of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _peak() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _sizes(folder: Path) -> dict[str, int]:
    derived = _derived(folder)
    return {
        "library.db": (folder / "library.db").stat().st_size,
        "postings": sum(path.stat().st_size for path in (derived / "postings").iterdir()),
        "vectors": (derived / "vectors.faiss").stat().st_size,
    }


def _derived(folder: Path) -> Path:
    return next(path for path in (folder / "derived").iterdir() if path.is_dir())


def _alone(what: str, *arguments: str) -> dict[str, float]:
    """Run one measurement in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-m", "bench.index", what, *arguments],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found


def _row(what: str, value: str) -> None:
    print(f"| {what} | {value} |", flush=True)


_ALONE: dict[str, Callable[..., dict[str, float]]] = {
    "taking in": _taking_in,
    "searching": _searching,
    "growing": _growing,
}
_PARTS = {"encoder": encoder, "memory": memory, "search": search, "million": million}


def main(arguments: Sequence[str]) -> None:
    if arguments and arguments[0] in _ALONE:
        print(json.dumps(_ALONE[arguments[0]](*arguments[1:])))
        return
    chosen = [part for part in arguments if part in _PARTS] or list(_PARTS)
    folders = [Path(each) for each in arguments if each not in _PARTS]
    data = folders[0] if folders else ROOT.parent / "shared" / "data"
    if not (data / "distractors").exists():
        sys.exit(f"{data} does not hold the passages; name the folder: python -m bench.index DATA")
    print("| measured | |\n|---|---|")
    for part in chosen:
        _PARTS[part](data)


if __name__ == "__main__":
    main(sys.argv[1:])

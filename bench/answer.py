"""Whole answers, Judian beside LlamaIndex with the same GGUF file through llama.cpp and its own defaults.

    python -m bench.answer DATA --python .venv-peers/bin/python [--limit 20] [--sets cmrc2018_dev,xquad_zh]

One after the other over the same questions, taken evenly, retrieval over the set's whole corpus. Run nothing
else meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from index.weights import WeightStore
from rag.evaluation import metrics
from rag.evaluation.corpora import library_of
from rag.evaluation.sets import evenly, read_set
from rag.generators.llamacpp import LlamaCppGenerator
from rag.settings import Settings
from rag.wiring import DEFAULT_GENERATOR, Assistant, model_path

ROOT = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.answer", description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--python", type=Path, default=ROOT / ".venv-peers" / "bin" / "python")
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--sets", default="cmrc2018_dev,xquad_zh")
    asked = parser.parse_args()
    print("| set | system | contains | full answer, median s | mean s |\n|---|---|--:|--:|--:|")
    for name in asked.sets.split(","):
        _compare(asked.data / name, asked.limit, asked.python)


def _compare(folder: Path, limit: int, python: Path) -> None:
    questions = evenly(read_set(folder).questions, limit)
    judian = _judian(folder, [each.text for each in questions])
    peer = _llamaindex(folder, [each.text for each in questions], python)
    for system, said in (("Judian", judian), ("LlamaIndex", peer)):
        right = [
            metrics.contains(answer, question.answers)
            for question, (answer, _) in zip(questions, said, strict=True)
        ]
        seconds = [each for _, each in said]
        print(
            f"| {folder.name} | {system} | {statistics.mean(right):.3f} | {statistics.median(seconds):.2f} "
            f"| {statistics.mean(seconds):.2f} |",
            flush=True,
        )


def _judian(folder: Path, questions: list[str]) -> list[tuple[str, float]]:
    """What Judian says with its defaults, and after how many seconds."""
    library = library_of(folder / "corpus.jsonl", cache=ROOT / "bench" / ".cache")
    assistant = Assistant(library)
    assistant.load()
    found = []
    for question in questions:
        started = time.perf_counter()
        answer = assistant.ask(question)
        found.append(("" if answer.refused else answer.text, time.perf_counter() - started))
    library.close()
    return found


def _llamaindex(folder: Path, questions: list[str], python: Path) -> list[tuple[str, float]]:
    settings = Settings.read()
    server = LlamaCppGenerator(
        DEFAULT_GENERATOR, model_path(DEFAULT_GENERATOR, WeightStore(settings.weights))
    )
    with tempfile.TemporaryDirectory() as temporary:
        asked, output = Path(temporary) / "questions.json", Path(temporary) / "answers.json"
        asked.write_text(json.dumps(questions, ensure_ascii=False), encoding="utf-8")
        corpus = (folder / "corpus.jsonl").resolve()
        command = [python, "-m", "bench.peers.answer_llamaindex", corpus, asked, output]
        command += [settings.weights.resolve(), server.address]
        subprocess.run(
            list(map(str, command)), cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True
        )
        rows = json.loads(output.read_text(encoding="utf-8"))
    return [(row["answer"], row["seconds"]) for row in rows]


if __name__ == "__main__":
    main()

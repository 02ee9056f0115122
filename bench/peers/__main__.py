"""Judian beside LlamaIndex, LangChain, Haystack and txtai: one process a system and set, one table.

    python -m bench.peers DATA              every set, every question
    python -m bench.peers DATA --limit 200 --sets xquad_zh --systems judian,txtai
    python -m bench.peers DATA --large      one set among 146,096 documents, embeddings shared by all

The peers have an environment of their own, which ``make bench-peers`` makes. Run nothing else meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.settings import Settings

ROOT = Path(__file__).parent.parent.parent
CACHE = ROOT / "bench" / ".cache" / "peers"

_SYSTEMS = {
    "judian": "Judian",
    "llamaindex": "LlamaIndex",
    "langchain": "LangChain",
    "haystack": "Haystack",
    "txtai": "txtai",
}
_LEGS = {"vectors": "vectors", "bm25": "BM25"}
_MB = 1024 * 1024
# Nothing is fetched and nothing is sent while systems are compared.
_QUIET = {
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "LANGSMITH_TRACING": "false",
    "PYTHONWARNINGS": "ignore",
}


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions of a folder over a corpus: its own, or another that holds its documents too."""

    name: str
    folder: str
    corpus: str = ""
    history: int = 0
    keep: bool = False  # embeddings, for all systems


_SETS = (
    QuestionSet("cmrc2018_dev", "cmrc2018_dev"),
    QuestionSet("drcd_dev", "drcd_dev"),
    QuestionSet("xquad_zh", "xquad_zh"),
    QuestionSet("kdconv_travel_dev", "kdconv_travel_dev"),
    QuestionSet("kdconv_travel_dev+2", "kdconv_travel_dev", history=2),
)
_LARGE = (
    QuestionSet(
        "cmrc2018_dev in distractors", "cmrc2018_dev", corpus="distractors/corpus.jsonl.gz", keep=True
    ),
)


def main() -> None:
    arguments = _arguments()
    sets = [each for each in (_LARGE if arguments.large else _SETS) if _chosen(each.name, arguments.sets)]
    systems = [name for name in _SYSTEMS if _chosen(name, arguments.systems)]
    if not sets or not systems:
        sys.exit(f"Choose from the sets {', '.join(each.name for each in _SETS)} and {', '.join(_SYSTEMS)}.")
    results: dict[tuple[str, str], dict[str, Any] | None] = {}
    for each in sets:
        for system in systems:
            results[each.name, system] = _run(system, each, arguments)
    print("\n".join(_table(results)))


def _run(system: str, questions: QuestionSet, arguments: argparse.Namespace) -> dict[str, Any] | None:
    """What the process of one system measured, None if it failed; what it said is kept beside."""
    output = CACHE / "results" / f"{questions.name.replace(' ', '-')}-{system}.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.unlink(missing_ok=True)
    corpus = arguments.data / (questions.corpus or f"{questions.folder}/corpus.jsonl")
    asked = arguments.data / questions.folder / "questions.jsonl"
    python = sys.executable if system == "judian" else str(arguments.python)
    command = [python, "-m", f"bench.peers.run_{system}", str(corpus.resolve()), str(asked.resolve())]
    command += [str(output), "--weights", str(Settings.read().weights.resolve())]
    command += ["--history", str(questions.history)]
    command += ["--limit", str(arguments.limit)] if arguments.limit else []
    command += ["--kept", str(CACHE / "embeddings.db")] if questions.keep else []
    print(f"{questions.name}: {_SYSTEMS[system]} ...", end=" ", file=sys.stderr, flush=True)
    started = time.monotonic()
    with output.with_suffix(".log").open("w", encoding="utf-8") as log:
        environment = {**os.environ, **_QUIET, "PYTHONPATH": str(ROOT)}
        status = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False
        ).returncode
    if status:
        print(f"failed, see {output.with_suffix('.log')}", file=sys.stderr)
        return None
    print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)
    result: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return result


def _table(results: dict[tuple[str, str], dict[str, Any] | None]) -> Iterator[str]:
    """Markdown: a row a set and system, then what all of it means and the systems' settings."""
    yield ""
    yield (
        "| set | system | R@1 | R@5 | MRR@10 | a leg alone is better | passages | indexing s "
        "| of it encoding s | search p50 ms | p95 ms | memory MB |"
    )
    yield "|---|---|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|"
    for (name, system), result in results.items():
        if result is None:
            yield _row(name, _SYSTEMS[system], "failed", *[""] * 9)
            continue
        yield _measured(name, system, result)
        if result["untuned"]:
            yield _row(
                name, f"{_SYSTEMS[system]}, untuned", *_quality(result["untuned"]), *[""] * 3,
                *_speed(result["untuned"]), "",
            )  # fmt: skip
    yield ""
    yield from _notes(results)


def _measured(name: str, system: str, result: dict[str, Any]) -> str:
    whole, encoding = result["index_seconds"], result["encode_seconds"]
    seconds = (f"{whole - encoding:.1f}", "kept") if result["kept"] else (f"{whole:.1f}", f"{encoding:.1f}")
    return _row(
        name,
        _SYSTEMS[system],
        *_quality(result["modes"]),
        f"{result['passages']:,}",
        *seconds,
        *_speed(result["modes"]),
        f"{result['peak_bytes'] / _MB:,.0f}",
    )


def _quality(modes: dict[str, Any]) -> tuple[str, str, str, str]:
    """Of the hybrid search, and of the best leg where its reciprocal rank is higher."""
    scores = modes["hybrid"]["scores"]
    best = max(modes, key=lambda mode: modes[mode]["scores"]["mrr_10"])
    better = modes[best]["scores"]
    leg = (
        f"{_LEGS[best]} {_share(better['recall_1'])} / {_share(better['recall_5'])}"
        f" / {_share(better['mrr_10'])}"
        if better["mrr_10"] > scores["mrr_10"]
        else ""
    )
    return _share(scores["recall_1"]), _share(scores["recall_5"]), _share(scores["mrr_10"]), leg


def _speed(modes: dict[str, Any]) -> tuple[str, str]:
    return f"{modes['hybrid']['p50_ms']:.1f}", f"{modes['hybrid']['p95_ms']:.1f}"


def _share(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _notes(results: dict[tuple[str, str], dict[str, Any] | None]) -> Iterator[str]:
    measured = {key: result for key, result in results.items() if result is not None}
    if not measured:
        return
    sizes = dict.fromkeys(
        f"{name}: {result['documents']:,} documents, {result['questions']:,} questions"
        for (name, _), result in measured.items()
    )
    loaded = sorted(result["loaded_bytes"] / _MB for result in measured.values())
    yield f"{'; '.join(sizes)}. `+2`: the two utterances before stand in front of each question."
    yield (
        "All have the same encoder. Untuned: nothing was set for Chinese words. Search: from the question's "
        "text to ranked documents, its encoding included. Memory: the most the process held, indexing "
        f"included; {loaded[0]:,.0f} to {loaded[-1]:,.0f} MB of it are the encoder and libraries, before "
        "the first document. `kept`: embeddings of an earlier run; indexing is then told without encoding."
    )
    yield ""
    for system, label in _SYSTEMS.items():
        for (_, each), result in measured.items():
            if each == system:
                versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
                yield f"- {label}{versions and f' ({versions})'}: {result['settings']}"
                break


def _chosen(name: str, chosen: Sequence[str] | None) -> bool:
    return chosen is None or name in chosen


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("data", type=Path, help="the folder of the question sets")
    parser.add_argument("--python", type=Path, default=ROOT / ".venv-peers" / "bin" / "python")
    parser.add_argument("--sets", type=lambda names: names.split(","), help="only these, with commas")
    parser.add_argument("--systems", type=lambda names: names.split(","), help="only these, with commas")
    parser.add_argument("--limit", type=int, help="ask so many questions of each set, taken evenly")
    parser.add_argument("--large", action="store_true", help="one set among all distractors instead")
    arguments = parser.parse_args()
    arguments.python = arguments.python.absolute()  # not resolved: in an environment it is a link
    return arguments


if __name__ == "__main__":
    main()

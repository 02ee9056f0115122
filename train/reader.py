"""Make the reader: examples, vocabulary, training, weights. Each part is kept and not made again.

python -m train.reader DATA                    everything, going on where it was stopped
python -m train.reader DATA --minutes 60       stop after an hour; the same command goes on
python -m train.reader DATA --export-only      write weights from the newest checkpoint
"""

from __future__ import annotations

import argparse
import random
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from rag.evaluation.corpora import library_of
from rag.settings import Settings
from train import prepare, vocabulary
from train.batches import Encoded, encode
from train.examples import Example, read, write
from train.export import export
from train.network import WORDS, ReaderNetwork, from_e5
from train.reading import Reading
from train.rewording import reworded, typed
from train.shipped import shipped
from train.training import CHECKPOINT, Schedule, train
from train.trimming import is_to_the_point

# How often each kind of example is taken. The sentences' questions are many and easy.
_SHARES = {
    "near": 0.5,
    "cloze thing": 0.4,
    "cloze changed": 0.35,
    "cloze fact": 2.0,
}
_CACHE = Path(__file__).parent / ".cache"
_SEED = 7
_RECENT = 40  # made questions, about three documents of them
_MISPLACED = 0.15
_REWORDED, _TYPED = 0.5, 0.1
_CALIBRATION = 300  # examples that the 8-bit form is measured on
E5, TOKENIZER = "e5-small-q4.bin", "tokenizer.json"


def main() -> None:
    arguments = _arguments()
    folder: Path = arguments.cache
    made = _examples(arguments.data, folder)
    tokenizer, kept = vocabulary.cut((arguments.weights / TOKENIZER).read_text(encoding="utf-8"))
    held_out = [encode(Tokenizer.from_str(tokenizer), each) for each in read(folder / "held_out.jsonl")]
    encoded = _encoded(tokenizer, made)
    print(f"{len(encoded):,} examples, {len(kept):,} pieces, {len(held_out):,} held out", flush=True)
    network = from_e5(arguments.weights / E5, kept, arguments.dropout)
    if arguments.start:
        _begin_with(network, arguments.start)
    if not arguments.export_only:
        ends = time.monotonic() + 60 * arguments.minutes
        # Spelt out it is compiled with what stands around it: a step takes .85 of the time.
        network.encoder.set_attn_implementation("eager")
        reached = train(
            network,
            Reading(encoded, held_out[:200], arguments.adverse),
            Schedule(arguments.steps, arguments.tokens, arguments.rate, seed=arguments.seed),
            folder / arguments.run,
            compiled=arguments.compile,
            report=lambda line: print(line, flush=True),
            stop=lambda: time.monotonic() > ends,
        )
        if reached < arguments.steps:
            print(f"Stopped at step {reached} of {arguments.steps}; the same command goes on.")
            return
    network.encoder.set_attn_implementation("sdpa")
    _load(network, folder / arguments.run / CHECKPOINT)
    export(network, tokenizer, arguments.out, calibration=encoded[:: len(encoded) // _CALIBRATION])
    print(f"Written to {arguments.out}")


def _examples(data: Path, folder: Path) -> list[Example]:
    path, aside = folder / "examples.jsonl", folder / "held_out.jsonl"
    if not (path.exists() and aside.exists()):
        library = library_of(data / "cmrc2018_train" / "corpus.jsonl", cache=Path("bench/.cache"))
        part = path.with_suffix(".part")
        write(part, prepare.examples(data, library))
        write(aside, prepare.held_out(data))
        part.replace(path)
    return list(_reworded(_mixed(read(path))))


def _mixed(examples: Iterable[Example]) -> Iterator[Example]:
    """Each kind as often as its share says; what teaches to say too much is left out, with its negatives."""
    chance = random.Random(_SEED)
    dropped = False
    recent: deque[Example] = deque(maxlen=_RECENT)
    for example in examples:
        if example.source == "question":
            dropped = not all(
                is_to_the_point(example.question, example.text[start:end]) for start, end in example.spans
            )
        made = example.source.startswith("cloze")
        if dropped and not made:
            continue
        share = _SHARES.get(example.source, 1.0)
        for _ in range(int(share) + (chance.random() < share % 1)):
            yield example
            if made and example.spans and recent and chance.random() < _MISPLACED:
                yield from _misplaced(example, chance.choice(recent))
        if made and example.spans:
            recent.append(example)


def _misplaced(example: Example, other: Example) -> Iterator[Example]:
    """A made question with another text: else its style alone would say that it is answered."""
    if not any(example.text[start:end] in other.text for start, end in example.spans):
        relevant = None if other.title == example.title else False
        yield replace(
            example, title=other.title, text=other.text, spans=(), relevant=relevant, source="cloze misplaced"
        )


def _reworded(examples: Iterable[Example]) -> Iterator[Example]:
    """Some of the questions in other words or as a search box gets them, whether they are answered or not."""
    chance = random.Random(_SEED)
    for example in examples:
        question = example.question
        if chance.random() < _REWORDED:
            question = reworded(question, example.text, chance)
        if chance.random() < _TYPED:
            question = typed(question, chance)
        yield replace(example, question=question)


def _encoded(tokenizer: str, made: list[Example]) -> list[Encoded]:
    parsed = Tokenizer.from_str(tokenizer)
    return [
        each
        for each, example in zip((encode(parsed, example) for example in made), made, strict=True)
        if bool(each.spans) == bool(example.spans)  # an answer beyond the longest input teaches nothing
    ]


def _load(network: ReaderNetwork, checkpoint: Path) -> None:
    network.load_state_dict(torch.load(checkpoint, weights_only=True)["network"])


def _begin_with(network: ReaderNetwork, start: Path) -> None:
    """The trained weights of another run, or of a finished reader's folder.

    Its word table is e5's as well, of other pieces perhaps.
    """
    made = shipped(start, network) if start.is_dir() else torch.load(start, weights_only=True)["network"]
    state = {name: weight for name, weight in made.items() if name != WORDS}
    if unknown := network.load_state_dict(state, strict=False).unexpected_keys:
        raise ValueError(f"{start} is of another network: {unknown[0]}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m train.reader", description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder that holds cmrc2018_train and distractors")
    parser.add_argument("--weights", type=Path, default=Settings.read().weights / "multilingual-e5-small")
    parser.add_argument("--cache", type=Path, default=_CACHE)
    parser.add_argument("--run", default="run", help="the folder in the cache that holds the checkpoint")
    parser.add_argument("--out", type=Path, default=_CACHE / "reader")
    parser.add_argument("--start", type=Path, help="a run's checkpoint or a reader's folder to begin with")
    parser.add_argument("--steps", type=int, default=2_400)
    parser.add_argument("--tokens", type=int, default=4_000, help="in a batch")
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--dropout", type=float, default=0.1, help="of hidden numbers, while it is trained")
    parser.add_argument(
        "--adverse", type=float, default=0.0, help="how far words are moved to be hard to read"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the examples' order; another with --start")
    parser.add_argument("--minutes", type=float, default=1e6)
    parser.add_argument("--compile", action="store_true", help="with torch.compile: faster after two minutes")
    parser.add_argument("--export-only", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()

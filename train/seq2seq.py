"""Make the decoder that speaks for the reader. Each part is kept and not made again.

python -m train.seq2seq DATA                   everything, going on where it was stopped
python -m train.seq2seq DATA --minutes 60      stop after an hour; the same command goes on
python -m train.seq2seq DATA --export-only     write weights from the newest checkpoint

It is made for one reader: another needs another decoder.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor

from index.compiled import TOKENIZER, CompiledModel
from rag.evaluation.corpora import library_of
from rag.generators.copying import CopyingConfig, CopyingModel
from rag.reader import FOLDER, SPEAKING, Joined, checksummed
from train import answers
from train.answering import Answering, EncodedToSay, encode, own_pieces
from train.examples import read
from train.network import WORDS
from train.training import CHECKPOINT, Schedule, train

_CACHE = Path(__file__).parent / ".cache"
_, WEIGHTS = SPEAKING
_HELD_OUT = 200
_WARMUP = 50  # steps
_LAYERS, _WORDS = 4, 128  # layers of the decoder, numbers of a word
_TOLD = 0.3  # so large that what the reader found is seen from the first step on
# For AutoTokenizer; the product reads tokenizer.json by itself.
_TOKENIZER = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "bos_token": "<s>",
    "eos_token": "</s>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "model_max_length": 512,
}


def main() -> None:
    arguments = _arguments()
    folder: Path = arguments.cache
    torch.manual_seed(arguments.seed)
    network = begun(folder / arguments.reader_run / CHECKPOINT)
    if not arguments.export_only:
        ends = time.monotonic() + 60 * arguments.minutes
        task = _task(arguments.data, folder, arguments.out)
        pieces = own_pieces(task.encoded, network.config.own)
        network.own_pieces[: len(pieces)] = torch.tensor(pieces)
        if arguments.start:
            # What is new in the network begins at nothing.
            network.load_state_dict(state_of(folder, arguments.start), strict=False)
        schedule = Schedule(
            arguments.steps, arguments.tokens, arguments.rate, warmup=_WARMUP, seed=arguments.seed
        )
        reached = train(
            network,
            task,
            schedule,
            folder / arguments.run,
            report=lambda line: print(line, flush=True),
            stop=lambda: time.monotonic() > ends,
        )
        if reached < arguments.steps:
            print(f"Stopped at step {reached} of {arguments.steps}; the same command goes on.")
            return
    state = torch.load(folder / arguments.run / CHECKPOINT, weights_only=True)["network"]
    network.load_state_dict(state)
    export(network, arguments.out)
    print(f"Written to {arguments.out}")


def begun(checkpoint: Path) -> CopyingModel:
    """The decoder before it is trained: its layers are the last ones of the trained reader's encoder."""
    state: dict[str, Tensor] = torch.load(checkpoint, weights_only=True)["network"]
    words = state[WORDS]
    layers = 1 + max(int(name.split(".")[3]) for name in state if name.startswith("encoder.encoder.layer."))
    hidden = words.shape[1]
    wide = len(state["encoder.encoder.layer.0.intermediate.dense.bias"])
    network = CopyingModel(
        CopyingConfig(
            len(words),
            hidden,
            wide,
            heads=hidden // 32,
            layers=min(_LAYERS, layers),
            words=min(_WORDS, hidden),
        )
    )
    network.table.requires_grad_(False)  # as the reader's
    with torch.no_grad():
        _, _, directions = torch.svd_lowrank(words.float(), network.config.words, niter=4)
        network.table.weight.copy_(words @ directions)
        network.widened.weight.copy_(directions)
        torch.nn.init.normal_(network.told.weight, std=_TOLD)
        for head in (network.pointing, network.covering):
            torch.nn.init.zeros_(head.weight)
            torch.nn.init.zeros_(head.bias)
        places = state["encoder.embeddings.position_embeddings.weight"]
        only = state["encoder.embeddings.token_type_embeddings.weight"][0]
        network.positions.weight.copy_(places[: network.config.most_tokens] + only)
        _copied(network.norm, state, "encoder.embeddings.LayerNorm")
        decoder: list[Any] = list(network.decoder)
        for place, layer in enumerate(decoder, layers - len(decoder)):
            name = f"encoder.encoder.layer.{place}"
            for attention in (layer.own, layer.other):
                for part in ("query", "key", "value"):
                    _copied(getattr(attention, part), state, f"{name}.attention.self.{part}")
                _copied(attention.out, state, f"{name}.attention.output.dense")
                _copied(attention.norm, state, f"{name}.attention.output.LayerNorm")
            _copied(layer.wide, state, f"{name}.intermediate.dense")
            _copied(layer.narrow, state, f"{name}.output.dense")
            _copied(layer.norm, state, f"{name}.output.LayerNorm")
    return network


def export(network: CopyingModel, folder: Path) -> None:
    """Write the decoder, in 16 bits, beside the reader in ``folder``."""
    smaller = CopyingModel(network.config)
    smaller.load_state_dict(network.state_dict())
    smaller.half().save_pretrained(folder)
    (folder / "tokenizer_config.json").write_text(json.dumps(_TOKENIZER, indent=1) + "\n", encoding="utf-8")
    checksummed(folder)


def state_of(folder: Path, start: str) -> dict[str, Tensor]:
    """The weights of another run, or of the decoder that a folder ships."""
    if Path(start, WEIGHTS).is_file():
        return {
            name: weight.float() if weight.is_floating_point() else weight
            for name, weight in load_file(Path(start, WEIGHTS)).items()
        }
    state: dict[str, Tensor] = torch.load(folder / start / CHECKPOINT, weights_only=True)["network"]
    return state


def _task(data: Path, folder: Path, reader: Path) -> Answering:
    to_say, aside = folder / "to_say.jsonl", folder / "to_say.held_out.jsonl"
    if not (to_say.exists() and aside.exists()):
        library = library_of(data / "cmrc2018_train" / "corpus.jsonl", cache=Path("bench/.cache"))
        part = to_say.with_suffix(".part")
        answers.write(part, answers.answers(data, library, read(folder / "examples.jsonl")))
        answers.write(aside, answers.held_out(data, library))
        part.replace(to_say)
    tokenizer = Tokenizer.from_file(str(reader / TOKENIZER))
    compiled = CompiledModel(reader)
    most = CopyingConfig().most_tokens
    rows = answers.read(to_say)
    held = answers.read(aside)[:_HELD_OUT]
    print(f"{len(rows):,} questions with what is to be said; the reader reads them", flush=True)
    kept = folder / "to_say.read"
    if not kept.exists():  # ten minutes
        part = kept.with_suffix(".part")
        torch.save(
            [[_plain(each) for each in encode(tokenizer, some, compiled)] for some in (rows, held)], part
        )
        part.replace(kept)
    encoded, aside_encoded = (
        [_encoded(*each) for each in some] for some in torch.load(kept, weights_only=True)
    )
    return Answering([each for each in encoded if len(each.said) < most], aside_encoded, held, tokenizer)


def _plain(each: EncodedToSay) -> tuple[Any, ...]:
    """As torch keeps it without pickling classes."""
    parts = (each.parts.ids, each.parts.text_start, each.parts.offsets)
    return (*parts, each.said, torch.from_numpy(each.states), torch.from_numpy(each.features))


def _encoded(
    ids: list[int], text_start: int, offsets: Any, said: Any, states: Tensor, told: Tensor
) -> EncodedToSay:
    return EncodedToSay(Joined(ids, text_start, offsets), said, states.numpy(), told.numpy())


def _copied(module: torch.nn.Module, state: dict[str, Tensor], name: str) -> None:
    module.load_state_dict({part: state[f"{name}.{part}"] for part in ("weight", "bias")})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m train.seq2seq", description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder that holds cmrc2018_train and distractors")
    parser.add_argument("--cache", type=Path, default=_CACHE)
    parser.add_argument(
        "--reader-run", default="run", help="the folder in the cache of the reader's checkpoint"
    )
    parser.add_argument("--run", default="seq2seq", help="the folder in the cache that holds the checkpoint")
    parser.add_argument(
        "--out", type=Path, default=FOLDER, help="the folder of the reader, for the decoder too"
    )
    parser.add_argument("--steps", type=int, default=2_500)
    parser.add_argument("--tokens", type=int, default=8_000, help="read in a batch")
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e6)
    parser.add_argument(
        "--start", help="a run in the cache, or a folder with a decoder, whose weights to begin with"
    )
    parser.add_argument("--export-only", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()

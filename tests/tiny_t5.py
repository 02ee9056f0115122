"""A T5 small enough to train within a minute, on a task that cannot be answered without reading the evidence."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫"
_GIVEN = "一丁三上下不东中丰为主义"
_PLACES = "甲乙丙丁戊己庚辛壬癸子丑"


@dataclass(frozen=True)
class Person:
    place: str
    name: str


def _people() -> list[Person]:
    rng = random.Random(3)
    names = [surname + given for surname in _SURNAMES for given in _GIVEN]
    places = [first + second for first in _PLACES for second in _PLACES if first != second]
    rng.shuffle(names)
    rng.shuffle(places)
    return [Person(place, name) for place, name in zip(places, names, strict=False)]


PEOPLE = _people()
_HELD_OUT = 20


def train(folder: Path, steps: int = 700) -> Path:
    """Train on all but the last 20 people; returns a folder that AutoModelForSeq2SeqLM loads. Reads 128 tokens."""
    import torch
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

    from rag.prompts import Prompt, seq2seq_input

    characters = sorted(set(_SURNAMES + _GIVEN + _PLACES + "问题资料主任谁：？。\n"))
    vocabulary = {token: index for index, token in enumerate(["<pad>", "</s>", "<unk>", *characters])}
    raw = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    raw.decoder = decoders.Fuse()
    raw.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=128
    )
    torch.manual_seed(0)
    torch.set_num_threads(2)
    config = T5Config(
        vocab_size=len(vocabulary),
        d_model=96,
        d_kv=24,
        d_ff=192,
        num_layers=2,
        num_decoder_layers=2,
        num_heads=4,
        dropout_rate=0.0,
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
        n_positions=128,
    )
    model = T5ForConditionalGeneration(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    rng = random.Random(5)
    known = PEOPLE[:-_HELD_OUT]
    model.train()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * min(1.0, (step + 1) / 50) * (1 - step / steps)
        inputs, answers = [], []
        for _ in range(64):
            places = rng.sample([person.place for person in known], 2)
            names = rng.sample([person.name for person in known], 2)
            evidence = [f"{place}主任{name}。" for place, name in zip(places, names, strict=True)]
            asked = rng.randrange(2)
            inputs.append(seq2seq_input(Prompt(f"{places[asked]}主任谁？", tuple(evidence), (0, 1))))
            answers.append(names[asked])
        encoded = tokenizer(inputs, padding=True, return_tensors="pt")
        labels = tokenizer(answers, padding=True, return_tensors="pt")["input_ids"]
        loss = model(
            input_ids=encoded["input_ids"], attention_mask=encoded["attention_mask"], labels=labels
        ).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    target = folder / "tiny-t5"
    model.eval().save_pretrained(target)
    tokenizer.save_pretrained(target)
    return target

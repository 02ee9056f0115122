"""A T5 small enough to train within a minute, on a task that takes reading the evidence to answer."""

from __future__ import annotations

import random
from pathlib import Path

from rag.prompts import Prompt, seq2seq_input

ROLES = ("主任", "书记")
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫"
_GIVEN = "一丁三上下不东中丰为乐义"

_ALL = [surname + given for surname in _SURNAMES for given in _GIVEN]
random.Random(3).shuffle(_ALL)
KNOWN, UNKNOWN = _ALL[:-20], _ALL[-20:]  # names that training sees, and names that it does not


def prompt_of(names: list[str], roles: list[str], asked: str) -> Prompt:
    """Who holds the role ``asked``, when each of ``names`` holds one of ``roles``?"""
    evidence = tuple(f"{role}{name}。" for role, name in zip(roles, names, strict=True))
    return Prompt(f"{asked}谁？", evidence, tuple(range(len(evidence))))


def train(folder: Path, steps: int = 1300) -> Path:
    """Train on the known names; returns a folder for AutoModelForSeq2SeqLM. Its encoder reads 128 tokens."""
    import torch
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration
    from transformers.utils import logging

    logging.disable_progress_bar()
    characters = sorted(set(_SURNAMES + _GIVEN + "".join(ROLES) + "问题资料谁：？。\n"))
    vocabulary = {token: index for index, token in enumerate(["<pad>", "</s>", "<unk>", *characters])}
    raw = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    raw.decoder = decoders.Fuse()
    raw.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=128
    )
    torch.manual_seed(0)
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
    model = T5ForConditionalGeneration(config).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    rng = random.Random(5)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * min(1.0, (step + 1) / 50) * (1 - step / steps)
        inputs, answers = [], []
        for _ in range(64):
            names, roles, asked = rng.sample(KNOWN, 2), rng.sample(ROLES, 2), rng.choice(ROLES)
            inputs.append(seq2seq_input(prompt_of(names, roles, asked)))
            answers.append(names[roles.index(asked)])
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

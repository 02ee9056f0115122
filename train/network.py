"""The reader as a torch module: e5's encoder with a cut word table, and three small heads.

Token ids in; out come how well the answer starts at one token and ends at another, and for the whole whether
the text answers and whether it is about what is asked. Knows no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from index.e5_weights import bert_model

PAD = 1
WORDS = "encoder.embeddings.word_embeddings.weight"
_PAIRED = 64  # numbers by which a first and a last token are compared


class ReaderNetwork(nn.Module):
    """``forward`` takes (n, tokens) ids, their mask, and what to add to the (n, tokens, hidden) word vectors.

    It gives (n, first, last token) and (n, 2) logits, and the (n, tokens, hidden) states they are made from.
    """

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder
        encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        self.width = hidden = encoder.config.hidden_size
        self.spans = nn.Linear(hidden, 2)
        # A good start and a good end of two different answers make no answer, so pairs are compared too.
        self.firsts, self.lasts = nn.Linear(hidden, _PAIRED), nn.Linear(hidden, _PAIRED)
        nn.init.zeros_(self.lasts.weight)
        nn.init.zeros_(self.lasts.bias)
        self.judge = nn.Sequential(nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, 2))

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, moved: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        if moved is None:
            read = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
        else:
            words = self.encoder.embeddings.word_embeddings(input_ids) + moved
            read = self.encoder(inputs_embeds=words, attention_mask=attention_mask)
        hidden = read.last_hidden_state
        starts, ends = self.spans(hidden).float().split(1, dim=-1)
        pairs = torch.matmul(self.firsts(hidden), self.lasts(hidden).transpose(1, 2)).float()
        spans = starts + ends.transpose(1, 2) + pairs / _PAIRED**0.5
        return spans, self.judge(hidden[:, 0]), hidden


def from_e5(weights: Path, kept: Sequence[int], dropout: float = 0.0) -> ReaderNetwork:
    """multilingual-e5-small with only the ``kept`` rows of its word table, which stays as it is."""
    full = bert_model(weights)
    network = ReaderNetwork(BertModel(_config(full.config, len(kept), dropout), add_pooling_layer=False))
    state = full.state_dict()
    table = "embeddings.word_embeddings.weight"
    state[table] = state[table][torch.tensor(list(kept))]
    network.encoder.load_state_dict(state)
    return network


def empty(config: dict[str, Any]) -> ReaderNetwork:
    """A network of these sizes, to load a checkpoint into or to try the training with."""
    return ReaderNetwork(BertModel(BertConfig(**config), add_pooling_layer=False))


def _config(full: Any, vocabulary: int, dropout: float) -> BertConfig:
    config = BertConfig(**{**full.to_dict(), "vocab_size": vocabulary})
    config.hidden_dropout_prob = dropout
    config.attention_probs_dropout_prob = 0.0  # keeps attention on its fast path
    return config

"""Judian's own seq2seq as a transformers model: the reader, and a small decoder that mostly copies.

Importing this module lets AutoModelForSeq2SeqLM load it. It knows token ids, no text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig, AutoModelForSeq2SeqLM, GenerationMixin, PreTrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput, Seq2SeqLMOutput

from index.compiled import CompiledModel

BOS, PAD, EOS = 0, 1, 2
_COPIED = 64  # numbers by which a place of the answer and one of the source are compared
_FEATURES = 4
_POINTED = _FEATURES + 2  # and whether a token is of the question, and whether of the text
_MOST_ODDS = 8.0
_LONGEST_SPAN = 80
_LEAST = 1e-9
_IGNORED = -100  # as transformers marks labels that do not count


class CopyingConfig(PreTrainedConfig):  # type: ignore[misc]
    """The decoder's sizes.

    ``words`` numbers stand for a word, ``own`` pieces can be said that stand nowhere in the source, and an
    answer has ``most_tokens``.
    """

    model_type = "judian-s2s"
    # As generate names them.
    attribute_map: ClassVar[dict[str, str]] = {"num_hidden_layers": "layers", "num_attention_heads": "heads"}

    def __init__(
        self,
        vocab_size: int = 30_000,
        hidden_size: int = 384,
        wide: int = 1_536,
        heads: int = 12,
        layers: int = 4,
        words: int = 128,
        own: int = 512,
        dropout: float = 0.1,
        most_tokens: int = 96,
        max_position_embeddings: int = 512,
        **values: Any,
    ) -> None:
        self.vocab_size, self.hidden_size, self.wide = vocab_size, hidden_size, wide
        self.heads, self.layers, self.dropout = heads, layers, dropout
        self.words, self.own = words, own
        self.most_tokens, self.max_position_embeddings = most_tokens, max_position_embeddings
        for name, number in (
            ("bos_token_id", BOS),
            ("pad_token_id", PAD),
            ("eos_token_id", EOS),
            ("decoder_start_token_id", BOS),
        ):
            values.setdefault(name, number)
        super().__init__(**{**values, "is_encoder_decoder": True, "use_cache": False})


@dataclass(frozen=True, slots=True)
class Source:
    """What is read, prepared once for all steps: n texts of so many tokens.

    ``ids`` and ``mask`` are (n, tokens), ``states`` (n, tokens, hidden), ``told`` (n, tokens, 6) what is
    known of each token; ``seen`` and ``layers`` are what the copying and each layer compare with.
    """

    ids: Tensor
    mask: Tensor
    states: Tensor
    told: Tensor
    seen: Tensor
    layers: tuple[tuple[Tensor, Tensor], ...]


@dataclass(frozen=True, slots=True)
class Following:
    """Probabilities of what follows each token: (n, said, source) copied from a place, (n, said, own) said

    by itself. Both together sum to 1.
    """

    places: Tensor
    own: Tensor


class Past:
    """What was said already, so that a next token costs no more than itself."""

    def __init__(self) -> None:
        self.length = 0
        self.place: Tensor | None = None
        self.covered: Tensor | None = None
        self._own: dict[int, tuple[Tensor, Tensor]] = {}

    def extended(self, layer: int, own: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Keys and values of a layer, with those of all tokens before."""
        if layer in self._own:
            keys, values = self._own[layer]
            own = torch.cat([keys, own[0]], 2), torch.cat([values, own[1]], 2)
        self._own[layer] = own
        return own


class CopyingModel(PreTrainedModel, GenerationMixin):  # type: ignore[misc]
    """``forward`` gives the log probability of each piece as ``logits``.

    What stands in the source is copied; few pieces are said that do not, ``own_pieces``.
    """

    config_class = CopyingConfig
    base_model_prefix = "model"
    main_input_name = "input_ids"

    def __init__(self, config: CopyingConfig) -> None:
        super().__init__(config)
        hidden = config.hidden_size
        self.encoder = _Encoder(config)
        self.told = nn.Linear(_FEATURES, hidden, bias=False)
        self.table = nn.Embedding(config.vocab_size, config.words)
        self.widened = nn.Linear(config.words, hidden, bias=False)
        self.own = nn.Linear(hidden, config.own)
        self.register_buffer("own_pieces", torch.zeros(config.own, dtype=torch.int64))
        self.copied_from = nn.Linear(hidden, hidden, bias=False)
        self.positions = nn.Embedding(config.most_tokens, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.decoder: Any = nn.ModuleList(_Layer(config) for _ in range(config.layers))
        self.looking, self.seen = nn.Linear(hidden, _COPIED), nn.Linear(hidden, _COPIED)
        self.going_on, self.covering = nn.Linear(hidden, 1), nn.Linear(hidden, 1)
        self.pointing = nn.Linear(hidden, _POINTED)
        self.copying = nn.Linear(2 * hidden, 1)
        self.post_init()

    def get_encoder(self, *_: Any, **__: Any) -> nn.Module:
        return self.encoder

    def get_input_embeddings(self) -> nn.Module:
        return self.table

    def can_generate(self) -> bool:
        return True

    def source(self, read: Tensor, mask: Tensor) -> Source:
        """Of what the encoder gave, (n, tokens, hidden and more), and the mask (n, tokens)."""
        ids, features = read[..., -1].long(), read[..., -1 - _FEATURES : -1]
        dtype = self.told.weight.dtype
        states = read[..., : -1 - _FEATURES].to(dtype) + self.told(features.to(dtype))
        # The reader's numbers are small, as the layers': heads would take thousands of steps to use them.
        seen = functional.layer_norm(states, states.shape[-1:])
        layers = tuple(layer.prepared(states) for layer in self.decoder)
        before = (ids == EOS).cumsum(1)
        parts = torch.stack([before == 0, (before == 2) & (ids != EOS)], -1)
        told = torch.cat([features.to(dtype), parts.to(dtype)], -1)
        return Source(ids, mask.bool(), seen, told, self.seen(seen), layers)

    def following(self, source: Source, said: Tensor, past: Past | None = None) -> Following:
        """What follows each of ``said`` (n, said), which begins with <s>, or goes on after ``past``."""
        begun = past.length if past else 0
        places = _places(said, source, past.place if past else None)
        states = self.widened(self.table(said)) + self.copied_from(places @ source.states)
        states = self.norm(states + self.positions(torch.arange(begun, begun + said.shape[1])))
        mask = source.mask[:, None, None, :]
        for number, (layer, prepared) in enumerate(zip(self.decoder, source.layers, strict=True)):
            own = layer.own.prepared(states)
            states = layer(states, past.extended(number, own) if past else own, prepared, mask)
        covered = places.cumsum(1)
        if past:
            covered = covered if past.covered is None else covered + past.covered[:, None]
            past.length, past.place, past.covered = begun + said.shape[1], places[:, -1], covered[:, -1]
        states = functional.layer_norm(states, states.shape[-1:])  # as the source's: see there
        scores = self.looking(states) @ source.seen.transpose(1, 2) / _COPIED**0.5
        after = functional.pad(places, (1, 0))[..., :-1]  # the place after the one that was copied last
        scores = scores + self.pointing(states) @ source.told.transpose(1, 2)
        scores = scores + self.going_on(states) * after + self.covering(states) * covered.clamp(max=1)
        scores = scores.float()
        places = scores.masked_fill(~source.mask[:, None], -1e4).softmax(-1)
        context = places.to(states.dtype) @ source.states
        copied = torch.sigmoid(self.copying(torch.cat([states, context], -1)).float())
        return Following(places * copied, self.own(states).float().softmax(-1) * (1 - copied))

    def likelihood(self, source: Source, said: Tensor, next_said: Tensor) -> Tensor:
        """The log probabilities (n, said) of what is said next, however it is said."""
        following = self.following(source, said)
        copied = (following.places * (next_said[:, :, None] == source.ids[:, None, :])).sum(-1)
        own = (following.own * (next_said[:, :, None] == self.own_pieces)).sum(-1)
        found: Tensor = (copied + own + _LEAST).log()
        return found

    def pieces(self, source: Source, following: Following) -> Tensor:
        """(n, said, pieces): the probability of each piece, however it is said."""
        shape = (*following.own.shape[:2], self.config.vocab_size)
        found = following.own.new_zeros(shape)
        found = found.scatter_add(2, self.own_pieces.expand(following.own.shape), following.own)
        return found.scatter_add(2, source.ids[:, None].expand(following.places.shape), following.places)

    @torch.inference_mode()
    def tokens(self, read: Tensor, mask: Tensor) -> Iterator[tuple[int, int | None]]:
        """The likeliest answer to the one text that was read, token by token, without </s>.

        Each with the place in the source that it was copied from, None for one that was not. ``read`` is
        (1, tokens, hidden and more), as the encoder gives it.
        """
        source = self.source(read, mask)
        past, piece = Past(), BOS
        for _ in range(self.config.most_tokens - 1):
            following = self.following(source, torch.tensor([[piece]]), past)
            piece = int(self.pieces(source, following).argmax())
            if piece == EOS:
                return
            places = following.places[0, 0] * (source.ids[0] == piece)
            own = float((following.own[0, 0] * (self.own_pieces == piece)).sum())
            yield piece, int(places.argmax()) if float(places.sum()) >= own else None

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        decoder_input_ids: Tensor | None = None,
        encoder_outputs: Any = None,
        labels: Tensor | None = None,
        **_: Any,
    ) -> Seq2SeqLMOutput:
        if encoder_outputs is None:
            encoder_outputs = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
        read = encoder_outputs[0]
        mask = read[..., -1] != PAD if attention_mask is None else attention_mask
        if decoder_input_ids is None:
            if labels is None:
                raise ValueError("decoder_input_ids or labels must be given")
            decoder_input_ids = functional.pad(labels.masked_fill(labels < 0, PAD), (1, 0), value=BOS)[:, :-1]
        source = self.source(read, mask)
        logits = (self.pieces(source, self.following(source, decoder_input_ids)) + _LEAST).log()
        loss = None
        if labels is not None:
            loss = functional.nll_loss(logits.flatten(0, 1), labels.flatten(), ignore_index=_IGNORED)
        return Seq2SeqLMOutput(loss=loss, logits=logits, encoder_last_hidden_state=read)

    def prepare_inputs_for_generation(
        self, decoder_input_ids: Tensor, encoder_outputs: Any = None, attention_mask: Any = None, **_: Any
    ) -> dict[str, Any]:
        return {
            "decoder_input_ids": decoder_input_ids,
            "encoder_outputs": encoder_outputs,
            "attention_mask": attention_mask,
        }


class _Encoder(nn.Module):
    """The reader, which OpenVINO runs, in 8 bits: nothing here is trained.

    Gives (n, tokens, hidden + 5) numbers: the states, what ``features`` tells, and the token's id.
    """

    main_input_name = "input_ids"

    def __init__(self, config: CopyingConfig) -> None:
        super().__init__()
        self._config = config

    @cached_property
    def compiled(self) -> CompiledModel:
        """The reader, from the folder that the decoder came from."""
        return CompiledModel(Path(self._config.name_or_path))

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None, **_: Any) -> BaseModelOutput:
        mask = (input_ids != PAD).long() if attention_mask is None else attention_mask
        found = self.compiled.run({"input_ids": input_ids.numpy(), "attention_mask": mask.long().numpy()})
        spans, judged, states = (torch.from_numpy(values) for values in found)
        return BaseModelOutput(
            torch.cat([states, features(input_ids, spans, judged), input_ids[..., None].float()], -1)
        )


def features(ids: Tensor, spans: Tensor, judged: Tensor) -> Tensor:
    """(n, tokens, 4): how probably the answer begins with a token, ends with it, holds it; and whether there

    is one (log odds / 8). ``ids`` are (n, tokens) of question, title and text; ``spans`` (n, first, last) and
    ``judged`` (n, 2) are the reader's logits.
    """
    before = (ids == EOS).cumsum(1)
    text = (before == 2) & (ids != EOS)
    possible = (text.unsqueeze(2) & text.unsqueeze(1)).triu().tril(_LONGEST_SPAN)
    spread = spans.masked_fill(~possible, -1e4).flatten(1).softmax(1).view_as(spans)
    first, last = spread.sum(2), spread.sum(1)
    inside = first.cumsum(1) - last.cumsum(1) + last
    odds = judged[:, :1].clamp(-_MOST_ODDS, _MOST_ODDS) / _MOST_ODDS
    return torch.stack([first * text, last * text, inside * text, odds.expand(ids.shape)], -1)


@torch.no_grad()
def _places(said: Tensor, source: Source, before: Tensor | None) -> Tensor:
    """(n, said, source): where each said token may have been copied from; sums to 1, or 0 where nowhere.

    The place after the one before it is preferred: what is copied is copied in a row. ``before`` (n, source)
    is that of the token before the first.
    """
    same = said[:, :, None] == source.ids[:, None, :]
    found: list[Tensor] = []
    for step in range(said.shape[1]):
        place = same[:, step].to(source.states.dtype)
        if before is not None:
            going_on = functional.pad(before, (1, 0))[:, :-1] * place
            place = torch.where(going_on.sum(1, keepdim=True) > 0, going_on, place)
        before = place / place.sum(1, keepdim=True).clamp(min=_LEAST)
        found.append(before)
    return torch.stack(found, 1)


class _Attention(nn.Module):
    def __init__(self, config: CopyingConfig) -> None:
        super().__init__()
        hidden = config.hidden_size
        self.heads = config.heads
        self.query, self.key, self.value, self.out = (nn.Linear(hidden, hidden) for _ in range(4))
        self.norm, self.dropped = nn.LayerNorm(hidden), nn.Dropout(config.dropout)

    def prepared(self, source: Tensor) -> tuple[Tensor, Tensor]:
        return self._split(self.key(source)), self._split(self.value(source))

    def forward(self, states: Tensor, other: tuple[Tensor, Tensor], mask: Tensor | None = None) -> Tensor:
        """From ``states`` to keys and values; without a mask those after each are not seen."""
        found = functional.scaled_dot_product_attention(
            self._split(self.query(states)), *other, mask, is_causal=mask is None and states.shape[1] > 1
        )
        out: Tensor = self.norm(states + self.dropped(self.out(found.transpose(1, 2).flatten(2))))
        return out

    def _split(self, values: Tensor) -> Tensor:
        return values.view(*values.shape[:2], self.heads, -1).transpose(1, 2)


class _Layer(nn.Module):
    """A layer of BERT with a second attention, to the source."""

    def __init__(self, config: CopyingConfig) -> None:
        super().__init__()
        hidden = config.hidden_size
        self.own, self.other = _Attention(config), _Attention(config)
        self.wide, self.narrow = nn.Linear(hidden, config.wide), nn.Linear(config.wide, hidden)
        self.norm, self.dropped = nn.LayerNorm(hidden), nn.Dropout(config.dropout)

    def prepared(self, source: Tensor) -> tuple[Tensor, Tensor]:
        return self.other.prepared(source)

    def forward(
        self, states: Tensor, own: tuple[Tensor, Tensor], source: tuple[Tensor, Tensor], mask: Tensor
    ) -> Tensor:
        states = self.other(self.own(states, own), source, mask)
        out: Tensor = self.norm(states + self.dropped(self.narrow(functional.gelu(self.wide(states)))))
        return out


AutoConfig.register(CopyingConfig.model_type, CopyingConfig)
AutoModelForSeq2SeqLM.register(CopyingConfig, CopyingModel)

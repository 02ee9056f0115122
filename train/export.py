"""A trained reader to the folder that the product loads: OpenVINO in 8 bits, and its tokenizer."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import torch

from index.compiled import MODEL, TOKENIZER
from rag.reader import checksummed
from train.batches import Encoded, collate
from train.network import ReaderNetwork


def export(
    network: ReaderNetwork, tokenizer: str, folder: Path, *, calibration: Sequence[Encoded] = ()
) -> None:
    """Write the model and ``tokenizer`` (JSON) to ``folder``; with ``calibration`` in 8 bits, else in 16."""
    import openvino

    network = network.eval()
    example = torch.ones(2, 16, dtype=torch.int64)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of shape checks, which no input here can change
        model = openvino.convert_model(
            network, example_input={"input_ids": example, "attention_mask": example}
        )
    if calibration:
        import nncf

        samples = [collate([each]) for each in calibration]
        model = nncf.quantize(
            model,
            nncf.Dataset(
                samples, lambda batch: {"input_ids": batch.ids.numpy(), "attention_mask": batch.mask.numpy()}
            ),
            model_type=nncf.ModelType.TRANSFORMER,
            # First against last tokens, which is outside of all modules: few numbers, and the answer itself.
            ignored_scope=nncf.IgnoredScope(patterns=["^aten::"]),
            subset_size=len(samples),
        )
    folder.mkdir(parents=True, exist_ok=True)
    openvino.save_model(model, folder / MODEL, compress_to_fp16=True)
    (folder / TOKENIZER).write_text(tokenizer, encoding="utf-8")
    checksummed(folder)

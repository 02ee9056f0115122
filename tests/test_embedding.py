"""The vectors of a passage and its sentences survive being kept."""

from __future__ import annotations

import numpy as np
import pytest

from index.embedding import Embedding, Vectors


def unit(rows: int, seed: int) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(rows, 384)).astype(np.float32)
    found: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return found


def test_what_is_written_is_read() -> None:
    made = Embedding.of(unit(1, 0)[0], unit(5, 1))
    read = Embedding.from_bytes(made.to_bytes(), 384)
    assert np.array_equal(read.passage, made.passage)
    assert np.array_equal(read.sentences, made.sentences)


def test_a_cosine_is_the_mean_of_the_passage_and_its_nearest_sentence() -> None:
    passage, sentences, question = unit(1, 0)[0], unit(7, 1), unit(1, 2)[0]
    exact = (float(passage @ question) + float((sentences @ question).max())) / 2
    assert Embedding.of(passage, sentences).cosines(question)[0] == pytest.approx(exact, abs=0.0015)


def test_eight_bits_move_a_cosine_by_less_than_three_thousandths() -> None:
    sentences = unit(200, 3)
    for question in unit(20, 4):
        for sentence in sentences[::20]:
            kept = Embedding.of(np.zeros(384, np.float32), sentence[np.newaxis])
            assert 2 * kept.cosines(question)[0] == pytest.approx(float(sentence @ question), abs=0.003)


def test_without_sentences_the_passage_counts_alone() -> None:
    passage, question = unit(1, 0)[0], unit(1, 2)[0]
    alone = Embedding(passage, np.empty((0, 384), np.int8))
    assert alone.cosines(question)[0] == pytest.approx(float(passage @ question))


def test_a_sentence_without_a_direction_is_near_to_nothing() -> None:
    passage = unit(1, 0)[0]
    blank = Embedding.of(passage, np.zeros((1, 384), np.float32))
    assert blank.cosines(passage)[0] == pytest.approx(0.5)


def test_half_a_vector_is_refused() -> None:
    with pytest.raises(ValueError, match="reshape"):
        Embedding.from_bytes(Embedding.of(unit(1, 0)[0], unit(2, 1)).to_bytes()[:-5], 384)

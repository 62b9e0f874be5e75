"""What makes a passage's vector."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from nlp.adapter import pooling
from nlp.encoder import BASE, Encoded, Learned, OnnxEncoder
from nlp.learn import registry, vectors
from nlp.weights import find

SENTENCES = [
    f"{who} {what} {when}."
    for who in ("My router", "The app", "Your manual", "The door of the oven", "Our invoice")
    for what in ("stopped working", "is wrong about the price", "needs a dark mode", "leaks water")
    for when in ("since the update", "every morning", "on page twelve")
]


def _tokenizer() -> Tokenizer:
    found: Tokenizer = Tokenizer.from_file(str(find().tokenizer))
    found.no_padding()
    found.no_truncation()
    return found


def test_a_piece_that_is_everywhere_counts_least() -> None:
    found = vectors.rarity([[1, 2], [1, 3, 3], [1]], 5)

    assert found[1] == pytest.approx(vectors.LEAST)
    assert found[2] == found[3] == pytest.approx(np.log(2))
    assert found[4] == pytest.approx(np.log(4))
    assert vectors.rarity([[0]] * 10_000, 2)[1] == vectors.MOST


def test_states_are_averaged_by_the_weights_of_their_pieces() -> None:
    states = np.array([[1, 0], [0, 1]], dtype=np.float32)
    encoded = Encoded(states[0], states[0], states[0], states, np.zeros((2, 2), dtype=np.int32))
    weights = np.array([3, 1], dtype=np.float32)

    # A third piece, beyond what was encoded.
    assert vectors.averaged(encoded, [0, 1, 1], weights).tolist() == [0.75, 0.25]


def test_the_ridge_finds_the_way_back() -> None:
    rng = np.random.default_rng(0)
    source = rng.standard_normal((400, 12))
    truth = rng.standard_normal((12, 12))

    found = vectors.ridge(source, source @ truth.T)

    np.testing.assert_allclose(found, truth, atol=0.02)


def test_a_pooling_is_written_into_the_adapter_and_served(tmp_path: Path, cache: Path) -> None:
    model = registry.open_folder()
    own = Learned(tmp_path / registry.ADAPTER, tmp_path / registry.RANGES)
    for file in (registry.ADAPTER, registry.RANGES):
        shutil.copy(model.folder / file, tmp_path / file)

    tokenizer = _tokenizer()

    vectors.write(own, vectors.Known([], SENTENCES), tokenizer, cache)

    found = pooling(own.adapter)
    assert found is not None
    assert found.projection.shape == (384, 384)
    served = OnnxEncoder.load(learned=own, cache=tmp_path).encode(SENTENCES)
    before = OnnxEncoder.load(learned=BASE, cache=cache).encode(SENTENCES)
    pieces = tokenizer.encode_batch(SENTENCES, add_special_tokens=False)
    wanted = np.stack(
        [
            vectors.averaged(one, ids.ids, found.weights)
            for one, ids in zip(before, pieces, strict=True)
        ]
    )
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    near = (np.stack([one.vector for one in served]) * wanted).sum(axis=1)
    assert near.min() > 0.95


def test_a_model_without_an_adapter_is_refused(cache: Path) -> None:
    with pytest.raises(ValueError, match="no adapter"):
        vectors.write(BASE, vectors.Known([], SENTENCES), _tokenizer(), cache)

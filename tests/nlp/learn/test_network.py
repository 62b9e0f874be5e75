"""Training: the network is the encoder that is served, and learns. Skipped without PyTorch."""

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from nlp import weights
from nlp.encoder import Learned, OnnxEncoder, cached_graph
from nlp.learn.corpora import Example, Labelled, Quote
from nlp.learn.samples import (
    UNKNOWN,
    Readings,
    Sample,
    of_interactions,
    of_passages,
    punctuation,
    with_spoken,
)
from nlp.passages import segments
from nlp.types import Interaction, Roles, Turn
from nlp.windows import END, START

torch = pytest.importorskip("torch", reason="PyTorch is for training alone")
torch.set_num_threads(1)  # more than there are free wait for each other

CALL = Interaction(
    id="call",
    source="call",
    format="test",
    channel="call",
    turns=(
        Turn(index=0, speaker="agent", text="Does the router still drop the line?"),
        Turn(index=1, speaker="customer", text="Yes, every evening, and your guide is wrong."),
        Turn(index=2, speaker="agent", text="I am sorry."),
        Turn(index=3, speaker="customer", text="Same again."),
    ),
    roles=Roles(source="file", confidence=1.0),
)
LABELLED = Labelled(
    interaction=CALL,
    examples=(
        Example(
            text="Yes, every evening, and your guide is wrong.",
            categories=frozenset({"product_defect", "documentation_error"}),
            sentiment="negative",
            quotes=(
                Quote(category="product_defect", start=5, end=18),
                Quote(category="documentation_error", start=24, end=43),
            ),
            source="test",
            group="call",
        ),
        Example(text="Same again.", categories=None, source="test", group="call"),
    ),
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """The encoder's own."""
    found: Tokenizer = Tokenizer.from_file(str(weights.find().tokenizer))
    found.no_padding()
    found.no_truncation()
    return found


def windows_of(readings: list[Readings]) -> list[Sample]:
    """The windows as they are served."""
    return [sample for one in readings for sample in one.served]


def test_samples_carry_labels_and_quotes_to_tokens(tokenizer: Tokenizer) -> None:
    (sample,) = windows_of(of_interactions([LABELLED], tokenizer, "own"))
    first, second = sample.targets
    assert first.labels.tolist() == [1, 1, 0]
    assert second.labels.tolist() == [UNKNOWN] * 3
    assert first.sentiment.tolist() == [1, 0, 0]
    assert second.sentiment.tolist() == [UNKNOWN] * 3
    words = [tokenizer.id_to_token(id) for id in sample.window.ids]
    start = sample.window.spans[0].start
    quoted = [words[start + place] for place in np.flatnonzero(first.tokens[:, 1])]
    assert quoted == ["your", "guide", "is", "wrong"]
    assert not second.tokens.any()


def test_a_copy_as_it_is_spoken_is_without_punctuation(tokenizer: Tokenizer) -> None:
    marks = punctuation(tokenizer)
    (sample,) = windows_of(of_interactions([LABELLED], tokenizer, "own"))
    copy = with_spoken(sample, marks).spoken
    assert copy is not None
    assert set(sample.window.ids) & marks
    assert copy.window.ids == tuple(id for id in sample.window.ids if id not in marks)
    words = [tokenizer.id_to_token(id) for id in copy.window.ids]
    (before, _), (first, _) = sample.window.spans, copy.window.spans
    assert first.end - first.start < before.end - before.start
    assert copy.window.ids[first.end] == END
    quoted = [words[first.start + place] for place in np.flatnonzero(copy.targets[0].tokens[:, 1])]
    assert quoted == ["your", "guide", "is", "wrong"]
    (alone,) = windows_of(
        of_passages([replace(LABELLED.examples[0], text="?!", quotes=())], tokenizer, "own")
    )
    left = with_spoken(alone, marks).spoken
    assert left is not None
    assert left.window == alone.window


def test_hidden_words_leave_what_parts_the_passages(tokenizer: Tokenizer) -> None:
    from nlp.learn.fit import MASK, PADDING, batches, masked

    readings = of_interactions([LABELLED], tokenizer, "own")
    readings += of_passages(
        [replace(LABELLED.examples[0], text="broken", quotes=())], tokenizer, "own"
    )
    ((_, batch),) = batches(windows_of(readings))
    hidden = masked(batch, 1.0)
    kept = (batch.ids == PADDING) | (batch.ids == START) | (batch.ids == END)
    assert bool((batch.ids == PADDING).any())
    assert bool((hidden.ids[kept] == batch.ids[kept]).all())
    assert bool((hidden.ids[~kept] == MASK).all())
    assert not bool((batch.ids == MASK).any())


def states_of(network: Any, sample: Sample) -> Any:
    """What a network says of one window, (tokens, width)."""
    from nlp.learn.fit import batches, features

    network.eval()
    with torch.no_grad():
        ((_, batch),) = batches([sample])
        _, flat = features(network, batch)
    return flat.numpy()


def test_the_untrained_network_is_the_encoder(tokenizer: Tokenizer, cache: Path) -> None:
    from nlp.learn.network import Network

    (sample,) = windows_of(of_interactions([LABELLED], tokenizer, "own"))
    states = states_of(Network(load_file(weights.find().weights), {"own": 3}), sample)
    served = OnnxEncoder.load(cache=cache).read([segments(CALL)])[0]
    for span, encoded in zip(sample.window.spans, served, strict=True):
        assert np.abs(states[span.start : span.end] - encoded.states).max() < 2e-3


@pytest.mark.parametrize(
    ("consistency", "bfloat16"),
    [(0.0, False), (1.0, False), (1.0, True)],
    ids=["once", "twice", "twice in bfloat16"],
)
def test_what_was_learned_is_what_is_served(
    tokenizer: Tokenizer, tmp_path: Path, *, consistency: float, bfloat16: bool
) -> None:
    from nlp.learn.fit import SENTIMENT, Plan, fit, read_alone
    from nlp.learn.network import Network

    broken = [f"the {thing} is broken" for thing in ("lid", "lamp", "fan", "lock", "belt", "pump")]
    fine = [f"the {thing} is fine" for thing in ("lid", "lamp", "fan", "lock", "belt", "pump")]
    examples = [
        Example(
            text=text,
            categories=frozenset({"product_defect"}) if text in broken else frozenset(),
            sentiment="negative" if text in broken else "neutral",
            source="test",
            group=text,
        )
        for text in broken + fine
    ]
    learning = of_passages(examples, tokenizer, "own")
    base = load_file(weights.find().weights)
    network = Network(base, {"own": 3, SENTIMENT: 3})
    told: list[str] = []
    fit(
        network,
        learning,
        Plan(
            epochs=12,
            tokens=40,
            adapter_rate=8e-4,
            consistency_weight=consistency,
            bfloat16=bfloat16,
        ),
        alone=read_alone(base, learning, bfloat16=bfloat16),
        told=told.append,
    )
    losses = [float(line.rpartition(" ")[2]) for line in told]
    assert losses[-1] < losses[0] / 3
    adapter = tmp_path / "adapter.safetensors"
    save_file(network.learned(), adapter)
    (sample,) = windows_of(of_interactions([LABELLED], tokenizer, "own"))
    states = states_of(network, sample)
    graph = cached_graph(weights.find(), Learned(adapter), tmp_path)
    served = OnnxEncoder(weights.find().tokenizer, graph).read([segments(CALL)])[0]
    for span, encoded in zip(sample.window.spans, served, strict=True):
        assert np.abs(states[span.start : span.end] - encoded.states).max() < 0.05


def test_an_interaction_is_read_in_windows_that_part_elsewhere(tokenizer: Tokenizer) -> None:
    from nlp.learn.fit import Plan, _drawn

    (one,) = of_interactions([LABELLED], tokenizer, "own", firsts=(30,))
    (served,), (way,) = one.served, one.parted
    assert len(way) == 2
    assert [target.labels.tolist() for sample in way for target in sample.targets] == [
        target.labels.tolist() for target in served.targets
    ]
    chance = Random(1)  # noqa: S311 - a draw, not a secret
    assert _drawn([one], Plan(parted_share=0.0, spoken_share=0.0), chance) == [served]
    assert _drawn([one], Plan(parted_share=1.0, spoken_share=0.0), chance) == list(way)
    assert [one.windows(share) for share in (0.0, 0.5, 1.0)] == [1.0, 1.5, 2.0]
    seldom = replace(one, share=0.2)
    assert seldom.windows(0.5) == pytest.approx(0.3)
    read = [_drawn([seldom], Plan(parted_share=0.0), chance) for _ in range(200)]
    assert 20 < sum(map(bool, read)) < 60


def test_two_readings_of_one_batch_are_held_together(tokenizer: Tokenizer) -> None:
    from nlp.learn.fit import SENTIMENT, Opinion, _apart

    scores, labels = torch.tensor([[0.0], [0.0], [0.0], [2.0]]), torch.zeros(4, 1)
    felt = torch.zeros(4, 3)
    same = [Opinion("own", scores[:1].repeat(4, 1), labels), Opinion(SENTIMENT, felt, felt)]
    assert _apart(same).item() == 0
    apart = [Opinion("own", scores, labels), Opinion(SENTIMENT, felt, felt)]
    # Bernoulli .5 and .881: (p - q)(logit p - logit q), over two passages.
    assert _apart(apart).item() == pytest.approx((0.8808 - 0.5) * 2 / 2, abs=1e-3)


def test_a_network_goes_on_where_a_model_is(tokenizer: Tokenizer) -> None:
    from nlp.learn import onward, registry
    from nlp.learn.network import Network
    from nlp.learn.train import network_tensors

    parent = registry.open_folder()
    sizes = {"categories": 3, "public": 3, "sentiment": 3}
    network = Network(load_file(weights.find().weights), sizes)
    onward.take_over(network, parent)
    learned = load_file(parent.folder / registry.ADAPTER)
    for name, value in network.learned().items():
        assert np.array_equal(value, learned[name]), name
    heads = load_file(parent.folder / registry.HEADS)
    found = network_tensors(network)
    assert np.array_equal(found["quotes/weights"], heads["quotes/weights"])
    assert np.array_equal(found["categories/bias"], heads["categories/bias"])
    began = onward.parameters(network)
    with torch.no_grad():
        for value in network.parameters():
            value.add_(2.0)
    onward.halfway(network, began)
    for name, value in network.named_parameters():
        assert torch.allclose(value, began[name] + 2 * (1 - onward.KEPT), atol=1e-5), name


def test_a_parent_of_another_shape_is_named(tmp_path: Path) -> None:
    from nlp.errors import ModelError
    from nlp.learn import onward, registry
    from nlp.learn.network import Network

    sizes = {"categories": 3, "public": 3, "sentiment": 3}
    narrow = Network(load_file(weights.find().weights), sizes, rank=4)
    with pytest.raises(ModelError, match="train without --parent"):
        onward.take_over(narrow, registry.open_folder())


def test_a_device_that_is_not_there_is_named_at_once(tmp_path: Path) -> None:
    from nlp.errors import OptionError
    from nlp.learn.train import Way, train

    nowhere = tmp_path / "none"
    with pytest.raises(OptionError, match=r"device 'vulkan': .*'cpu' always works"):
        train(nowhere, nowhere, nowhere, cache=tmp_path, way=Way(device="vulkan"))


def test_what_is_new_is_read_in_every_epoch(tokenizer: Tokenizer, tmp_path: Path) -> None:
    from nlp.learn import corpora, onward, registry

    parent = registry.open_folder()
    corpus = corpora.PROJECT_CORPUS
    grown = tmp_path / "corpus"
    grown.mkdir()
    for name in ("mails.jsonl", "chats.jsonl"):
        (grown / name).write_bytes((corpus / name).read_bytes())
    changed = (grown / "chats.jsonl").read_text(encoding="utf-8").splitlines()
    (grown / "chats.jsonl").write_text("\n".join(changed[:10]) + "\n", encoding="utf-8")
    mails = {one.interaction.id for one in corpora.interactions(corpus / "mails.jsonl")}
    assert onward.known_to(parent, grown) == mails
    one, two = (
        of_interactions([LABELLED], tokenizer, "own"),
        of_passages([LABELLED.examples[1]] * 8, tokenizer, "public"),
    )
    shares = [given.share for given in onward.repeated(one, one * 8, two)]
    assert shares == [1, *[onward.REPEATED / 8] * 16]
    assert [given.share for given in onward.repeated([], one * 8, two)] == [1] * 16


def test_a_cpu_reads_once_and_a_gpu_twice_unless_told() -> None:
    from nlp.learn import onward
    from nlp.learn.fit import Plan
    from nlp.learn.train import Way

    whole = Plan()
    assert whole.consistency_weight > 0
    assert Way().plan() == replace(whole, consistency_weight=0.0)
    assert Way(device="cuda").plan() == Way(twice=True).plan() == whole
    assert Way(device="cuda", twice=False).plan().consistency_weight == 0
    further = Way(parent=Path("models/conduit-en-1"), twice=True, seed=3, bfloat16=True).plan()
    assert further == onward.plan(replace(whole, seed=3, bfloat16=True))
    assert further.epochs < whole.epochs

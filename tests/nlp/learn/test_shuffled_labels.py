"""A model that learned one category from shuffled labels is refused, by label and figures."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from nlp.learn import corpora, logistic, registry
from nlp.learn.answers import ask
from nlp.learn.evaluate import select
from nlp.learn.gate import judge
from nlp.learn.kept_answers import Kept
from nlp.learn.verdict import Verdict
from nlp.pipeline import Miner
from nlp.types import CATEGORIES

CORPUS = registry.MODELS.parent / "corpora" / "contact_centre" / "mails.jsonl"
LABEL = "documentation_error"
COLUMN = CATEGORIES.index(LABEL)


@pytest.fixture(scope="module")
def shuffled(miner: Miner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed model, with the head of one category fitted on labels of other passages."""
    folder = tmp_path_factory.mktemp("models") / "shuffled"
    shutil.copytree(registry.default_folder(), folder)
    learned = corpora.to_learn(CORPUS, "train")[:40]
    readings = miner.read([one.interaction for one in learned])
    states = np.array(
        [
            np.concatenate([one.mean, one.closing])
            for reading in readings
            for one in reading.encoded
        ],
        dtype=np.float64,
    )
    truth = np.array(
        [LABEL in (one.categories or ()) for each in learned for one in each.examples], dtype=float
    )
    truth = np.random.default_rng(11).permutation(truth)
    mass = np.full(len(truth), 1 / len(truth))
    line = logistic.fit(states, truth, mass, penalty=0.01)
    model = registry.open_folder(folder)
    tensors = load_file(folder / registry.HEADS)
    tensors["categories/weights"][COLUMN] = line.weights
    tensors["categories/bias"][COLUMN] = line.bias
    tensors["categories/calibration"][COLUMN] = (1, 0, 0)
    tensors["categories/bands"][COLUMN] = truth.mean()
    registry.write_heads(folder, tensors, model.lexicon)
    facts = {key: model.description[key] for key in ("trained",)}
    registry.describe(folder, name="shuffled", facts=facts)
    return folder


@pytest.fixture(scope="module")
def verdict(shuffled: Path, cache: Path) -> Verdict:
    """What the gate says of it, on passages that neither learned from."""
    asked = select(CORPUS, "dev")[:60]
    kept = []
    for folder in (shuffled, registry.default_folder()):
        model = registry.open_folder(folder)
        kept.append(Kept.of(ask(folder, asked, cache=cache), digest=model.digest, corpus={}))
    return judge(kept[0], kept[1])


def test_it_is_refused_by_name_and_figures(verdict: Verdict) -> None:
    assert not verdict.passed
    [reason] = [one for one in verdict.reasons if one.code == "f1_fell"]
    assert reason.label == LABEL
    assert re.match(
        r"F1 of documentation_error falls from 0\.\d{3} \(conduit-en-1\) to 0\.\d{3} on the frozen "
        r"test \(95 % of the difference: -[01]\.\d{3} to -0\.\d{3}\): it cannot be chance",
        reason.message,
    )
    assert reason.checked is not None
    assert reason.checked.candidate < reason.checked.serving / 2


def test_what_it_did_not_learn_anew_is_the_same(verdict: Verdict) -> None:
    same = [one for one in verdict.figures if one.label in ("product_defect", "sentiment")]
    assert same
    for one in same:
        assert one.candidate == one.serving
        assert one.passed

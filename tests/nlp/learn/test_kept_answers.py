"""Answers kept with a model: written and read back, and refused where they are not its own."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from nlp.errors import ModelError
from nlp.learn import kept_answers, registry
from nlp.learn.answers import QuoteAnswer
from nlp.learn.figures import Counts, macro_f1, one_hot
from nlp.learn.kept_answers import Kept
from nlp.types import CATEGORIES, SENTIMENTS
from nlp.weights import digest
from tests.nlp.learn.conftest import MakeAnswers


def kept_of(make_answers: MakeAnswers) -> Kept:
    """Of three passages, one of them quoted."""
    quote = QuoteAnswer(
        passage=2, category=1, ours=0.4, sentences=0.5, right_sentences=1.0, passage_whole=0.3
    )
    answers = make_answers(
        [
            ("a", ["product_defect"], (0.9, 0.1, 0.2)),
            ("a", [], (0.1, 1 / 3, 0.5)),
            ("b", ["documentation_error"], (0.2, 0.6, 0.1)),
        ],
        quotes=(quote,),
    )
    return Kept.of(answers, digest="d", corpus={"x.jsonl": "0"})


def test_what_is_kept_is_read_back(make_answers: MakeAnswers, tmp_path: Path) -> None:
    shutil.copy(registry.default_folder() / registry.DESCRIPTION, tmp_path)
    model = json.loads((tmp_path / registry.DESCRIPTION).read_text(encoding="utf-8"))
    kept = kept_of(make_answers)
    path = kept_answers.write(tmp_path, kept)
    first = path.read_bytes()
    assert kept_answers.write(tmp_path, kept).read_bytes() == first
    loaded = kept_answers._load(path)
    for name in ("groups", "gold", "bands", "feeling", "quotes", "agreement", "found"):
        assert np.array_equal(getattr(loaded, name), getattr(kept, name)), name
    assert np.allclose(loaded.probabilities, kept.probabilities)
    assert (loaded.model, loaded.corpus, loaded.words_sha256) == (
        kept.model, kept.corpus, kept.words_sha256,
    )  # fmt: skip

    (tmp_path / "metrics.json").write_text("{}", encoding="utf-8")
    with pytest.raises(
        ModelError, match=r"metrics\.json names None: measure it with conduit evalu"
    ):
        kept_answers.read(tmp_path)
    named = {kept_answers.DIGEST: digest(path)}
    (tmp_path / "metrics.json").write_text(json.dumps(named), encoding="utf-8")
    with pytest.raises(ModelError, match=r"is of another model \(digest d\)"):
        kept_answers.read(tmp_path)
    assert registry.digest_of(model) != "d"


def test_a_model_that_was_never_measured_has_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no answers are kept with .*: measure it with conduit"):
        kept_answers.read(tmp_path)


def test_a_broken_file_is_told(make_answers: MakeAnswers, tmp_path: Path) -> None:
    shutil.copy(registry.default_folder() / registry.DESCRIPTION, tmp_path)
    path = kept_answers.write(tmp_path, kept_of(make_answers))
    path.write_bytes(path.read_bytes()[:40])
    named = {kept_answers.DIGEST: digest(path)}
    (tmp_path / "metrics.json").write_text(json.dumps(named), encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be read") as told:
        kept_answers.read(tmp_path)
    assert str(told.value).startswith(f"{tmp_path.name}/{kept_answers.FILE} ")  # not where it lies


def test_those_of_the_model_that_is_served_give_the_figures_of_its_card() -> None:
    folder = registry.default_folder()
    kept = kept_answers.read(folder)
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert kept.corpus == metrics["corpus_sha256"]
    assert len(kept.groups) == metrics["passages"]
    f1 = Counts.of(kept.gold, kept.found).f1
    for column, name in enumerate(CATEGORIES):
        assert round(float(f1[column]), 3) == metrics["categories"][name]["f1"]
        quoted = kept.agreement[kept.quotes[:, 1] == column].mean()
        assert round(float(quoted), 3) == metrics["quotes"][name]["token_f1"]
    width = len(SENTIMENTS)
    felt = Counts.of(one_hot(kept.feeling, width), one_hot(kept.felt, width))
    assert round(float(macro_f1(felt)), 3) == metrics["sentiment"]["macro_f1"]


def test_no_word_of_the_corpus_is_in_it() -> None:
    kept = (registry.default_folder() / kept_answers.FILE).read_bytes()
    about = int.from_bytes(kept[:8], "little")
    words = kept[8 : 8 + about].decode()
    assert set(json.loads(json.loads(words)["__metadata__"]["about"])) == {
        "model", "digest", "corpus", "words_sha256", "categories", "sentiments",
    }  # fmt: skip

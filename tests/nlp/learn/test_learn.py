"""Corpora, splits, figures and model folders."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file, save_file

from nlp.errors import ModelError, OptionError, WeightsChanged
from nlp.learn import card, corpora, registry
from nlp.learn.agreement import agreement, kappa
from nlp.learn.evaluate import held_out_interactions
from nlp.types import CATEGORIES, SENTIMENTS
from nlp.weights import digest

ROOT = Path(__file__).parents[3]
CORPUS = ROOT / "corpora" / "contact_centre"


def rows() -> list[dict[str, Any]]:
    """Every interaction of the project's own corpus."""
    return [
        json.loads(line)
        for file in sorted(CORPUS.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]


def test_every_label_of_the_own_corpus_holds() -> None:
    seen: set[str] = set()
    for row in rows():
        assert row["id"] not in seen
        seen.add(str(row["id"]))
        assert row["style"] in ("asr", "edited", "chat", "mail")
        for turn in row["turns"]:
            assert turn["text"].strip() == turn["text"] != ""
            if turn["speaker"] == "agent":
                assert "labels" not in turn
                continue
            assert turn["sentiment"] in SENTIMENTS
            for label in turn["labels"]:
                assert label["category"] in CATEGORIES
                assert label["quote"] in turn["text"]


def test_about_a_third_of_the_interactions_carries_nothing() -> None:
    kept = rows()
    empty = [row for row in kept if not any(t.get("labels") for t in row["turns"])]
    assert 0.25 < len(empty) / len(kept) < 0.42


def test_examples_carry_their_quotes_through_the_cut() -> None:
    examples = corpora.own(CORPUS)
    labels = sum(len(turn.get("labels", ())) for row in rows() for turn in row["turns"])
    assert sum(len(example.quotes) for example in examples) == labels
    for example in examples:
        for quote in example.quotes:
            assert example.text[quote.start : quote.end].strip()


def test_no_interaction_and_no_unseen_industry_is_on_both_sides() -> None:
    learned = corpora.to_learn(CORPUS, "train") + corpora.to_learn(CORPUS, "dev")
    fitted = [example for one in learned for example in one.examples]
    held = [example for one in held_out_interactions(CORPUS) for example in one.examples]
    assert not {e.group for e in fitted} & {e.group for e in held}
    assert not {e.industry for e in fitted} & corpora.UNSEEN_INDUSTRIES
    assert {e.industry for e in held} >= corpora.UNSEEN_INDUSTRIES
    assert len(fitted) + len(held) == len(corpora.own(CORPUS))


def test_only_the_evaluation_reads_the_test_split() -> None:
    # What stands in the code of a module, and the modules in which it may.
    allowed = {
        "held_out_interactions": ["evaluate.py"],
        # The second names the test splits of sets with names in them, which it loads.
        '== "test"': ["evaluate.py", "names_corpora.py"],
        "import evaluate": [],
        "nlp.learn.evaluate import": ["dossier.py", "measuring.py"],
        # The second measures what it has written, and chooses nothing by it.
        "import measuring": ["cli.py", "retrain.py"],
    }
    for words, modules in allowed.items():
        readers = [
            path.name
            for path in (ROOT / "nlp").rglob("*.py")
            if words in path.read_text(encoding="utf-8")
        ]
        assert sorted(readers) == modules, words


@pytest.mark.parametrize("name", corpora.PUBLIC)
def test_public_sets_are_the_pinned_ones(name: str, public_data: Path) -> None:
    examples = corpora.public(name, public_data)
    assert len(examples) > 300
    assert all(e.categories is not None or e.sentiment is not None for e in examples)


def test_a_changed_or_unknown_public_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"no public set 'reuters'; there are maalej_rej2015"):
        corpora.public("reuters", tmp_path)
    with pytest.raises(OptionError, match=r"missing: .* github.com/nltk/nltk_data"):
        corpora.public("pros_cons", tmp_path)
    file = tmp_path / corpora.PUBLIC["pros_cons"].file
    file.parent.mkdir(parents=True)
    file.write_text("label,text,mentions_doc\n", encoding="utf-8")
    with pytest.raises(OptionError, match="another file"):
        corpora.public("pros_cons", tmp_path)


def test_kappa_against_a_worked_example() -> None:
    # Two readers of 50 proposals: both yes 20, both no 15, only the first 5, only the second 10.
    first = ["y"] * 25 + ["n"] * 25
    second = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    observed, value = kappa(first, second)
    assert observed == pytest.approx(0.7)
    assert value == pytest.approx(0.4)


def test_the_corpus_card_quotes_the_agreement() -> None:
    found = agreement(CORPUS, CORPUS / "second_reader" / "labels.jsonl")
    text = (CORPUS / "card.md").read_text(encoding="utf-8")
    for one in found:
        assert f"| {one.label} | {one.passages} | {one.kappa:.2f} |" in text


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the committed model that may be broken."""
    return Path(shutil.copytree(registry.default_folder(), tmp_path / "model"))


def test_a_flipped_byte_is_refused(copy: Path) -> None:
    heads = copy / registry.HEADS
    broken = bytearray(heads.read_bytes())
    broken[-5] ^= 1
    heads.write_bytes(bytes(broken))
    with pytest.raises(WeightsChanged, match=r"heads\.safetensors: expected SHA-256"):
        registry.open_folder(copy)


def test_a_model_of_another_encoder_is_refused(copy: Path) -> None:
    path = copy / registry.DESCRIPTION
    description = json.loads(path.read_text(encoding="utf-8"))
    description["encoder"]["sha256"] = "0" * 64
    path.write_text(json.dumps(description), encoding="utf-8")
    with pytest.raises(ModelError, match="train it again with 'conduit train'"):
        registry.open_folder(copy)


def test_a_model_of_another_release_is_refused(copy: Path) -> None:
    tensors = load_file(copy / registry.HEADS)
    del tensors["categories/bias"]
    save_file(tensors, copy / registry.HEADS)
    path = copy / registry.DESCRIPTION
    description = json.loads(path.read_text(encoding="utf-8"))
    description["files"][registry.HEADS] = digest(copy / registry.HEADS)
    path.write_text(json.dumps(description), encoding="utf-8")
    with pytest.raises(ModelError, match="no tensor 'categories/bias': it was trained by another"):
        registry.open_folder(copy)


def test_a_missing_model_names_those_that_are_there() -> None:
    with pytest.raises(ModelError, match=r"model\.json is missing; beside it there are conduit-en"):
        registry.open_folder(registry.MODELS / "conduit-xx")


def test_the_card_and_the_readme_quote_the_committed_metrics() -> None:
    model = registry.open_folder()
    metrics = json.loads((model.folder / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["model_sha256"] == model.description["files"]
    assert (model.folder / "card.md").read_text(encoding="utf-8") == card.text(model, metrics)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "\n".join(card.figures(metrics)) in readme


def test_the_metrics_are_of_the_corpus_as_it_stands() -> None:
    metrics = json.loads((registry.default_folder() / "metrics.json").read_text(encoding="utf-8"))
    digests = {file.name: digest(file) for file in sorted(CORPUS.glob("*.jsonl"))}
    assert metrics["corpus_sha256"] == digests

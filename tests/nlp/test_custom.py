"""Categories of a team's own on the real model: learned, judged honestly, and in nobody's way."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from nlp.category_cli import app, read
from nlp.errors import ModelError, OptionError
from nlp.heads.custom import CustomCategory, checked_name
from nlp.learn import background, corpora
from nlp.learn.custom import Teacher
from nlp.learn.judging import Held, average_precision, judge
from nlp.learn.lessons import Fitted, Lesson
from nlp.learn.logistic import fit
from nlp.pipeline import Miner
from tests.nlp.conversations import interaction

ROOT = Path(__file__).parents[2]
KNOWN: dict[str, dict[str, Any]] = json.loads(
    (ROOT / "benchmarks" / "data" / "custom.json").read_text(encoding="utf-8")
)
CALL = interaction(
    ("agent", "How can I help?"),
    ("customer", "The kettle leaks, and I want to cancel my contract and go to somebody else."),
    ("agent", "I see."),
    (
        "customer",
        "Well the delivery came on Tuesday as you said it would and the box was fine, but there "
        "was smoke coming out of the plug and it burned my hand, so my wife put it outside.",
    ),
    ("agent", "Sorry."),
    ("customer", "Thank you, have a nice day."),
)


def lesson(name: str, size: int = 16, **more: Any) -> Lesson:
    return Lesson(
        name=name,
        examples=tuple(KNOWN[name]["examples"][:size]),
        counterexamples=tuple(KNOWN[name]["counterexamples"]),
        **more,
    )


@pytest.fixture(scope="module")
def teacher(miner: Miner) -> Teacher:
    return Teacher(miner)


@pytest.fixture(scope="module")
def fitted(teacher: Teacher) -> dict[str, Fitted]:
    return {name: teacher.fit(lesson(name, 32, precision=0.6)) for name in KNOWN}


@pytest.mark.parametrize("name", list(KNOWN))
def test_it_tells_what_it_never_saw(miner: Miner, fitted: dict[str, Fitted], name: str) -> None:
    category = fitted[name].category

    def chances(texts: Sequence[str]) -> Any:
        readings = miner.read([background.said(text) for text in texts])
        return np.array([category.probabilities(one.encoded[:1])[0] for one in readings])

    yes, no = chances(KNOWN[name]["test"]), chances(KNOWN[name]["test_not"])
    truth = np.repeat([True, False], [len(yes), len(no)])
    order = np.argsort(-np.concatenate([yes, no]), kind="stable")
    # Half of the best half would be chance.
    assert truth[order][: len(yes)].mean() >= 0.65
    assert np.median(yes) > 3 * np.median(no)


def test_the_same_lesson_gives_the_same_category(
    teacher: Teacher, fitted: dict[str, Fitted]
) -> None:
    again = teacher.fit(lesson("safety", 32, precision=0.6))
    assert again.category.as_json() == fitted["safety"].category.as_json()
    assert again.estimate == fitted["safety"].estimate


def test_other_findings_are_the_same_to_the_bit(miner: Miner, fitted: dict[str, Fitted]) -> None:
    plain = miner.mine([CALL])[0]
    everywhere = [replace(one.category, threshold=0.0) for one in fitted.values()]
    with_own = miner.with_categories(everywhere).mine([CALL])[0]
    assert tuple(one for one in with_own.findings if one.category not in fitted) == plain.findings
    assert with_own.vectors == plain.vectors
    assert with_own.arc == plain.arc
    assert with_own.sentiment == plain.sentiment
    assert len(with_own.findings) == len(plain.findings) + 2 * len(plain.passages)
    assert miner.mine([CALL])[0] == plain


def test_a_finding_quotes_the_telling_clause(miner: Miner, fitted: dict[str, Fitted]) -> None:
    everywhere = replace(fitted["safety"].category, threshold=0.0)
    found = miner.with_categories([everywhere]).mine_custom([CALL])[0]
    (burned,) = [one for one in found if one.turn == 3]
    assert "smoke" in burned.quote or "burned" in burned.quote
    assert len(burned.quote) < len(CALL.turns[3].text)
    assert CALL.turns[3].text[burned.start : burned.end] == burned.quote


def test_a_category_of_another_model_is_refused(miner: Miner, fitted: dict[str, Fitted]) -> None:
    value = {**fitted["safety"].category.as_json(), "digest": "other"}
    strange = CustomCategory.from_json(value, name="safety", threshold=0.5)
    with pytest.raises(ModelError, match="fit it again from its examples"):
        miner.with_categories([strange])


def test_numbers_survive_json(fitted: dict[str, Fitted]) -> None:
    category = fitted["safety"].category
    value = json.loads(json.dumps(category.as_json()))
    back = CustomCategory.from_json(value, name="safety", threshold=category.threshold)
    assert np.array_equal(back.weights, category.weights)
    assert back.bias == category.bias


def test_warnings_name_twins_contradictions_and_what_is_known_already(teacher: Teacher) -> None:
    twice = "My kettle broke and does not work any more"
    more = (twice, twice.replace("any more", "anymore"), "The phone broke and is dead")
    found = teacher.fit(
        Lesson(
            name="mixed",
            examples=(*KNOWN["churn_risk"]["examples"][:8], *more),
            counterexamples=("I want to cancel, how do I do that?",),
        )
    )
    told = "\n".join(found.warnings)
    assert "say the same" in told
    assert "example 1 and counterexample 1 say nearly the same" in told
    assert "expect the true precision between" in told


def test_examples_of_a_built_in_category_are_told(teacher: Teacher) -> None:
    plain = (
        "The app crashes every time I open it since the update",
        "My router keeps dropping the connection every evening",
        "The screen freezes and then it shows an error message",
        "It stopped working after two days, the motor is dead",
        "The website will not take my password, it gives an error",
        "The battery does not charge any more, it is broken",
        "The printer jams on every page and the scanner fails too",
        "Since the update it crashes and loses everything I typed",
    )
    told = "\n".join(teacher.fit(Lesson(name="faults", examples=plain)).warnings)
    assert "of 8 examples look like product_defect already" in told
    assert "no counterexamples" in told


def test_an_ordinary_passage_that_is_an_example_is_no_negative(teacher: Teacher) -> None:
    usual = background.ordinary()[0].text
    found = teacher.fit(Lesson(name="own", examples=(*KNOWN["safety"]["examples"][:8], usual)))
    assert found.estimate.background == background.SIZE - 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"examples": ("a",) * 7}, "7 examples: a category takes 8 to 500"),
        ({"examples": ("a",) * 501}, "say the same"),
        ({"examples": ("?!",) * 8}, "example 1 holds no words"),
        ({"name": "Safety First"}, "such as 'safety_first'"),
        ({"name": "feature_request"}, "built-in"),
        ({"name": "all"}, "all categories together"),
        ({"precision": 1.5}, "between 0 and 1"),
        ({"counterexamples": ("Sparks flew",)}, "example 8 and counterexample 1 are the same"),
    ],
)
def test_what_cannot_be_learned(teacher: Teacher, change: dict[str, Any], message: str) -> None:
    values: dict[str, Any] = {
        "name": "safety",
        "examples": (*(f"it burned {n}" for n in range(7)), "sparks flew"),
    }
    with pytest.raises(OptionError, match=message):
        teacher.fit(Lesson(**{**values, **change}))


@pytest.mark.parametrize("name", ["a", "safety", "churn_risk", "tier_2"])
def test_names_that_are_taken(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", "_a", "a__b", "2a", "a-b", "é", "a" * 49, "a\n"])
def test_names_that_are_not(name: str) -> None:
    with pytest.raises(OptionError, match="cannot name a category"):
        checked_name(name)


def test_the_estimate_of_pure_chance_promises_nothing() -> None:
    random = np.random.default_rng(1)
    truth = np.arange(330) < 30
    held = Held(truth, np.arange(330) >= 30, tuple(range(330)))
    noise = random.standard_normal(330)

    def guess(_train: Any, test: Any) -> Any:
        return noise[test]

    found = judge(held, guess, precision=0.8).estimate
    assert found.precision.low < 0.15
    assert found.average_precision.value < 0.2
    assert not found.reached


def test_the_estimate_of_what_is_easy_reaches_what_was_asked() -> None:
    truth = np.arange(330) < 30
    held = Held(truth, np.arange(330) >= 30, tuple(range(330)))

    def tell(_train: Any, test: Any) -> Any:
        return np.where(truth[test], 4.0, -4.0) + np.linspace(0, 1, len(test))

    found = judge(held, tell, precision=0.8).estimate
    assert found.reached
    assert found.recall.value == 1
    assert found.precision.value == 1
    assert 0.5 < found.precision.low < 1  # thirty examples do not prove perfection


def test_twins_are_held_out_together() -> None:
    truth = np.arange(40) < 10
    groups = (0, 0, 0, *range(3, 40))
    seen: list[set[int]] = []

    def note(_train: Any, test: Any) -> Any:
        seen.append(set(test.tolist()))
        return np.zeros(len(test))

    judge(Held(truth, np.arange(40) >= 20, groups), note, precision=0.8)
    assert any({0, 1, 2} <= rows for rows in seen)
    assert sorted(row for rows in seen for row in rows) == list(range(40))


def test_average_precision_of_a_perfect_order_is_one() -> None:
    truth = np.array([True, True, False, False])
    assert average_precision(np.array([4.0, 3.0, 2.0, 1.0]), truth) == 1
    assert average_precision(np.array([1.0, 2.0, 3.0, 4.0]), truth) < 0.1


def test_the_regression_finds_the_minimum() -> None:
    sklearn = pytest.importorskip("sklearn.linear_model")
    random = np.random.default_rng(0)
    features = random.standard_normal((60, 5))
    truth = (features @ np.array([1.0, -2.0, 0.5, 0, 0]) + random.standard_normal(60) > 0) * 1.0
    mass = random.uniform(0.5, 1.5, 60)
    line = fit(features, truth, mass, penalty=0.5)
    peer = sklearn.LogisticRegression(C=2.0, tol=1e-10, max_iter=10_000)
    peer.fit(features, truth, sample_weight=mass)
    assert np.allclose(line.weights, peer.coef_[0], atol=1e-4)
    assert line.bias == pytest.approx(peer.intercept_[0], abs=1e-4)


def test_the_ordinary_passages_come_from_the_train_split() -> None:
    usual = background.ordinary()
    assert len({one.text for one in usual}) == background.SIZE
    said = {"train": "", "dev": "", "test": ""}
    for file in sorted((ROOT / "corpora" / "contact_centre").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            turns = (turn["text"] for turn in row["turns"] if turn["speaker"] == "customer")
            said[corpora.split_of(row["id"], row["industry"])] += "\n".join(turns) + "\n"
    assert [one.text for one in usual if one.text not in said["train"]] == []


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr("nlp.cli.keep_pytorch_out", lambda: None)
    runner = CliRunner()
    folder = tmp_path / "own"
    examples, against = tmp_path / "yes.txt", tmp_path / "no.txt"
    examples.write_text("# safety\n\n" + "\n".join(KNOWN["safety"]["examples"][:10]) + "\n")
    against.write_text("\n".join(KNOWN["safety"]["counterexamples"]))
    where = ["--folder", str(folder)]
    run: Callable[..., Any] = lambda *words: runner.invoke(app, [*words, *where])  # noqa: E731
    added = run("add", "safety", str(examples), "--against", str(against), "--cache", str(cache))
    assert added.exit_code == 0, added.output
    assert "precision" in added.output
    assert "10 examples: expect" in added.output
    assert len(read(folder / "safety.json").lesson.examples) == 10
    twice = run("add", "safety", str(examples))
    assert isinstance(twice.exception, OptionError)
    assert "safety" in run("list").output
    call = tmp_path / "call.txt"
    call.write_text("Agent: Hello.\nCustomer: There was smoke and it burned my hand badly.\n")
    # Another model's is fitted anew before it is used.
    path = folder / "safety.json"
    value = json.loads(path.read_text())
    value["head"]["digest"], value["model"] = "other", "older"
    path.write_text(json.dumps(value))
    tried = run("try", "safety", str(call), "--threshold", "0.01", "--cache", str(cache))
    assert tried.exit_code == 0, tried.output
    assert "smoke" in tried.output
    assert "from older" in read(path).note
    assert run("remove", "safety").exit_code == 0
    assert isinstance(run("remove", "safety").exception, OptionError)

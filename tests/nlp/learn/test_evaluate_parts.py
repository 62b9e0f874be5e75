"""Breakdowns, confusion, the unsure band, the worst errors and comparisons, on made-up answers."""

import numpy as np
import pytest

from nlp.learn import breakdowns, compare, evaluate, tables
from nlp.learn.answers import QuoteAnswer
from nlp.learn.compare import Difference, Scored
from nlp.learn.worst import before, errors, predictions
from nlp.types import Interaction, Passage, Roles, Turn
from tests.nlp.learn.conftest import MakeAnswers, Row

DEFECT: Row = ("a", ["product_defect"], [0.9, 0.1, 0.1])
FALSE: Row = ("a", [], [0.8, 0.1, 0.1])
MISSED: Row = ("b", ["product_defect"], [0.2, 0.1, 0.1])
TAKEN: Row = ("b", ["feature_request"], [0.1, 0.7, 0.1])
BOTH: Row = ("c", ["product_defect", "documentation_error"], [0.9, 0.9, 0.1])
EMPTY: Row = ("c", [], [0.1, 0.1, 0.1])
ROWS = [DEFECT, FALSE, MISSED, TAKEN, BOTH, EMPTY]


def test_breakdowns_add_up(make_answers: MakeAnswers) -> None:
    found = breakdowns.breakdowns(make_answers(ROWS))
    assert found["industry"]["industry of a"] == {
        "passages": 2,
        "interactions": 1,
        "product_defect": {"tp": 1, "fp": 1, "fn": 0, "f1": 0.667},
        "documentation_error": {"tp": 0, "fp": 0, "fn": 0, "f1": None},
        "feature_request": {"tp": 0, "fp": 0, "fn": 0, "f1": None},
    }
    assert found["industry"]["industry of b"]["product_defect"]["fn"] == 1
    assert list(found["words"]) == ["1 to 5"]
    for parts in found.values():
        assert sum(part["passages"] for part in parts.values()) == len(ROWS)


@pytest.mark.parametrize(
    ("words", "name"),
    [(1, "1 to 5"), (5, "1 to 5"), (6, "6 to 15"), (30, "16 to 30"), (31, "31 or more")],
)
def test_bands_of_length(words: int, name: str) -> None:
    assert breakdowns.band(words) == name


def test_confusion_counts_what_is_wrong_off_its_diagonal(make_answers: MakeAnswers) -> None:
    answers = make_answers(ROWS)
    table = breakdowns.confusion(answers.gold, answers.found)
    assert table == {
        "product_defect": {
            "product_defect": 2, "documentation_error": 0, "feature_request": 0, "none": 1,
        },
        "documentation_error": {
            "product_defect": 0, "documentation_error": 1, "feature_request": 0, "none": 0,
        },
        "feature_request": {
            "product_defect": 0, "documentation_error": 1, "feature_request": 0, "none": 0,
        },
        "none": {
            "product_defect": 1, "documentation_error": 0, "feature_request": 0, "none": 1,
        },
    }  # fmt: skip


def test_the_unsure_band_goes_to_people(make_answers: MakeAnswers) -> None:
    answers = make_answers(ROWS, bands=[(0.15, 0.85), (0.5, 0.8), (0.5, 0.8)])
    band = evaluate.measure(answers)["unsure"]
    assert band["share"] == 0.5
    assert band["product_defect"] == {
        "low": 0.15,
        "high": 0.85,
        "share": 0.333,
        "passages": 2,
        "precision_within": 0.5,
        "precision_above": 1.0,
        "precision_above_interval": band["product_defect"]["precision_above_interval"],
        "recall_above": 0.667,
        "recall_within": 0.333,
    }
    low, high = band["product_defect"]["precision_above_interval"]
    assert low <= high == 1.0
    none = evaluate.measure(make_answers(ROWS))["unsure"]
    assert none["share"] == none["product_defect"]["recall_within"] == 0


def test_quotes_stand_beside_sentences_and_passages(make_answers: MakeAnswers) -> None:
    quotes = tuple(
        QuoteAnswer(
            passage=row,
            category=0,
            ours=ours,
            sentences=0.5,
            right_sentences=0.6,
            passage_whole=0.3,
        )
        for row, ours in ((0, 0.8), (2, 0.6), (4, 0.4))
    )
    found = evaluate.measure(make_answers(ROWS, quotes=quotes))["quotes"]
    assert found["product_defect"]["token_f1"] == 0.6
    assert found["product_defect"]["token_f1_interval"] == [0.4, 0.8]
    assert found["product_defect"]["token_f1_whole_passage"] == 0.3
    assert found["feature_request"]["token_f1"] is None


def test_the_worst_errors_are_of_both_kinds(make_answers: MakeAnswers) -> None:
    answers = make_answers(ROWS)
    everything = errors(answers)
    assert len(everything) == 4
    assert [one["log_loss"] for one in everything] == sorted(
        (one["log_loss"] for one in everything), reverse=True
    )
    first, second = errors(answers, 2)
    assert (first["error"], first["category"]) == ("missed", "feature_request")
    assert (second["error"], second["category"]) == ("false", "product_defect")
    assert second["text"] == "words a 1"
    assert second["gold"] == []
    assert second["before"] == [{"speaker": "customer", "text": "words a 0"}]


def test_one_kind_of_error_may_take_all_places(make_answers: MakeAnswers) -> None:
    assert [one["error"] for one in errors(make_answers([MISSED] * 5), 4)] == ["missed"] * 4
    assert errors(make_answers([DEFECT, EMPTY])) == []


def test_the_words_before_reach_into_the_same_turn() -> None:
    turns = tuple(
        Turn(index=index, speaker="agent" if index % 2 else "customer", text=f"turn {index} more")
        for index in range(4)
    )
    call = Interaction(
        id="x", source="x", format="corpus", channel="call", turns=turns,
        roles=Roles(source="file", confidence=1.0),
    )  # fmt: skip
    said = before(call, Passage(turn=3, start=7, end=11, text="more"))
    assert [one["text"] for one in said] == ["turn 1 more", "turn 2 more", "turn 3"]


def test_every_passage_is_told(make_answers: MakeAnswers) -> None:
    rows = predictions(make_answers(ROWS))
    assert [row["id"] for row in rows] == ["a", "a", "b", "b", "c", "c"]
    assert rows[4]["found"] == ["product_defect", "documentation_error"]
    assert rows[0]["sentiment_found"] == "neutral"


def test_a_better_model_is_named_and_chance_is_called_chance(make_answers: MakeAnswers) -> None:
    good = [(f"i{n}", DEFECT[1] if n % 2 else [], [0.9 if n % 2 else 0.1] * 3) for n in range(60)]
    poor = [(name, gold, [0.9, said[1], said[2]]) for name, gold, said in good]
    first, second = make_answers(good, model="good"), make_answers(poor, model="poor")
    found = compare.compare(first, second)
    one = found["F1 of product_defect"]
    assert [one.first, one.second] == pytest.approx([1, 2 / 3])
    assert one.interval is not None
    assert 0 < one.interval[0] < one.value < one.interval[1]
    assert one.p == pytest.approx(2 / 2001)
    assert compare.verdicts("good", "poor", found)["F1 of product_defect"] == "good is better"
    told = compare.summary("good", "poor", found)
    assert told.startswith("good is better at F1 of product_defect")
    turned = compare.summary("poor", "good", compare.compare(second, first))
    assert turned.startswith("good is better at F1 of product_defect")
    same = compare.as_json("good", "copy", compare.compare(first, first))
    assert same["summary"] == "good and copy reach the same figures."
    assert tables.comparison(same).rows[0][-1] == "the same"


def test_equal_models_with_other_errors_may_differ_by_chance() -> None:
    rng = np.random.default_rng(11)
    gold = rng.random(300) < 0.5
    sides = [Scored(gold ^ (rng.random(300) < 0.2), rng.random(300)) for _ in range(2)]
    found = compare.difference(np.arange(300), gold, *sides)
    assert found.p is not None
    assert found.p > 0.05
    assert compare.verdicts("a", "b", {"F1": found}) == {"F1": "may be chance"}
    assert "could not be chance" in compare.summary("a", "b", {"F1": found})


def test_many_looks_raise_every_p() -> None:
    def one(p: float | None) -> Difference:
        return Difference(first=1, second=0, value=1, interval=None, p=p)

    # Holm's own order: 3 * .01, then 2 * .02, then at least what stands before.
    raised = compare.adjusted({"x": one(0.02), "y": one(0.01), "z": one(0.03), "w": one(None)})
    assert raised == {"y": 0.03, "x": 0.04, "z": 0.04, "w": None}


def test_models_on_other_passages_are_not_compared(make_answers: MakeAnswers) -> None:
    with pytest.raises(ValueError, match="did not answer on the same passages"):
        compare.compare(make_answers(ROWS), make_answers(ROWS[:2]))


def test_a_bar_in_a_name_does_not_end_its_cell() -> None:
    table = tables.Table(title="t", head=("a", "b"), rows=(("x|y", "1"),), note="n")
    assert table.markdown() == ["| a | b |", "|---|---|", "| x\\|y | 1 |", "", "n"]

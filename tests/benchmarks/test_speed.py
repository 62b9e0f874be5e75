"""The speed benchmark measures what it says: loads, ratios and the processes of contenders."""

import io
import json
import math
from pathlib import Path

import pytest

from benchmarks.contenders import Lessons, Load, conversation, forget_peak, peak_mb, read_file
from benchmarks.speed import Contender, Cost, evenly, loads, started, table, windows_of

CALL = conversation(
    "a",
    [
        ("agent", "How can I help?"),
        ("customer", "The app crashes."),
        ("agent", "I see."),
        ("customer", "Yes"),
        ("customer", "Every single day it does."),
    ],
)
MAIL = conversation("b", [("customer", "Yes")], channel="email")


def written(folder: Path) -> Path:
    """A file as the benchmark writes it."""
    file = folder / "loads.json"
    made = {name: load.as_json() for name, load in loads([CALL, MAIL], 2).items()}
    learned = {"texts": ["it crashes", "it crashes", "thank you"], "labels": [[1], [1], [0]]}
    file.write_text(json.dumps({"loads": made, "lessons": learned}), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("count", "expected"), [(1, [5]), (2, [2, 7]), (5, [1, 3, 5, 7, 9]), (10, [*range(10)])]
)
def test_a_sample_lies_evenly(count: int, expected: list[int]) -> None:
    assert evenly(range(10), count) == expected


def test_more_than_there_is_gives_all() -> None:
    assert evenly("abc", 9) == ["a", "b", "c"]


def test_everybody_gets_the_same_passages() -> None:
    whole, distinct = loads([CALL, MAIL], 2).values()
    assert whole.interactions == (CALL, MAIL)
    assert whole.texts == ("The app crashes.", "Yes", "Every single day it does.", "Yes")
    assert whole.sample == ("Yes", "Every single day it does.")
    assert distinct.texts == ("The app crashes.", "Yes", "Every single day it does.")
    assert [[turn.text for turn in one.turns] for one in distinct.interactions] == [
        [text] for text in distinct.texts
    ]


def test_a_load_comes_back_from_its_file(tmp_path: Path) -> None:
    found, lessons = read_file(written(tmp_path))
    whole = found["whole"]
    assert [one.channel for one in whole.interactions] == ["call", "email"]
    assert [one.turns for one in whole.interactions] == [CALL.turns, MAIL.turns]
    assert whole.texts == loads([CALL, MAIL], 2)["whole"].texts
    assert lessons == Lessons(
        texts=("it crashes", "it crashes", "thank you"), labels=((True,), (True,), (False,))
    )


def test_equal_windows_of_a_batch_are_computed_once() -> None:
    assert windows_of([CALL, MAIL]) == (2, 2)
    assert windows_of([CALL, MAIL, CALL]) == (3, 2)
    assert windows_of([CALL, *[MAIL] * 31, CALL]) == (33, 3)  # the second call begins a batch


def cost(seconds: float, passages: int, *, peak: float = 100) -> Cost:
    return Cost(
        seconds=seconds, processor=2 * seconds, passages=passages, peak_mb=peak, loading_mb=50
    )


def test_the_ratio_is_the_median_of_the_rounds_ratios() -> None:
    lines = list(
        table(
            {
                "mine": [cost(1, 100), cost(4, 100), cost(1, 100, peak=123)],
                # A sample of ten: 10, 2.5 and 20 times as long a passage.
                "zero-shot": [cost(1, 10), cost(1, 10), cost(2, 10)],
            }
        )
    )
    assert [cell.strip() for cell in lines[2].split("|")][2:-1] == ["100", "1", "20", "123", "50"]
    assert [cell.strip() for cell in lines[3].split("|")][1:-1] == [
        "zero-shot NLI, BART-large's shape, PyTorch (sample)",
        "10",
        "10",
        "200",
        "100",
        "50",
    ]


def test_a_contender_that_dies_is_named() -> None:
    with pytest.raises(RuntimeError, match="contender 'tfidf' ended before it answered"):
        Contender("tfidf", io.StringIO(), io.StringIO())


@pytest.mark.slow
def test_a_contender_works_in_a_process_of_its_own(tmp_path: Path) -> None:
    with started("tfidf", written(tmp_path), 1) as contender:
        whole, distinct = contender.do("whole"), contender.do("distinct")
    assert (whole.passages, distinct.passages) == (4, 3)
    assert whole.seconds > 0
    assert whole.peak_mb > 0 or math.isnan(whole.peak_mb)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="not Linux")
def test_the_peak_sees_what_is_given_back() -> None:
    before = peak_mb()
    held = bytearray(b"x" * 150_000_000)
    assert peak_mb() > before + 100
    del held
    forget_peak()
    assert peak_mb() < before + 100


def test_a_load_is_a_value() -> None:
    assert loads([CALL], 1)["whole"] == Load(
        interactions=(CALL,),
        texts=("The app crashes.", "Yes", "Every single day it does."),
        sample=("The app crashes.",),
    )

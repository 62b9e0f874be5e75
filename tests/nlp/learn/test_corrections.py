"""Corrections: the file that carries them, and what is wrong with a line of one."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nlp.errors import BrokenInput, OptionError
from nlp.learn import corrections
from nlp.learn.corpora import Quote
from nlp.learn.corrections import Corrected, Judgement
from nlp.types import Interaction, Roles, Turn

PRIVATE = "my card ends in 4417 and the light is red"


def line(**changed: Any) -> dict[str, Any]:
    """One interaction with one judgement."""
    return {
        "id": "one",
        "channel": "call",
        "at": "2026-11-28T09:30:00+00:00",
        "industry": "routers",
        "turns": [
            {"speaker": "agent", "text": "How can I help?"},
            {"speaker": "customer", "text": PRIVATE},
        ],
        "judgements": [judgement()],
        **changed,
    }


def judgement(**changed: Any) -> dict[str, Any]:
    """What people say of the customer's turn."""
    return {
        "turn": 1,
        "start": 0,
        "end": len(PRIVATE),
        "categories": {"product_defect": True, "feature_request": False},
        "sentiment": "negative",
        "quotes": [{"category": "product_defect", "start": 25, "end": 41}],
        "people": 3,
        "share": 2 / 3,
        "reason": "unsure",
        "model": "conduit-en-1",
        **changed,
    }


def judged(**changed: Any) -> dict[str, Any]:
    """One interaction whose judgement is changed."""
    return line(judgements=[judgement(**changed)])


def quoted(**changed: Any) -> dict[str, Any]:
    """One interaction whose quote is changed."""
    return judged(quotes=[{"category": "product_defect", "start": 25, "end": 41, **changed}])


def write(path: Path, *rows: Any) -> Path:
    """A file of corrections; a string stands as it is."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    interaction = Interaction(
        id="one",
        source="one",
        format="corrections",
        channel="call",
        turns=(
            Turn(index=0, speaker="agent", text="How can I help?"),
            Turn(index=1, speaker="customer", text=PRIVATE),
        ),
        roles=Roles(source="file", confidence=1.0),
        metadata={"industry": "routers"},
    )
    expected = Corrected(
        interaction=interaction,
        judgements=(
            Judgement(
                turn=1,
                start=0,
                end=len(PRIVATE),
                categories={"product_defect": True, "feature_request": False},
                sentiment="negative",
                quotes=(Quote(category="product_defect", start=25, end=41),),
                people=3,
                share=2 / 3,
                reason="unsure",
                model="conduit-en-1",
            ),
        ),
        at=datetime(2026, 11, 28, 9, 30, tzinfo=UTC),
    )
    assert corrections.of_line(line()) == expected
    assert corrections.as_line(expected) == line()
    path = tmp_path / "corrections.jsonl"
    corrections.write_file(path, [expected])
    assert corrections.read_file(path) == [expected]


def test_what_nobody_said_may_be_left_out() -> None:
    short = {"turn": 1, "start": 0, "end": 5}
    row = line(judgements=[short])
    del row["at"], row["industry"]
    one = corrections.of_line(row)
    assert one.judgements == (Judgement(turn=1, start=0, end=5),)
    assert (one.at, one.interaction.metadata) == (None, {})


def test_no_line_is_no_correction(tmp_path: Path) -> None:
    assert corrections.read_file(write(tmp_path / "none.jsonl", "", "")) == []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{oops", r"no JSON \(.* at column 2\); one object a line is expected"),
        ([1], "an object is expected, not a list"),
        (line(id=" "), "id: a string with words is expected, it is empty"),
        (line(channel="fax"), "channel: one of call, email, chat is expected, not 'fax'"),
        (line(style=1), "style: a string is expected, not a number"),
        (line(at="yesterday"), "at: a time with its zone is expected, .*, not 'yesterday'"),
        (line(at="2026-11-28T09:30:00"), "at: a time with its zone is expected"),
        (line(turns=[]), "turns: at least one is expected"),
        (line(turns=[{"speaker": "Dana", "text": "x"}]), r"turns\[0\]\.speaker: one of agent"),
        (line(judgements=None), r"judgements: a list is expected .*, not nothing"),
        (line(judgements=[1]), r"judgements\[0\]: an object is expected, not a number"),
        (judged(turn=2), r"judgements\[0\]\.turn: a whole number from 0 to 1 is expected, not 2"),
        (judged(turn=True), r"\.turn: a whole number is expected, not true or false"),
        (judged(start=-1), r"\.start: a whole number from 0 to 40 is expected, not -1"),
        (judged(end=42), r"\.end: a whole number from 0 to 41 is expected, not 42"),
        (judged(start=5, end=5), r"\.end: a number above judgements\[0\]\.start is expected"),
        (judged(categories={"complaint": True}), r"\.categories: only .* not 'complaint'"),
        (
            judged(categories={"product_defect": None}),
            r"product_defect: true or false is expected, not nothing; leave out what nobody judged",
        ),
        (judged(sentiment="angry"), r"\.sentiment: one of .* is expected, not 'angry'"),
        (judged(people=0), r"\.people: a whole number of at least 1 is expected, not 0"),
        (judged(share=1.5), r"\.share: a number from 0 to 1 is expected"),
        (judged(share=True), r"\.share: a number from 0 to 1 is expected"),
        (judged(reason="bored"), r"\.reason: one of given, unsure, .* not 'bored'"),
        (judged(model=1), r"\.model: a string or null is expected"),
        (quoted(category="complaint"), r"quotes\[0\]\.category: one of .*, not 'complaint'"),
        (quoted(end=99), r"quotes\[0\]\.end: a whole number from 0 to 41 is expected, not 99"),
        (quoted(end=25), r"quotes\[0\]\.end: a number above judgements\[0\]\.quotes\[0\]\.start"),
    ],
)
def test_a_wrong_line_is_named_with_what_is_expected(
    tmp_path: Path, row: Any, message: str
) -> None:
    path = write(tmp_path / "corrections.jsonl", line(id="zero"), "", row)
    with pytest.raises(BrokenInput, match=message) as caught:
        corrections.read_file(path)
    told = str(caught.value)
    assert told.startswith(f"{path}, line 3: ")
    assert told.endswith("The format stands in docs/retraining.md.")
    assert "4417" not in told
    assert "Dana" not in told


def test_a_wrong_object_is_named_by_its_source() -> None:
    with pytest.raises(BrokenInput, match=r"^an export: id: a string with words is expected"):
        corrections.of_line(line(id=""), source="an export")


def test_the_same_interaction_twice_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "corrections.jsonl", line(), line())
    with pytest.raises(BrokenInput, match="line 2: id: 'one' is also that of line 1"):
        corrections.read_file(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"no corrections at .*: name a \.jsonl file"):
        corrections.read_file(tmp_path / "missing.jsonl")


def test_the_example_of_the_guide_keeps_the_format() -> None:
    guide = Path(__file__).parents[3] / "docs" / "retraining.md"
    text = guide.read_text(encoding="utf-8")
    one = corrections.of_line(json.loads(text.partition("```json\n")[2].partition("```")[0]))
    (judgement,) = corrections.to_learn(one).judged
    assert judgement is not None
    (quote,) = judgement.quotes
    turn = one.interaction.turns[1].text
    assert turn[quote.start : quote.end] == "there is no reset button"


def long_turn() -> Corrected:
    """A customer's turn that is cut into two passages, and a judgement of all of it."""
    first = " ".join(["the box came on time and I like it"] * 6) + "."
    second = " ".join(["then the pump began to leak again"] * 6) + "."
    text = f"{first} {second}"
    start = text.index("leak")
    return Corrected(
        interaction=Interaction(
            id="long",
            source="long",
            format="corrections",
            channel="call",
            turns=(
                Turn(index=0, speaker="customer", text=text),
                Turn(index=1, speaker="agent", text="I see."),
            ),
            roles=Roles(source="file", confidence=1.0),
        ),
        judgements=(
            Judgement(
                turn=0,
                start=0,
                end=len(text),
                categories={"product_defect": True, "feature_request": False},
                sentiment="negative",
                quotes=(Quote(category="product_defect", start=start, end=start + 4),),
            ),
            Judgement(turn=1, start=0, end=6, categories={"product_defect": False}),
        ),
    )


def test_a_judgement_of_more_than_a_passage_goes_where_its_quote_is() -> None:
    learnable = corrections.to_learn(long_turn())
    assert len(learnable.passages) == 2
    first, second = learnable.judged
    assert first is not None
    assert second is not None
    assert first.categories == {"feature_request": False}
    assert second.categories == {"product_defect": True, "feature_request": False}
    assert (first.sentiment, second.sentiment) == ("negative", "negative")
    (quote,) = second.quotes
    assert learnable.passages[1].text[quote.start : quote.end] == "leak"
    assert (second.start, second.end) == (
        learnable.passages[1].start,
        learnable.passages[1].end,
    )


def test_what_touches_no_passage_is_named() -> None:
    corrected = long_turn()
    learnable = corrections.to_learn(corrected)
    assert learnable.moved == (corrected.judgements[0],)
    assert learnable.lost == (corrected.judgements[1],)


@pytest.mark.parametrize(
    ("people", "share", "expected"),
    [(1, 1.0, 1.0), (3, 1.0, 2.0), (7, 1.0, 3.0), (2, 0.5, 0.0), (4, 0.25, 0.0)],
)
def test_people_who_agree_count(people: int, share: float, expected: float) -> None:
    judgement = Judgement(turn=0, start=0, end=1, people=people, share=share)
    assert corrections.mass(judgement) == pytest.approx(expected)

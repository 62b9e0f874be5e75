"""Reading labelled corpora: what is wrong, where, and the way out."""

import json
from pathlib import Path
from typing import Any

import pytest

from nlp.errors import BrokenInput, EmptyInput, OptionError, WrongEncoding
from nlp.learn import corpora

ROOT = Path(__file__).parents[3]
PRIVATE = "my card ends in 4417"


def interaction(**changed: Any) -> dict[str, Any]:
    """One labelled interaction."""
    return {
        "id": "one",
        "channel": "call",
        "industry": "routers",
        "style": "asr",
        "turns": [
            {"speaker": "agent", "text": "How can I help?"},
            customer("the light is red and it drops"),
        ],
        **changed,
    }


def customer(text: str, **changed: Any) -> dict[str, Any]:
    """One labelled turn of a customer."""
    return {"speaker": "customer", "text": text, "sentiment": "negative", "labels": [], **changed}


def write(path: Path, *rows: Any) -> Path:
    """A corpus file; a string stands as it is."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def label(quote: object, category: object = "product_defect") -> dict[str, Any]:
    """An interaction whose customer's turn carries this label."""
    return interaction(
        turns=[customer(PRIVATE, labels=[{"category": category, "quote": quote}])],
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{oops", r"no JSON \(.* at column 2\); one object a line is expected"),
        ("[" * 100_000, "nested too deeply"),
        ([1], "an object is expected, not a list"),
        (interaction(id=""), "id: a string with words is expected, it is empty"),
        (interaction(id=7), "id: a string with words is expected, not a number"),
        (interaction(channel="fax"), "channel: one of call, email, chat is expected, not 'fax'"),
        (interaction(industry=None), "industry: a string is expected, not nothing"),
        (interaction(turns=[]), "turns: at least one is expected"),
        (interaction(turns={}), "turns: a list is expected .*, not an object"),
        (interaction(turns=["hi"]), r"turns\[0\]: an object is expected, not a string"),
        (interaction(turns=[{"speaker": "Dana"}]), r"turns\[0\]\.speaker: one of agent, customer"),
        (interaction(turns=[{"speaker": "agent", "text": " "}]), r"turns\[0\]\.text: .* is empty"),
        (
            interaction(turns=[{"speaker": "agent", "text": "x", "labels": [1]}]),
            r"turns\[0\]\.labels: only turns of the customer carry labels",
        ),
        (
            interaction(turns=[customer(PRIVATE, sentiment="angry")]),
            r"turns\[0\]\.sentiment: one of negative, neutral, positive is expected, not 'angry'",
        ),
        (interaction(turns=[customer(PRIVATE, labels=None)]), r"labels: a list .*, not nothing"),
        (label("4417", "complaint"), r"labels\[0\]\.category: one of .*, not 'complaint'"),
        (label("4418"), r"labels\[0\]\.quote: does not stand in the turn's text letter by letter"),
        (label(None), r"labels\[0\]\.quote: a string with words is expected, not nothing"),
    ],
)
def test_a_wrong_line_is_named_with_what_is_expected(
    tmp_path: Path, row: Any, message: str
) -> None:
    path = write(tmp_path / "corpus.jsonl", interaction(id="zero"), row)
    with pytest.raises(BrokenInput, match=message) as caught:
        corpora.interactions(path)
    told = str(caught.value)
    assert told.startswith(f"{path}, line 2: ")
    assert told.endswith("The format stands in docs/evaluation.md.")
    assert "4417" not in told
    assert "Dana" not in told


def test_the_same_id_twice_is_told_with_both_places(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", interaction())
    write(tmp_path / "b.jsonl", interaction(id="two"), interaction())
    with pytest.raises(BrokenInput, match=r"b.jsonl, line 2: id: 'one' is also that of a.jsonl, l"):
        corpora.interactions(tmp_path)


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        OptionError, match=r"no corpus at .*missing: name a folder of \.jsonl files"
    ):
        corpora.interactions(tmp_path / "missing")
    with pytest.raises(EmptyInput, match=r"no \.jsonl file"):
        corpora.interactions(tmp_path)
    with pytest.raises(EmptyInput, match="no labelled interaction"):
        corpora.interactions(write(tmp_path / "a.jsonl", ""))


def test_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(json.dumps(interaction()).encode() + "\né".encode("latin-1"))
    with pytest.raises(WrongEncoding, match=r"byte \d+: is not UTF-8; convert it"):
        corpora.interactions(path)


def test_what_people_write_is_taken(tmp_path: Path) -> None:
    split = "the light\u2028is red"  # a line break to Python, and none to JSON
    row = interaction(turns=[customer(f" {split} ", labels=[{"category": "product_defect",
                                                            "quote": "is red "}])])  # fmt: skip
    del row["industry"], row["style"]
    path = tmp_path / "a.jsonl"
    path.write_text("\ufeff" + json.dumps(row, ensure_ascii=False) + "\r\n\n", encoding="utf-8")
    (one,) = corpora.interactions(path)
    (example,) = one.examples
    assert example.text == split
    assert (example.industry, example.style) == ("", "")
    assert example.text[example.quotes[0].start : example.quotes[0].end] == "is red"


def test_the_example_of_the_guide_is_a_corpus(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    example = json.loads(text.partition("```json\n")[2].partition("```")[0])
    (one,) = corpora.interactions(write(tmp_path / "corpus.jsonl", example))
    assert [quote.category for quote in one.examples[0].quotes] == ["documentation_error"]

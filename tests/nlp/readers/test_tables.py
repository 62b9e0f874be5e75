"""Columns that are guessed or named, rows that are calls or turns."""

import json

import pytest

from nlp.errors import BrokenInput, EmptyInput, OptionError
from nlp.readers import ReadOptions, read
from nlp.readers.jsonl_table import interaction_from_row
from nlp.types import Interaction, Rejected

OPTIONS = ReadOptions()


def row(values: dict[str, object], options: ReadOptions = OPTIONS) -> Interaction:
    return interaction_from_row(values, line=7, options=options, name="calls.jsonl")


@pytest.mark.parametrize(
    "name", ["transcript", "Content", "call_transcript", "BODY", "Message Text"]
)
def test_the_words_are_found_under_many_names(name: str) -> None:
    item = row({"case-id": 41, name: "Agent: hi\nCustomer: it hums", "product": "Halden Two"})
    assert [turn.text for turn in item.turns] == ["hi", "it hums"]
    assert (item.id, item.source) == ("41", "calls.jsonl:7")
    assert item.metadata == {"product": "Halden Two"}


def test_columns_may_be_named() -> None:
    options = ReadOptions(columns={"text": "notes", "id": "nr"})
    item = row({"nr": "9", "notes": "It hums all day.", "text": "not this"}, options)
    assert (item.id, item.turns[0].text) == ("9", "It hums all day.")
    with pytest.raises(OptionError, match="'word'; choose from text"):
        row({"notes": "x"}, ReadOptions(columns={"word": "notes"}))


def test_named_columns_make_a_table_of_any_file() -> None:
    data = b"nr,notes\n9,It hums all day.\n"
    (item,) = read(data, name="a.csv", options=ReadOptions(columns={"text": "notes"}))
    assert isinstance(item, Interaction)
    assert item.format == "csv_table"


def test_a_row_without_words() -> None:
    with pytest.raises(BrokenInput, match=r"calls.jsonl:7: no column for the words among 'nr'"):
        row({"nr": 1})
    with pytest.raises(EmptyInput, match="no words in column 'text'"):
        row({"text": "  "})


def test_a_mail_in_a_row_is_taken_apart_as_a_mail() -> None:
    body = "Hello,\n\nit hums.\n\n-- \nPia\n\nOn 1 May 2026 Halden wrote:\n> Does it hum?\n"
    item = row({"channel": "E-Mail", "subject": "Hum", "body": body})
    assert (item.channel, item.subject) == ("email", "Hum")
    assert [turn.text for turn in item.turns] == ["Hello,", "it hums."]
    assert {turn.speaker for turn in item.turns} == {"customer"}


def test_names_are_kept_apart_from_metadata_and_long_cells_left_out() -> None:
    item = row(
        {
            "text": "It hums.",
            "agent_name": "Mira Okafor",
            "customer": "C-1007",
            "notes_long": "x" * 500,
            "list": [1],
            "vip": True,
            "empty": None,
        }
    )
    assert item.names == ("Mira Okafor",)
    assert item.metadata == {"customer": "C-1007", "vip": "true"}


def test_our_own_object_in_a_row() -> None:
    item = row({"id": "z", "turns": [{"speaker": "customer", "text": "It hums.", "end": 2}]})
    assert (item.id, item.turns[0].speaker, item.turns[0].end) == ("z", "customer", 2.0)


def test_rows_of_turns_are_gathered_though_they_are_mixed() -> None:
    lines = [
        {"call_id": "a", "speaker": "agent", "text": "hi", "timestamp": "2026-05-01T10:00:00Z"},
        {"call_id": "b", "speaker": "agent", "text": "hello", "timestamp": "2026-05-01T11:00:00Z"},
        {"call_id": "a", "speaker": "customer", "text": "it", "timestamp": "2026-05-01T10:00:05Z"},
        {"call_id": "a", "speaker": "customer", "text": "", "timestamp": "2026-05-01T10:00:06Z"},
    ]
    data = "\n".join(json.dumps(line) for line in lines).encode()
    items = list(read(data, name="t.jsonl"))
    calls = [item for item in items if isinstance(item, Interaction)]
    assert [(call.id, [turn.text for turn in call.turns]) for call in calls] == [
        ("a", ["hi", "it"]),
        ("b", ["hello"]),
    ]
    assert [turn.start for turn in calls[0].turns] == [0.0, 5.0]
    assert calls[0].started_at is not None
    rejected = [item.source for item in items if isinstance(item, Rejected)]
    assert rejected == ["t.jsonl:4"]


def test_rows_of_turns_without_an_identifier_are_one_call() -> None:
    data = b"role\tmessage\nuser\tIt hums.\nagent\tI see.\n"
    (item,) = read(data, name="chat.tsv")
    assert isinstance(item, Interaction)
    assert [turn.speaker for turn in item.turns] == ["customer", "agent"]


def test_an_array_of_objects() -> None:
    data = json.dumps([{"text": "Agent: hi\nCustomer: no"}, 5, {"text": "It hums."}], indent=2)
    items = list(read(data.encode(), name="a.json"))
    assert [type(item).__name__ for item in items] == ["Interaction", "Rejected", "Interaction"]

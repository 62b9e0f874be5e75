"""The habits of labelling lines, and what only looks like a label."""

import pytest

from nlp.transcripts.labelled import parse

Turns = list[tuple[str | None, str]]

HABITS: list[tuple[str, Turns]] = [
    ("AGENT: hello\nCUSTOMER: hi", [("AGENT", "hello"), ("CUSTOMER", "hi")]),
    (
        "[00:12] Customer - it is\nbroken again\n[00:15] Agent - I see",
        [("Customer", "it is broken again"), ("Agent", "I see")],
    ),
    ("Rep (Dana): hi\nCaller: yes: it broke", [("Rep (Dana)", "hi"), ("Caller", "yes: it broke")]),
    ("00:00:12 Agent: hello\n00:00:15 Customer: hi", [("Agent", "hello"), ("Customer", "hi")]),
    ("Agent (00:12): hello\nCustomer (00:15): hi", [("Agent", "hello"), ("Customer", "hi")]),
    ("**Agent:** Hi\n\n**Customer:** It broke", [("Agent", "Hi"), ("Customer", "It broke")]),
    ("**Agent**: Hi\n**Customer**: Hm", [("Agent", "Hi"), ("Customer", "Hm")]),
    (
        "Agent: Hello. How? Customer: It broke. Agent: Fine.",
        [("Agent", "Hello. How?"), ("Customer", "It broke."), ("Agent", "Fine.")],
    ),
    (
        "Speaker 1  0:04\nHello there\n\nSpeaker 2  0:09\nHi",
        [("Speaker 1", "Hello there"), ("Speaker 2", "Hi")],
    ),
    ("AGENT\nHello\n\nCUSTOMER\nHi there", [("AGENT", "Hello"), ("CUSTOMER", "Hi there")]),
    ("[Agent] hello\n[Customer]: yes", [("Agent", "hello"), ("Customer", "yes")]),
    ("- Agent: hi\n- Customer: yo", [("Agent", "hi"), ("Customer", "yo")]),
    ("Agent\tHello\nCustomer\tHi", [("Agent", "Hello"), ("Customer", "Hi")]),
    ("Agent:\nHello you\n\nCustomer:\nYes", [("Agent", "Hello you"), ("Customer", "Yes")]),
    (
        "2026-05-01 10:22:31 Dana: hi\n2026-05-01 10:22:41 Lee: yes",
        [("Dana", "hi"), ("Lee", "yes")],
    ),
    (
        "'agent':'Hello.' , 'customer':'Hi it's me' , 'agent':'OK.'",
        [("agent", "Hello."), ("customer", "Hi it's me"), ("agent", "OK.")],
    ),
    (
        "Agent: one\nAgent: two\nCustomer: three",
        [("Agent", "one two"), ("Customer", "three")],
    ),
    (
        "Agent: hi\nCustomer: it says\nError: no signal\nhttp://halden.example: nothing",
        [("Agent", "hi"), ("Customer", "it says Error: no signal http://halden.example: nothing")],
    ),
    (
        "Agent: hi\nCustomer: bye\n[Call ends]\n--- End of transcript ---",
        [("Agent", "hi"), ("Customer", "bye")],
    ),
]
NO_LABELS = [
    "Dear all,\nNote: this is new\nError: none\nI said: hello",
    "I called them today. The agent said: no way. Then it broke.",
    "def f(x):\n  return: 1\nclass A: pass",
    "From: Pia\nTo: Halden\nSubject: remote\n\nIt is dead.",
    "Step 1: open it\nStep 2: close it",
    "",
]


@pytest.mark.parametrize(("text", "turns"), HABITS)
def test_each_habit(text: str, turns: Turns) -> None:
    found = parse(text)
    assert found is not None
    assert [(said.label, said.text.strip()) for said in found.said] == turns


@pytest.mark.parametrize("text", NO_LABELS)
def test_colons_in_other_texts_are_no_labels(text: str) -> None:
    assert parse(text) is None


def test_times_of_day_are_no_offsets() -> None:
    found = parse("[10:22 AM] Agent: hi\n[10:23 AM] Customer: yes")
    assert found is not None
    assert [said.start for said in found.said] == [None, None]
    found = parse("[01:02:03.5] Agent: hi\n[01:02:04] Customer: yes")
    assert found is not None
    assert [said.start for said in found.said] == [3723.5, 3724.0]


def test_a_heading_names_who_is_who() -> None:
    found = parse(
        "Call ID: 7\nDate: 2026-05-01\nAgent: Dana Ray\nCustomer: Lee\n\nDana: hi\nLee: yo"
    )
    assert found is not None
    assert [said.role for said in found.said] == ["agent", "customer"]
    assert found.headers == {"call id": "7", "date": "2026-05-01"}
    assert found.names == ("Dana Ray", "Lee")


@pytest.mark.parametrize("length", range(180, 210))
def test_long_lines_are_whole(length: int) -> None:
    words = " ".join(["ab c"] * 80)
    found = parse(f"Agent: {'x' * (length - 180)} {words}\nCustomer: hm")
    assert found is not None
    assert found.said[0].text.split() == [
        *(["x" * (length - 180)] * (length > 180)),
        *words.split(),
    ]

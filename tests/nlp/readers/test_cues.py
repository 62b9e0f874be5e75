"""Subtitle files with what the specification allows and exporters do."""

import pytest

from nlp.readers import read
from nlp.types import Interaction

Turns = list[tuple[str | None, str]]

CASES: list[tuple[str, Turns]] = [
    (
        "WEBVTT\n00:01.000 --> 00:02.000\n<v A>One\n00:02.000 --> 00:03.000\n<v B>Two",
        [("A", "One"), ("B", "Two")],
    ),
    (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Pia Ray>A &lt; B &amp; C</v>\n\n"
        "00:02.000 --> 00:03.000\n<v Bo>No",
        [("Pia Ray", "A < B & C"), ("Bo", "No")],
    ),
    (
        "WEBVTT\n\n7\n00:01.000 --> 00:02.000\n<v A><i><c.x>It</c> <lang de>brummt</lang></i>\n\n"
        "8\n00:02.000 --> 00:03.000\n<v B>7",
        [("A", "It brummt"), ("B", "7")],
    ),
    (
        "WEBVTT\n\nNOTE\nnot said\n\n00:01.000 --> 00:02.000\n<v A>said\n\nnot said either\n\n"
        "00:02.000 --> 00:03.000\n<v B>yes",
        [("A", "said"), ("B", "yes")],
    ),
    (
        "WEBVTT\n\n00:01.000 --> 00:02.000\nDana Ray: Hello.\n\n00:02.000 --> 00:03.000\n"
        "Lee: It hums\n\n00:03.000 --> 00:04.000\nall day.\n\n00:04.000 --> 00:05.000\n"
        "Dana Ray: Ok.\n\n00:05.000 --> 00:06.000\nLee: Yes.",
        [("Dana Ray", "Hello."), ("Lee", "It hums all day."), ("Dana Ray", "Ok."), ("Lee", "Yes.")],
    ),
    (
        "1\n00:00:01,000 --> 00:00:02,000\n- Does it hum?\n- It does.\n\n"
        "2\n00:00:02,000 --> 00:00:03,000\nAll day.",
        [(None, "Does it hum?"), (None, "It does."), (None, "All day.")],
    ),
    (
        "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}It <font color='red'>hums</font>\n\nall day.\n2\n"
        "00:00:02,000 --> 00:00:03,000\nYes.",
        [(None, "It hums all day."), (None, "Yes.")],
    ),
    (
        "WEBVTT\n\n00:01.000 --> 00:02.000\nYes.\n\n00:02.000 --> 00:03.000\nYes.",
        [(None, "Yes."), (None, "Yes.")],
    ),
    (
        "WEBVTT\n\n00:01.000 --> 00:02.000\nIt hums and\n\n00:02.000 --> 00:03.000\nI hear it. "
        "Dr.\n\n00:03.000 --> 00:04.000\nRay does too.",
        [(None, "It hums and I hear it."), (None, "Dr. Ray does too.")],
    ),
    ("WEBVTT\\n\\n00:01.000 --> 00:02.000\\n<v A>One\\n", [("A", "One")]),
    ("```WEBVTT\n\n00:01.000 --> 00:02.000\n<v A>One```", [("A", "One")]),
]


@pytest.mark.parametrize(("text", "turns"), CASES)
def test_cues(text: str, turns: Turns) -> None:
    (item,) = read(text.encode(), name="x")
    assert isinstance(item, Interaction)
    assert item.format in ("webvtt", "srt")
    assert [(turn.label, turn.text) for turn in item.turns] == turns


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings_of_subtitles(encoding: str) -> None:
    for text in (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v A>größer",
        "1\n00:00:01,000 --> 00:00:02,000\nA: größer",
    ):
        (item,) = read(text.encode(encoding), name="x")
        assert isinstance(item, Interaction)
        assert item.turns[0].text.endswith("größer")

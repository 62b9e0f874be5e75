"""What recognisers leave is taken out, and nothing that a person said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.clean.transcript import clean


@pytest.mark.parametrize(
    ("noisy", "words"),
    [
        ("It [inaudible] broke", "It broke"),
        ("[crosstalk 00:01:02] yes", "yes"),
        ("(laughs) sure", "sure"),
        ("so <unk> it hums </s>", "so it hums"),
        ("%HESITATION it hums", "it hums"),
        (">> It hums", "It hums"),
        ("It [00:12:03] hums (00:12:04) now", "It hums now"),
        ("♪ it hums ♪", "it hums"),
        ("[MUSIC PLAYING] hello", "hello"),
        ("[BLANK_AUDIO]", ""),
        ("um, uh, it hums", "um, it hums"),
        ("it\u200b hums\x00", "it hums"),
        ("  it \t hums  ", "it hums"),
        ("one\n\n\ntwo", "one\ntwo"),
        (".", ""),
    ],
)
def test_noise(noisy: str, words: str) -> None:
    assert clean(noisy) == words


@pytest.mark.parametrize(
    "words",
    [
        "My name is [NAME] and my card is [PII]",
        "It hums (only at night) and <3 stars",
        "The meeting is at (10:30), I think",
        "um, it hums",
        "The music stopped and I laughed",
        "x > y and a >= b",
        "very very bad",
        "call [PERSON_1] on [PHONE_1]",
        "The D major chord hums",
    ],
)
def test_what_carries_meaning_stays(words: str) -> None:
    assert clean(words) == words


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing_and_adds_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not set(once) - set(text) - {" ", "\n"}

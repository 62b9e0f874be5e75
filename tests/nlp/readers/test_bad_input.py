"""What cannot be read is refused with an error that says what, where, and the way out."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.errors import (
    BinaryInput,
    BrokenInput,
    EmptyInput,
    OptionError,
    ReadError,
    TooLarge,
    UnknownFormat,
    WrongEncoding,
)
from nlp.readers import READERS, ReadOptions, read
from nlp.types import Interaction, Rejected

CASES: list[tuple[bytes, type[ReadError], str]] = [
    (b"", EmptyInput, "no bytes"),
    (b" \r\n\t \n", EmptyInput, "white space"),
    (b"\xef\xbb\xbf", EmptyInput, "no words|nothing"),
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", BinaryInput, "a PNG image"),
    (b"\xff\xd8\xff\xe0\x00\x10JFIF", BinaryInput, "a JPEG image"),
    (b"%PDF-1.7\n%\xe2\xe3", BinaryInput, "a PDF document"),
    (b"RIFF\x24\x08\x00\x00WAVEfmt ", BinaryInput, "a WAV recording"),
    (b"ID3\x04\x00\x00\x00\x00\x00#TSSE", BinaryInput, "an MP3 recording"),
    (b"OggS\x00\x02\x00\x00", BinaryInput, "an Ogg recording"),
    (b"\x7fELF\x02\x01\x01\x00", BinaryInput, "an executable"),
    (b"MZ\x90\x00\x03\x00\x00\x00", BinaryInput, "an executable"),
    (b"\x1f\x8b\x08\x00abc", BinaryInput, "a gzip archive"),
    (b"Agent: hello\nCustomer: h\x00i", BinaryInput, "NUL byte"),
    (b'{"results": {"items": [', BrokenInput, "not valid JSON.*column|column.*not valid JSON"),
    (b'[{"text": "Agent: hello, how are you doing today my friend"', BrokenInput, "not valid JSON"),
    (b"[" * 200_000, BrokenInput, "nested too deeply|not valid JSON"),
    (b'{"a":' * 200_000, BrokenInput, "nested too deeply|not valid JSON"),
    (b'{"unknown": {"shape": [1, 2]}}', UnknownFormat, "no format recognises"),
    (b"[1, 2, 3]", UnknownFormat, "no format recognises"),
    (b"1;2;3\n4;5;6\n7;8;9\n", UnknownFormat, "no format recognises"),
    (b"def f(x):\n    return {x: [x ** 2]}\n", UnknownFormat, "Name one with format="),
    (b"aGVsbG8gd29ybGQgdGhpcyBpcyBiYXNlNjQ=", UnknownFormat, "no format recognises"),
    (b"WEBVTT\n\n00:01 -> 00:02\nhello\n", BrokenInput, "no cue with a timing"),
    (b"WEBVTT\n\n00:01.000 --> 00:02.000\n\n", EmptyInput, "no words"),
    (b'{"results": {"transcripts": [], "items": 7}}', BrokenInput, "results.items: expected an ar"),
    (
        b'{"Transcript": [{"ParticipantRole": "AGENT", "Content": []}]}',
        BrokenInput,
        "expected text",
    ),
    (b'{"turns": [{"speaker": "agent", "text": ""}]}', EmptyInput, "no words"),
    (
        b'{"turns": [{"speaker": "agent", "text": "hi", "start": -1}]}',
        BrokenInput,
        "start: not a n",
    ),
    (b'{"text": "hi there", "channel": "fax"}', BrokenInput, "choose from call, email, chat"),
    (b'{"text": "hi there", "started_at": "soon"}', BrokenInput, "ISO 8601"),
]


@pytest.mark.parametrize(("data", "error", "match"), CASES)
def test_what_cannot_be_read(data: bytes, error: type[ReadError], match: str) -> None:
    with pytest.raises(error, match=match) as caught:
        list(read(data, name="input.bin"))
    assert caught.value.source == "input.bin"


def test_bytes_that_are_not_in_the_encoding_asked_for() -> None:
    data = "Agent: grüß Gott\nCustomer: ja".encode("cp1252")
    with pytest.raises(WrongEncoding, match="byte 9: not text in utf-8"):
        read(data, name="a.txt", options=ReadOptions(encoding="utf-8"))
    (item,) = read(data, name="a.txt", options=ReadOptions(encoding="cp1252"))
    assert isinstance(item, Interaction)
    assert item.turns[0].text == "grüß Gott"


def test_unknown_names_are_answered_with_the_choices() -> None:
    with pytest.raises(OptionError, match=r"'vtt'; choose from .*webvtt"):
        read(b"Agent: hi", name="a", format="vtt")
    with pytest.raises(OptionError, match="'klingon'"):
        read(b"Agent: hi", name="a", options=ReadOptions(encoding="klingon"))
    with pytest.raises(OptionError, match="'words'; choose from text, id"):
        read(b"text\nhi", name="a", format="csv_table", options=ReadOptions(columns={"words": "x"}))
    with pytest.raises(OptionError, match="'notes'; the header row has 'a', 'b'"):
        read(b"a,b\n1,2", name="a", options=ReadOptions(columns={"text": "notes"}))


def test_the_limit_is_named() -> None:
    with pytest.raises(TooLarge, match="11 bytes, the limit is 10"):
        read(b"Agent: hi!!", name="a.txt", options=ReadOptions(max_bytes=10))


def test_a_forced_format_that_does_not_fit() -> None:
    for key in READERS:
        with pytest.raises(ReadError, match=r"a\.txt"):
            list(read(b"\x01\x02 ?? ::", name="a.txt", format=key))


def test_a_bad_line_does_not_spoil_the_others() -> None:
    lines = ['{"id": "1", "text": "Agent: hi\\nCustomer: it broke"}', "{", "[]", '{"id": "2"}']
    items = list(read("\n".join(lines).encode(), name="t.jsonl"))
    assert [type(item).__name__ for item in items] == ["Interaction", *["Rejected"] * 3]
    rejected = [item for item in items if isinstance(item, Rejected)]
    assert [item.source for item in rejected] == ["t.jsonl:2", "t.jsonl:3", "t.jsonl:4"]
    assert all(item.code == "broken" for item in rejected)


def test_errors_hold_no_words_of_the_interaction() -> None:
    rare = "zanzibar"
    bodies = [
        {"turns": [{"speaker": "agent", "text": rare}, {"speaker": "agent", "text": [rare]}]},
        {"Transcript": [{"ParticipantRole": "AGENT", "Content": {"a": rare}}]},
        {"results": {"transcripts": [{"transcript": rare}], "items": [rare]}},
        {"text": rare, "started_at": rare},
    ]
    for body in bodies:
        with pytest.raises(ReadError, match="input") as caught:
            list(read(json.dumps(body).encode(), name="input"))
        assert rare not in str(caught.value)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_raise_nothing_but_read_errors(data: bytes) -> None:
    try:
        items = list(read(data, name="random"))
    except ReadError:
        return
    assert items


# What the formats look for.
_NAMES = """
    results items alternatives transcript transcripts words text segments turns
    speaker Transcript Participants ParticipantRole Content SpeechSegments channels
    utterances recognizedPhrases phrases combinedPhrases nBest conversations
    conversationItems analysisInput speaker_labels timestamps final job speakers
    format type start end id messages content audio_url language metadata contents
    transcriptPhrases
"""
FIELDS = _NAMES.split()

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=400, deadline=None)
@given(JSON)
def test_json_of_any_shape_raises_nothing_but_read_errors(value: object) -> None:
    try:
        items = list(read(json.dumps(value).encode(), name="random.json"))
    except ReadError:
        return
    for item in items:
        if isinstance(item, Interaction):
            assert [turn.index for turn in item.turns] == list(range(len(item.turns)))
            assert all(turn.text == turn.text.strip() != "" for turn in item.turns)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["WEBVTT\n\n", "1\n", "", "speaker,text\n", "Agent: hi\n", "From: a\n"]),
    st.lists(
        st.sampled_from(
            ["Agent: hi", "Customer - no", "00:01.000 --> 00:02.000", "<v A>b</v", "", '"', "a,b",
             "[00:12] B: c", "**x:** y **z:**", "> q", "1", "{", "Date: 1", "'a':'b'", "\\n"]
        ),
        max_size=12,
    ),
)  # fmt: skip
def test_lines_of_any_kind_raise_nothing_but_read_errors(head: str, lines: list[str]) -> None:
    try:
        items = list(read((head + "\n".join(lines)).encode(), name="random.txt"))
    except ReadError:
        return
    assert items

"""Every format has a row, a file and a sample, and each sample is read to the exact turns."""

from collections import Counter
from pathlib import Path

import pytest

from nlp.readers import READERS, read
from nlp.types import Interaction, Rejected

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "tests" / "data" / "transcripts"
MAIL_SAMPLES = ROOT / "tests" / "data" / "mail"
# Files of the package that are no format, and keys that are not called as their file is.
NO_FORMAT = {"__init__", "__main__", "base"}
FILES = {"zip": "zip_archive"}

CALL = [
    ("agent", "Thank you for calling Halden Audio, this is Mira. How can I help you?"),
    (
        "customer",
        "Hi, my Halden Two soundbar cuts out every few minutes. "
        "The app says firmware 3.1 is current.",
    ),
    ("agent", "I'm sorry to hear that. Can you tell me whether the light is blue or white?"),
    ("customer", "It's white. And the guide says it should be green, so which is it?"),
]
# The same call as every recogniser writes it: sample, format, labels, id, how roles were found.
CALLS = [
    ("assemblyai.json", "assemblyai", ("speaker A", "speaker B"), "halden-0011", "inferred"),
    ("aws_call_analytics.json", "aws_call_analytics", ("AGENT", "CUSTOMER"), "halden-0003", "file"),
    ("aws_contact_lens.json", "aws_contact_lens", ("a7", "c3"), "halden-0004", "file"),
    ("aws_contact_lens.chat.json", "aws_contact_lens", ("a7", "c3"), "halden-0005", "file"),
    ("aws_pca.json", "aws_pca", ("Agent", "Customer"), "halden-0006", "file"),
    ("aws_transcribe.json", "aws_transcribe", ("spk_0", "spk_1"), "halden-0001", "inferred"),
    ("aws_transcribe.channels.json", "aws_transcribe", ("ch_0", "ch_1"), "halden-0002", "inferred"),
    ("azure_batch.json", "azure_batch", ("speaker 1", "speaker 2"), None, "inferred"),
    ("azure_batch.fast.json", "azure_batch", ("channel 0", "channel 1"), None, "inferred"),
    ("conduit_json.json", "conduit_json", (None, None), "halden-0013", "file"),
    ("deepgram.json", "deepgram", ("speaker 0", "speaker 1"), "halden-0009", "inferred"),
    ("deepgram.channels.json", "deepgram", ("channel 0", "channel 1"), "halden-0010", "inferred"),
    ("google_speech.json", "google_speech", ("speaker 1", "speaker 2"), None, "inferred"),
    (
        "google_speech.channels.json",
        "google_speech",
        ("channel 1", "channel 2"),
        "operations/77",
        "inferred",
    ),
    ("speechmatics.json", "speechmatics", ("S1", "S2"), "halden0012", "inferred"),
    ("whisperx.json", "whisperx", ("SPEAKER_00", "SPEAKER_01"), None, "inferred"),
]
# Samples of other shapes: each interaction's turns as (speaker, label), a code for a rejected part.
OTHERS: list[tuple[str, str, list[list[tuple[str, str | None]] | str]]] = [
    (
        "azure_conversation.json",
        "azure_conversation",
        [[("agent", "Agent_1"), ("customer", "Customer_1")] * 2, "empty"],
    ),
    (
        "aws_contact_lens.printed.json",
        "aws_contact_lens",
        [[("agent", "AGENT"), ("customer", "CUSTOMER")]],
    ),
    (
        "conduit_json.lines.jsonl",
        "conduit_json",
        [
            [("customer", None)] * 2,
            [("other", "Bot"), ("customer", "Guest")],
            "broken",
            "broken",
        ],
    ),
    (
        "csv_table.csv",
        "csv_table",
        [
            [("agent", "Agent"), ("customer", "Customer")],
            [("agent", "AGENT"), ("customer", "CUSTOMER")],
            "empty",
            "broken",
        ],
    ),
    (
        "csv_table.turns.csv",
        "csv_table",
        [
            [("agent", "Agent"), ("customer", "Customer"), ("customer", "Customer")],
            [("agent", "Agent"), ("customer", "Customer")],
        ],
    ),
    ("ibm_watson.json", "ibm_watson", [[("agent", "speaker 0"), ("customer", "speaker 1")] * 2]),
    (
        "jsonl_table.jsonl",
        "jsonl_table",
        [
            [("agent", "Agent"), ("customer", "Customer")],
            "broken",
            "empty",
            [("customer", "user"), ("agent", "assistant")],
        ],
    ),
    (
        "jsonl_table.turns.jsonl",
        "jsonl_table",
        [
            [("agent", "agent"), ("customer", "customer"), ("customer", "customer")],
            [("customer", "customer")],
        ],
    ),
    (
        "labelled_text.txt",
        "labelled_text",
        [
            [
                ("agent", "Rep (Mira)"),
                ("customer", "Caller"),
                ("agent", "Rep (Mira)"),
                ("agent", "Supervisor (Jo)"),
            ]
        ],
    ),
    (
        "labelled_text.markdown.txt",
        "labelled_text",
        [[("agent", "Agent"), ("customer", "Customer")] * 2],
    ),
    (
        "plain_text.txt",
        "plain_text",
        [
            [
                *[("agent", None)] * 2,
                *[("customer", None)] * 2,
                *[("agent", None)] * 2,
                ("customer", None),
                *[("agent", None)] * 2,
                ("customer", None),
            ]
        ],
    ),
    ("plain_text.mail.txt", "plain_text", [[("customer", None)] * 3]),
    ("srt.srt", "srt", [[("agent", "Agent"), ("customer", "Customer"), ("agent", "Agent")]]),
    ("webvtt.vtt", "webvtt", [[("agent", "Agent"), ("customer", "Customer")] * 2]),
    ("webvtt.rolling.vtt", "webvtt", [[("agent", None)]]),
    (
        "whisper.json",
        "whisper",
        [[*[("agent", None)] * 2, *[("customer", None)] * 2] * 2],
    ),
]


def sample(name: str) -> list[Interaction | Rejected]:
    return list(read((SAMPLES / name).read_bytes(), name=name))


def test_the_files_of_the_package_are_the_rows_of_the_dict() -> None:
    files = {path.stem for path in (ROOT / "nlp" / "readers").glob("*.py")} - NO_FORMAT
    assert files == {FILES.get(key, key) for key in READERS}


@pytest.mark.parametrize("key", READERS)
def test_each_format_has_a_sample_that_is_read_as_that_format(key: str) -> None:
    found = [*SAMPLES.glob(f"{key}.*"), *MAIL_SAMPLES.glob(f"{key}.*")]
    assert found, f"no sample tests/data/*/{key}.*"
    for path in found:
        items = list(read(path.read_bytes(), name=path.name))
        formats = {item.format for item in items if isinstance(item, Interaction)}
        # Archives and mailboxes hold other formats.
        assert formats == {key} or key in ("zip", "mbox")
        assert formats


def test_each_sample_is_in_one_of_the_tables() -> None:
    names = {row[0] for row in CALLS} | {row[0] for row in OTHERS}
    assert names == {path.name for path in SAMPLES.iterdir()}


@pytest.mark.parametrize(("name", "key", "labels", "identifier", "source"), CALLS)
def test_a_call_is_the_same_whoever_transcribed_it(
    name: str, key: str, labels: tuple[str, str], identifier: str | None, source: str
) -> None:
    (item,) = sample(name)
    assert isinstance(item, Interaction)
    assert item.format == key
    assert [(turn.speaker, turn.text) for turn in item.turns] == CALL
    assert [turn.label for turn in item.turns] == [*labels, *labels]
    assert [turn.index for turn in item.turns] == [0, 1, 2, 3]
    assert item.roles.source == source
    assert item.id == identifier or (identifier is None and len(item.id) == 16)
    if item.channel == "call":
        starts = [turn.start for turn in item.turns]
        assert starts == pytest.approx([0.4, 5.3, 11.6, 16.1])
        assert [turn.end for turn in item.turns] == pytest.approx([4.9, 11.2, 15.8, 20.3], abs=0.05)


@pytest.mark.parametrize(("name", "key", "expected"), OTHERS)
def test_samples_of_other_shapes(
    name: str, key: str, expected: list[list[tuple[str, str | None]] | str]
) -> None:
    items = sample(name)
    got = [
        item.code
        if isinstance(item, Rejected)
        else [(turn.speaker, turn.label) for turn in item.turns]
        for item in items
    ]
    assert got == expected
    assert {item.format for item in items if isinstance(item, Interaction)} == {key}


def test_what_stands_beside_the_words_is_kept() -> None:
    (item,) = sample("labelled_text.txt")
    assert isinstance(item, Interaction)
    assert item.id == "halden-0026"
    assert item.started_at is not None
    assert item.started_at.isoformat() == "2026-03-02T13:00:00+00:00"
    assert item.metadata == {"product": "Halden Two", "summary": "cuts out, E12"}
    assert set(item.names) == {"Mira Okafor", "Theo Lindqvist", "Mira", "Jo"}
    assert "Error: E12 is what it shows, and the guide does not know it." in item.turns[1].text
    assert not any("hold music" in turn.text for turn in item.turns)


def test_rolling_captions_say_everything_once() -> None:
    (item,) = sample("webvtt.rolling.vtt")
    assert isinstance(item, Interaction)
    words = "thank you for calling halden audio yes yes my bar hums"
    assert [turn.text for turn in item.turns] == [words]


def test_the_same_bytes_give_the_same_identifiers() -> None:
    for path in SAMPLES.iterdir():
        first = [item.id for item in sample(path.name) if isinstance(item, Interaction)]
        again = [item.id for item in sample(path.name) if isinstance(item, Interaction)]
        assert first == again
        assert max(Counter(first).values()) == 1


@pytest.mark.parametrize(
    ("name", "turns", "identifier", "began", "metadata"),
    [
        (
            "thermostat-guide-step-four.txt",
            21,
            "OTM-C-20260916-0031",
            "2026-09-16T09:12:00+00:00",
            {"product": "Tamsel 2", "region": "UK"},
        ),
        (
            "long-call-whole-house-set-up.txt",
            74,
            "OTM-C-20261008-0107",
            "2026-10-08T14:03:00+00:00",
            {"product": "Tamsel 2", "version": "2.1", "region": "UK"},
        ),
    ],
)
def test_a_heading_above_a_call_goes_where_it_belongs(
    name: str, turns: int, identifier: str, began: str, metadata: dict[str, str]
) -> None:
    data = (ROOT / "corpora" / "samples" / name).read_bytes()
    (item,) = read(data, name=name)
    assert isinstance(item, Interaction)
    assert len(item.turns) == turns
    assert {turn.speaker for turn in item.turns} == {"agent", "customer"}
    assert item.id == identifier
    assert item.started_at is not None
    assert item.started_at.isoformat() == began
    assert item.metadata == metadata
    assert item.roles.source == "file"


def test_what_the_caller_gave_the_recogniser_is_metadata() -> None:
    (deepgram,) = sample("deepgram.json")
    (speechmatics,) = sample("speechmatics.json")
    assert isinstance(deepgram, Interaction)
    assert isinstance(speechmatics, Interaction)
    assert deepgram.metadata == {"product": "Halden Two", "region": "UK"}
    assert speechmatics.metadata == {"language": "en", "title": "Halden", "product": "Halden Two"}

"""Public samples of recognisers' output, read to the turns and speakers that stand in each file.

The counts were found by looking into the files: neighbouring segments of one speaker are one turn;
where nobody is told apart a sentence is one turn, or a cue that begins with a capital.
"""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from nlp.readers import read
from nlp.types import Interaction

DATA = os.environ.get("CONDUIT_DATA") or None  # empty is none
pytestmark = pytest.mark.skipif(DATA is None, reason="CONDUIT_DATA names no directory of data")
VENDORS = Path(DATA or ".") / "fixtures" / "vendor_transcript_formats"
CALLS = Path(DATA or ".") / "train" / "ms_ckm_call_transcripts"

# File, format, turns by label.
EXPECTED: list[tuple[str, str, dict[str | None, int]]] = [
    ("assemblyai/assemblyai_utterances.json", "assemblyai", {"speaker A": 3}),
    (
        "aws_contact_lens/contact_lens_example_1.json",
        "aws_contact_lens",
        {"AGENT": 5, "CUSTOMER": 5},
    ),
    (
        "aws_contact_lens/contact_lens_example_1_repaired.json",
        "aws_contact_lens",
        {"AGENT": 5, "CUSTOMER": 5},
    ),
    ("aws_pca/testfile.json", "aws_pca", {"Agent": 6, "Customer": 6}),
    (
        "aws_transcribe_call_analytics/example-call.json",
        "aws_call_analytics",
        {"AGENT": 19, "CUSTOMER": 18},
    ),
    ("aws_transcribe_standard/amazonTranscribe.sample.json", "aws_transcribe", {None: 98}),
    (
        "azure_batch_transcription/batch_pretranscribed.json",
        "azure_batch",
        {"speaker 1": 8, "speaker 2": 8},
    ),
    (
        "azure_batch_transcription/cu_pretranscribed.json",
        "azure_batch",
        {"Agent": 8, "Customer": 8},
    ),
    (
        "azure_batch_transcription/transcriptSample.json",
        "azure_batch",
        {"speaker 1": 2, "speaker 2": 1},
    ),
    (
        "azure_conversation/Json_input_customer_support.json",
        "azure_conversation",
        {"Agent": 8, "Customer": 7},
    ),
    ("azure_conversation/customer-sample4.txt", "labelled_text", {"agent": 4, "customer": 3}),
    (
        "azure_conversation/sample0_insurance.wav.results.txt",
        "webvtt",
        {"Agent": 8, "Customer": 8},
    ),
    ("deepgram/dg_speakers.json", "deepgram", {"speaker 0": 2, "speaker 1": 5, "speaker 2": 3}),
    ("deepgram/dg_transcription.json", "deepgram", {None: 2}),
    ("deepgram/dg_utterances.json", "deepgram", {None: 2}),
    ("deepgram/dg_whisper_transcription.json", "deepgram", {None: 3}),
    ("google_stt/gcpSttPunctuation.sample.json", "google_speech", {None: 97}),
    (
        "google_stt/gcpSttSpeakerDiarization.sample.json",
        "google_speech",
        {"speaker 1": 1, "speaker 2": 2},
    ),
    ("ibm_watson/ibm.sample.json", "ibm_watson", {"speaker 1": 33}),
    ("speechmatics/speechmatics.sample.json", "speechmatics", {"F2": 1, "F3": 5, "F4": 5}),
    ("srt/sample.srt", "srt", {None: 5}),
    ("srt/whisper_punctuations.srt", "srt", {None: 1}),
    ("srt/whisper_punctuations.words.srt", "srt", {None: 1}),
    ("webvtt/sample.vtt", "webvtt", {None: 16}),
    ("webvtt/whisper_punctuations.vtt", "webvtt", {None: 1}),
    ("webvtt/youtube_dl.vtt", "webvtt", {None: 1}),
    (
        "webvtt_voice_tags/batch_pretranscribed.vtt",
        "webvtt",
        {"Speaker 1": 8, "Speaker 2": 8},
    ),
    ("webvtt_voice_tags/cu_pretranscribed.vtt", "webvtt", {"Agent": 8, "Customer": 8}),
    ("whisperx/whisperx_aligned_diarized.json", "whisperx", {"SPEAKER_04": 8}),
]
NO_TRANSCRIPTS = (".md", ".schema.json")


def one(path: Path) -> Interaction:
    (item,) = read(path.read_bytes(), name=path.name)
    assert isinstance(item, Interaction)
    return item


@pytest.mark.parametrize(("name", "key", "labels"), EXPECTED)
def test_each_public_sample(name: str, key: str, labels: dict[str | None, int]) -> None:
    item = one(VENDORS / name)
    assert item.format == key
    assert Counter(turn.label for turn in item.turns) == labels
    starts = [turn.start for turn in item.turns if turn.start is not None]
    assert starts == sorted(starts)


def test_every_public_sample_is_in_the_table() -> None:
    files = {
        str(path.relative_to(VENDORS))
        for path in VENDORS.glob("*/*")
        if not path.name.endswith(NO_TRANSCRIPTS)
    }
    assert files == {row[0] for row in EXPECTED}


@pytest.mark.parametrize(
    "name",
    [
        "azure_batch_transcription/batch_pretranscribed.json",
        "webvtt_voice_tags/batch_pretranscribed.vtt",
    ],
)
def test_roles_are_inferred_as_the_labelled_copy_of_the_call_has_them(name: str) -> None:
    labelled = one(VENDORS / "azure_batch_transcription/cu_pretranscribed.json")
    inferred = one(VENDORS / name)
    assert inferred.roles.source == "inferred"
    assert [turn.speaker for turn in inferred.turns] == [turn.speaker for turn in labelled.turns]


def test_a_talk_by_one_person_is_not_split_into_two_sides() -> None:
    item = one(VENDORS / "aws_transcribe_standard/amazonTranscribe.sample.json")
    assert {turn.speaker for turn in item.turns} == {"customer"}
    assert item.roles.confidence < 0.7


def test_all_calls_of_a_table_are_read() -> None:
    path = CALLS / "processed_conversations.jsonl"
    items = list(read(path.read_bytes(), name=path.name))
    calls = [item for item in items if isinstance(item, Interaction)]
    assert len(calls) == len(items) == 1039
    labelled = [call for call in calls if call.roles.source == "file"]
    assert len(labelled) == 188
    assert sum(len(call.turns) for call in labelled) == 6528
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for call, row in zip(calls, rows, strict=True):
        assert call.id == row["ConversationId"]
        assert call.metadata["usecase"] == row["usecase"]
        assert call.started_at is not None
        assert f"{call.started_at:%Y-%m-%d %H:%M:%S}" == row["StartTime"]


@pytest.mark.parametrize("use", ["ContactCenter", "telecom"])
def test_single_calls_are_read_as_one_call_each(use: str) -> None:
    paths = sorted(CALLS.glob(f"{use}*.json"))
    assert len(paths) == 5
    for path in paths:
        call = one(path)
        assert call.roles.source == ("file" if use == "ContactCenter" else "inferred")
        assert {turn.speaker for turn in call.turns} == {"agent", "customer"}

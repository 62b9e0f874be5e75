"""Who is the agent: stated, said by the caller, or inferred."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlp.readers import ReadOptions, read
from nlp.roles import assign, name_of_label, role_of_label
from nlp.transcripts.turns import Said, sentences
from nlp.types import Interaction, Speaker

DATA = os.environ.get("CONDUIT_DATA") or None  # empty is none
OWN_CALLS = Path(__file__).parents[3] / "corpora" / "contact_centre"

Pair = tuple[Speaker, str]


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("AGENT", "agent"),
        ("Rep (Dana)", "agent"),
        ("Customer Service", "agent"),
        ("Tech Support", "agent"),
        ("Customer_1", "customer"),
        ("caller", "customer"),
        ("IVR", "other"),
        ("Virtual Assistant", "other"),
        ("Supervisor", "agent"),
        ("ParticipantAgent", "agent"),
        ("Guest-1", None),
        ("spk_0", None),
        ("Dana Smith", None),
        ("", None),
        (None, None),
    ],
)
def test_what_a_label_says(label: str | None, role: Speaker | None) -> None:
    assert role_of_label(label) == role


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Rep (Dana)", "Dana"),
        ("Dana Smith", "Dana Smith"),
        ("Dana (Agent)", "Dana"),
        ("Ben (Ottermoor)", "Ben"),
        ("Ben [Ottermoor]", "Ben"),
        ("Supervisor [Jo]", "Jo"),
        ("Speaker 2 (Dana Smith)", "Dana Smith"),
        ("Agent Dana O'Neill", "Dana O'Neill"),
        ("SPEAKER_01", None),
        ("Guest-1", None),
        ("Halden Customer Support", None),
        ("CUSTOMER", None),
        ("ch_0", None),
        (None, None),
    ],
)
def test_the_name_in_a_label(label: str | None, name: str | None) -> None:
    assert name_of_label(label) == name


def speakers(text: str, options: ReadOptions | None = None) -> tuple[list[Speaker], Interaction]:
    (item,) = read(text.encode(), name="call.txt", options=options or ReadOptions())
    assert isinstance(item, Interaction)
    return [turn.speaker for turn in item.turns], item


def test_options_come_before_what_is_inferred() -> None:
    text = "Dana: Thank you for calling, how can I help?\nLee: My bar hums.\nDana: I see."
    found, item = speakers(text)
    assert found == ["agent", "customer", "agent"]
    assert item.roles.source == "inferred"
    found, item = speakers(text, ReadOptions(agent=("LEE",)))
    assert found == ["customer", "agent", "customer"]
    assert (item.roles.source, item.roles.confidence) == ("options", 1.0)
    assert item.names == ("Dana", "Lee")


def test_a_supervisor_and_a_machine() -> None:
    text = "IVR: Press one.\nAgent: Hello.\nCustomer: It hums.\nSupervisor: I take over."
    found, item = speakers(text)
    assert found == ["other", "agent", "customer", "agent"]
    assert item.roles.source == "file"


def test_three_voices_of_which_two_are_agents() -> None:
    text = (
        "Speaker 1: Thank you for calling Halden, how can I help you?\n"
        "Speaker 2: My soundbar doesn't work, it keeps dropping the signal.\n"
        "Speaker 1: I'm sorry to hear that, let me transfer you to a colleague.\n"
        "Speaker 3: Hello, thank you for holding. Can you tell me the serial number?\n"
        "Speaker 2: My phone says four two.\n"
    )
    found, item = speakers(text)
    assert found == ["agent", "customer", "agent", "agent", "customer"]
    assert 0.6 < item.roles.confidence < 1


def test_without_evidence_the_first_voice_is_taken_for_the_agent_and_doubted() -> None:
    found, item = speakers("Speaker 1: Monday.\nSpeaker 2: Tuesday.")
    assert found == ["agent", "customer"]
    assert item.roles.confidence < 0.6


def test_only_machines_are_nobody() -> None:
    _, said, roles = assign([Said(text="Press one.", label="IVR")])
    assert said == ["other"]
    assert (roles.source, roles.confidence) == ("unknown", 0.0)


def test_prose_of_a_call_is_told_apart_by_names_and_phrases() -> None:
    text = (
        "Hello, thank you for calling Halden. My name is Jenny. How may I help you? "
        "Hi, my remote stopped working. I'm sorry to hear that, Alex. "
        "Have you tried new batteries? Yes, I have. Thank you, Jenny."
    )
    found, item = speakers(text)
    assert found == ["agent"] * 3 + ["customer"] + ["agent"] * 2 + ["customer"] * 2
    assert item.roles.source == "inferred"
    assert "sentence by sentence" in item.roles.note


def test_who_answers_the_phone_with_two_names_is_the_agent() -> None:
    calls = [
        ("Halden Audio, this is Mira.", "Mira, could you tell me whether the bar does Dolby?"),
        ("Hello from Halden, Jo here.", "Hi. What do you need to know for a repair?"),
    ]
    for first, second in calls:
        _, found, _ = assign([Said(text=first, label="a"), Said(text=second, label="b")])
        assert found == ["agent", "customer"]
    asking = "Is this where I'm heard?"
    answer = "Yes, how can I help you today?"
    _, found, _ = assign([Said(text=asking, label="a"), Said(text=answer, label="b")])
    assert found == ["customer", "agent"]


def test_a_review_has_no_agent() -> None:
    found, item = speakers("I bought this bar last week. It hums. The guide is wrong about it.")
    assert set(found) == {"customer"}
    assert item.roles.confidence <= 0.6


def hidden(pairs: list[Pair]) -> tuple[list[Speaker], list[Speaker]]:
    """The speakers of a call as they are, and as they are inferred without their labels."""
    said = [Said(text=text, label=f"voice {speaker == 'agent'}") for speaker, text in pairs]
    return [speaker for speaker, _ in pairs], assign(said)[1]


def own_calls() -> Iterator[list[Pair]]:
    for path in sorted(OWN_CALLS.glob("calls_*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            turns = json.loads(line)["turns"]
            pairs = [(turn["speaker"], turn["text"]) for turn in turns]
            kept = [pair for pair in pairs if pair[0] != "other"]
            if {speaker for speaker, _ in kept} == {"agent", "customer"}:
                yield kept


def test_roles_of_the_project_s_own_calls() -> None:
    right = [actual == inferred for actual, inferred in map(hidden, own_calls())]
    assert len(right) >= 100
    assert sum(right) / len(right) >= 0.95


def public_calls() -> Iterator[list[Pair]]:
    path = Path(DATA or "") / "train" / "ms_ckm_call_transcripts" / "processed_conversations.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        parts = re.split(r"\*\*(Agent|Customer):\*\*", json.loads(line)["Content"])[1:]
        pairs: list[Pair] = [
            ("agent" if parts[at] == "Agent" else "customer", parts[at + 1].strip())
            for at in range(0, len(parts), 2)
        ]
        if pairs:
            yield pairs


@pytest.mark.skipif(DATA is None, reason="CONDUIT_DATA names no directory of data")
def test_roles_of_public_calls_with_their_labels_hidden() -> None:
    calls = list(public_calls())
    assert len(calls) == 188
    assert all(actual == inferred for actual, inferred in map(hidden, calls))
    # The first turn gives the agent away; without it the rest must do.
    assert all(actual == inferred for actual, inferred in map(hidden, (call[1:] for call in calls)))


@pytest.mark.skipif(DATA is None, reason="CONDUIT_DATA names no directory of data")
def test_sentences_of_public_calls_with_nobody_told_apart() -> None:
    right = total = 0
    for call in public_calls():
        pairs = [(speaker, part) for speaker, text in call for part in sentences(text)]
        _, found, _ = assign([Said(text=text) for _, text in pairs])
        right += sum(speaker == guess for (speaker, _), guess in zip(pairs, found, strict=True))
        total += len(pairs)
    assert right / total >= 0.90

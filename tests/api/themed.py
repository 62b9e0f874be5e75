"""Interactions about a few things, mined with vectors that are made up, and gathered for real."""

import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np

from api.jobs import BATCH
from api.steps.accept import accept
from api.steps.mine import mine
from api.steps.retheme import retheme
from api.store import theme_runs
from api.store.database import Database
from nlp.types import Category, Finding, Interaction, Mined, Passage, SentimentLabel
from tests.api.interactions import WIDTH, PlainRedactor, WordMiner, interaction

SUBJECTS: dict[str, tuple[Category, SentimentLabel, str]] = {
    "lid": ("product_defect", "negative", "the kettle lid leaks hot water"),
    "login": ("product_defect", "negative", "the app logs me out after the update"),
    "battery": ("product_defect", "neutral", "the battery drains within an hour"),
    "guide": ("documentation_error", "negative", "step four of the guide names a missing button"),
    "dark": ("feature_request", "positive", "please add a dark mode to the app"),
}
"""By a short name: what is found, how it feels, and the words."""

OPENERS = (
    "Since Monday",
    "Every single morning",
    "As I told your colleague",
    "When I came home",
    "For two weeks now",
    "To be honest with you",
    "Out of the box",
    "Again and again",
    "After I had called you",
    "On the second day",
    "Just like my neighbour says",
    "Whatever I try",
)
STRANGE = "an odd remark about something else"
"""Words that are found as a defect, and like nothing."""

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def said(subject: str, number: int) -> str:
    """One way of saying it."""
    return f"{OPENERS[number % len(OPENERS)]} {SUBJECTS[subject][2]}, number {number}."


class SubjectMiner(WordMiner):
    """Finds each subject where its words are said; the vectors of one lie close together."""

    def __init__(self) -> None:
        super().__init__("subjects-1")

    def mine(self, interactions: list[Interaction]) -> list[Mined]:
        """What is found in each."""
        return [
            self._read(found, mined)
            for found, mined in zip(interactions, super().mine(interactions), strict=True)
        ]

    def _read(self, found: Interaction, mined: Mined) -> Mined:
        passages = [
            Passage(turn=turn.index, start=0, end=len(turn.text), text=turn.text)
            for turn in found.turns
            if turn.speaker == "customer"
        ]
        findings = []
        for number, passage in enumerate(passages):
            for category, sentiment, words in SUBJECTS.values():
                if words in passage.text:
                    findings.append(_finding(category, sentiment, passage, number))
            if STRANGE in passage.text:
                findings.append(_finding("product_defect", "neutral", passage, number))
        return replace(
            mined,
            passages=tuple(passages),
            vectors=tuple(tuple(vector(passage.text).tolist()) for passage in passages),
            findings=tuple(findings),
        )


def _finding(
    category: Category, sentiment: SentimentLabel, passage: Passage, number: int
) -> Finding:
    return Finding(
        category=category,
        turn=passage.turn,
        start=0,
        end=passage.end,
        quote=passage.text,
        confidence=0.9,
        sentiment=sentiment,
        passage=number,
    )


def vector(text: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Near the middle of what it is about, and never the same as another's."""
    own = _drawn(text)
    for subject, (_, _, words) in SUBJECTS.items():
        if words in text:
            own = _drawn(subject) + 0.6 * own
    return own / np.linalg.norm(own)


def _drawn(text: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    drawn = np.random.default_rng(zlib.crc32(text.encode())).normal(size=WIDTH)
    return drawn / np.linalg.norm(drawn)


def call(name: str, *sentences: str, **fields: object) -> Interaction:
    """A call in which the customer says these sentences, a turn each."""
    words = [part for sentence in sentences for part in ("Yes?", sentence)]
    return interaction(name, words=words, **fields)


def store(database: Database, items: Sequence[Interaction]) -> list[UUID]:
    """Stores and mines them, as the service does."""
    with database.session() as session:
        ids = list(accept(session, items, redactor=PlainRedactor()).ids)
    for at in range(0, len(ids), BATCH):
        mine(database, SubjectMiner(), ids[at : at + BATCH])
    return ids


def calls(subject: str, numbers: range, **fields: object) -> list[Interaction]:
    """Calls about one thing, one a day; every third is a mail."""
    return [
        call(
            f"{subject}-{number}",
            said(subject, number),
            **{
                "started_at": START + timedelta(days=number),
                "channel": "email" if number % 3 == 2 else "call",
                "metadata": {"product": "Kettle 3" if subject == "lid" else "App"},
                **fields,
            },
        )
        for number in numbers
    ]


def gather(database: Database, *scopes: str) -> None:
    """Gathers the themes of scopes anew, as a worker does when somebody asked."""
    with database.session() as session:
        job = theme_runs.ask(session, dict.fromkeys(scopes, "asked"), source="test")
        assert job is not None
    retheme(database, job.id)
    with database.session() as session:
        runs = theme_runs.list_page(session, limit=99)
        assert {run.state for run in runs if run.job_id == job.id} == {"done"}

"""Interactions with findings that are known to the letter, mined and on the pages."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from api.steps.accept import accept
from api.steps.mine import mine
from api.store.database import Database
from nlp.redact import Redactor
from nlp.types import (
    Category,
    Finding,
    Interaction,
    Mined,
    Passage,
    Roles,
    Sentiment,
    SentimentLabel,
    TurnSentiment,
)
from tests.api.dashboard.browser import Browser, chromium
from tests.api.interactions import WordMiner, interaction

WIDTH = 384

DEFECT = "leaks 🫖 since Monday"
OVERLAP = "since Monday and the guide says that it must not"
REQUEST = "please add a lid that locks"
SCRIPT = "<script>alert(1)</script>"

# Category, quote, confidence and sentiment, by the words that they stand in.
FOUND: tuple[tuple[Category, str, float, SentimentLabel], ...] = (
    ("product_defect", DEFECT, 0.97, "negative"),
    ("documentation_error", OVERLAP, 0.81, "negative"),
    ("feature_request", REQUEST, 0.93, "neutral"),
    ("feature_request", f"a button {SCRIPT}", 0.9, "positive"),
)
SCORES = (-0.8, -0.3, 0.05, 0.7)


class QuoteMiner(WordMiner):
    """Finds the quotes above wherever a customer says them."""

    def __init__(self) -> None:
        super().__init__("quotes-1")

    def mine(self, interactions: list[Interaction]) -> list[Mined]:
        """What is found in each."""
        return [self._mine(found) for found in interactions]

    def _mine(self, found: Interaction) -> Mined:
        turns = [turn for turn in found.turns if turn.speaker == "customer"]
        findings = [
            Finding(
                category=category,
                turn=turn.index,
                start=turn.text.index(quote),
                end=turn.text.index(quote) + len(quote),
                quote=quote,
                confidence=confidence,
                sentiment=sentiment,
                passage=number,
            )
            for number, turn in enumerate(turns)
            for category, quote, confidence, sentiment in FOUND
            if quote in turn.text
        ]
        return Mined(
            passages=tuple(
                Passage(turn=turn.index, start=0, end=len(turn.text), text=turn.text)
                for turn in turns
            ),
            vectors=tuple((1.0,) + (0.0,) * (WIDTH - 1) for _ in turns),
            findings=tuple(findings),
            sentiment=Sentiment(label="neutral", score=-0.09),
            arc=tuple(
                TurnSentiment(index=turn.index, label=_label(score), score=score)
                for turn, score in zip(turns, SCORES, strict=False)
            ),
            model=self.model,
        )


def _label(score: float) -> SentimentLabel:
    if abs(score) < 0.25:
        return "neutral"
    return "positive" if score > 0 else "negative"


CALL = (
    "Good morning, how can I help?",
    f"My kettle {DEFECT} and the guide says that it must not. Ask [PERSON_1] about it.",
    "I am sorry.",
    f"And {REQUEST}.",
    "Noted.",
    f"Also a button {SCRIPT} & <b>bold</b> “quotes”.",
    "Anything else?",
    "No, thank you, that was quick.",
)


def mined(database: Database, redactor: Redactor, taken: Sequence[Interaction]) -> list[UUID]:
    """Stores and mines them."""
    with database.session() as session:
        ids = accept(session, taken, redactor=redactor).ids
    mine(database, QuoteMiner(), ids)
    return list(ids)


@pytest.fixture(scope="module")
def call(database: Database, redactor: Redactor) -> UUID:
    """One call with four findings, two of which overlap; before it a mail, and one that waits."""
    first = interaction(
        "mail-1", words=("Hi", "Nothing new here."), channel="email", subject="A mail"
    )
    mined(database, redactor, [first])
    with database.session() as session:
        accept(session, [interaction("waits")], redactor=redactor)
    roles = Roles(source="inferred", confidence=0.72, note="“How can I help” is an agent's.")
    taken = interaction("call-7", words=CALL, roles=roles, metadata={"product": "Kettle 3"})
    turns = tuple(replace(turn, start=float(turn.index * 35)) for turn in taken.turns)
    return mined(database, redactor, [replace(taken, turns=turns)])[0]


@pytest.fixture(scope="module")
def browser(live: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with nothing in it."""
    logged = {"goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
    driver = chromium(tmp_path_factory.mktemp("profile"), **logged)
    found = Browser(driver, f"http://{live}")
    # What the browser shows before it is sent anywhere is its own business.
    driver.get("about:blank")
    found.asked()
    found.complaints()
    yield found
    driver.quit()

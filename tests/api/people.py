"""People who give opinions, as the service's steps hear them."""

from typing import Any
from uuid import UUID

from api.steps import opinions as step
from api.steps.assign import Memory
from api.steps.opinions import Means, Opinion, Who
from api.store import turns
from api.store.database import Database
from tests.api.interactions import PlainRedactor

ANNA, BEN, CARA = (
    Who(id=UUID(int=n), name=name) for n, name in enumerate(("Anna", "Ben", "Cara"), 1)
)


def speak(database: Database, who: Who, interaction: UUID, kind: str, **said: Any) -> UUID:
    """Gives an opinion on turn 1, or on another one."""
    place = said.pop("turn", 1)
    with database.session() as session:
        turn = turns.of(session, interaction)[place]
        on = step.on_turn(turn) if kind == "speaker" else step.on_words(session, turn, None)
        means = Means(redact=PlainRedactor().redact_text, memory=Memory())
        return step.give(session, on, Opinion(kind=kind, **said), who=who, means=means).id

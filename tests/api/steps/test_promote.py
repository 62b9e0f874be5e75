"""What people judged, as the gate sees it: both models' answers, and nothing that was learned."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from api.steps import opinions as step
from api.steps.assign import Memory
from api.steps.opinions import Means, Opinion, Who
from api.steps.promote import reviewed_of
from api.store import models, turns
from api.store.database import Database
from api.store.models import Answered
from nlp.types import CATEGORIES, SENTIMENTS
from tests.api.interactions import PlainRedactor
from tests.api.themes import SCOPE, say, texts

ANNA = Who(id=UUID(int=1), name="Anna")
BOTH = ("candidate", "serving")


def judge(database: Database, interaction: UUID, kind: str) -> int:
    """A person says whether there is a defect; the length of the passage."""
    with database.session() as session:
        turn = turns.of(session, interaction)[1]
        on = step.on_words(session, turn, None)
        means = Means(redact=PlainRedactor().redact_text, memory=Memory())
        step.give(session, on, Opinion(kind=kind, category=SCOPE), who=ANNA, means=means)
        return len(turn.text)


def test_both_answers_stand_beside_what_people_say(database: Database) -> None:
    ids = say(database, texts("kettle", 3))
    lengths = [
        judge(database, id, kind) for id, kind in zip(ids[:2], ("confirm", "reject"), strict=True)
    ]
    with database.session() as session:
        assert models.judged_count(session) == 2
        assert reviewed_of(session, BOTH, since=None) is None  # nobody has read them yet
        for digest, found in zip(BOTH, ([], [SCOPE]), strict=True):
            answers = {
                id: [
                    Answered(
                        turn=1,
                        start=0,
                        end=length,
                        found=list(found),
                        probabilities=[0.1, 0.2, 0.3],
                        felt="neutral",
                    )
                ]
                for id, length in zip(ids, lengths, strict=False)
            }
            models.write_answers(session, digest, answers)
            models.write_answers(session, digest, answers)  # killed and read once more
        reviewed = reviewed_of(session, BOTH, since=None)
        assert reviewed is not None
        column = CATEGORIES.index(SCOPE)
        assert reviewed.gold[:, column].tolist() == [True, False]
        assert reviewed.known.sum(axis=0).tolist() == [2, 0, 0]
        assert reviewed.candidate.found.any(axis=0).tolist() == [False] * 3
        assert reviewed.serving.found[:, column].tolist() == [True, True]
        assert reviewed.feeling.tolist() == [-1, -1]
        assert reviewed.serving.felt.tolist() == [SENTIMENTS.index("neutral")] * 2
        later = datetime.now(UTC) + timedelta(minutes=1)
        assert reviewed_of(session, BOTH, since=later) is None  # all of it was learned from

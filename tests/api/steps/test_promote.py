"""What people judged, as the gate sees it: both models' answers, and nothing that was learned."""

from datetime import UTC, datetime, timedelta

from api.steps.promote import reviewed_of
from api.store import models
from api.store.database import Database
from api.store.models import Answered
from nlp.types import CATEGORIES, SENTIMENTS
from tests.api.people import ANNA, speak
from tests.api.themes import SCOPE, say, texts

BOTH = ("candidate", "serving")


def test_both_answers_stand_beside_what_people_say(database: Database) -> None:
    said = texts("kettle", 3)
    ids = say(database, said)
    for id, kind in zip(ids[:2], ("confirm", "reject"), strict=True):
        speak(database, ANNA, id, kind, category=SCOPE)
    with database.session() as session:
        assert models.judged_count(session) == 2
        assert reviewed_of(session, BOTH, since=None) is None  # nobody has read them yet
        for digest, found in zip(BOTH, ([], [SCOPE]), strict=True):
            answers = {
                id: [
                    Answered(
                        turn=1,
                        start=0,
                        end=len(words),
                        found=list(found),
                        probabilities=[0.1, 0.2, 0.3],
                        felt="neutral",
                    )
                ]
                for id, words in zip(ids[:2], said[:2], strict=True)
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

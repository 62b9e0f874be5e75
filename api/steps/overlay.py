"""Overlay: what people say of passages is laid over what a model finds in them, and always wins.

It happens before findings are written, whether an interaction is mined, mined again, or read again
for one category. What the model found there is noted, so that a withdrawal brings it back.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast
from uuid import UUID

from sqlalchemy.orm import Session

from api.steps.majority import Span, Verdict, by_passage, decide, place_in
from api.store import categories, model_said, opinions
from api.store.mined import Overlaid
from api.store.model_said import Said, SaidAt
from api.store.opinion_tables import PEOPLE, OpinionRow
from api.store.opinions import Place
from nlp.types import SENTIMENTS, Finding, Mined, SentimentLabel


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """A finding as it stands once people were heard.

    Attributes:
        said: what the model found, or None where it found nothing.
        span: of the quote in the turn's text.
        confidence: the model's, or 1 where people added it.
        sentiment: of the passage.
        unsure: whether a person should decide.
        model: the model's name, or `PEOPLE`.
        reviewed: what people made of it, or None.
    """

    said: Said | None
    span: Span
    confidence: float
    sentiment: str
    unsure: bool
    model: str
    reviewed: str | None

    def within(self, passage: Place) -> Span:
        """The quote as far as it is in a passage; where its words are in another one, all of it."""
        start, end = max(self.span[0], passage[1]), min(self.span[1], passage[2])
        return (start, end) if start < end else passage[1:]


def stand(
    says: Mapping[str, Said],
    verdict: Verdict,
    passage: Place,
    *,
    known: Collection[str],
    feeling: str = "neutral",
) -> dict[str, Stands]:
    """The findings of a passage once people were heard, by category.

    Args:
        says: what the model found in it.
        verdict: what people say of it.
        passage: where it is.
        known: categories that there are: what people said of one that was deleted rests.
        feeling: of a passage of which neither the model nor people say it.
    """
    found = {}
    for name in dict.fromkeys((*says, *verdict.categories)):
        said, carries = says.get(name), verdict.categories.get(name)
        spoken = name in verdict.categories
        if said is None:
            if carries and name in known:
                felt = next((one.sentiment for one in says.values()), feeling)
                found[name] = _added(name, verdict, passage, felt)
        elif not spoken or carries is not False:
            found[name] = _kept(name, said, verdict, spoken=spoken)
    return found


def _added(name: str, verdict: Verdict, passage: Place, feeling: str) -> Stands:
    return Stands(
        said=None,
        span=verdict.quotes.get(name, passage[1:]),
        confidence=1.0,
        sentiment=verdict.sentiment or feeling,
        unsure=False,
        model=PEOPLE,
        reviewed="corrected" if name in verdict.instead else "added",
    )


def _kept(name: str, said: Said, verdict: Verdict, *, spoken: bool) -> Stands:
    carries = verdict.categories.get(name)
    span = verdict.quotes.get(name, (said.start, said.end)) if carries else (said.start, said.end)
    sentiment = verdict.sentiment or said.sentiment
    changed = span != (said.start, said.end) or sentiment != said.sentiment
    reviewed = "corrected" if changed else "confirmed" if carries else None
    return Stands(
        said=said,
        span=span,
        confidence=said.confidence,
        sentiment=sentiment,
        unsure=carries is None if spoken else said.unsure,
        model=said.model,
        reviewed=reviewed,
    )


def overlaid(session: Session, results: Mapping[UUID, Mined]) -> dict[UUID, Mined]:
    """What a model found, with what people say of it laid over.

    The interactions are locked: no opinion comes in between. A finding that people changed or added
    is an `Overlaid`, which says so.

    Args:
        session: the transaction that is going to write them.
        results: of whole interactions.
    """
    opinions.hold(session, list(results))
    found = dict(results)
    spoken = opinions.of_interactions(session, list(results))
    if not spoken:
        return found
    names = categories.names(session)
    noted: list[SaidAt] = []
    for id, rows in spoken.items():
        mined = results[id]
        places = [(one.turn, one.start, one.end) for one in mined.passages]
        mine = _Mine(id=id, model=mined.model, texts={}, known=names)
        for index, about in by_passage(places, rows).items():
            passage = mined.passages[index]
            mine.texts[index] = (passage.start, passage.text)
            theirs = [one for one in found[id].findings if one.passage == index]
            others = [one for one in found[id].findings if one.passage != index]
            felt = next((one.label for one in mined.arc if one.index == passage.turn), "neutral")
            laid, said = mine.lay(theirs, about, index, places[index], feeling=felt)
            noted += said
            both = sorted([*others, *laid], key=lambda one: (one.turn, one.start, one.category))
            found[id] = replace(found[id], findings=tuple(both))
    model_said.write_said(session, list(spoken), noted)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mine:
    """One interaction over which opinions are laid.

    Attributes:
        id: its id.
        model: that mined it.
        texts: of its passages: where each begins in its turn, and its words.
        known: categories that there are.
    """

    id: UUID
    model: str
    texts: dict[int, tuple[int, str]]
    known: Collection[str]

    def lay(
        self,
        theirs: Sequence[Finding],
        about: Sequence[OpinionRow],
        index: int,
        place: Place,
        *,
        feeling: str,
    ) -> tuple[list[Finding], list[SaidAt]]:
        """Lays opinions over the findings of one passage: what stands, and what the model said."""
        says: dict[str, Said] = {}
        for found in theirs:
            says.setdefault(found.category, Said.of(self.id, found, self.model, passage=index))
        stands = stand(says, decide(about), place, known=self.known, feeling=feeling)
        laid = [self.finding(name, one, index, place) for name, one in stands.items()]
        noted = [
            SaidAt(interaction=self.id, passage=index, turn=place[0], category=name, said=one)
            for name, one in says.items()
        ]
        return laid, noted

    def finding(self, name: str, one: Stands, index: int, place: Place) -> Finding:
        """A finding as it is written."""
        first, text = self.texts[index]
        start, end = one.within(place)
        return Overlaid(
            category=name,
            turn=place[0],
            start=start,
            end=end,
            quote=text[start - first : end - first],
            confidence=one.confidence,
            sentiment=_sentiment(one.sentiment),
            passage=index,
            unsure=one.unsure,
            model=one.model,
            reviewed=one.reviewed,
            origin=start if one.said is None else one.said.start,
        )


def overlaid_category(
    session: Session, category: str, results: Mapping[UUID, Sequence[Finding]]
) -> dict[UUID, Sequence[Finding]]:
    """The same for one category that interactions were read again for.

    Args:
        session: the transaction that is going to write them.
        category: that was looked for.
        results: what was found, an interaction a list.

    Returns:
        The findings of the category; each names the stored passage in which it stands.
    """
    ids = list(results)
    opinions.hold(session, ids)
    found = dict(results)
    spoken = opinions.of_interactions(session, ids)
    if not spoken:
        return found
    names, models = categories.names(session), opinions.models(session, list(spoken))
    stored, words = opinions.passages(session, list(spoken)), opinions.words(session, list(spoken))
    felt_at = model_said.feelings(session, list(spoken))
    noted: list[SaidAt] = []
    for id, rows in spoken.items():
        places = stored[id]
        mine = _Mine(id=id, model=models.get(id, ""), texts={}, known=names)
        at: dict[int | None, list[Finding]] = {}
        for one in results[id]:
            at.setdefault(place_in(places, (one.turn, one.start, one.end)), []).append(one)
        for index, about in by_passage(places, rows).items():
            turn, start, end = places[index]
            mine.texts[index] = (start, words[id, turn].text[start:end])
            felt = felt_at.get((id, index)) or words[id, turn].sentiment_label or "neutral"
            laid, said = mine.lay(at.get(index, []), about, index, places[index], feeling=felt)
            at[index] = [one for one in laid if one.category == category]
            noted += said
        found[id] = [one for findings in at.values() for one in findings]
    model_said.write_said(session, list(spoken), noted, category=category)
    return found


def _sentiment(word: str) -> SentimentLabel:
    return SENTIMENTS[SENTIMENTS.index(cast("SentimentLabel", word))]

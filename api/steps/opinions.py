"""Opinions: what a person says of a finding, a passage, a quote or a speaker, carried out at once.

The findings become what the majority of people says, where they spoke, and what the model said
where they did not. It happens in the transaction that stores the opinion: themes, items, counts and
departments follow in it, as they do where a backfill replaces findings.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api.steps import assign, majority, route, speakers
from api.steps.assign import Memory
from api.steps.majority import Span
from api.steps.overlay import Stands, stand
from api.store import categories, counters, events, model_said, opinions, turns, view
from api.store.ids import finding_id
from api.store.opinion_tables import OpinionRow
from api.store.opinions import Place
from api.store.tables import FindingRow, TurnRow
from nlp.errors import OptionError

EVENT = "finding.reviewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who gives an opinion.

    Attributes:
        id: of the key or the person; None for the machine's own user.
        name: as it stands beside the opinion.
        department: of whose findings the caller sees those alone; None sees all.
    """

    id: UUID | None
    name: str
    department: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an opinion is about, as far as the caller sees it.

    Attributes:
        interaction: its id.
        place: the passage; for a speaker the whole turn.
        passage: its index; None for a speaker.
        finding: that was named, or None.
    """

    interaction: UUID
    place: Place
    passage: int | None
    finding: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What is said.

    Attributes:
        kind: as `api.store.opinion_tables.OPINION_KINDS` has it.
        category: that it is about.
        becomes: the category that it is instead.
        quote: words that show it: offsets in the turn's text.
        sentiment: of the passage.
        speaker: of the turn.
        note: for colleagues, not redacted yet.
        review: the row of the review queue that asked for it.
    """

    kind: str
    category: str | None = None
    becomes: str | None = None
    quote: Span | None = None
    sentiment: str | None = None
    speaker: str | None = None
    note: str = ""
    review: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What it takes to carry an opinion out.

    Attributes:
        redact: takes personal data out of what people typed.
        memory: of this process, of the themes that findings go into.
    """

    redact: Callable[[str], str]
    memory: Memory


def on_finding(session: Session, row: FindingRow) -> Target:
    """The passage in which a finding stands."""
    place = opinions.seen_passages(session, row.interaction_id, row.turn)[row.passage]
    return Target(interaction=row.interaction_id, place=place, passage=row.passage, finding=row.id)


def on_words(session: Session, turn: TurnRow, span: Span | None) -> Target:
    """The passage of a turn in which some words stand, of those that the session sees.

    Args:
        session: of the caller.
        turn: of the words.
        span: their offsets; None for a turn that is one passage.

    Raises:
        OptionError: no passage has them, or they do not say which.
    """
    there = opinions.seen_passages(session, turn.interaction_id, turn.index)
    if not there:
        raise OptionError(
            f"turn {turn.index} has no passage that you see: passages are cut of what customers "
            "say once it is mined, so say first with kind speaker that the customer does, or wait"
        )
    if span is None:
        if len(there) > 1:
            raise OptionError(
                f"turn {turn.index} has {len(there)} passages: say with start and end which"
            )
        index, place = next(iter(there.items()))
        return Target(interaction=turn.interaction_id, place=place, passage=index)
    named = (turn.index, *span)
    found = majority.place_in(list(there.values()), named)
    if found is None:
        raise OptionError(f"no passage of turn {turn.index} that you see has any of these words")
    index, place = list(there.items())[found]
    return Target(interaction=turn.interaction_id, place=place, passage=index)


def on_turn(turn: TurnRow) -> Target:
    """A whole turn, for who speaks in it."""
    place = (turn.index, 0, len(turn.text))
    return Target(interaction=turn.interaction_id, place=place, passage=None)


def give(
    session: Session,
    target: Target,
    said: Opinion,
    *,
    who: Who,
    means: Means,
) -> OpinionRow:
    """Stores an opinion, and makes the findings what people say by now.

    Args:
        session: the transaction; what it does goes beyond what the caller sees.
        target: what it is about.
        said: the opinion.
        who: gives it.
        means: what it takes.

    Raises:
        OptionError: it makes no sense there; with the way out.
    """
    with view.lifted(session):
        categories.hold(session)
        opinions.hold(session, [target.interaction])
        _check(session, target, said)
        target = _as_cut_now(session, target)
        before, finding = _there(session, target, said, who.department)
        _, start, end = target.place
        row = opinions.add(
            session,
            {
                "interaction_id": target.interaction,
                "turn": target.place[0],
                "start": start,
                "end": end,
                "kind": said.kind,
                "category": said.category,
                "becomes": said.becomes,
                "quote_start": None if said.quote is None else said.quote[0],
                "quote_end": None if said.quote is None else said.quote[1],
                "sentiment": said.sentiment,
                "speaker": said.speaker,
                "said": before,
                "model": opinions.models(session, [target.interaction]).get(target.interaction),
                "finding_id": finding,
                "caller_id": who.id,
                "caller": who.name,
                "department_id": who.department,
                "note": means.redact(said.note.strip()),
                "review_id": said.review,
            },
        )
        _settle(session, row, means.memory)
    return row


def _as_cut_now(session: Session, target: Target) -> Target:
    """A target at the passage that has its words now: another one may since it was looked for."""
    if target.passage is None:
        return target
    places = opinions.passages(session, [target.interaction])[target.interaction]
    return replace(target, passage=majority.place_in(places, target.place))


def withdraw(session: Session, row: OpinionRow, *, by: str, memory: Memory) -> None:
    """Takes an opinion back: it stays written down, and counts no more.

    Args:
        session: the transaction.
        row: the opinion; one that was withdrawn already stays as it is.
        by: who does.
        memory: of this process.
    """
    with view.lifted(session):
        categories.hold(session)
        opinions.hold(session, [row.interaction_id])
        session.refresh(row)
        if row.withdrawn_at is not None:
            return
        opinions.withdraw(session, row, by=by)
        _settle(session, row, memory)


def _settle(session: Session, row: OpinionRow, memory: Memory) -> None:
    """Makes what is stored what people say, after an opinion came or went, and tells of it."""
    # What is rejected is nobody's afterwards, and what is added was nobody's before.
    told = opinions.reached(session, row)
    if row.kind == "speaker":
        speakers.settle(session, row.interaction_id)
    else:
        place = (row.turn, row.start, row.end)
        settle(session, row.interaction_id, place, memory=memory)
    told |= opinions.reached(session, row)
    finding = None if "finding" in opinions.hidden(row) else row.finding_id
    data = {
        "opinion": str(row.id),
        "interaction": str(row.interaction_id),
        "finding": None if finding is None else str(finding),
    }
    # With no department it is told to those alone who see everything.
    whose: Sequence[UUID | None] = sorted(told) or [None]
    for department in whose if row.department_id is None else [row.department_id]:
        events.emit(session, EVENT, data, department=department)


def settle(session: Session, interaction: UUID, place: Place, *, memory: Memory) -> None:
    """Makes the findings of a passage what people and the model say of it by now.

    Args:
        session: the transaction, which sees everything and holds the interaction.
        interaction: its id.
        place: the passage as it was when somebody spoke of it; where none has its words by now,
            nothing changes.
        memory: of this process.
    """
    places = opinions.passages(session, [interaction])[interaction]
    passage = majority.place_in(places, place)
    if passage is None:
        return
    spoken = opinions.of_interactions(session, [interaction]).get(interaction, [])
    about = majority.by_passage(places, spoken).get(passage, [])
    turn = turns.one(session, interaction, places[passage][0])
    stands = stand(
        model_said.said_at(session, interaction, passage),
        majority.decide(about),
        places[passage],
        known=categories.names(session),
        feeling=turn.sentiment_label or "neutral",
    )
    there = model_said.findings_at(session, interaction, passage)
    here = {"interaction_id": interaction, "passage": passage}
    wanted = {
        name: {**here, "category": name, **_values(one, turn, places[passage])}
        for name, one in stands.items()
    }
    changed = {
        name: {key: value for key, value in values.items() if getattr(there[name], key) != value}
        for name, values in wanted.items()
        if name in there
    }
    gone = [row.id for name, row in there.items() if name not in wanted]
    new = [
        {
            "id": model_said.free_id(
                session, _id(interaction, passage, name, stands[name], values["start"])
            ),
            **values,
        }
        for name, values in wanted.items()
        if name not in there
    ]
    moved = {there[name].id: values for name, values in changed.items() if values}
    if not (gone or new or moved):
        return
    assign.hold(session, {*wanted, *there})
    counted = route.counting(session, [interaction])
    model_said.replace_findings(session, gone=gone, changed=moved, new=new)
    felt = [id for id, values in moved.items() if "sentiment" in values]
    counters.count_anew(session, felt)
    assign.newcomers(session, memory, [interaction])
    route.route_again(session, [interaction], counted)


def _id(interaction: UUID, passage: int, name: str, one: Stands, start: int) -> UUID:
    """The id of a finding that comes: what the model found comes back under its own."""
    if one.said is not None:
        return one.said.id
    return finding_id(interaction, passage=passage, category=name, start=start, model=one.model)


def _values(one: Stands, turn: TurnRow, place: Place) -> dict[str, Any]:
    """The columns of a finding that people may change."""
    start, end = one.within(place)
    return {
        "turn": turn.index,
        "start": start,
        "end": end,
        "quote": turn.text[start:end],
        "confidence": one.confidence,
        "sentiment": one.sentiment,
        "unsure": one.unsure,
        "model": one.model,
        "reviewed": one.reviewed,
    }


def _check(session: Session, target: Target, said: Opinion) -> None:
    """Makes sure that an opinion makes sense.

    Raises:
        OptionError: it does not.
    """
    there = categories.names(session)
    for name in (said.category, said.becomes):
        if name is not None and name not in there:
            listed = ", ".join(sorted(there))
            raise OptionError(f"there is no category {name[:60]!r}: choose from {listed}")
    if said.becomes is not None and said.becomes == said.category:
        raise OptionError("`becomes` is the category that it has already: name another")
    _, start, end = target.place
    if said.quote is not None and not start <= said.quote[0] < said.quote[1] <= end:
        raise OptionError(
            f"the quote {said.quote[0]}–{said.quote[1]} is not within its passage, which is "
            f"{start}–{end} of the turn's text"
        )


def _there(
    session: Session, target: Target, said: Opinion, department: UUID | None
) -> tuple[dict[str, Any] | None, UUID | None]:
    """What the model says of a target, and the finding that it is about, as both are stored.

    Of a category's finding that did not reach the caller's department, it is noted that it is
    hidden from that: colleagues are told of it, and the department is not.
    """
    before = _before(session, target, said)
    named, there = target.finding, None
    if target.passage is not None and said.category is not None:
        row = model_said.findings_at(session, target.interaction, target.passage)
        there = row[said.category].id if said.category in row else None
    if department is None or said.category is None:
        return before, named or there
    if there is not None and department in opinions.reached_by(session, there):
        return before, named or there
    hides = {"said": before is not None, "finding": named is None and there is not None}
    hidden = [name for name, hide in hides.items() if hide]
    return {**(before or {}), opinions.HIDDEN: hidden} if hidden else before, named or there


def _before(session: Session, target: Target, said: Opinion) -> dict[str, Any] | None:
    """What the model says of the target; it is noted, before people change any of it."""
    if said.kind == "speaker":
        return speakers.before(session, target.interaction, target.place[0])
    if target.passage is None:
        return None
    rows = model_said.findings_at(session, target.interaction, target.passage)
    model_said.note_findings(session, target.interaction, rows.values())
    says = model_said.said_at(session, target.interaction, target.passage)
    if said.category is not None:
        one = says.get(said.category)
        return None if one is None else one.as_json(said.category)
    for one in says.values():
        return {"sentiment": one.sentiment, "model": one.model}
    turn = turns.one(session, target.interaction, target.place[0])
    return None if turn.sentiment_label is None else {"sentiment": turn.sentiment_label}

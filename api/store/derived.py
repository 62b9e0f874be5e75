"""Names that were derived from customers' words, and what becomes of them after an erasure.

The next re-clustering derives them anew from what is left. Until then a name may stand if all of it
is also said by somebody who is left; one whose words only the erased said is made neutral at once.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.store.tables import FindingRow, TurnRow
from api.store.theme_tables import SubthemeRow, ThemeAreaRow, ThemeMemberRow, ThemeRow

UNNAMED = "Without a name"
"""As a re-clustering calls a theme that nothing is left of."""

_WORD = re.compile(r"\w+")
_FEWEST = 3
_CHUNK = 500


def spoken(text: str) -> str:
    """A text's words in lower case with one space around each, so that phrases can be found."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


class Words:
    """What was said in interactions that are being erased."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = [spoken(text) for text in texts]
        self.single = frozenset(word for text in self.texts for word in text.split())

    def say(self, phrase: str) -> bool:
        """Whether one of them says the phrase, word by word."""
        return any(phrase in text for text in self.texts)

    def repeated_in(self, text: str) -> bool:
        """Whether a text is a stretch of theirs, or holds a whole turn of theirs.

        Of fewer than three words everybody could have said it: only a whole turn counts then.
        """
        given = spoken(text)
        if len(given.split()) < _FEWEST:
            return given in self.texts
        return any(
            given in said or (said in given and len(said.split()) >= _FEWEST) for said in self.texts
        )


class _AtRisk:
    """Phrases that an erased text may have given, and which of them somebody left says too."""

    def __init__(self, phrases: Iterable[str], words: Words) -> None:
        self.needs: dict[str, set[str]] = {}
        for phrase in phrases:
            said = spoken(phrase)
            # The phrase whole where an erased text has it whole, and else its words one by one.
            if words.say(said) and len(said.split()) > 1:
                self.needs[phrase] = {said}
            else:
                single = {f" {word} " for word in said.split() if word in words.single}
                if single:
                    self.needs[phrase] = single

    def hear(self, text: str) -> None:
        """Takes off what somebody who is left says."""
        said = spoken(text)
        for phrase in list(self.needs):
            self.needs[phrase] = {need for need in self.needs[phrase] if need not in said}
            if not self.needs[phrase]:
                del self.needs[phrase]


def forget(session: Session, themes: Sequence[UUID], words: Words) -> int:
    """Makes neutral what only the erased said of the names of themes, their parts and areas.

    Args:
        session: the transaction, which has deleted the interactions.
        themes: that lost members.
        words: of the erased.

    Returns:
        How many names and terms were changed.
    """
    changed = 0
    rows = session.scalars(select(ThemeRow).where(ThemeRow.id.in_(themes)).order_by(ThemeRow.id))
    areas: set[UUID] = set()
    for row in rows.all():
        changed += _forget_theme(session, row, words)
        if row.area_id is not None:
            areas.add(row.area_id)
    for area in session.scalars(
        select(ThemeAreaRow).where(ThemeAreaRow.id.in_(areas)).order_by(ThemeAreaRow.id)
    ).all():
        within = select(ThemeRow.id).where(ThemeRow.area_id == area.id)
        if _lost(session, [area.name], words, within):
            changed += 1
            _rename(session, ThemeAreaRow, area.id, UNNAMED)
    return changed


def _forget_theme(session: Session, row: ThemeRow, words: Words) -> int:
    parts = list(session.scalars(select(SubthemeRow).where(SubthemeRow.theme_id == row.id)))
    own = [row.machine_name, *row.key_terms, *([row.product] if row.product else [])]
    within = select(ThemeRow.id).where(ThemeRow.id == row.id)
    lost = _lost(session, [*own, *(part.name for part in parts)], words, within)
    if not lost:
        return 0
    values: dict[str, Any] = {}
    if row.machine_name in lost:
        values["machine_name"] = UNNAMED
        if row.named_by == "machine":
            values["name"] = UNNAMED
    if lost & set(row.key_terms):
        values["key_terms"] = [term for term in row.key_terms if term not in lost]
    if row.product in lost:
        values["product"] = None
    if values:
        session.execute(
            update(ThemeRow)
            .where(ThemeRow.id == row.id)
            .values(**values, revision=ThemeRow.revision + 1)
            .execution_options(synchronize_session=False)
        )
        session.expire(row)
    for part in parts:
        if part.name in lost:
            _rename(session, SubthemeRow, part.id, UNNAMED)
    return len(lost)


def _rename(session: Session, table: Any, id: UUID, name: str) -> None:
    session.execute(
        update(table)
        .where(table.id == id)
        .values(name=name)
        .execution_options(synchronize_session=False)
    )


def _lost(session: Session, phrases: Collection[str], words: Words, within: Any) -> set[str]:
    """Those of the phrases that nobody says any more whose findings stand in these themes."""
    risk = _AtRisk({one for one in phrases if one != UNNAMED}, words)
    if not risk.needs:
        return set()
    with session.scalars(
        select(TurnRow.text)
        .join(
            FindingRow,
            (FindingRow.interaction_id == TurnRow.interaction_id)
            & (FindingRow.turn == TurnRow.index),
        )
        .join(ThemeMemberRow, ThemeMemberRow.finding_id == FindingRow.id)
        .where(ThemeMemberRow.theme_id.in_(within)),
        execution_options={"yield_per": _CHUNK},
    ) as said:
        for text in said:
            risk.hear(text)
            if not risk.needs:
                break
    return set(risk.needs)

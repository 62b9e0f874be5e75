"""Edits of themes by people: each is written down, carried out at once, and can be undone.

Everything here happens in one transaction, under the lock of the scope: begin with `held`.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api.steps import assign, route
from api.store import theme_edits as store
from api.store import theme_members, themes
from api.store.theme_edits import Standing
from api.store.theme_history import ThemeEditRow
from api.store.theme_tables import LONGEST_DESCRIPTION, LONGEST_THEME_NAME, ThemeRow
from nlp.errors import OptionError

MOST_FINDINGS = 10_000
"""Findings of one edit."""


def held(session: Session, id: UUID) -> ThemeRow | None:
    """A theme, locked with its scope for what follows; None where there is none."""
    found = themes.get(session, id)
    if found is None:
        return None
    themes.scope(session, found.scope, lock=True)
    return themes.get(session, id, lock=True)


def rename(session: Session, theme: ThemeRow, name: str | None) -> ThemeEditRow:
    """Gives a theme a name, which no clustering changes; None gives it the machine's back.

    Args:
        session: the transaction.
        theme: active, from `held`.
        name: redacted.

    Raises:
        OptionError: the name is empty or too long, or the theme is not active.
    """
    active(theme)
    after = None if name is None else _named(name)
    edit = _write(
        session,
        theme,
        "rename",
        before={"name": theme.name if theme.named_by == "person" else None},
        after={"name": after},
    )
    give_name(session, theme, after)
    tell(session, edit, theme.id, "renamed")
    store.bump(session, theme.scope)
    return edit


def describe(session: Session, theme: ThemeRow, description: str) -> ThemeEditRow:
    """Says in a person's words what a theme is about.

    Raises:
        OptionError: it is too long.
    """
    text = description.strip()
    if len(text) > LONGEST_DESCRIPTION:
        raise OptionError(
            f"the description has {len(text):,} characters: {LONGEST_DESCRIPTION:,} is the most"
        )
    edit = _write(
        session,
        theme,
        "describe",
        before={"description": theme.description},
        after={"description": text},
    )
    store.change(session, theme, {"description": text})
    return edit


def pin(session: Session, theme: ThemeRow, *, pinned: bool) -> ThemeEditRow:
    """Keeps a theme as it is, whatever a clustering finds; or no more.

    Raises:
        OptionError: it is not active.
    """
    active(theme)
    edit = _write(session, theme, "pin", before={"pinned": theme.pinned}, after={"pinned": pinned})
    store.change(session, theme, {"pinned": pinned})
    store.bump(session, theme.scope)
    return edit


def hide(session: Session, theme: ThemeRow, *, hidden: bool) -> ThemeEditRow:
    """Takes a theme out of sight; it goes on taking findings. Or shows it again."""
    edit = _write(session, theme, "hide", before={"hidden": theme.hidden}, after={"hidden": hidden})
    store.change(session, theme, {"hidden": hidden})
    return edit


def merge(session: Session, theme: ThemeRow, into: ThemeRow) -> ThemeEditRow:
    """Lets one theme take another in; no clustering takes them apart again.

    Args:
        session: the transaction.
        theme: the one that is taken in, from `held`.
        into: the one that stays, from `held`.

    Raises:
        OptionError: they are the same, of two scopes, or one is not active.
    """
    active(theme)
    active(into)
    if theme.id == into.id:
        raise OptionError(f"theme {theme.id} cannot be merged into itself: name two themes")
    if theme.scope != into.scope:
        raise OptionError(
            f"theme {theme.id} is of {theme.scope} and theme {into.id} of {into.scope}: themes of "
            "one scope alone can be merged"
        )
    edit = _write(session, theme, "merge", other_id=into.id)
    passages = store.note_members(session, edit.id, theme.id)
    store.pour(session, theme.id, into.id)
    store.end(session, theme, state="merged", into=into.id)
    store.change(session, into, {})
    assign.describe_anew(session, into.scope, [into.id])
    tell(session, edit, theme.id, "merged", others=[into.id], passages=passages)
    tell(session, edit, into.id, "merged", others=[theme.id], passages=passages)
    store.bump(session, into.scope)
    route.follow(session, into.scope, [theme.id, into.id])
    return edit


def split(session: Session, theme: ThemeRow, findings: Collection[UUID], name: str) -> ThemeEditRow:
    """Makes a theme of its own of some findings of another; no clustering merges the two again.

    Args:
        session: the transaction.
        theme: that is split, from `held`.
        findings: all of them in it.
        name: of the new theme, redacted.

    Returns:
        The edit; its `other_id` is the new theme.

    Raises:
        OptionError: a finding is not in the theme, there is none, or none is left behind.
    """
    active(theme)
    standing = _standing(session, theme.scope, findings)
    strange = [one for one in standing if one.theme != theme.id]
    if strange:
        raise OptionError(
            f"{len(strange)} of the findings do not stand first in theme {theme.id}: split off "
            "findings of that theme alone, or move the others"
        )
    new = _make(session, theme.scope, name, standing)
    edit = _write(session, theme, "split", other_id=new.id, after={"name": new.name})
    _put(session, edit, standing, new.id)
    if not theme_members.count(session, theme.id):
        raise OptionError(
            f"nothing would be left in theme {theme.id}: rename it, or split off a part of it"
        )
    tell(session, edit, new.id, "split", others=[theme.id], passages=len(standing))
    tell(session, edit, theme.id, "split", others=[new.id], passages=len(standing))
    store.change(session, theme, {})
    return edit


def move(
    session: Session, scope: str, findings: Collection[UUID], to: ThemeRow | None
) -> ThemeEditRow:
    """Puts findings into a theme of their scope, or into none.

    Args:
        session: the transaction, which holds the scope (`held`, or `themes.scope`).
        scope: of them.
        findings: of the scope; the passage that each stands in goes as a whole.
        to: active; None for the emerging pool.

    Raises:
        OptionError: a finding is not of the scope, or the theme is not or not active.
    """
    if to is not None:
        active(to)
        if to.scope != scope:
            raise OptionError(f"theme {to.id} is of {to.scope}, and the findings are of {scope}")
    standing = _standing(session, scope, findings)
    edit = store.add(
        session, {"scope": scope, "kind": "move", "theme_id": None if to is None else to.id}
    )
    _put(session, edit, standing, edit.theme_id)
    left = {one.theme for one in standing if one.theme is not None} - {edit.theme_id}
    others = [id for id in (edit.theme_id,) if id is not None]
    for id in sorted(left):
        count = sum(one.theme == id for one in standing)
        tell(session, edit, id, "moved", others=others, passages=count)
    if to is not None:
        tell(session, edit, to.id, "moved", others=sorted(left), passages=len(standing))
        store.change(session, to, {})
    return edit


def seed(session: Session, scope: str, name: str, findings: Collection[UUID]) -> ThemeEditRow:
    """Makes a theme by name, with findings as examples of what belongs in it.

    Args:
        session: the transaction, which holds the scope.
        scope: of them.
        name: redacted.
        findings: one or more of the scope.

    Returns:
        The edit; its `theme_id` is the new theme.

    Raises:
        OptionError: there is no finding, or one is not of the scope.
    """
    standing = _standing(session, scope, findings)
    new = _make(session, scope, name, standing)
    edit = _write(session, new, "seed", after={"name": new.name})
    _put(session, edit, standing, new.id)
    tell(session, edit, new.id, "seeded", passages=len(standing))
    return edit


def together(session: Session, scope: str, findings: Collection[UUID]) -> ThemeEditRow:
    """Says that findings belong in one theme, whichever it is: from the next clustering on.

    Raises:
        OptionError: they are fewer than two passages, or one is not of the scope.
    """
    standing = _standing(session, scope, findings)
    if len(standing) < 2:
        raise OptionError("findings of one passage are together anyway: name two or more")
    edit = store.add(session, {"scope": scope, "kind": "together"})
    store.note(session, edit.id, standing)
    store.bump(session, scope)
    return edit


def apart(
    session: Session, scope: str, left: Collection[UUID], right: Collection[UUID]
) -> ThemeEditRow:
    """Says that no finding on the left belongs in a theme with one on the right, from then on.

    Raises:
        OptionError: a side is empty, a passage stands on both, or a finding is not of the scope.
    """
    sides = (_standing(session, scope, left), _standing(session, scope, right))
    both = {one.place for one in sides[0]} & {one.place for one in sides[1]}
    if both:
        raise OptionError("a passage stands on both sides: take its findings out of one")
    edit = store.add(session, {"scope": scope, "kind": "apart"})
    for side, standing in enumerate(sides):
        store.note(session, edit.id, standing, side=side)
    store.bump(session, scope)
    return edit


def active(theme: ThemeRow) -> None:
    """Makes sure that a theme is there to be changed.

    Raises:
        OptionError: it was merged or has faded.
    """
    if theme.state == "merged":
        raise OptionError(
            f"theme {theme.id} was merged into {theme.merged_into}: change that one, or undo the "
            "merge first"
        )
    if theme.state != "active":
        raise OptionError(f"theme {theme.id} has faded: nothing is in it that could be changed")


def give_name(session: Session, theme: ThemeRow, name: str | None) -> None:
    """Writes a person's name for a theme, or gives it the machine's back."""
    if name is None:
        values = {"name": theme.machine_name, "named_by": "machine"}
    else:
        values = {"name": name, "named_by": "person"}
    store.change(session, theme, values)


def tell(session: Session, edit: ThemeEditRow, theme: UUID, kind: str, **values: Any) -> None:
    """Adds what an edit did to the lineage of a theme; `others` and `passages` are its values."""
    row = {"scope": edit.scope, "theme_id": theme, "kind": kind, "edit_id": edit.id}
    store.tell(session, [{"others": [], "passages": 0, **row, **values}])


def _write(session: Session, theme: ThemeRow, kind: str, **values: Any) -> ThemeEditRow:
    return store.add(session, {"scope": theme.scope, "kind": kind, "theme_id": theme.id, **values})


def _named(name: str) -> str:
    text = " ".join(name.split())
    if not text:
        raise OptionError("the name is empty: give a theme a few words")
    if len(text) > LONGEST_THEME_NAME:
        raise OptionError(
            f"the name has {len(text):,} characters: {LONGEST_THEME_NAME} is the most"
        )
    return text


def _standing(session: Session, scope: str, findings: Collection[UUID]) -> list[Standing]:
    """Where the passages of findings stand, all of which have to be of the scope."""
    if not findings:
        raise OptionError("no finding is named: name one or more")
    if len(findings) > MOST_FINDINGS:
        raise OptionError(f"{len(findings):,} findings: {MOST_FINDINGS:,} is the most at once")
    missing = set(findings) - store.known(session, scope, findings)
    if missing:
        raise OptionError(
            f"{len(missing)} of the findings are not there, or not of {scope}: {min(missing)}"
        )
    return store.standings(session, scope, findings)


def _make(session: Session, scope: str, name: str, standing: Sequence[Standing]) -> ThemeRow:
    """A theme of a person's, described by the passages that are going to be in it."""
    vectors = theme_members.vectors_at(session, [one.place for one in standing])
    found = assign.sketch(vectors, theme_members.centre(session, scope))
    text = _named(name)
    return store.new_theme(
        session,
        {
            "scope": scope,
            "name": text,
            "named_by": "person",
            # Until the next clustering reads what is in it.
            "machine_name": text,
            "made_by": "person",
            "centroid": found.centroid,
            "middle": found.middle,
            "floor": found.floor,
        },
    )


def _put(
    session: Session, edit: ThemeEditRow, standing: Sequence[Standing], goal: UUID | None
) -> None:
    store.note(session, edit.id, standing)
    store.place(session, edit.scope, [one.place for one in standing], goal)
    assign.describe_anew(session, edit.scope, touched(standing, goal))
    store.bump(session, edit.scope)
    route.follow(session, edit.scope, touched(standing, goal))


def touched(standing: Iterable[Standing], *goals: UUID | None) -> list[UUID]:
    """The themes that passages leave, and those that they go to."""
    themes = {*goals, *(one.theme for one in standing)}
    return sorted(id for id in themes if id is not None)

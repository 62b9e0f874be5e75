"""Fills an embedded database: 100,000 interactions, and a million findings in themes.

Rows are copied in, with the checks of foreign keys and the triggers off.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from api.store.database import Database
from api.store.embedded import Embedded
from api.store.vectors import packed
from benchmarks.load.finish import finish
from benchmarks.load.material import Material, Theme, gather, noisy
from nlp.types import CATEGORIES

INTERACTIONS = 100_000
PASSAGES = 10
"""Of each interaction, with a finding each."""

READY = "READY"
"""A file below the home that says that the store is whole."""

_CHUNK = 2_000
_PLACED = 0.85  # of the findings stand in a theme
_SECOND = 0.05  # stand in a second one
_ROUTED = 0.5  # reached a department
_MIX = (0.55, 0.2, 0.25)  # of the categories
_CHANNELS = ("call", "email", "chat")
_PRODUCTS = ("Aria 3 router", "Kettle 3", "Tamsel 2", "Doorbell S", "Vacuum V9", "Freezer F4")
_REGIONS = ("EMEA", "APAC", "AMER", "UK")

Row = tuple[Any, ...]
Say = Callable[[str], None]

TABLES: dict[str, tuple[str, str]] = {
    "interactions": (
        "id external_id source format channel subject started_at received_at state mined_at model "
        "roles metadata redactions sentiment_label sentiment_score",
        "uuid text text text text text timestamptz timestamptz text timestamptz text jsonb jsonb "
        "jsonb text float8",
    ),
    "turns": (
        "interaction_id index speaker text sentiment_label sentiment_score",
        "uuid int4 text text text float8",
    ),
    "passages": (
        "interaction_id index turn start end vector",
        "uuid int4 int4 int4 int4 bytea",
    ),
    "findings": (
        "id interaction_id passage category turn start end quote confidence sentiment unsure model",
        "uuid uuid int4 text int4 int4 int4 text float8 text bool text",
    ),
    "theme_members": (
        "finding_id theme_id scope place interaction_id likeness placed_by subtheme_id",
        "uuid uuid text int2 uuid float8 text uuid",
    ),
    "routed": (
        "department_id finding_id interaction_id passage turn",
        "uuid uuid uuid int4 int4",
    ),
}


@dataclass(slots=True)
class Drawing:
    """What is drawn with, and what was drawn so far.

    Attributes:
        material: words, vectors and themes.
        rng: where chance comes from.
        dice: the same, for single draws.
        departments: ids, that findings are routed to.
        quotes: findings that were chosen for themes so far.
        rows: of each table, that are not written yet.
    """

    material: Material
    rng: np.random.Generator
    dice: random.Random
    departments: list[UUID]
    quotes: dict[UUID, dict[UUID, UUID]] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})


def generate(home: Path, *, interactions: int = INTERACTIONS, say: Say = print) -> None:
    """Makes the store.

    Args:
        home: folder of the embedded database; what is in it already stays.
        interactions: how many.
        say: told how far it is.
    """
    began = time.monotonic()
    (home / READY).unlink(missing_ok=True)
    rng = np.random.default_rng(5)
    material = gather(rng)
    say(f"{len(material.said)} passages with vectors, {time.monotonic() - began:.0f} s")
    with Embedded(home) as embedded:
        database = Database(embedded.url)
        database.upgrade()
        with psycopg.connect(database.conninfo, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute("DROP INDEX ix_passages_vector")
            drawing = _drawing(connection, material, rng)
            _write_themes(connection, drawing)
            moments = _moments(rng, interactions)
            for at in range(0, interactions, _CHUNK):
                _draw(drawing, at, moments[at : at + _CHUNK])
                _flush(connection, drawing)
                if at % (10 * _CHUNK) == 0:
                    say(f"{at + _CHUNK} interactions, {time.monotonic() - began:.0f} s")
            _write_quotes(connection, drawing)
            finish(database, connection, material.folder)
        database.close()
    (home / READY).touch()
    say(f"done, {time.monotonic() - began:.0f} s")


def _drawing(
    connection: psycopg.Connection[Any], material: Material, rng: np.random.Generator
) -> Drawing:
    found = connection.execute("SELECT id FROM departments ORDER BY name").fetchall()
    return Drawing(
        material=material,
        rng=rng,
        dice=random.Random(5),  # noqa: S311 - nothing secret
        departments=[id for (id,) in found],
    )


def _moments(rng: np.random.Generator, number: int) -> list[datetime]:
    """When they came in: over a year, up to now, in their order."""
    now = datetime.now(UTC)
    seconds = np.sort(rng.uniform(60, 365 * 86_400, size=number))[::-1]
    return [now - timedelta(seconds=float(one)) for one in seconds]


def _id(moment: datetime, dice: random.Random) -> UUID:
    """An identifier as `api.store.ids` makes them, of that moment."""
    now = int(moment.timestamp() * 1000 * 4096)
    return UUID(
        int=(now >> 12) << 80 | 7 << 76 | (now & 0xFFF) << 64 | 2 << 62 | dice.getrandbits(62)
    )


def _draw(drawing: Drawing, first: int, moments: Sequence[datetime]) -> None:
    """Draws a chunk of interactions with all that hangs on them."""
    number = len(moments) * PASSAGES
    rng, material = drawing.rng, drawing.material
    chosen = rng.choice(len(CATEGORIES), size=number, p=_MIX)
    themes = np.zeros(number, dtype=np.int64)
    said = np.zeros(number, dtype=np.int64)
    for index, category in enumerate(CATEGORIES):
        here = np.flatnonzero(chosen == index)
        listed = material.themes[category]
        weights = np.array([one.weight for one in listed])
        themes[here] = rng.choice(len(listed), size=len(here), p=weights / weights.sum())
        lots = rng.random(len(here))
        said[here] = [
            listed[theme].members[int(lot * len(listed[theme].members))]
            for theme, lot in zip(themes[here], lots, strict=True)
        ]
    for place, moment in enumerate(moments):
        span = slice(place * PASSAGES, (place + 1) * PASSAGES)
        points = map(packed, noisy(material.vectors[said[span]], rng))
        found = zip(
            chosen[span].tolist(), themes[span].tolist(), said[span].tolist(), points, strict=True
        )
        _interaction(drawing, first + place, moment, list(found))


def _interaction(
    drawing: Drawing, number: int, moment: datetime, found: list[tuple[int, int, int, bytes]]
) -> None:
    dice, material, rows = drawing.dice, drawing.material, drawing.rows
    id = _id(moment, dice)
    channel = dice.choices(_CHANNELS, (6, 3, 1))[0]
    metadata = {
        "product": dice.choice(_PRODUCTS),
        "version": f"{dice.randrange(1, 6)}.{dice.randrange(10)}",
        "region": dice.choice(_REGIONS),
        "customer": f"c{dice.randrange(60_000)}",
    }
    score = round(dice.uniform(-0.9, 0.5), 3)
    label = "negative" if score < -0.2 else "neutral" if score < 0.2 else "positive"
    rows["interactions"].append(
        (
            *(id, f"load-{number:07}", f"load-{number:07}.json", "conduit_json", channel, None),
            *(moment - timedelta(minutes=dice.randrange(1, 90)), moment, "mined", moment),
            material.model,
            Jsonb({"source": "given", "confidence": 1.0, "note": ""}),
            Jsonb(metadata),
            Jsonb({}),
            *(label, score),
        )
    )
    half = len(found) // 2
    for turn, first, part in ((0, 0, found[:half]), (2, half, found[half:])):
        at, texts = 0, []
        for index, (category, theme, said, point) in enumerate(part, start=first):
            words = material.said[said].text
            place = (turn, index, at, at + len(words))
            texts.append(words)
            at += len(words) + 1
            rows["passages"].append((id, index, turn, place[2], place[3], point))
            _finding(drawing, id, place, (category, theme, said))
        rows["turns"].append((id, turn, "customer", " ".join(texts), label, score))
    rows["turns"].append((id, 1, "agent", dice.choice(material.agents), None, None))


def _finding(
    drawing: Drawing,
    interaction: UUID,
    place: tuple[int, int, int, int],
    drawn: tuple[int, int, int],
) -> None:
    turn, passage, start, end = place
    category, theme, said = drawn
    dice, material, rows = drawing.dice, drawing.material, drawing.rows
    id = uuid4()
    name, words = CATEGORIES[category], material.said[said]
    confidence = round(dice.uniform(0.4, 1), 3)
    rows["findings"].append(
        (
            *(id, interaction, passage, name, turn, start, end, words.text, confidence),
            *(words.sentiment, confidence < 0.5, material.model),
        )
    )
    overall = material.themes["all"]
    for scope, one in (
        (name, material.themes[name][theme]),
        ("all", overall[material.overall[said]]),
    ):
        if dice.random() > _PLACED:
            continue
        _member(drawing, (id, interaction), one, 1)
        if dice.random() < _SECOND:
            other = dice.choice(material.themes[scope])
            if other.id != one.id:
                _member(drawing, (id, interaction), other, 2)
    if dice.random() < _ROUTED:
        rows["routed"].append(
            (
                drawing.departments[category % len(drawing.departments)],
                *(id, interaction),
                *(passage, turn),
            )
        )


def _member(drawing: Drawing, finding: tuple[UUID, UUID], theme: Theme, place: int) -> None:
    id, interaction = finding
    dice = drawing.dice
    part = dice.choice(theme.parts) if theme.parts and dice.random() < _PLACED else None
    likeness = round(dice.uniform(0.3, 0.9), 3)
    drawing.rows["theme_members"].append(
        (id, theme.id, theme.scope, place, interaction, likeness, "clustering", part)
    )
    quotes = drawing.quotes.setdefault(theme.id, {})
    if place == 1 and len(quotes) < 10:
        quotes[interaction] = id


def _flush(connection: psycopg.Connection[Any], drawing: Drawing) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        for name, (columns, types) in TABLES.items():
            listed = ", ".join(f'"{column}"' for column in columns.split())
            with cursor.copy(f"COPY {name} ({listed}) FROM STDIN WITH (FORMAT binary)") as copy:
                copy.set_types(types.split())
                for row in drawing.rows[name]:
                    copy.write_row(row)
            drawing.rows[name].clear()


def _write_themes(connection: psycopg.Connection[Any], drawing: Drawing) -> None:
    """Scopes, areas, themes, their prototypes and their parts."""
    material = drawing.material
    with connection.transaction():
        for scope, listed in material.themes.items():
            connection.execute(
                "INSERT INTO theme_scopes (scope, version, clustered_at, resolution, model, centre,"
                " documents) VALUES (%s, 1, now(), 1, %s, %s::halfvec, %s) ON CONFLICT DO NOTHING",
                [scope, material.model, _text(material.centre), INTERACTIONS * PASSAGES],
            )
            areas = [uuid4() for _ in range(max(1, len(listed) // 8))]
            for area in areas:
                connection.execute(
                    "INSERT INTO theme_areas (id, scope, name) VALUES (%s, %s, %s)",
                    [area, scope, drawing.dice.choice(listed).words],
                )
            for one in listed:
                _write_theme(connection, drawing, one, drawing.dice.choice(areas))


def _write_theme(
    connection: psycopg.Connection[Any], drawing: Drawing, theme: Theme, area: UUID
) -> None:
    material = drawing.material
    vectors = material.vectors[theme.members]
    centroid = vectors.mean(axis=0)
    middle = (vectors - material.centre).mean(axis=0)
    connection.execute(
        "INSERT INTO themes (id, scope, name, machine_name, key_terms, product, area_id, born_at,"
        " centroid, middle, floor) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::halfvec,"
        " %s::halfvec, 0.3)",
        [
            *(theme.id, theme.scope, theme.words, theme.words, Jsonb(theme.words.split()[:5])),
            *(drawing.dice.choice(_PRODUCTS), area, datetime.now(UTC) - timedelta(days=365)),
            *(_text(centroid / np.linalg.norm(centroid)), _text(middle / np.linalg.norm(middle))),
        ],
    )
    for index, vector in enumerate((vectors - material.centre)[:8]):
        point = _text(vector / np.linalg.norm(vector))
        connection.execute(
            "INSERT INTO theme_prototypes (theme_id, index, vector) VALUES (%s, %s, %s::halfvec)",
            [theme.id, index, point],
        )
    for number, part in enumerate(theme.parts):
        connection.execute(
            "INSERT INTO subthemes (id, theme_id, name) VALUES (%s, %s, %s)",
            [part, theme.id, f"{theme.words}, {number + 1}"],
        )


def _text(vector: Any) -> str:
    return "[" + ",".join(f"{one:.5f}" for one in vector) + "]"


def _write_quotes(connection: psycopg.Connection[Any], drawing: Drawing) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO theme_quotes (theme_id, kind, place, finding_id) VALUES (%s, %s, %s, %s)",
            [
                (theme, ("central", "diverse")[place // 5], place % 5, finding)
                for theme, quotes in drawing.quotes.items()
                for place, finding in enumerate(quotes.values())
            ],
        )

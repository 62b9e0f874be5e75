"""Which requests are sent: of random themes, findings and items, with random filters."""

import json
import random
from collections.abc import Callable
from itertools import takewhile
from typing import Any
from urllib.parse import urlencode

import psycopg

from benchmarks.load.material import CORPUS, SCOPES
from nlp.learn.corpora import to_learn
from nlp.types import CATEGORIES, CHANNELS, SENTIMENTS

NUMBER = 2_000
"""Different requests of a kind of load."""

Lines = list[str]
_Make = Callable[[random.Random], str]


def reads(connection: psycopg.Connection[Any], dice: random.Random) -> dict[str, Lines]:
    """Reads by kind, and all of them mixed."""
    themes = _column(connection, "SELECT id FROM themes WHERE state = 'active'")
    items = _column(connection, "SELECT id FROM items WHERE opened_at IS NOT NULL")
    kinds: dict[str, tuple[int, _Make]] = {
        "themes, listed": (4, _themes),
        "one theme": (3, lambda dice: f"/v1/themes/{dice.choice(themes)}"),
        "quotes": (2, lambda dice: f"/v1/themes/{dice.choice(themes)}/quotes"),
        "findings of a theme": (3, lambda dice: _members(dice, dice.choice(themes))),
        "findings": (5, _findings),
    }
    if items:
        kinds["inbox"] = (2, _inbox)
        kinds["one item"] = (1, lambda dice: f"/v1/inbox/{dice.choice(items)}")
    found = {
        name: [f"GET {make(dice)}" for _ in range(NUMBER * share // 10)]
        for name, (share, make) in kinds.items()
    }
    return {"reads, mixed": [line for lines in found.values() for line in lines], **found}


def searches(dice: random.Random) -> Lines:
    """Searches for some words that customers said."""
    said = [turn.text.split() for turn in _turns()]
    found = []
    for _ in range(NUMBER):
        words = dice.choice(said)
        at = dice.randrange(max(1, len(words) - 4))
        query = {"q": " ".join(words[at : at + dice.randrange(2, 5)]), "limit": 20}
        if dice.random() < 1 / 3:
            query["category"] = dice.choice(CATEGORIES)
        found.append(f"GET /v1/search?{urlencode(query)}")
    return found


def submits(dice: random.Random) -> Lines:
    """Mails, one a request, as Conduit's own JSON."""
    return [f"POST /v1/interactions {mail}" for mail in mails(dice, NUMBER)]


def mails(dice: random.Random, number: int) -> Lines:
    """What customers of the corpus wrote in their first mail, drawn."""
    threads = [one.interaction for one in to_learn(CORPUS, "dev") + to_learn(CORPUS, "train")]
    first = [
        list(takewhile(lambda turn: turn.speaker == "customer", one.turns))
        for one in threads
        if one.channel == "email" and one.turns[0].speaker == "customer"
    ]
    found = []
    for place in range(number):
        turns = [{"speaker": turn.speaker, "text": turn.text} for turn in dice.choice(first)]
        found.append(json.dumps({"id": f"mail-{place}", "channel": "email", "turns": turns}))
    return found


def _turns() -> list[Any]:
    return [turn for one in to_learn(CORPUS, "train") for turn in one.interaction.turns]


def _themes(dice: random.Random) -> str:
    query: dict[str, Any] = {"scope": dice.choice(list(SCOPES)), "limit": 20}
    query["sort"] = dice.choice(("size", "growth", "recency", "sentiment"))
    return f"/v1/themes?{urlencode(query)}"


def _members(dice: random.Random, theme: str) -> str:
    query: dict[str, Any] = {"limit": 20}
    if dice.random() < 1 / 3:
        query["sentiment"] = dice.choice(SENTIMENTS)
    return f"/v1/themes/{theme}/findings?{urlencode(query)}"


def _findings(dice: random.Random) -> str:
    query: dict[str, Any] = {"limit": 20}
    for name, values in (
        ("category", CATEGORIES),
        ("sentiment", SENTIMENTS),
        ("unsure", ("true", "false")),
        ("channel", CHANNELS),
        ("min_confidence", (0.5, 0.7, 0.9)),
    ):
        if dice.random() < 1 / 3:
            query[name] = dice.choice(values)
    if query.get("unsure") == "true":
        query.pop("min_confidence", None)  # the generated store has none that are both
    return f"/v1/findings?{urlencode(query)}"


def _inbox(dice: random.Random) -> str:
    query: dict[str, Any] = {"limit": 20}
    if dice.random() < 1 / 2:
        query["state"] = "open"
    return f"/v1/inbox?{urlencode(query)}"


def _column(connection: psycopg.Connection[Any], query: str) -> list[str]:
    """The values of a query; none where the table is not there."""
    try:
        with connection.transaction():
            return [str(value) for (value,) in connection.execute(query).fetchall()]
    except psycopg.errors.UndefinedTable:
        return []

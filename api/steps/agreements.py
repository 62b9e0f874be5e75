"""Agreements: how far people agree on what they judged, by category and for sentiment."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from itertools import groupby

from api.steps import majority
from api.store.opinion_tables import OpinionRow
from nlp.learn.agreement import Judged, judged

SENTIMENT = "sentiment"
YES, NO = "yes", "no"


def agreements(rows: Iterable[OpinionRow]) -> dict[str, Judged]:
    """How far people agree, by what they judged: categories in their order, sentiment last.

    Args:
        rows: opinions, those of one passage after each other.
    """
    things: defaultdict[str, list[dict[Hashable, str]]] = defaultdict(list)
    for _, about in groupby(rows, key=lambda row: (row.interaction_id, row.turn, row.start)):
        said = majority.spoken(about)
        for name, votes in said.votes.items():
            things[name].append({one: YES if vote else NO for one, vote in votes.items()})
        if said.feelings:
            things[SENTIMENT].append(dict(said.feelings))
    names = sorted(things, key=lambda name: (name == SENTIMENT, name))
    return {name: judged(things[name]) for name in names}

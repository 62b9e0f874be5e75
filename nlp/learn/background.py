"""Ordinary passages, against which a category of a team's own is fitted and judged.

    python -m nlp.learn.background corpora/contact_centre

chooses them from the train split of the project's own corpus and writes `data/background.jsonl`:
each with the turn before it, spread evenly over industries, styles and what they carry. The choice
is by hash, so that the same corpus gives the same file, and a corpus that grew most of it.
"""

import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nlp.types import Interaction, Roles, Turn

DATA = Path(__file__).parent / "data" / "background.jsonl"
SIZE = 300
# Shorter ones ("yes", "that is right") carry nothing and are told apart by anything.
_LEAST_WORDS = 5
# How much of it carries one of the three categories, or a feeling and none, or neither.
_SHARES = {"category": 0.35, "feeling": 0.25, "plain": 0.40}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordinary:
    """One ordinary passage.

    Attributes:
        before: what the other side said just before it, or "".
        text: the passage.
    """

    before: str
    text: str


@cache
def ordinary() -> tuple[Ordinary, ...]:
    """The passages that come with the project."""
    lines = DATA.read_text(encoding="utf-8").splitlines()
    return tuple(Ordinary(**json.loads(line)) for line in lines)


def said(text: str, before: str = "") -> Interaction:
    """A passage as the one customer's turn of an interaction, after what was said before it."""
    turns = [Turn(index=0, speaker="agent", text=before)] if before else []
    return Interaction(
        id="example",
        source="example",
        format="example",
        channel="call",
        turns=(*turns, Turn(index=len(turns), speaker="customer", text=text)),
        roles=Roles(source="options", confidence=1.0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    place: str
    kind: str
    industry: str
    style: str
    passage: Ordinary


def _candidates(corpus: Path) -> Iterator[_Candidate]:
    from nlp import passages
    from nlp.learn import corpora

    for one in corpora.interactions(corpus):
        turns = one.interaction.turns
        for number, example in enumerate(one.examples):
            train = corpora.split_of(example.group, example.industry) == "train"
            if not train or len(example.text.split()) < _LEAST_WORDS:
                continue
            index = passages.passages(one.interaction)[number].turn
            before = turns[index - 1] if index else None
            kind = "category" if example.categories else "feeling"
            if kind == "feeling" and example.sentiment == "neutral":
                kind = "plain"
            yield _Candidate(
                place=hashlib.sha256(f"{example.group}/{number}".encode()).hexdigest(),
                kind=kind,
                industry=example.industry,
                style=example.style,
                passage=Ordinary(
                    before=before.text if before and before.speaker == "agent" else "",
                    text=example.text,
                ),
            )


def choose(corpus: Path) -> list[Ordinary]:
    """The passages of a corpus in the project's own format: no text twice, the same every time."""
    found = {one.passage.text: one for one in _candidates(corpus)}
    chosen: list[_Candidate] = []
    taken: dict[tuple[str, str], int] = defaultdict(int)
    for kind, share in _SHARES.items():
        waiting = sorted((one for one in found.values() if one.kind == kind), key=_by_place)
        for _ in range(min(round(share * SIZE), len(waiting))):
            # The industry and style of which least was taken so far; among those, by hash.
            best = min(
                waiting,
                key=lambda one: (taken["i", one.industry], taken["s", one.style], one.place),
            )
            waiting.remove(best)
            taken["i", best.industry] += 1
            taken["s", best.style] += 1
            chosen.append(best)
    return [one.passage for one in sorted(chosen, key=_by_place)]


def _by_place(one: _Candidate) -> str:
    return one.place


def write(corpus: Path, target: Path = DATA) -> int:
    """Writes the file; gives the number of passages."""
    chosen = choose(corpus)
    lines = [
        json.dumps({"before": one.before, "text": one.text}, ensure_ascii=False) for one in chosen
    ]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(chosen)


if __name__ == "__main__":
    sys.stdout.write(f"{write(Path(sys.argv[1]))} passages\n")

"""What the gate needs, gathered: answers that are kept with models, and how fast both read.

Whoever only weighs what is kept needs no encoder; whoever measures speed hands in miners.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from nlp.errors import ModelError
from nlp.learn import gate, kept_answers
from nlp.learn.background import ordinary, said
from nlp.learn.gate import Reviewed, Speed
from nlp.learn.verdict import Reason, Verdict
from nlp.types import Interaction, Mined

RUNS = 5
"""Of each model, one after the other in turns: what else the machine does meets both alike."""

TOGETHER = 32
PASSAGES = 160
"""Of the ordinary passages: a run takes a second, and is long enough for its clock."""


class Mines(Protocol):
    """A miner, as its speed is measured."""

    def mine(self, interactions: Sequence[Interaction]) -> list[Mined]:
        """What is found in each."""
        ...


def verdict(
    candidate: Path,
    serving: Path,
    *,
    reviewed: Reviewed | None = None,
    speed: Speed | None = None,
) -> Verdict:
    """What the gate says of two model folders, from the answers that are kept in them.

    Args:
        candidate: folder of the model that is to serve.
        serving: folder of the one that does.
        reviewed: passages from production, with what both say of them.
        speed: of both.
    """
    kept, missing = [], []
    for folder in (candidate, serving):
        try:
            kept.append(kept_answers.read(folder))
        except ModelError as error:
            missing.append(Reason(code="not_measured", label="", message=str(error)))
    if missing:
        return Verdict(
            candidate=candidate.name,
            serving=serving.name,
            passed=False,
            figures=(),
            reasons=tuple(missing),
        )
    return gate.judge(kept[0], kept[1], reviewed=reviewed, speed=speed)


def speed(
    candidate: Mines, serving: Mines, *, clock: Callable[[], float], runs: int = RUNS
) -> Speed:
    """Measures how long both take over the same ordinary passages, in alternating runs.

    Args:
        candidate: with as many threads as the other.
        serving: the one that serves.
        clock: seconds that only go forward.
        runs: of each; a first one, which warms up, does not count.
    """
    read = [said(one.text, one.before) for one in ordinary()[:PASSAGES]]

    def run(miner: Mines) -> float:
        start = clock()
        for at in range(0, len(read), TOGETHER):
            miner.mine(read[at : at + TOGETHER])
        return (clock() - start) / len(read)

    for miner in (candidate, serving):
        miner.mine(read[:TOGETHER])
    rounds = [(run(candidate), run(serving)) for _ in range(runs)]
    return Speed(
        candidate=tuple(one for one, _ in rounds),
        serving=tuple(one for _, one in rounds),
        passages=len(read),
    )

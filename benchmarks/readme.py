"""Rewrites the generated blocks of the README: `python -m benchmarks.readme`.

Each stands between `<!-- name -->` and `<!-- /name -->`, and a test fails where one is stale.
"""

import io
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from rich.console import Console

from nlp.intake import batches, files, read_file
from nlp.learn import card, registry
from nlp.pipeline import Miner
from nlp.readers import READERS
from nlp.readers.base import ReadOptions
from nlp.redact import Redactor
from nlp.redact.build import build
from nlp.report import as_table
from nlp.session import BATCH
from nlp.themes import listing
from nlp.themes.gather import gather
from nlp.themes.material import Collector
from nlp.types import CATEGORIES, Interaction
from nlp.weights import CACHE

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
SAMPLES = Path("corpora/samples")
SHOWN = SAMPLES / "thermostat-guide-step-four.txt"


def formats() -> str:
    """The table of formats."""
    rows = ["| format | what it is | usual endings | checked with |", "|---|---|---|---|"]
    rows += [
        f"| `{name}` | {one.title} | {' '.join(one.suffixes)} | {one.checked_with} |"
        for name, one in READERS.items()
    ]
    return "\n".join(rows)


def figures() -> str:
    """The figures of the committed model."""
    metrics = (registry.default_folder() / "metrics.json").read_text(encoding="utf-8")
    return "\n".join(card.figures(json.loads(metrics)))


def mine() -> str:
    """What `conduit mine` prints of one sample."""
    found = read_file(ROOT / SHOWN, options=ReadOptions())
    call = next(item for item in found if isinstance(item, Interaction))
    call = Redactor().redact(call).interaction
    mined = Miner.load(cache=CACHE.expanduser()).mine([call])[0]
    out = io.StringIO()
    console = Console(file=out, width=100, markup=False, emoji=False, highlight=False)
    console.print(as_table(call, mined))
    text = out.getvalue().replace(f"{ROOT}/", "")
    lines = [line.rstrip() for line in text.splitlines()]
    return "\n".join(["```", *lines, "```"])


def themes() -> str:
    """What `conduit themes` prints of the samples, one category."""
    redactor, collector = build(cache=CACHE), Collector()
    found = (
        item
        for path, _ in files([SAMPLES])
        for item in read_file(ROOT / path, options=ReadOptions(), name=str(path))
        if isinstance(item, Interaction)
    )
    miner = Miner.load(cache=CACHE.expanduser())
    for batch in batches((redactor.redact(call).interaction for call in found), BATCH):
        for call, mined in zip(batch, miner.mine(batch), strict=True):
            collector.add(call, mined)
    out = io.StringIO()
    console = Console(file=out, width=100, markup=False, emoji=False, highlight=False)
    listing.show(console, gather(collector.material(), CATEGORIES[:1]), top=3)
    lines = [line.rstrip() for line in out.getvalue().rstrip().splitlines()]
    return "\n".join(["```", *lines, "```"])


BLOCKS: dict[str, Callable[[], str]] = {
    "formats": formats,
    "figures": figures,
    "mine": mine,
    "themes": themes,
}


def rewritten(text: str, blocks: Iterable[str] = tuple(BLOCKS)) -> str:
    """The README with blocks made anew, all of them or those named."""
    for name in blocks:
        found = re.search(rf"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", text, re.DOTALL)
        if found is None:
            raise ValueError(f"the README has no block {name!r}")
        text = f"{text[: found.start()]}{BLOCKS[name]()}\n{text[found.end() :]}"
    return text


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text(encoding="utf-8")), encoding="utf-8")

"""Rewrites the generated blocks of the README: `python -m benchmarks.readme`.

Each stands between `<!-- name -->` and `<!-- /name -->`, and a test fails where one is stale.
"""

import io
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from rich.console import Console

from nlp.intake import read_file
from nlp.learn import card, registry
from nlp.pipeline import Miner
from nlp.readers import READERS
from nlp.readers.base import ReadOptions
from nlp.redact import Redactor
from nlp.report import as_table
from nlp.types import Interaction
from nlp.weights import CACHE

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
SHOWN = Path("corpora/samples/thermostat-guide-step-four.txt")


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


BLOCKS: dict[str, Callable[[], str]] = {"formats": formats, "figures": figures, "mine": mine}


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

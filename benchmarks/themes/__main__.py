"""The command line of `benchmarks.themes`."""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from benchmarks.themes import __doc__ as about
from benchmarks.themes import agreement, growth, race, scale
from benchmarks.themes.sets import SETS, banking77, labelled, load, served_encoder

GROWING = ("stability", "order", "online")
TABLES = (*SETS, *GROWING, "speed", "million")


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    # Nothing at all is a choice, too: argparse looks for the empty list among them.
    parser.add_argument("tables", nargs="*", choices=[*TABLES, []], metavar="TABLE")
    parser.add_argument("--runs", type=int, default=3, help="of what is drawn by lot")
    parser.add_argument("--threads", type=int, default=2, help="for speed and million")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=list(scale.SIZES), help="for million"
    )
    return parser.parse_args()


def lines(asked: argparse.Namespace, root: Path) -> Iterator[str]:
    """The wanted tables, or all."""
    wanted = asked.tables or TABLES
    encoder = served_encoder()
    growing = [name for name in GROWING if name in wanted]
    for name in SETS:
        if name not in wanted and not growing:
            continue
        on = load(name, root, encoder)
        if name in wanted:
            yield from agreement.lines(on, runs=asked.runs)
            yield ""
        yield from growth.lines(growing, on, runs=asked.runs)
    if "speed" in wanted:
        on = labelled("Banking77 train", banking77(root, "train"), encoder)
        yield from race.lines(on, threads=asked.threads, runs=asked.runs)
        yield ""
    if "million" in wanted:
        yield from scale.lines(root, threads=asked.threads, sizes=asked.sizes)


def main() -> None:
    """Prints the tables."""
    for line in lines(options(), Path(os.environ["CONDUIT_DATA"])):
        print(line, flush=True)


if __name__ == "__main__":
    main()

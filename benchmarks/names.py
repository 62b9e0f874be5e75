"""Measures names and addresses: rules alone, rules with the model, and presidio beside them.

    CONDUIT_DATA=… python -m benchmarks.names [--json FILE] [--dev]

Two sets, neither of them trained or tuned on: the templates of presidio-research with an odd number
(the even ones were looked at and trained on; the set has no split of its own), and the test split
of WNUT17, posts from Twitter, Reddit, YouTube and Stack Exchange.

On the first, what counts is whether something personal is left: a gold span is found when every
letter and digit of it lies in spans of any kind (`covered`), or of its own kind (`recall`). On
WNUT17, F1 of persons by entity: the tokens must agree exactly. Presidio has no names here, as no
model for spaCy can be had without a network: beside the names its figure is that of its patterns.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.redaction import Case, Find, presidio, score, synthetic, turns_of_calls
from nlp.learn import names_card
from nlp.learn.names_corpora import Marked, texts
from nlp.redact import Redactor, Span, names_model
from nlp.redact.model_names import ModelNames, windows, worth_reading
from nlp.weights import CACHE


@dataclass(frozen=True, slots=True)
class Shares:
    """Precision, recall and their harmonic mean.

    Attributes:
        gold: what is there.
        said: what was said to be there.
        right: what is both.
    """

    gold: int
    said: int
    right: int

    def row(self) -> dict[str, float | int]:
        """The counts and the shares that follow from them."""
        return {
            "gold": self.gold,
            "precision": self.right / max(self.said, 1),
            "recall": self.right / max(self.gold, 1),
            "f1": 2 * self.right / max(self.gold + self.said, 1),
        }


def by_rules() -> Find:
    """The redactor without a model."""
    redactor = Redactor()
    return lambda text, asked: redactor.find(text, context_kind=asked)


def served() -> Find:
    """The redactor as it is served."""
    redactor = Redactor(ModelNames.load(cache=CACHE.expanduser(), threads=1))
    return lambda text, asked: redactor.find(text, context_kind=asked)


def persons(
    data: Sequence[Marked], find: Callable[[str], Sequence[Span]], *, handles: bool = True
) -> Shares:
    """Entities of persons, by whole tokens: the tokens that a span touches are its entity.

    Args:
        data: marked texts, their tokens with a space between.
        find: what is measured.
        handles: whether account names ("@" and what follows) count where they are marked; 132 of
            the 429 persons of WNUT17's test split are such, and none of its other splits.
    """
    gold = said = right = 0
    for one in data:
        marked = {(start, end) for start, end, label in one.marks if label == "PERSON"}
        found = {
            _whole(one.text, span.start, span.end)
            for span in find(one.text)
            if span.kind == "PERSON"
        }
        if not handles:
            marked = {span for span in marked if not _is_handle(one.text, span[0])}
            found = {span for span in found if not _is_handle(one.text, span[0])}
        gold, said, right = gold + len(marked), said + len(found), right + len(marked & found)
    return Shares(gold, said, right)


def _is_handle(text: str, start: int) -> bool:
    return text.startswith("@", start) or text[:start].endswith("@ ")


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """The bounds of the tokens, between spaces, that a span touches."""
    start = text.rfind(" ", 0, start) + 1
    after = text.find(" ", end)
    return start, len(text) if after < 0 else after


def identifiers(cases: Sequence[Case], find: Find) -> dict[str, float | int]:
    """Over all kinds of direct identifiers: how many are found, covered, and how many said right.

    Args:
        cases: with gold spans.
        find: what is measured.
    """
    gold = covered = 0
    for case in cases:
        held = {
            place for span in find(case.text, case.asked) for place in range(span.start, span.end)
        }
        for start, end, _ in case.gold:
            gold += 1
            covered += all(
                place in held for place in range(start, end) if case.text[place].isalnum()
            )
    tallies, _ = score(cases, find)
    said = sum(tally.said for tally in tallies.values())
    return {
        "gold": gold,
        "recall": sum(tally.found for tally in tallies.values()) / max(gold, 1),
        "covered": covered / max(gold, 1),
        "precision": sum(tally.right for tally in tallies.values()) / max(said, 1),
    }


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--dev", action="store_true", help="the splits to choose on, with errors")
    parser.add_argument("--no-peer", action="store_true", help="leave presidio out")
    parser.add_argument("--record", action="store_true", help="write the model's figures and card")
    options = parser.parse_args()
    if "CONDUIT_DATA" not in os.environ:
        sys.exit("CONDUIT_DATA is not set: it names the folder of the public sets")
    data = Path(os.environ["CONDUIT_DATA"])
    finders = {"rules": by_rules(), "rules and model": served()}
    if not options.no_peer:
        finders["presidio, patterns"] = presidio()
    even, odd, _ = synthetic(data)
    cases = even if options.dev else odd
    split = "dev" if options.dev else "test"
    wnut = [one for one in texts("ner_wnut17", data) if one.split == split]
    figures: dict[str, dict[str, Any]] = {}
    _say(f"presidio-research, {'even' if options.dev else 'odd'} templates: {len(cases)} texts")
    _say(f"{'':<20} {'gold':>5} {'recall':>7} {'covered':>8} {'precision':>9}")
    for name, find in finders.items():
        row = identifiers(cases, find)
        figures[f"identifiers, {name}"] = row
        _say(
            f"{name:<20} {row['gold']:>5} {row['recall']:>7.3f} {row['covered']:>8.3f}"
            f" {row['precision']:>9.3f}"
        )
    for name, find in finders.items():
        figures[f"kinds, {name}"] = _kinds(name, cases, find, errors=options.dev)
    _say(f"\nWNUT17 {split}, persons by entity: {len(wnut)} texts")
    for name, find in finders.items():
        for title, handles in (("persons", True), ("persons but handles", False)):
            row = persons(wnut, lambda text, by=find: by(text, None), handles=handles).row()  # type: ignore[misc]  # bound now
            figures[f"{title}, {name}"] = row
            _say(
                f"{name:<20} {title:<20} gold {row['gold']} precision {row['precision']:.3f}"
                f" recall {row['recall']:.3f} F1 {row['f1']:.3f}"
            )
    if options.record and not options.dev:
        for path in names_card.write(names_model.default_folder(), _record(figures)):
            _say(f"wrote {path}")
    figures["cost"] = _cost(turns_of_calls(data), finders)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _record(figures: dict[str, dict[str, Any]]) -> dict[str, dict[str, float]]:
    """The figures that the card shows, of the rules alone and with the model."""
    wanted = {
        "presidio-research, odd templates: recall": ("identifiers", "recall"),
        "presidio-research, odd templates: covered by any kind": ("identifiers", "covered"),
        "presidio-research, odd templates: precision": ("identifiers", "precision"),
        "presidio-research, odd templates: recall of persons": ("kinds", "PERSON", "recall"),
        "presidio-research, odd templates: recall of addresses": ("kinds", "ADDRESS", "recall"),
        "WNUT17 test, persons: precision": ("persons", "precision"),
        "WNUT17 test, persons: recall": ("persons", "recall"),
        "WNUT17 test, persons: F1": ("persons", "f1"),
        "WNUT17 test, persons without account names: F1": ("persons but handles", "f1"),
    }
    found: dict[str, dict[str, float]] = {}
    for measure, (kind, *path) in wanted.items():
        found[measure] = {}
        for name, finder in (("rules", "rules"), ("model", "rules and model")):
            value: Any = figures[f"{kind}, {finder}"]
            for step in path:
                value = value[step]
            found[measure][name] = float(value)
    return found


def _kinds(
    name: str, cases: Sequence[Case], find: Find, *, errors: bool
) -> dict[str, dict[str, float | int]]:
    tallies, wrong = score(cases, find)
    _say(f"\n{name}\n{'kind':<12} {'gold':>5} {'recall':>7} {'said':>5} {'precision':>9}")
    for kind, tally in sorted(tallies.items()):
        row = tally.row()
        _say(
            f"{kind:<12} {tally.gold:>5} {row['recall']:>7.3f} {tally.said:>5}"
            f" {row['precision']:>9.3f}"
        )
    if errors and name == "rules and model":
        for line in wrong:
            _say(f"  {line}")
    return {kind: tally.row() for kind, tally in sorted(tallies.items())}


def _cost(turns: Sequence[Case], finders: dict[str, Find]) -> dict[str, float]:
    """Processor seconds for turns of calls, and the share of them that the encoder reads."""
    parts = [case.text[a:b] for case in turns for a, b in windows(case.text)]
    read = sum(worth_reading(part) for part in parts) / len(parts)
    _say(f"\n{len(turns)} turns of calls: the model reads {read:.0%} of their windows")
    found = {"read": read}
    for name, find in finders.items():
        began = time.process_time()
        for case in turns:
            find(case.text, None)
        found[name] = time.process_time() - began
        _say(f"{name:<20} {found[name]:.2f} processor seconds")
    return found


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()

"""Measures redaction, and presidio-analyzer beside it on the same texts in the same run.

    CONDUIT_DATA=… python -m benchmarks.redaction [--json FILE] [--errors]

Two sets: `synth_dataset_v2.json` of presidio-research (MIT; the templates with an odd number are
the held-out half, the rules were written looking at the even ones), and the project's own hard
cases (`tests/data/redaction/hard_cases.jsonl`; every third was held out while they were written).

A gold span counts as found when every letter and digit of it lies in spans of its kind. A span that
was found counts as right when it overlaps a gold span of its kind (an address may overlap a town).
Presidio runs with its default pattern recognisers over a blank spaCy pipeline: no model for names
can be had without a network, so names, places and dates are out of its reach here and are left out
of the comparison. Speeds are characters per second of processor time, on one core.
"""

import argparse
import json
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlp.redact import Redactor, Span
from nlp.redact.reading import Reading
from nlp.redact.recognise import RECOGNISERS
from nlp.redact.spans import resolve

Gold = tuple[int, int, str]
Find = Callable[[str, str | None], Sequence[Span]]

ROOT = Path(__file__).resolve().parent.parent
HARD_CASES = ROOT / "tests" / "data" / "redaction" / "hard_cases.jsonl"
SYNTHETIC = Path("train") / "pii_presidio_research" / "synth_dataset_v2.json"

OURS = {
    "PERSON": "PERSON",
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "CREDIT_CARD": "CARD",
    "IBAN_CODE": "IBAN",
    "US_SSN": "NATIONAL_ID",
    "US_DRIVER_LICENSE": "NATIONAL_ID",
    "IP_ADDRESS": "IP",
    "STREET_ADDRESS": "ADDRESS",
    "ZIP_CODE": "ADDRESS",
}
LEFT_ALONE = ("ORGANIZATION", "GPE", "NRP", "AGE", "TITLE", "DATE_TIME", "DOMAIN_NAME")
# What presidio calls the same, by its own names of entities.
PRESIDIO = {
    **OURS,
    "US_ITIN": "NATIONAL_ID",
    "US_PASSPORT": "NATIONAL_ID",
    "UK_NHS": "NATIONAL_ID",
    "UK_NINO": "NATIONAL_ID",
    "ES_NIF": "NATIONAL_ID",
    "ES_NIE": "NATIONAL_ID",
    "IT_FISCAL_CODE": "NATIONAL_ID",
    "PL_PESEL": "NATIONAL_ID",
    "IN_PAN": "NATIONAL_ID",
    "IN_AADHAAR": "NATIONAL_ID",
    "US_BANK_NUMBER": "ACCOUNT",
    "CRYPTO": "SECRET",
}
# Kinds that both do, so that recall can be set side by side.
SHARED = ("EMAIL", "PHONE", "CARD", "IBAN", "NATIONAL_ID", "IP")
SHARED_RECOGNISERS = (
    "cards, phones, accounts",
    "national numbers",
    "email addresses",
    "IBANs",
    "internet addresses",
)
_MARK = re.compile(r"\[\[(\w+):(.*?)\]\]", re.DOTALL)
_BIRTH = re.compile(r"born|birth", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Case:
    """One text and what is personal in it.

    Attributes:
        text: the text.
        gold: what must be found.
        allowed: what may be found as well, at no cost (a town inside an address).
        asked: the kind asked for in the turn before, or None.
        style: for the hard cases, how they are written.
    """

    text: str
    gold: tuple[Gold, ...]
    allowed: tuple[Gold, ...] = ()
    asked: str | None = None
    style: str = ""


@dataclass(slots=True)
class Tally:
    """Counts of one kind."""

    gold: int = 0
    found: int = 0
    touched: int = 0
    said: int = 0
    right: int = 0

    def row(self) -> dict[str, float | int]:
        """The counts and the shares that follow from them."""
        return {
            "gold": self.gold,
            "recall": self.found / self.gold if self.gold else float("nan"),
            "touched": self.touched / self.gold if self.gold else float("nan"),
            "said": self.said,
            "precision": self.right / self.said if self.said else float("nan"),
        }


def unmark(marked: str) -> tuple[str, tuple[Gold, ...]]:
    """A marked text ("I am [[PERSON:Dana]]") as its text and its gold spans."""
    text, gold, place = "", [], 0
    for match in _MARK.finditer(marked):
        text += marked[place : match.start()]
        gold.append((len(text), len(text) + len(match[2]), match[1]))
        text += match[2]
        place = match.end()
    return text + marked[place:], tuple(gold)


def hard_cases() -> tuple[list[Case], list[Case]]:
    """The hard cases: those that were looked at, and the third that was held out."""
    seen: list[Case] = []
    held_out: list[Case] = []
    for line in HARD_CASES.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text, gold = unmark(row["marked"])
        case = Case(text, gold, asked=row.get("context"), style=row["style"])
        (held_out if row["id"] % 3 == 0 else seen).append(case)
    return seen, held_out


def synthetic(data: Path) -> tuple[list[Case], list[Case], Counter[str]]:
    """The synthetic set: even templates, odd templates, and how many spans of it are left alone."""
    halves: tuple[list[Case], list[Case]] = ([], [])
    left: Counter[str] = Counter()
    for row in json.loads((data / SYNTHETIC).read_text(encoding="utf-8")):
        gold, allowed = [], []
        for span in row["spans"]:
            start, end, entity = span["start_position"], span["end_position"], span["entity_type"]
            before = row["full_text"][max(0, start - 30) : start]
            if entity == "DATE_TIME" and _BIRTH.search(before):
                gold.append((start, end, "BIRTH_DATE"))
            elif entity in OURS:
                gold.append((start, end, OURS[entity]))
            else:
                left[entity] += 1
                if entity == "GPE":
                    allowed.append((start, end, "ADDRESS"))
        case = Case(row["full_text"], tuple(gold), tuple(allowed))
        halves[row["template_id"] % 2].append(case)
    return halves[0], halves[1], left


def score(cases: Sequence[Case], find: Find) -> tuple[dict[str, Tally], list[str]]:
    """Counts by kind, and one line an error for a person to read."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    errors = []
    for case in cases:
        spans = find(case.text, case.asked)
        for start, end, kind in case.gold:
            tally = tallies[kind]
            tally.gold += 1
            same = [span for span in spans if span.kind == kind]
            needed = {place for place in range(start, end) if case.text[place].isalnum()}
            covered = {place for span in same for place in range(span.start, span.end)}
            tally.found += needed <= covered
            tally.touched += bool(needed & covered)
            if not needed <= covered:
                errors.append(f"MISSED {kind} {case.text[start:end]!r} in {case.text[:200]!r}")
        for span in spans:
            tally = tallies[span.kind]
            tally.said += 1
            right = any(
                kind == span.kind and start < span.end and span.start < end
                for start, end, kind in (*case.gold, *case.allowed)
            )
            tally.right += right
            if not right:
                value = case.text[span.start : span.end]
                errors.append(f"EXTRA {span.kind} {value!r} in {case.text[:200]!r}")
    return dict(tallies), errors


def ours() -> Find:
    """This project's redactor."""
    redactor = Redactor()
    return lambda text, asked: redactor.find(text, context_kind=asked)


def shared() -> Find:
    """Only the recognisers of the kinds that presidio's patterns do too, for the sake of speed."""
    recognisers = [one for one in RECOGNISERS if one.name in SHARED_RECOGNISERS]

    def find(text: str, asked: str | None) -> tuple[Span, ...]:
        reading = Reading(text, asked=asked)
        spans = [span for one in recognisers if one.wants(reading) for span in one.find(reading)]
        return resolve(text, spans)

    return find


def presidio() -> Find:
    """presidio-analyzer's default recognisers over a blank spaCy pipeline."""
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    # Without this its email recogniser asks the network for the list of public suffixes.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    # spaCy's tokeniser alone: context words work, names do not.
    engine = SpacyNlpEngine()
    engine.nlp = {"en": spacy.blank("en")}
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])

    def find(text: str, asked: str | None) -> list[Span]:
        del asked
        results = analyzer.analyze(text, language="en")
        return [
            Span(result.start, result.end, PRESIDIO[result.entity_type], result.score)
            for result in results
            if result.entity_type in PRESIDIO
        ]

    return find


def characters_per_second(
    finders: dict[str, Find], warm: Sequence[Case], cases: Sequence[Case]
) -> dict[str, float]:
    """The best of five passes of each, in turns, so that a busy machine is busy for all of them."""
    for find in finders.values():
        for case in warm:
            find(case.text, case.asked)
    taken: dict[str, list[float]] = {name: [] for name in finders}
    for _ in range(5):
        for name, find in finders.items():
            began = time.process_time()
            for case in cases:
                find(case.text, case.asked)
            taken[name].append(time.process_time() - began)
    size = sum(len(case.text) for case in cases)
    return {name: size / min(times) for name, times in taken.items()}


def turns_of_calls(data: Path) -> list[Case]:
    """Turns of calls as they come, of those that state their speakers; at most 2,000."""
    path = data / "train" / "ms_ckm_call_transcripts" / "processed_conversations.jsonl"
    turns: list[Case] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        parts = re.split(r"\*\*(?:Agent|Customer):\*\*", json.loads(line)["Content"])[1:]
        turns.extend(Case(part.strip(), ()) for part in parts if part.strip())
    return turns[:2000]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--errors", action="store_true", help="print the errors on the seen halves")
    parser.add_argument("--no-peer", action="store_true", help="leave presidio out")
    options = parser.parse_args()
    data = Path(os.environ["CONDUIT_DATA"]) if "CONDUIT_DATA" in os.environ else None
    seen, held_out = hard_cases()
    sets = {"hard cases, held out": held_out, "hard cases, seen": seen}
    if data is not None:
        even, odd, left = synthetic(data)
        sets = {"synthetic, odd templates": odd, "synthetic, even templates (seen)": even, **sets}
        _say("left alone on purpose: " + ", ".join(f"{kind} {left[kind]}" for kind in LEFT_ALONE))
    else:
        _say("CONDUIT_DATA is not set: only the project's own hard cases are measured")
    finders = {"conduit": ours()}
    if not options.no_peer:
        finders["presidio"] = presidio()
    figures: dict[str, dict[str, object]] = {name: {} for name in finders}
    for title, cases in sets.items():
        for name, find in finders.items():
            tallies, errors = score(cases, find)
            figures[name][title] = {kind: tally.row() for kind, tally in sorted(tallies.items())}
            _table(f"{title}: {name}, {len(cases)} texts", tallies, peer=name != "conduit")
            if options.errors and name == "conduit" and ("seen" in title):
                for error in errors:
                    _say("  " + error)
    speeds = {"dense": (even, odd) if data is not None else (seen, held_out)}
    if data is not None:
        turns = turns_of_calls(data)
        speeds["turns of calls"] = (turns[1500:], turns[:1500])
    for title, (warm, cases) in speeds.items():
        measured = characters_per_second(
            {**finders, "conduit, shared kinds": shared()}, warm, cases
        )
        figures.setdefault("characters per second", {})[title] = measured
        told = ", ".join(f"{name} {speed:,.0f}" for name, speed in measured.items())
        _say(f"characters per second, {title}: {told}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _table(title: str, tallies: dict[str, Tally], *, peer: bool) -> None:
    _say(f"\n{title}")
    _say(f"{'kind':<12} {'gold':>5} {'recall':>7} {'touched':>8} {'said':>5} {'precision':>9}")
    for kind, tally in sorted(tallies.items()):
        if peer and kind not in SHARED:
            continue
        row = tally.row()
        _say(
            f"{kind:<12} {tally.gold:>5} {row['recall']:>7.3f} {row['touched']:>8.3f}"
            f" {tally.said:>5} {row['precision']:>9.3f}"
        )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()

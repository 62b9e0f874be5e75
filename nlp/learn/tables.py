"""The figures of an evaluation as tables of text; screen, card and report show the same ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlp.types import CATEGORIES, SENTIMENTS

Metrics = Mapping[str, Any]
ABSENT = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of text.

    Attributes:
        title: what it shows.
        head: one a column; the first column names the row, the others are numbers.
        rows: as wide as the head.
        note: a sentence for whoever reads it, or "".
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def markdown(self) -> list[str]:
        """The table as lines of Markdown, without its title."""
        lines = [self.head, ("---",) * len(self.head), *self.rows]
        # A bar in an industry's name would end its cell.
        rows = [[cell.replace("|", "\\|") for cell in line] for line in lines]
        shown = [f"|{'|'.join(line)}|" if line[0] == "---" else _padded(line) for line in rows]
        return [*shown, *(["", self.note] if self.note else [])]


def _padded(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def number(value: float | None, digits: int = 2) -> str:
    """A figure, or a dash where it has no value."""
    return ABSENT if value is None else f"{value:.{digits}f}"


def spread(ends: Sequence[float] | None, digits: int = 2) -> str:
    """An interval, or a dash where there is none."""
    return ABSENT if ends is None else f"{ends[0]:.{digits}f} to {ends[1]:.{digits}f}"


def every(metrics: Metrics) -> Iterator[Table]:
    """All tables that the metrics hold, in the order they are read."""
    yield categories(metrics)
    yield intervals(metrics)
    if "industries" in metrics:
        yield unseen(metrics)
    if "baseline_tfidf" in metrics:
        yield baseline(metrics)
    yield unsure(metrics)
    yield sentiment(metrics)
    yield quotes(metrics)
    yield confusion(metrics)
    for by in metrics["breakdowns"]:
        yield breakdown(metrics, by)


def categories(metrics: Metrics) -> Table:
    """One row a category."""
    return Table(
        title="Categories, everything found, sure or not",
        head=(
            "category", "passages", "threshold", "precision", "recall", "F1", "average precision",
            "calibration error", "with adaptive bins",
        ),
        rows=tuple(
            (
                name,
                str(row["passages"]),
                number(row["threshold"]),
                number(row["precision"]),
                number(row["recall"]),
                number(row["f1"]),
                number(row["average_precision"]),
                number(row["calibration_error"], 3),
                number(row["adaptive_calibration_error"], 3),
            )
            for name, row in metrics["categories"].items()
        ),
        note=f"Macro F1 {number(metrics['macro']['f1'])} "
        f"({spread(metrics['macro']['f1_interval'])}).",
    )  # fmt: skip


def intervals(metrics: Metrics) -> Table:
    """The 95 % intervals of the same."""
    return Table(
        title="Their 95 % intervals, by bootstrap over interactions",
        head=("category", "precision", "recall", "F1", "average precision"),
        rows=tuple(
            (
                name,
                *(
                    spread(row[f"{one}_interval"])
                    for one in ("precision", "recall", "f1", "average_precision")
                ),
            )
            for name, row in metrics["categories"].items()
        ),
    )


def unseen(metrics: Metrics) -> Table:
    """F1 where the model has never been, beside F1 where it has."""
    sides = metrics["industries"]
    return Table(
        title="Industries that stand in the test split alone, and the others",
        head=("category", "F1, unseen", "95 %", "F1, seen", "95 %"),
        rows=tuple(
            (
                name,
                *(
                    shown
                    for side in ("unseen", "seen")
                    for shown in (
                        number(sides[side][name]["f1"]),
                        spread(sides[side][name]["f1_interval"]),
                    )
                ),
            )
            for name in CATEGORIES
        ),
        note=f"Unseen ({sides['unseen']['passages']} passages): {', '.join(sides['names'])}.",
    )


def baseline(metrics: Metrics) -> Table:
    """The model beside TF-IDF and logistic regression."""
    rows = []
    for name, row in metrics["baseline_tfidf"].items():
        above = row["ours_above"]
        rows.append(
            (
                name,
                number(above["first"]),
                number(row["f1"]),
                number(above["difference"]),
                spread(above["interval"]),
                number(above["p"], 3),
            )
        )
    return Table(
        title="Beside TF-IDF and logistic regression, on the same splits",
        head=("category", "F1", "TF-IDF F1", "difference", "95 %", "p"),
        rows=tuple(rows),
        note="The peer's threshold is the best on the dev split; differences by paired bootstrap.",
    )


def unsure(metrics: Metrics) -> Table:
    """What goes to people."""
    band = metrics["unsure"]
    return Table(
        title="What the model is sure of, and the unsure band, which goes to people",
        head=(
            "category", "from", "to", "passages", "share", "right within", "precision above",
            "recall above", "of all, within",
        ),
        rows=tuple(
            (
                name,
                number(band[name]["low"]),
                number(band[name]["high"]),
                str(band[name]["passages"]),
                number(band[name]["share"], 3),
                number(band[name]["precision_within"]),
                number(band[name]["precision_above"]),
                number(band[name]["recall_above"]),
                number(band[name]["recall_within"]),
            )
            for name in CATEGORIES
        ),
        note=f"Passages in the band of any category: {number(band['share'], 3)} of all.",
    )  # fmt: skip


def sentiment(metrics: Metrics) -> Table:
    """Rates of each feeling and which is taken for which."""
    row = metrics["sentiment"]
    return Table(
        title="Sentiment",
        head=(
            "there", "passages", "precision", "recall", "F1", *(f"said {one}" for one in SENTIMENTS)
        ),
        rows=tuple(
            (
                name,
                str(row[name]["passages"]),
                number(row[name]["precision"]),
                number(row[name]["recall"]),
                number(row[name]["f1"]),
                *(str(row["confusion"][name][other]) for other in SENTIMENTS),
            )
            for name in SENTIMENTS
        ),
        note=f"Macro F1 {number(row['macro_f1'])} ({spread(row['macro_f1_interval'])}), accuracy "
        f"{number(row['accuracy'])}. Calibration error {number(row['calibration_error'], 3)} as "
        f"the feelings come, and {number(row['calibration_error_balanced'], 3)} with the three "
        "weighted alike, as the model states them.",
    )  # fmt: skip


def quotes(metrics: Metrics) -> Table:
    """How well quotes agree with the words that people marked."""
    return Table(
        title="Quotes: token F1 against the words that people marked",
        head=(
            "category", "quotes", "ours", "95 %", "our quote's sentences",
            "the marked words' sentences", "whole passage",
        ),
        rows=tuple(
            (
                name,
                str(row["quotes"]),
                number(row["token_f1"]),
                spread(row["token_f1_interval"]),
                number(row["token_f1_whole_sentences"]),
                number(row["token_f1_right_sentences"]),
                number(row["token_f1_whole_passage"]),
            )
            for name, row in metrics["quotes"].items()
        ),
    )  # fmt: skip


def confusion(metrics: Metrics) -> Table:
    """Which category is taken for which."""
    table = metrics["confusion"]
    return Table(
        title="Which category is taken for which",
        head=("there", *(f"found {name}" for name in table)),
        rows=tuple(
            (name, *(str(cells[other]) for other in table)) for name, cells in table.items()
        ),
        note="Off the diagonal only what is wrong is counted; a passage with two errors stands in "
        "two cells.",
    )


def breakdown(metrics: Metrics, by: str) -> Table:
    """F1 and counts by industry, style or length."""
    return Table(
        title=f"By {by}: F1 (right / false / missed)",
        head=(by, "passages", "interactions", *CATEGORIES),
        rows=tuple(
            (
                name,
                str(part["passages"]),
                str(part["interactions"]),
                *(
                    f"{number(part[one]['f1'])} "
                    f"({part[one]['tp']} / {part[one]['fp']} / {part[one]['fn']})"
                    for one in CATEGORIES
                ),
            )
            for name, part in metrics["breakdowns"][by].items()
        ),
    )


def comparison(found: Metrics) -> Table:
    """Two models beside each other."""
    return Table(
        title=f"{found['first']} against {found['second']}",
        head=("figure", "first", "second", "difference", "95 %", "p", "adjusted p", "verdict"),
        rows=tuple(
            (
                name,
                number(row["first"], 3),
                number(row["second"], 3),
                ABSENT if row["difference"] is None else f"{row['difference']:+.3f}",
                spread(row["interval"], 3),
                number(row["p"], 4),
                number(row["p_adjusted"], 4),
                row["verdict"],
            )
            for name, row in found["figures"].items()
        ),
        note=found["summary"],
    )

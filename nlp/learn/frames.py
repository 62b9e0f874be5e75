"""Pandas frames of a corpus, of corrections, of mined results and of answers, and back.

A row is a passage, but of mined results a finding may be asked for instead. Categories are columns
of their own: True, False, or missing where nobody says. What goes back needs the interactions,
because a frame of passages holds no agent's turn.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nlp import passages
from nlp.errors import OptionError
from nlp.learn import corrections
from nlp.learn.corpora import Example, Labelled, Quote, split
from nlp.learn.corrections import Corrected, Judgement
from nlp.learn.extras import need
from nlp.types import CATEGORIES, SENTIMENTS, Finding, Interaction, Mined

if TYPE_CHECKING:
    import pandas as pd

    from nlp.learn.answers import Answers

_PLACE = ("interaction", "turn", "start", "end")


def of_corpus(labelled: Iterable[Labelled]) -> "pd.DataFrame":
    """A row a customer's passage, with what people say of it and what was said before it."""
    return _frame(rows_of_corpus(labelled))


def rows_of_corpus(labelled: Iterable[Labelled]) -> list[dict[str, Any]]:
    """The same without a frame: what nobody says is None here, and NaN or missing there."""
    rows = []
    for one in labelled:
        part = split(one)
        for passage, example in zip(passages.passages(one.interaction), one.examples, strict=True):
            rows.append(
                {
                    **_place(one.interaction, passage.turn, passage.start, passage.end),
                    "channel": one.interaction.channel,
                    "industry": example.industry,
                    "style": example.style,
                    "split": part,
                    "before": _before(one.interaction, passage.turn),
                    "text": passage.text,
                    **_categories(example.categories),
                    "sentiment": example.sentiment,
                    "quotes": _quotes(example.quotes),
                }
            )
    return rows


def to_corpus(frame: "pd.DataFrame", interactions: Iterable[Interaction]) -> list[Labelled]:
    """Labelled interactions out of a frame as `of_corpus` makes it.

    Args:
        frame: a row for every customer's passage of every interaction that it speaks of.
        interactions: those that it speaks of, others are passed over.

    Raises:
        OptionError: the frame has no row for a passage.
    """
    rows = _by_place(frame)
    spoken_of = set(map(str, frame["interaction"]))
    found = []
    for interaction in interactions:
        if interaction.id not in spoken_of:
            continue
        examples = []
        for passage in passages.passages(interaction):
            place = (interaction.id, passage.turn, passage.start, passage.end)
            if place not in rows:
                raise OptionError(
                    f"no row for interaction {place[0]!r}, turn {place[1]}, characters {place[2]} "
                    f"to {place[3]}: a frame that goes back holds every passage as it was cut"
                )
            examples.append(_example(rows[place], passage.text))
        found.append(Labelled(interaction=interaction, examples=tuple(examples)))
    return found


def of_corrections(corrected: Iterable[Corrected]) -> "pd.DataFrame":
    """A row a judgement; the text is that of the stretch that was judged."""
    return _frame(
        [_of_judgement(one, judgement) for one in corrected for judgement in one.judgements]
    )


def _of_judgement(one: Corrected, judgement: Judgement) -> dict[str, Any]:
    text = one.interaction.turns[judgement.turn].text
    return {
        **_place(one.interaction, judgement.turn, judgement.start, judgement.end),
        "channel": one.interaction.channel,
        "at": one.at,
        "text": text[judgement.start : judgement.end],
        **_columns([judgement.categories.get(name) for name in CATEGORIES], ""),
        "sentiment": judgement.sentiment,
        "quotes": _quotes(judgement.quotes),
        "people": judgement.people,
        "share": judgement.share,
        "reason": judgement.reason,
        "model": judgement.model,
    }


def to_corrections(frame: "pd.DataFrame", interactions: Iterable[Interaction]) -> list[Corrected]:
    """Corrections out of a frame: places and categories suffice, other columns may be missing.

    Raises:
        OptionError: a column that says the place is missing, or the frame speaks of an interaction
            that is not given.
        BrokenInput: a value breaks the format of corrections.
    """
    missing = [name for name in _PLACE if name not in frame.columns]
    if missing:
        raise OptionError(f"the frame has no column {missing[0]!r}; it needs {', '.join(_PLACE)}")
    given = {one.id: one for one in interactions}
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in frame.to_dict("records"):
        rows.setdefault(str(row["interaction"]), []).append({str(k): v for k, v in row.items()})
    unknown = [name for name in rows if name not in given]
    if unknown:
        raise OptionError(f"the frame speaks of interaction {unknown[0]!r}, which is not given")
    found = []
    for name, few in rows.items():
        bare = corrections.as_line(Corrected(interaction=given[name], judgements=()))
        times = [
            row["at"] for row in few if isinstance(row.get("at"), datetime) and _given(row["at"])
        ]
        bare["at"] = max(times).isoformat() if times else None
        bare["judgements"] = [_judgement(row) for row in few]
        read = corrections.of_line(bare, source="frame")
        found.append(replace(read, interaction=given[name]))
    return found


def of_mined(
    interactions: Sequence[Interaction], mined: Sequence[Mined], *, vectors: bool = False
) -> "pd.DataFrame":
    """A row a passage, with the confidence of each category that was found there.

    Args:
        interactions: that were mined.
        mined: of each.
        vectors: whether there is a column of vectors.
    """
    rows = []
    for interaction, one in zip(interactions, mined, strict=True):
        found: dict[int, list[Finding]] = {}
        for finding in one.findings:
            found.setdefault(finding.passage, []).append(finding)
        for number, passage in enumerate(one.passages):
            own = found.get(number, [])
            row: dict[str, Any] = {
                **_place(interaction, passage.turn, passage.start, passage.end),
                "channel": interaction.channel,
                "text": passage.text,
                **dict.fromkeys(CATEGORIES),
                **{finding.category: finding.confidence for finding in own},
                "unsure": any(finding.unsure for finding in own),
                "model": one.model,
            }
            rows.append({**row, "vector": one.vectors[number]} if vectors else row)
    return _frame(rows)


def of_findings(interactions: Sequence[Interaction], mined: Sequence[Mined]) -> "pd.DataFrame":
    """A row a finding, with the words that show it."""
    names = ("category", "quote", "confidence", "sentiment", "unsure", "passage")
    return _frame(
        [
            {
                **_place(interaction, finding.turn, finding.start, finding.end),
                **{name: getattr(finding, name) for name in names},
                "model": one.model,
            }
            for interaction, one in zip(interactions, mined, strict=True)
            for finding in one.findings
        ]
    )


def of_answers(answers: "Answers") -> "pd.DataFrame":
    """A row a passage: what people say, the model's chance (`p_…`) and what it finds (`found_…`).

    A passage with `found_…` unlike what people say is an error of the model, or of the label.
    """
    rows = []
    for number, (passage, example) in enumerate(
        zip(answers.passages, answers.examples, strict=True)
    ):
        interaction = answers.labelled[int(answers.groups[number])].interaction
        rows.append(
            {
                **_place(interaction, passage.turn, passage.start, passage.end),
                "industry": example.industry,
                "style": example.style,
                "text": passage.text,
                **_columns(answers.gold[number].tolist(), ""),
                **_columns(answers.probabilities[number].tolist(), "p_"),
                **_columns(answers.found[number].tolist(), "found_"),
                "sentiment": example.sentiment,
                "felt": SENTIMENTS[int(answers.felt[number])],
                "model": answers.model,
            }
        )
    return _frame(rows)


def _columns(values: Sequence[Any], prefix: str) -> dict[str, Any]:
    return {f"{prefix}{name}": one for name, one in zip(CATEGORIES, values, strict=True)}


def _frame(rows: list[dict[str, Any]]) -> "pd.DataFrame":
    pandas = need("pandas", "a frame")
    frame: pd.DataFrame = pandas.DataFrame(rows)
    return frame


def _place(interaction: Interaction, turn: int, start: int, end: int) -> dict[str, Any]:
    return {"interaction": interaction.id, "turn": turn, "start": start, "end": end}


def _categories(given: frozenset[Any] | None) -> dict[str, bool | None]:
    return {name: None if given is None else name in given for name in CATEGORIES}


def _quotes(quotes: Iterable[Quote]) -> list[tuple[str, int, int]]:
    return [(quote.category, quote.start, quote.end) for quote in quotes]


def _before(interaction: Interaction, turn: int) -> str:
    return interaction.turns[turn - 1].text if turn else ""


def _by_place(frame: "pd.DataFrame") -> dict[tuple[str, int, int, int], Mapping[str, Any]]:
    return {
        (str(row["interaction"]), int(row["turn"]), int(row["start"]), int(row["end"])): {
            str(name): value for name, value in row.items()
        }
        for row in frame.to_dict("records")
    }


def _given(value: Any) -> bool:
    """Whether a cell holds something: frames turn None into NaN."""
    return value is not None and value == value  # noqa: PLR0124 - NaN alone differs from itself


def _marked(row: Mapping[str, Any]) -> Iterable[Any]:
    """The quotes of a row; none where the cell is missing, which frames turn into NaN."""
    value = row.get("quotes")
    # A frame that was written and read again holds an array, which has no truth of its own.
    return () if value is None or isinstance(value, float) else value


def _example(row: Mapping[str, Any], text: str) -> Example:
    said = {name: row[name] for name in CATEGORIES if _given(row.get(name))}
    return Example(
        text=text,
        categories=frozenset(name for name, there in said.items() if there) if said else None,
        sentiment=row["sentiment"] if _given(row.get("sentiment")) else None,
        quotes=tuple(
            Quote(category=category, start=int(start), end=int(end))
            for category, start, end in _marked(row)
        ),
        source="frame",
        group=str(row["interaction"]),
        industry=str(row.get("industry", "")),
        style=str(row.get("style", "")),
    )


def _judgement(row: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: int(row[name]) for name in ("turn", "start", "end")}
    found["categories"] = {name: bool(row[name]) for name in CATEGORIES if _given(row.get(name))}
    for name in ("sentiment", "share", "reason", "model"):
        if _given(row.get(name)):
            found[name] = row[name]
    if _given(row.get("people")):
        found["people"] = int(row["people"])
    found["quotes"] = [
        {"category": category, "start": int(start), "end": int(end)}
        for category, start, end in _marked(row)
    ]
    return found

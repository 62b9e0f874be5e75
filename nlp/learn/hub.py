"""Labelled passages as Hugging Face data sets, in and out; nothing is asked of a network.

Categories are a list of class labels, so that `Dataset.features` names them; `known` says whether
anybody looked, because no label is not the same as none given.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from nlp.learn import frames
from nlp.learn.corpora import Example, Labelled, Quote
from nlp.learn.extras import need
from nlp.types import CATEGORIES, SENTIMENTS

if TYPE_CHECKING:
    from datasets import Dataset, Features

_TEXTS = ("interaction", "channel", "industry", "style", "split", "before", "text")
_NUMBERS = ("turn", "start", "end")


def features() -> "Features":
    """The columns of a data set of passages and what each holds."""
    datasets = need("datasets", "a Hugging Face data set")
    category = datasets.ClassLabel(names=list(CATEGORIES))
    return datasets.Features(
        {
            **{name: datasets.Value("string") for name in _TEXTS},
            **{name: datasets.Value("int32") for name in _NUMBERS},
            "known": datasets.Value("bool"),
            "categories": datasets.List(category),
            "sentiment": datasets.ClassLabel(names=list(SENTIMENTS)),
            "quotes": datasets.List(
                {
                    "category": category,
                    "start": datasets.Value("int32"),
                    "end": datasets.Value("int32"),
                }
            ),
        }
    )


def of_corpus(labelled: Iterable[Labelled]) -> "Dataset":
    """A row a customer's passage; a sentiment that nobody gave is None."""
    datasets = need("datasets", "a Hugging Face data set")
    rows = []
    for row in frames.rows_of_corpus(labelled):
        quotes = [
            {"category": CATEGORIES.index(category), "start": start, "end": end}
            for category, start, end in row["quotes"]
        ]
        carried = [number for number, name in enumerate(CATEGORIES) if row[name] is True]
        rows.append(
            {
                **{name: row[name] for name in (*_TEXTS, *_NUMBERS)},
                "known": row[CATEGORIES[0]] is not None,
                "categories": carried,
                "sentiment": row["sentiment"],
                "quotes": quotes,
            }
        )
    return datasets.Dataset.from_list(rows, features=features())


def to_examples(dataset: "Dataset") -> list[Example]:
    """Labelled passages out of a data set with these columns; `text` alone must be there."""
    return [_example(row) for row in dataset]


def _example(row: dict[str, Any]) -> Example:
    known = row.get("known", "categories" in row)
    carried = frozenset(CATEGORIES[number] for number in row.get("categories") or ())
    sentiment = row.get("sentiment")
    return Example(
        text=row["text"],
        categories=carried if known else None,
        sentiment=None if sentiment is None else SENTIMENTS[sentiment],
        quotes=tuple(
            Quote(category=CATEGORIES[one["category"]], start=one["start"], end=one["end"])
            for one in row.get("quotes") or ()
        ),
        source="dataset",
        group=row.get("interaction") or "",
        industry=row.get("industry") or "",
        style=row.get("style") or "",
    )

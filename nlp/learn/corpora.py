"""Labelled passages: the project's own corpus, and public sets from a local cache.

The own corpus stands in `corpora/contact_centre`. Public sets are not copied into the project:
`PUBLIC` names where each comes from, and `conduit train --data` the folder where a copy lies,
checked against its SHA-256 before it is used.
"""

import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nlp import passages
from nlp.errors import OptionError
from nlp.learn import corpus_file
from nlp.types import (
    CATEGORIES,
    SENTIMENTS,
    Category,
    Interaction,
    Roles,
    SentimentLabel,
    Turn,
)
from nlp.weights import digest

Split = Literal["train", "dev", "test"]

PROJECT_CORPUS = Path(__file__).parents[2] / "corpora" / "contact_centre"
"""The project's own corpus, of which figures are kept with a model."""

# These stand in the test split alone: they tell how the model does where it has never been.
UNSEEN_INDUSTRIES = frozenset(
    {
        "insurance portal",
        "solar panels and inverters",
        "medical devices at home",
        "hotel booking site",
        "laboratory & measuring instruments",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The words that show a category: offsets in the passage's text."""

    category: Category
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One labelled passage.

    Attributes:
        text: the passage.
        categories: what it carries; None where the source does not say.
        sentiment: None where the source does not say.
        quotes: where the source marks them.
        source: name of the corpus.
        group: the interaction, so that no split cuts through one.
        industry: what the company sells, or "".
        style: "asr", "edited", "chat", "mail" or "public".
    """

    text: str
    categories: frozenset[Category] | None = None
    sentiment: SentimentLabel | None = None
    quotes: tuple[Quote, ...] = ()
    source: str
    group: str
    industry: str = ""
    style: str = "public"


def split_of(group: str, industry: str = "") -> Split:
    """The split an interaction belongs to: 65 % train, 15 % dev, 20 % test, by its hash."""
    if industry in UNSEEN_INDUSTRIES:
        return "test"
    place = int.from_bytes(hashlib.sha256(group.encode()).digest()[:4]) / 2**32
    return "train" if place < 0.65 else "dev" if place < 0.80 else "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One interaction with what people say of it.

    Attributes:
        interaction: every turn, the agent's too.
        examples: one a passage, as `nlp.passages.passages` cuts it, in the same order.
    """

    interaction: Interaction
    examples: tuple[Example, ...]


def split(one: Labelled) -> Split:
    """The split of a labelled interaction."""
    industries = {example.industry for example in one.examples}
    return split_of(one.interaction.id, industries.pop() if industries else "")


def interactions(path: Path) -> list[Labelled]:
    """A corpus in the project's own format (described in `docs/evaluation.md`).

    Args:
        path: a folder of JSON Lines files, or one file.

    Raises:
        OptionError: there is nothing at that path.
        ReadError: a file or a line of it breaks the format; the message says which and how.
    """
    return [_of_interaction(row) for row in corpus_file.rows(path)]


def to_learn(folder: Path, part: Literal["train", "dev"]) -> list[Labelled]:
    """A split that may be learned from; the test split is `nlp.learn.evaluate`'s alone."""
    return [one for one in interactions(folder) if split(one) == part]


def splits(path: Path) -> tuple[list[Labelled], list[Labelled]]:
    """The train and the dev split of a corpus, each in order, read in one go."""
    found: dict[Split, list[Labelled]] = {"train": [], "dev": []}
    for one in interactions(path):
        found.setdefault(split(one), []).append(one)
    return found["train"], found["dev"]


def digests(path: Path) -> dict[str, str]:
    """The files of a corpus, a folder or one file, with their SHA-256."""
    files = [path] if path.is_file() else sorted(path.glob("*.jsonl"))
    return {file.name: digest(file) for file in files}


def own(folder: Path) -> list[Example]:
    """Every customer passage of a corpus in the project's own format, in order."""
    return [example for one in interactions(folder) for example in one.examples]


def _of_interaction(row: Mapping[str, Any]) -> Labelled:
    turns = tuple(
        Turn(index=index, speaker=turn["speaker"], text=turn["text"])
        for index, turn in enumerate(row["turns"])
    )
    interaction = Interaction(
        id=row["id"],
        source=row["id"],
        format="corpus",
        channel=row["channel"],
        turns=turns,
        roles=Roles(source="file", confidence=1.0),
    )
    return Labelled(interaction=interaction, examples=tuple(_examples(row, interaction)))


def _examples(row: Mapping[str, Any], interaction: Interaction) -> Iterator[Example]:
    for passage in passages.passages(interaction):
        turn = row["turns"][passage.turn]
        quotes = (_quote(turn["text"], label) for label in turn["labels"])
        inside = tuple(
            Quote(
                category=quote.category,
                start=max(quote.start, passage.start) - passage.start,
                end=quote.end - passage.start,
            )
            for quote in quotes
            # A quote cut by a passage's end belongs to the passage with its last word.
            if passage.start < quote.end <= passage.end
        )
        yield Example(
            text=passage.text,
            categories=frozenset(quote.category for quote in inside),
            sentiment=turn["sentiment"],
            quotes=inside,
            source="contact_centre",
            group=row["id"],
            industry=row["industry"],
            style=row["style"],
        )


def _quote(text: str, label: Mapping[str, str]) -> Quote:
    start = text.index(label["quote"])
    category = next(known for known in CATEGORIES if known == label["category"])
    return Quote(category=category, start=start, end=start + len(label["quote"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSet:
    """A public data set and where a user gets it.

    Attributes:
        repository: owner and name on GitHub.
        commit: of the version that was used.
        path: the files in it, as their publisher names them.
        licence: under which it is published.
        file: the file in the local cache, below its root.
        sha256: of that file.
        load: reads the file into examples.
    """

    repository: str
    commit: str
    path: str
    licence: str
    file: str
    sha256: str
    load: Callable[[Path], Iterator[Example]]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _app_reviews(path: Path) -> Iterator[Example]:
    """A review stands in the file once for each of its labels; an app's reviews stay together."""
    names: dict[str, Category] = {"Bug": "product_defect", "Feature": "feature_request"}
    found: dict[str, list[dict[str, Any]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = f"{row['title']}. {row['text']}" if row["title"] else row["text"]
        found.setdefault(text, []).append(row)
    for number, (text, rows) in enumerate(found.items()):
        carried = frozenset(names[row["label"]] for row in rows if row["label"] in names)
        yield Example(
            text=_shorten(text),
            categories=carried,
            # Stars speak of the app as a whole; where nothing else is said, of the passage too.
            sentiment=None if carried else _STARS.get(rows[0]["rating"]),
            source="maalej_rej2015",
            group=f"maalej_rej2015-{rows[0]['appId'] or number}",
        )


_STARS: dict[int, SentimentLabel] = {1: "negative", 2: "negative", 4: "positive", 5: "positive"}


def _doc_labels(path: Path) -> Iterator[Example]:
    for number, row in enumerate(_rows(path)):
        given = row["categories"].split("|")
        yield Example(
            text=row["text"],
            categories=frozenset(name for name in CATEGORIES if name in given),
            sentiment=next((name for name in SENTIMENTS if name == row["sentiment"]), None),
            source="doc_labels",
            group=f"doc_labels-{number}",
        )


def _incidents(path: Path) -> Iterator[Example]:
    for row in _rows(path):
        yield Example(
            text=_shorten(row["narrative"]),
            categories=frozenset({"product_defect"}),
            source="cpsc_incident_reports",
            group=f"cpsc-{row['report_no']}",
        )


def _multidogo(path: Path) -> Iterator[Example]:
    broken = {"reportbrokensoftware", "reportbrokenphone"}
    for row in _rows(path):
        faulty = row["intent"] in broken
        yield Example(
            text=row["text"],
            categories=frozenset({"product_defect"}) if faulty else frozenset(),
            sentiment=None if faulty else "neutral",
            source="multidogo_sentences",
            group=f"multidogo-{row['conversation']}",
        )


def _pros_cons(path: Path) -> Iterator[Example]:
    for number, row in enumerate(_rows(path)):
        yield Example(
            text=row["text"],
            sentiment="positive" if row["label"] == "pro" else "negative",
            source="pros_cons",
            group=f"pros_cons-{number}",
        )


def _product_reviews(path: Path) -> Iterator[Example]:
    for number, row in enumerate(_rows(path)):
        if row["polarity"] in ("positive", "negative"):
            yield Example(
                text=row["text"],
                sentiment="positive" if row["polarity"] == "positive" else "negative",
                source="hu_liu_product_reviews",
                group=f"hu_liu-{row['product']}-{number // 50}",
            )


def _shorten(text: str) -> str:
    """The first passage of a longer text, as the pipeline would cut it."""
    found = passages.spans(text)
    return text[found[0][0] : found[0][1]] if found else text


PUBLIC: dict[str, PublicSet] = {
    "maalej_rej2015": PublicSet(
        repository="adailtonaraujo/app_review_analysis",
        commit="b0d8d32273d5d4edc70184a3d36d3fc5420938cc",
        path="Classification/Dataset/{Bug,Feature,UserExperience,Rating}.json, joined",
        licence="CC0-1.0 (the repackager's grant)",
        file="train/maalej_rej2015/reviews_one_vs_rest.jsonl",
        sha256="da1e73d0e2ea7fa76bf70e88904d1a805fd098346ddc6b5a29a452e0f1fcd980",
        load=_app_reviews,
    ),
    "doc_labels": PublicSet(
        repository="nltk/nltk_data",
        commit="5db857e6f7df11eabb5e5665836db9ec8df07e28",
        path="snippets of pros_cons, product_reviews, app reviews and incidents, labelled by us",
        licence="labels ours; texts CC BY 4.0, CC0 and US Government",
        file="train/doc_labels/labels.csv",
        sha256="5c0e9a360ade3689782b8f38a4348169816e7a97e575ecbc7da71b696bed6140",
        load=_doc_labels,
    ),
    "cpsc_incident_reports": PublicSet(
        repository="rebekah-eichberg/summer-2025-safeify",
        commit="7b216b5eb058b3f6fa262a20f50213728c371bdc",
        path="Data/cpsc_data/incident_reports/*.csv",
        licence="US Government",
        file="train/cpsc_incident_reports/incidents.csv",
        sha256="b46d6fecf44da44e48e8b7bd3251a84979d27a7193c10775c64f06d900b363ac",
        load=_incidents,
    ),
    "multidogo_sentences": PublicSet(
        repository="awslabs/multi-domain-goal-oriented-dialogues-dataset",
        commit="baa30639c4b271f394b81443c842193407cdf26d",
        path="data/paper_splits/splits_annotated_at_sentence_level/*",
        licence="CDLA-Permissive-1.0",
        file="train/multidogo_sentences/sentences.csv",
        sha256="e94ca39a4a7711c2950d8b4574c13aa26d31bd861262026c2892881a54fd9abb",
        load=_multidogo,
    ),
    "pros_cons": PublicSet(
        repository="nltk/nltk_data",
        commit="5db857e6f7df11eabb5e5665836db9ec8df07e28",
        path="packages/corpora/pros_cons.zip",
        licence="CC BY 4.0",
        file="train/pros_cons/pros_cons.csv",
        sha256="704d96d9ce60281de4724283b1096125e2dcf86d29951e069a12eba6ee85da49",
        load=_pros_cons,
    ),
    "hu_liu_product_reviews": PublicSet(
        repository="nltk/nltk_data",
        commit="5db857e6f7df11eabb5e5665836db9ec8df07e28",
        path="packages/corpora/product_reviews_1.zip, product_reviews_2.zip",
        licence="CC BY 4.0",
        file="train/hu_liu_product_reviews/sentences.csv",
        sha256="a5b539f86b12f9e651c5334ced0557cedc3a9f8ee42eb97e7617039558f0b7ea",
        load=_product_reviews,
    ),
}


def public(name: str, root: Path) -> list[Example]:
    """A public set from the local cache.

    Args:
        name: a key of `PUBLIC`.
        root: the cache's root folder.

    Raises:
        OptionError: no such set, its file is missing, or it is not the file that was pinned.
    """
    if name not in PUBLIC:
        raise OptionError(f"no public set {name!r}; there are {', '.join(PUBLIC)}")
    known = PUBLIC[name]
    path = root / known.file
    if not path.is_file():
        raise OptionError(
            f"{path} is missing: {known.path} of github.com/{known.repository} at {known.commit}"
        )
    actual = digest(path)
    if actual != known.sha256:
        raise OptionError(f"{path} has SHA-256 {actual}, and {known.sha256} was used: another file")
    return list(known.load(path))

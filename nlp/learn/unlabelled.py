"""Customers' words that nobody labelled, from public sets that may be trained on.

A teacher labels them (`nlp.learn.teacher`), and the network learns from its answers.
"""

import csv
import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from nlp.learn import corpora
from nlp.learn.corpora import Example, Labelled, PublicSet
from nlp.passages import passages
from nlp.readers import read
from nlp.types import Interaction, Roles, Speaker, Turn

# One conversation in so many of multidogo, whose 121,000 sentences would drown the rest.
SPARSE = 5
PROS_CONS_TOGETHER = 6
PROS_CONS_EVERY = 4


CALLS = PublicSet(
    repository="microsoft/Conversation-Knowledge-Mining-Solution-Accelerator",
    commit="1d31d12a431043e51b7d66f75603b75702d8255a",
    path="sample_processed_data.json of two use cases, joined",
    licence="MIT",
    file="train/ms_ckm_call_transcripts/processed_conversations.jsonl",
    sha256="e40585c8d7d67b8e7a668300794704e10cf1cbdc5ec68ca7510d174d252cef51",
)
CHATS = PublicSet(
    repository="FRMiner/FRMiner",
    commit="11a2847896e456683cfada3bd8d1a6f7304174af",
    path="data/{angular,bootstrap,chromium}_target_{feature,other}.txt, joined",
    licence="MIT",
    file="train/frminer_chat_feature_requests/dialogs.jsonl",
    sha256="9d75250f65dca0db95d3e11433ca7a4423ad8c5baea1bfa8217993d1ce376d8d",
)
COMPLAINTS = PublicSet(
    repository="aravindsriraj/Data-Science-Task---Consumer-Complaints",
    commit="1b2ab3cc3b2a58df6fd787dcffb1147df69ce2b2",
    path="complaints.csv, its first MiB",
    licence="US Government",
    file="train/cfpb_sample/complaints.csv",
    sha256="ad77d7194418ef1b3b04479a98cb8713bbff30de5cf4089c8baec05612e79fe8",
)

# Read without their labels; those that are known to `corpora` too stand under their names there.
SOURCES: dict[str, PublicSet] = {
    "ms_ckm_call_transcripts": CALLS,
    "multidogo_sentences": corpora.PUBLIC["multidogo_sentences"],
    "frminer_chat_feature_requests": CHATS,
    "hu_liu_product_reviews": corpora.PUBLIC["hu_liu_product_reviews"],
    "maalej_rej2015": corpora.PUBLIC["maalej_rej2015"],
    "pros_cons": corpora.PUBLIC["pros_cons"],
    "cpsc_incident_reports": corpora.PUBLIC["cpsc_incident_reports"],
    "cfpb_sample": COMPLAINTS,
}


def interactions(root: Path) -> list[Labelled]:
    """All of them, with nothing said of their passages.

    Args:
        root: root of the local cache of public sets.

    Raises:
        OptionError: a file is missing, or it is not the file that was pinned.
    """
    files = {name: corpora.checked(known, root) for name, known in SOURCES.items()}
    found = [
        *_calls(files["ms_ckm_call_transcripts"]),
        *_conversations(files["multidogo_sentences"]),
        *_chats(files["frminer_chat_feature_requests"]),
        *_reviews(files["hu_liu_product_reviews"]),
        *_app_reviews(root),
        *_snippets(files["pros_cons"]),
        *_narratives(files["cpsc_incident_reports"]),
        *_narratives(files["cfpb_sample"]),
    ]
    return [one for one in found if one.examples]


def _calls(path: Path) -> Iterator[Labelled]:
    for item in read(path.read_bytes(), name=path.name):
        if isinstance(item, Interaction):
            yield _labelled(item)


def _conversations(path: Path) -> Iterator[Labelled]:
    with path.open(encoding="utf-8", newline="") as file:
        by_name = groupby(csv.DictReader(file), key=lambda row: row["conversation"])
        for number, (name, rows) in enumerate(by_name):
            if number % SPARSE == 0:
                yield _said(f"multidogo-{name}", [("customer", row["text"]) for row in rows])


def _chats(path: Path) -> Iterator[Labelled]:
    """Whoever opens a chat is the customer, all others answer."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        comments = json.loads(line)["comments"]
        asks = comments[0]["user"] if comments else ""
        turns: list[tuple[Speaker, str]] = [
            ("customer" if one["user"] == asks else "agent", one["body"]) for one in comments
        ]
        yield _said(f"frminer-{number}", turns)


def _reviews(path: Path) -> Iterator[Labelled]:
    with path.open(encoding="utf-8", newline="") as file:
        by_review = groupby(csv.DictReader(file), key=lambda row: row["review_title"])
        for number, (_, rows) in enumerate(by_review):
            yield _said(f"hu_liu-{number}", [("customer", row["text"]) for row in rows])


def _app_reviews(root: Path) -> Iterator[Labelled]:
    """Those of apps that no benchmark holds out."""
    for number, one in enumerate(corpora.public("maalej_rej2015", root)):
        if corpora.split_of(one.group) != "test":
            yield _said(f"app-{number}", [("customer", one.text)])


def _snippets(path: Path) -> Iterator[Labelled]:
    with path.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)][::PROS_CONS_EVERY]
    for first in range(0, len(texts), PROS_CONS_TOGETHER):
        few = texts[first : first + PROS_CONS_TOGETHER]
        yield _said(f"pros_cons-{first}", [("customer", text) for text in few])


def _narratives(path: Path) -> Iterator[Labelled]:
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            yield _said(f"{path.stem}-{number}", [("customer", row["narrative"])])


def _said(name: str, turns: list[tuple[Speaker, str]]) -> Labelled:
    kept = [(speaker, text) for speaker, text in turns if text and text.strip()]
    return _labelled(
        Interaction(
            id=name,
            source=name,
            format="corpus",
            channel="call",
            turns=tuple(
                Turn(index=index, speaker=speaker, text=text)
                for index, (speaker, text) in enumerate(kept)
            ),
            roles=Roles(source="file", confidence=1.0),
        )
    )


def _labelled(interaction: Interaction) -> Labelled:
    examples = tuple(
        Example(text=one.text, source="unlabelled", group=interaction.id)
        for one in passages(interaction)
    )
    return Labelled(interaction=interaction, examples=examples)

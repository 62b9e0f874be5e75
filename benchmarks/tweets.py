"""Sentiment where nothing was learned: tweets to airlines, three feelings.

    CONDUIT_DATA=… python -m benchmarks.tweets

The peer, VADER (Hutto and Gilbert 2014), is a lexicon made for social media; it learned nothing
here either. Its own bounds of ±.05 tell its feelings apart.
"""

import csv
import os
import re
from pathlib import Path

import numpy as np
from sklearn.metrics import classification_report, f1_score
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from nlp.pipeline import Miner
from nlp.types import SENTIMENTS, Interaction, Roles, Turn

HANDLE = re.compile(r"@\w+")
TOGETHER = 512


def main() -> None:
    """Prints macro F1 of both, and how ours comes about."""
    path = Path(os.environ["CONDUIT_DATA"]) / "evaluate/airline_tweets/tweets.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    # A handle is an address, not a word; a tweet of handles alone says nothing and stays one.
    texts = [HANDLE.sub("", row["text"]).strip() or row["text"] for row in rows]
    gold = np.array([SENTIMENTS.index(_known(row["airline_sentiment"])) for row in rows])
    ours = feelings(Miner.load(), texts)
    vader = SentimentIntensityAnalyzer()
    compound = np.array([vader.polarity_scores(text)["compound"] for text in texts])
    theirs = np.where(compound <= -0.05, 0, np.where(compound >= 0.05, 2, 1))
    print(f"{len(texts):,} tweets; macro F1: ours {f1_score(gold, ours, average='macro'):.3f}, ")
    print(f"VADER {f1_score(gold, theirs, average='macro'):.3f}")
    print(classification_report(gold, ours, target_names=SENTIMENTS, digits=3))


def feelings(miner: Miner, texts: list[str]) -> np.ndarray:
    """(texts,) index into `SENTIMENTS`, each text read as a customer's mail of one paragraph."""
    said: list[int] = []
    for first in range(0, len(texts), TOGETHER):
        read = miner.read([_mail(text) for text in texts[first : first + TOGETHER]])
        said += [int(one.feelings.mean(axis=0).argmax()) for one in read]
    return np.array(said)


def _mail(text: str) -> Interaction:
    return Interaction(
        id="tweet",
        source="tweet",
        format="text",
        channel="email",
        turns=(Turn(index=0, speaker="customer", text=text),),
        roles=Roles(source="options", confidence=1.0),
    )


def _known(label: str) -> str:
    return next(name for name in SENTIMENTS if name == label)


if __name__ == "__main__":
    main()

"""What a model says of labelled interactions, passage by passage, beside what people say of them.

The model is asked as it is served: whole interactions, the int8 encoder, the stored thresholds.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spacy.lang.en import English
from spacy.language import Language

from nlp.errors import ModelError
from nlp.learn import registry
from nlp.learn.corpora import Example, Labelled
from nlp.learn.figures import Bools, Floats, Ints, overlap, words
from nlp.pipeline import Miner, Reading
from nlp.types import CATEGORIES, SENTIMENTS, Passage

TOGETHER = 32  # interactions read in one go: their token states lie in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteAnswer:
    """How well the words that the model would quote agree with those that people marked.

    Attributes:
        passage: row of the passage, which carries the category.
        category: index into `CATEGORIES`.
        ours: token F1 of the model's quote.
        sentences: of that quote grown to whole sentences.
        right_sentences: of the sentences that hold the marked words: better than any quoter that
            takes whole sentences could do.
        passage_whole: of the whole passage.
    """

    passage: int
    category: int
    ours: float
    sentences: float
    right_sentences: float
    passage_whole: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """A model's answers on a corpus; a row is a passage.

    Attributes:
        model: its name.
        labelled: the interactions.
        groups: (passages,) index into `labelled`.
        passages: one a row.
        examples: what people say, one a row.
        gold: (passages, categories) what is there.
        probabilities: (passages, categories) what the model gives it.
        bands: (categories, 2) from which probability a category counts as found, and from which
            on the model is sure; between the two people decide.
        feeling: (passages,) index into `SENTIMENTS` as people say, -1 where they do not.
        feelings: (passages, feelings) as the model says.
        quotes: one a pair of passage and category that is there and has words marked.
    """

    model: str
    labelled: tuple[Labelled, ...]
    groups: Ints
    passages: tuple[Passage, ...]
    examples: tuple[Example, ...]
    gold: Bools
    probabilities: Floats
    bands: Floats
    feeling: Ints
    feelings: Floats
    quotes: tuple[QuoteAnswer, ...]

    @property
    def found(self) -> Bools:
        """(passages, categories) what the model finds, sure or not."""
        return np.asarray(self.probabilities >= self.bands[:, 0])

    @property
    def felt(self) -> Ints:
        """(passages,) the feeling that the model says, index into `SENTIMENTS`."""
        return np.asarray(self.feelings.argmax(axis=1), dtype=np.int64)

    @property
    def words_sha256(self) -> str:
        """Of the passages' texts in order: two models are compared on the same words alone."""
        texts = "\0".join(one.text for one in self.examples)
        return hashlib.sha256(texts.encode()).hexdigest()


def find_model(name: str | None) -> Path:
    """The folder of a model.

    Args:
        name: a folder, or the name of one under `models/`; None for the project's own.

    Raises:
        ModelError: neither is there.
    """
    if name is None:
        return registry.default_folder()
    for folder in (Path(name), registry.MODELS / name):
        if (folder / registry.DESCRIPTION).is_file():
            return folder
    known = sorted(path.parent.name for path in registry.MODELS.glob(f"*/{registry.DESCRIPTION}"))
    raise ModelError(
        f"no model {name!r}: it is neither a folder with {registry.DESCRIPTION} nor one of those "
        f"under models/, {', '.join(known) or 'where there is none'}"
    )


def ask(
    folder: Path,
    labelled: Sequence[Labelled],
    *,
    cache: Path | None = None,
    threads: int | None = None,
    weights: Path | None = None,
) -> Answers:
    """Asks a model, as it is served.

    Args:
        folder: of the model.
        labelled: interactions; one without a customer's passage is left out.
        cache: folder for the encoder's built graph.
        threads: of the encoder; None for all cores.
        weights: folder with the encoder's weights, where it is none of the usual places.

    Raises:
        ModelError: there is no such model, or it does not fit.
    """
    head = registry.open_folder(folder).categories
    miner = Miner.load(folder, cache=cache, threads=threads, weights=weights)
    kept = [one for one in labelled if one.examples]
    probabilities, feelings = list[NDArray[np.float32]](), list[NDArray[np.float32]]()
    found, quotes = list[Passage](), list[QuoteAnswer]()
    for one, reading in _readings(miner, kept):
        if [passage.text for passage in reading.passages] != [each.text for each in one.examples]:
            raise ModelError(f"{folder} cuts {one.interaction.id!r} unlike its labels; report it")
        quotes += _quotes(miner, reading, one.examples, first=len(found))
        probabilities.append(reading.categories)
        feelings.append(reading.feelings)
        found += reading.passages
    examples = tuple(each for one in kept for each in one.examples)
    return Answers(
        model=miner.model,
        labelled=tuple(kept),
        groups=np.repeat(np.arange(len(kept)), [len(one.examples) for one in kept]),
        passages=tuple(found),
        examples=examples,
        gold=np.array(
            [[name in (each.categories or ()) for name in CATEGORIES] for each in examples]
        ).reshape(-1, len(CATEGORIES)),
        probabilities=_stacked(probabilities, len(CATEGORIES)),
        bands=np.asarray(head.bands, dtype=np.float64),
        feeling=np.array(
            [SENTIMENTS.index(each.sentiment) if each.sentiment else -1 for each in examples],
            dtype=np.int64,
        ),
        feelings=_stacked(feelings, len(SENTIMENTS)),
        quotes=tuple(quotes),
    )


def _readings(miner: Miner, labelled: Sequence[Labelled]) -> Iterator[tuple[Labelled, Reading]]:
    for start in range(0, len(labelled), TOGETHER):
        part = labelled[start : start + TOGETHER]
        yield from zip(part, miner.read([one.interaction for one in part]), strict=True)


def _stacked(parts: Sequence[NDArray[np.float32]], width: int) -> Floats:
    return np.concatenate([np.zeros((0, width), dtype=np.float64), *parts])


def _quotes(
    miner: Miner, reading: Reading, examples: Sequence[Example], *, first: int
) -> Iterator[QuoteAnswer]:
    for number, example in enumerate(examples):
        for column, category in enumerate(CATEGORIES):
            marked = [(one.start, one.end) for one in example.quotes if one.category == category]
            if not marked:
                continue
            text = example.text
            ours = miner.quote(reading, number, column)
            gold = words(text, marked)
            sides = {
                "ours": [ours],
                "sentences": grown(text, [ours]),
                "right_sentences": grown(text, marked),
                "passage_whole": [(0, len(text))],
            }
            shares = {name: overlap(gold, words(text, spans)) for name, spans in sides.items()}
            yield QuoteAnswer(passage=first + number, category=column, **shares)


def grown(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The sentences of a text that spans touch, as offsets."""
    return [
        (start, end)
        for start, end in sentences(text)
        if any(first < end and last > start for first, last in spans)
    ]


@cache
def _sentencizer() -> Language:
    language = English()
    language.add_pipe("sentencizer")
    return language


def sentences(text: str) -> list[tuple[int, int]]:
    """Offsets of the sentences of a text, split by spaCy's rules for punctuation."""
    return [(one.start_char, one.end_char) for one in _sentencizer()(text).sents]

"""Frames and data sets of labelled passages, there and back."""

from dataclasses import replace
from pathlib import Path

import pytest

from nlp.errors import OptionError
from nlp.learn import corpora, corrections, frames, hub
from nlp.learn.corpora import Labelled
from nlp.types import CATEGORIES

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def labelled() -> list[Labelled]:
    """Some interactions of the corpus."""
    return corpora.interactions(ROOT / "corpora/contact_centre/mails_consumer.jsonl")[:12]


def test_a_corpus_comes_back_out_of_its_frame(labelled: list[Labelled]) -> None:
    frame = frames.of_corpus(labelled)
    assert len(frame) == sum(len(one.examples) for one in labelled)
    back = frames.to_corpus(frame, [one.interaction for one in labelled])
    for one, other in zip(labelled, back, strict=True):
        for example, again in zip(one.examples, other.examples, strict=True):
            assert (again.text, again.categories, again.quotes) == (
                example.text,
                example.categories,
                example.quotes,
            )
            assert (again.sentiment, again.industry) == (example.sentiment, example.industry)


def test_a_frame_without_a_passage_does_not_go_back(labelled: list[Labelled]) -> None:
    frame = frames.of_corpus(labelled).iloc[1:]
    with pytest.raises(OptionError, match="no row for interaction"):
        frames.to_corpus(frame, [one.interaction for one in labelled])


def test_corrections_come_back_out_of_their_frame(labelled: list[Labelled]) -> None:
    given = [corrections.of_labelled(one) for one in labelled]
    frame = frames.of_corrections(given)
    assert list(frame.columns[:4]) == ["interaction", "turn", "start", "end"]
    assert frames.to_corrections(frame, [one.interaction for one in given]) == given


def test_numbers_name_interactions_too(labelled: list[Labelled]) -> None:
    numbered = [
        replace(one, interaction=replace(one.interaction, id=str(100 + number)))
        for number, one in enumerate(labelled)
    ]
    frame = frames.of_corpus(numbered)
    frame["interaction"] = frame["interaction"].astype(int)
    back = frames.to_corpus(frame, [one.interaction for one in numbered])
    assert [one.interaction.id for one in back] == [one.interaction.id for one in numbered]


def test_a_missing_cell_of_quotes_holds_none(labelled: list[Labelled]) -> None:
    interactions = [one.interaction for one in labelled]
    frame = frames.of_corpus(labelled)
    frame["quotes"] = float("nan")
    back = frames.to_corpus(frame, interactions)
    assert not any(example.quotes for one in back for example in one.examples)
    frame = frames.of_corrections(corrections.of_labelled(one) for one in labelled)
    frame["quotes"] = float("nan")
    told = frames.to_corrections(frame, interactions)
    assert len(told) == len(labelled)
    assert not any(judgement.quotes for one in told for judgement in one.judgements)


def test_what_is_wrong_with_a_frame_of_corrections_is_told(labelled: list[Labelled]) -> None:
    frame = frames.of_corrections([corrections.of_labelled(labelled[0])])
    with pytest.raises(OptionError, match="the frame has no column 'turn'; it needs interaction"):
        frames.to_corrections(frame.drop(columns="turn"), [labelled[0].interaction])
    with pytest.raises(OptionError, match="the frame speaks of interaction"):
        frames.to_corrections(frame, [labelled[1].interaction])


def test_a_data_set_names_its_labels_and_goes_back(labelled: list[Labelled]) -> None:
    dataset = hub.of_corpus(labelled)
    assert dataset.features["categories"].feature.names == list(CATEGORIES)
    examples = [example for one in labelled for example in one.examples]
    back = hub.to_examples(dataset)
    assert [one.text for one in back] == [one.text for one in examples]
    assert [one.categories for one in back] == [one.categories for one in examples]
    assert [one.quotes for one in back] == [one.quotes for one in examples]
    assert [one.sentiment for one in back] == [one.sentiment for one in examples]


def test_a_data_set_tells_what_nobody_said(labelled: list[Labelled]) -> None:
    """A frame would make NaN of it, which is no label."""
    first, *others = labelled[0].examples
    silent = replace(first, categories=None, sentiment=None, quotes=())
    row = hub.of_corpus([replace(labelled[0], examples=(silent, *others))])[0]
    assert (row["known"], row["categories"], row["sentiment"]) == (False, [], None)

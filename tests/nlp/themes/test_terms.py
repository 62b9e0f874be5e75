"""What sets a theme's words apart, checked by hand."""

from collections import Counter
from math import log, sqrt

import pytest

from nlp.themes import terms
from nlp.themes.terms import Vocabulary
from nlp.themes.words import runs


def _counted(texts: list[str], vocabulary: Vocabulary) -> Counter[str]:
    """One interaction a text."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(vocabulary.learn([text])[0].terms)
    return counts


def _key_terms(theme: list[str], rest: list[str], *, most: int = 8) -> tuple[str, ...]:
    vocabulary = Vocabulary()
    counts, others = _counted(theme, vocabulary), _counted(rest, vocabulary)
    found = terms.contrasts(counts, counts + others)
    return terms.key_terms(found, vocabulary, size=len(theme), most=most)


def test_a_contrast_is_that_of_monroe_and_others() -> None:
    counts, everything = Counter(update=8, app=2), Counter(update=8, app=12)
    found = terms.contrasts(counts, everything)["update"]
    prior = terms.PRIOR * 8 / 20
    lift = log((8 + prior) / (10 + terms.PRIOR - 8 - prior))
    lift -= log((0 + prior) / (10 + terms.PRIOR - 0 - prior))
    assert found.lift == pytest.approx(lift)
    assert found.surprise == pytest.approx(lift / sqrt(1 / (8 + prior) + 1 / (0 + prior)))
    assert found.interactions == 8


def test_a_theme_alone_is_told_by_what_it_says_most() -> None:
    found = terms.contrasts(Counter(update=8, app=2), Counter(update=8, app=2))
    assert found["update"].surprise > found["app"].surprise > 0


def test_forms_of_a_word_are_one_term_as_it_is_said_most() -> None:
    theme = ["two batteries leak", "my batteries", "it leaks", "that battery is leaking"]
    found = _key_terms(theme, ["the screen is black", "the app is slow"])
    assert set(found) == {"batteries", "leak"}


def test_a_pair_stands_for_its_words() -> None:
    theme = ["dark mode please", "add dark mode", "i want a dark mode", "dark mode at night"]
    found = _key_terms(theme, ["the screen is black", "the app is slow"])
    assert found[0] == "dark mode"
    assert not {"dark", "mode"} & set(found)


def test_a_verb_and_its_object_are_no_pair() -> None:
    theme = ["it shows offline", "the app logs me out", "i can't open files", "it shows offline"]
    found = _key_terms(theme, ["the screen is black"])
    assert not {"shows offline", "app logs", "open files"} & set(found)


def test_fillers_and_light_verbs_are_no_terms() -> None:
    theme = [
        "um yeah the thing keeps going",
        "um the thing keeps going really",
        "thing keeps going",
    ]
    assert _key_terms(theme, ["the screen is black"]) == ()


def test_a_joined_word_is_the_same_as_its_pair() -> None:
    theme = ["no wi-fi", "the wifi drops", "the wi-fi drops", "wifi drops", "my wi-fi is slow"]
    found = _key_terms(theme, ["the screen is black"])
    assert sum(term.replace("-", "").lower() == "wifi" for term in found) == 1


def test_there_are_no_more_terms_than_asked_for() -> None:
    theme = ["red green blue black white grey pink"] * 3
    assert len(_key_terms(theme, ["the app is slow"], most=2)) == 2


def test_what_one_interaction_says_is_taken_only_where_little_is_shared() -> None:
    theme = ["the hinge squeaks loudly", "hinge rusts", "the hinge cracks", "the hinge wobbles"]
    found = _key_terms(theme, ["the app is slow"])
    assert found[0] == "hinge"
    assert len(found) == 3


@pytest.mark.parametrize(
    ("texts", "lower", "shown"),
    [
        (["My iPhone fails", "the iPhone fails"], "iphone", "iPhone"),
        (["Save as PDF now", "a PDF, please", "In Word the pdf fails"], "pdf", "pdf"),
        (["Save as PDF now", "a PDF, please", "My PDF"], "pdf", "PDF"),
        (["Battery empty. Battery full. I know"], "battery", "battery"),
        (["I like our Zorbel", "The Zorbel hums", "A Zorbel"], "zorbel", "Zorbel"),
        (["it was on monday", "on friday"], "monday", "Monday"),
        (["i know i'm late"], "i'm", "I'm"),
    ],
)
def test_a_word_is_written_as_nearly_all_write_it(texts: list[str], lower: str, shown: str) -> None:
    vocabulary = Vocabulary()
    _counted(texts, vocabulary)
    assert vocabulary.written(lower) == shown


def test_capitals_are_those_of_the_text_and_not_of_its_placeholders() -> None:
    vocabulary = Vocabulary()
    heard = vocabulary.learn(["i think [PERSON_1] broke it", "I think it broke"])
    assert [one.cased for one in heard] == [False, True]


def test_an_unknown_capital_is_private_until_a_third_interaction_writes_it() -> None:
    vocabulary = Vocabulary()
    _counted(["The lid from Zorbelhurst broke"], vocabulary)
    word = next(word for run in runs("from Zorbelhurst") for word in run if word.shown[0] == "Z")
    assert vocabulary.is_private(word)
    _counted(["I live in Zorbelhurst"], vocabulary)
    assert vocabulary.is_private(word)
    _counted(["A shop in Zorbelhurst"], vocabulary)
    assert not vocabulary.is_private(word)


def test_three_documents_of_one_interaction_are_still_one() -> None:
    vocabulary = Vocabulary()
    vocabulary.learn(["The lid from Zorbelhurst"] * 3)
    word = next(word for run in runs("from Zorbelhurst") for word in run if word.shown[0] == "Z")
    assert vocabulary.is_private(word)


def test_a_private_word_is_no_term() -> None:
    theme = ["callum said the lid broke", "the lid broke", "callum's lid"]
    assert not any("callum" in term for term in _key_terms(theme, ["the app is slow"]))


def test_a_term_that_others_say_more_often_comes_last() -> None:
    vocabulary = Vocabulary()
    counts = _counted(["the app", "an app of the pump", "the pump leaks"], vocabulary)
    everything = counts + _counted(["the app"] * 20, vocabulary)
    found = terms.contrasts(counts, everything)
    assert found["app"].lift < 0 < found["pump"].lift
    assert terms.key_terms(found, vocabulary, size=3) == ("pump", "app", "leaks")

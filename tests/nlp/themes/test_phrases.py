"""Phrases that stand by themselves: where they begin and end, and what they never lose."""

import pytest

from nlp.themes.phrases import Phrase, phrases
from nlp.themes.words import Kind, runs, stem


def _shown(phrase: Phrase) -> str:
    return " ".join(word.shown for word in phrase.words)


def _all(text: str) -> set[str]:
    return {_shown(phrase) for phrase in phrases(text)}


def _best(text: str) -> str:
    return _shown(max(phrases(text), key=lambda phrase: phrase.shape))


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("Since the update the app logs me out every hour", "app logs me out every hour"),
        ("Would be lovely to have dark mode for the app", "dark mode for the app"),
        ("the battery doesn't really last a day", "battery doesn't really last a day"),
        ("um i was wondering if the link in your help article is dead", None),
        ("i just want a way to export my reports to CSV", "export my reports to CSV"),
        ("it's the it's the screen that goes black", None),
        ("Well, I think the website guides are confusing", "website guides are confusing"),
        ("my phone isn't charging", "my phone isn't charging"),
    ],
)
def test_the_best_phrase_is_the_clause_without_what_leads_it_in(
    text: str, best: str | None
) -> None:
    if best is not None:
        assert _best(text) == best
    first = {shown.split()[0].lower() for shown in _all(text)}
    assert not first & {"um", "i", "it's", "well", "the", "a", "if", "was", "would"}


def test_no_phrase_ends_on_what_wants_an_object_or_another_word() -> None:
    found = _all(
        "the manual says the blue cable goes to the port of the router and it keeps failing"
    )
    assert found
    last = {shown.split()[-1] for shown in found}
    assert not last & {"says", "the", "to", "of", "and", "it", "keeps", "goes"}


def test_words_that_carry_meaning_are_not_torn_apart() -> None:
    for shown in _all("the grey power cable of the old kitchen radio hums"):
        assert ("grey" in shown) == ("cable" in shown)


@pytest.mark.parametrize(
    "text",
    [
        "i can't seem to find the reset button",
        "we are unable to find the reset button",
        "it refuses to find the reset button",
        "you're supposed to find the reset button",
        "the app does not find the reset button",
    ],
)
def test_what_did_not_happen_is_never_told_as_if_it_had(text: str) -> None:
    assert not any(shown.startswith("find") for shown in _all(text))


def test_no_phrase_holds_or_borders_unmarked_on_what_was_taken_out() -> None:
    found = phrases("the card of [PERSON_1] was declined at jo@example.com")
    assert {_shown(one) for one in found} <= {"was declined", "card"}
    whole, torn = phrases("the new card fails"), phrases("the new card fails [PERSON_1]")
    assert max(one.shape for one in torn) < max(one.shape for one in whole)


def test_empty_adverbs_are_left_out_but_not_behind_a_negation() -> None:
    assert "app crashes on Mondays" in _all("the app just crashes on Mondays")
    assert "app doesn't just crash" in _all("the app doesn't just crash")


def test_a_phrase_knows_whether_it_says_something() -> None:
    clause = {_shown(one): one.clause for one in phrases("the link in the article is dead")}
    assert clause["link in the article is dead"]
    assert not clause["link in the article"]


def test_a_repeated_start_counts_once() -> None:
    words = [[word.lower for word in run] for run in runs("it's the it's the it's the screen")]
    assert words == [["it's", "the", "screen"]]


@pytest.mark.parametrize(
    "forms",
    [
        ("crash", "crashes", "crashed", "crashing"),
        ("freeze", "freezes", "froze", "frozen", "freezing"),
        ("log", "logs", "logged", "logging"),
        ("charge", "charges", "charged", "charging"),
        ("battery", "batteries", "battery's"),
        ("box", "boxes"),
        ("setting", "settings"),
        ("try", "tries", "tried", "trying"),
    ],
)
def test_the_forms_of_a_word_have_one_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


def test_different_words_keep_different_stems() -> None:
    words = ("print", "printer", "set", "setting", "note", "access", "bus", "us", "gas")
    assert len({stem(word) for word in words}) == len(words)


@pytest.mark.parametrize(
    "text",
    ["pay 49482 now", "x@y.com", "http://a.b/c", "[PERSON_1]", "card_holder", "XXXX 1", "$30"],
)
def test_what_could_identify_somebody_is_a_gap(text: str) -> None:
    words = [word for run in runs(text) for word in run]
    assert Kind.GAP in {word.kind for word in words}
    for secret in ("49482", "y.com", "a.b", "person", "holder", "xxxx", "30"):
        assert not any(secret in word.lower for word in words)


def test_spoken_digits_in_a_row_are_a_gap_and_two_are_not() -> None:
    spoken = [word.kind for run in runs("code five five nine two fails") for word in run]
    assert spoken == [Kind.CONTENT, Kind.GAP, Kind.CONTENT]
    two = [word.kind for run in runs("step twenty four fails") for word in run]
    assert Kind.GAP not in two

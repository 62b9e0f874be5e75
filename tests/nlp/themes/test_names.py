"""Names of themes: in the customers' words, unlike each other, and nobody's secret."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.themes.names import Name, names
from nlp.themes.values import NOWHERE, Documents, Ints

LOGGED_OUT = (
    "Since the update the app logs me out every hour",
    "the app logs me out after the update",
    "Well, I think the app logs me out after the update",
    "um the app keeps logging me out",
    "after the last update it logs me out of the app",
)
GUIDE = (
    "step four of the quick-start guide does not exist",
    "The quick-start guide has no step four",
    "your quick-start guide says push the wire in at step four",
    "step four of the quick-start guide does not exist on my model",
)
DARK = (
    "It would be great if there was a dark mode for the app",
    "please add dark mode for the app",
    "i'd love dark mode for the app",
    "dark mode, please",
)


def _documents(*themes: tuple[str, ...]) -> tuple[Documents, Ints]:
    """One interaction a text; the members of a theme lie around an axis of their own."""
    rng = np.random.default_rng(7)
    texts = [text for theme in themes for text in theme]
    labels = np.repeat(np.arange(len(themes)), [len(theme) for theme in themes])
    vectors = np.eye(8)[labels] + 0.05 * rng.normal(size=(len(texts), 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    numbers = [f"{number:03d}" for number in range(len(texts))]
    documents = Documents(
        keys=tuple(numbers),
        texts=tuple(texts),
        vectors=vectors.astype(np.float32),
        groups=tuple(numbers),
    )
    return documents, labels


def _named(*themes: tuple[str, ...]) -> list[Name]:
    return names(*_documents(*themes))


def test_a_headline_is_what_a_product_manager_would_have_written() -> None:
    found = [one.headline for one in _named(LOGGED_OUT, GUIDE, DARK)]
    assert found == [
        "app logs me out after the update",
        "quick-start guide has no step four",
        "dark mode for the app",
    ]


def test_the_terms_are_those_that_the_others_do_not_say() -> None:
    found = _named(LOGGED_OUT, GUIDE, DARK)
    assert {"logs", "update"} <= set(found[0].terms)
    assert found[1].terms[0] == "quick-start guide"
    assert found[2].terms[0] == "dark mode"
    assert not any("quick-start" in term for one in (found[0], found[2]) for term in one.terms)


def test_the_order_of_the_documents_changes_nothing() -> None:
    documents, labels = _documents(LOGGED_OUT, GUIDE, DARK)
    first = names(documents, labels)
    order = np.random.default_rng(3).permutation(len(documents))
    shuffled = Documents(
        keys=tuple(documents.keys[row] for row in order),
        texts=tuple(documents.texts[row] for row in order),
        vectors=documents.vectors[order],
        groups=tuple(documents.groups[row] for row in order),
    )
    assert names(shuffled, labels[order]) == first


def test_no_two_themes_share_a_headline() -> None:
    crashes = ("the app keeps crashing on my tablet", "the app keeps crashing", "it crashes")
    again = ("the app keeps crashing", "the app keeps crashing", "my phone, the app keeps crashing")
    found = [one.headline for one in _named(crashes, again, again, again)]
    assert len({headline.casefold() for headline in found}) == 4
    assert all("app keeps crashing" in headline for headline in found)


def test_who_says_no_whole_phrase_is_named_by_terms_or_not_at_all() -> None:
    found = _named(("Bluetooth!", "bluetooth"), ("um, yeah", "ok"))
    assert [one.headline for one in found] == ["bluetooth", "unnamed"]


def test_a_single_text_names_its_theme() -> None:
    assert _named(("The hinge squeaks when I open the lid",))[0].headline.startswith(
        "hinge squeaks"
    )


def test_a_placeholder_is_never_shown_in_any_form() -> None:
    texts = (
        "the courier [PERSON_1] left the parcel with [PERSON_2]",
        "the courier [person_1] left the parcel",
        "the courier PERSON_1 left the parcel at [ADDRESS_1]",
        "courier <NAME> left my parcel, mail me at jo@example.com or 0171 5550123",
    )
    name = _named(texts, DARK)[0]
    shown = " ".join((name.headline, *name.terms, *name.others)).lower()
    assert "parcel" in shown
    for secret in ("person", "address", "name", "[", "<", "@", "example", "5550123", "0171"):
        assert secret not in shown


@pytest.mark.parametrize("number", ["4471882", "RX-44718-2", "555 0123 99", "four four seven one"])
def test_what_looks_like_an_identifier_is_never_shown(number: str) -> None:
    texts = tuple(f"my order {number} is still missing from the portal" for _ in range(5))
    name = _named(texts, DARK)[0]
    assert "missing from the portal" in name.headline
    for piece in number.split():
        assert not any(piece in text for text in (name.headline, *name.terms, *name.others))


def test_a_small_number_may_stay() -> None:
    texts = ("error E14 after the update", "error E14 after the update to 2.1", "error E14 again")
    assert "E14" in _named(texts, DARK)[0].headline


def test_an_unknown_name_that_one_interaction_holds_is_never_shown() -> None:
    texts = (
        "The heating at Zorbelhurst fails at night",
        "the heating fails at night",
        "my heating fails",
    )
    name = _named(texts, DARK)[0]
    assert "heating fails" in name.headline
    assert "Zorbelhurst" not in " ".join((*name.terms, *name.others))


def test_the_same_name_is_a_product_when_many_say_it() -> None:
    texts = tuple(f"the Zorbel {part} fails at night" for part in ("pump", "pump", "fan", "pump"))
    assert "Zorbel" in _named(texts, DARK)[0].headline


def test_a_given_name_that_slipped_through_is_not_shown() -> None:
    texts = ("callum broke the hinge", "the hinge broke off", "the hinge broke")
    name = _named(texts, DARK)[0]
    assert "callum" not in " ".join((name.headline, *name.terms, *name.others)).lower()


def test_words_are_written_as_most_write_them() -> None:
    texts = (
        "the wifi export to pdf fails",
        "My PDF export fails on Monday",
        "exporting a PDF fails",
        "The PDF export fails",
    )
    assert "PDF export fails" in _named(texts, DARK)[0].headline


def test_a_product_is_named_where_one_dominates_a_theme_and_not_everything() -> None:
    documents, labels = _documents(LOGGED_OUT, GUIDE)
    products = ["HomeHub 2"] * 4 + [""] + ["Lamp", "Kettle", "Lamp", "Kettle"]
    found = names(documents, labels, products=products)
    assert found[0].headline == "HomeHub 2: app logs me out after the update"
    assert ":" not in found[1].headline
    everybodys = names(documents, labels, products=["HomeHub 2"] * len(documents))
    assert not any("HomeHub" in one.headline for one in everybodys)


def test_one_long_story_does_not_name_a_theme() -> None:
    documents, labels = _documents(DARK[:3] + ("purple curtains everywhere",) * 6)
    groups = ("a", "b", "c") + ("d",) * 6
    told = Documents(
        keys=documents.keys, texts=documents.texts, vectors=documents.vectors, groups=groups
    )
    assert "dark mode" in names(told, labels)[0].headline


def test_documents_in_no_theme_are_what_a_theme_stands_out_from() -> None:
    documents, labels = _documents(DARK, ("the app is slow", "the app froze", "the app is fine"))
    outside = np.where(labels == 1, NOWHERE, labels)
    found = names(documents, outside)
    assert len(found) == 1
    assert found[0].terms[0] == "dark mode"


def test_a_headline_stays_while_its_words_are_said() -> None:
    documents, labels = _documents(LOGGED_OUT, DARK)
    earlier = {0: "update of the app logs customers out", 1: "night theme wanted"}
    found = names(documents, labels, before=earlier)
    assert found[0].headline == earlier[0]
    assert found[1].headline == "dark mode for the app"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="aA1 .'-[]_@ésXthe", max_size=40), min_size=1, max_size=6))
def test_whatever_is_written_gets_a_clean_name(texts: list[str]) -> None:
    name = _named(tuple(texts), DARK)[0]
    assert name.headline
    for shown in (name.headline, *name.terms, *name.others):
        assert not set("[]_@") & set(shown)
        assert shown == " ".join(shown.split())


def test_no_documents_have_no_names() -> None:
    documents, labels = _documents(())
    assert names(documents, labels) == []


def test_labels_with_a_gap_are_refused() -> None:
    documents, labels = _documents(DARK)
    with pytest.raises(ValueError, match=r"nothing is in \[0\]"):
        names(documents, labels + 1)
    with pytest.raises(ValueError, match="differ in length"):
        names(documents, labels[1:])

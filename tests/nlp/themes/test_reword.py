"""Rewording: what is asked, and which answers are believed."""

import json
from typing import Any

import pytest

from nlp.themes import reword
from nlp.themes.names import Name

NAME = Name(
    headline="app doesn't keep me logged in after the update",
    terms=("update", "login", "quick-start guide"),
    others=(),
)
QUOTES = (
    "since the update the app logs me out every hour",
    "I can't stay logged in. The installation guide says nothing about it, [PERSON_1]",
)


def test_the_request_is_a_chat_completion_with_the_words_as_data() -> None:
    body = reword.request(NAME, QUOTES, model="small")
    assert (body["model"], body["temperature"]) == ("small", 0)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    sent = json.loads(body["messages"][1]["content"])
    assert sent == {
        "headline": NAME.headline,
        "terms": list(NAME.terms),
        "quotes": list(QUOTES),
    }
    assert QUOTES[0] not in body["messages"][0]["content"]


def test_only_so_many_quotes_of_such_a_length_are_sent() -> None:
    body = reword.request(NAME, ["long " * 500] * 50, model="small")
    sent = json.loads(body["messages"][1]["content"])["quotes"]
    assert len(sent) == reword.QUOTED
    assert {len(quote) for quote in sent} == {reword.QUOTE_LENGTH}


@pytest.mark.parametrize(
    "answer",
    [
        "App doesn't keep me logged in after the update",
        "Update won't keep the app logged in",
        "  App fails to stay logged in after update.  ",
        "Not logged in after installing the update",
    ],
)
def test_an_answer_in_the_customers_words_is_taken(answer: str) -> None:
    found = reword.checked(answer, NAME, QUOTES)
    assert found.refused == ""
    assert found.headline == answer.strip().removesuffix(".")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("App doesn't stay logged in\nafter the update", "more than one line"),
        ("app", "1 words"),
        ("the app does not keep me logged in every hour after the update", "13 words"),
        ("App doesn't keep [PERSON_1] logged in", "placeholder"),
        ("App doesn't keep <b>me</b> logged in", "markup"),
        ('"App doesn\'t keep me logged in"', "quotation marks"),
        ("App doesn't keep me 'logged in'", "quotation marks"),
        ("Cloud doesn't keep me logged in", "'Cloud'"),
        ("App doesn't keep Helena logged in", "'Helena'"),
        ("App doesn't keep 4471882 logged in", "identifier"),
        ("App doesn't keep me logged in since 3.1", "'3.1'"),
        ("App keeps me logged in after the update", "loses the headline's negation"),
        ("", "0 words"),
    ],
)
def test_any_other_answer_leaves_the_headline_as_it_was(answer: str, why: str) -> None:
    found = reword.checked(answer, NAME, QUOTES)
    assert found.headline == NAME.headline
    assert why in found.refused


def test_a_denial_that_nobody_made_is_refused() -> None:
    name = Name(headline="dark mode for the app", terms=("dark mode",), others=())
    found = reword.checked("app has no dark mode", name, ["please add dark mode for the app"])
    assert found == reword.Reworded(
        headline="dark mode for the app", refused="it denies what no customer denies"
    )


def test_the_answer_is_found_in_the_body_and_another_shape_is_refused() -> None:
    assert reword.answer_of({"choices": [{"message": {"content": "dark mode"}}]}) == "dark mode"
    shapes: list[dict[str, Any]] = [{}, {"choices": []}, {"choices": [{"message": None}]}]
    for body in shapes:
        with pytest.raises(ValueError, match="no choices"):
            reword.answer_of(body)
    with pytest.raises(ValueError, match="is NoneType, not text"):
        reword.answer_of({"choices": [{"message": {"content": None}}]})

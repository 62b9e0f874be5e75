"""Rewording by an endpoint that really listens, on loopback."""

import json

import pytest
from pydantic import SecretStr, ValidationError

from api.settings import Settings
from api.steps.reword import Endpoint, reworded
from nlp.themes.names import Name
from tests.api.chat import Chat

NAME = Name(headline="logs me out after the update", terms=("update", "app", "log in"), others=())
QUOTES = ("the app logs me out after the update", "since the update I have to log in every hour")


def test_a_headline_that_customers_bear_out_is_taken(chat: Chat) -> None:
    chat.says("App logs me out after the update")

    (found,) = reworded(chat.endpoint, [(NAME, QUOTES)])

    assert found.headline == "App logs me out after the update"
    assert found.terms == NAME.terms
    ((path, key, body),) = chat.asked
    assert (path, key, body["model"]) == ("/v1/chat/completions", "Bearer a key", "some-model")
    assert QUOTES[0] in json.dumps(body)


def test_a_headline_that_nobody_said_is_not_taken(chat: Chat) -> None:
    chat.says("Supervisor resigns over scandal")

    assert reworded(chat.endpoint, [(NAME, QUOTES)]) == [NAME]


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"the app logs me out"),
        (302, b""),
        (200, b"not json"),
        (200, b'{"choices": []}'),
        (200, b'"' + b"x" * 100_000 + b'"'),
    ],
    ids=["error", "redirect", "no json", "no choice", "endless"],
)
def test_an_endpoint_that_fails_costs_nothing_but_its_headlines(
    chat: Chat, answer: tuple[int, bytes]
) -> None:
    chat.answer = answer

    assert reworded(chat.endpoint, [(NAME, QUOTES), (NAME, QUOTES)]) == [NAME, NAME]
    assert len(chat.asked) == 1


def test_an_endpoint_that_is_away_is_not_asked_again(chat: Chat) -> None:
    away = Endpoint("http://127.0.0.1:1/v1", "some-model")

    assert reworded(away, [(NAME, QUOTES)]) == [NAME]
    assert reworded(None, [(NAME, QUOTES)]) == [NAME]
    assert chat.asked == []


def test_the_endpoint_is_off_unless_it_is_set() -> None:
    assert Endpoint.of(Settings()) is None
    found = Endpoint.of(
        Settings(reword_url="http://127.0.0.1:9/v1", reword_model="m", reword_key=SecretStr("k"))
    )
    assert found == Endpoint("http://127.0.0.1:9/v1", "m", "k")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"reword_url": "http://127.0.0.1/v1"}, "set both or neither"),
        ({"reword_model": "m"}, "set both or neither"),
        ({"reword_url": "ftp://127.0.0.1/", "reword_model": "m"}, "should match pattern"),
    ],
)
def test_half_an_endpoint_is_refused(values: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Settings(**values)  # type: ignore[arg-type]  # wrong on purpose

"""Reword: headlines of new themes in other words, where somebody runs a chat endpoint.

Off unless an address is set. What is sent is redacted, and is what the theme's page shows anyhow;
what comes back is taken only where customers' words bear it out (`nlp.themes.reword`). An endpoint
that is away or slow costs a few seconds and nothing else: headlines stay as they were.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import httpx

from api.settings import Settings
from nlp.themes import reword
from nlp.themes.names import Name

log = logging.getLogger(__name__)

MOST_AT_ONCE = 50
"""Headlines that one re-clustering has reworded: the others have their turn at the next."""

_SECONDS = 10.0
_LONGEST_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible chat endpoint.

    Attributes:
        url: up to and without `/chat/completions` ("http://127.0.0.1:8080/v1").
        model: what it calls its model.
        key: that it asks for, or None.
    """

    url: str
    model: str
    key: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """The one that is set, or None."""
        if settings.reword_url is None or settings.reword_model is None:
            return None
        key = settings.reword_key
        return cls(
            settings.reword_url,
            settings.reword_model,
            None if key is None else key.get_secret_value(),
        )


def reworded(endpoint: Endpoint | None, asked: Sequence[tuple[Name, Sequence[str]]]) -> list[Name]:
    """The names, those of which the endpoint gave a headline that can be borne out with that.

    Args:
        endpoint: None leaves all as they are.
        asked: names, each with the redacted quotes of its theme, the most telling first.
    """
    found = [name for name, _ in asked]
    if endpoint is None:
        return found
    headers = {} if endpoint.key is None else {"Authorization": f"Bearer {endpoint.key}"}
    # An address that the operator set is asked as it stands: no redirect leads elsewhere.
    with httpx.Client(headers=headers, timeout=_SECONDS, follow_redirects=False) as client:
        for place, (name, quotes) in enumerate(asked[:MOST_AT_ONCE]):
            try:
                answer = _ask(client, endpoint, reword.request(name, quotes, model=endpoint.model))
            except (httpx.HTTPError, ValueError) as error:
                # The type alone: an endpoint may quote what it was sent.
                log.warning("no headline is reworded: %s", type(error).__name__)
                break
            found[place] = replace(name, headline=reword.checked(answer, name, quotes).headline)
    return found


def _ask(client: httpx.Client, endpoint: Endpoint, body: dict[str, object]) -> str:
    """The endpoint's answer.

    Raises:
        httpx.HTTPError: it is away, too slow, or answers with an error.
        ValueError: its answer is too long, or has another shape.
    """
    address = f"{endpoint.url.rstrip('/')}/chat/completions"
    with client.stream("POST", address, json=body) as response:
        response.raise_for_status()
        given = bytearray()
        for chunk in response.iter_bytes():
            given += chunk
            if len(given) > _LONGEST_ANSWER:
                raise ValueError("the answer is too long")
    return reword.answer_of(json.loads(given))

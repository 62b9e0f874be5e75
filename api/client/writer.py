"""Writes the client's source: a method for each operation of the OpenAPI document.

`CONDUIT_WRITE_SNAPSHOTS=1 pytest tests/api/client` puts it where it belongs.
"""

import inspect
import keyword
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.client import CLIENT, core
from api.client.types import dictionaries, sentence, written

_JSON = "application/json"
_EVENTS = "text/event-stream"
_KEY = "Idempotency-Key"
_METHODS = ("get", "put", "post", "patch", "delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of an operation.

    Attributes:
        name: as the service knows it.
        word: as Python does.
        place: path, query or header.
        type: as it stands in the source.
        required: whether it has to be given.
    """

    name: str
    word: str
    place: str
    type: str
    required: bool


def source(document: Mapping[str, Any]) -> str:
    """The whole file, not formatted yet."""
    schemas = document["components"]["schemas"]
    methods = "\n".join(
        _method(verb, path, operation)
        for path, operations in sorted(document["paths"].items())
        for verb, operation in operations.items()
        if verb in _METHODS
    )
    head = inspect.getsource(core).rstrip() + "\n"
    return (
        f"{_generated(head)}\n\n"
        + "\n\n".join(dictionaries(schemas))
        + f'\n\nclass Conduit(Core):\n    """Every operation of the service, version '
        f'{document["info"]["version"]} of its contract."""\n\n' + methods
    )


def _generated(head: str) -> str:
    """The core with a note for whoever opens the file, and what the types below it need."""
    head = head.replace(
        "from typing import Any, Generic, ",
        "from typing import Any, Generic, Literal, NotRequired, ",
    )
    note = "# Written from the OpenAPI document by api.client.writer: change that instead.\n"
    rule = "# rule: size, one file that can be copied\n"
    closing = head.index('"""', 3) + 4
    return head[:closing] + note + rule + head[closing:]


def _method(verb: str, path: str, operation: Mapping[str, Any]) -> str:
    parameters = list(_parameters(operation))
    ids = [one for one in parameters if one.place == "path"]
    named = [one for one in parameters if one.place != "path"]
    named.sort(key=lambda one: not one.required)
    body, media = _body(operation)
    given, call = _answer(operation)
    signature = ["self", *(f"{one.word}: str" for one in ids)]
    if body is not None:
        signature.append(f"body: {body}")
    rest = [f"{one.word}: {one.type}{'' if one.required else ' = None'}" for one in named]
    if media:
        rest.append("media_type: str | None = None")
    if _takes_families(operation):
        rest.append("more: Query | None = None")
    if rest:
        signature += ["*", *rest]
    if call == "json":
        returned = f"answer: {given} = self.json(request)\n        return answer"
        if given == "None":
            returned = "self.send(request)"
    else:
        returned = f"return self.{call}(request)"
    return (
        f"    def {operation['operationId']}({', '.join(signature)}) -> {given}:\n"
        f'        """{sentence({"description": operation["summary"]}, path)}"""\n'
        f"        request = {_request(verb, path, parameters, (body, media, operation))}\n"
        f"        {returned}\n"
    )


def _parameters(operation: Mapping[str, Any]) -> Iterator[Parameter]:
    for one in operation.get("parameters", ()):
        name, schema = one["name"], one.get("schema", {})
        if name == _KEY or "." in name or name.endswith("*"):
            continue
        word = re.sub(r"\W", "_", name).lower()
        # A list in one parameter is written as it goes: `fields="id,name"`.
        kind = "str" if one.get("explode") is False else written(schema)
        required = bool(one.get("required")) and one["in"] != "header"
        if not required and "None" not in kind.split(" | "):
            kind = f"{kind} | None"
        yield Parameter(
            name=name,
            word=f"{word}_" if keyword.iskeyword(word) else word,
            place=one["in"],
            type=kind,
            required=required,
        )


def _takes_families(operation: Mapping[str, Any]) -> bool:
    """Whether it takes parameters whose names are the caller's, such as `metadata.region`."""
    return any("." in one["name"] for one in operation.get("parameters", ()))


def _body(operation: Mapping[str, Any]) -> tuple[str | None, bool]:
    """The type of the body, or None, and whether it may be of another kind than JSON."""
    asked = operation.get("requestBody")
    if asked is None:
        return None, False
    content = asked["content"]
    kinds = [written(content[_JSON]["schema"])] if _JSON in content else []
    others = any(media != _JSON for media in content)
    return " | ".join([*kinds, *(["bytes"] if others else [])]), others


def _answer(operation: Mapping[str, Any]) -> tuple[str, str]:
    """The type of the answer, and which of the core's ways reads it."""
    for status, answer in sorted(operation["responses"].items()):
        if not status.startswith("2"):
            continue
        content = answer.get("content", {})
        if _EVENTS in content:
            return "Iterator[Streamed]", "events"
        if list(content) == [_JSON]:
            schema = content[_JSON].get("schema", {})
            # With `fields` it is less than that; whoever asks for less knows what.
            return written(schema.get("anyOf", [schema])[0]), "json"
        if content:
            return "Iterator[bytes]", "stream"
    return "None", "json"


def _request(
    verb: str,
    path: str,
    parameters: Sequence[Parameter],
    sent: tuple[str | None, bool, Mapping[str, Any]],
) -> str:
    body, media, operation = sent
    filled = path
    for one in parameters:
        if one.place == "path":
            filled = filled.replace(f"{{{one.name}}}", f"{{{one.word}}}")
    written_path = f'f"{filled}"' if filled != path or "{" in path else f'"{path}"'
    arguments = [f'method="{verb.upper()}"', f"path={written_path}"]
    for place, argument in (("query", "query"), ("header", "headers")):
        pairs = [f'"{one.name}": {one.word}' for one in parameters if one.place == place]
        if place == "query" and _takes_families(operation):
            pairs.append("**(more or {})")
        if pairs:
            arguments.append(f"{argument}={{{', '.join(pairs)}}}")
    if body is not None:
        arguments.append("body=body")
    if media:
        arguments.append("media_type=media_type")
    return f"Request({', '.join(arguments)})"


def formatted(text: str) -> str:
    """The source as the project formats it."""
    for command in (
        ["check", "--quiet", "--fix", "--select", "I,F401,E501", "--exit-zero"],
        ["format"],
    ):
        text = subprocess.run(  # noqa: S603 - our own formatter
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(CLIENT), "-"],
            input=text,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    return text

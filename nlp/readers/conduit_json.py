"""Our own JSON: one object an interaction, with `turns` or with `text`; one object, or one a line.

```json
{"id": "4711", "channel": "call", "started_at": "2026-03-01T09:30:00Z", "subject": null,
 "metadata": {"product": "Lumen 3"},
 "turns": [{"speaker": "agent", "text": "…", "start": 0.0, "end": 2.5}]}
```

Only `turns` or `text` must be there. `speaker` is `agent`, `customer`, `other`, or any label: then
the roles are inferred. What else stands in the object is left aside.
"""

from collections.abc import Iterator
from typing import Any

from nlp.errors import ConduitError, ReadError
from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.conversation import draft_of_object, has_turns
from nlp.transcripts.draft import Draft, finish, one
from nlp.transcripts.json_lines import first_objects, json_lines
from nlp.types import Interaction, Rejected

_KEYS = frozenset({"id", "channel", "started_at", "subject", "metadata", "text"})


def _ours(value: dict[str, Any]) -> bool:
    if isinstance(value.get("turns"), list):
        return has_turns(value) and bool(value["turns"])
    return "text" in value and set(value) <= _KEYS


def _detect(document: Document) -> bool:
    if not document.looks_like_json():
        return False
    if document.json_object:
        return _ours(document.json_object)
    try:
        return any(_ours(value) for value in first_objects(document))
    except ConduitError:
        return False


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    blank = Draft(format="conduit_json", source=document.name, said=())
    if document.json_object:
        yield from one(document, draft_of_object(document.json_object, draft=blank), options)
        return
    for line, value in json_lines(document):
        if isinstance(value, Rejected):
            yield value
            continue
        source = f"{document.name}:{line}"
        try:
            yield finish(
                draft_of_object(value, draft=Draft(format="conduit_json", source=source, said=())),
                options,
            )
        except ReadError as error:
            yield Rejected(source=source, code=error.code, message=str(error))


FORMAT = Format(
    title="Conduit JSON",
    suffixes=(".json", ".jsonl"),
    detect=_detect,
    read=_read,
    checked_with="this project",
)

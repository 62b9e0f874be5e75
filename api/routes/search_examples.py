"""Named examples of search for the API's reference."""

from typing import Any

from api.routes import examples

_HIT: dict[str, Any] = {
    "interaction": {
        "id": examples.FINDING["interaction"],
        "channel": "call",
        "started_at": "2026-03-02T09:15:00Z",
        "received_at": "2026-03-02T09:31:05.020Z",
        "metadata": {"product": "Aria 3 router"},
        "url": f"/v1/interactions/{examples.FINDING['interaction']}",
    },
    "passage": 0,
    "turn": 1,
    "start": 0,
    "end": 57,
    "quote": "The router drops the line every evening since the update.",
    "highlights": [{"start": 4, "end": 10}, {"start": 11, "end": 16}],
    "findings": [examples.FINDING],
    "found_by": ["words", "meaning"],
    "ranks": {"words": 1, "meaning": 2},
    "likeness": 0.71,
    "score": 0.0325,
}

FOUND = examples.page("A page of hits", _HIT)
FOUND["content"]["application/json"]["examples"]["a_page_of_hits"]["value"]["by"] = [
    "words",
    "meaning",
]

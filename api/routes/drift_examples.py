"""Named examples for the API's reference of drift."""

from typing import Any

from api.routes import examples
from api.routes.category_examples import IF_MATCH

_ID = "0199aa30-1d44-7a02-b1c6-2f6f4f1d7c11"
_ALERT_ID = "0199aa31-88f0-7c93-9d1e-6c0a4f7e2b55"
_INTERACTION = "0199aa10-7c3e-7d2a-9b1f-3a5c8e21d704"
_KEY: dict[str, Any] = examples.WITH_KEY["parameters"][0]
_ETAG: dict[str, Any] = {
    "ETag": {"description": "Of this revision, for `If-Match`.", "schema": {"type": "string"}}
}
_REPORT: dict[str, Any] = {
    "id": _ID,
    "state": "done",
    "asked_at": "2026-03-16T00:05:00Z",
    "made_at": "2026-03-16T00:05:04Z",
    "model": "conduit-en-1",
    "since": "2026-03-02",
    "until": "2026-03-16",
    "moved": True,
    "interactions": 3_412,
    "weeks": 118,
    "knows_seasons": True,
    "summary": "Moved against the weeks before: share of interactions with product defect (email). "
    "New words: brimmed, nook.",
    "figures": [
        {
            "figure": "label.product_defect",
            "channel": "email",
            "against": "history",
            "value": 0.61,
            "interval": [0.58, 0.64],
            "usual": [0.42, 0.55],
            "windows": 118,
            "p": 0.0004,
            "verdict": "moved",
            "said": "email: share of interactions with product defect: moved. It is 0.61, and "
            "0.42 to 0.55 is usual by the weeks before.",
        }
    ],
    "words": [
        {
            "word": "brimmed",
            "channel": "email",
            "share": 0.04,
            "usual": 0.001,
            "times": 40.0,
            "p": 0.00001,
        }
    ],
    "passages": [
        {
            "channel": "email",
            "interaction": _INTERACTION,
            "passage": 2,
            "url": f"/v1/interactions/{_INTERACTION}",
        }
    ],
    "url": f"/v1/drift/reports/{_ID}",
}
_WAITING: dict[str, Any] = {
    **_REPORT,
    "state": "waiting",
    **dict.fromkeys(
        (
            "made_at",
            "model",
            "since",
            "until",
            "moved",
            "interactions",
            "weeks",
            "knows_seasons",
            "summary",
        )
    ),
    "figures": [],
    "words": [],
    "passages": [],
}
_ALERT: dict[str, Any] = {
    "id": _ALERT_ID,
    "opened": "2026-03-02",
    "last": "2026-03-02",
    "closed": None,
    "settled": False,
    "model": "conduit-en-1",
    "figures": ["history email label.product_defect", "history email vocabulary.words"],
    "report": f"/v1/drift/reports/{_ID}",
    "acknowledged_at": None,
    "revision": 1,
    "url": f"/v1/drift/alerts/{_ALERT_ID}",
}
REPORT = examples.answer("A report on drift", _REPORT)
REPORTS = examples.page("A page of reports on drift", _REPORT)
ASKED = examples.answer(
    "A report that waits",
    _WAITING,
    headers={"Location": {"description": "The report.", "schema": {"type": "string"}}},
)
ALERT = examples.answer("An alert of drift", _ALERT, headers=_ETAG)
ALERTS = examples.page("A page of alerts of drift", _ALERT)
ASK: dict[str, Any] = {"parameters": [_KEY]}
CHANGE_ALERT: dict[str, Any] = {
    "parameters": [{**IF_MATCH, "required": True}],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/DriftAlertChangeIn"},
                "examples": examples.named(
                    seen={"acknowledged": True}, the_new_state={"settled": True}
                ),
            }
        },
    },
}

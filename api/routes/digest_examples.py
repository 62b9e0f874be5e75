"""Named examples for the API's reference of digests."""

from typing import Any

from api.routes import examples, webhook_examples

WITH_KEY = examples.WITH_KEY
IF_MATCH = webhook_examples.IF_MATCH

_ID = "0199aa30-2b4d-7c61-9f0e-6b2d8f1a3c55"
_DEPARTMENT = "0f6a3e5c-5c0f-5a3b-9d1e-7c2b8a4e6d10"
_NEW: dict[str, Any] = {
    "department": _DEPARTMENT,
    "recipients": ["engineering@example.com"],
    "schedule": "weekly",
    "weekday": 0,
    "hour": 7,
    "time_zone": "Europe/Berlin",
}
_DIGEST: dict[str, Any] = {
    "id": _ID,
    **_NEW,
    "enabled": True,
    "next_at": "2026-03-09T06:00:00.000Z",
    "revision": 1,
    "created_at": "2026-03-02T09:30:00.000Z",
    "mails_url": f"/v1/digests/{_ID}/mails",
}


def _body(schema: str, **named: Any) -> dict[str, Any]:
    return {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": f"#/components/schemas/{schema}"},
                "examples": examples.named(**named),
            }
        },
    }


MAKE: dict[str, Any] = {**WITH_KEY, "requestBody": _body("DigestIn", mondays_at_seven=_NEW)}
CHANGE: dict[str, Any] = {
    "parameters": [{**IF_MATCH, "required": True}],
    "requestBody": _body("DigestChangeIn", off={"enabled": False}),
}
MADE = examples.answer(
    "A digest is planned",
    _DIGEST,
    headers={"Location": {"description": "The digest.", "schema": {"type": "string"}}},
)
READ = examples.answer("One digest", _DIGEST)
LISTED = examples.page("A page of digests", _DIGEST)
MAILS = examples.page(
    "A page of mails",
    {
        "id": "0199aa31-0c2e-7a44-8b1d-2e9f7c5d3a10",
        "since": "2026-02-23T06:00:00.000Z",
        "until": "2026-03-02T06:00:00.000Z",
        "state": "sent",
        "tries": 1,
        "due_at": None,
        "error": None,
        "refused": 0,
        "sent_at": "2026-03-02T06:00:09.120Z",
    },
)
RENDERED: dict[str, Any] = {
    "description": "A digest",
    "content": {
        "text/markdown": {
            "schema": {"type": "string"},
            "examples": {
                "quiet": {"summary": "A quiet week", "value": "# Engineering\n\nNothing new.\n"}
            },
        },
        "text/html": {
            "schema": {"type": "string"},
            "examples": {"quiet": {"summary": "A quiet week", "value": "<p>Nothing new.</p>"}},
        },
    },
}

"""Named examples for the API's reference of people's opinions."""

import json
from typing import Any

from api.routes import examples

WITH_KEY = examples.WITH_KEY
_ID = "0199aa31-4c0e-7a11-9d52-6f1e88b0c2d4"
_PERSON = "0199aa02-1b7e-7c55-8d14-c3e9062ab517"
_FINDING: dict[str, Any] = examples.FINDING
_QUOTE = {"start": _FINDING["start"], "end": _FINDING["end"]}
_OPINION: dict[str, Any] = {
    "id": _ID,
    "interaction": _FINDING["interaction"],
    "turn": _FINDING["turn"],
    "start": 0,
    "end": _FINDING["end"] + 1,
    "kind": "correct",
    "category": "product_defect",
    "becomes": "documentation_error",
    "quote": None,
    "sentiment": None,
    "speaker": None,
    "said": {
        "category": "product_defect",
        "quote": _QUOTE,
        "confidence": 0.61,
        "sentiment": "negative",
        "unsure": True,
        "speaker": None,
    },
    "model": "conduit-en-1",
    "finding": _FINDING["id"],
    "person": "Jana Novak",
    "person_id": _PERSON,
    "department": None,
    "at": "2026-03-04T10:12:00.000Z",
    "note": "The router does what it should; the guide says otherwise.",
    "review": None,
    "withdrawn_at": None,
    "withdrawn_by": None,
    "url": f"/v1/opinions/{_ID}",
}
_LOCATION: dict[str, Any] = {
    "Location": {"description": "Where it is.", "schema": {"type": "string"}}
}

GIVEN = examples.answer("Stored, and carried out", _OPINION, headers=_LOCATION)
OPINION = examples.answer("One opinion", _OPINION)
OPINIONS = examples.page("A page of opinions", _OPINION)
WITHDRAWN = examples.answer(
    "Withdrawn",
    {**_OPINION, "withdrawn_at": "2026-03-05T08:00:00.000Z", "withdrawn_by": "Jana Novak"},
)
OF_INTERACTION = examples.answer(
    "What people said of it",
    {
        "data": [
            {
                "turn": _OPINION["turn"],
                "start": _OPINION["start"],
                "end": _OPINION["end"],
                "text": f"{_FINDING['quote']}.",
                "people": 1,
                "share": 1.0,
                "categories": {"product_defect": False, "documentation_error": True},
                "sentiment": None,
                "speaker": None,
                "opinions": [_OPINION],
            }
        ]
    },
)
AGREEMENT = examples.answer(
    "How far people agree",
    {
        "data": [
            {
                "about": "product_defect",
                "passages": 140,
                "people": 3,
                "judgements": 312,
                "percent": 91.4,
                "kappa": 0.81,
                "method": "fleiss",
                "low": 0.72,
                "high": 0.89,
            }
        ]
    },
)
_LINE: dict[str, Any] = {
    "id": _FINDING["interaction"],
    "channel": "call",
    "at": "2026-03-04T10:12:00+00:00",
    "turns": [
        {"speaker": "agent", "text": "How can I help?"},
        {"speaker": "customer", "text": "The guide names a button that is not there."},
    ],
    "judgements": [
        {
            "turn": 1,
            "start": 0,
            "end": 43,
            "categories": {"documentation_error": True, "product_defect": False},
            "sentiment": None,
            "quotes": [{"category": "documentation_error", "start": 0, "end": 42}],
            "people": 2,
            "share": 1.0,
            "reason": "unsure",
            "model": "conduit-en-1",
        }
    ],
}
CORRECTIONS: dict[str, Any] = {
    "description": "A file, streamed",
    "content": {
        "application/x-ndjson": {
            "schema": {"type": "string"},
            "examples": {
                "corrections": {
                    "summary": "Corrections, an interaction a line",
                    "value": json.dumps(_LINE) + "\n",
                }
            },
        }
    },
}
GIVE: dict[str, Any] = {
    **WITH_KEY,
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/OpinionIn"},
                "examples": examples.named(
                    wrong={"kind": "reject", "finding": _FINDING["id"], "note": "It is irony."},
                    another_category={
                        "kind": "correct",
                        "finding": _FINDING["id"],
                        "becomes": "documentation_error",
                    },
                    missed={
                        "kind": "add",
                        "interaction": _FINDING["interaction"],
                        "turn": 1,
                        "start": 0,
                        "end": 43,
                        "category": "documentation_error",
                        "quote": {"start": 0, "end": 42},
                    },
                    who_speaks={
                        "kind": "speaker",
                        "interaction": _FINDING["interaction"],
                        "turn": 1,
                        "speaker": "customer",
                    },
                ),
            }
        },
    },
}

"""Named examples for the API's reference of `/v1/categories`."""

from typing import Any

from api.routes import examples

WITH_KEY = examples.WITH_KEY

_ID = "0199aa12-5b7e-7a10-9d21-0f6be2c4a911"
_URL = f"/v1/categories/{_ID}"
_TEXTS = (
    "It got so hot that it burned my hand when I picked it up.",
    "There was smoke coming out of the back of it.",
    "My son got a shock off the metal bit at the side.",
    "The blade came loose while it was running.",
    "The battery swelled up and I am scared it will go up in flames.",
    "The glass shattered on the table and cut my finger.",
    "I could smell gas the whole evening after your man left.",
    "The strap let go with the baby in it.",
)
_NOT = ("Is it safe to order with a credit card?",)
_NEW: dict[str, Any] = {
    "name": "safety",
    "description": "Somebody was hurt, or could have been.",
    "examples": list(_TEXTS),
    "counterexamples": list(_NOT),
}


def _figure(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high}


_CATEGORY: dict[str, Any] = {
    "id": _ID,
    "name": "safety",
    "description": "Somebody was hurt, or could have been.",
    "enabled": True,
    "threshold": 0.62,
    "threshold_set": False,
    "revision": 1,
    "model": "conduit-en-1",
    "note": "",
    "estimate": {
        "precision": _figure(0.8, 0.32, 0.98),
        "recall": _figure(0.62, 0.3, 0.88),
        "f1": _figure(0.7, 0.33, 0.88),
        "average_precision": _figure(0.73, 0.49, 0.94),
        "examples": 8,
        "counterexamples": 1,
        "counterexamples_found": 0,
        "background": 300,
        "background_found": 2,
        "prevalence": 0.05,
        "threshold": 0.62,
        "wanted": 0.8,
        "reached": True,
    },
    "warnings": ["8 examples: expect the true precision between 0.32 and 0.98"],
    "lookalikes": ["a burning smell when it boots, I took it off the desk"],
    "examples": [
        {
            "id": f"0199aa12-5b80-7000-8000-{number:012d}",
            "text": text,
            "carries": number < len(_TEXTS),
        }
        for number, text in enumerate((*_TEXTS, *_NOT))
    ],
    "created_at": "2026-03-02T10:02:11.030Z",
    "fitted_at": "2026-03-02T10:02:11.030Z",
    "url": _URL,
}
_SAMPLE: dict[str, Any] = {
    "interaction": "0199aa10-7c3e-7d2a-9b1f-3a5c8e21d704",
    "turn": 3,
    "start": 0,
    "end": 44,
    "text": "and then sparks came out of the socket there",
    "confidence": 0.91,
}
_PREVIEW: dict[str, Any] = {
    "passages": 19_566,
    "found": 41,
    "surest": [_SAMPLE],
    "unsure": [
        {**_SAMPLE, "text": "it gets warm, is that how it should be there", "confidence": 0.6}
    ],
}
_ETAG: dict[str, Any] = {
    "ETag": {"description": "Of this revision, for `If-Match`.", "schema": {"type": "string"}}
}
_LOCATION: dict[str, Any] = {
    "Location": {"description": "The category.", "schema": {"type": "string"}}
}

ADDED = examples.answer(
    "Learned, and what it would find",
    {**_CATEGORY, "preview": _PREVIEW},
    headers=_ETAG | _LOCATION,
)
FITTED_ANEW = examples.answer(
    "Fitted anew", {**_CATEGORY, "revision": 2, "preview": _PREVIEW}, headers=_ETAG
)
READ = examples.answer("One category", _CATEGORY, headers=_ETAG)
LISTED = examples.page("A page of categories", _CATEGORY)
PREVIEWED = examples.answer("What it would find", _PREVIEW)
BACKFILL = examples.answer(
    "Under way",
    {
        **examples.job("running", accepted=410, mined=588),
        "kind": "backfill",
        "source": "safety",
    },
    headers={"Location": {"description": "The job.", "schema": {"type": "string"}}},
)

IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` that was read, or `*`: a change that somebody else made meanwhile "
    "is not overwritten, and answers 412.",
    "schema": {"type": "string"},
    "example": '"3"',
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


ADD: dict[str, Any] = {**WITH_KEY, "requestBody": _body("CategoryIn", safety=_NEW)}
MORE: dict[str, Any] = {
    **WITH_KEY,
    "requestBody": _body(
        "MoreExamplesIn",
        a_correction={
            "examples": ["and then sparks came out of the socket there"],
            "counterexamples": ["it gets warm, is that how it should be"],
        },
    ),
}
CHANGE: dict[str, Any] = {
    "parameters": [{**IF_MATCH, "required": True}],
    "requestBody": _body("CategoryChangeIn", surer={"threshold": 0.8}, off={"enabled": False}),
}

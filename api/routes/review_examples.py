"""Named examples for the API's reference of the review queue."""

from typing import Any

from api.routes import examples

_ID = "0199aa31-5b20-7a44-9c1d-7e60b2f4a913"
_INTERACTION = examples.FINDING["interaction"]
_TEXT = "The router drops the line every evening, and the guide has no word about it."


def _figure(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high}


_ROW: dict[str, Any] = {
    "id": _ID,
    "state": "open",
    "reason": "unsure",
    "category": "documentation_error",
    "chance": None,
    "interaction": _INTERACTION,
    "turn": 1,
    "start": 0,
    "end": len(_TEXT),
    "model": "conduit-en-1",
    "drawn_at": "2026-03-02T10:00:00.000Z",
    "leased_until": None,
    "ended_at": None,
    "ended_by": None,
    "url": f"/v1/reviews/{_ID}",
}
_HANDED: dict[str, Any] = {**_ROW, "leased_until": "2026-03-02T10:20:00.000Z"}
_TASK: dict[str, Any] = {
    **_HANDED,
    "text": _TEXT,
    "channel": "call",
    "before": [{"index": 0, "speaker": "agent", "text": "How can I help you today?"}],
    "turn_text": _TEXT,
    "found": [
        {"category": "documentation_error", "confidence": 0.52},
        {"category": "product_defect", "confidence": 0.96},
    ],
    "interaction_url": f"/v1/interactions/{_INTERACTION}",
}
_BLIND: dict[str, Any] = {
    **_TASK,
    "id": "0199aa31-5b21-7d03-8f52-1c9e04b7d6a8",
    "reason": "random",
    "category": None,
    "chance": 0.0125,
    "found": None,
    "url": "/v1/reviews/0199aa31-5b21-7d03-8f52-1c9e04b7d6a8",
}
_ENDED: dict[str, Any] = {
    **_ROW,
    "state": "answered",
    "ended_at": "2026-03-02T10:06:31.000Z",
    "ended_by": "qa-lead",
}
_CATEGORY: dict[str, Any] = {
    "category": "product_defect",
    "judged": 240,
    "found": 71,
    "there": 66,
    "precision": _figure(0.873, 0.783, 0.936),
    "recall": _figure(0.905, 0.741, 0.972),
    "f1": _figure(0.889, 0.787, 0.939),
    "note": "",
}
_FEW: dict[str, Any] = {
    **_CATEGORY,
    "category": "feature_request",
    "found": 14,
    "there": 7,
    "precision": _figure(0.5, 0.257, 0.743),
    "recall": None,
    "f1": None,
    "note": "Too few to tell: 7 that people found, of 10 that it takes.",
}

LISTED = examples.page("A page of the review queue", _ROW, _ENDED)
READ = examples.answer("One passage with what it takes to judge it", _TASK)
HANDED = examples.answer("Passages to judge", {"data": [_TASK, _BLIND], "waiting": 187})
ANSWERED = examples.answer("A passage that was judged", _ENDED)
SKIPPED = examples.answer("A passage that was skipped", {**_ENDED, "state": "skipped"})
QUALITY = examples.answer(
    "How good the model is on what comes in",
    {
        "model": "conduit-en-1",
        "since": None,
        "until": None,
        "passages": 41_206,
        "drawn": 280,
        "answered": 240,
        "skipped": 4,
        "waiting": 36,
        "categories": [_CATEGORY, _FEW],
        "sentiment": {"judged": 212, "accuracy": _figure(0.826, 0.767, 0.872)},
        "note": "From 240 passages that were drawn blindly and judged.",
    },
)
WITH_KEY = examples.WITH_KEY
NEXT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/ReviewNextIn"},
                "examples": examples.named(
                    one={}, ten_of_one_kind={"count": 10, "reason": "random"}
                ),
            }
        },
    },
    **examples.WITH_KEY,
}
ANSWER: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/ReviewAnswerIn"},
                "examples": examples.named(
                    a_defect_and_a_documentation_error={
                        "categories": {
                            "product_defect": True,
                            "documentation_error": True,
                            "feature_request": False,
                        },
                        "quotes": [{"category": "product_defect", "start": 0, "end": 39}],
                        "sentiment": "negative",
                    },
                    nothing_of_these={
                        "categories": {
                            "product_defect": False,
                            "documentation_error": False,
                            "feature_request": False,
                        },
                        "sentiment": "neutral",
                    },
                ),
            }
        },
    },
    **examples.WITH_KEY,
}

"""Named examples for the API's reference of models, promotions and mining again."""

from typing import Any

from api.routes import examples
from api.schemas.problems import MEDIA_TYPE, problems

WITH_KEY = examples.WITH_KEY

_ID = "0199aa30-2b1c-7d44-9f0a-6e5c3a1b8d72"
_JOB = "0199aa30-41d8-7a06-b2c3-0f9e8d7c6b5a"
_DIGEST = "9b71c0d4" * 8
_FIGURES: dict[str, Any] = {
    "passages": 6367,
    "f1": {"product_defect": 0.737, "documentation_error": 0.812, "feature_request": 0.805},
    "macro_f1": 0.785,
    "sentiment": 0.731,
    "quotes": {"product_defect": 0.815, "documentation_error": 0.838, "feature_request": 0.86},
}
_MODEL: dict[str, Any] = {
    "name": "conduit-en-2",
    "digest": _DIGEST,
    "serving": False,
    "parent": "conduit-en-1",
    "made_at": "2026-03-02T09:40:00+00:00",
    "figures": _FIGURES,
    "answered": True,
    "interactions": 0,
    "trouble": None,
    "problem": None,
    "url": "/v1/models/conduit-en-2",
}
_CORRECTIONS = {"interactions": 118, "judgements": 204, "sha256": "51ab3c9e" * 8}
_DETAIL: dict[str, Any] = {
    **_MODEL,
    "card": "# conduit-en-2\n",
    "lineage": [
        {
            "name": "conduit-en-2",
            "digest": _DIGEST,
            "made_at": "2026-03-02T09:40:00+00:00",
            "corrections": _CORRECTIONS,
            "code": "0.1.0",
            "problem": None,
        },
        {
            "name": "conduit-en-1",
            "digest": "1f0e2d3c" * 8,
            "made_at": None,
            "corrections": None,
            "code": None,
            "problem": None,
        },
    ],
    "files": {"heads.safetensors": 240216, "model.json": 3974},
}
_PASSED: dict[str, Any] = {
    "figure": "F1",
    "label": "product_defect",
    "data": "test",
    "candidate": 0.741,
    "serving": 0.737,
    "interval": [-0.004, 0.012],
    "cases": 729,
    "passed": True,
    "note": "",
}
_FELL: dict[str, Any] = {
    **_PASSED,
    "label": "documentation_error",
    "candidate": 0.412,
    "serving": 0.812,
    "interval": [-0.44, -0.36],
    "cases": 581,
    "passed": False,
    "note": "it cannot be chance, as the whole interval lies below 0",
}
_REASON: dict[str, Any] = {
    "code": "f1_fell",
    "label": "documentation_error",
    "message": "F1 of documentation_error falls from 0.812 (conduit-en-1) to 0.412 on the frozen "
    "test (95 % of the difference: -0.440 to -0.360): it cannot be chance, as the whole interval "
    "lies below 0. To get it through, look at what is wrong with conduit models compare "
    "conduit-en-2 conduit-en-1, and train it again with more examples of documentation_error; or "
    "promote it by force, with the reason in words",
    "figure": _FELL,
}
_GATE: dict[str, Any] = {
    "candidate": "conduit-en-2",
    "serving": "conduit-en-1",
    "passed": True,
    "figures": [_PASSED],
    "reasons": [],
}
_PROMOTION: dict[str, Any] = {
    "id": _ID,
    "kind": "promote",
    "model": "conduit-en-2",
    "digest": _DIGEST,
    "from_model": "conduit-en-1",
    "reason": "learned the faults of the new product",
    "forced": False,
    "undoes": None,
    "by": "dana",
    "at": "2026-03-02T10:05:00.000Z",
    "verdict": _GATE,
}
_BACK: dict[str, Any] = {
    **_PROMOTION,
    "kind": "rollback",
    "model": "conduit-en-1",
    "from_model": "conduit-en-2",
    "reason": "finds defects in greetings",
    "undoes": "0199aa30-2b1c-7d44-9f0a-6e5c3a1b8d71",
    "verdict": None,
}


def _job(kind: str, source: str, total: int) -> dict[str, Any]:
    return {
        "id": _JOB,
        "kind": kind,
        "state": "running",
        "source": source,
        "created_at": "2026-03-02T10:06:00.000Z",
        "finished_at": None,
        "progress": {
            "total": total,
            "accepted": total,
            "mined": 0,
            "failed": 0,
            "cancelled": 0,
            "rejected": 0,
        },
        "url": f"/v1/jobs/{_JOB}",
        "rejections_url": f"/v1/jobs/{_JOB}/rejections",
    }


def _answer(description: str, name: str, summary: str, value: Any) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"examples": {name: {"summary": summary, "value": value}}}},
    }


def _body(schema: str, **named: Any) -> dict[str, Any]:
    return {
        **WITH_KEY,
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": f"#/components/schemas/{schema}"},
                    "examples": {
                        name: {"summary": summary, "value": value}
                        for name, (summary, value) in named.items()
                    },
                }
            },
        },
    }


_LOCATION = {"Location": {"description": "Where the job is.", "schema": {"type": "string"}}}

MODELS = _answer(
    "One page of models.", "two", "One that was trained", {"data": [_MODEL], "next": None}
)
MODEL = _answer("The model.", "trained", "A model that was trained from another", _DETAIL)
COMPARISON = _answer(
    "What the gate says.",
    "passes",
    "A model that may take over",
    {**_GATE, "judged": 96, "measured_at": "2026-03-02T10:01:00.000Z"},
)
PROMOTED = _answer("It serves from now on.", "promoted", "A model that took over", _PROMOTION)
PROMOTIONS = _answer(
    "One page of promotions.", "two", "Taken back", {"data": [_BACK, _PROMOTION], "next": None}
)
ROLLED_BACK = _answer(
    "What served before serves again.", "back", "The last promotion is taken back", _BACK
)
MEASURING = {
    **_answer(
        "A job.", "measuring", "A candidate is measured", _job("measure", "conduit-en-2", 96)
    ),
    "headers": _LOCATION,
}
REMINING = {
    **_answer("A job.", "remining", "All is mined again", _job("remine", "all", 1200)),
    "headers": _LOCATION,
}
PROMOTE = _body(
    "PromotionIn",
    promote=(
        "By the gate",
        {"model": "conduit-en-2", "reason": "learned the faults of the new product"},
    ),
    force=(
        "Past the gate",
        {
            "model": "conduit-en-2",
            "reason": "feature requests are not read by anybody here",
            "force": True,
        },
    ),
)
ROLL_BACK = _body("RollbackIn", back=("The model before", {"reason": "finds defects in greetings"}))
REMINE = _body(
    "RemineIn",
    all=("Everything", {}),
    by_model=("What one model mined", {"model": "conduit-en-1"}),
    time=("A month", {"since": "2026-02-01T00:00:00Z", "until": "2026-03-01T00:00:00Z"}),
)


def refused() -> dict[int | str, dict[str, Any]]:
    """The answer to who asks for a model that the gate refuses."""
    found = problems(409)[409]
    title = "The gate does not let a model take over"
    value = {
        "type": "/problems#promotion_refused",
        "title": title,
        "status": 409,
        "detail": _REASON["message"],
        "code": "promotion_refused",
        "request_id": "8f0c1d8e-3f77-4c4c-9a55-0f4a4d4b7a31",
        "reasons": [_REASON],
        "figures": [_FELL],
    }
    found["content"][MEDIA_TYPE]["examples"]["promotion_refused"] = {
        "summary": title,
        "value": value,
    }
    return {409: found}

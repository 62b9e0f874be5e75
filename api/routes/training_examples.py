"""Named examples for the API's reference of trainings, their schedule and shadow runs."""

from typing import Any

from api.routes import examples
from api.routes.category_examples import IF_MATCH

WITH_KEY = examples.WITH_KEY

_ID = "0199aa20-11c4-7b02-8d15-9a4c6f0e7b31"
_SHADOW_ID = "0199aa21-5d2e-7c90-a1f4-3b7e5c2d8a06"
_INTERACTION = "0199aa10-7c3e-7d2a-9b1f-3a5c8e21d704"
_URL = f"/v1/trainings/{_ID}"
_SHADOW_URL = f"/v1/shadows/{_SHADOW_ID}"

_WAITING: dict[str, Any] = {
    "id": _ID,
    "name": "conduit-en-2",
    "parent": None,
    "state": "waiting",
    "reason": "asked",
    "seed": 1,
    "since": None,
    "until": None,
    "interactions": 0,
    "judgements": 0,
    "stage": None,
    "done": 0,
    "total": 0,
    "starts": 0,
    "created_at": "2026-03-02T09:40:00.000Z",
    "started_at": None,
    "finished_at": None,
    "digest": None,
    "error_code": None,
    "error": None,
    "by": "local",
    "url": _URL,
    "log_url": f"{_URL}/log",
    "job_url": f"/v1/jobs/{_ID}",
}
_RUNNING: dict[str, Any] = {
    **_WAITING,
    "parent": "conduit-en-1",
    "state": "running",
    "interactions": 118,
    "judgements": 204,
    "stage": "read",
    "done": 640,
    "total": 1_210,
    "starts": 1,
    "started_at": "2026-03-02T09:40:01.500Z",
}
_DONE: dict[str, Any] = {
    **_RUNNING,
    "state": "done",
    "stage": "evaluate",
    "done": 1,
    "total": 1,
    "finished_at": "2026-03-02T09:46:30.000Z",
    "digest": "9b71c0d4" * 8,
}


def _headers(**named: str) -> dict[str, Any]:
    return {
        name: {"description": said, "schema": {"type": "string"}} for name, said in named.items()
    }


_ETAG = _headers(ETag="Of this revision, for `If-Match`.")


def _body(schema: str, *, required: bool = True, **named: Any) -> dict[str, Any]:
    return {
        "required": required,
        "content": {
            "application/json": {
                "schema": {"$ref": f"#/components/schemas/{schema}"},
                "examples": examples.named(**named),
            }
        },
    }


ASKED = examples.answer("Waits for a worker", _WAITING, headers=_headers(Location="The training."))
READ = examples.answer("A training under way", _RUNNING)
LISTED = examples.page("A page of trainings", _DONE)
LOG = examples.page(
    "A page of lines",
    {
        "number": 1,
        "at": "2026-03-02T09:40:02.000Z",
        "stage": "service",
        "line": "204 judgements of 118 interactions; begins with conduit-en-1",
    },
    {
        "number": 2,
        "at": "2026-03-02T09:41:10.000Z",
        "stage": "read",
        "line": "640 of 1,210 interactions read",
    },
)
ASK: dict[str, Any] = {
    **WITH_KEY,
    "requestBody": _body(
        "TrainingIn",
        required=False,
        all_corrections={},
        those_of_march={
            "name": "conduit-en-march",
            "parent": "conduit-en-1",
            "since": "2026-03-01T00:00:00Z",
            "until": "2026-04-01T00:00:00Z",
            "seed": 7,
        },
    ),
}
SCHEDULE = examples.answer(
    "The schedule",
    {
        "enabled": True,
        "every_days": 30,
        "after_judgements": 500,
        "last_at": "2026-03-02T09:40:00.000Z",
        "judgements": 212,
        "revision": 3,
    },
    headers=_ETAG,
)
SET_SCHEDULE: dict[str, Any] = {
    "parameters": [{**IF_MATCH, "required": True}],
    "requestBody": _body(
        "TrainingScheduleIn",
        monthly_or_after_500={"enabled": True, "every_days": 30, "after_judgements": 500},
        off={"enabled": False},
    ),
}
DELETE: dict[str, Any] = {"parameters": [IF_MATCH]}


def _figure(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high}


_SHADOW: dict[str, Any] = {
    "id": _SHADOW_ID,
    "model": "conduit-en-2",
    "served": "conduit-en-1",
    "share": 0.1,
    "state": "running",
    "started_at": "2026-03-02T10:00:00.000Z",
    "ended_at": None,
    "ended_because": None,
    "error_code": None,
    "by": "local",
    "interactions": 412,
    "passages": 2_318,
    "same_sentiment": _figure(0.983, 0.976, 0.987),
    "served_ms": 2.1,
    "candidate_ms": 2.1,
    "speed_ratio": 1.0,
    "categories": [
        {
            "category": "product_defect",
            "both": 151,
            "served_alone": 9,
            "candidate_alone": 28,
            "neither": 2_130,
            "differ": _figure(0.016, 0.0116, 0.0219),
            "served_found": _figure(0.069, 0.0594, 0.0801),
            "candidate_found": _figure(0.0772, 0.067, 0.0888),
            "mean_gap": 0.021,
            "correlation": 0.94,
        }
    ],
    "url": _SHADOW_URL,
    "differences_url": f"{_SHADOW_URL}/differences",
}
SHADOW_BEGUN = examples.answer(
    "Reads from now on",
    {
        **_SHADOW,
        "interactions": 0,
        "passages": 0,
        "same_sentiment": None,
        "served_ms": None,
        "candidate_ms": None,
        "speed_ratio": None,
        "categories": [],
    },
    headers=_headers(Location="The shadow run."),
)
SHADOW = examples.answer("How the two differ so far", _SHADOW)
SHADOWS = examples.page("A page of shadow runs", _SHADOW)
SHADOW_ENDED = examples.answer(
    "Ended",
    {
        **_SHADOW,
        "state": "ended",
        "ended_at": "2026-03-03T10:00:00.000Z",
        "ended_because": "asked",
    },
)
DIFFERENCES = examples.page(
    "A page of differences",
    {
        "id": "0199aa22-0000-7000-8000-000000000001",
        "interaction": _INTERACTION,
        "passage": 3,
        "category": "product_defect",
        "served": 0.08,
        "candidate": 0.91,
        "served_found": False,
        "candidate_found": True,
        "interaction_url": f"/v1/interactions/{_INTERACTION}",
    },
)
BEGIN_SHADOW: dict[str, Any] = {
    **WITH_KEY,
    "requestBody": _body(
        "ShadowIn",
        a_tenth={"model": "conduit-en-2"},
        everything={"model": "conduit-en-2", "share": 1.0},
    ),
}

"""Named examples for the API's reference: requests that work, and what comes back."""

from typing import Any

from api.intake.options import PARAMETERS

_ID = "0199aa10-7c3e-7d2a-9b1f-3a5c8e21d704"
_JOB = "0199aa11-02b4-7c11-8e5d-61f0a9c4d2e3"
_INTERACTION_URL = f"/v1/interactions/{_ID}"
_JOB_URL = f"/v1/jobs/{_JOB}"

_CALL: dict[str, Any] = {
    "id": "call-0412",
    "channel": "call",
    "started_at": "2026-03-02T09:15:00Z",
    "metadata": {"product": "Aria 3 router"},
    "turns": [
        {"speaker": "agent", "text": "How can I help you today?", "start": 0.4, "end": 1.9},
        {
            "speaker": "customer",
            "text": "The router drops the line every evening since the update.",
            "start": 2.3,
            "end": 6.0,
        },
    ],
}
_TEXT = "Agent: How can I help you?\nCustomer: The manual says hold reset, but there is no button."
_VTT = "WEBVTT\n\n00:02.300 --> 00:06.000\n<v Customer>The router drops the line every evening."
_LINES = (
    '{"id": "call-0412", "channel": "call", "text": "Agent: Hello.\\nCustomer: It broke."}\n'
    '{"id": "mail-0077", "channel": "email", "text": "Please add a dark mode to the app."}\n'
)

FINDING: dict[str, Any] = {
    "id": "5b0f8b0a-3d0e-5c55-9a0c-7b1c7a5f2f64",
    "interaction": _ID,
    "category": "product_defect",
    "turn": 1,
    "start": 0,
    "end": 39,
    "quote": "The router drops the line every evening",
    "confidence": 0.94,
    "sentiment": "negative",
    "unsure": False,
    "theme": "0199aa14-9c3b-7e10-8a44-2b7d1f0c6e35",
    "model": "conduit-en-1",
    "reviewed": None,
    "created_at": "2026-03-02T09:31:07.412Z",
}

_SUMMARY: dict[str, Any] = {
    "id": _ID,
    "external_id": "call-0412",
    "source": "upload",
    "format": "conduit_json",
    "channel": "call",
    "subject": None,
    "started_at": "2026-03-02T09:15:00Z",
    "received_at": "2026-03-02T09:31:05.020Z",
    "state": "mined",
    "mined_at": "2026-03-02T09:31:07.412Z",
    "model": "conduit-en-1",
    "job": None,
    "roles": {"source": "file", "confidence": 1.0, "note": "The file names the speakers."},
    "metadata": {"product": "Aria 3 router"},
    "redactions": {"PERSON": 1},
    "sentiment": {"overall": "negative", "score": -0.61},
    "error": None,
}
_DETAIL: dict[str, Any] = {
    **_SUMMARY,
    "sentiment": {
        "overall": "negative",
        "score": -0.61,
        "turns": [{"index": 1, "label": "negative", "score": -0.61}],
    },
    "turns": [{"index": index, **turn} for index, turn in enumerate(_CALL["turns"])],
    "findings": [FINDING],
}


def job(state: str, **counts: int) -> dict[str, Any]:
    """A job in some state, with counts of its progress."""
    progress = dict.fromkeys(("accepted", "mined", "failed", "cancelled", "rejected"), 0) | counts
    return {
        "id": _JOB,
        "kind": "batch",
        "state": state,
        "source": "march.zip",
        "created_at": "2026-03-02T09:40:00.000Z",
        "finished_at": None if state == "running" else "2026-03-02T09:41:12.300Z",
        "progress": {"total": sum(progress.values()), **progress},
        "url": _JOB_URL,
        "rejections_url": f"{_JOB_URL}/rejections",
    }


def answer(description: str, value: Any, **more: Any) -> dict[str, Any]:
    """A response with one named example."""
    example = {"summary": description, "value": value}
    name = description.lower().replace(" ", "_").replace(",", "")
    return {
        "description": description,
        "content": {"application/json": {"examples": {name: example}}},
        **more,
    }


def _location(description: str) -> dict[str, Any]:
    return {"Location": {"description": description, "schema": {"type": "string"}}}


def page(description: str, *items: Any) -> dict[str, Any]:
    """A response of one page, with one named example."""
    link = {"description": "The address of the next page.", "schema": {"type": "string"}}
    return answer(description, {"data": items, "next": None}, headers={"Link": link})


SUBMITTED = answer(
    "Stored, waits to be mined",
    {"id": _ID, "state": "accepted", "url": _INTERACTION_URL},
    headers=_location("The interaction."),
)
INTERACTION = answer("One interaction", _DETAIL)
INTERACTIONS = page("A page of interactions", _SUMMARY)
FINDINGS = page("A page of findings", FINDING)
BATCH_TAKEN = answer(
    "Stored, waits to be mined",
    job("running", accepted=998, rejected=2),
    headers=_location("The job."),
)
JOB = answer("A job under way", job("running", accepted=410, mined=588, rejected=2))
JOBS = page("A page of jobs", job("done", mined=998, rejected=2))
JOB_CANCELLED = answer("A job given up", job("cancelled", mined=588, cancelled=410, rejected=2))
REJECTIONS = page(
    "A page of rejections",
    {
        "index": 17,
        "source": "march.zip/0017.vtt",
        "code": "empty",
        "message": "march.zip/0017.vtt: no bytes",
    },
)
FORMATS = answer(
    "All formats",
    {
        "data": [
            {
                "name": "webvtt",
                "title": "WebVTT",
                "suffixes": [".vtt"],
                "checked_with": "samples of the W3C's own test suite",
            }
        ]
    },
)
HEALTHY = answer("All is well", {"status": "ok"})
READY = answer(
    "It answers, and nothing is mined",
    {
        "status": "degraded",
        "checks": [
            {"name": "database", "state": "ok", "detail": "it answers"},
            {"name": "workers", "state": "degraded", "detail": "none lives: conduit worker"},
        ],
    },
)

_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request gets the same answer and does nothing "
    "twice; `Idempotent-Replayed: true` marks that answer. A UUID is a good key.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "7b2c1a52-6f0e-4b1c-9f5a-1c7f6f0e2d11",
}
_OPTIONS: list[dict[str, Any]] = [
    {"in": "query", "required": False, "schema": {"type": "string"}, **option}
    for option in PARAMETERS
]


def named(**examples: Any) -> dict[str, Any]:
    """Examples of a body by their names."""
    return {
        name: {"summary": name.replace("_", " ").capitalize(), "value": value}
        for name, value in examples.items()
    }


_FORM: dict[str, Any] = {
    "schema": {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {"type": "string", "format": "binary"},
            **{
                option["name"]: {
                    "description": option["description"],
                    **option.get("schema", {"type": "string"}),
                }
                for option in PARAMETERS
            },
        },
    }
}

SUBMIT_ONE: dict[str, Any] = {
    "parameters": [_KEY, *_OPTIONS],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/InteractionIn"},
                "examples": named(
                    a_call=_CALL, a_mail={"channel": "email", "text": "Dear team, the app freezes."}
                ),
            },
            "multipart/form-data": _FORM,
            "text/plain": {"schema": {"type": "string"}, "examples": named(labelled_text=_TEXT)},
            "text/vtt": {"schema": {"type": "string"}, "examples": named(captions=_VTT)},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    },
}
SUBMIT_MANY: dict[str, Any] = {
    "parameters": [_KEY, *_OPTIONS],
    "requestBody": {
        "required": True,
        "content": {
            "application/x-ndjson": {
                "schema": {"type": "string"},
                "examples": named(two_interactions=_LINES),
            },
            "multipart/form-data": _FORM,
            "text/csv": {
                "schema": {"type": "string"},
                "examples": named(a_table="id,text\ncall-0412,The router drops the line.\n"),
            },
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
            "application/mbox": {"schema": {"type": "string", "format": "binary"}},
        },
    },
}
WITH_KEY: dict[str, Any] = {"parameters": [_KEY]}

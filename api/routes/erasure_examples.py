"""Named examples for the API's reference of erasures, legal holds and retention."""

from typing import Any

from api.routes import examples
from api.routes.category_examples import IF_MATCH

_ID = "0199aa20-11d0-7c0e-8d2b-5f1f7f0f6a10"
_HOLD = "0199aa21-4c1e-7b7a-9a64-0c2d5e8b1f73"
_INTERACTION = "0199aa10-7c3e-7d2a-9b1f-3a5c8e21d704"
_KEY: dict[str, Any] = examples.WITH_KEY["parameters"][0]
_COUNTS = {"interactions": 3, "turns": 41, "passages": 19, "findings": 7, "theme_members": 9}
_PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
_KEY_64 = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


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


_RECEIPT: dict[str, Any] = {
    "receipt": {
        "version": 1,
        "id": _ID,
        "kind": "customer",
        "what": {"customer": {"salt": "5f2c…", "sha256": "9b71…"}},
        "by": {"id": None, "name": "local"},
        "asked_at": "2026-03-02T09:40:00+00:00",
        "finished_at": "2026-03-02T09:40:01+00:00",
        "erased": _COUNTS,
        "held": 0,
        "gone": 0,
        "left": 0,
        "ids": {"count": 3, "sha256": _PUBLIC},
        "sequence": 7,
        "previous": _PUBLIC,
    },
    "sha256": _PUBLIC,
    "signature": "5VZDAMNgrHKQhuLMgG6CioSHfx64…",
    "public_key": _KEY_64,
}
_PROGRESS = {"accepted": 0, "mined": 3, "failed": 0, "cancelled": 0, "rejected": 0, "total": 3}
_ERASURE: dict[str, Any] = {
    "id": _ID,
    "kind": "customer",
    "state": "done",
    "what": {"customer": {"salt": "5f2c…", "sha256": "9b71…"}},
    "by": "local",
    "asked_at": "2026-03-02T09:40:00Z",
    "progress": _PROGRESS,
    "erased": _COUNTS,
    "receipt": _RECEIPT,
    "url": f"/v1/erasures/{_ID}",
    "job_url": f"/v1/jobs/{_ID}",
}
_RUNNING = {
    **_ERASURE,
    "state": "running",
    "progress": {**_PROGRESS, "accepted": 3, "mined": 0},
    "erased": {},
    "receipt": None,
}
_COUNTED = {"dry_run": True, "interactions": 3, "held": 1}
_ETAG: dict[str, Any] = {
    "ETag": {"description": "Of this revision, for `If-Match`.", "schema": {"type": "string"}}
}


def _location(description: str) -> dict[str, Any]:
    return {"Location": {"description": description, "schema": {"type": "string"}}}


ASKED = examples.answer("Under way", _RUNNING, headers=_location("The erasure."))
COUNTED = examples.answer("Counted, and nothing erased", _COUNTED)
READ = examples.answer("Through, with its receipt", _ERASURE)
LISTED = examples.page("A page of erasures", _ERASURE)
VERDICT = examples.answer("As it should be", {"verified": True, "faults": [], "left": {}})
KEYS = examples.answer("The key", {"data": [{"public_key": _KEY_64, "since": 1, "current": True}]})
ASK: dict[str, Any] = {
    "parameters": [_KEY],
    "requestBody": _body(
        "ErasureIn",
        a_customer={"customer": "C-10442"},
        counting_first={"before": "2024-01-01T00:00:00Z", "dry_run": True},
        some={"interactions": [_INTERACTION]},
        what_is_too_old={"retention": True},
    ),
}

_HELD: dict[str, Any] = {
    "id": _HOLD,
    "kind": "metadata",
    "interaction": None,
    "key": "case",
    "value": "2026-114",
    "since": None,
    "until": None,
    "reason": "Claim 2026-114, until the court has decided.",
    "by": "local",
    "created_at": "2026-03-02T09:40:00Z",
    "released_at": None,
    "released_by": None,
    "covers": 12,
    "revision": 1,
    "url": f"/v1/holds/{_HOLD}",
}
_RELEASED = {
    **_HELD,
    "released_at": "2026-09-01T08:00:00Z",
    "released_by": "local",
    "revision": 2,
}
HELD = examples.answer("Held", _HELD, headers=_ETAG | _location("The hold."))
HOLD = examples.answer("A hold", _HELD, headers=_ETAG)
HOLDS = examples.page("A page of holds", _HELD)
RELEASED = examples.answer("Released", _RELEASED, headers=_ETAG)
MAKE_HOLD: dict[str, Any] = {
    "parameters": [_KEY],
    "requestBody": _body(
        "HoldIn",
        a_field={"key": "case", "value": "2026-114", "reason": _HELD["reason"]},
        a_customer={"customer": "C-10442", "reason": "Claim 2026-114."},
        one={"interaction": _INTERACTION, "reason": "Claim 2026-114."},
        a_time={
            "since": "2025-11-01T00:00:00Z",
            "until": "2025-12-01T00:00:00Z",
            "reason": "Recall of November.",
        },
    ),
}

RETENTION = examples.answer(
    "The policy",
    {"days": {"all": 730, "chat": 90}, "ran_at": "2026-03-02T02:00:00Z", "revision": 3},
    headers=_ETAG,
)
SET_RETENTION: dict[str, Any] = {
    "parameters": [{**IF_MATCH, "required": True}],
    "requestBody": _body(
        "RetentionIn", two_years={"days": {"all": 730, "chat": 90}}, for_good={"days": {}}
    ),
}

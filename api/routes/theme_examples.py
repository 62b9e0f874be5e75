"""Named examples for the API's reference of themes, people's decisions about them, and alerts."""

from typing import Any

from api.routes import examples

WITH_KEY = examples.WITH_KEY

_ID = "0199aa14-9c3b-7e10-8a44-2b7d1f0c6e35"
HEIR = "0199aa14-9c3b-7f02-b1c9-0e5d2a7741f8"
_OTHER = HEIR
_URL = f"/v1/themes/{_ID}"
_EDIT = "0199aa15-2d40-7b33-9f18-6c0a4e9b7d21"
_ALERT = "0199aa16-4e77-7c58-a2d0-91b3f6e04c12"
_FINDING = examples.FINDING["id"]
_INTERACTION = examples.FINDING["interaction"]


def _figure(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high}


_BASIS: dict[str, Any] = {
    "since": None,
    "until": None,
    "interactions": 4_120,
    "coverage": _figure(0.998, 0.996, 0.999),
    "model": "conduit-en-1",
}
_MARCH: dict[str, Any] = {
    **_BASIS,
    "since": "2026-03-02",
    "until": "2026-03-04",
    "interactions": 142,
}
_REF: dict[str, Any] = {"id": _ID, "name": "router drops the line every evening", "url": _URL}
_OTHER_REF: dict[str, Any] = {
    "id": _OTHER,
    "name": "no reset button where the guide shows one",
    "url": f"/v1/themes/{_OTHER}",
}
_AREA = "0199aa14-9c3a-7000-8000-000000000007"
_THEME: dict[str, Any] = {
    "id": _ID,
    "scope": "all",
    "name": _REF["name"],
    "named_by": "machine",
    "machine_name": _REF["name"],
    "description": "",
    "terms": ["drops the line", "evening", "since the update"],
    "product": "Aria 3 router",
    "area": {"id": _AREA, "name": "router and line"},
    "state": "active",
    "merged_into": None,
    "pinned": False,
    "hidden": False,
    "made_by": "machine",
    "findings": 61,
    "interactions": 48,
    "share": _figure(0.0117, 0.0088, 0.0154),
    "sentiment": _figure(-0.62, -0.74, -0.45),
    "growth": {
        "movement": "growing",
        "note": "its share of interactions grew",
        "before": 9,
        "now": 31,
        "ratio": 3.31,
        "low": 1.6,
        "high": 7.2,
        "q": 0.004,
        "since": "2026-01-06",
        "until": "2026-03-03",
    },
    "first_seen": "2025-11-20T16:02:00Z",
    "last_seen": "2026-03-02T09:15:00Z",
    "born_at": "2025-12-01T02:00:00Z",
    "revision": 4,
    "basis": _BASIS,
    "url": _URL,
}
_QUOTE: dict[str, Any] = {
    "kind": "central",
    "finding": _FINDING,
    "interaction": _INTERACTION,
    "turn": 1,
    "start": 0,
    "end": 39,
    "quote": examples.FINDING["quote"],
    "sentiment": "negative",
    "confidence": 0.94,
    "interaction_url": f"/v1/interactions/{_INTERACTION}",
}
_SUBTHEME: dict[str, Any] = {
    "id": "0199aa14-9c3c-7000-8000-000000000021",
    "name": "after the update of February",
    "findings": 22,
    "interactions": 19,
}
_DETAIL: dict[str, Any] = {**_THEME, "subthemes": [_SUBTHEME], "quotes": [_QUOTE]}
_ETAG: dict[str, Any] = {
    "ETag": {"description": "Of this revision, for `If-Match`.", "schema": {"type": "string"}}
}


def _location(description: str) -> dict[str, Any]:
    return {"Location": {"description": description, "schema": {"type": "string"}}}


LISTED = examples.page("A page of themes", _THEME)
READ = examples.answer("One theme", _DETAIL, headers=_ETAG)
MADE = examples.answer(
    "The new theme",
    {**_DETAIL, "made_by": "person", "named_by": "person", "revision": 1, "subthemes": []},
    headers=_ETAG | _location("The theme."),
)
QUOTES = examples.page("The quotes of a theme", _QUOTE)
FINDINGS = examples.page(
    "A page of a theme's findings",
    {
        **examples.FINDING,
        "likeness": 0.81,
        "placed_by": "online",
        "second": False,
        "subtheme": _SUBTHEME["id"],
    },
)
EMERGING = examples.answer(
    "What fits no theme yet",
    {
        "scope": "all",
        "waiting": 212,
        "findings": 5_408,
        "share": _figure(0.0392, 0.0344, 0.0447),
        "basis": _BASIS,
        "data": [{**examples.FINDING, "theme": None}],
        "next": None,
    },
)
QUALITY = examples.page(
    "The quality of themes",
    {
        "scope": "all",
        "clustered_at": "2026-03-02T02:00:41.500Z",
        "model": "conduit-en-1",
        "resolution": 1.4,
        "findings": 5_330,
        "passages": 4_911,
        "themes": 74,
        "coverage": _figure(0.961, 0.955, 0.966),
        "stability": 0.983,
        "moved": 78,
        "coherence": 0.21,
        "silhouette": 0.34,
    },
)


def _bucket(start: str, end: str, interactions: int, total: int) -> dict[str, Any]:
    return {
        "start": start,
        "end": end,
        "partial": end > "2026-03-03",
        "findings": interactions,
        "interactions": interactions,
        "customers": interactions,
        "total": total,
        "share": _figure(0.0278, 0.0077, 0.0957) if interactions else _figure(0, 0, 0.052),
        "coverage": _figure(1.0, 0.95, 1.0),
        "sentiment": _figure(-1.0, -1.0, 0.2) if interactions else None,
    }


TREND = examples.answer(
    "Two days of a theme",
    {
        "theme": _ID,
        "by": "day",
        "buckets": [
            _bucket("2026-03-02", "2026-03-03", 2, 72),
            _bucket("2026-03-03", "2026-03-04", 0, 70),
        ],
        "customers": 2,
        "basis": _MARCH,
    },
)
BREAKDOWN = examples.answer(
    "A theme by product",
    {
        "theme": _ID,
        "by": "product",
        "parts": [
            {
                "value": "Aria 3 router",
                "findings": 50,
                "interactions": 40,
                "total": 610,
                "share": _figure(0.0656, 0.0485, 0.0881),
            }
        ],
        "others": {
            "value": None,
            "findings": 11,
            "interactions": 8,
            "total": 3_510,
            "share": _figure(0.0023, 0.0012, 0.0045),
        },
        "keys": ["channel", "product", "region"],
        "basis": _BASIS,
    },
)
LINEAGE = examples.page(
    "What happened to a theme",
    {
        "id": "0199aa15-2d41-7000-8000-000000000002",
        "kind": "merged",
        "at": "2026-02-11T10:40:00Z",
        "passages": 12,
        "others": [_OTHER_REF],
        "edit": _EDIT,
        "run": None,
    },
)
SIMILAR = examples.answer(
    "Themes that are alike", {"data": [{"theme": _OTHER_REF, "likeness": 0.58}]}
)
RELATED = examples.answer(
    "Themes that come together",
    {
        "data": [{"theme": _OTHER_REF, "observed": 11, "expected": 2.1, "lift": 5.24, "q": 0.0003}],
        "interactions": 48,
        "total": 2_760,
        "basis": _BASIS,
    },
)
AREAS = examples.page(
    "A page of areas",
    {
        "id": _AREA,
        "name": "router and line",
        "scope": "all",
        "interactions": 131,
        "themes": [
            {
                "id": _ID,
                "name": _REF["name"],
                "interactions": 48,
                "pinned": False,
                "url": _URL,
                "subthemes": [_SUBTHEME],
            }
        ],
        "basis": _BASIS,
    },
)
RECLUSTERING = examples.answer(
    "Under way",
    {**examples.job("running", accepted=5_408), "kind": "themes", "source": "all"},
    headers=_location("The job."),
)


def _edit(kind: str, **values: Any) -> dict[str, Any]:
    return {
        "id": _EDIT,
        "kind": kind,
        "scope": "all",
        "theme": _REF,
        "other": None,
        "before": {},
        "after": {},
        "passages": 12,
        "made_at": "2026-03-02T10:40:00.120Z",
        "undone_at": None,
        "url": f"/v1/theme-edits/{_EDIT}",
        **values,
    }


_MERGE = _edit("merge", other=_OTHER_REF)
MERGED = examples.answer("Merged", _MERGE, headers=_location("The edit."))
SPLIT = examples.answer(
    "Split",
    _edit("split", other=_OTHER_REF, after={"name": _OTHER_REF["name"]}),
    headers=_location("The edit."),
)
MOVED = examples.answer("Moved", _edit("move", passages=1), headers=_location("The edit."))
BOUND = examples.answer(
    "Bound", _edit("together", theme=None, passages=2), headers=_location("The edit.")
)
EDITS = examples.page("A page of edits", _MERGE)
EDIT = examples.answer("One edit", _MERGE)
UNDONE = examples.answer("Undone", {**_MERGE, "undone_at": "2026-03-02T10:41:30.000Z"})

_STORY: dict[str, Any] = {
    "id": _ALERT,
    "scope": "all",
    "theme": _REF,
    "kind": "burst",
    "state": "open",
    "opened": "2026-03-01",
    "last": "2026-03-02",
    "closed": None,
    "days": 2,
    "reopened": 0,
    "peak": 4.2,
    "acknowledged_at": None,
    "muted": False,
    "revision": 2,
    "url": f"/v1/alerts/{_ALERT}",
}
ALERTS = examples.page("A page of alerts", _STORY)
ALERT = examples.answer("One alert", _STORY, headers=_ETAG)

IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` that was read, or `*`: a change that somebody else made meanwhile "
    "is not overwritten, and answers 412.",
    "schema": {"type": "string"},
    "example": '"4"',
}


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


CHANGE: dict[str, Any] = {
    "parameters": [{**IF_MATCH, "required": True}],
    "requestBody": _body(
        "ThemeChangeIn",
        a_name={"name": "Aria 3 loses the line in the evening"},
        the_machines_name={"name": None},
        pinned={"pinned": True},
    ),
}
MAKE: dict[str, Any] = {
    **WITH_KEY,
    "requestBody": _body(
        "ThemeIn",
        from_examples={"scope": "all", "name": "Line drops", "findings": [_FINDING]},
    ),
}
_WITH_KEY_AND_MATCH: dict[str, Any] = {"parameters": [*WITH_KEY["parameters"], IF_MATCH]}
MERGE: dict[str, Any] = {
    **_WITH_KEY_AND_MATCH,
    "requestBody": _body("MergeIn", into_another={"into": _OTHER}),
}
SPLIT_OFF: dict[str, Any] = {
    **_WITH_KEY_AND_MATCH,
    "requestBody": _body(
        "SplitIn", one_finding={"findings": [_FINDING], "name": "Drops only on the 5 GHz band"}
    ),
}
MOVE: dict[str, Any] = {
    **WITH_KEY,
    "requestBody": _body(
        "MoveIn",
        into_a_theme={"findings": [_FINDING], "to": _ID},
        out_of_any={"findings": [_FINDING], "to": None, "scope": "all"},
    ),
}
_ELSEWHERE = "5b0f8b0a-3d0e-5c55-9a0c-7b1c7a5f2f65"
BIND: dict[str, Any] = {
    **WITH_KEY,
    "requestBody": _body(
        "ConstraintIn",
        together={"scope": "all", "together": [_FINDING, _ELSEWHERE]},
        apart={"scope": "all", "apart": [[_FINDING], [_ELSEWHERE]]},
    ),
}
RECLUSTER: dict[str, Any] = {
    **WITH_KEY,
    "requestBody": _body("ReclusterIn", required=False, one_scope={"scope": "all"}, every_scope={}),
}
CHANGE_ALERT: dict[str, Any] = {
    "parameters": [{**IF_MATCH, "required": True}],
    "requestBody": _body("AlertChangeIn", seen={"acknowledged": True}, muted={"muted": True}),
}

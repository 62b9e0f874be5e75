"""Named examples for the API's reference of departments, rules and inboxes."""

from typing import Any

from api.routes import examples
from api.routes.category_examples import IF_MATCH

WITH_KEY = examples.WITH_KEY

_DEPARTMENT = "413000b4-4af8-58be-a8f0-10c1b4d75ef9"
_RULE = "0199aa20-6f1d-7c02-93be-51d0a7f2c844"
_ITEM = "0199aa21-0b7e-7f55-8d14-c3e9062ab517"
_CHANGE = "0199aa21-5520-7d10-b6aa-2f94e1c07d38"
_THEME = "0199aa14-9c3b-7e10-8a44-2b7d1f0c6e35"
_TEXT = "category = product_defect and confidence >= 0.8 and not metadata.region = EU"
_ETAG: dict[str, Any] = {
    "ETag": {"description": "Of this revision, for `If-Match`.", "schema": {"type": "string"}}
}
_LOCATION: dict[str, Any] = {
    "Location": {"description": "Where it is.", "schema": {"type": "string"}}
}
_THEME_REF: dict[str, Any] = {
    "id": _THEME,
    "name": "router drops the line every evening",
    "url": f"/v1/themes/{_THEME}",
}

_DEPARTMENT_OUT: dict[str, Any] = {
    "id": _DEPARTMENT,
    "name": "engineering",
    "title": "Engineering",
    "description": "Repairs what does not work as it is meant to.",
    "items": {"open": 12, "planned": 3},
    "created_at": "2026-03-01T08:00:00.000Z",
    "revision": 1,
    "url": f"/v1/departments/{_DEPARTMENT}",
}
_RULE_OUT: dict[str, Any] = {
    "id": _RULE,
    "department": _DEPARTMENT,
    "title": "Sure defects outside of the EU",
    "rule": _TEXT,
    "enabled": True,
    "delivers": "themes",
    "fewest": 3,
    "due_days": 14,
    "problem": None,
    "created_at": "2026-03-01T08:00:00.000Z",
    "changed_at": "2026-03-01T08:00:00.000Z",
    "revision": 1,
    "url": f"/v1/rules/{_RULE}",
}
_ITEM_OUT: dict[str, Any] = {
    "id": _ITEM,
    "department": {
        "id": _DEPARTMENT,
        "title": "Engineering",
        "url": f"/v1/departments/{_DEPARTMENT}",
    },
    "theme": _THEME_REF,
    "finding": None,
    "category": "product_defect",
    "state": "planned",
    "state_at": "2026-03-04T10:12:00.000Z",
    "reason": "",
    "answer": "A new firmware at the end of March keeps the line up.",
    "fixed_at": None,
    "fixed_in": "",
    "due_at": "2026-03-18T09:31:07.412Z",
    "overdue": False,
    "opened_at": "2026-03-02T09:31:07.412Z",
    "findings": 61,
    "interactions": 48,
    "negative": 52,
    "positive": 1,
    "first_heard": "2025-11-20T16:02:00.000Z",
    "last_heard": "2026-03-02T09:15:00.000Z",
    "quotes": [
        {
            "finding": examples.FINDING["id"],
            "interaction": examples.FINDING["interaction"],
            "turn": 1,
            "quote": examples.FINDING["quote"],
            "confidence": 0.94,
            "sentiment": "negative",
        }
    ],
    "folded_into": None,
    "revision": 3,
    "url": f"/v1/inbox/{_ITEM}",
}

DEPARTMENT = examples.answer("One department", _DEPARTMENT_OUT, headers=_ETAG)
DEPARTMENTS = examples.page("A page of departments", _DEPARTMENT_OUT)
DEPARTMENT_MADE = examples.answer(
    "Made", {**_DEPARTMENT_OUT, "items": {}}, headers=_ETAG | _LOCATION
)
RULE = examples.answer("One rule", _RULE_OUT, headers=_ETAG)
RULES = examples.page("A page of rules", _RULE_OUT)
RULE_MADE = examples.answer("Saved", _RULE_OUT, headers=_ETAG | _LOCATION)
TRIED = examples.answer(
    "What it would have delivered",
    {
        "since": "2026-01-01T00:00:00Z",
        "until": None,
        "interactions": 4_120,
        "findings": 187,
        "in_interactions": 151,
        "delivered": 61,
        "waiting": 14,
        "themes": [{"theme": _THEME_REF, "findings": 61}],
        "examples": [examples.FINDING],
    },
)
APPLYING = examples.answer(
    "Under way",
    {
        **examples.job("running", accepted=3_120, mined=1_000),
        "kind": "route",
        "source": "Sure defects outside of the EU",
    },
    headers=_LOCATION,
)
ITEM = examples.answer("One item", _ITEM_OUT, headers=_ETAG)
ITEMS = examples.page("A page of an inbox", _ITEM_OUT)
HISTORY = examples.page(
    "What happened to an item",
    {
        "id": _CHANGE,
        "kind": "changed",
        "before": "acknowledged",
        "after": "planned",
        "at": "2026-03-04T10:12:00.000Z",
        "by": "engineering board",
        "note": "In the release of the 30th.",
        "reason": "",
        "answer": _ITEM_OUT["answer"],
        "fixed_in": "",
        "due_at": _ITEM_OUT["due_at"],
        "findings": 61,
        "other": None,
    },
)
EVIDENCE = examples.page("A page of evidence", examples.FINDING)
ANSWERS = examples.answer(
    "What became of it",
    {
        "data": [
            {
                "finding": examples.FINDING["id"],
                "category": "product_defect",
                "quote": examples.FINDING["quote"],
                "department": "Engineering",
                "state": "planned",
                "answer": _ITEM_OUT["answer"],
                "fixed_in": "",
                "at": "2026-03-04T10:12:00.000Z",
            }
        ]
    },
)


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


def _change(schema: str, **named: Any) -> dict[str, Any]:
    return {
        "parameters": [{**IF_MATCH, "required": True}],
        "requestBody": _body(schema, **named),
    }


MAKE_DEPARTMENT: dict[str, Any] = {
    **WITH_KEY,
    "requestBody": _body(
        "DepartmentIn",
        legal={"name": "legal", "title": "Legal", "description": "Reads what may go to court."},
    ),
}
CHANGE_DEPARTMENT = _change("DepartmentChangeIn", a_title={"title": "Research and development"})
DELETE: dict[str, Any] = {"parameters": [IF_MATCH]}
MAKE_RULE: dict[str, Any] = {
    **WITH_KEY,
    "requestBody": _body(
        "RuleIn",
        by_theme={
            "department": _DEPARTMENT,
            "title": "Sure defects outside of the EU",
            "rule": _TEXT,
            "fewest": 3,
            "due_days": 14,
        },
        each_at_once={
            "department": _DEPARTMENT,
            "title": "Smoke",
            "rule": 'words has "smoke" or words has "caught fire"',
            "delivers": "findings",
            "due_days": 1,
        },
    ),
}
CHANGE_RULE = _change("RuleChangeIn", off={"enabled": False}, sooner={"due_days": 7})
TRY: dict[str, Any] = {
    **WITH_KEY,
    "requestBody": _body(
        "TryIn",
        this_year={"rule": _TEXT, "since": "2026-01-01T00:00:00Z", "department": _DEPARTMENT},
    ),
}
CHANGE_ITEM = _change(
    "ItemChangeIn",
    planned={"state": "planned", "answer": _ITEM_OUT["answer"], "due_at": "2026-03-30T12:00:00Z"},
    fixed={"state": "fixed", "fixed_in": "2.1.4", "answer": "Fixed in version 2.1.4."},
    declined={"state": "declined", "reason": "Works as it is meant to, and the guide says so."},
)

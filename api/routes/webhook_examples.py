"""Named examples for the API's reference of webhooks, their deliveries, and events."""

from typing import Any

from api.routes import examples

WITH_KEY = examples.WITH_KEY

_ID = "0199aa20-1f3c-7b60-8e0d-5a1c9e7f2b44"
_DEPARTMENT = "0f6a3e5c-5c0f-5a3b-9d1e-7c2b8a4e6d10"
_EVENT = "0199aa21-70aa-7d15-b3c8-2f9e4d6a8c01"
_DELIVERY = "0199aa21-70ab-7a02-9c11-4b8d3e5f7a90"
_URL = f"/v1/webhooks/{_ID}/deliveries"
_ITEM = "0199aa21-6ff0-7c3d-8b2a-1e5f7d9c3a20"
# An example, and no secret of anybody's.
_SECRET = "whsec_" + "Y29uZHVpdCBleGFtcGxlIHNlY3JldCBvZiBub2JvZHk="

IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` that was read, or `*`: a change that somebody else made meanwhile "
    "is not overwritten, and answers 412.",
    "schema": {"type": "string"},
    "example": '"3"',
}
_WEBHOOK: dict[str, Any] = {
    "id": _ID,
    "url": "https://hooks.example.com/conduit",
    "department": _DEPARTMENT,
    "types": ["item.opened", "item.reopened"],
    "description": "Tickets of engineering",
    "enabled": True,
    "disabled_reason": None,
    "failing_since": None,
    "rotating_until": None,
    "revision": 1,
    "created_at": "2026-03-02T09:30:00.000Z",
    "deliveries_url": _URL,
}
_DATA: dict[str, Any] = {"item": _ITEM, "state": "open", "url": f"/v1/inbox/{_ITEM}"}
_DELIVERED: dict[str, Any] = {
    "id": _DELIVERY,
    "event": _EVENT,
    "type": "item.opened",
    "state": "delivered",
    "tries": 2,
    "due_at": None,
    "status": 204,
    "error": None,
    "created_at": "2026-03-02T09:41:12.300Z",
    "delivered_at": "2026-03-02T09:41:17.941Z",
    "url": f"{_URL}/{_DELIVERY}",
}
_FIRST: dict[str, Any] = {
    "number": 1,
    "at": "2026-03-02T09:41:12.410Z",
    "milliseconds": 31,
    "status": 503,
    "error": "status",
}
_SECOND: dict[str, Any] = {
    "number": 2,
    "at": "2026-03-02T09:41:17.900Z",
    "milliseconds": 41,
    "status": 204,
    "error": None,
}
_DETAIL: dict[str, Any] = {
    **_DELIVERED,
    "attempts": [_FIRST, _SECOND],
    "body": {
        "type": "item.opened",
        "timestamp": "2026-03-02T09:41:12.300+00:00",
        "data": {"department": _DEPARTMENT, **_DATA},
    },
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


_LOCATION = {"Location": {"description": "The webhook.", "schema": {"type": "string"}}}

MAKE: dict[str, Any] = {
    **WITH_KEY,
    "requestBody": _body(
        "WebhookIn",
        everything={"url": "https://hooks.example.com/conduit"},
        items_of_one_department={
            "url": "https://hooks.example.com/conduit",
            "department": _DEPARTMENT,
            "types": ["item.opened", "item.reopened"],
            "description": "Tickets of engineering",
        },
    ),
}
CHANGE: dict[str, Any] = {
    "parameters": [{**IF_MATCH, "required": True}],
    "requestBody": _body("WebhookChangeIn", off={"enabled": False}, all_types={"types": []}),
}
ROTATE: dict[str, Any] = {
    **WITH_KEY,
    "requestBody": _body(
        "WebhookRotateIn", required=False, within_a_day={}, at_once={"overlap_hours": 0}
    ),
}
REPLAY_DEAD: dict[str, Any] = {
    **WITH_KEY,
    "requestBody": _body("ReplayIn", since_monday={"since": "2026-03-02T00:00:00Z"}),
}
MADE = examples.answer("Made, with its secret", {**_WEBHOOK, "secret": _SECRET}, headers=_LOCATION)
ROTATED = examples.answer(
    "A new secret",
    {
        **_WEBHOOK,
        "revision": 2,
        "rotating_until": "2026-03-03T10:00:00.000Z",
        "secret": _SECRET,
    },
)
READ = examples.answer("One webhook", _WEBHOOK)
LISTED = examples.page("A page of webhooks", _WEBHOOK)
DELIVERIES = examples.page("A page of deliveries", _DELIVERED)
DELIVERY = examples.answer("A delivery with its tries", _DETAIL)
TESTED = examples.answer(
    "The receiver answered 404",
    {
        **_DETAIL,
        "type": "webhook.test",
        "state": "dead",
        "tries": 1,
        "status": 404,
        "error": "status",
        "delivered_at": None,
        "attempts": [{**_FIRST, "status": 404}],
        "body": {
            "type": "webhook.test",
            "timestamp": "2026-03-02T09:41:12.300+00:00",
            "data": {
                "department": _DEPARTMENT,
                "webhook": _ID,
                "url": f"/v1/webhooks/{_ID}",
            },
        },
    },
)
REPLAYED = examples.answer("So many are sent again", {"deliveries": 214})

EVENTS = examples.page(
    "A page of events",
    {
        "id": _EVENT,
        "mark": "81204-5120",
        "type": "item.opened",
        "timestamp": "2026-03-02T09:41:12.300Z",
        "department": _DEPARTMENT,
        "data": _DATA,
    },
)
STREAM: dict[str, Any] = {
    "description": "Events as they happen",
    "content": {
        "text/event-stream": {
            "schema": {"type": "string"},
            "examples": {
                "one_event": {
                    "summary": "One event",
                    "value": "id: 81204-5120\nevent: item.opened\n"
                    'data: {"type":"item.opened","data":{"state":"open"}}\n\n',
                }
            },
        }
    },
}

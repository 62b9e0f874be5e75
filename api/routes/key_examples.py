"""Named examples for the API's reference of `/v1/keys`, `/v1/me` and `/v1/audit`."""

from typing import Any

from api.routes import examples

_ID = "0199aa18-2f0c-7b31-9a77-5d0e3c1b8f42"
_ADMIN = "0199aa17-11aa-7c20-8b10-6c1f0a2d9e31"
_DEPARTMENT = "3f6c1d52-7b39-5d0e-9a41-2c8e4b7a6f10"
_KEY: dict[str, Any] = {
    "id": _ID,
    "name": "Engineering's dashboard",
    "prefix": "4be1c05f92aa",
    "scopes": ["label", "read"],
    "department": _DEPARTMENT,
    "created_by": _ADMIN,
    "created_at": "2026-03-02T09:00:00Z",
    "expires_at": "2027-03-02T09:00:00Z",
    "revoked_at": None,
    "last_used_at": "2026-03-02T09:31:00Z",
    "rotated_until": None,
    "revision": 1,
    "url": f"/v1/keys/{_ID}",
}
_WHOLE = "cdt_4be1c05f92aa_" + "0" * 40
_ETAG = {"ETag": {"description": "Of this version.", "schema": {"type": "string"}}}
_PLACE = {"Location": {"description": "The key.", "schema": {"type": "string"}}, **_ETAG}

MADE = examples.answer("Made", {**_KEY, "last_used_at": None, "key": _WHOLE}, headers=_PLACE)
ROTATED = examples.answer(
    "Rotated",
    {**_KEY, "rotated_until": "2026-03-03T09:31:07Z", "revision": 2, "key": _WHOLE},
    headers=_ETAG,
)
LISTED = examples.page("A page of keys", _KEY)
READ = examples.answer("One key", _KEY, headers=_ETAG)
ME = examples.answer(
    "Whose key it is",
    {
        "id": _ID,
        "name": "Engineering's dashboard",
        "scopes": ["label", "read"],
        "department": {"id": _DEPARTMENT, "name": "engineering"},
    },
)
AUDIT = examples.page(
    "A page of the log",
    {
        "id": "0199aa19-7a10-7e52-9c3d-1f4b6a8d0e25",
        "at": "2026-03-02T09:31:07.412Z",
        "caller": _ID,
        "name": "Engineering's dashboard",
        "department": _DEPARTMENT,
        "request_id": "8f0c1d8e-3f77-4c4c-9a55-0f4a4d4b7a31",
        "action": "interaction.read",
        "ids": ["0199aa10-7c3e-7d2a-9b1f-3a5c8e21d704"],
        "count": 1,
        "data": {},
    },
)

IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` that was read, or `*`: a change that somebody else made meanwhile "
    "is not overwritten, and answers 412.",
    "schema": {"type": "string"},
    "example": '"1"',
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


MAKE: dict[str, Any] = {
    **examples.WITH_KEY,
    "requestBody": _body(
        "KeyIn",
        reads_all={"name": "Nightly export", "scopes": ["read"]},
        for_a_year={
            "name": "Call recorder",
            "scopes": ["submit"],
            "expires_at": "2027-03-02T09:00:00Z",
        },
    ),
}
CHANGE: dict[str, Any] = {
    "parameters": [{**IF_MATCH, "required": True}],
    "requestBody": _body(
        "KeyChangeIn", fewer_scopes={"scopes": ["read"]}, never_ends={"expires_at": None}
    ),
}
ROTATE: dict[str, Any] = {
    **examples.WITH_KEY,
    "requestBody": _body("RotateIn", required=False, a_day={}, at_once={"overlap_minutes": 0}),
}

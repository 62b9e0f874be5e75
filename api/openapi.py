"""The OpenAPI document: what FastAPI derives from the routes, and what it cannot know."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from api import access, operations
from api.schemas.alerts import AlertChangeIn
from api.schemas.categories import CategoryChangeIn, CategoryIn, MoreExamplesIn
from api.schemas.departments import DepartmentChangeIn, DepartmentIn
from api.schemas.digests import DigestChangeIn, DigestIn
from api.schemas.drift import DriftAlertChangeIn
from api.schemas.erasures import ErasureIn, HoldIn, RetentionIn
from api.schemas.inbox import ItemChangeIn
from api.schemas.interactions import InteractionIn
from api.schemas.keys import KeyChangeIn, KeyIn, RotateIn
from api.schemas.models import PromotionIn, RemineIn, RollbackIn
from api.schemas.opinions import OpinionIn
from api.schemas.problems import Problem
from api.schemas.reviews import ReviewAnswerIn, ReviewNextIn
from api.schemas.rules import RuleChangeIn, RuleIn, TryIn
from api.schemas.theme_edits import (
    ConstraintIn,
    MergeIn,
    MoveIn,
    ReclusterIn,
    SplitIn,
    ThemeChangeIn,
    ThemeIn,
)
from api.schemas.trainings import ShadowIn, TrainingIn, TrainingScheduleIn
from api.schemas.webhooks import ReplayIn, WebhookChangeIn, WebhookIn, WebhookRotateIn

VERSION = "1.0"
"""Of the contract below /v1, apart from the package's: it changes when the contract does."""

DESCRIPTION = """Conduit reads calls, mails and chats, takes personal data out, and finds product
defects, documentation errors and feature requests in the customer's own words.

Errors are problem details (RFC 9457) with a stable `code`. Every answer has an `X-Request-ID`, the
client's own where it sent one. Lists come in pages: pass `next` as `cursor`."""

TAGS = [
    {"name": "interactions", "description": "One call, mail or chat, and what was found in it."},
    {"name": "batches", "description": "Many at once, as a job."},
    {"name": "findings", "description": "What was found, over all interactions."},
    {"name": "opinions", "description": "What people say of findings, and how far they agree."},
    {
        "name": "reviews",
        "description": "Passages that people are asked to judge, and how good the model is by "
        "that.",
    },
    {
        "name": "themes",
        "description": "What findings are about, how it moves, and what people decided about it.",
    },
    {
        "name": "search",
        "description": "What customers said, by words and meaning; exports and aggregates of it.",
    },
    {"name": "alerts", "description": "Themes that burst, grow or newly emerge."},
    {
        "name": "drift",
        "description": "Whether what comes in has moved from what the model learned, or from "
        "before.",
    },
    {
        "name": "categories",
        "description": "Categories of your own, from a few examples, beside the built-in ones.",
    },
    {
        "name": "models",
        "description": "Which model serves, which may, and mining again with it.",
    },
    {
        "name": "training",
        "description": "The next model from people's corrections, and trying it beside the one "
        "that serves.",
    },
    {
        "name": "erasure",
        "description": "Taking interactions away for good, keeping them from it, and for how long.",
    },
    {
        "name": "webhooks",
        "description": "Where events are sent, signed after Standard Webhooks, and what became of "
        "each.",
    },
    {"name": "digests", "description": "What happened in an inbox, for people, also by mail."},
    {"name": "events", "description": "What happened, as a list and as a stream."},
    {"name": "formats", "description": "What can be handed in."},
    {"name": "keys", "description": "Who may do what, and who did."},
    {"name": "health", "description": "For whatever watches over the service."},
]

# Bodies that are read as they stream in have no parameter in Python from which to derive these.
_SCHEMAS: tuple[type[BaseModel], ...] = (
    InteractionIn,
    CategoryIn,
    CategoryChangeIn,
    MoreExamplesIn,
    ThemeChangeIn,
    ThemeIn,
    MergeIn,
    SplitIn,
    MoveIn,
    ConstraintIn,
    ReclusterIn,
    OpinionIn,
    ReviewNextIn,
    ReviewAnswerIn,
    AlertChangeIn,
    DriftAlertChangeIn,
    PromotionIn,
    RollbackIn,
    RemineIn,
    ErasureIn,
    HoldIn,
    RetentionIn,
    DepartmentIn,
    DepartmentChangeIn,
    RuleIn,
    RuleChangeIn,
    TryIn,
    ItemChangeIn,
    DigestIn,
    DigestChangeIn,
    WebhookIn,
    WebhookChangeIn,
    WebhookRotateIn,
    ReplayIn,
    KeyIn,
    KeyChangeIn,
    RotateIn,
    TrainingIn,
    TrainingScheduleIn,
    ShadowIn,
    Problem,
)
_REFERENCE = "#/components/schemas/{model}"


def document(app: FastAPI) -> dict[str, Any]:
    """The document of an app, made once."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title,
            version=app.version,
            description=DESCRIPTION,
            routes=app.routes,
            tags=TAGS,
        )
        schemas = found.setdefault("components", {}).setdefault("schemas", {})
        for model in _SCHEMAS:
            schema = model.model_json_schema(ref_template=_REFERENCE, by_alias=True)
            schemas.update(schema.pop("$defs", {}))
            schemas[model.__name__] = schema
        # What FastAPI would answer to invalid parameters itself; ours are problems.
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        operations.rename(found)
        access.describe(found, app.state.nouns)
        _tell_fields(found)
        app.openapi_schema = found
    return app.openapi_schema


_CHOSEN = {
    "type": "object",
    "description": "Those of its fields that `fields` names.",
    "minProperties": 1,
}


def _tell_fields(found: dict[str, Any]) -> None:
    """Say for each `fields` which names it takes, and that the answer has those alone then."""
    schemas = found["components"]["schemas"]
    for path in found["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "fields":
                    names = _names(operation, schemas)
                    items = {"type": "string", "enum": names}
                    parameter["schema"] = {"type": "array", "items": items, "minItems": 1}
                    parameter |= {"style": "form", "explode": False}
                    content = operation["responses"]["200"]["content"]["application/json"]
                    content["schema"] = {"anyOf": [content["schema"], _chosen(content, schemas)]}


def _chosen(content: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """The schema of an answer of which a client chose fields."""
    whole = schemas[content["schema"]["$ref"].rpartition("/")[2]]
    if "data" not in whole["properties"]:
        return _CHOSEN
    data = {"type": "array", "items": _CHOSEN}
    return {**whole, "title": "Chosen", "properties": {**whole["properties"], "data": data}}


def _names(operation: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    """The fields of an operation's answer, or of the items on its page."""
    content = operation["responses"]["200"]["content"]["application/json"]
    schema = schemas[content["schema"]["$ref"].rpartition("/")[2]]
    items = schema["properties"].get("data", {}).get("items", {})
    if "$ref" in items:
        schema = schemas[items["$ref"].rpartition("/")[2]]
    return list(schema["properties"])

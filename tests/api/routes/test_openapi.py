"""The OpenAPI document: whole, true, and changed only on purpose."""

import inspect
import json
import os
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from starlette.testclient import TestClient

from api.app import NOUNS
from api.dashboard import pages
from api.intake.options import PARAMETERS, UploadOptions
from api.routes import (
    aggregates,
    category_examples,
    digest_examples,
    drift_examples,
    erasure_examples,
    examples,
    health,
    inbox_examples,
    key_examples,
    model_examples,
    opinion_examples,
    review_examples,
    search_examples,
    theme_examples,
    training_examples,
    webhook_examples,
)
from api.schemas.aggregates import AggregateOut
from api.schemas.alerts import AlertChangeIn, AlertOut
from api.schemas.audit import AuditOut
from api.schemas.base import Page
from api.schemas.categories import (
    CategoryChangeIn,
    CategoryIn,
    CategoryOut,
    CategoryPreviewOut,
    MoreExamplesIn,
    PreviewOut,
)
from api.schemas.departments import DepartmentChangeIn, DepartmentIn, DepartmentOut
from api.schemas.digests import DigestChangeIn, DigestIn, DigestMailOut, DigestOut
from api.schemas.drift import DriftAlertChangeIn, DriftAlertOut, DriftReportOut
from api.schemas.erasures import (
    DryRunOut,
    ErasureIn,
    ErasureOut,
    HoldIn,
    HoldOut,
    PublicKeysOut,
    RetentionIn,
    RetentionOut,
    VerdictOut,
)
from api.schemas.findings import FindingOut
from api.schemas.inbox import AnswersOut, ItemChangeIn, ItemChangeOut, ItemOut
from api.schemas.interactions import (
    InteractionDetailOut,
    InteractionIn,
    InteractionOut,
    SubmissionOut,
)
from api.schemas.jobs import FormatsOut, HealthOut, JobOut, ReadinessOut, RejectionOut
from api.schemas.keys import KeyChangeIn, KeyIn, KeyOut, MeOut, NewKeyOut, RotateIn
from api.schemas.models import (
    ComparisonOut,
    ModelDetailOut,
    ModelOut,
    PromotionIn,
    PromotionOut,
    RemineIn,
    RollbackIn,
)
from api.schemas.opinions import AgreementsOut, InteractionOpinionsOut, OpinionIn, OpinionOut
from api.schemas.problems import Problem, merged, problems
from api.schemas.reviews import (
    ModelQualityOut,
    ReviewAnswerIn,
    ReviewNextIn,
    ReviewOut,
    ReviewTaskOut,
    ReviewTasksOut,
)
from api.schemas.rules import RuleChangeIn, RuleIn, RuleOut, TriedOut, TryIn
from api.schemas.search import SearchPage
from api.schemas.theme_edits import (
    ConstraintIn,
    MergeIn,
    MoveIn,
    ReclusterIn,
    SplitIn,
    ThemeChangeIn,
    ThemeEditOut,
    ThemeIn,
)
from api.schemas.themes import (
    AreaOut,
    BreakdownOut,
    EmergingOut,
    LineageOut,
    QualityOut,
    QuoteOut,
    RelatedsOut,
    SimilarsOut,
    ThemeDetailOut,
    ThemeFindingOut,
    ThemeOut,
    TrendOut,
)
from api.schemas.trainings import (
    DifferenceOut,
    ShadowIn,
    ShadowOut,
    TrainingIn,
    TrainingLineOut,
    TrainingOut,
    TrainingScheduleIn,
    TrainingScheduleOut,
)
from api.schemas.webhooks import (
    DeliveryDetailOut,
    DeliveryOut,
    EventOut,
    ReplayedOut,
    ReplayIn,
    WebhookChangeIn,
    WebhookIn,
    WebhookOut,
    WebhookRotateIn,
    WebhookSecretOut,
)

SNAPSHOT = Path(__file__).parent.parent / "openapi.json"
WRITE = "CONDUIT_WRITE_SNAPSHOTS"
OTHER_MEDIA = {
    "GET /v1/exports/{noun}": [
        "application/x-ndjson",
        "text/csv",
        "application/vnd.apache.parquet",
    ],
    "GET /v1/exports/corrections": ["application/x-ndjson"],
    "GET /v1/events/stream": ["text/event-stream"],
    "GET /v1/departments/{id}/digest": ["text/markdown", "text/html"],
}
"""What is answered with something else than JSON."""


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_contract_is_the_one_that_was_agreed(document: dict[str, Any]) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get(WRITE):
        SNAPSHOT.write_text(text)
    assert text == SNAPSHOT.read_text(), f"{WRITE}=1 writes the new contract: look at the diff"


def test_every_route_below_v1_is_in_it(app: FastAPI, document: dict[str, Any]) -> None:
    listed = {name for name, _ in operations(document)}
    assert listed == {
        "POST /v1/interactions",
        "GET /v1/interactions",
        "GET /v1/interactions/{id}",
        "DELETE /v1/interactions/{id}",
        "POST /v1/batches",
        "GET /v1/jobs",
        "GET /v1/jobs/{id}",
        "GET /v1/jobs/{id}/rejections",
        "POST /v1/jobs/{id}/cancel",
        "GET /v1/findings",
        "GET /v1/themes",
        "POST /v1/themes",
        "GET /v1/themes/emerging",
        "GET /v1/themes/quality",
        "POST /v1/themes/recluster",
        "POST /v1/themes/move",
        "POST /v1/themes/constraints",
        "GET /v1/themes/{id}",
        "PATCH /v1/themes/{id}",
        "GET /v1/themes/{id}/quotes",
        "GET /v1/themes/{id}/findings",
        "GET /v1/themes/{id}/trend",
        "GET /v1/themes/{id}/breakdown",
        "GET /v1/themes/{id}/lineage",
        "GET /v1/themes/{id}/similar",
        "GET /v1/themes/{id}/related",
        "POST /v1/themes/{id}/merge",
        "POST /v1/themes/{id}/split",
        "GET /v1/theme-edits",
        "GET /v1/theme-edits/{id}",
        "POST /v1/theme-edits/{id}/undo",
        "GET /v1/areas",
        "GET /v1/alerts",
        "GET /v1/alerts/{id}",
        "PATCH /v1/alerts/{id}",
        "POST /v1/categories",
        "GET /v1/categories",
        "GET /v1/categories/{id}",
        "PATCH /v1/categories/{id}",
        "DELETE /v1/categories/{id}",
        "GET /v1/categories/{id}/preview",
        "POST /v1/categories/{id}/examples",
        "DELETE /v1/categories/{id}/examples/{example}",
        "POST /v1/categories/{id}/backfill",
        "POST /v1/erasures",
        "GET /v1/erasures",
        "GET /v1/erasures/key",
        "GET /v1/erasures/{id}",
        "POST /v1/erasures/{id}/verify",
        "POST /v1/holds",
        "GET /v1/holds",
        "GET /v1/holds/{id}",
        "POST /v1/holds/{id}/release",
        "GET /v1/retention",
        "PUT /v1/retention",
        "GET /v1/search",
        "GET /v1/exports/{noun}",
        "GET /v1/exports/corrections",
        "POST /v1/opinions",
        "GET /v1/opinions",
        "GET /v1/opinions/{id}",
        "POST /v1/opinions/{id}/withdraw",
        "GET /v1/interactions/{id}/opinions",
        "GET /v1/agreement",
        "GET /v1/aggregates",
        "GET /v1/formats",
        "GET /v1/me",
        "POST /v1/keys",
        "GET /v1/keys",
        "GET /v1/keys/{id}",
        "PATCH /v1/keys/{id}",
        "DELETE /v1/keys/{id}",
        "POST /v1/keys/{id}/rotate",
        "GET /v1/audit",
        "GET /v1/reviews",
        "GET /v1/reviews/{id}",
        "POST /v1/reviews/next",
        "POST /v1/reviews/{id}/answer",
        "POST /v1/reviews/{id}/skip",
        "GET /v1/quality",
        "GET /v1/departments",
        "POST /v1/departments",
        "GET /v1/departments/{id}",
        "PATCH /v1/departments/{id}",
        "DELETE /v1/departments/{id}",
        "GET /v1/rules",
        "POST /v1/rules",
        "POST /v1/rules/try",
        "GET /v1/rules/{id}",
        "PATCH /v1/rules/{id}",
        "DELETE /v1/rules/{id}",
        "POST /v1/rules/{id}/apply",
        "GET /v1/inbox",
        "GET /v1/inbox/{id}",
        "PATCH /v1/inbox/{id}",
        "GET /v1/inbox/{id}/history",
        "GET /v1/inbox/{id}/findings",
        "GET /v1/interactions/{id}/answers",
        "GET /v1/webhooks",
        "POST /v1/webhooks",
        "GET /v1/webhooks/{id}",
        "PATCH /v1/webhooks/{id}",
        "DELETE /v1/webhooks/{id}",
        "POST /v1/webhooks/{id}/rotate",
        "POST /v1/webhooks/{id}/test",
        "POST /v1/webhooks/{id}/replay",
        "GET /v1/webhooks/{id}/deliveries",
        "GET /v1/webhooks/{id}/deliveries/{delivery}",
        "POST /v1/webhooks/{id}/deliveries/{delivery}/replay",
        "GET /v1/events",
        "GET /v1/events/stream",
        "GET /v1/digests",
        "POST /v1/digests",
        "GET /v1/digests/{id}",
        "PATCH /v1/digests/{id}",
        "DELETE /v1/digests/{id}",
        "GET /v1/digests/{id}/mails",
        "GET /v1/departments/{id}/digest",
        "GET /v1/drift",
        "GET /v1/drift/reports",
        "POST /v1/drift/reports",
        "GET /v1/drift/reports/{id}",
        "GET /v1/drift/alerts",
        "GET /v1/drift/alerts/{id}",
        "PATCH /v1/drift/alerts/{id}",
        "GET /v1/models",
        "GET /v1/models/{name}",
        "GET /v1/models/{name}/comparison",
        "POST /v1/models/{name}/measurements",
        "POST /v1/promotions",
        "GET /v1/promotions",
        "POST /v1/promotions/rollback",
        "POST /v1/remine",
        "POST /v1/trainings",
        "GET /v1/trainings",
        "GET /v1/trainings/{id}",
        "GET /v1/trainings/{id}/log",
        "GET /v1/training-schedule",
        "PUT /v1/training-schedule",
        "DELETE /v1/training-schedule",
        "POST /v1/shadows",
        "GET /v1/shadows",
        "GET /v1/shadows/{id}",
        "GET /v1/shadows/{id}/differences",
        "POST /v1/shadows/{id}/end",
        "GET /livez",
        "GET /readyz",
    }


def test_every_operation_explains_itself(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert operation["summary"], name
        assert len(operation["description"]) > 40, name
        assert operation["tags"], name
        for parameter in operation.get("parameters", []):
            if parameter["name"] not in {"id", "example", "delivery"}:
                described = {**parameter, **parameter["schema"]}
                assert described.get("description") or described.get("enum") or "anyOf" in described


def test_every_answer_has_a_named_example(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status == "204":
                continue
            media = ["application/json"] if status < "300" else ["application/problem+json"]
            if status < "300":
                media = OTHER_MEDIA.get(name, media)
            assert list(answer["content"]) == media, (name, status)
            assert all(answer["content"][kind]["examples"] for kind in media), (name, status)
        assert {"500", "503"} <= set(operation["responses"]), name


def test_every_body_has_a_named_example(document: dict[str, Any]) -> None:
    for name in ("/v1/interactions", "/v1/batches"):
        content = document["paths"][name]["post"]["requestBody"]["content"]
        assert sum(len(media.get("examples", ())) for media in content.values()) >= 2


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    for name in set(text.split('"#/components/schemas/')[1:]):
        assert name.split('"')[0] in document["components"]["schemas"]
    assert "HTTPValidationError" not in text


def test_posts_take_a_key(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        keys = [row for row in operation.get("parameters", []) if row["name"] == "Idempotency-Key"]
        assert len(keys) == name.startswith("POST"), name


@pytest.mark.parametrize(
    ("response", "schema"),
    [
        (examples.SUBMITTED, SubmissionOut),
        (examples.INTERACTION, InteractionDetailOut),
        (examples.INTERACTIONS, Page[InteractionOut]),
        (examples.FINDINGS, Page[FindingOut]),
        (opinion_examples.GIVEN, OpinionOut),
        (opinion_examples.OPINION, OpinionOut),
        (opinion_examples.OPINIONS, Page[OpinionOut]),
        (opinion_examples.WITHDRAWN, OpinionOut),
        (opinion_examples.OF_INTERACTION, InteractionOpinionsOut),
        (opinion_examples.AGREEMENT, AgreementsOut),
        (search_examples.FOUND, SearchPage),
        (aggregates.EXAMPLE, AggregateOut),
        (examples.BATCH_TAKEN, JobOut),
        (examples.JOB, JobOut),
        (examples.JOBS, Page[JobOut]),
        (examples.JOB_CANCELLED, JobOut),
        (examples.REJECTIONS, Page[RejectionOut]),
        (examples.FORMATS, FormatsOut),
        (inbox_examples.DEPARTMENT, DepartmentOut),
        (inbox_examples.DEPARTMENT_MADE, DepartmentOut),
        (inbox_examples.DEPARTMENTS, Page[DepartmentOut]),
        (inbox_examples.RULE, RuleOut),
        (inbox_examples.RULE_MADE, RuleOut),
        (inbox_examples.RULES, Page[RuleOut]),
        (inbox_examples.TRIED, TriedOut),
        (inbox_examples.APPLYING, JobOut),
        (inbox_examples.ITEM, ItemOut),
        (inbox_examples.ITEMS, Page[ItemOut]),
        (inbox_examples.HISTORY, Page[ItemChangeOut]),
        (inbox_examples.EVIDENCE, Page[FindingOut]),
        (inbox_examples.ANSWERS, AnswersOut),
        (webhook_examples.MADE, WebhookSecretOut),
        (webhook_examples.ROTATED, WebhookSecretOut),
        (webhook_examples.READ, WebhookOut),
        (webhook_examples.LISTED, Page[WebhookOut]),
        (webhook_examples.DELIVERIES, Page[DeliveryOut]),
        (webhook_examples.DELIVERY, DeliveryDetailOut),
        (webhook_examples.TESTED, DeliveryDetailOut),
        (webhook_examples.REPLAYED, ReplayedOut),
        (webhook_examples.EVENTS, Page[EventOut]),
        (digest_examples.MADE, DigestOut),
        (digest_examples.READ, DigestOut),
        (digest_examples.LISTED, Page[DigestOut]),
        (digest_examples.MAILS, Page[DigestMailOut]),
        (examples.HEALTHY, HealthOut),
        (examples.READY, ReadinessOut),
        (theme_examples.LISTED, Page[ThemeOut]),
        (theme_examples.READ, ThemeDetailOut),
        (theme_examples.MADE, ThemeDetailOut),
        (theme_examples.QUOTES, Page[QuoteOut]),
        (theme_examples.FINDINGS, Page[ThemeFindingOut]),
        (theme_examples.EMERGING, EmergingOut),
        (theme_examples.QUALITY, Page[QualityOut]),
        (theme_examples.TREND, TrendOut),
        (theme_examples.BREAKDOWN, BreakdownOut),
        (theme_examples.LINEAGE, Page[LineageOut]),
        (theme_examples.SIMILAR, SimilarsOut),
        (theme_examples.RELATED, RelatedsOut),
        (theme_examples.AREAS, Page[AreaOut]),
        (theme_examples.RECLUSTERING, JobOut),
        (theme_examples.MERGED, ThemeEditOut),
        (theme_examples.SPLIT, ThemeEditOut),
        (theme_examples.MOVED, ThemeEditOut),
        (theme_examples.BOUND, ThemeEditOut),
        (theme_examples.EDITS, Page[ThemeEditOut]),
        (theme_examples.EDIT, ThemeEditOut),
        (theme_examples.UNDONE, ThemeEditOut),
        (theme_examples.ALERTS, Page[AlertOut]),
        (theme_examples.ALERT, AlertOut),
        (drift_examples.REPORT, DriftReportOut),
        (drift_examples.REPORTS, Page[DriftReportOut]),
        (drift_examples.ASKED, DriftReportOut),
        (drift_examples.ALERTS, Page[DriftAlertOut]),
        (drift_examples.ALERT, DriftAlertOut),
        (erasure_examples.ASKED, ErasureOut),
        (erasure_examples.COUNTED, DryRunOut),
        (erasure_examples.READ, ErasureOut),
        (erasure_examples.LISTED, Page[ErasureOut]),
        (erasure_examples.VERDICT, VerdictOut),
        (erasure_examples.KEYS, PublicKeysOut),
        (erasure_examples.HELD, HoldOut),
        (erasure_examples.HOLD, HoldOut),
        (erasure_examples.HOLDS, Page[HoldOut]),
        (erasure_examples.RELEASED, HoldOut),
        (erasure_examples.RETENTION, RetentionOut),
        (review_examples.LISTED, Page[ReviewOut]),
        (review_examples.READ, ReviewTaskOut),
        (review_examples.HANDED, ReviewTasksOut),
        (review_examples.ANSWERED, ReviewOut),
        (review_examples.SKIPPED, ReviewOut),
        (review_examples.QUALITY, ModelQualityOut),
        (category_examples.ADDED, CategoryPreviewOut),
        (category_examples.FITTED_ANEW, CategoryPreviewOut),
        (category_examples.READ, CategoryOut),
        (category_examples.LISTED, Page[CategoryOut]),
        (category_examples.PREVIEWED, PreviewOut),
        (category_examples.BACKFILL, JobOut),
        (model_examples.MODELS, Page[ModelOut]),
        (model_examples.MODEL, ModelDetailOut),
        (model_examples.COMPARISON, ComparisonOut),
        (model_examples.MEASURING, JobOut),
        (model_examples.PROMOTED, PromotionOut),
        (model_examples.PROMOTIONS, Page[PromotionOut]),
        (model_examples.ROLLED_BACK, PromotionOut),
        (model_examples.REMINING, JobOut),
        (training_examples.ASKED, TrainingOut),
        (training_examples.READ, TrainingOut),
        (training_examples.LISTED, Page[TrainingOut]),
        (training_examples.LOG, Page[TrainingLineOut]),
        (training_examples.SCHEDULE, TrainingScheduleOut),
        (training_examples.SHADOW_BEGUN, ShadowOut),
        (training_examples.SHADOW, ShadowOut),
        (training_examples.SHADOWS, Page[ShadowOut]),
        (training_examples.SHADOW_ENDED, ShadowOut),
        (training_examples.DIFFERENCES, Page[DifferenceOut]),
        (key_examples.MADE, NewKeyOut),
        (key_examples.ROTATED, NewKeyOut),
        (key_examples.LISTED, Page[KeyOut]),
        (key_examples.READ, KeyOut),
        (key_examples.ME, MeOut),
        (key_examples.AUDIT, Page[AuditOut]),
    ],
)
def test_examples_are_what_they_are_examples_of(response: dict[str, Any], schema: Any) -> None:
    for example in response["content"]["application/json"]["examples"].values():
        TypeAdapter(schema).validate_python(example["value"])


def test_examples_of_problems_are_problems() -> None:
    known = problems(400, 401, 403, 404, 409, 410, 412, 413, 415, 422, 428, 429)
    for response in (*known.values(), *merged(theme_examples.HEIR).values()):
        for code, example in response["content"]["application/problem+json"]["examples"].items():
            assert Problem.model_validate(example["value"]).code == code


@pytest.mark.parametrize(
    ("operation", "schema"),
    [
        (erasure_examples.ASK, ErasureIn),
        (erasure_examples.MAKE_HOLD, HoldIn),
        (erasure_examples.SET_RETENTION, RetentionIn),
        (review_examples.NEXT, ReviewNextIn),
        (review_examples.ANSWER, ReviewAnswerIn),
        (drift_examples.CHANGE_ALERT, DriftAlertChangeIn),
        (category_examples.ADD, CategoryIn),
        (category_examples.MORE, MoreExamplesIn),
        (category_examples.CHANGE, CategoryChangeIn),
        (theme_examples.CHANGE, ThemeChangeIn),
        (theme_examples.MAKE, ThemeIn),
        (theme_examples.MERGE, MergeIn),
        (theme_examples.SPLIT_OFF, SplitIn),
        (theme_examples.MOVE, MoveIn),
        (opinion_examples.GIVE, OpinionIn),
        (theme_examples.BIND, ConstraintIn),
        (theme_examples.RECLUSTER, ReclusterIn),
        (theme_examples.CHANGE_ALERT, AlertChangeIn),
        (inbox_examples.MAKE_DEPARTMENT, DepartmentIn),
        (inbox_examples.CHANGE_DEPARTMENT, DepartmentChangeIn),
        (inbox_examples.MAKE_RULE, RuleIn),
        (inbox_examples.CHANGE_RULE, RuleChangeIn),
        (inbox_examples.TRY, TryIn),
        (inbox_examples.CHANGE_ITEM, ItemChangeIn),
        (webhook_examples.MAKE, WebhookIn),
        (webhook_examples.CHANGE, WebhookChangeIn),
        (webhook_examples.ROTATE, WebhookRotateIn),
        (webhook_examples.REPLAY_DEAD, ReplayIn),
        (digest_examples.MAKE, DigestIn),
        (digest_examples.CHANGE, DigestChangeIn),
        (model_examples.PROMOTE, PromotionIn),
        (model_examples.ROLL_BACK, RollbackIn),
        (model_examples.REMINE, RemineIn),
        (training_examples.ASK, TrainingIn),
        (training_examples.SET_SCHEDULE, TrainingScheduleIn),
        (training_examples.BEGIN_SHADOW, ShadowIn),
        (key_examples.MAKE, KeyIn),
        (key_examples.CHANGE, KeyChangeIn),
        (key_examples.ROTATE, RotateIn),
    ],
)
def test_examples_of_bodies_are_bodies(operation: dict[str, Any], schema: type[BaseModel]) -> None:
    content = operation["requestBody"]["content"]["application/json"]
    assert content["schema"]["$ref"].endswith(f"/{schema.__name__}")
    assert content["examples"]
    for example in content["examples"].values():
        schema.model_validate_json(json.dumps(example["value"]))


def test_examples_of_requests_are_taken(client: TestClient) -> None:
    for path, operation in (
        ("interactions", examples.SUBMIT_ONE),
        ("batches", examples.SUBMIT_MANY),
    ):
        for media, content in operation["requestBody"]["content"].items():
            for name, example in content.get("examples", {}).items():
                value = example["value"]
                if media == "application/json":
                    InteractionIn.model_validate_json(json.dumps(value))
                sent = value.encode() if isinstance(value, str) else json.dumps(value).encode()
                answer = client.post(f"/v1/{path}", content=sent, headers={"content-type": media})
                assert answer.status_code == 202, (path, media, name, answer.text)


def test_a_quote_in_an_example_is_where_it_says() -> None:
    example = next(iter(examples.INTERACTION["content"]["application/json"]["examples"].values()))
    for finding in example["value"]["findings"]:
        text = example["value"]["turns"][finding["turn"]]["text"]
        assert text[finding["start"] : finding["end"]] == finding["quote"]


def test_options_in_the_reference_are_those_that_are_read() -> None:
    listed = {row["name"].partition(".")[0] for row in PARAMETERS}
    names = {"columns": "column", "metadata": "meta"}
    assert listed == {names.get(name, name) for name in UploadOptions.model_fields}


def test_endpoints_run_in_threads_and_not_in_the_event_loop(app: FastAPI) -> None:
    routes = [route for noun in (*NOUNS, health, pages) for route in noun.router.routes]
    routes += [route for route in app.routes if isinstance(route, APIRoute)]
    assert len(routes) >= 52
    assert not [
        route.path
        for route in routes
        if inspect.iscoroutinefunction(getattr(route, "endpoint", None))
    ]

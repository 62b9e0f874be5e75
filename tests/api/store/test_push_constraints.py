"""What the tables of webhooks and digests forbid is refused by the database itself."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.store.department_tables import DepartmentRow, EventRow
from api.store.ids import new_id
from api.store.push_tables import (
    DeliveryRow,
    DeliveryTryRow,
    DigestMailRow,
    DigestRow,
    WebhookRow,
)

Change = dict[str, Any]
NOBODY = UUID(int=7)
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
WEBHOOK: Change = {"url": "https://example.com/hook", "secret": b"sealed"}


@pytest.fixture
def delivery(session: Session) -> Change:
    """A delivery that waits, as it is stored."""
    row = {"id": new_id(), "webhook_id": new_id(), "event_id": new_id()}
    session.execute(insert(WebhookRow).values(id=row["webhook_id"], **WEBHOOK))
    session.execute(insert(EventRow).values(id=row["event_id"], type="item.opened", data={}))
    session.execute(insert(DeliveryRow).values(**row))
    return row


@pytest.fixture
def digest(session: Session) -> Change:
    """A digest that is sent daily, as it is stored."""
    row = {
        "id": new_id(),
        "department_id": session.scalars(select(DepartmentRow.id)).first(),
        "recipients": ["team@example.com"],
        "schedule": "daily",
        "hour": 7,
        "time_zone": "UTC",
        "next_at": NOW,
    }
    session.execute(insert(DigestRow).values(**row))
    return row


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"url": ""}, "ck_webhooks_url"),
        ({"url": "x" * 2_001}, "ck_webhooks_url"),
        ({"description": "x" * 2_001}, "ck_webhooks_description"),
        ({"types": ["item.opened"] * 51}, "ck_webhooks_types"),
        ({"old_secret": b"sealed"}, "ck_webhooks_old_secret"),
        ({"old_until": NOW}, "ck_webhooks_old_secret"),
        ({"enabled": False}, "ck_webhooks_disabled"),
        ({"disabled_reason": "gone"}, "ck_webhooks_disabled"),
        ({"enabled": False, "disabled_reason": "whim"}, "ck_webhooks_disabled_reason"),
        ({"revision": 0}, "ck_webhooks_revision"),
        ({"department_id": NOBODY}, "fk_webhooks_department_id"),
    ],
)
def test_a_webhook(session: Session, change: Change, by: str) -> None:
    session.execute(insert(WebhookRow).values(id=new_id(), **WEBHOOK))
    with pytest.raises(IntegrityError, match=rf'"{by}"'):
        session.execute(insert(WebhookRow).values(id=new_id(), **{**WEBHOOK, **change}))


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"state": "lost", "due_at": None}, "ck_webhook_deliveries_state"),
        ({"state": "dead", "due_at": None, "error": "whim"}, "ck_webhook_deliveries_error"),
        ({"due_at": None}, "ck_webhook_deliveries_due"),
        ({"state": "dead"}, "ck_webhook_deliveries_due"),
        ({"delivered_at": NOW}, "ck_webhook_deliveries_delivered"),
        ({"state": "delivered", "due_at": None}, "ck_webhook_deliveries_delivered"),
        ({"tries": -1, "round_tries": -1}, "ck_webhook_deliveries_tries"),
        ({"tries": 1, "round_tries": 2}, "ck_webhook_deliveries_tries"),
        ({"webhook_id": NOBODY}, "fk_webhook_deliveries_webhook_id"),
        ({"event_id": NOBODY}, "fk_webhook_deliveries_event_id"),
        ({"event_id": "the same"}, "uq_webhook_deliveries_event_id"),
    ],
)
def test_a_delivery(session: Session, delivery: Change, change: Change, by: str) -> None:
    row = {**delivery, "id": new_id(), "event_id": new_id(), **change}
    if row["event_id"] == "the same":
        row["event_id"] = delivery["event_id"]
    elif row["event_id"] != NOBODY:
        session.execute(insert(EventRow).values(id=row["event_id"], type="item.opened", data={}))
    with pytest.raises(IntegrityError, match=rf'"{by}"'):
        session.execute(insert(DeliveryRow).values(**row))


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"number": 0}, "ck_webhook_tries_number"),
        ({"milliseconds": -1}, "ck_webhook_tries_milliseconds"),
        ({"status": 99}, "ck_webhook_tries_status"),
        ({"status": 1_000}, "ck_webhook_tries_status"),
        ({"error": "whim"}, "ck_webhook_tries_error"),
        ({"status": None}, "ck_webhook_tries_outcome"),
        ({"delivery_id": NOBODY}, "fk_webhook_tries_delivery_id"),
        ({"number": 1}, "pk_webhook_tries"),
    ],
)
def test_a_try(session: Session, delivery: Change, change: Change, by: str) -> None:
    row = {"delivery_id": delivery["id"], "number": 1, "milliseconds": 5, "status": 200}
    session.execute(insert(DeliveryTryRow).values(**row))
    with pytest.raises(IntegrityError, match=rf'"{by}"'):
        session.execute(insert(DeliveryTryRow).values(**{**row, "number": 2, **change}))


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"schedule": "hourly"}, "ck_digests_schedule"),
        ({"hour": 24}, "ck_digests_hour"),
        ({"hour": -1}, "ck_digests_hour"),
        ({"schedule": "weekly", "weekday": 7}, "ck_digests_weekday"),
        ({"schedule": "weekly"}, "ck_digests_weekly"),
        ({"weekday": 0}, "ck_digests_weekly"),
        ({"recipients": []}, "ck_digests_to"),
        ({"recipients": ["team@example.com"] * 51}, "ck_digests_to"),
        ({"time_zone": ""}, "ck_digests_time_zone"),
        ({"time_zone": "x" * 61}, "ck_digests_time_zone"),
        ({"revision": 0}, "ck_digests_revision"),
        ({"department_id": NOBODY}, "fk_digests_department_id"),
    ],
)
def test_a_digest(session: Session, digest: Change, change: Change, by: str) -> None:
    with pytest.raises(IntegrityError, match=rf'"{by}"'):
        session.execute(insert(DigestRow).values(**{**digest, "id": new_id(), **change}))


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"state": "lost", "due_at": None}, "ck_digest_mails_state"),
        ({"error": "whim"}, "ck_digest_mails_error"),
        ({"since": datetime(2026, 3, 3, tzinfo=UTC)}, "ck_digest_mails_period"),
        ({"due_at": None}, "ck_digest_mails_due"),
        ({"state": "dead"}, "ck_digest_mails_due"),
        ({"sent_at": NOW}, "ck_digest_mails_sent"),
        ({"state": "sent", "due_at": None}, "ck_digest_mails_sent"),
        ({"tries": -1}, "ck_digest_mails_tries"),
        ({"digest_id": NOBODY}, "fk_digest_mails_digest_id"),
        ({"until": NOW}, "uq_digest_mails_digest_id"),
    ],
)
def test_a_mail(session: Session, digest: Change, change: Change, by: str) -> None:
    row = {"id": new_id(), "digest_id": digest["id"], "since": BEFORE, "until": NOW}
    session.execute(insert(DigestMailRow).values(**row))
    other = {**row, "id": new_id(), "until": datetime(2026, 3, 3, tzinfo=UTC), **change}
    with pytest.raises(IntegrityError, match=rf'"{by}"'):
        session.execute(insert(DigestMailRow).values(**other))

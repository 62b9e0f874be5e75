"""What the tables of drift forbid is refused by the database itself."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, insert
from sqlalchemy.orm import Session

from api.store.drift_tables import DriftAlertRow, DriftReportRow, DriftWindowRow
from tests.api.store.refusing import refused

MONDAY = date(2026, 3, 2)
WINDOW: dict[str, Any] = {
    "week": MONDAY,
    "channel": "call",
    "model": "words-1",
    "reference": "",
    "stored": 7,
    "sampled": 5,
    "sums": {},
    "embedding": b"",
}
REPORT: dict[str, Any] = {
    "id": UUID(int=7),
    "state": "done",
    "made_at": func.now(),
    "since": MONDAY,
    "until": MONDAY + timedelta(weeks=2),
    "moved": False,
    "body": {},
    "passages": [],
}
ALERT: dict[str, Any] = {
    "id": UUID(int=7),
    "opened": MONDAY,
    "last": MONDAY,
    "model": "words-1",
    "figures": [],
    "report_id": UUID(int=7),
}


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"channel": "fax"}, "ck_drift_windows_channel"),
        ({"week": MONDAY + timedelta(days=1)}, "ck_drift_windows_week"),
        ({"sampled": 8}, "ck_drift_windows_sampled"),
        ({"sampled": 0}, "ck_drift_windows_sampled"),
        ({}, "pk_drift_windows"),
    ],
)
def test_a_week(session: Session, change: dict[str, Any], by: str) -> None:
    session.execute(insert(DriftWindowRow).values(**WINDOW))
    refused(session, insert(DriftWindowRow).values(**{**WINDOW, **change}), by=by)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"state": "lost"}, "ck_drift_reports_state"),
        ({"made_at": None}, "ck_drift_reports_whole"),
        ({"body": None}, "ck_drift_reports_whole"),
        ({"passages": None}, "ck_drift_reports_whole"),
        ({"state": "waiting"}, "ck_drift_reports_whole"),
        ({"until": MONDAY}, "ck_drift_reports_days"),
        ({"id": UUID(int=8)}, "pk_drift_reports"),
    ],
)
def test_a_report(session: Session, change: dict[str, Any], by: str) -> None:
    session.execute(insert(DriftReportRow).values(**{**REPORT, "id": UUID(int=8)}))
    refused(session, insert(DriftReportRow).values(**{**REPORT, **change}), by=by)


def test_two_reports_that_wait(session: Session) -> None:
    session.execute(insert(DriftReportRow).values(id=UUID(int=7)))
    refused(session, insert(DriftReportRow).values(id=UUID(int=8)), by="uq_drift_reports_waiting")


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"opened": MONDAY + timedelta(days=7)}, "ck_drift_alerts_last"),
        ({"closed": MONDAY - timedelta(days=7)}, "ck_drift_alerts_closed"),
        ({"settled": True}, "ck_drift_alerts_settled"),
        ({"id": UUID(int=8), "closed": MONDAY}, "pk_drift_alerts"),
        ({}, "uq_drift_alerts_open"),
    ],
)
def test_an_alert(session: Session, change: dict[str, Any], by: str) -> None:
    session.execute(insert(DriftAlertRow).values(**{**ALERT, "id": UUID(int=8)}))
    refused(session, insert(DriftAlertRow).values(**{**ALERT, **change}), by=by)

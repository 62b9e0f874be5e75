"""Digests: planned by a calendar, sent once by a real mail server, with a department's words."""

import email
import email.policy
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Talk
from sqlalchemy import delete, insert, select, text, update
from starlette.testclient import TestClient

from api import jobs
from api.push.digest_text import Digest, Entry, html, markdown
from api.push.mail import Post
from api.settings import Settings
from api.steps import digest
from api.steps.accept import accept
from api.steps.digest import Calendar
from api.steps.mine import mine
from api.store import digests, findings
from api.store.database import Database
from api.store.department_tables import RoutedRow
from api.store.ids import new_id
from api.store.inbox_tables import ItemChangeRow, ItemRow
from api.store.push_tables import DigestMailRow, DigestRow
from nlp.readers import read
from nlp.redact import Redactor
from tests.api import keyed
from tests.api.interactions import WordMiner

CALL = b"""Customer: The kettle leaks again.
Agent: I see.
Customer: And the manual is <b>wrong</b> about step two.
"""
NOW = datetime.now(UTC)


class Box:
    """Keeps what comes in, and refuses whom it is told to."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.answers: list[str] = []

    async def handle_RCPT(  # noqa: N802 - as the library calls it
        self, server: SMTP, session: Talk, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Takes a recipient, or not."""
        if address.startswith("nobody@"):
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Talk, envelope: Envelope) -> str:  # noqa: N802
        """Takes a message, or not."""
        if self.answers:
            return self.answers.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        found = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        self.got.append(found)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Box, int]]:
    box = Box()
    # The library asks itself whether it answers at the port that it was given: 0 will not do.
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture
def box(server: tuple[Box, int]) -> Box:
    server[0].got.clear()
    server[0].recipients.clear()
    return server[0]


@pytest.fixture
def post(server: tuple[Box, int], tmp_path: Path) -> Post:
    settings = Settings(
        home=tmp_path,
        smtp_host="127.0.0.1",
        smtp_port=server[1],
        smtp_tls="none",
        smtp_from="conduit@example.com",
    )
    return Post.of(settings)


@pytest.fixture(scope="module")
def departments(database: Database, redactor: Redactor) -> dict[str, UUID]:
    """Engineering has an item of one finding, documentation of the other."""
    found = keyed.departments(database)
    with database.session() as session:
        (call,) = accept(session, [*read(CALL, name="call.txt")], redactor=redactor).ids
    words = {"product_defect": "leaks", "documentation_error": "manual"}
    mine(database, WordMiner(words=words), [call])
    with database.session() as session:
        rows = {row.category: row for row in findings.of(session, call)}
        # Whatever the rules that come along made of it: what is told here is written here.
        for table in (ItemChangeRow, RoutedRow, ItemRow):
            session.execute(delete(table))
        for name, category in (
            ("engineering", "product_defect"),
            ("documentation", "documentation_error"),
        ):
            finding, item = rows[category], new_id()
            session.execute(
                insert(ItemRow).values(
                    id=item,
                    department_id=found[name],
                    finding_id=finding.id,
                    category=category,
                    opened_at=NOW,
                    findings=1,
                    interactions=1,
                    due_at=NOW - timedelta(days=1),
                )
            )
            session.execute(
                insert(RoutedRow).values(
                    department_id=found[name],
                    finding_id=finding.id,
                    interaction_id=call,
                    passage=finding.passage,
                    turn=finding.turn,
                )
            )
            session.execute(
                insert(ItemChangeRow).values(
                    id=new_id(),
                    item_id=item,
                    department_id=found[name],
                    kind="opened",
                    before="open",
                    after="open",
                )
            )
    return found


def _plan(database: Database, department: UUID, **values: Any) -> UUID:
    with database.session() as session:
        row = digests.create(
            session,
            {
                "department_id": department,
                "recipients": ["one@example.com", "two@example.com"],
                "schedule": "daily",
                "hour": 7,
                "time_zone": "UTC",
                "next_at": NOW + timedelta(minutes=1),
                **values,
            },
        )
    digest.plan(database, now=NOW + timedelta(minutes=2))
    with database.session() as session:
        (mail,) = session.scalars(
            select(DigestMailRow.id).where(DigestMailRow.digest_id == row.id)
        ).all()
        return mail


def _mail(database: Database, id: UUID) -> DigestMailRow:
    with database.session() as session:
        return session.get_one(DigestMailRow, id)


def test_a_digest_is_sent_once_with_the_departments_words_alone(
    database: Database, departments: dict[str, UUID], box: Box, post: Post
) -> None:
    mail = _plan(database, departments["engineering"])
    for _ in range(2):
        digest.send(database, post, mail)
    (got,) = box.got
    assert got["Message-ID"] == f"<{mail}@example.com>"
    assert box.recipients == [["one@example.com", "two@example.com"]]
    texts = [part.get_content() for part in got.iter_parts()]
    assert [part.get_content_type() for part in got.iter_parts()] == ["text/plain", "text/html"]
    for found in texts:
        assert "leaks" in found
        assert "Overdue" in found
        assert "manual" not in found
    row = _mail(database, mail)
    assert (row.state, row.tries, row.refused, row.error) == ("sent", 1, 0, None)
    digest.plan(database, now=NOW + timedelta(minutes=3))
    with database.session() as session:
        plan = session.get_one(DigestRow, row.digest_id)
        assert plan.next_at > NOW + timedelta(minutes=3)
        assert len(digests.mails_page(session, plan.id, limit=9)) == 1


def test_a_mail_that_is_not_taken_is_tried_again_under_its_id(
    database: Database, departments: dict[str, UUID], box: Box, post: Post
) -> None:
    mail = _plan(database, departments["documentation"])
    box.answers[:] = ["451 later"]
    digest.send(database, post, mail)
    row = _mail(database, mail)
    assert (row.state, row.error, row.tries) == ("pending", "refused", 1)
    with database.session() as session:
        session.execute(update(DigestMailRow).values(due_at=NOW).where(DigestMailRow.id == mail))
    digest.send(database, post, mail)
    assert _mail(database, mail).state == "sent"
    assert [got["Message-ID"] for got in box.got] == [f"<{mail}@example.com>"]


def test_whom_the_server_does_not_know_is_counted(
    database: Database, departments: dict[str, UUID], box: Box, post: Post
) -> None:
    some = ["nobody@example.com", "one@example.com"]
    mail = _plan(database, departments["engineering"], recipients=some)
    digest.send(database, post, mail)
    assert (_mail(database, mail).state, _mail(database, mail).refused) == ("sent", 1)
    mail = _plan(database, departments["engineering"], recipients=some[:1])
    digest.send(database, post, mail)
    assert (_mail(database, mail).state, _mail(database, mail).error) == ("dead", "refused")


def test_without_a_mail_server_it_says_so(
    database: Database, departments: dict[str, UUID], tmp_path: Path
) -> None:
    mail = _plan(database, departments["engineering"])
    digest.send(database, Post.of(Settings(home=tmp_path)), mail)
    assert (_mail(database, mail).state, _mail(database, mail).error) == ("pending", "smtp_unset")


def test_a_mail_that_is_in_no_job_goes_back_into_the_queue(
    database: Database, departments: dict[str, UUID]
) -> None:
    _plan(database, departments["engineering"])
    with database.session() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    with database.session() as session:
        assert jobs.sweep(session) >= 1
        assert jobs.sweep(session) == 0


@pytest.mark.parametrize(
    ("calendar", "moment", "expected"),
    [
        (Calendar(hour=7, zone="UTC"), "2026-03-02T06:59:00", "2026-03-02T07:00:00"),
        (Calendar(hour=7, zone="UTC"), "2026-03-02T07:00:00", "2026-03-03T07:00:00"),
        (Calendar(hour=7, zone="Europe/Berlin"), "2026-03-28T12:00:00", "2026-03-29T05:00:00"),
        (Calendar(hour=7, zone="Europe/Berlin"), "2026-03-27T12:00:00", "2026-03-28T06:00:00"),
        (Calendar(hour=9, zone="UTC", weekday=0), "2026-03-02T10:00:00", "2026-03-09T09:00:00"),
        (Calendar(hour=1, zone="Asia/Tokyo", weekday=0), "2026-03-01T10:00:00", "2026-03-01T16:00"),
    ],
)
def test_a_calendar_goes_by_the_clock_of_its_zone(
    calendar: Calendar, moment: str, expected: str
) -> None:
    found = calendar.after(datetime.fromisoformat(moment + "+00:00"))
    assert found == datetime.fromisoformat(expected + "+00:00")


def test_what_customers_write_is_no_markup() -> None:
    entry = Entry(name="*lid*", note="open", url="/v1/x", quotes=("<script>\n# [a](b)",))
    found = Digest(title="A & B", since=NOW, until=NOW, parts={"New": (entry,), "Old": ()})
    assert "<script>" not in html(found)
    assert "A &amp; B" in html(found)
    written = markdown(found)
    assert r"\*lid\*" in written
    assert r"> \<script\> \# \[a\](b)" in written
    assert "Old" not in written


def test_a_digest_over_the_api(client: TestClient, departments: dict[str, UUID]) -> None:
    url = f"/v1/departments/{departments['engineering']}/digest"
    answer = client.get(url)
    assert answer.headers["content-type"].startswith("text/markdown")
    assert "leaks" in answer.text
    assert "manual" not in answer.text
    page = client.get(url, params={"format": "html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "leaks" in page.text
    assert client.get(url, params={"since": "2999-01-01T00:00:00Z"}).status_code == 422
    assert client.get(f"/v1/departments/{new_id()}/digest").status_code == 404


def test_digests_are_made_changed_and_deleted(
    client: TestClient, departments: dict[str, UUID]
) -> None:
    body = {
        "department": str(departments["support"]),
        "recipients": ["support@example.com"],
        "weekday": 4,
        "time_zone": "Europe/Berlin",
    }
    made = client.post("/v1/digests", json=body)
    assert made.status_code == 201, made.text
    url = made.headers["location"]
    assert datetime.fromisoformat(made.json()["next_at"]) > NOW
    for bad in ({"weekday": None}, {"time_zone": "Mars/One"}, {"recipients": ["a@b\r\nBcc: c"]}):
        assert client.post("/v1/digests", json={**body, **bad}).status_code == 422, bad
    query = {"department": str(body["department"])}
    listed = client.get("/v1/digests", params=query).json()["data"]
    assert [row["id"] for row in listed] == [made.json()["id"]]
    off = client.patch(url, json={"enabled": False}, headers={"If-Match": '"1"'})
    assert (off.json()["enabled"], off.headers["etag"]) == (False, '"2"')
    assert client.get(url + "/mails").json()["data"] == []
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404

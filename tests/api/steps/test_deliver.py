"""Deliver: at least once, under one id, with one body; retried, dead, replayed, switched off."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session
from standardwebhooks.webhooks import Webhook

from api import jobs
from api.push import signing
from api.push.sender import Outcome, Sender
from api.push.vault import Vault
from api.settings import networks
from api.steps.deliver import LONGEST_WAIT, WAITS, Courier, Round, wait_before
from api.store import deliveries, events, webhooks
from api.store.database import Database
from api.store.department_tables import DepartmentRow, EventRow
from api.store.push_tables import DeliveryRow, WebhookRow
from tests.api.receiver import Receiver, receiving
from tests.conftest import NewDatabase

SECRET = signing.new_secret()
VAULT = Vault("one secret of an installation, long enough")


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def database(new_database: NewDatabase, receiver: Receiver) -> Database:
    receiver.got.clear()
    receiver.answers.clear()
    return new_database()


@pytest.fixture
def courier(database: Database) -> Courier:
    sender = Sender(allow_http=True, allowed=networks("127.0.0.0/8"), seconds=5)
    return Courier(database=database, sender=sender, vault=lambda: VAULT)


def _webhook(session: Session, url: str, **values: object) -> UUID:
    row = webhooks.create(session, {"url": url, "secret": VAULT.locked(SECRET), **values})
    return row.id


def _only(database: Database) -> DeliveryRow:
    with database.session() as session:
        (row,) = session.scalars(select(DeliveryRow)).all()
        return row


def _due_now(database: Database) -> None:
    with database.session() as session:
        session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.state == "pending")
            .values(due_at=datetime.now(UTC))
        )


def _queued(session: Session) -> list[str]:
    query = text("SELECT args ->> 'delivery' FROM procrastinate_jobs WHERE task_name = 'deliver'")
    return list(session.scalars(query))


def test_an_event_is_on_its_way_in_its_own_transaction(database: Database) -> None:
    with database.session() as session:
        departments = session.scalars(select(DepartmentRow.id)).all()
        ours, theirs = departments[:2]
        wanted = {
            _webhook(session, "https://a.example.com/"),
            _webhook(session, "https://b.example.com/", department_id=ours),
            _webhook(session, "https://c.example.com/", types=["item.opened", "item.grew"]),
        }
        _webhook(session, "https://d.example.com/", department_id=theirs)
        _webhook(session, "https://e.example.com/", types=["item.grew"])
        off = {"enabled": False, "disabled_reason": "person"}
        _webhook(session, "https://f.example.com/", **off)
    with database.session() as session:
        event = events.emit(session, "item.opened", {"item": "1"}, department=ours)
    with database.session() as session:
        rows = session.scalars(select(DeliveryRow)).all()
        assert {row.webhook_id for row in rows} == wanted
        assert {row.event_id for row in rows} == {event}
        assert sorted(_queued(session)) == sorted(str(row.id) for row in rows)
    with Session(database._engine) as session:
        events.emit(session, "item.opened", {}, department=None)
        session.rollback()
    with database.session() as session:
        assert len(session.scalars(select(DeliveryRow)).all()) == len(wanted)


def test_it_is_sent_signed_and_thin(
    database: Database, courier: Courier, receiver: Receiver
) -> None:
    with database.session() as session:
        _webhook(session, receiver.url)
        event = events.emit(session, "item.opened", {"item": "1", "n": 2}, department=None)
    row = _only(database)
    asyncio.run(Round(courier).deliver(row.id))
    (got,) = receiver.got
    said = Webhook(SECRET).verify(got.body, dict(got.headers))
    assert said["type"] == "item.opened"
    assert said["data"] == {"item": "1", "n": 2, "department": None}
    assert datetime.fromisoformat(said["timestamp"]).tzinfo is not None
    assert got.headers["webhook-id"] == str(event)
    row = _only(database)
    assert (row.state, row.tries, row.status, row.error) == ("delivered", 1, 204, None)
    asyncio.run(Round(courier).deliver(row.id))
    assert len(receiver.got) == 1, "what is done is not done again"


def test_a_try_that_fails_is_repeated_with_the_same_body(
    database: Database, courier: Courier, receiver: Receiver
) -> None:
    with database.session() as session:
        webhook = _webhook(session, receiver.url)
        events.emit(session, "item.opened", {"b": 1, "a": {"y": 1, "x": 2}}, department=None)
    receiver.answers[:] = [(500, {})] * 2
    id = _only(database).id
    for _ in range(3):
        _due_now(database)
        asyncio.run(Round(courier).deliver(id))
    assert len(set(receiver.ids)) == 1
    assert len({got.body for got in receiver.got}) == 1
    with database.session() as session:
        tries = deliveries.tries(session, id)
        assert [(one.number, one.status, one.error) for one in tries] == [
            (1, 500, "status"),
            (2, 500, "status"),
            (3, 204, None),
        ]
        row = webhooks.get(session, webhook)
        assert row is not None
        assert row.failing_since is None


def test_after_three_days_it_is_dead_until_it_is_replayed(
    database: Database, courier: Courier, receiver: Receiver
) -> None:
    with database.session() as session:
        webhook = _webhook(session, receiver.url)
        events.emit(session, "item.opened", {}, department=None)
    receiver.answers[:] = [(500, {})] * (len(WAITS) + 1)
    id = _only(database).id
    for _ in range(len(WAITS) + 3):
        _due_now(database)
        asyncio.run(Round(courier).deliver(id))
    assert len(receiver.got) == len(WAITS) + 1
    assert _only(database).state == "dead"
    with database.session() as session:
        late = datetime.now(UTC) + timedelta(minutes=1)
        assert deliveries.replay_dead(session, webhook, since=late) == 0
        assert deliveries.replay_dead(session, webhook, since=late - timedelta(days=1)) == 1
    asyncio.run(Round(courier).deliver(id))
    assert _only(database).state == "delivered"
    assert len(set(receiver.ids)) == 1


def test_waits_grow_over_three_days_and_grant_what_a_receiver_asks_for() -> None:
    failed = Outcome(status=500, error="status")
    waits = [wait_before(tries, failed, draw=0.5) for tries in range(1, len(WAITS) + 1)]
    assert waits == list(WAITS)
    assert timedelta(days=3) < timedelta(seconds=sum(WAITS)) < timedelta(days=3.5)
    assert wait_before(len(WAITS) + 1, failed, draw=0.5) is None
    assert wait_before(1, failed, draw=0.0) != wait_before(1, failed, draw=1.0)
    asked = Outcome(status=503, error="status", retry_after=1_000)
    assert wait_before(1, asked, draw=0.5) == 1_000
    assert wait_before(3, asked, draw=0.5) == WAITS[2]
    greedy = Outcome(status=429, error="status", retry_after=10**9)
    assert wait_before(1, greedy, draw=0.5) == LONGEST_WAIT


def test_who_is_gone_is_sent_nothing_more(
    database: Database, courier: Courier, receiver: Receiver
) -> None:
    with database.session() as session:
        webhook = _webhook(session, receiver.url)
        for number in range(2):
            events.emit(session, "item.opened", {"n": number}, department=None)
        ids = session.scalars(select(DeliveryRow.id).order_by(DeliveryRow.id)).all()
    receiver.answers[:] = [(410, {})]
    for id in ids:
        asyncio.run(Round(courier).deliver(id))
    assert len(receiver.got) == 1
    with database.session() as session:
        row = webhooks.get(session, webhook)
        assert row is not None
        assert (row.enabled, row.disabled_reason) == (False, "gone")
        dead = session.scalars(select(DeliveryRow).order_by(DeliveryRow.id)).all()
        assert [(one.state, one.error) for one in dead] == [("dead", "gone"), ("dead", "disabled")]
        told = session.scalars(select(EventRow.data).where(EventRow.type == "webhook.disabled"))
        assert [data["reason"] for data in told] == ["gone"]


@pytest.mark.parametrize(("days", "enabled"), [(4, True), (6, False)])
def test_who_fails_for_five_days_is_switched_off(
    database: Database, courier: Courier, receiver: Receiver, days: int, enabled: bool
) -> None:
    since = datetime.now(UTC) - timedelta(days=days)
    with database.session() as session:
        webhook = _webhook(session, receiver.url, failing_since=since)
        events.emit(session, "item.opened", {}, department=None)
    receiver.answers[:] = [(500, {})]
    asyncio.run(Round(courier).deliver(_only(database).id))
    with database.session() as session:
        row = webhooks.get(session, webhook)
        assert row is not None
        assert row.enabled is enabled


def test_both_secrets_sign_while_they_overlap(
    database: Database, courier: Courier, receiver: Receiver
) -> None:
    new = signing.new_secret()
    with database.session() as session:
        webhook = _webhook(session, receiver.url)
        row = webhooks.get(session, webhook, lock=True)
        assert row is not None
        until = datetime.now(UTC) + timedelta(hours=1)
        webhooks.rotate(session, row, VAULT.locked(new), until=until)
        events.emit(session, "item.opened", {}, department=None)
    id = _only(database).id
    asyncio.run(Round(courier).deliver(id))
    for secret in (SECRET, new):
        Webhook(secret).verify(receiver.got[0].body, dict(receiver.got[0].headers))
    with database.session() as session:
        session.execute(update(WebhookRow).values(old_until=datetime.now(UTC)))
        deliveries.replay(session, webhook, id=id)
    asyncio.run(Round(courier).deliver(id))
    assert " " not in receiver.got[1].headers["webhook-signature"]


def test_a_receiver_that_hangs_holds_up_no_other(
    database: Database, courier: Courier, receiver: Receiver
) -> None:
    with database.session() as session:
        hangs = _webhook(session, receiver.url + "/hang")
        for number in range(9):
            events.emit(session, "item.opened", {"n": number}, department=None)
        works = _webhook(session, receiver.url)
        events.emit(session, "item.grew", {}, department=None)
        rows = session.execute(select(DeliveryRow.id, DeliveryRow.webhook_id)).all()
    quick = [id for id, webhook in rows if webhook == works]
    slow = [id for id, webhook in rows if webhook == hangs]

    async def all_at_once() -> None:
        turn = Round(courier)
        waiting = [asyncio.create_task(turn.deliver(id)) for id in slow]
        await turn.deliver(quick[0])
        assert [one.path for one in receiver.got].count("/") == 1
        receiver.released.set()
        await asyncio.gather(*waiting)

    asyncio.run(all_at_once())
    with database.session() as session:
        states = session.scalars(
            select(DeliveryRow.state).where(DeliveryRow.webhook_id == hangs)
        ).all()
        assert states.count("delivered") == 4
        assert states.count("pending") == len(slow) - 4, "they wait in line, without a try"
        tries = select(DeliveryRow.tries).where(DeliveryRow.state == "pending")
        assert set(session.scalars(tries)) == {0}


def test_what_is_in_no_job_goes_back_into_the_queue(database: Database) -> None:
    with database.session() as session:
        _webhook(session, "https://a.example.com/")
        events.emit(session, "item.opened", {}, department=None)
        session.execute(text("DELETE FROM procrastinate_jobs"))
    with database.session() as session:
        assert jobs.sweep(session) == 1
        assert jobs.sweep(session) == 0
        assert _queued(session) == [str(_only(database).id)]


def test_a_webhook_that_is_deleted_takes_its_deliveries_along(
    database: Database, courier: Courier, receiver: Receiver
) -> None:
    with database.session() as session:
        _webhook(session, receiver.url)
        events.emit(session, "item.opened", {}, department=None)
    due = courier.due(_only(database).id)
    assert due is not None
    with database.session() as session:
        session.execute(delete(WebhookRow))
    outcome = asyncio.run(courier.send(due))
    assert courier.record(due, outcome) is None


def test_no_log_tells_a_secret(
    database: Database, receiver: Receiver, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    sender = Sender(allow_http=True, allowed=networks("127.0.0.0/8"))
    other = Courier(database=database, sender=sender, vault=lambda: Vault("another secret" * 3))
    with database.session() as session:
        _webhook(session, receiver.url)
        events.emit(session, "item.opened", {}, department=None)
    asyncio.run(Round(other).deliver(_only(database).id))
    row = _only(database)
    assert (row.state, row.error) == ("pending", "secret")
    assert "CONDUIT_SECRET_KEY" in caplog.text
    assert SECRET not in caplog.text
    assert json.dumps(SECRET)[1:-1] not in caplog.text

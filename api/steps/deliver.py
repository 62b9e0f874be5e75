"""Deliver: events to webhooks, at least once, always under the same id and with the same body.

A try that fails is repeated after the waits of Standard Webhooks' example, spread a little, over
three days; then the delivery is dead until somebody replays it. No transaction is open while a
receiver is waited for.
"""

import asyncio
import json
import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from api.errors import SecretKeyMissing
from api.push import signing
from api.push.sender import Outcome, Sender
from api.push.vault import Vault
from api.settings import Settings, networks
from api.store import deliveries, events, webhooks
from api.store.database import Database
from api.store.deliveries import Due, Try
from api.store.department_tables import EventRow
from api.store.push_tables import DeliveryRow, WebhookRow

log = logging.getLogger(__name__)

WAITS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds before each further try: the example of Standard Webhooks, three days and three hours."""

SPREAD = 0.1
"""Waits are this share longer or shorter, so that what failed together does not return together."""

LONGEST_WAIT = 86_400
"""Seconds that a receiver may ask to be left alone for; more is not granted."""

FAILING = timedelta(days=5)
"""Every try failed for this long: then the webhook is switched off, and an event says so."""

IN_FLIGHT = 4
"""Deliveries to one webhook at a time; to one that fails only one, so that it holds up no other."""


def sender_of(settings: Settings) -> Sender:
    """What sends, as the settings allow it."""
    return Sender(
        allow_http=settings.webhooks_allow_http, allowed=networks(settings.webhooks_allow_private)
    )


def body_of(event: EventRow) -> bytes:
    """What is sent of an event: the same bytes at each try.

    Thin: ids, states and numbers. Who wants the words asks for them at `url`, with a key.
    """
    department = None if event.department_id is None else str(event.department_id)
    said = {
        "type": event.type,
        "timestamp": event.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "data": {"department": department, **event.data},
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def wait_before(tries: int, outcome: Outcome, *, draw: float) -> float | None:
    """Seconds until the next try, or None where there is none.

    Args:
        tries: that there were, this one included.
        outcome: of this one.
        draw: from 0 to 1, by which the wait is spread.
    """
    if tries > len(WAITS):
        return None
    wait = WAITS[tries - 1] * (1 - SPREAD + 2 * SPREAD * draw)
    return max(wait, min(outcome.retry_after or 0, LONGEST_WAIT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """Brings deliveries to their receivers.

    Attributes:
        database: where they are.
        sender: sends.
        vault: gives what opens secrets; may raise `SecretKeyMissing`.
    """

    database: Database
    sender: Sender
    vault: Callable[[], Vault]

    @classmethod
    def of(cls, settings: Settings, database: Database) -> "Courier":
        """The one that the settings tell."""
        return cls(database=database, sender=sender_of(settings), vault=lambda: Vault.of(settings))

    def due(self, id: UUID) -> Due | None:
        """A delivery that is to be tried now, or None."""
        with self.database.session() as session:
            return deliveries.due(session, id)

    async def send(self, due: Due) -> Outcome:
        """Tries a delivery once; writes nothing down."""
        try:
            opened = self._secrets(due.webhook)
        except SecretKeyMissing as error:
            log.error("a webhook is not sent: %s", error)
            return Outcome(status=None, error="secret")
        body = body_of(due.event)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Conduit-Webhooks/1.0",
            **signing.headers(opened, id=str(due.event.id), timestamp=int(time.time()), body=body),
        }
        return await self.sender.send(due.webhook.url, headers, body)

    def _secrets(self, webhook: WebhookRow) -> list[str]:
        """Those to sign with, the newest first."""
        vault = self.vault()
        found = [vault.opened(webhook.secret)]
        overlaps = webhook.old_until is not None and webhook.old_until > datetime.now(UTC)
        if webhook.old_secret is not None and overlaps:
            found.append(vault.opened(webhook.old_secret))
        return found

    def record(self, due: Due, outcome: Outcome) -> DeliveryRow | None:
        """Writes down what became of a try, and what follows from it."""
        with self.database.session() as session:
            # First the webhook, then the delivery: in the order in which deleting takes them.
            webhook = webhooks.get(session, due.webhook.id, lock=True)
            if webhook is None:
                return None
            tried = due.delivery.round_tries + 1
            wait = wait_before(tried, outcome, draw=random.random())  # noqa: S311 - no secret
            if outcome.error is None:
                webhooks.works(session, webhook)
            elif outcome.error != "disabled":
                webhooks.fails(session, webhook)
                if webhook.enabled and (reason := _given_up(webhook, outcome)) is not None:
                    self._disable(session, webhook, reason)
            if not webhook.enabled or outcome.error is None:
                wait = None
            return deliveries.record(session, due.delivery.id, _try(outcome, wait))

    @staticmethod
    def _disable(session: Session, webhook: WebhookRow, reason: str) -> None:
        webhooks.disable(session, webhook, reason)
        log.warning("webhook %s is switched off: %s", webhook.id, reason)
        events.emit(
            session,
            "webhook.disabled",
            {
                "webhook": str(webhook.id),
                "reason": reason,
                "url": f"/v1/webhooks/{webhook.id}",
            },
            department=webhook.department_id,
        )

    def test(self, webhook: UUID) -> UUID | None:
        """Sends an event that says nothing to one webhook, once; to be called in a thread.

        Returns:
            The delivery's id, or None where the webhook is gone.
        """
        with self.database.session() as session:
            row = webhooks.get(session, webhook)
            if row is None:
                return None
            _, delivery = events.emit_test(session, webhook, department=row.department_id)
        due = self.due(delivery)
        if due is None:
            return None
        outcome = asyncio.run(self.send(due))
        with self.database.session() as session:
            # A person looks at what became of it: it is not tried again, and counts for nothing.
            deliveries.record(session, delivery, _try(outcome, None))
        return delivery


def _given_up(webhook: WebhookRow, outcome: Outcome) -> str | None:
    """Why a webhook is switched off, or None where it is not."""
    if outcome.error == "gone":
        return "gone"
    since = webhook.failing_since
    return "failing" if since is not None and datetime.now(UTC) - since >= FAILING else None


def _try(outcome: Outcome, wait: float | None) -> Try:
    return Try(
        status=outcome.status,
        error=outcome.error,
        milliseconds=outcome.milliseconds,
        due=None if wait is None else datetime.now(UTC) + timedelta(seconds=wait),
    )


class Round:
    """The deliveries that one worker is at: many at a time, few to one receiver."""

    def __init__(self, courier: Courier) -> None:
        """Take up nothing yet."""
        self._courier = courier
        self._in_flight: Counter[UUID] = Counter()

    async def deliver(self, id: UUID) -> None:
        """Tries a delivery once, unless it is done, or its receiver has enough to do."""
        due = await asyncio.to_thread(self._courier.due, id)
        if due is None:
            return
        webhook = due.webhook
        if not webhook.enabled:
            outcome = Outcome(status=None, error="disabled")
            await asyncio.to_thread(self._courier.record, due, outcome)
            return
        failing = webhook.failing_since is not None
        if self._in_flight[webhook.id] >= (1 if failing else IN_FLIGHT):
            await asyncio.to_thread(self._postpone, id, failing=failing)
            return
        self._in_flight[webhook.id] += 1
        try:
            outcome = await self._courier.send(due)
            await asyncio.to_thread(self._courier.record, due, outcome)
        finally:
            self._in_flight[webhook.id] -= 1

    def _postpone(self, id: UUID, *, failing: bool) -> None:
        """Looks again in a moment: a wait in line is no try."""
        low, high = (20.0, 60.0) if failing else (0.5, 3.0)
        seconds = random.uniform(low, high)  # noqa: S311 - no secret
        with self._courier.database.session() as session:
            deliveries.postpone(session, id, at=datetime.now(UTC) + timedelta(seconds=seconds))

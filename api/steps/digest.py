"""Digests: what happened in a department's inbox, planned by its calendar and sent by mail once.

The text is made when it is sent, through a session that is narrowed to the department, and is not
stored: what was erased meanwhile stands in no digest, and no digest shows another's words.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api.push.digest_text import Digest, Entry, html, markdown
from api.push.mail import Letter, MailFailed, Post
from api.store import digest_reads, digests
from api.store.database import Database
from api.store.inbox_tables import ItemRow
from api.store.push_tables import DigestMailRow, DigestRow
from api.store.view import View

log = logging.getLogger(__name__)

MOST = 10
"""Entries of each part."""

WAITS = (60, 300, 1_800, 7_200, 21_600)
"""Seconds before each further try; then the mail is given up."""

LEASE = timedelta(minutes=10)
"""How long a mail is left to who sends it, before another does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When a digest is sent.

    Attributes:
        hour: of the day, 0 to 23, by the clock of the zone.
        zone: name in the IANA time zone database.
        weekday: Monday is 0; None for each day.
    """

    hour: int
    zone: str
    weekday: int | None = None

    def after(self, moment: datetime) -> datetime:
        """The first time after a moment, in UTC; an hour that the clock leaves out is the next."""
        local = moment.astimezone(ZoneInfo(self.zone))
        day = local.replace(hour=self.hour, minute=0, second=0, microsecond=0, fold=0)
        for _ in range(9):
            found = day.astimezone(UTC)
            if found > moment and self.weekday in {None, day.weekday()}:
                return found
            day = (day + timedelta(days=1)).replace(hour=self.hour)
        raise AssertionError("a week has every weekday")

    def before(self, moment: datetime) -> datetime:
        """When the period began that ends at a moment."""
        days = 1 if self.weekday is None else 7
        zone = ZoneInfo(self.zone)
        return (moment.astimezone(zone) - timedelta(days=days)).astimezone(UTC)


def calendar_of(row: DigestRow) -> Calendar:
    """When a digest is sent."""
    return Calendar(hour=row.hour, zone=row.time_zone, weekday=row.weekday)


def gather(session: Session, department: UUID, since: datetime, until: datetime) -> Digest | None:
    """What a digest tells, or None where the department is gone.

    Args:
        session: narrowed to the department.
        department: whose.
        since: when the period began.
        until: when it ended.
    """
    title = digest_reads.title(session, department)
    if title is None:
        return None
    opened = digest_reads.came(session, "opened", since, until, limit=MOST)
    reopened = digest_reads.came(session, "reopened", since, until, limit=MOST)
    late = digest_reads.overdue(session, until, limit=MOST)
    rows = {row.id: row for row in (*opened, *reopened, *late)}
    themes = [row.theme_id for row in rows.values() if row.theme_id is not None]
    names = digest_reads.names(session, themes)
    quotes = digest_reads.quotes(session, list(rows.values()))

    def entry(row: ItemRow) -> Entry:
        name = names.get(row.theme_id) if row.theme_id is not None else None
        due = "" if row.due_at is None else f", due {row.due_at:%Y-%m-%d}"
        return Entry(
            name=name or row.category.replace("_", " "),
            note=f"{row.state}, {row.findings:,} findings in {row.interactions:,} "
            f"interactions{due}",
            url=f"/v1/inbox/{row.id}",
            quotes=tuple(quotes[row.id]),
        )

    return Digest(
        title=title,
        since=since,
        until=until,
        parts={
            "New": tuple(entry(row) for row in opened),
            "Reported again": tuple(entry(row) for row in reopened),
            "Overdue": tuple(entry(row) for row in late),
            "Growing": _growing(session, since, until),
            "Alerts": _alerts(session, since, until),
        },
    )


def _growing(session: Session, since: datetime, until: datetime) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            name=name,
            note=f"{now:,} interactions, {before:,} in the period before",
            url=f"/v1/themes/{id}",
        )
        for id, name, now, before in digest_reads.growing(session, since, until, limit=MOST)
    )


def _alerts(session: Session, since: datetime, until: datetime) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            name=name,
            note=f"{alert.kind}, {alert.state}, {alert.peak:.1f} times the usual",
            url=f"/v1/alerts/{alert.id}",
        )
        for alert, name in digest_reads.alerts(session, since, until, limit=MOST)
    )


def plan(database: Database, *, now: datetime) -> None:
    """Plans a mail for each digest of which a period is over.

    After a standstill there is one mail, of the last period that is over.
    """
    with database.session() as session:
        for row in digests.due(session, now):
            calendar = calendar_of(row)
            since = calendar.before(row.next_at)
            digests.plan(session, row, since=since, next_at=calendar.after(now))


def send(database: Database, post: Post, id: UUID) -> None:
    """Sends a mail, unless it is sent; does nothing where another does."""
    with database.session() as session:
        mail = digests.take(session, id, lease=LEASE)
        digest = None if mail is None else digests.get(session, mail.digest_id)
    if mail is None or digest is None:
        return
    try:
        refused = post.send(_letter(database, digest, mail))
    except MailFailed as failed:
        wait = None if failed.lasting or mail.tries >= len(WAITS) else WAITS[mail.tries]
        due = None if wait is None else datetime.now(UTC) + timedelta(seconds=wait)
        log.warning("the digest %s could not be sent: %s", mail.id, failed.error)
        with database.session() as session:
            digests.failed(session, mail, failed.error, due=due)
        return
    with database.session() as session:
        digests.sent(session, mail, refused=refused)


def _letter(database: Database, digest: DigestRow, mail: DigestMailRow) -> Letter:
    """The mail of a period.

    Raises:
        MailFailed: the digest was switched off meanwhile.
    """
    with database.session(View(department=digest.department_id)) as session:
        found = gather(session, digest.department_id, mail.since, mail.until)
    if found is None or not digest.enabled:
        raise MailFailed("disabled", lasting=True)
    return Letter(
        id=str(mail.id),
        subject=f"{found.title}: what customers said, {found.period}",
        recipients=digest.recipients,
        at=mail.until,
        text=markdown(found),
        html=html(found),
    )

"""Keys for tests, and the service as it is where it asks for them."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from api.app import create_app
from api.auth import SCOPES
from api.callers import Callers
from api.store import keys
from api.store.database import Database
from api.store.department_tables import DepartmentRow
from tests.api.interactions import PlainRedactor, WordTeacher

BASE = "http://127.0.0.1"


def departments(database: Database) -> dict[str, UUID]:
    """The departments by their names."""
    with database.session() as session:
        return dict(session.execute(select(DepartmentRow.name, DepartmentRow.id)).all())


def make_key(
    database: Database,
    *,
    scopes: Collection[str] = SCOPES,
    department: UUID | None = None,
    expires: datetime | None = None,
    name: str = "a test's",
) -> str:
    """A whole key."""
    wanted = keys.NewKey(name=name, scopes=scopes, department=department, expires=expires)
    with database.session() as session:
        return keys.create(session, wanted)[1]


def bearer(key: str) -> dict[str, str]:
    """The header that a key is sent in."""
    return {"Authorization": f"Bearer {key}"}


@contextmanager
def asking(app: FastAPI, database: Database, **changes: Any) -> Iterator[TestClient]:
    """The service over the same database, asking for keys, and looking each up anew."""
    settings = app.state.context.settings.model_copy(update={"auth": "keys", **changes})
    keyed = create_app(settings, database, redactor=PlainRedactor(), teacher=WordTeacher())
    keyed.state.callers = Callers(database, asks_for_keys=True, seconds=0)
    with TestClient(keyed, base_url=BASE) as found:
        yield found

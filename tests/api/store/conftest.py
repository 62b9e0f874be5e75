"""A transaction in which tests of constraints try what is forbidden."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from api.store.database import Database


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A transaction in which one move is tried."""
    with Session(database._engine) as session:
        yield session
        session.rollback()

"""How tests of constraints look at what the database refuses."""

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session


def refused(session: Session, statement: Any, *, by: str) -> None:
    """Tries a statement, and looks at which constraint said no."""
    with pytest.raises(IntegrityError, match=rf'"{by}"'):
        session.execute(statement)

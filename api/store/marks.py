"""In which transaction a row last changed: what an export by watermark goes by."""

from sqlalchemy import BigInteger, text
from sqlalchemy.orm import Mapped, mapped_column

CURRENT = text("((pg_current_xact_id())::text)::bigint")
"""The transaction that runs, as a number that only grows."""


class Marked:
    """A row that says when it last changed; triggers of migration 0010 keep it true."""

    # The number of the transaction; 0 for what was there before there were marks.
    changed_in: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT)

"""Every error that the store raises on purpose.

```
StoreError                  the database cannot be used
├── DatabaseUnreachable     nobody answers at its address
├── DatabaseBusy            another transaction was in the way: the same again may succeed
├── DatabaseUnfit           it answers, and lacks what the service needs
└── EmbeddedFailed          the embedded database does not start
```

Messages never carry the password of an address.
"""

from nlp.errors import ConduitError


class StoreError(ConduitError):
    """The database cannot be used."""

    code = "store"


class DatabaseUnreachable(StoreError):
    """Nobody answers at its address, or refuses us."""

    code = "database_unreachable"


class DatabaseBusy(StoreError):
    """Another transaction was in the way: nothing is written, and the same again may succeed."""

    code = "database_busy"


class DatabaseUnfit(StoreError):
    """It answers, and lacks what the service needs: the version, pgvector, the right to make it."""

    code = "database_unfit"


class EmbeddedFailed(StoreError):
    """The embedded database does not start."""

    code = "embedded_failed"

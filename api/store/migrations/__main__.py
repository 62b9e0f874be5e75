"""Writes the next revision: `python -m api.store.migrations "what changes"`.

It compares `api.store.tables` with what the revisions so far make of an empty database.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command

from api.store.database import Database, alembic_config
from api.store.embedded import Embedded

with tempfile.TemporaryDirectory() as folder, Embedded(Path(folder)) as embedded:
    database = Database(embedded.url)
    database.upgrade()
    with database.session() as session:
        config = alembic_config(session.connection())
        command.revision(config, " ".join(sys.argv[1:]) or "unnamed", autogenerate=True)
    database.close()

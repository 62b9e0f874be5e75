"""The script of docs/exports.md keeps a copy that is the same as what is there."""

import json
import re
import sqlite3
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from api.steps.mine import mine
from api.store.database import Database
from tests.api.interactions import WordMiner

GUIDE = Path(__file__).parents[3] / "docs" / "exports.md"


def test_the_copy_of_the_guide_stays_up_to_date(live: str, database: Database) -> None:
    (script,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {"__name__": "guide"}
    exec(script, names)  # noqa: S102 - our own guide
    copy = sqlite3.connect(":memory:")
    service = f"http://{live}"

    def synced() -> dict[str, Any]:
        names["sync"](service, copy)
        rows = [json.loads(row) for (row,) in copy.execute("SELECT row FROM findings")]
        return {row["id"]: row["interaction"] for row in rows}

    def there() -> dict[str, Any]:
        found = httpx.get(f"{service}/v1/findings", params={"limit": 200}).json()["data"]
        return {row["id"]: row["interaction"] for row in found}

    ids = []
    for number in range(3):
        turns = [{"speaker": "customer", "text": f"Kettle {number} leaks."}]
        ids.append(httpx.post(f"{service}/v1/interactions", json={"turns": turns}).json()["id"])
        mine(database, WordMiner(), [UUID(ids[-1])])
        assert synced() == there()
    assert set(there().values()) == set(ids)
    httpx.delete(f"{service}/v1/interactions/{ids[1]}")
    assert synced() == there()
    assert ids[1] not in there().values()

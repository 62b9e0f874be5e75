"""Named examples of exports for the API's reference."""

import json
from typing import Any

from api.routes import examples

_ROW: dict[str, Any] = {
    "change": "upsert",
    **{name: value for name, value in examples.FINDING.items() if name != "created_at"},
    "created_at": "2026-03-02T09:31:07.412000Z",
    "happened_at": "2026-03-02T09:15:00Z",
    "channel": "call",
    "product": "Aria 3 router",
}
_GONE = {"change": "erased", "id": "0f6b1c1c-9a44-5d0e-8b51-2f0a6f0b7c11"}
LINES = "".join(json.dumps(row) + "\n" for row in (_ROW, _GONE))

EXPORT: dict[str, Any] = {
    "description": "A file, streamed",
    "headers": {
        "Conduit-Watermark": {
            "description": "Pass it as `since` next time.",
            "schema": {"type": "string"},
        }
    },
    "content": {
        "application/x-ndjson": {
            "schema": {"type": "string"},
            "examples": {"findings": {"summary": "Findings as JSON Lines", "value": LINES}},
        },
        "text/csv": {
            "schema": {"type": "string"},
            "examples": {
                "themes": {
                    "summary": "Themes as CSV (the first columns)",
                    "value": "change,id,scope,name\r\n"
                    "upsert,0199aa14-9c3b-7e10-8a44-2b7d1f0c6e35,product_defect,drops the line\r\n",
                }
            },
        },
        "application/vnd.apache.parquet": {
            "schema": {"type": "string", "format": "binary"},
            "examples": {
                "findings": {"summary": "How every Parquet file begins and ends", "value": "PAR1"}
            },
        },
    },
}

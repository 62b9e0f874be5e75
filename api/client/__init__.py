"""The typed Python client: one file that anybody may copy, written from the OpenAPI document.

`core` is what every operation goes through, `types` and `writer` turn the document into source.
Together they are `conduit_client.py`, which the service hands out at `/client/conduit_client.py`
and our own tests speak through.
"""

from pathlib import Path

CLIENT = Path(__file__).parent / "conduit_client.py"

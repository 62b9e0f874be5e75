"""A chat endpoint that really listens, on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from api.steps.reword import Endpoint


class Chat(HTTPServer):
    """An endpoint that answers what it is told to, and keeps what it was asked."""

    answer: tuple[int, bytes] = (200, b"")
    asked: list[tuple[str, str | None, dict[str, Any]]]

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens."""
        return Endpoint(f"http://127.0.0.1:{self.server_port}/v1/", "some-model", "a key")

    def says(self, words: str) -> None:
        """Answers with these words."""
        body = {"choices": [{"message": {"content": words}}]}
        self.answer = (200, json.dumps(body).encode())


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Chat)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.asked.append((self.path, self.headers.get("Authorization"), body))
        status, answer = server.answer
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def listening() -> Iterator[Chat]:
    """The endpoint, while it listens."""
    server = Chat(("127.0.0.1", 0), _Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""The web process takes connections so that the others beside it get some too."""

import asyncio
import gc
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import Receive, Scope, Send

from api.store.database import Database
from api.streams import Streams
from api.web import Server

CLIENTS = 12


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


def server_of(database: Database) -> Server:
    """As `uvicorn.Server.serve` prepares one."""
    config = uvicorn.Config(hello, lifespan="off", log_config=None)
    config.load()
    server = Server(config, Streams(database, most=1))
    server.lifespan = config.lifespan_class(config)
    return server


@contextmanager
def connected(listener: socket.socket, number: int) -> Iterator[list[socket.socket]]:
    found = [socket.create_connection(listener.getsockname()) for _ in range(number)]
    try:
        yield found
    finally:
        for one in found:
            one.close()


async def shares(database: Database) -> list[int]:
    """Connections that each of two servers has, of some that come at once; all are answered."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        servers = [(server_of(database), listener.dup()) for _ in range(2)]
        for server, own in servers:
            await server.startup([own])
        with connected(listener, CLIENTS) as clients:
            for client in clients:
                client.setblocking(False)
                await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            for client in clients:
                answer = await asyncio.wait_for(loop.sock_recv(client, 1_000), timeout=10)
                assert answer.startswith(b"HTTP/1.1 200")
            found = [len(server.server_state.connections) for server, _ in servers]
        for server, own in servers:
            await server.shutdown([own])
    return found


def test_connections_that_come_at_once_are_shared_out(database: Database) -> None:
    first, second = asyncio.run(shares(database))
    assert first + second == CLIENTS
    assert min(first, second) >= CLIENTS // 3


def test_what_was_loaded_is_not_looked_at_by_the_collector(database: Database) -> None:
    async def started() -> int:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = server_of(database)
            await server.startup([listener])
            found = gc.get_freeze_count()
            await server.shutdown([listener])
        return found

    gc.unfreeze()
    try:
        assert asyncio.run(started()) > 10_000
    finally:
        gc.unfreeze()

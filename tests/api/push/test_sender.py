"""One try: where it goes, what it follows and what it makes of every answer."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from api.push.sender import Outcome, Resolve, Sender
from api.settings import networks
from tests.api.receiver import Receiver, receiving

LOCAL = networks("127.0.0.0/8")


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def names(*answers: Sequence[str]) -> Resolve:
    """A resolver that gives one answer after the other, as a hostile name server does."""
    left = list(answers)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


def send(sender: Sender, url: str, body: bytes = b"{}") -> Outcome:
    return asyncio.run(sender.send(url, {"webhook-id": "one"}, body))


def test_it_sends_what_it_is_given(receiver: Receiver) -> None:
    sender = Sender(allow_http=True, allowed=LOCAL)
    found = send(sender, receiver.url + "/a?b=c", b'{"a":1}')
    assert (found.status, found.error) == (204, None)
    got = receiver.got[-1]
    assert (got.path, got.body) == ("/a?b=c", b'{"a":1}')
    assert got.headers["host"] == receiver.url.removeprefix("http://")
    assert got.headers["webhook-id"] == "one"


@pytest.mark.parametrize(
    ("status", "headers", "error", "retry_after"),
    [
        (200, {}, None, None),
        (404, {"retry-after": "9"}, "status", None),
        (410, {}, "gone", None),
        (429, {"retry-after": "120"}, "status", 120),
        (503, {"retry-after": "nonsense"}, "status", None),
        (500, {}, "status", None),
    ],
)
def test_what_an_answer_means(
    receiver: Receiver,
    status: int,
    headers: dict[str, str],
    error: str | None,
    retry_after: int | None,
) -> None:
    receiver.answers[:] = [(status, headers)]
    found = send(Sender(allow_http=True, allowed=LOCAL), receiver.url)
    assert (found.status, found.error, found.retry_after) == (status, error, retry_after)


def test_a_date_to_come_back_at(receiver: Receiver) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    receiver.answers[:] = [(503, {"retry-after": date})]
    found = send(Sender(allow_http=True, allowed=LOCAL), receiver.url)
    assert found.retry_after is not None
    assert 3500 < found.retry_after <= 3600


def test_no_redirect_is_followed(receiver: Receiver) -> None:
    before = len(receiver.got)
    receiver.answers[:] = [(307, {"location": receiver.url + "/inside"})]
    found = send(Sender(allow_http=True, allowed=LOCAL), receiver.url)
    assert (found.status, found.error) == (307, "redirect")
    assert [one.path for one in receiver.got[before:]] == ["/"]


def test_a_name_that_leads_inside_is_refused_after_it_was_resolved(receiver: Receiver) -> None:
    before = len(receiver.got)
    port = receiver.url.rpartition(":")[2]
    for answer in (["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], []):
        sender = Sender(allow_http=True, resolve=names(answer))
        found = send(sender, f"http://hooks.example.com:{port}/")
        assert (found.status, found.error) == (None, "address_refused"), answer
    assert len(receiver.got) == before


def test_a_name_that_changes_its_mind_is_asked_once(receiver: Receiver) -> None:
    """The address that was checked is the one that is connected to, under the name's Host."""
    port = receiver.url.rpartition(":")[2]
    resolve = names(["127.0.0.1"], ["10.0.0.1"])
    sender = Sender(allow_http=True, allowed=LOCAL, resolve=resolve)
    url = f"http://hooks.example.com:{port}/rebinding"
    assert send(sender, url).status == 204
    assert receiver.got[-1].headers["host"] == f"hooks.example.com:{port}"
    assert send(sender, url).error == "address_refused"


def test_the_next_address_is_tried_where_one_does_not_answer(receiver: Receiver) -> None:
    port = receiver.url.rpartition(":")[2]
    resolve = names(["::1", "127.0.0.1"])
    allowed = (*LOCAL, *networks("::1/128"))
    sender = Sender(allow_http=True, allowed=allowed, resolve=resolve)
    assert send(sender, f"http://hooks.example.com:{port}/").status == 204


def test_without_tls_nothing_is_sent_unless_it_is_allowed(receiver: Receiver) -> None:
    before = len(receiver.got)
    assert send(Sender(allowed=LOCAL), receiver.url).error == "address_refused"
    assert len(receiver.got) == before


def test_who_does_not_answer_is_left_after_a_while(receiver: Receiver) -> None:
    sender = Sender(allow_http=True, allowed=LOCAL, seconds=0.2)
    found = send(sender, receiver.url + "/hang")
    assert (found.status, found.error) == (None, "timeout")


def _serve(speak: Callable[[socket.socket], None]) -> tuple[int, threading.Thread]:
    listener = socket.create_server(("127.0.0.1", 0))

    def work() -> None:
        connection, _ = listener.accept()
        with connection, listener:
            connection.recv(65536)
            speak(connection)

    thread = threading.Thread(target=work)
    thread.start()
    return listener.getsockname()[1], thread


def test_what_goes_wrong_has_a_name() -> None:
    sender = Sender(allow_http=True, allowed=LOCAL)
    port, thread = _serve(lambda found: found.sendall(b"nonsense\r\n\r\n"))
    assert send(sender, f"http://127.0.0.1:{port}/").error == "protocol"
    thread.join()
    port, thread = _serve(lambda found: found.sendall(b"nonsense\r\n\r\n"))
    assert send(sender, f"https://127.0.0.1:{port}/").error == "tls"
    thread.join()
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert send(sender, f"http://127.0.0.1:{port}/").error == "connect"

    async def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    lost = Sender(allow_http=True, resolve=unknown)
    assert send(lost, "http://nowhere.example.com/").error == "unresolved"


def test_of_a_long_answer_little_is_read() -> None:
    def speak(connection: socket.socket) -> None:
        head = b"HTTP/1.1 200 OK\r\ncontent-length: 900000000\r\n\r\n"
        connection.sendall(head + b"x" * 20_000)
        connection.settimeout(5)
        try:
            while connection.recv(1024):
                pass
        except OSError:
            pass

    port, thread = _serve(speak)
    found = send(Sender(allow_http=True, allowed=LOCAL, seconds=5), f"http://127.0.0.1:{port}/")
    assert (found.status, found.error) == (200, None)
    thread.join()

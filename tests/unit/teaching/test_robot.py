"""The robot's client before a server that answers badly: bytes as they come over the wire."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.utils import formatdate

import pytest

from curation.teaching.robot import LONGEST_WAIT, RobotClient, RobotError

FINE = b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"a": "b"}'
STATE = b'HTTP/1.1 200 OK\r\n\r\ndata: {"picks": 1}\n\n'

Answering = Callable[..., RobotClient]


def refusal(status: int, *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status} X", *headers, "Content-Length: 0", "", "")
    return "\r\n".join(lines).encode()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that the client would have waited; it does not."""
    found: list[float] = []
    monkeypatch.setattr("curation.teaching.robot.time.sleep", found.append)
    return found


@pytest.fixture
def answering() -> Iterator[Answering]:
    """A client of a server that gives one of these answers after the other, and then none."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(20)  # a client that gives up asks for no more

    def give(answers: tuple[bytes, ...]) -> None:
        for answer in answers:
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

    threads = []

    def client(*answers: bytes) -> RobotClient:
        threads.append(threading.Thread(target=give, args=(answers,)))
        threads[0].start()
        port = listening.getsockname()[1]
        return RobotClient(f"http://127.0.0.1:{port}", "t", "s", attempts=len(answers))

    yield client
    threads[0].join()
    listening.close()


@pytest.mark.parametrize(
    "broken",
    [
        b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a":',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":',
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{",
        b"garbage\r\n\r\n",
        b"",
        b'HTTP/1.1 503 X\r\nContent-Length: 100\r\n\r\n{"message":',
    ],
)
def test_an_answer_cut_short_is_asked_for_again(
    answering: Answering, waits: list[float], broken: bytes
) -> None:
    assert answering(broken, broken, FINE).state() == {"a": "b"}
    assert len(waits) == 2


def test_an_answer_that_is_always_cut_short_is_told(
    answering: Answering, waits: list[float]
) -> None:
    with pytest.raises(RobotError, match=r"cut short .*garbage.* send it again") as failed:
        answering(b"garbage\r\n\r\n", b"garbage\r\n\r\n").state()
    assert (failed.value.status, len(waits)) == (0, 1)


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        ("7", 7, 7),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 1),
        ("Wed, 21 Oct 2150 07:28:00 GMT", LONGEST_WAIT, LONGEST_WAIT),
        ("86400", LONGEST_WAIT, LONGEST_WAIT),
        ("soon", 0, 1),
        ("-1", 0, 1),
    ],
)
def test_a_server_says_when_to_come_again(
    answering: Answering, waits: list[float], asked: str, least: float, most: float
) -> None:
    assert answering(refusal(503, f"Retry-After: {asked}"), FINE).state() == {"a": "b"}
    assert least <= waits[0] <= most


def test_a_server_says_until_when_to_wait(answering: Answering, waits: list[float]) -> None:
    date = formatdate(time.time() + 25, usegmt=True)
    assert answering(refusal(429, f"Retry-After: {date}"), FINE).state() == {"a": "b"}
    assert 2 < waits[0] <= 25


def test_a_token_refused_without_a_word_says_what_to_do(answering: Answering) -> None:
    with pytest.raises(RobotError, match=r"revoked, .* create another one") as failed:
        answering(refusal(401)).state()
    assert failed.value.status == 401


def test_a_stream_is_opened_again(answering: Answering, waits: list[float]) -> None:
    assert list(answering(refusal(503), STATE).events()) == [{"picks": 1}]
    assert len(waits) == 1


def test_a_stream_that_falls_silent_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as held:

        def give() -> None:
            connection = held.enter_context(listening.accept()[0])
            connection.recv(65536)
            connection.sendall(STATE)

        giving = threading.Thread(target=give)
        giving.start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        states = RobotClient(address, session="s", timeout=1, attempts=1).events()
        assert next(states) == {"picks": 1}
        with pytest.raises(RobotError, match="timed out"):
            next(states)
        giving.join()


def test_a_stream_refused_is_told_as_calls_are(answering: Answering) -> None:
    with pytest.raises(RobotError) as failed:
        next(answering(refusal(404)).events())
    assert failed.value.status == 404

"""The robot's side of a teaching session: this one file, with nothing but the standard library.

    robot = RobotClient("http://host:7860", token, session="same-bin")
    answer = robot.observe(jpeg_bytes)
    if answer["action"] == "act":
        put(answer["bin"])

Copy it to the robot, or install it with the package. A call that fails on the way, or that the
server is too busy for, is sent again with the same key, so that nothing happens twice. A robot that
may be restarted in the middle of a call gives a ``key`` of its own (at most 64 characters, another
one for every call) and sends what got no answer again.
"""

from __future__ import annotations

import http.client
import json
import random
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

Found = TypeVar("Found")

AGAIN = (408, 425, 429, 500, 502, 503, 504, 507)
BROKEN = (OSError, ValueError, http.client.HTTPException)
"""What is raised where the way to the server fails, or its answer is cut short."""
LONGEST_WAIT = 30.0
LARGEST = 32 * 2**20
"""Bytes of an image that a server takes."""


class RobotError(Exception):
    """The server refused; ``status`` is HTTP's, 0 where it could not be reached."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class RobotClient:
    """Talks to one session. ``attempts`` in all for each call, with ``timeout`` seconds each."""

    def __init__(
        self,
        url: str,
        token: str = "",
        session: str = "",
        *,
        name: str = "robot",
        timeout: float = 60.0,
        attempts: int = 8,
    ) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.session = session
        self.name = name
        self.timeout = timeout
        self.attempts = attempts

    def observe(
        self, image: bytes | None = None, *, item: str | None = None, key: str = ""
    ) -> dict[str, Any]:
        """What to do with an object, by its image file's bytes or by a known item's id.

        ``item``, ``bin`` (None: leave it), ``confidence`` and ``action``: act, ask or wait. An
        image that is too large is refused (413) without being sent. Raises ValueError where
        neither is given, or both.
        """
        if (image is None) == (item is None):
            raise ValueError("Expected an image's bytes or an item's id; give one of them.")
        if image is None:
            return self._send("observe", {"item": item, "by": self.name}, key)
        if len(image) > LARGEST:
            told = f"An image may have {LARGEST >> 20} MB, got {len(image) / 2**20:.0f}"
            raise RobotError(f"{told}; send a smaller one.", 413)
        return self._call("POST", "observe", image, "application/octet-stream", key)

    def pick(self, item: str, teacher: str = "", key: str = "") -> dict[str, Any]:
        """The robot saw a person pick this item."""
        return self._send("pick", {"item": item, "teacher": teacher or self.name}, key)

    def sort(self, item: str, bin: str, teacher: str = "", key: str = "") -> dict[str, Any]:
        """A person put this item into a bin; a new name is a new bin."""
        return self._send("sort", {"item": item, "bin": bin, "teacher": teacher or self.name}, key)

    def undo(self, teacher: str = "", key: str = "") -> dict[str, Any]:
        """Take back the teacher's last pick."""
        return self._send("undo", {"teacher": teacher or self.name}, key)

    def state(self) -> dict[str, Any]:
        """Bins, picks, what was learnt, how sure the robot is."""
        return self._call("GET", "state")

    def answers(self) -> dict[str, Any]:
        """What to do with every item known so far."""
        return self._call("GET", "answers")

    def events(self) -> Iterator[dict[str, Any]]:
        """The state, now and whenever it changes, until the server ends the stream or goes away.

        RobotError where it falls silent, or the server refuses.
        """
        with self._again(lambda: self._open("GET", "events")) as stream:
            try:
                for line in stream:
                    if line.startswith(b"data: "):
                        yield json.loads(line[6:])
            except BROKEN as error:
                raise self._broken(error) from error

    def _send(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        return self._call("POST", path, json.dumps(body).encode(), "application/json", key)

    def _call(
        self, method: str, path: str, body: bytes | None = None, kind: str = "", key: str = ""
    ) -> dict[str, Any]:
        key = key or uuid.uuid4().hex

        def whole() -> dict[str, Any]:
            with self._open(method, path, body, kind, key) as answer:
                found: dict[str, Any] = json.load(answer)
                return found

        return self._again(whole)

    def _again(self, step: Callable[[], Found]) -> Found:
        """What a step comes to, tried again after what may pass; RobotError after the rest."""
        for attempt in range(1, self.attempts + 1):
            wait = min(0.2 * 2**attempt, LONGEST_WAIT) * random.uniform(0.5, 1.0)
            try:
                return step()
            except urllib.error.HTTPError as error:
                with error:
                    failure = RobotError(_told(error), error.code)
                    wait = max(wait, _seconds(error.headers.get("Retry-After") or ""))
                if error.code not in AGAIN:
                    raise failure from None
            except BROKEN as error:
                failure = self._broken(error)
            if attempt == self.attempts:
                raise failure
            time.sleep(wait)
        raise RobotError("no attempt was allowed")

    def _broken(self, error: Exception) -> RobotError:
        return RobotError(
            f"{self.url} cannot be reached, or its answer was cut short ({error!r}); see that the "
            "server runs there, then send it again."
        )

    def _open(
        self, method: str, path: str, body: bytes | None = None, kind: str = "", key: str = ""
    ) -> http.client.HTTPResponse:
        session = urllib.parse.quote(self.session, safe="")
        headers = {"Idempotency-Key": key} if key else {}
        if kind:
            headers["Content-Type"] = kind
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        address = f"{self.url}/api/teach/sessions/{session}/{path}"
        request = urllib.request.Request(address, body, headers, method=method)
        opened: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=self.timeout)
        return opened


def _told(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["message"])
    except (*BROKEN, KeyError, TypeError):
        if error.code != 401:
            return f"HTTP {error.code} {error.reason}"
        return (
            "The token was refused (HTTP 401): it was revoked, or is not of this session; create "
            "another one under Robots, on the session's page."
        )


def _seconds(told: str) -> float:
    """Seconds that a Retry-After asks for, as a number or until a date; LONGEST_WAIT at most."""
    try:
        asked = float(told) if told.isdecimal() else _until(told)
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return min(max(asked, 0.0), LONGEST_WAIT)


def _until(date: str) -> float:
    return parsedate_to_datetime(date).timestamp() - time.time()

"""Progress on a terminal, and nothing elsewhere."""

from __future__ import annotations

import fcntl
import os
import struct
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import pytest

from curation.commands.progress import Progress
from curation.workspace import open_workspace


@pytest.fixture
def terminal() -> Iterator[tuple[TextIO, Callable[[], str]]]:
    """A terminal of 100 columns to write to, and what was written to it so far."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    os.set_blocking(ours, False)
    written = bytearray()

    def read() -> str:
        try:
            while chunk := os.read(ours, 65536):
                written.extend(chunk)
        except OSError:
            pass
        return written.decode()

    with os.fdopen(theirs, "w") as screen:
        yield screen, read
    os.close(ours)


def test_stages_with_rate_and_time_left(
    terminal: tuple[TextIO, Callable[[], str]],
    digits: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen, read = terminal
    monkeypatch.setattr(sys, "stderr", screen)
    progress = Progress(quiet=False)
    open_workspace(tmp_path / "w", embeddings=digits, inline=True, watch=progress).close()
    progress.close()
    told = read()
    assert "scanning" in told
    assert "encoding" in told
    assert "150/150" in told
    assert "items/s" in told
    assert (progress.done, progress.total) == (150, 150)
    assert "150 of 150 kept" in progress.stopped()


def test_quiet_on_request(
    terminal: tuple[TextIO, Callable[[], str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen, read = terminal
    monkeypatch.setattr(sys, "stderr", screen)
    progress = Progress(quiet=True)
    progress("encoding", 3, 1290)
    progress.close()
    assert read() == ""
    assert "3 of 1,290 kept; the same command goes on" in progress.stopped()


def test_quiet_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(quiet=False)
    progress("scanning", 1, 2)
    progress("encoding", 0, 0)
    progress.close()
    assert capsys.readouterr().err == ""
    assert "what was written is kept" in progress.stopped()

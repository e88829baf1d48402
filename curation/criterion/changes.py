"""The one lock of a criterion's state, and the counter that its readers watch."""

from __future__ import annotations

import threading


class Changes:
    """What the parts of one criterion share.

    ``lock`` guards the state in memory and is never held while the disk is waited for.
    ``writing`` is held by whoever appends to the log, from reading the state to applying what was
    appended; it is taken before ``lock``, never after it. ``version`` changes whenever anything
    does that a screen shows.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.writing = threading.RLock()
        self._version = 0

    @property
    def version(self) -> int:
        return self._version

    def note(self) -> None:
        """Tell the readers that something changed."""
        with self.lock:
            self._version += 1
